import { entries, get, isList, isMap, isUnknown, type Path, type Value } from '../value.ts'

/** One statement of an IAM policy, and where it is in its object. */
export interface Statement {
  readonly body: Value
  readonly path: Path
}

/** The statements of a policy, whether it is a structure or the text of one; 'unknown' when they cannot be told. */
export function statementsOf(policy: Value | undefined, path: Path): readonly Statement[] | 'unknown' {
  const read = typeof policy === 'string' ? parse(policy) : policy
  if (read === undefined || isUnknown(read)) return read === undefined && policy === undefined ? [] : 'unknown'
  const list = get(read, 'Statement')
  if (isUnknown(list)) return 'unknown'
  // Inside a text there is no place; the text is it.
  const at = (...steps: Path): Path => (typeof policy === 'string' ? path : [...path, ...steps])
  if (isMap(list)) return [{ body: list, path: at('Statement') }]
  return isList(list) ? list.map((body, i) => ({ body, path: at('Statement', i) })) : []
}

function parse(text: string): Value | undefined {
  if (text.length > 100_000) return undefined
  try {
    return JSON.parse(text) as Value
  } catch {
    return undefined
  }
}

/** One text or a list of them as a list; undefined while any is unknown. */
export function listOf(value: Value | undefined): readonly string[] | undefined {
  if (value === undefined) return []
  if (typeof value === 'string') return [value]
  if (!isList(value) || value.some((item) => typeof item !== 'string')) return undefined
  return value as readonly string[]
}

/** Whether a principal is everybody with an account of AWS, or without one. */
export function isEverybody(principal: Value | undefined): boolean {
  if (isMap(principal)) return Object.values(principal).some(isEverybody)
  return principal === '*' || (isList(principal) && principal.includes('*'))
}

/** Whether conditions shut anybody out: those about all values of a key hold for who has none. */
export function restricts(condition: Value | undefined): boolean {
  if (isUnknown(condition)) return true
  return entries(condition).some(([test]) => !test.startsWith('ForAllValues:'))
}
