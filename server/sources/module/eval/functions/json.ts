import { failed } from '../failure.ts'
import { type Num, numberText, parseNumber } from '../number.ts'
import { bool, entries, isNull, items, NULL, number, object, text, tuple, type Val } from '../value.ts'

const MAX_DEPTH = 300

/** `jsonencode`: keys in order, and what HTML would take for markup as escapes. */
export function encodeJson(value: Val): string {
  const map = entries(value)
  if (map) return `{${[...map].map(([key, item]) => `${quoted(key)}:${encodeJson(item)}`).join(',')}}`
  const list = items(value)
  if (list) return `[${list.map(encodeJson).join(',')}]`
  if (isNull(value)) return 'null'
  const { data } = value
  if (typeof data === 'string') return quoted(data)
  if (typeof data === 'boolean') return String(data)
  if (typeof data === 'number' && !Number.isFinite(data)) throw failed('an infinite number cannot be encoded as JSON')
  return numberText(data as Num)
}

function quoted(data: string): string {
  return JSON.stringify(data).replace(/[<>&\u2028\u2029]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** `jsondecode`, with all digits of numbers. */
export function decodeJson(given: string): Val {
  let at = 0
  const space = (): void => {
    while (/[ \t\r\n]/.test(given.charAt(at))) at++
  }
  const unexpected = (): Error => failed(at >= given.length ? 'EOF' : `invalid character '${given.charAt(at)}'`)
  const string = (): string => {
    const match = /"(?:[^"\\\n]|\\.)*"/y
    match.lastIndex = at
    const found = match.exec(given)
    if (!found) throw unexpected()
    try {
      const value: unknown = JSON.parse(found[0])
      at += found[0].length
      return String(value)
    } catch {
      throw failed('invalid string literal')
    }
  }
  const read = (depth: number): Val => {
    if (depth > MAX_DEPTH) throw failed('exceeded max depth')
    space()
    const char = given.charAt(at)
    if (char === '"') return text(string())
    if (char === '{') return object(readMap(depth))
    if (char === '[') return tuple(readList(depth))
    const word = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?/y
    word.lastIndex = at
    const found = word.exec(given)?.[0]
    if (found === undefined) throw unexpected()
    at += found.length
    if (found === 'null') return NULL
    if (found === 'true' || found === 'false') return bool(found === 'true')
    return number(parseNumber(found) ?? Number(found))
  }
  const readMap = (depth: number): ReadonlyMap<string, Val> => {
    const result = new Map<string, Val>()
    at++
    space()
    if (given.charAt(at) === '}') at++
    else
      for (;;) {
        space()
        const key = string()
        space()
        if (given.charAt(at) !== ':') throw unexpected()
        at++
        result.set(key, read(depth + 1))
        if (!more('}')) break
      }
    return result
  }
  const readList = (depth: number): Val[] => {
    const result: Val[] = []
    at++
    space()
    if (given.charAt(at) === ']') at++
    else
      for (;;) {
        result.push(read(depth + 1))
        if (!more(']')) break
      }
    return result
  }
  const more = (close: string): boolean => {
    space()
    const char = given.charAt(at)
    if (char !== ',' && char !== close) throw unexpected()
    at++
    return char === ','
  }
  const value = read(0)
  space()
  if (at < given.length) throw unexpected()
  return value
}
