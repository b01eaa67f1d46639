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
