/** Decimal digits and the position of the point: 0.d1d2d3… × 10^exponent. */
interface Decimal {
  readonly negative: boolean
  readonly digits: string
  readonly exponent: number
}

export type FloatFormat = 'e' | 'E' | 'f' | 'g' | 'G'

/**
 * `strconv.FormatFloat` for 64 bits. A negative precision means the fewest digits that still identify the number.
 */
export function formatFloat(value: number, format: FloatFormat, precision: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf'
  const shortest = precision < 0
  const decimal = shortest ? shortestDecimal(value) : undefined
  switch (format) {
    case 'e':
    case 'E': {
      const digits = decimal ?? roundSignificant(value, precision + 1)
      return exponential(digits, shortest ? Math.max(digits.digits.length - 1, 0) : precision, format)
    }
    case 'f':
      return fixed(decimal ?? roundFixed(value, precision), shortest ? undefined : precision)
    case 'g':
    case 'G': {
      const wanted = shortest ? 6 : precision === 0 ? 1 : precision
      const digits = decimal ?? roundSignificant(value, wanted)
      const trimmed = { ...digits, digits: digits.digits.replace(/0+$/, '') }
      // The shortest form uses precision 6 for the decision between the two notations.
      const limit = shortest
        ? 6
        : wanted > trimmed.digits.length && trimmed.digits.length >= trimmed.exponent
          ? trimmed.digits.length
          : wanted
      const exponent = trimmed.exponent - 1
      if (exponent < -4 || exponent >= limit) {
        return exponential(trimmed, Math.max(trimmed.digits.length - 1, 0), format === 'g' ? 'e' : 'E')
      }
      return fixed(trimmed, undefined)
    }
  }
}

function exponential(decimal: Decimal, precision: number, letter: 'e' | 'E'): string {
  const digits = decimal.digits.padEnd(precision + 1, '0').slice(0, precision + 1) || '0'
  const zero = /^0*$/.test(decimal.digits)
  const exponent = zero ? 0 : decimal.exponent - 1
  const sign = decimal.negative ? '-' : ''
  const fraction = precision > 0 ? `.${digits.slice(1)}` : ''
  return `${sign}${digits[0] ?? '0'}${fraction}${letter}${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`
}

function fixed(decimal: Decimal, precision: number | undefined): string {
  const { digits, exponent, negative } = decimal
  const whole = exponent > 0 ? digits.slice(0, exponent).padEnd(exponent, '0') : '0'
  const places = precision ?? Math.max(digits.length - exponent, 0)
  let fraction = ''
  for (let i = 0; i < places; i++) fraction += exponent + i >= 0 ? (digits[exponent + i] ?? '0') : '0'
  return `${negative ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`
}

function isNegative(value: number): boolean {
  return value < 0 || Object.is(value, -0)
}

function shortestDecimal(value: number): Decimal {
  if (value === 0) return { negative: isNegative(value), digits: '', exponent: 0 }
  const [mantissa = '', exponent = '0'] = Math.abs(value).toExponential().split('e')
  return { negative: isNegative(value), digits: mantissa.replace('.', ''), exponent: Number(exponent) + 1 }
}

/** All digits of the number: a float is a fraction with a power of two below, so they end. */
function exactDecimal(value: number): Decimal {
  const negative = isNegative(value)
  if (value === 0) return { negative, digits: '', exponent: 0 }
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, Math.abs(value))
  const bits = view.getBigUint64(0)
  const biased = Number(bits >> 52n)
  const fraction = bits & 0xfffffffffffffn
  const mantissa = biased === 0 ? fraction : fraction | 0x10000000000000n
  const power = (biased === 0 ? 1 : biased) - 1075
  // m × 2^-k = m × 5^k / 10^k
  const scaled = power >= 0 ? mantissa << BigInt(power) : mantissa * 5n ** BigInt(-power)
  const all = scaled.toString()
  const exponent = all.length + Math.min(power, 0)
  return { negative, digits: all.replace(/0+$/, ''), exponent }
}

/** Half to even, on the exact digits. */
function roundDigits(decimal: Decimal, keep: number): Decimal {
  const { digits } = decimal
  if (keep >= digits.length) return decimal
  if (keep < 0) return { ...decimal, digits: '', exponent: 0 }
  const next = digits.charCodeAt(keep) - 48
  const last = keep > 0 ? digits.charCodeAt(keep - 1) - 48 : 0
  const exactHalf = next === 5 && keep + 1 === digits.length
  const up = exactHalf ? last % 2 === 1 : next >= 5
  const kept = digits.slice(0, keep)
  if (!up) return { ...decimal, digits: kept }
  const raised = (BigInt(kept || '0') + 1n).toString().padStart(keep, '0')
  return raised.length > keep ? { ...decimal, digits: raised, exponent: decimal.exponent + 1 } : { ...decimal, digits: raised }
}

function roundSignificant(value: number, digits: number): Decimal {
  const rounded = roundDigits(exactDecimal(value), digits)
  return { ...rounded, digits: rounded.digits.padEnd(digits, '0').slice(0, Math.max(digits, 1)) }
}

function roundFixed(value: number, places: number): Decimal {
  const exact = exactDecimal(value)
  return roundDigits(exact, exact.exponent + places)
}

const DECIMAL = /^[+-]?(?:\d+(?:_?\d+)*)?(?:\.(?:\d+(?:_?\d+)*)?)?(?:[eE][+-]?\d+(?:_?\d+)*)?$/
const HEX = /^([+-]?)0[xX]_?([\da-fA-F]*(?:_[\da-fA-F]+)*)(?:\.([\da-fA-F]*(?:_[\da-fA-F]+)*))?[pP]([+-]?\d+(?:_?\d+)*)$/

/** `strconv.ParseFloat`; `underscores` as in Go's own literals. Undefined when it is none. */
export function parseFloat64(text: string, underscores = false): number | undefined {
  if (/^[+-]?(?:inf|infinity)$/i.test(text)) return text.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
  if (/^nan$/i.test(text)) return Number.NaN
  if (!underscores && text.includes('_')) return undefined
  const hex = HEX.exec(text)
  if (hex) {
    const whole = (hex[2] ?? '').replaceAll('_', '')
    const fraction = (hex[3] ?? '').replaceAll('_', '')
    if (whole + fraction === '') return undefined
    const exponent = Number((hex[4] ?? '0').replaceAll('_', '')) - 4 * fraction.length
    const value = Number(BigInt(`0x${whole}${fraction}`)) * 2 ** exponent
    return hex[1] === '-' ? -value : value
  }
  if (!/\d/.test(text.split(/[eE]/)[0] ?? '') || !DECIMAL.test(text.replace(/^([+-]?)0_/, '$10'))) return undefined
  const value = Number(text.replaceAll('_', ''))
  return Number.isFinite(value) ? value : undefined
}
