import { Lexer } from 'yaml'
import type { Span } from '../../text/span.ts'

export interface Comment {
  /** From the `#` to the end of its line. */
  readonly span: Span
  /** Behind a value: its line. On a line of its own: all lines of the entry that begins below it. */
  readonly scope: Span
}

/** All comments of a text, told from `#` inside strings and block scalars. */
export function commentsOf(text: string): Comment[] {
  const comments: Comment[] = []
  let at = 0
  for (const token of new Lexer().lex(text)) {
    // The lexer marks documents, flow ends and scalars with control characters that are not in the text.
    if (token === '\u0002' || token === '\u0018' || token === '\u001f') continue
    if (token.startsWith('#')) comments.push({ span: { start: at, end: at + token.length }, scope: { start: 0, end: 0 } })
    at += token.length
  }
  const own = new Set(comments.map(({ span }) => span.start))
  return comments.map(({ span }) => ({ span, scope: scopeOf(text, span, own) }))
}

function scopeOf(text: string, span: Span, comments: ReadonlySet<number>): Span {
  const lineStart = text.lastIndexOf('\n', span.start - 1) + 1
  const behind = text.slice(lineStart, span.start).trim() !== ''
  if (behind) return { start: lineStart, end: lineEnd(text, span.end) }
  let start = lineEnd(text, span.end)
  for (; start < text.length; start = lineEnd(text, start)) {
    const first = start + indentOf(text, start)
    if (!isBlank(text, start) && !comments.has(first) && !text.startsWith('---', start)) break
  }
  const indent = indentOf(text, start)
  let end = lineEnd(text, start)
  for (; end < text.length; end = lineEnd(text, end)) {
    if (isBlank(text, end) || comments.has(end + indentOf(text, end))) continue
    if (isMarker(text, end) || indentOf(text, end) < indent) break
    // Above an object's first key the comment is about the object.
    if (indentOf(text, end) === indent && !isObjectStart(text, start)) {
      // A list may stand at the indentation of its key.
      const dashed = text.charAt(end + indent) === '-' && text.charAt(start + indent) !== '-'
      if (!dashed) break
    }
  }
  return { start, end }
}

/** Whether a line is the first of its document. */
function isObjectStart(text: string, line: number): boolean {
  if (indentOf(text, line) > 0) return false
  const before = text.slice(0, line)
  const marker = Math.max(before.lastIndexOf('\n---'), before.startsWith('---') ? 0 : -1)
  const head = marker < 0 ? before : before.slice(before.indexOf('\n', marker + 1) + 1)
  return head.split('\n').every((row) => row.trim() === '' || row.trim().startsWith('#') || row.startsWith('---'))
}

function isMarker(text: string, line: number): boolean {
  return text.startsWith('---', line) || text.startsWith('...', line)
}

function lineEnd(text: string, from: number): number {
  const end = text.indexOf('\n', from)
  return end < 0 ? text.length : end + 1
}

function indentOf(text: string, line: number): number {
  let at = line
  while (text.charAt(at) === ' ') at++
  return at - line
}

function isBlank(text: string, line: number): boolean {
  return text.slice(line, lineEnd(text, line)).trim() === ''
}
