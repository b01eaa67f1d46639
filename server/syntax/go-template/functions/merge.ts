import { type Entry, type GoMap, type GoValue, isTrue } from '../value.ts'

export interface Merging {
  readonly overwrite: boolean
  /** What becomes of an entry that is taken over. */
  readonly put: (entry: Entry) => Entry
}

/**
 * `mergo.Merge` of two maps: what the target has stays unless it is empty; with `overwrite` the source wins,
 * its empty values and nils too. Maps and lists of the source are not copied: later changes show in both.
 */
export function mergeInto(target: GoMap, source: GoMap, merging: Merging): void {
  const { overwrite, put } = merging
  if (target === source) return
  for (const [key, entry] of [...source.entries]) {
    const from = entry.value
    const to = target.entries.get(key)?.value
    if (from.kind === 'nil') {
      if (overwrite) target.entries.set(key, put(entry))
      continue
    }
    if (from.kind === 'map' && to?.kind === 'map') mergeInto(to, from, merging)
    // Lists replace what is there, when that is empty or shall be overwritten.
    if (from.kind === 'list' && overwrite && source.entries.size > 0) target.entries.set(key, put(entry))
    if (to !== undefined && !isEmptyForMerge(to)) {
      if (from.kind === 'list') continue
      if (from.kind === 'map' && to.kind === 'map') continue
    }
    if (overwrite || to === undefined || isEmptyForMerge(to)) target.entries.set(key, put(entry))
  }
}

function isEmptyForMerge(given: GoValue): boolean {
  return given.kind !== 'struct' && given.kind !== 'time' && !isTrue(given)
}
