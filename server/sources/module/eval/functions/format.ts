import { formatFloat } from '../../../../syntax/go/float.ts'
import { quote } from '../../../../syntax/go/quote.ts'
import { convert } from '../convert.ts'
import { Failure, failed } from '../failure.ts'
import { type Num, numberText, toBigInt, toDouble } from '../number.ts'
import { isPrimitive } from '../type.ts'
import { isNull, type Val } from '../value.ts'
import { encodeJson } from './json.ts'

interface Verb {
  readonly flags: string
  readonly width: number | undefined
  readonly precision: number | undefined
  readonly verb: string
  /** Offset of the verb's `%` in the format, in bytes as messages count. */
  readonly at: number
}

const VERB = /%(?:%|([-+# 0]*)(?:\[(\d+)\])?(\*|\d+)?(?:\.(\*|\d*))?(?:\[(\d+)\])?([a-zA-Z]))/g
const MAX_WIDTH = 10_000

/** `format`: the verbs of Go's `fmt` that Terraform knows. */
export function formatText(spec: string, args: readonly Val[]): string {
  let next = 0
  let used = 0
  let explicit = false
  let plain = 0
  let result = ''
  const take = (text: string, at: number): Val => {
    const arg = args[next]
    if (!arg)
      throw failed(`not enough arguments for ${JSON.stringify(text)} at ${at}: need index ${next + 1} but have ${args.length} total`)
    next++
    used = Math.max(used, next)
    return arg
  }
  for (const match of spec.matchAll(VERB)) {
    result += literal(spec.slice(plain, match.index))
    plain = match.index + match[0].length
    if (match[0] === '%%') {
      result += '%'
      continue
    }
    const [all, flags = '', before, width, precision, behind, verb = ''] = match
    const whole = (arg: Val): number => toDouble((convert(arg, 'number').data ?? 0) as Num)
    const chosenWidth = width === '*' ? whole(take(all, match.index)) : width === undefined ? undefined : Number(width)
    const chosenPrecision = precision === '*' ? whole(take(all, match.index)) : precision === undefined ? undefined : Number(precision)
    const index = before ?? behind
    if (index !== undefined) {
      next = Number(index) - 1
      explicit = true
    }
    if ((chosenWidth ?? 0) > MAX_WIDTH || (chosenPrecision ?? 0) > MAX_WIDTH) throw failed('the width is too large')
    result += formatVerb({ flags, width: chosenWidth, precision: chosenPrecision, verb, at: match.index }, take(all, match.index))
  }
  result += literal(spec.slice(plain))
  if (!explicit && used < args.length) throw failed(`too many arguments; only ${used} used by format string`)
  return result
}

function literal(text: string): string {
  const at = text.indexOf('%')
  if (at >= 0) throw failed(`unrecognized format character ${JSON.stringify(text.charAt(at + 1))} at offset ${at + 1}`)
  return text
}

function formatVerb(verb: Verb, arg: Val): string {
  switch (verb.verb) {
    case 'v':
      return pad(verb.flags.includes('#') ? encodeJson(arg) : anyText(arg), verb)
    case 't':
      return pad(String(converted(verb, arg, 'bool')), verb)
    case 's':
    case 'q': {
      const text = String(converted(verb, arg, 'string'))
      const cut = verb.precision === undefined ? text : [...text].slice(0, verb.precision).join('')
      return pad(verb.verb === 'q' ? quote(cut) : cut, verb)
    }
    case 'b':
    case 'd':
    case 'o':
    case 'x':
    case 'X':
      return integer(verb, converted(verb, arg, 'number') as Num)
    case 'e':
    case 'E':
    case 'f':
    case 'F':
    case 'g':
    case 'G':
      return float(verb, converted(verb, arg, 'number') as Num)
    default:
      throw failed(`unsupported format verb ${JSON.stringify(verb.verb)} in ${JSON.stringify(`%${verb.verb}`)} at offset ${verb.at}`)
  }
}

function converted(verb: Verb, arg: Val, type: 'string' | 'number' | 'bool'): Val['data'] {
  if (isNull(arg)) throw failed(`unsupported value for "%${verb.verb}" at ${verb.at}: null value cannot be formatted`)
  try {
    return convert(arg, type).data
  } catch (error) {
    if (error instanceof Failure) throw failed(`unsupported value for "%${verb.verb}" at ${verb.at}: ${type} required`)
    throw error
  }
}

function anyText(arg: Val): string {
  if (isNull(arg)) return 'null'
  return isPrimitive(arg.type) ? String(convert(arg, 'string').data) : encodeJson(arg)
}

function pad(text: string, { width, flags }: Verb): string {
  const missing = (width ?? 0) - [...text].length
  if (missing <= 0) return text
  if (flags.includes('-')) return text + ' '.repeat(missing)
  return (flags.includes('0') ? '0' : ' ').repeat(missing) + text
}

function sign(negative: boolean, flags: string): string {
  return negative ? '-' : flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : ''
}

/** Zeros go between the sign and the digits. */
function padNumber(prefix: string, digits: string, verb: Verb): string {
  const { flags, width } = verb
  if (flags.includes('0') && !flags.includes('-')) return prefix + digits.padStart((width ?? 0) - prefix.length, '0')
  return pad(prefix + digits, { ...verb, flags: flags.replace('0', '') })
}

const BASES: Readonly<Record<string, number>> = { b: 2, d: 10, o: 8, x: 16, X: 16 }

function integer(verb: Verb, value: Num): string {
  const whole = toBigInt(value)
  if (whole === undefined) throw failed(`unsupported value for "%${verb.verb}" at ${verb.at}: an integer is required`)
  const digits = (whole < 0n ? -whole : whole).toString(BASES[verb.verb] ?? 10)
  const prefix = verb.flags.includes('#') && verb.verb.toLowerCase() === 'x' ? `0${verb.verb}` : ''
  return padNumber(sign(whole < 0n, verb.flags) + prefix, verb.verb === 'X' ? digits.toUpperCase() : digits, verb)
}

function float(verb: Verb, value: Num): string {
  const double = toDouble(value)
  const lower = verb.verb.toLowerCase() as 'e' | 'f' | 'g'
  const precision = verb.precision ?? (lower === 'g' ? -1 : 6)
  const text =
    lower === 'f' && precision < 0
      ? numberText(value)
      : formatFloat(Math.abs(double), verb.verb === 'F' ? 'f' : (verb.verb as 'e'), precision)
  return padNumber(sign(double < 0, verb.flags), text, verb)
}
