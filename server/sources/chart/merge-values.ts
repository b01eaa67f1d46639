import { type GoMap, map } from '../../syntax/go-template/value.ts'

/** Helm's merge of values files: maps are merged, everything else is replaced, nulls included. */
export function mergeMaps(a: GoMap, b: GoMap): GoMap {
  const merged = map(a.entries, a.origin)
  for (const [key, entry] of b.entries) {
    const before = merged.entries.get(key)
    if (entry.value.kind === 'map' && before?.value.kind === 'map') {
      merged.entries.set(key, { key: entry.key, value: mergeMaps(before.value, entry.value) })
    } else merged.entries.set(key, entry)
  }
  return merged
}
