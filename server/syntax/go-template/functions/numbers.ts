import { formatFloat, parseFloat64 } from '../../go/float.ts'
import { floatToInt64, parseInt64, wrapInt64 } from '../../go/integer.ts'
import { GoError } from '../errors.ts'
import { plain } from '../fmt.ts'
import { func, type GoFunction } from '../function.ts'
import type { Opaque } from '../provenance.ts'
import { textOf } from '../text.ts'
import { computedOf, float, type GoValue, int, list, originOfValue } from '../value.ts'
import { number, text, value } from './args.ts'

type Named = readonly (readonly [string, GoFunction])[]

const ANY = 'interface {}'

/** `cast.ToInt64`: what is no number is 0. */
export function toInt(given: GoValue): bigint {
  switch (given.kind) {
    case 'int':
      return wrapInt64(given.value)
    case 'float':
      return floatToInt64(given.value)
    case 'bool':
      return given.value ? 1n : 0n
    case 'string':
      return parseInt64(trimZeroDecimal(given.text), 0) ?? 0n
    default:
      return 0n
  }
}

/** `1.00` is an integer to `cast`, `1.5` is none. */
function trimZeroDecimal(written: string): string {
  return /^(.*)\.0+$/s.exec(written)?.[1] ?? written
}

/** `cast.ToFloat64`. */
export function toFloat(given: GoValue): number {
  switch (given.kind) {
    case 'int':
      return Number(given.value)
    case 'float':
      return given.value
    case 'bool':
      return given.value ? 1 : 0
    case 'string':
      return parseFloat64(given.text) ?? 0
    default:
      return 0
  }
}

function integers(signature: string, compute: (values: readonly bigint[]) => bigint): GoFunction {
  return func(signature, (args) => int(wrapInt64(compute(args.map(toInt))), computedOf(args), 'int64'))
}

function floats(signature: string, compute: (values: readonly number[]) => number): GoFunction {
  return func(signature, (args) => float(compute(args.map(toFloat)), computedOf(args)))
}

function decimals(signature: string, start: readonly GoValue[], operate: (a: Decimal, b: Decimal) => Decimal): GoFunction {
  return func(signature, (args) => {
    const [first, ...rest] = [...start, ...args].map((arg) => decimalOf(toFloat(arg)))
    return float(decimalToFloat(rest.reduce(operate, first ?? { digits: 0n, scale: 0 })), computedOf(args))
  })
}

function nonZero(divisor: bigint): bigint {
  if (divisor === 0n) throw new GoError('runtime error: integer divide by zero')
  return divisor
}

const ZERO: GoValue = float(0, computedOf([]))
const ONE: GoValue = float(1, computedOf([]))
const RANDOM: Opaque = { kind: 'opaque', name: 'randInt' }

export const NUMBERS: Named = [
  ['int', func(ANY, (args) => int(toInt(value(args, 0)), originOfValue(value(args, 0))))],
  ['int64', func(ANY, (args) => int(toInt(value(args, 0)), originOfValue(value(args, 0)), 'int64'))],
  ['float64', func(ANY, (args) => float(toFloat(value(args, 0)), originOfValue(value(args, 0))))],
  ['atoi', func('string', (args) => int(parseInt64(text(args, 0).text, 10) ?? 0n, originOfValue(value(args, 0))))],
  ['toDecimal', func(ANY, (args) => int(parseInt64(plain(value(args, 0)), 8) ?? 0n, originOfValue(value(args, 0)), 'int64'))],
  ['add1', integers(ANY, ([a = 0n]) => a + 1n)],
  ['add', integers(`...${ANY}`, (values) => values.reduce((sum, each) => sum + each, 0n))],
  ['sub', integers(`${ANY}, ${ANY}`, ([a = 0n, b = 0n]) => a - b)],
  ['mul', integers(`${ANY}, ...${ANY}`, (values) => values.reduce((product, each) => wrapInt64(product * each), 1n))],
  ['div', integers(`${ANY}, ${ANY}`, ([a = 0n, b = 0n]) => a / nonZero(b))],
  ['mod', integers(`${ANY}, ${ANY}`, ([a = 0n, b = 0n]) => a % nonZero(b))],
  ['max', integers(`${ANY}, ...${ANY}`, (values) => values.reduce((a, b) => (b > a ? b : a)))],
  ['biggest', integers(`${ANY}, ...${ANY}`, (values) => values.reduce((a, b) => (b > a ? b : a)))],
  ['min', integers(`${ANY}, ...${ANY}`, (values) => values.reduce((a, b) => (b < a ? b : a)))],
  ['maxf', floats(`${ANY}, ...${ANY}`, (values) => Math.max(...values))],
  ['minf', floats(`${ANY}, ...${ANY}`, (values) => Math.min(...values))],
  ['add1f', decimals(ANY, [ONE], add)],
  ['addf', decimals(`...${ANY}`, [ZERO], add)],
  ['subf', decimals(`${ANY}, ...${ANY}`, [], (a, b) => add(a, { ...b, digits: -b.digits }))],
  ['mulf', decimals(`${ANY}, ...${ANY}`, [], (a, b) => ({ digits: a.digits * b.digits, scale: a.scale + b.scale }))],
  ['divf', decimals(`${ANY}, ...${ANY}`, [], divide)],
  ['floor', floats(ANY, ([a = 0]) => Math.floor(a))],
  ['ceil', floats(ANY, ([a = 0]) => Math.ceil(a))],
  ['round', func(`${ANY}, int, ...float64`, (args) => float(round(toFloat(value(args, 0)), number(args, 1), args[2]), computedOf(args)))],
  [
    'until',
    func('int', (args, call) =>
      list(
        steps(0, number(args, 0), number(args, 0) < 0 ? -1 : 1, call.budget.allocate.bind(call.budget)).map((i) =>
          int(i, computedOf(args)),
        ),
        computedOf(args),
        '[]int',
      ),
    ),
  ],
  [
    'untilStep',
    func('int, int, int', (args, call) =>
      list(
        steps(number(args, 0), number(args, 1), number(args, 2), call.budget.allocate.bind(call.budget)).map((i) =>
          int(i, computedOf(args)),
        ),
        computedOf(args),
        '[]int',
      ),
    ),
  ],
  [
    'seq',
    func('...int', (args, call) =>
      textOf(
        sequence(
          args.map((_, i) => number(args, i)),
          call.budget.allocate.bind(call.budget),
        ),
        computedOf(args),
      ),
    ),
  ],
  ['randInt', func('int, int', (args) => int(randomBetween(number(args, 0), number(args, 1)), RANDOM))],
]

function randomBetween(least: number, most: number): number {
  if (most <= least) throw new GoError('invalid argument to Intn')
  return least
}

function round(given: number, places: number, roundOn: GoValue | undefined): number {
  const on = roundOn?.kind === 'float' ? roundOn.value : 0.5
  const power = 10 ** places
  const digit = power * given
  const fraction = digit - Math.trunc(digit)
  return (fraction >= on ? Math.ceil(digit) : Math.floor(digit)) / power
}

function steps(start: number, stop: number, step: number, allocate: (length: number) => void): number[] {
  if (step === 0 || stop < start === step > 0) return []
  allocate(Math.ceil(Math.abs((stop - start) / step)))
  const found: number[] = []
  for (let i = start; stop < start ? i > stop : i < stop; i += step) found.push(i)
  return found
}

function sequence(params: readonly number[], allocate: (length: number) => void): string {
  const [first = 0, second = 0, third = 0] = params
  const ends = (start: number, end: number, step: number, increment: number): string =>
    steps(start, end + increment, step, allocate).join(' ')
  switch (params.length) {
    case 1:
      return first < 1 ? ends(1, first, -1, -1) : ends(1, first, 1, 1)
    case 2:
      return second < first ? ends(first, second, -1, -1) : ends(first, second, 1, 1)
    case 3:
      if (third < first) return second > 0 ? '' : ends(first, third, second, -1)
      return ends(first, third, second, 1)
    default:
      return ''
  }
}

/** `digits` × 10^-`scale`: the arithmetic of shopspring/decimal, which the float functions of sprig use. */
interface Decimal {
  readonly digits: bigint
  readonly scale: number
}

function decimalOf(given: number): Decimal {
  if (!Number.isFinite(given)) throw new GoError(`Cannot create a Decimal from ${formatFloat(given, 'g', -1)}`)
  const [mantissa = '0', exponent = '0'] = formatFloat(given, 'e', -1).split('e')
  const [whole = '0', fraction = ''] = mantissa.split('.')
  return scaled(BigInt(whole + fraction), fraction.length - Number(exponent))
}

function scaled(digits: bigint, scale: number): Decimal {
  return scale >= 0 ? { digits, scale } : { digits: digits * 10n ** BigInt(-scale), scale: 0 }
}

function add(a: Decimal, b: Decimal): Decimal {
  const scale = Math.max(a.scale, b.scale)
  return { digits: a.digits * 10n ** BigInt(scale - a.scale) + b.digits * 10n ** BigInt(scale - b.scale), scale }
}

const DIVISION_DIGITS = 16

function divide(a: Decimal, b: Decimal): Decimal {
  if (b.digits === 0n) throw new GoError('decimal division by 0')
  const exponent = DIVISION_DIGITS + b.scale - a.scale
  const numerator = exponent >= 0 ? a.digits * 10n ** BigInt(exponent) : a.digits
  const denominator = exponent >= 0 ? b.digits : b.digits * 10n ** BigInt(-exponent)
  const quotient = numerator / denominator
  const rest = (numerator % denominator) * 2n
  const magnitude = (n: bigint): bigint => (n < 0n ? -n : n)
  const up = magnitude(rest) >= magnitude(denominator) ? (numerator < 0n === denominator < 0n ? 1n : -1n) : 0n
  return { digits: quotient + up, scale: DIVISION_DIGITS }
}

function decimalToFloat({ digits, scale }: Decimal): number {
  return Number(`${digits}e${-scale}`)
}
