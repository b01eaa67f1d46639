import { Lexer } from 'yaml'
import type { Span } from '../../text/span.ts'
import { scanComments } from './scan.ts'
import { lineBreak, lineStart, nextLine } from './layout.ts'
import { splitDocuments } from './split.ts'

export interface Comment {
  /** From the `#` to the end of its line. */
  readonly span: Span
  /** Behind a value: its line. On a line of its own: all lines of the entry that begins below it. */
  readonly scope: Span
}

/** All comments of a text, told from `#` inside strings and block scalars. */
export function commentsOf(text: string): Comment[] {
  const starts = splitDocuments(text).flatMap(({ start, end }) => startsIn(text.slice(start, end)).map((at) => start + at))
  if (starts.length === 0) return []
  const lines = new Lines(text, starts)
  return starts.map((start) => ({ span: { start, end: lineBreak(text, start) }, scope: lines.scopeOf(start) }))
}

function startsIn(document: string): readonly number[] {
  if (!document.includes('#')) return []
  return scanComments(document) ?? lexComments(document)
}

function lexComments(document: string): number[] {
  const starts: number[] = []
  let at = 0
  for (const token of new Lexer().lex(document)) {
    // The lexer marks documents, flow ends and scalars with control characters that are not in the text.
    if (token === '\u0002' || token === '\u0018' || token === '\u001f') continue
    if (token.startsWith('#')) starts.push(at)
    at += token.length
  }
  return starts
}

interface Line {
  readonly start: number
  /** Of its first character; of no meaning for a marker. */
  readonly indent: number
  readonly isMarker: boolean
  readonly isDash: boolean
  /** Above an object's first key the comment is about the object. */
  readonly isFirst: boolean
  /** Index of the next line that is not below this one: a marker, or indented no deeper. */
  next: number
  /** `next`, after the items of a list at this very indentation. */
  nextKey: number
  /** Index of the next marker. */
  marker: number
}

/** The lines of a text that are neither blank nor comments. */
class Lines {
  readonly #text: string
  readonly #lines: readonly Line[]

  constructor(text: string, comments: readonly number[]) {
    this.#text = text
    this.#lines = read(text, new Set(comments))
    link(this.#lines)
  }

  scopeOf(comment: number): Span {
    const text = this.#text
    const own = lineStart(text, comment)
    if (text.slice(own, comment).trim() !== '') return { start: own, end: nextLine(text, comment) }
    let index = this.#firstFrom(comment)
    while (this.#lines[index]?.isMarker) index++
    const line = this.#lines[index]
    if (!line) return { start: text.length, end: text.length }
    const last = line.isFirst ? line.marker : line.isDash ? line.next : line.nextKey
    return { start: line.start, end: this.#lines[last]?.start ?? text.length }
  }

  /** The first line that begins behind an offset. */
  #firstFrom(offset: number): number {
    let low = 0
    let high = this.#lines.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#lines[middle]?.start ?? 0) > offset) high = middle
      else low = middle + 1
    }
    return low
  }
}

function read(text: string, comments: ReadonlySet<number>): Line[] {
  const lines: Line[] = []
  let isFirst = true
  for (let start = lineStart(text, 0); start < text.length; start = nextLine(text, start)) {
    let at = start
    while (text.charAt(at) === ' ' || text.charAt(at) === '\t') at++
    if (at >= lineBreak(text, at) || comments.has(at)) continue
    const isMarker = text.startsWith('---', start) || text.startsWith('...', start)
    lines.push({
      start,
      indent: at - start,
      isMarker,
      isDash: text.charAt(at) === '-',
      isFirst: isFirst && !isMarker,
      next: 0,
      nextKey: 0,
      marker: 0,
    })
    isFirst = isMarker
  }
  return lines
}

function link(lines: readonly Line[]): void {
  const open: number[] = []
  let marker = lines.length
  for (let i = lines.length - 1; i >= 0; i--) {
    const line = lines[i]
    if (!line) continue
    const isBelow = (index: number): boolean => {
      const other = lines[index]
      return other !== undefined && !other.isMarker && other.indent > line.indent
    }
    while (open.length > 0 && isBelow(open[open.length - 1] ?? 0)) open.pop()
    line.next = open[open.length - 1] ?? lines.length
    const next = lines[line.next]
    const isItem = next !== undefined && !next.isMarker && next.isDash && next.indent === line.indent
    line.nextKey = isItem ? next.nextKey : line.next
    line.marker = marker
    if (line.isMarker) marker = i
    open.push(i)
  }
}
