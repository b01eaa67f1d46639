import type { Span } from '../../text/span.ts'
import { lineStart } from './layout.ts'

/**
 * Where a range of a scalar's decoded string is written, through escapes, folded lines and the indentation of
 * block scalars; the whole span when it cannot be told. A range of nothing is the place before its character.
 */
export function locateInScalar(text: string, span: Span, range: Span): Span {
  const decoded = decodeScalar(text, span)
  if (!decoded || range.start < 0 || range.end > decoded.value.length || range.start > range.end) return span
  const last = decoded.ends[decoded.ends.length - 1] ?? span.start
  const start = decoded.starts[range.start] ?? last
  return { start, end: range.end > range.start ? (decoded.ends[range.end - 1] ?? start) : start }
}

export interface Decoded {
  readonly value: string
  /** For each UTF-16 unit of `value`, where what it is written as begins and ends. */
  readonly starts: readonly number[]
  readonly ends: readonly number[]
}

/** A scalar read once more, with the origin of every character. Undefined when its text does not say all of it. */
export function decodeScalar(text: string, span: Span): Decoded | undefined {
  const first = text.charAt(span.start)
  const out = new Output()
  if (first === '"' || first === "'") decodeFlow(text, span.start + 1, span.end - 1, first, out)
  else if (first === '|' || first === '>') return decodeBlock(text, span, first === '>', out) ? out : undefined
  else decodeFlow(text, span.start, span.end, '', out)
  return out
}

class Output implements Decoded {
  value = ''
  readonly starts: number[] = []
  readonly ends: number[] = []

  push(chars: string, start: number, end: number): void {
    this.value += chars
    for (let i = 0; i < chars.length; i++) {
      this.starts.push(start)
      this.ends.push(end)
    }
  }

  /** Characters that stand for themselves. */
  copy(text: string, start: number, end: number): void {
    this.value += text.slice(start, end)
    for (let at = start; at < end; at++) {
      this.starts.push(at)
      this.ends.push(at + 1)
    }
  }
}

const SPECIAL = { '"': /[ \t\r\n\\]/g, "'": /[ \t\r\n']/g, '': /[ \t\r\n]/g } as const
const LINE_BREAKS = /[ \t]*(?:\r?\n[ \t]*)+/y

/** Plain and quoted scalars: line breaks fold, with the white space around them. */
function decodeFlow(text: string, start: number, end: number, quote: '"' | "'" | '', out: Output): void {
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
    } else {
      LINE_BREAKS.lastIndex = at
      const match = LINE_BREAKS.exec(text)
      if (match) foldBreaks(text, at, Math.min(end, at + match[0].length), out)
      else out.copy(text, at, at + 1)
      at = match ? at + match[0].length : at + 1
    }
  }
}

function foldBreaks(text: string, start: number, end: number, out: Output): void {
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
}
const DIGITS: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 }

/** Returns where it ends. */
function decodeEscape(text: string, at: number, out: Output): number {
  const char = text.charAt(at + 1)
  if (char === '\n' || char === '\r') {
    const match = /\\\r?\n[ \t]*/y
    match.lastIndex = at
    return at + (match.exec(text)?.[0].length ?? 2)
  }
  const digits = DIGITS[char]
  if (digits === undefined) {
    out.push(ESCAPES[char] ?? char, at, at + 2)
    return at + 2
  }
  const end = at + 2 + digits
  const code = Number.parseInt(text.slice(at + 2, end), 16)
  out.push(code <= 0x10ffff ? String.fromCodePoint(code) : '\ufffd', at, end)
  return end
}

interface Line {
  readonly start: number
  readonly end: number
  readonly next: number
}

/** False when the indentation of the text cannot be told. */
function decodeBlock(text: string, span: Span, folded: boolean, out: Output): boolean {
  const header = /^[|>]([-+])?([1-9])?([-+])?[^\n]*\n?/.exec(text.slice(span.start, span.end))
  if (!header) return false
  const chomp = header[1] ?? header[3] ?? ''
  const lines = linesOf(text, span.start + header[0].length, span.end)
  const indent = header[2] ? indentBy(text, span.start, Number(header[2])) : ownIndent(text, lines)
  if (indent === undefined) return false
  let count = lines.length
  while (count > 0 && isEmpty(text, lines[count - 1], indent)) count--
  writeBlockLines(text, lines.slice(0, count), indent, folded, out)
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

function writeBlockLines(text: string, lines: readonly Line[], indent: number, folded: boolean, out: Output): void {
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
