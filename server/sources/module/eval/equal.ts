import { compareNumbers, type Num } from './number.ts'
import { sameType } from './type.ts'
import { entries, items, prefixOf, type Val } from './value.ts'

/** Whether two values are the same; undefined while that depends on what is unknown. */
export function equals(a: Val, b: Val): boolean | undefined {
  if (a.data === null || b.data === null) {
    if (a.data === null && b.data === null) return true
    const other = a.data === null ? b : a
    return other.data !== undefined || other.unknown?.notNull ? false : undefined
  }
  if (a.data === undefined || b.data === undefined) return unequalTexts(a, b) ? false : undefined
  if (typeof a.data === 'object' && (items(a) || entries(a))) return equalContainers(a, b)
  if (!sameType(a.type, b.type)) return false
  return a.type === 'number' ? compareNumbers(a.data as Num, b.data as Num) === 0 : a.data === b.data
}

function unequalTexts(a: Val, b: Val): boolean {
  if (a.type !== 'string' || b.type !== 'string') return false
  const left = prefixOf(a)
  const right = prefixOf(b)
  if (a.data === undefined && b.data === undefined) return !left.startsWith(right) && !right.startsWith(left)
  return a.data === undefined ? !right.startsWith(left) : !left.startsWith(right)
}

function equalContainers(a: Val, b: Val): boolean | undefined {
  const [left, right] = [items(a), items(b)]
  if (left && right) {
    if (kind(a) !== kind(b) || left.length !== right.length) return false
    return all(left.map((item, i) => [item, right[i]]))
  }
  const [one, other] = [entries(a), entries(b)]
  if (!one || !other || kind(a) !== kind(b) || one.size !== other.size) return false
  return all([...one].map(([key, item]) => [item, other.get(key)]))
}

function kind({ type }: Val): string {
  return typeof type === 'string' ? type : type.kind
}

function all(pairs: readonly (readonly [Val, Val | undefined])[]): boolean | undefined {
  let result: boolean | undefined = true
  for (const [left, right] of pairs) {
    const same = right === undefined ? false : equals(left, right)
    if (same === false) return false
    if (same === undefined) result = undefined
  }
  return result
}
