export const INT64_MIN = -(2n ** 63n)
export const INT64_MAX = 2n ** 63n - 1n
const UINT64_MAX = 2n ** 64n - 1n

/**
 * An integer without sign as `strconv` reads it. Base 0 takes the base from the prefix (0x, 0b, 0o, 0) and
 * allows underscores as in Go's own literals. Undefined when it is none.
 */
function parseDigits(text: string, base: number): bigint | undefined {
  let digits = text
  let radix = base
  if (base === 0) {
    if (!underscoresAreFine(text)) return undefined
    const prefix = text.slice(0, 2).toLowerCase()
    radix = 10
    if (text.length > 2 && prefix === '0x') [radix, digits] = [16, text.slice(2)]
    else if (text.length > 2 && prefix === '0b') [radix, digits] = [2, text.slice(2)]
    else if (text.length > 2 && prefix === '0o') [radix, digits] = [8, text.slice(2)]
    else if (text.length > 1 && text.startsWith('0')) [radix, digits] = [8, text.slice(1)]
    digits = digits.replaceAll('_', '')
  }
  const valid = radix === 16 ? /^[\da-fA-F]+$/ : radix === 10 ? /^\d+$/ : radix === 8 ? /^[0-7]+$/ : /^[01]+$/
  if (!valid.test(digits)) return undefined
  return radix === 10 ? BigInt(digits) : BigInt(`${radix === 16 ? '0x' : radix === 8 ? '0o' : '0b'}${digits}`)
}

/** An underscore stands between digits, or between the prefix and a digit. */
function underscoresAreFine(text: string): boolean {
  if (!text.includes('_')) return true
  const based = /^0[xXbBoO]/.test(text)
  return /^_?[\da-fA-F]+(?:_[\da-fA-F]+)*$/.test(based ? text.slice(2) : text) && (based || !text.startsWith('_'))
}

/** `strconv.ParseInt(text, base, 64)`. */
export function parseInt64(text: string, base: number): bigint | undefined {
  const sign = /^[+-]/.exec(text)?.[0]
  const value = parseDigits(sign ? text.slice(1) : text, base)
  if (value === undefined) return undefined
  const signed = sign === '-' ? -value : value
  return signed >= INT64_MIN && signed <= INT64_MAX ? signed : undefined
}

/** `strconv.ParseUint(text, base, 64)`. */
export function parseUint64(text: string, base: number): bigint | undefined {
  const value = parseDigits(text, base)
  return value !== undefined && value <= UINT64_MAX ? value : undefined
}

/** A float as an integer of 64 bits, as Go's amd64 converts it: what does not fit is the smallest one. */
export function floatToInt64(value: number): bigint {
  if (!Number.isFinite(value)) return INT64_MIN
  const whole = BigInt(Math.trunc(value))
  return whole >= INT64_MIN && whole <= INT64_MAX ? whole : INT64_MIN
}

export function wrapInt64(value: bigint): bigint {
  return BigInt.asIntN(64, value)
}
