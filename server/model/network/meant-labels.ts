import { nearest } from '../../text/nearest.ts'
import type { Labels } from '../object.ts'
import { matchesSelector } from '../selector.ts'
import { entries, get, isMap, type Path, type Value } from '../value.ts'

/** A label of a selector that somebody may have meant otherwise. */
export interface MeantLabel {
  /** Of the label's value, inside the selector. */
  readonly path: Path
  readonly key: string
  readonly value: string
  /** As it is written. */
  readonly written: { readonly key: string; readonly value: string }
}

/** More candidates are not looked at. */
const MOST = 500

/** The one label in `matchLabels` which, written a little differently, makes the selector match something. */
export function meantLabel(selector: Value | undefined, candidates: Iterable<Labels>): MeantLabel | undefined {
  const labelled = [...candidates].slice(0, MOST)
  for (const [key, value] of entries(selector, 'matchLabels')) {
    if (typeof value !== 'string') continue
    const rest = without(selector, key)
    const others = labelled.filter((labels) => matchesSelector(rest, labels) === true)
    const path = ['matchLabels', key]
    const found = nearest(
      value,
      others.flatMap((labels) => (labels[key] !== undefined && !isNumbered(labels[key], value) ? [labels[key]] : [])),
    )
    if (found !== undefined) return { path, key, value: found, written: { key, value } }
    const same = others.flatMap((labels) => Object.keys(labels).filter((each) => each !== key && labels[each] === value))
    const meant = nearest(key, same) ?? alias(key, same)
    if (meant !== undefined) return { path, key: meant, value, written: { key, value } }
  }
  return undefined
}

/** `db1` and `db2` are two things, and the same one when they are equal. */
function isNumbered(a: string, b: string): boolean {
  return a.replace(/\d+/g, '0') === b.replace(/\d+/g, '0')
}

/** Keys that people use for the same thing. */
const ALIASES: readonly string[] = ['app', 'name', 'k8s-app', 'app.kubernetes.io/name', 'app.kubernetes.io/instance', 'component']

function alias(key: string, candidates: readonly string[]): string | undefined {
  return ALIASES.includes(key) ? ALIASES.find((each) => candidates.includes(each)) : undefined
}

function without(selector: Value | undefined, key: string): Value {
  if (!isMap(selector)) return {}
  const labels = get(selector, 'matchLabels')
  return { ...selector, matchLabels: Object.fromEntries(entries(labels).filter(([each]) => each !== key)) }
}

/** Whether a selector can match nothing, because of what it says, and not everything. */
export function isSelective(selector: Value | undefined): boolean {
  return entries(selector, 'matchLabels').length > 0 || (isMap(selector) && Array.isArray(get(selector, 'matchExpressions')))
}
