import { type Body, isList, isMap, type Value, unknown } from '../model/value.ts'

const PLACEHOLDER = /\$\{[A-Za-z_][^}\n]{0,200}\}|\{\{[^\n]{0,400}?\}\}/

/** Keys below which `${X}` is a program's own syntax (a shell, nginx, a dashboard), not a hole in the manifest. */
const PROGRAMS: ReadonlySet<string> = new Set([
  'data',
  'stringData',
  'binaryData',
  'command',
  'args',
  'env',
  'script',
  'description',
  'pattern',
])

export function mayHavePlaceholders(text: string): boolean {
  return text.includes('${') || text.includes('{{')
}

const held = new WeakMap<object, boolean>()

/** Whether `markPlaceholders` would find any; asked once for what several bodies share. */
export function holdsPlaceholders(value: Value): boolean {
  if (typeof value === 'string') return mayHavePlaceholders(value) && PLACEHOLDER.test(value)
  if (typeof value !== 'object' || value === null) return false
  const known = held.get(value)
  if (known !== undefined) return known
  const holds = isList(value) ? value.some(holdsPlaceholders) : isMap(value) && Object.values(value).some(holdsPlaceholders)
  held.set(value, holds)
  return holds
}

/**
 * Strings that a later step fills in (`${TAG}` of envsubst and Flux, `{{ tag }}` of a template) become
 * unknown, whole: part of a host name or an image says nothing certain.
 */
export function markPlaceholders(value: Value): Value {
  if (typeof value === 'string') {
    const found = PLACEHOLDER.exec(value)
    return found ? unknown(found[0]) : value
  }
  if (isList(value)) return value.map(markPlaceholders)
  if (!isMap(value)) return value
  const result: Record<string, Value> = {}
  for (const [key, item] of Object.entries(value)) {
    define(result, key, PROGRAMS.has(key) ? item : markPlaceholders(item))
  }
  return result as Body
}

function define(body: Record<string, Value>, key: string, value: Value): void {
  if (key === '__proto__') Object.defineProperty(body, key, { value, enumerable: true })
  else body[key] = value
}
