import { formatFloat, type FloatFormat } from '../go/float.ts'
import { canBackquote, quote, quoteChar } from '../go/quote.ts'
import { formatTime, STRING_LAYOUT } from '../go/time.ts'
import { formatDuration, monthName } from '../go/duration.ts'
import { isPrintable } from '../go/unicode.ts'
import { compareBytes, decodeUtf8, encodeUtf8 } from '../go/utf8.ts'
import { type GoText, slice, TextBuilder, textOf, transformed } from './text.ts'
import type { Origin } from './provenance.ts'
import {
  bytesOf,
  type GoComplex,
  type GoInt,
  type GoList,
  type GoMap,
  type GoStruct,
  type GoValue,
  originOfValue,
  sortedKeys,
  typeOf,
} from './value.ts'

/** Go refuses larger widths and precisions too. */
const MAX_WIDTH = 1_000_000

interface Flags {
  plus: boolean
  minus: boolean
  sharp: boolean
  space: boolean
  zero: boolean
  width: number | undefined
  precision: number | undefined
  plusV: boolean
  sharpV: boolean
}

function noFlags(): Flags {
  return {
    plus: false,
    minus: false,
    sharp: false,
    space: false,
    zero: false,
    width: undefined,
    precision: undefined,
    plusV: false,
    sharpV: false,
  }
}

/** `fmt.Sprint` of one value. */
export function formatValue(value: GoValue): GoText {
  if (value.kind === 'string') return value
  const printer = new Printer()
  printer.arg(value, 'v', noFlags(), 0)
  return printer.out.build()
}

/** The text alone. */
export function plain(value: GoValue): string {
  return formatValue(value).text
}

/** `fmt.Sprint`: a space between operands when neither is a string. */
export function sprint(values: readonly GoValue[], space: Origin): GoText {
  const printer = new Printer()
  values.forEach((value, i) => {
    if (i > 0 && value.kind !== 'string' && values[i - 1]?.kind !== 'string') printer.out.add(' ', space)
    printer.arg(value, 'v', noFlags(), 0)
  })
  return printer.out.build()
}

export function sprintln(values: readonly GoValue[], space: Origin): GoText {
  const printer = new Printer()
  values.forEach((value, i) => {
    if (i > 0) printer.out.add(' ', space)
    printer.arg(value, 'v', noFlags(), 0)
  })
  printer.out.add('\n', space)
  return printer.out.build()
}

/** `fmt.Sprintf`. Literal text of the format and strings printed as they are keep their origin. */
export function sprintf(format: GoText, values: readonly GoValue[]): GoText {
  const printer = new Printer()
  const { text } = format
  const formatOrigin = originOfValue(format)
  const out = printer.out
  let index = 0
  let reordered = false
  let at = 0
  while (at < text.length) {
    const percent = text.indexOf('%', at)
    const end = percent < 0 ? text.length : percent
    if (end > at) out.push(slice(format, at, end))
    if (percent < 0) break
    at = percent + 1
    const flags = noFlags()
    for (; at < text.length; at++) {
      const char = text[at]
      if (char === '#') flags.sharp = true
      else if (char === '0') flags.zero = true
      else if (char === '+') flags.plus = true
      else if (char === '-') flags.minus = true
      else if (char === ' ') flags.space = true
      else break
    }
    let goodIndex = true
    let afterIndex = false
    const argumentIndex = (): void => {
      afterIndex = false
      if (text[at] !== '[') return
      reordered = true
      const close = text.indexOf(']', at)
      const written = close < 0 ? '' : text.slice(at + 1, close)
      at = close < 0 ? at + 1 : close + 1
      afterIndex = close >= 0
      const wanted = /^\d+$/.test(written) ? Number(written) - 1 : -1
      if (wanted >= 0 && wanted < values.length) index = wanted
      else goodIndex = false
    }
    const star = (): number | undefined => {
      const value = values[index]
      index++
      const number = value?.kind === 'int' ? Number(value.value) : undefined
      return number !== undefined && Math.abs(number) <= MAX_WIDTH ? number : undefined
    }
    const number = (): number | undefined => {
      const digits = /^\d*/.exec(text.slice(at))?.[0] ?? ''
      at += digits.length
      return digits === '' || Number(digits) > MAX_WIDTH ? undefined : Number(digits)
    }
    argumentIndex()
    if (text[at] === '*') {
      at++
      flags.width = star()
      if (flags.width === undefined) out.add('%!(BADWIDTH)', formatOrigin)
      if (flags.width !== undefined && flags.width < 0) {
        flags.width = -flags.width
        flags.minus = true
        flags.zero = false
      }
      afterIndex = false
    } else {
      flags.width = number()
      if (afterIndex && flags.width !== undefined) goodIndex = false
    }
    if (text[at] === '.' && at + 1 < text.length) {
      at++
      if (afterIndex) goodIndex = false
      argumentIndex()
      if (text[at] === '*') {
        at++
        flags.precision = star()
        if (flags.precision !== undefined && flags.precision < 0) flags.precision = undefined
        if (flags.precision === undefined) out.add('%!(BADPREC)', formatOrigin)
        afterIndex = false
      } else flags.precision = number() ?? 0
    }
    if (!afterIndex) argumentIndex()
    if (at >= text.length) {
      out.add('%!(NOVERB)', formatOrigin)
      break
    }
    const verb = String.fromCodePoint(text.codePointAt(at) ?? 0)
    at += verb.length
    if (verb === '%') out.add('%', formatOrigin)
    else if (!goodIndex) out.add(`%!${verb}(BADINDEX)`, formatOrigin)
    else if (index >= values.length) out.add(`%!${verb}(MISSING)`, formatOrigin)
    else {
      const value = values[index++]
      if (verb === 'v') {
        flags.sharpV = flags.sharp
        flags.sharp = false
        flags.plusV = flags.plus
        flags.plus = false
      }
      if (value) printer.arg(value, verb, flags, 0)
    }
  }
  if (!reordered && index < values.length) {
    out.add('%!(EXTRA ', formatOrigin)
    values.slice(index).forEach((value, i) => {
      if (i > 0) out.add(', ', formatOrigin)
      if (value.kind === 'nil') out.add('<nil>', value.origin)
      else {
        out.add(`${typeOf(value)}=`, formatOrigin)
        printer.arg(value, 'v', noFlags(), 0)
      }
    })
    out.add(')', formatOrigin)
  }
  return out.build()
}

class Printer {
  readonly out = new TextBuilder()
  #erroring = false

  arg(value: GoValue, verb: string, flags: Flags, depth: number): void {
    const origin = originOfValue(value)
    if (value.kind === 'nil') {
      if (depth === 0 ? verb === 'T' || verb === 'v' : verb === 'v') {
        this.#pad(depth > 0 && flags.sharpV ? 'interface {}(nil)' : '<nil>', flags, origin)
      } else this.#badVerb(value, verb)
      return
    }
    if (depth === 0 && verb === 'T') {
      this.#pad(truncate(typeOf(value), flags), flags, origin)
      return
    }
    switch (value.kind) {
      case 'bool':
        if (verb === 't' || verb === 'v') this.#pad(String(value.value), flags, origin)
        else this.#badVerb(value, verb)
        return
      case 'int':
        this.#int(value, verb, flags)
        return
      case 'float':
        this.#float(value.value, verb, flags, origin, value)
        return
      case 'complex':
        this.#complex(value, verb, flags)
        return
      case 'string':
        this.#string(value, verb, flags)
        return
      case 'time':
        this.#string(textOf(formatTime(value, STRING_LAYOUT), origin), verb, flags)
        return
      case 'list':
        this.#list(value, verb, flags, depth)
        return
      case 'map':
        this.#map(value, verb, flags, depth)
        return
      case 'struct':
        this.#struct(value, verb, flags, depth)
    }
  }

  #badVerb(value: GoValue, verb: string): void {
    const origin = originOfValue(value)
    if (this.#erroring) return
    this.#erroring = true
    this.out.add(`%!${verb}(`, origin)
    if (value.kind === 'nil') this.out.add('<nil>', origin)
    else {
      this.out.add(`${typeOf(value)}=`, origin)
      this.arg(value, 'v', noFlags(), 0)
    }
    this.out.add(')', origin)
    this.#erroring = false
  }

  #pad(text: string, flags: Flags, origin: Origin): void {
    this.#padText(textOf(text, origin), flags, origin)
  }

  #padText(text: GoText, flags: Flags, origin: Origin): void {
    const missing = (flags.width ?? 0) - [...text.text].length
    // Go pads with zeros only to the left.
    const fill = missing > 0 ? (flags.zero && !flags.minus ? '0' : ' ').repeat(missing) : ''
    if (!flags.minus) this.out.add(fill, origin)
    this.out.push(text)
    if (flags.minus) this.out.add(fill, origin)
  }

  #string(value: GoText, verb: string, flags: Flags): void {
    const origin = originOfValue(value)
    switch (verb) {
      case 'v':
        if (!flags.sharpV) this.#padText(truncateText(value, flags), flags, origin)
        else this.#quoted(value, flags)
        return
      case 's':
        this.#padText(truncateText(value, flags), flags, origin)
        return
      case 'q':
        this.#quoted(value, flags)
        return
      case 'x':
      case 'X':
        this.#hex(encodeUtf8(value.text), verb, flags, origin)
        return
      default:
        this.#badVerb(value, verb)
    }
  }

  #quoted(value: GoText, flags: Flags): void {
    const text = truncateText(value, flags)
    const origin = originOfValue(value)
    if (flags.sharp && canBackquote(text.text)) this.#padText(around(text, '`', origin), flags, origin)
    else this.#padText(quoteText(text, origin, flags.plus), flags, origin)
  }

  #hex(bytes: Uint8Array, verb: 'x' | 'X', flags: Flags, origin: Origin): void {
    const used = bytes.subarray(0, Math.min(flags.precision ?? bytes.length, bytes.length))
    const prefix = flags.sharp ? `0${verb}` : ''
    const pairs = [...used].map((byte) => byte.toString(16).padStart(2, '0')).map((pair) => (verb === 'X' ? pair.toUpperCase() : pair))
    const text = used.length === 0 ? '' : flags.space ? pairs.map((pair) => prefix + pair).join(' ') : prefix + pairs.join('')
    this.#pad(text, flags, origin)
  }

  #int(value: GoInt, verb: string, flags: Flags): void {
    const { origin, type } = value
    const signed = !type.startsWith('uint')
    if ('vsxXq'.includes(verb) && !flags.sharpV) {
      const name =
        type === 'time.Duration' ? formatDuration(value.value) : type === 'time.Month' ? monthName(Number(value.value)) : undefined
      if (name !== undefined) {
        this.#string(textOf(name, origin), verb, flags)
        return
      }
    }
    switch (verb) {
      case 'v':
        if (flags.sharpV && !signed) this.#integer(value.value, 16, 'v', { ...flags, sharp: true }, origin)
        else this.#integer(value.value, 10, verb, flags, origin)
        return
      case 'd':
        this.#integer(value.value, 10, verb, flags, origin)
        return
      case 'b':
        this.#integer(value.value, 2, verb, flags, origin)
        return
      case 'o':
      case 'O':
        this.#integer(value.value, 8, verb, flags, origin)
        return
      case 'x':
      case 'X':
        this.#integer(value.value, 16, verb, flags, origin)
        return
      case 'c':
        this.#pad(charOf(value.value), flags, origin)
        return
      case 'q':
        this.#pad(`'${quoteChar(charOf(value.value), "'", flags.plus)}'`, flags, origin)
        return
      case 'U':
        this.#unicode(value.value, flags, origin)
        return
      default:
        this.#badVerb(value, verb)
    }
  }

  #integer(value: bigint, base: number, verb: string, flags: Flags, origin: Origin): void {
    const negative = value < 0n
    const padding = { ...flags, zero: false }
    if (flags.precision === 0 && value === 0n) {
      this.#pad('', padding, origin)
      return
    }
    let digits = (negative ? -value : value).toString(base)
    if (verb === 'X') digits = digits.toUpperCase()
    const signs = negative || flags.plus || flags.space ? 1 : 0
    const least = flags.precision ?? (flags.zero && !flags.minus && flags.width !== undefined ? flags.width - signs : 0)
    digits = digits.padStart(least, '0')
    if (flags.sharp) {
      if (base === 2) digits = `0b${digits}`
      else if (base === 8 && !digits.startsWith('0')) digits = `0${digits}`
      else if (base === 16) digits = `0${verb === 'X' ? 'X' : 'x'}${digits}`
    }
    if (verb === 'O') digits = `0o${digits}`
    const sign = negative ? '-' : flags.plus ? '+' : flags.space ? ' ' : ''
    this.#pad(sign + digits, padding, origin)
  }

  #unicode(value: bigint, flags: Flags, origin: Origin): void {
    const code = BigInt.asUintN(64, value)
    const char = code <= 0x10ffffn ? String.fromCodePoint(Number(code)) : ''
    const hex = code
      .toString(16)
      .toUpperCase()
      .padStart(Math.max(flags.precision ?? 4, 4), '0')
    const shown = flags.sharp && char !== '' && isPrintable(char) ? ` '${char}'` : ''
    this.#pad(`U+${hex}${shown}`, { ...flags, zero: false }, origin)
  }

  #float(value: number, verb: string, flags: Flags, origin: Origin, whole: GoValue): void {
    const format = verb === 'v' ? 'g' : verb === 'F' ? 'f' : verb
    if (!'egEGf'.includes(format)) {
      this.#badVerb(whole, verb)
      return
    }
    const precision = flags.precision ?? ('feE'.includes(format) ? 6 : -1)
    let text = formatFloat(value, format as FloatFormat, precision)
    const bare = text.replace(/^[+-]/, '')
    const sign = text.startsWith('-') ? '-' : flags.plus ? '+' : flags.space ? ' ' : ''
    if (!Number.isFinite(value)) {
      this.#pad(
        (Number.isNaN(value) ? (flags.plus || flags.space ? sign || '+' : '') : value > 0 && sign === '' ? '+' : sign) + bare,
        { ...flags, zero: false },
        origin,
      )
      return
    }
    text = flags.sharp ? sharpFloat(bare, format, precision) : bare
    if (flags.zero && !flags.minus && flags.width !== undefined) text = text.padStart(flags.width - sign.length, '0')
    this.#pad(sign + text, { ...flags, zero: false }, origin)
  }

  #complex(value: GoComplex, verb: string, flags: Flags): void {
    if (!'vgGfFeE'.includes(verb)) {
      this.#badVerb(value, verb)
      return
    }
    this.out.add('(', value.origin)
    this.#float(value.re, verb, flags, value.origin, value)
    this.#float(value.im, verb, { ...flags, plus: true }, value.origin, value)
    this.out.add('i)', value.origin)
  }

  #list(value: GoList, verb: string, flags: Flags, depth: number): void {
    const { origin } = value
    if (value.type === '[]uint8' && 'sqxX'.includes(verb)) {
      const bytes = bytesOf(value)
      if (verb === 'x' || verb === 'X') this.#hex(bytes, verb, flags, origin)
      else this.#string(textOf(decodeUtf8(bytes), origin), verb, flags)
      return
    }
    if (value.type === '[]uint8' && verb === 'v' && !flags.sharpV && flags.width === undefined) {
      this.out.add(printedBytes(value), origin)
      return
    }
    if (flags.sharpV) this.out.add(value.type + (value.isNil ? '(nil)' : '{'), origin)
    else this.out.add('[', origin)
    value.items.forEach((item, i) => {
      if (i > 0) this.out.add(flags.sharpV ? ', ' : ' ', origin)
      this.arg(item, verb, flags, depth + 1)
    })
    if (!flags.sharpV) this.out.add(']', origin)
    else if (!value.isNil) this.out.add('}', origin)
  }

  #map(value: GoMap, verb: string, flags: Flags, depth: number): void {
    const { origin } = value
    if (flags.sharpV) this.out.add(value.type + (value.isNil ? '(nil)' : '{'), origin)
    else this.out.add('map[', origin)
    sortedKeys(value, compareBytes).forEach((key, i) => {
      const entry = value.entries.get(key)
      if (!entry) return
      if (i > 0) this.out.add(flags.sharpV ? ', ' : ' ', origin)
      this.arg(entry.key, verb, flags, depth + 1)
      this.out.add(':', origin)
      this.arg(entry.value, verb, flags, depth + 1)
    })
    if (!flags.sharpV) this.out.add(']', origin)
    else if (!value.isNil) this.out.add('}', origin)
  }

  #struct(value: GoStruct, verb: string, flags: Flags, depth: number): void {
    const { origin } = value
    if (value.string !== undefined && 'vsxXq'.includes(verb) && !flags.sharpV) {
      this.#string(textOf(value.string, origin), verb, flags)
      return
    }
    if (value.pointer && depth > 0) {
      this.out.add('0xc000000000', origin)
      return
    }
    this.out.add(`${value.pointer ? '&' : ''}${flags.sharpV ? value.type : ''}{`, origin)
    let first = true
    for (const [name, field] of value.fields) {
      if (!first) this.out.add(flags.sharpV ? ', ' : ' ', origin)
      first = false
      if (flags.plusV || flags.sharpV) this.out.add(`${name}:`, origin)
      this.arg(field, verb, flags, depth + 1)
    }
    this.out.add('}', origin)
  }
}

/** `%q` of a text: characters that are written as they are keep their place. */
export function quoteText(text: GoText, added: Origin, ascii = false): GoText {
  const quoted = quote(text.text, ascii)
  if (quoted.length === text.text.length + 2) return around(text, '"', added)
  const builder = new TextBuilder()
  builder.add('"', added)
  let plainStart = 0
  let at = 0
  for (const char of text.text) {
    const written = quoteChar(char, '"', ascii)
    if (written !== char) {
      if (at > plainStart) builder.push(slice(text, plainStart, at))
      builder.push(transformed(slice(text, at, at + char.length), written, originOfValue(slice(text, at, at + char.length))))
      plainStart = at + char.length
    }
    at += char.length
  }
  if (at > plainStart) builder.push(slice(text, plainStart, at))
  builder.add('"', added)
  return builder.build()
}

function around(text: GoText, mark: string, added: Origin): GoText {
  const builder = new TextBuilder()
  builder.add(mark, added)
  builder.push(text)
  builder.add(mark, added)
  return builder.build()
}

const printed = new WeakMap<GoList, string>()

/** `[104 105]`. Who prints a whole context prints every file of the chart, again and again. */
function printedBytes(value: GoList): string {
  const known = printed.get(value)
  if (known !== undefined) return known
  const text = `[${bytesOf(value).join(' ')}]`
  printed.set(value, text)
  return text
}

function truncate(text: string, flags: Flags): string {
  return flags.precision === undefined ? text : [...text].slice(0, flags.precision).join('')
}

function truncateText(text: GoText, flags: Flags): GoText {
  return flags.precision === undefined ? text : slice(text, 0, truncate(text.text, flags).length)
}

function charOf(value: bigint): string {
  return value >= 0n && value <= 0x10ffffn && !(value >= 0xd800n && value < 0xe000n) ? String.fromCodePoint(Number(value)) : '\ufffd'
}

/** `%#g` keeps the point and the trailing zeros. */
function sharpFloat(text: string, format: string, precision: number): string {
  const exponentAt = text.search(/[eE]/)
  const tail = exponentAt < 0 ? '' : text.slice(exponentAt)
  let head = exponentAt < 0 ? text : text.slice(0, exponentAt)
  if (format !== 'g' && format !== 'G') return head.includes('.') ? text : `${head}.${tail}`
  let missing = (precision === -1 ? 6 : precision) - head.replace('.', '').replace(/^0+/, '').length
  if (!head.includes('.')) {
    if (head === '0') missing--
    head += '.'
  }
  return head + '0'.repeat(Math.max(missing, 0)) + tail
}
