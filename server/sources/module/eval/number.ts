/** `m` times ten to the power of `e`; `m` is no multiple of ten. */
export interface Decimal {
  readonly m: bigint
  readonly e: number
}

/** Terraform's numbers are decimals of any length: a double where one says the same, else a decimal. */
export type Num = number | Decimal

/** As many as the 512 bits of Terraform's fractions. */
const DIGITS = 154
/** Nobody writes a number with more digits; a power of ten may. */
const MAX_EXPONENT = 2000

function decimalOf(value: Num): Decimal {
  if (typeof value !== 'number') return value
  return parseDecimal(String(value)) ?? { m: 0n, e: 0 }
}

function parseDecimal(text: string): Decimal | undefined {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/.exec(text)
  if (!match || (match[2] === '' && !match[3])) return undefined
  const exponent = Number(match[4] ?? 0)
  if (Math.abs(exponent) > MAX_EXPONENT || text.length > MAX_EXPONENT) return undefined
  const fraction = match[3] ?? ''
  const m = BigInt(`${match[2] ?? ''}${fraction}`) * (match[1] === '-' ? -1n : 1n)
  return trimZeros(m, exponent - fraction.length)
}

function trimZeros(m: bigint, e: number): Decimal {
  if (m === 0n) return { m: 0n, e: 0 }
  let [mantissa, exponent] = [m, e]
  while (mantissa % 10n === 0n) {
    mantissa /= 10n
    exponent++
  }
  return { m: mantissa, e: exponent }
}

function normal({ m, e }: Decimal): Num {
  const text = `${m}e${e}`
  const double = Number(text)
  if (!Number.isFinite(double)) return { m, e }
  const back = parseDecimal(String(double))
  return back && back.m === m && back.e === e ? double : { m, e }
}

/** The number that a decimal text stands for; undefined when it is none. */
export function parseNumber(text: string): Num | undefined {
  if (/^-?\d{1,15}$/.test(text)) return Number(text) + 0
  const decimal = parseDecimal(text)
  return decimal && normal(decimal)
}

export function fromBigInt(value: bigint): Num {
  return normal(trimZeros(value, 0))
}

/** The whole number; undefined when there is a fraction. */
export function toBigInt(value: Num): bigint | undefined {
  if (typeof value === 'number' && !Number.isFinite(value)) return undefined
  const { m, e } = decimalOf(value)
  return e >= 0 ? m * 10n ** BigInt(e) : undefined
}

export function toDouble(value: Num): number {
  return typeof value === 'number' ? value : Number(`${value.m}e${value.e}`)
}

/** All digits, without an exponent, as Terraform prints a number. */
export function numberText(value: Num): string {
  if (typeof value === 'number') {
    if (Number.isInteger(value) && Math.abs(value) < 1e21) return Object.is(value, -0) ? '-0' : String(value)
    if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf'
    const text = String(value)
    if (!text.includes('e')) return text
  }
  const { m, e } = decimalOf(value)
  const digits = (m < 0n ? -m : m).toString()
  const sign = m < 0n ? '-' : ''
  if (e >= 0) return sign + digits + '0'.repeat(e)
  const point = digits.length + e
  return point > 0 ? `${sign}${digits.slice(0, point)}.${digits.slice(point)}` : `${sign}0.${'0'.repeat(-point)}${digits}`
}

export function compareNumbers(a: Num, b: Num): number {
  if (typeof a === 'number' && typeof b === 'number') return a < b ? -1 : a > b ? 1 : 0
  const difference = subtract(a, b)
  return Math.sign(toDouble(difference))
}

function aligned(a: Num, b: Num): { a: bigint; b: bigint; e: number } {
  const left = decimalOf(a)
  const right = decimalOf(b)
  const e = Math.min(left.e, right.e)
  return { a: left.m * 10n ** BigInt(left.e - e), b: right.m * 10n ** BigInt(right.e - e), e }
}

function exact(result: number): boolean {
  return Number.isSafeInteger(result)
}

function finite(a: Num, b: Num): boolean {
  return !(typeof a === 'number' && !Number.isFinite(a)) && !(typeof b === 'number' && !Number.isFinite(b))
}

export function add(a: Num, b: Num): Num {
  if (typeof a === 'number' && typeof b === 'number' && exact(a) && exact(b) && exact(a + b)) return a + b
  if (!finite(a, b)) return toDouble(a) + toDouble(b)
  const same = aligned(a, b)
  return normal(trimZeros(same.a + same.b, same.e))
}

export function negate(a: Num): Num {
  return typeof a === 'number' ? -a : { m: -a.m, e: a.e }
}

export function subtract(a: Num, b: Num): Num {
  return add(a, negate(b))
}

export function multiply(a: Num, b: Num): Num {
  if (typeof a === 'number' && typeof b === 'number' && exact(a) && exact(b) && exact(a * b)) return a * b
  if (!finite(a, b)) return toDouble(a) * toDouble(b)
  const left = decimalOf(a)
  const right = decimalOf(b)
  return normal(round(trimZeros(left.m * right.m, left.e + right.e)))
}

function round({ m, e }: Decimal): Decimal {
  const digits = (m < 0n ? -m : m).toString().length
  if (digits <= DIGITS) return { m, e }
  const drop = digits - DIGITS
  return trimZeros(m / 10n ** BigInt(drop), e + drop)
}

/** Undefined for zero by zero. Anything else by zero is infinite. */
export function divide(a: Num, b: Num): Num | undefined {
  if (!finite(a, b)) return toDouble(a) / toDouble(b)
  const left = decimalOf(a)
  const right = decimalOf(b)
  if (right.m === 0n) return left.m === 0n ? undefined : left.m > 0n ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY
  const scaled = left.m * 10n ** BigInt(DIGITS)
  const quotient = scaled / right.m
  const remainder = scaled % right.m
  const up =
    (remainder < 0n ? -remainder : remainder) * 2n >= (right.m < 0n ? -right.m : right.m) ? (scaled < 0n === right.m < 0n ? 1n : -1n) : 0n
  return normal(trimZeros(quotient + up, left.e - right.e - DIGITS))
}

/** The remainder has the sign of `a`; by zero nothing is divided. */
export function modulo(a: Num, b: Num): Num {
  if (!finite(a, b)) return a
  const same = aligned(a, b)
  return same.b === 0n ? a : normal(trimZeros(same.a % same.b, same.e))
}

/** @param direction rounds down (-1), up (1) or to zero (0) */
export function roundTo(a: Num, direction: -1 | 0 | 1): Num {
  if (typeof a === 'number' && !Number.isFinite(a)) return a
  const { m, e } = decimalOf(a)
  if (e >= 0) return a
  const scale = 10n ** BigInt(-e)
  const whole = m / scale
  const left = m % scale
  const step = left === 0n ? 0n : direction > 0 && m > 0n ? 1n : direction < 0 && m < 0n ? -1n : 0n
  return fromBigInt(whole + step)
}
