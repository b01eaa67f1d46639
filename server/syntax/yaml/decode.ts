import type { Span } from '../../text/span.ts'
import { lineStart } from './layout.ts'

/** Takes a decoded string from left to right, with what each part of it is written as. */
export interface Sink {
  /** Characters that all of `start` to `end` stands for. */
  push(chars: string, start: number, end: number): void
  /** Characters that stand for themselves. */
  copy(text: string, start: number, end: number): void
}

const SPECIAL = { '"': /[ \t\r\n\\]/g, "'": /[ \t\r\n']/g, '': /[ \t\r\n]/g } as const
const LINE_BREAKS = /[ \t]*(?:\r?\n[ \t]*)+/y

/** Plain and quoted scalars: line breaks fold, with the white space around them. False at an escape that there is not. */
export function decodeFlow(text: string, start: number, end: number, quote: '"' | "'" | '', out: Sink): boolean {
  const special = SPECIAL[quote]
  for (let at = start; at < end; ) {
    special.lastIndex = at
    const found = Math.min(special.exec(text)?.index ?? end, end)
    out.copy(text, at, found)
    at = found
    if (at >= end) break
    const char = text.charAt(at)
    if (char === "'") {
      out.push("'", at, at + 2)
      at += 2
    } else if (char === '\\') {
      at = decodeEscape(text, at, out)
      if (at < 0) return false
    } else {
      LINE_BREAKS.lastIndex = at
      const match = LINE_BREAKS.exec(text)
      if (match) foldBreaks(text, at, Math.min(end, at + match[0].length), out)
      else out.copy(text, at, at + 1)
      at = match ? at + match[0].length : at + 1
    }
  }
  return true
}

function foldBreaks(text: string, start: number, end: number, out: Sink): void {
  const breaks: number[] = []
  for (let at = text.indexOf('\n', start); at >= 0 && at < end; at = text.indexOf('\n', at + 1)) breaks.push(at)
  if (breaks.length === 1) out.push(' ', start, end)
  else for (const at of breaks.slice(1)) out.push('\n', at, at + 1)
}

const ESCAPES: Readonly<Record<string, string>> = {
  '0': '\u0000',
  a: '\u0007',
  b: '\b',
  e: '\u001b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  N: '\u0085',
  _: '\u00a0',
  L: '\u2028',
  P: '\u2029',
  ' ': ' ',
  '"': '"',
  '/': '/',
  '\\': '\\',
  '\t': '\t',
}
const DIGITS: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 }

/** Where the escape at `at` ends; -1 when there is none such. */
function decodeEscape(text: string, at: number, out: Sink): number {
  const char = text.charAt(at + 1)
  if (char === '\n' || char === '\r') {
    // Readers do not agree on empty lines behind it.
    const match = /\\\r?\n[ \t]*(?![ \t\r\n])/y
    match.lastIndex = at
    const found = match.exec(text)
    return found ? at + found[0].length : -1
  }
  const digits = DIGITS[char]
  if (digits === undefined) {
    const value = ESCAPES[char]
    if (value === undefined) return -1
    out.push(value, at, at + 2)
    return at + 2
  }
  const end = at + 2 + digits
  const hex = text.slice(at + 2, end)
  const code = /^[\da-fA-F]+$/.test(hex) ? Number.parseInt(hex, 16) : Number.NaN
  if (!(code <= 0x10ffff) || hex.length < digits) return -1
  out.push(String.fromCodePoint(code), at, end)
  return end
}

interface Line {
  readonly start: number
  readonly end: number
  readonly next: number
}

/** A block scalar, its indicator included. False when its indentation cannot be told. */
export function decodeBlock(text: string, span: Span, out: Sink): boolean {
  const header = /^[|>]([-+])?([1-9])?([-+])?[^\n]*\n?/.exec(text.slice(span.start, span.end))
  if (!header) return false
  const chomp = header[1] ?? header[3] ?? ''
  const lines = linesOf(text, span.start + header[0].length, span.end)
  const indent = header[2] ? indentBy(text, span.start, Number(header[2])) : ownIndent(text, lines)
  if (indent === undefined) return false
  let count = lines.length
  while (count > 0 && isEmpty(text, lines[count - 1], indent)) count--
  writeBlockLines(text, lines.slice(0, count), indent, text.charAt(span.start) === '>', out)
  if (chomp === '-') return true
  const last = lines[count - 1]
  // Where the text ends without a line break, kubectl adds it.
  if (last) out.push('\n', last.end, last.next)
  if (chomp === '+') for (const line of lines.slice(count)) if (line.next > line.end) out.push('\n', line.end, line.next)
  return true
}

function linesOf(text: string, start: number, end: number): Line[] {
  const lines: Line[] = []
  for (let at = start; at < end; ) {
    const newline = text.indexOf('\n', at)
    const next = newline < 0 || newline >= end ? end : newline + 1
    let stop = newline < 0 || newline >= end ? end : newline
    if (stop > at && text.charAt(stop - 1) === '\r') stop--
    lines.push({ start: at, end: stop, next })
    at = next
  }
  return lines
}

function spacesOf(text: string, line: Line): number {
  let at = line.start
  while (at < line.end && text.charAt(at) === ' ') at++
  return at - line.start
}

function isEmpty(text: string, line: Line | undefined, indent: number): boolean {
  return line !== undefined && spacesOf(text, line) === line.end - line.start && line.end - line.start <= indent
}

function ownIndent(text: string, lines: readonly Line[]): number {
  const first = lines.find((line) => spacesOf(text, line) < line.end - line.start)
  return first ? spacesOf(text, first) : Math.max(0, ...lines.map((line) => line.end - line.start))
}

/** With an indicator, the indentation counts from the key or dash that the scalar belongs to. */
function indentBy(text: string, header: number, columns: number): number | undefined {
  const line = text.slice(lineStart(text, header), header)
  const match = /^( *)((?:- +)*)(.*)$/.exec(line)
  const [, spaces = '', dashes = '', rest = ''] = match ?? []
  if (rest.replace(/[&!]\S*/g, '').trim() !== '') return spaces.length + dashes.length + columns
  const dash = dashes.lastIndexOf('-')
  return dash < 0 ? undefined : spaces.length + dash + columns
}

function writeBlockLines(text: string, lines: readonly Line[], indent: number, folded: boolean, out: Sink): void {
  // Between two lines of text: a break of its own where one of them is indented deeper or in a literal, else a space.
  let before: Line | undefined
  let deeperBefore = false
  let empty: Line[] = []
  for (const line of lines) {
    const start = Math.min(line.end, line.start + indent)
    if (start >= line.end) {
      empty.push(line)
      continue
    }
    const deeper = text.charAt(start) === ' ' || text.charAt(start) === '\t'
    const breaks = !folded || deeper || deeperBefore
    if (before) {
      if (breaks) out.push('\n', before.end, before.next)
      else if (empty.length === 0) out.push(' ', before.end, start)
    }
    for (const each of empty) out.push('\n', each.end, each.next)
    out.copy(text, start, line.end)
    before = line
    deeperBefore = deeper
    empty = []
  }
}
