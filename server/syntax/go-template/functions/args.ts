import { fromByteOffset, isAscii, utf8Length } from '../../go/utf8.ts'
import { GoError } from '../errors.ts'
import { formatValue } from '../fmt.ts'
import { concat, type GoText, slice, textOf } from '../text.ts'
import { type GoList, type GoMap, type GoValue, kindOf, UNTYPED_NIL } from '../value.ts'

/*
 * The engine has checked number and types of arguments before a function sees them; these give them back
 * with the type that is known.
 */

export function value(args: readonly GoValue[], i: number): GoValue {
  return args[i] ?? UNTYPED_NIL
}

export function text(args: readonly GoValue[], i: number): GoText {
  const found = value(args, i)
  if (found.kind !== 'string') throw new GoError(`expected string; got ${kindOf(found)}`)
  return found
}

export function number(args: readonly GoValue[], i: number): number {
  const found = value(args, i)
  if (found.kind !== 'int') throw new GoError(`expected int; got ${kindOf(found)}`)
  return Number(found.value)
}

export function dict(args: readonly GoValue[], i: number): GoMap {
  const found = value(args, i)
  if (found.kind !== 'map') throw new GoError(`expected map; got ${kindOf(found)}`)
  return found
}

/** A list where the function takes anything. Throws the words that sprig has for the rest. */
export function asList(given: GoValue, refusal: string): GoList {
  if (given.kind === 'list') return given
  if (given.kind === 'nil') throw new GoError('runtime error: invalid memory address or nil pointer dereference')
  throw new GoError(`${refusal} ${kindOf(given)}`)
}

/** sprig's `strval`. */
export function asText(given: GoValue): GoText {
  if (given.kind === 'list' && given.type === '[]uint8') {
    if (given.text) return given.text
    return concat([textOf(String.fromCharCode(...given.items.map((item) => (item.kind === 'int' ? Number(item.value) : 0))), given.origin)])
  }
  return formatValue(given)
}

/** The texts of a list's items, without nils; of anything else its own. */
export function asTexts(given: GoValue): GoText[] {
  if (given.kind === 'list') return given.items.filter((item) => item.kind !== 'nil').map(asText)
  return given.kind === 'nil' ? [] : [asText(given)]
}

/** The bytes from `start` to `end` of a text. What is cut inside a character is lost to U+FFFD. */
export function sliceBytes(given: GoText, start: number, end: number): GoText {
  if (isAscii(given.text)) return slice(given, start, end)
  const from = fromByteOffset(given.text, start)
  const to = fromByteOffset(given.text, end)
  const whole = slice(given, from.whole ? from.offset : from.offset + charAt(given.text, from.offset), to.offset)
  const broken = (place: { whole: boolean; offset: number }): GoText =>
    place.whole ? slice(given, place.offset, place.offset) : textOf('\ufffd', given.pieces[0]?.origin ?? UNTYPED_NIL.origin)
  return from.whole && to.whole ? whole : concat([broken(from), whole, broken(to)])
}

function charAt(textOfIt: string, offset: number): number {
  return (textOfIt.codePointAt(offset) ?? 0) > 0xffff ? 2 : 1
}

export function byteLength(given: GoText): number {
  return utf8Length(given.text)
}

/** What Go says when a slice goes beyond its ends. */
export function outOfBounds(start: number, end: number, length: number): GoError {
  if (end > length) return new GoError(`runtime error: slice bounds out of range [:${end}] with length ${length}`)
  return new GoError(`runtime error: slice bounds out of range [${start}:${end}]`)
}

export const LIST_BOUNDS = 'reflect.Value.Slice: slice index out of bounds'
