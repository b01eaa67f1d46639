import { copyOf } from '../../syntax/go-template/functions/dicts.ts'
import { ANY_MAP, type Entry, type GoMap, type GoValue, map, setEntry } from '../../syntax/go-template/value.ts'
import { plain } from '../../syntax/go-template/fmt.ts'
import { missingIn, type Origin } from '../../syntax/go-template/provenance.ts'
import type { Chart } from './model.ts'
import type { Problems } from './problem.ts'

const GLOBAL = 'global'

/** A type that a subchart's values cannot have; Helm stops there. */
export class CoalesceError extends Error {}

export interface Coalescing {
  readonly helm: 3 | 4
  /** Nulls are kept, for another time. */
  readonly merge: boolean
  readonly problems: Problems
}

/** The values of a chart and all below it: those given win over the chart's own, nulls take defaults away. */
export function coalesceValues(chart: Chart, given: GoMap, options: Coalescing): GoMap {
  const copy = copyMapOf(given)
  // What nobody has set would have to stand among the chart's own values.
  const target = { ...copy, origin: originOr(chart.values.origin, copy.origin) }
  coalesce(chart, target, '', options)
  return target
}

function originOr(first: Origin, second: Origin): Origin {
  return first.kind === 'cell' ? first : second
}

/** A deep copy, so that nothing of the original changes. */
export function copyMapOf(given: GoMap): GoMap {
  const copy = copyOf(given)
  return copy.kind === 'map' ? { ...copy, type: ANY_MAP } : map()
}

function coalesce(chart: Chart, target: GoMap, prefix: string, options: Coalescing): void {
  coalesceOwn(chart, target, prefix, options)
  for (const sub of chart.dependencies) {
    const { name } = sub.metadata
    const known = target.entries.get(name)
    if (known && known.value.kind !== 'map') throw new CoalesceError(`type mismatch on ${name}: ${wrongVerb(known.value)}`)
    const inner = known?.value.kind === 'map' ? known.value : map([], originOr(sub.values.origin, missingIn(target.origin, name)))
    if (!known) setEntry(target, name, inner)
    const subPrefix = join(prefix, chart.metadata.name)
    coalesceGlobals(inner, target, subPrefix, options)
    coalesce(sub, inner, subPrefix, options)
  }
}

/** Go's `%t` of what is no boolean. */
function wrongVerb(value: GoValue): string {
  if (value.kind === 'bool') return String(value.value)
  const type = value.kind === 'float' ? 'float64' : value.kind === 'string' ? 'string' : value.kind === 'list' ? '[]interface {}' : 'int64'
  if (value.kind === 'nil') return '%!t(<nil>)'
  if (value.kind !== 'list') return `%!t(${type}=${plain(value)})`
  return `[${value.items.map(wrongVerb).join(' ')}]`
}

/** Globals of the parent win over those of the chart, map by map. */
function coalesceGlobals(target: GoMap, source: GoMap, prefix: string, options: Coalescing): void {
  const to = target.entries.get(GLOBAL)?.value ?? map([], missingIn(target.origin, GLOBAL))
  if (to.kind !== 'map') {
    options.problems.warning(`warning: skipping globals because destination ${GLOBAL} is not a table.`)
    return
  }
  const from = source.entries.get(GLOBAL)?.value ?? map([], missingIn(source.origin, GLOBAL))
  if (from.kind !== 'map') {
    options.problems.warning(`warning: skipping globals because source ${GLOBAL} is not a table.`)
    return
  }
  for (const [key, entry] of from.entries) {
    const known = to.entries.get(key)
    if (entry.value.kind === 'map') {
      const copy = map(entry.value.entries, entry.value.origin)
      if (!known) to.entries.set(key, { key: entry.key, value: copy })
      else if (known.value.kind !== 'map') options.problems.warning(`Conflict: cannot merge map onto non-map for "${key}". Skipping.`)
      else {
        coalesceTables(copy, known.value, join(prefix, key), { ...options, merge: true })
        to.entries.set(key, { key: entry.key, value: copy })
      }
    } else if (known?.value.kind === 'map') options.problems.warning(`key ${key} is table. Skipping`)
    else to.entries.set(key, entry)
  }
  setEntry(target, GLOBAL, to, source.entries.get(GLOBAL)?.key ?? target.entries.get(GLOBAL)?.key)
}

function coalesceOwn(chart: Chart, target: GoMap, prefix: string, options: Coalescing): void {
  const own = join(prefix, chart.metadata.name)
  // Without a copy, the chart's defaults would change with what is made of them.
  const defaults = copyMapOf(chart.values)
  for (const [key, entry] of defaults.entries) {
    const known = target.entries.get(key)
    if (!known) {
      target.entries.set(key, entry)
      continue
    }
    if (known.value.kind === 'nil' && !options.merge) target.entries.delete(key)
    else if (known.value.kind === 'map') {
      if (entry.value.kind === 'map') {
        const merge = options.merge || chart.dependencies.some((sub) => sub.metadata.name === key)
        coalesceTables(known.value, entry.value, join(own, key), { ...options, merge })
      } else if (entry.value.kind !== 'nil')
        options.problems.warning(`warning: skipped value for ${own}.${key}: Not a table.`, cellOf(entry))
    }
  }
}

/** Merges `source` into `target`, which wins. */
export function coalesceTables(target: GoMap, source: GoMap, prefix: string, options: Coalescing): GoMap {
  const wasSet = new Set([...source.entries].filter(([, { value }]) => value.kind !== 'nil').map(([key]) => key))
  if (options.helm === 4) for (const [key, entry] of target.entries) if (entry.value.kind === 'nil') source.entries.set(key, entry)
  for (const [key, entry] of source.entries) {
    const known = target.entries.get(key)
    const path = join(prefix, key)
    if (known && !options.merge && known.value.kind === 'nil' && (options.helm === 3 || wasSet.has(key))) target.entries.delete(key)
    else if (!known) target.entries.set(key, entry)
    else if (entry.value.kind === 'map') {
      if (known.value.kind === 'map') coalesceTables(known.value, entry.value, path, options)
      else options.problems.warning(`warning: cannot overwrite table with non table for ${path} (${plain(entry.value)})`, cellOf(known))
    } else if (known.value.kind === 'map' && entry.value.kind !== 'nil') {
      options.problems.warning(
        `warning: destination for ${path} is a table. Ignoring non-table value (${plain(entry.value)})`,
        cellOf(known),
      )
    }
  }
  return target
}

function cellOf(entry: Entry) {
  const origin = entry.key.pieces[0]?.origin
  return origin?.kind === 'cell' ? origin : undefined
}

function join(a: string, b: string): string {
  return a === '' ? b : `${a}.${b}`
}
