import { isPrintable } from '../go/unicode.ts'
import { encodeUtf8, utf8Length } from '../go/utf8.ts'
import { equalValues, lessThan } from './compare.ts'
import { GoError } from './errors.ts'
import { plain, sprint, sprintf, sprintln } from './fmt.ts'
import { type Call, func, type GoFunction } from './function.ts'
import { missingIn } from './provenance.ts'
import { type GoText, textOf, transformed } from './text.ts'
import { bool, computedOf, elementType, type GoValue, int, isTrue, originOfValue, typeOf, zeroOf } from './value.ts'

/** Since 1.24 messages name the types that cannot be compared. */
export type GoVersion = '1.23' | '1.24'

const VALUE = 'reflect.Value'
const ANY = '...interface {}'

/** The functions that every Go template has. `and`, `or` and `call` are evaluated by the engine. */
export function builtins(go: GoVersion): readonly (readonly [string, GoFunction])[] {
  const names = go === '1.24'
  return [
    ['and', func(`${VALUE}, ...${VALUE}`, ([first]) => first ?? noArgument())],
    ['or', func(`${VALUE}, ...${VALUE}`, ([first]) => first ?? noArgument())],
    ['not', func(VALUE, ([value = noArgument()]) => bool(!isTrue(value), originOfValue(value)))],
    // Never run.
    ['call', func(`...${VALUE}`, () => noArgument())],
    ['html', func(ANY, (args, call) => escaped(args, call, escapeHtml))],
    ['js', func(ANY, (args, call) => escaped(args, call, escapeJs))],
    ['urlquery', func(ANY, (args, call) => escaped(args, call, escapeQuery))],
    ['index', func(`${VALUE}, ...${VALUE}`, ([item = noArgument(), ...indexes]) => indexValue(item, indexes))],
    ['len', func(VALUE, ([value = noArgument()]) => int(length(value), originOfValue(value)))],
    ['print', func(ANY, (args, call) => sprint(args, call.origin))],
    ['println', func(ANY, (args, call) => sprintln(args, call.origin))],
    ['printf', func(`string, ${ANY}`, ([format, ...args]) => (format?.kind === 'string' ? sprintf(format, args) : noArgument()))],
    [
      'eq',
      func(`${VALUE}, ...${VALUE}`, ([first = noArgument(), ...rest]) => bool(equalsAny(first, rest, names), computedOf([first, ...rest]))),
    ],
    ['ne', comparison((a, b) => !equalValues(a, b, names))],
    ['lt', comparison((a, b) => lessThan(a, b, names))],
    ['le', comparison((a, b) => lessThan(a, b, names) || equalValues(a, b, names))],
    ['gt', comparison((a, b) => !lessThan(a, b) && !equalValues(a, b, names))],
    ['ge', comparison((a, b) => !lessThan(a, b, names))],
  ]
}

function noArgument(): never {
  throw new GoError('missing argument')
}

function comparison(compare: (a: GoValue, b: GoValue) => boolean): GoFunction {
  return func(`${VALUE}, ${VALUE}`, ([a = noArgument(), b = noArgument()]) => bool(compare(a, b), computedOf([a, b])))
}

function equalsAny(first: GoValue, rest: readonly GoValue[], namesTypes: boolean): boolean {
  if (rest.length === 0) throw new GoError('missing argument for comparison')
  return rest.some((other) => equalValues(first, other, namesTypes))
}

function indexValue(item: GoValue, indexes: readonly GoValue[]): GoValue {
  if (item.kind === 'nil') throw new GoError('index of untyped nil')
  let value: GoValue = item
  for (const index of indexes) {
    if (value.kind === 'nil') throw new GoError('index of nil pointer')
    if (value.kind === 'map') {
      if (index.kind === 'nil') throw new GoError('value is nil; should be of type string')
      if (index.kind !== 'string') throw new GoError(`value has type ${typeOf(index)}; should be string`)
      const entry = value.entries.get(index.text)
      value = entry?.value ?? zeroOf(elementType(value), missingIn(value.origin, index.text))
    } else if (value.kind === 'list') {
      value = value.items[position(index, value.items.length)] ?? outOfRange(index)
    } else if (value.kind === 'string') {
      const bytes = encodeUtf8(value.text)
      const byte = bytes[position(index, bytes.length)]
      value = byte === undefined ? outOfRange(index) : int(byte, originOfValue(value), 'uint8')
    } else throw new GoError(`can't index item of type ${typeOf(value)}`)
  }
  return value
}

function position(index: GoValue, length: number): number {
  if (index.kind === 'nil') throw new GoError('cannot index slice/array with nil')
  if (index.kind !== 'int') throw new GoError(`cannot index slice/array with type ${typeOf(index)}`)
  if (index.value < 0n || index.value > BigInt(length)) throw new GoError(`index out of range: ${index.value}`)
  return Number(index.value)
}

function outOfRange(index: GoValue): never {
  throw new GoError(`reflect: slice index out of range: ${plain(index)}`.replace(/: \d+$/, ''))
}

function length(value: GoValue): number {
  switch (value.kind) {
    case 'string':
      return utf8Length(value.text)
    case 'list':
      return value.items.length
    case 'map':
      return value.entries.size
    case 'nil':
      throw new GoError(value.untyped ? 'reflect: call of reflect.Value.Type on zero Value' : 'len of nil pointer')
    default:
      throw new GoError(`len of type ${typeOf(value)}`)
  }
}

function escaped(args: readonly GoValue[], call: Call, write: (text: string) => string): GoText {
  // A nil prints as in an action here.
  const printable = args.map((arg) => (arg.kind === 'nil' ? textOf('<no value>', arg.origin) : arg))
  const text = sprint(printable, call.origin)
  return transformed(text, write(text.text), computedOf(args))
}

const HTML: Readonly<Record<string, string>> = { '\0': '\ufffd', '"': '&#34;', "'": '&#39;', '&': '&amp;', '<': '&lt;', '>': '&gt;' }

function escapeHtml(text: string): string {
  return text.replace(/[\0"'&<>]/g, (char) => HTML[char] ?? char)
}

const JS: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  "'": "\\'",
  '"': '\\"',
  '<': '\\u003C',
  '>': '\\u003E',
  '&': '\\u0026',
  '=': '\\u003D',
}

function escapeJs(text: string): string {
  let result = ''
  for (const char of text) {
    const code = char.codePointAt(0) ?? 0
    const known = JS[char]
    if (known) result += known
    else if (code < 0x20) result += `\\u00${code.toString(16).toUpperCase().padStart(2, '0')}`
    else result += code < 0x80 || isPrintable(char) ? char : `\\u${code.toString(16).toUpperCase().padStart(4, '0')}`
  }
  return result
}

/** `url.QueryEscape`. */
export function escapeQuery(text: string): string {
  let result = ''
  for (const byte of encodeUtf8(text)) {
    const char = String.fromCharCode(byte)
    if (/[A-Za-z0-9\-_.~]/.test(char)) result += char
    else result += byte === 0x20 ? '+' : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
  }
  return result
}
