import { failed, invalidArgument } from '../failure.ts'
import { add, compareNumbers, fromBigInt, multiply, negate, type Num, parseNumber, roundTo, toBigInt, toDouble } from '../number.ts'
import { items, number, type Val } from '../value.ts'
import { define, type FunctionTable, str } from './define.ts'

function num(value: Val | undefined): Num {
  return (value?.data ?? 0) as Num
}

/** The nearest decimal that a person would write. */
function fromDouble(value: number): Num {
  return parseNumber(String(value)) ?? value
}

function extreme(args: readonly Val[], sign: 1 | -1): Val {
  let best = num(args[0])
  for (const arg of args) if (compareNumbers(num(arg), best) * sign > 0) best = num(arg)
  return number(best)
}

const DIGITS = '0123456789abcdefghijklmnopqrstuvwxyz'
const WIDE_DIGITS = `${DIGITS}ABCDEFGHIJKLMNOPQRSTUVWXYZ`

function parseInteger(text: string, base: Num): Num {
  const radix = toDouble(base)
  if (!Number.isInteger(radix) || (radix !== 0 && (radix < 2 || radix > 62)))
    throw invalidArgument('Invalid value for "base" parameter: base must be a whole number between 2 and 62 inclusive.')
  const digits = radix <= 36 ? text.toLowerCase() : text
  const match = /^([+-]?)([\da-zA-Z]+)$/.exec(digits)
  const alphabet = (radix <= 36 ? DIGITS : WIDE_DIGITS).slice(0, radix)
  const body = match?.[2] ?? ''
  if (!match || body.length > 1000 || [...body].some((digit) => !alphabet.includes(digit))) {
    throw invalidArgument(`Invalid value for "number" parameter: cannot parse ${JSON.stringify(text)} as a base ${radix} integer.`)
  }
  let result = 0n
  for (const digit of body) result = result * BigInt(radix) + BigInt(alphabet.indexOf(digit))
  return fromBigInt(match[1] === '-' ? -result : result)
}

function power(base: Num, exponent: Num): Num {
  const times = toDouble(exponent)
  if (!Number.isInteger(times) || times < 0 || times > 1024) return fromDouble(toDouble(base) ** times)
  let result: Num = 1
  for (let i = 0; i < times; i++) result = multiply(result, base)
  return result
}

export const numbers: FunctionTable = {
  abs: define('num:number -> number', ([value]) => number(compareNumbers(num(value), 0) < 0 ? negate(num(value)) : num(value))),
  ceil: define('num:number -> number', ([value]) => number(roundTo(num(value), 1))),
  floor: define('num:number -> number', ([value]) => number(roundTo(num(value), -1))),
  log: define('num:number base:number -> number', ([value, base]) =>
    number(fromDouble(Math.log(toDouble(num(value))) / Math.log(toDouble(num(base))))),
  ),
  max: define('numbers:number numbers:number... -> number', (args) => extreme(args, 1)),
  min: define('numbers:number numbers:number... -> number', (args) => extreme(args, -1)),
  parseint: define('number:any base:number -> number', ([value, base]) => {
    if (value?.type !== 'string') throw invalidArgument('Invalid value for "number" parameter: first argument must be a string.')
    return number(parseInteger(str(value), num(base)))
  }),
  pow: define('num:number power:number -> number', ([base, exponent]) => number(power(num(base), num(exponent)))),
  signum: define('num:number -> number', ([value]) => {
    if (toBigInt(num(value)) === undefined) throw invalidArgument('Invalid value for "num" parameter: a whole number is required.')
    return number(compareNumbers(num(value), 0))
  }),
  sum: define('list:any! -> number', ([value]) => {
    const all = value && items(value)
    if (!all) throw invalidArgument('Invalid value for "list" parameter: argument must be list, set, or tuple.')
    if (all.length === 0) throw invalidArgument('Invalid value for "list" parameter: cannot sum an empty list.')
    return number(
      all.reduce((sum: Num, item) => {
        const given = item.type === 'string' ? parseNumber(str(item)) : item.type === 'number' ? num(item) : undefined
        if (given === undefined) throw failed('argument must be list, set, or tuple of number values')
        return add(sum, given)
      }, 0),
    )
  }),
}
