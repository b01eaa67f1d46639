import { isSpace, mapChars, toLower, toUpper, trimSpaceRange } from '../../go/unicode.ts'
import { compareBytes, encodeUtf8 } from '../../go/utf8.ts'
import { GoError } from '../errors.ts'
import { quoteText, sprintf } from '../fmt.ts'
import { type Call, func, type GoFunction } from '../function.ts'
import { computedFrom, type Opaque } from '../provenance.ts'
import { concat, cut, type GoText, join, NO_TEXT, originsOf, replaceRanges, slice, TextBuilder, textOf, transformed } from '../text.ts'
import { bool, computedOf, type GoMap, type GoValue, list, map, originOfValue, setEntry, strings } from '../value.ts'
import { asText, asTexts, byteLength, number, outOfBounds, sliceBytes, text, value } from './args.ts'
import { connectedCase, pascalCase, swapCase, title, untitle } from './words.ts'

type Named = readonly (readonly [string, GoFunction])[]

/** One string in, one string out, character by character or as a whole. */
function mapped(change: (text: string) => string): GoFunction {
  return func('string', (args) => {
    const given = text(args, 0)
    return transformed(given, change(given.text), computedFrom(originsOf(given)))
  })
}

/** A question about two strings. */
function test(ask: (part: string, whole: string) => boolean): GoFunction {
  return func('string, string', (args) => bool(ask(text(args, 0).text, text(args, 1).text), computedOf(args)))
}

function trimmed(range: (whole: string, set: string) => { start: number; end: number }): GoFunction {
  return func('string, string', (args) => {
    const whole = text(args, 1)
    const { start, end } = range(whole.text, text(args, 0).text)
    return slice(whole, start, end)
  })
}

const trimAll = trimmed((whole, set) => {
  let start = 0
  let end = whole.length
  while (start < end && set.includes(whole.charAt(start))) start++
  while (end > start && set.includes(whole.charAt(end - 1))) end--
  return { start, end }
})

export const STRINGS: Named = [
  ['upper', mapped((given) => mapChars(given, toUpper))],
  ['lower', mapped((given) => mapChars(given, toLower))],
  ['title', mapped(title)],
  ['untitle', mapped(untitle)],
  ['swapcase', mapped(swapCase)],
  ['snakecase', mapped((given) => connectedCase(given, '_'))],
  ['kebabcase', mapped((given) => connectedCase(given, '-'))],
  ['camelcase', mapped(pascalCase)],
  ['nospace', func('string', (args) => withoutSpace(text(args, 0)))],
  ['initials', mapped(initials)],
  ['trim', func('string', (args) => trimSpace(text(args, 0)))],
  ['trimAll', trimAll],
  ['trimall', trimAll],
  ['trimSuffix', trimmed((whole, end) => ({ start: 0, end: whole.endsWith(end) ? whole.length - end.length : whole.length }))],
  ['trimPrefix', trimmed((whole, start) => ({ start: whole.startsWith(start) ? start.length : 0, end: whole.length }))],
  ['contains', test((part, whole) => whole.includes(part))],
  ['hasPrefix', test((part, whole) => whole.startsWith(part))],
  ['hasSuffix', test((part, whole) => whole.endsWith(part))],
  ['repeat', func('int, string', (args, call) => repeat(text(args, 1), number(args, 0), call))],
  ['substr', func('int, int, string', (args) => substring(text(args, 2), number(args, 0), number(args, 1)))],
  ['trunc', func('int, string', (args) => truncate(text(args, 1), number(args, 0)))],
  ['abbrev', func('int, string', (args, call) => abbreviate(text(args, 1), 0, number(args, 0), call))],
  ['abbrevboth', func('int, int, string', (args, call) => abbreviateBoth(text(args, 2), number(args, 0), number(args, 1), call))],
  ['indent', func('int, string', (args, call) => indent(text(args, 1), number(args, 0), call))],
  ['nindent', func('int, string', (args, call) => concat([textOf('\n', call.origin), indent(text(args, 1), number(args, 0), call)]))],
  ['quote', func('...interface {}', (args, call) => quoteAll(args, call, (given) => quoteText(given, call.origin)))],
  ['squote', func('...interface {}', (args, call) => quoteAll(args, call, (given) => around(given, "'", call)))],
  ['cat', func('...interface {}', (args, call) => cat(args, call))],
  ['replace', func('string, string, string', (args, call) => replace(text(args, 2), text(args, 0), text(args, 1), call))],
  ['plural', func('string, string, int', (args) => (number(args, 2) === 1 ? text(args, 0) : text(args, 1)))],
  ['wrap', func('int, string', (args, call) => wrap(text(args, 1), number(args, 0), '\n', false, call))],
  ['wrapWith', func('int, string, string', (args, call) => wrap(text(args, 2), number(args, 0), text(args, 1).text || '\n', true, call))],
  ['toString', func('interface {}', (args) => asText(value(args, 0)))],
  ['toStrings', func('interface {}', (args) => toStrings(value(args, 0)))],
  ['join', func('string, interface {}', (args) => join(asTexts(value(args, 1)), text(args, 0)))],
  ['split', func('string, string', (args) => numbered(split(text(args, 1), text(args, 0).text)))],
  ['splitn', func('string, int, string', (args) => numbered(split(text(args, 2), text(args, 0).text, number(args, 1))))],
  ['splitList', func('string, string', (args) => strings(split(text(args, 1), text(args, 0).text), originOfValue(text(args, 1))))],
  ['sortAlpha', func('interface {}', (args) => sortAlpha(value(args, 0)))],
  ['shuffle', func('string', (args) => transformed(text(args, 0), text(args, 0).text, SHUFFLED))],
  ['hello', func('', (_, call) => textOf('Hello!', call.origin))],
]

const SHUFFLED: Opaque = { kind: 'opaque', name: 'shuffle' }

function trimSpace(given: GoText): GoText {
  const { start, end } = trimSpaceRange(given.text)
  return slice(given, start, end)
}

function withoutSpace(given: GoText): GoText {
  const spaces: { start: number; end: number; by: GoText }[] = []
  for (let i = 0; i < given.text.length; i++) if (isSpace(given.text.charAt(i))) spaces.push({ start: i, end: i + 1, by: NO_TEXT })
  return replaceRanges(given, spaces)
}

/** `goutils.Initials`, which takes bytes for characters. */
function initials(given: string): string {
  let gap = true
  let result = ''
  for (const byte of encodeUtf8(given)) {
    const char = String.fromCharCode(byte)
    if (isSpace(char)) gap = true
    else if (gap) {
      result += char
      gap = false
    }
  }
  return result
}

function repeat(given: GoText, count: number, call: Call): GoText {
  if (count < 0) throw new GoError('strings: negative Repeat count')
  if (given.text === '') return NO_TEXT
  call.budget.allocate(given.text.length * count)
  const builder = new TextBuilder()
  for (let i = 0; i < count; i++) builder.push(given)
  return builder.build()
}

function substring(given: GoText, start: number, end: number): GoText {
  const length = byteLength(given)
  if (start < 0) {
    if (end < 0 || end > length) throw outOfBounds(0, end, length)
    return sliceBytes(given, 0, end)
  }
  const to = end < 0 || end > length ? length : end
  if (start > to) throw outOfBounds(start, to, length)
  return sliceBytes(given, start, to)
}

function truncate(given: GoText, count: number): GoText {
  const length = byteLength(given)
  if (count < 0 && length + count > 0) return sliceBytes(given, length + count, length)
  return count >= 0 && length > count ? sliceBytes(given, 0, count) : given
}

function abbreviate(given: GoText, start: number, width: number, call: Call): GoText {
  if (width < 4) return start === 0 ? given : NO_TEXT
  const length = byteLength(given)
  if (length <= width) return given
  const marker = textOf('...', call.origin)
  let offset = Math.min(start, length)
  if (length - offset < width - 3) offset = length - (width - 3)
  if (offset <= 4) return concat([sliceBytes(given, 0, width - 3), marker])
  if (width < 7) return NO_TEXT
  if (offset + width - 3 < length) return concat([marker, abbreviate(sliceBytes(given, offset, length), 0, width - 3, call)])
  return concat([marker, sliceBytes(given, length - (width - 3), length)])
}

function abbreviateBoth(given: GoText, left: number, right: number, call: Call): GoText {
  return right < 4 || (left > 0 && right < 7) ? given : abbreviate(given, left, right, call)
}

function indent(given: GoText, spaces: number, call: Call): GoText {
  if (spaces < 0) throw new GoError('strings: negative Repeat count')
  const starts: number[] = []
  for (let at = given.text.indexOf('\n'); at >= 0; at = given.text.indexOf('\n', at + 1)) starts.push(at + 1)
  call.budget.allocate((starts.length + 1) * spaces)
  const pad = textOf(' '.repeat(spaces), call.origin)
  const builder = new TextBuilder()
  builder.push(pad)
  const breaks = starts.map((start) => ({ start, end: start, by: pad }))
  builder.push(replaceRanges(given, breaks))
  return builder.build()
}

function quoteAll(args: readonly GoValue[], call: Call, write: (given: GoText) => GoText): GoText {
  return join(
    args.filter((arg) => arg.kind !== 'nil').map((arg) => write(asText(arg))),
    textOf(' ', call.origin),
  )
}

function around(given: GoText, mark: string, call: Call): GoText {
  const quote = textOf(mark, call.origin)
  return concat([quote, given, quote])
}

function cat(args: readonly GoValue[], call: Call): GoText {
  const given = args.filter((arg) => arg.kind !== 'nil')
  return sprintf(textOf(given.map(() => '%v').join(' '), call.origin), given)
}

function replace(given: GoText, old: GoText, by: GoText, call: Call): GoText {
  const ranges: { start: number; end: number; by: GoText }[] = []
  if (old.text === '') {
    // Go puts the new text before each character and at the end.
    let at = 0
    for (const char of given.text) {
      ranges.push({ start: at, end: at, by })
      at += char.length
    }
    ranges.push({ start: at, end: at, by })
  } else {
    for (let at = given.text.indexOf(old.text); at >= 0; at = given.text.indexOf(old.text, at + old.text.length)) {
      ranges.push({ start: at, end: at + old.text.length, by })
    }
  }
  call.budget.allocate(ranges.length * by.text.length)
  return replaceRanges(given, ranges)
}

/** `goutils.WrapCustom`, which counts bytes. */
function wrap(given: GoText, width: number, lineBreak: string, longWords: boolean, call: Call): GoText {
  const limit = Math.max(width, 1)
  const source = given.text
  const ranges: { start: number; end: number; by: GoText }[] = []
  const by = textOf(lineBreak, call.origin)
  const nothing = NO_TEXT
  let offset = 0
  while (source.length - offset > limit) {
    if (source[offset] === ' ') {
      ranges.push({ start: offset, end: offset + 1, by: nothing })
      offset++
      continue
    }
    const space = source.slice(offset, offset + limit + 1).lastIndexOf(' ')
    if (space >= 0) {
      ranges.push({ start: offset + space, end: offset + space + 1, by })
      offset += space + 1
    } else if (longWords) {
      ranges.push({ start: offset + limit, end: offset + limit, by })
      offset += limit
    } else {
      const next = source.indexOf(' ', offset + limit)
      if (next < 0) break
      ranges.push({ start: next, end: next + 1, by })
      offset = next + 1
    }
  }
  return replaceRanges(given, ranges)
}

function toStrings(given: GoValue): GoValue {
  return given.kind === 'list' && given.type === '[]string' ? given : strings(asTexts(given), originOfValue(given))
}

/** `strings.SplitN`: at most `count` parts, the last of which is the rest. */
export function split(given: GoText, separator: string, count = -1): GoText[] {
  if (count === 0) return []
  const ranges: { start: number; end: number }[] = []
  const source = given.text
  let start = 0
  if (separator === '') {
    for (const char of source) {
      if (count > 0 && ranges.length === count - 1) break
      ranges.push({ start, end: start + char.length })
      start += char.length
    }
    if (start < source.length) ranges.push({ start, end: source.length })
    return cut(given, ranges)
  }
  for (let at = source.indexOf(separator); at >= 0 && (count < 0 || ranges.length < count - 1); at = source.indexOf(separator, start)) {
    ranges.push({ start, end: at })
    start = at + separator.length
  }
  ranges.push({ start, end: source.length })
  return cut(given, ranges)
}

function numbered(parts: readonly GoText[]): GoMap {
  const result = map([], parts[0] ? originOfValue(parts[0]) : undefined, 'map[string]string')
  parts.forEach((part, i) => {
    setEntry(result, `_${i}`, part)
  })
  return result
}

function sortAlpha(given: GoValue): GoValue {
  if (given.kind !== 'list') return strings([asText(given)])
  const sorted = asTexts(given).sort((a, b) => compareBytes(a.text, b.text))
  // sprig sorts a list of strings in its place.
  if (given.type === '[]string') {
    given.items.splice(0, given.items.length, ...sorted)
    return given
  }
  return list(sorted, given.origin, '[]string')
}
