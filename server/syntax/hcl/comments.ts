import type { Span } from '../../text/span.ts'
import type { Body, Expression } from './ast.ts'
import { parseHcl } from './parse.ts'

export interface ScopedComment {
  /** From its marker to its end. */
  readonly span: Span
  /** Behind something: its line. On a line of its own: all of the argument, block or item that begins below it. */
  readonly scope: Span
}

/** All comments of a text, with what they are about. */
export function hclCommentsOf(text: string): ScopedComment[] {
  const { body, comments } = parseHcl(text)
  if (comments.length === 0) return []
  const items = [...itemsOf(body)].sort((a, b) => a.start - b.start || b.end - a.end)
  return comments.map(({ start, end }) => {
    const line = text.lastIndexOf('\n', start - 1) + 1
    if (text.slice(line, start).trim() !== '') return { span: { start, end }, scope: { start: line, end: lineEnd(text, end) } }
    const below = items.find((item) => item.start >= end)
    return { span: { start, end }, scope: below ? { start: below.start, end: below.end } : { start: end, end } }
  })
}

function lineEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at)
  return end < 0 ? text.length : end
}

function* itemsOf(body: Body): Iterable<Span> {
  for (const item of body.items) {
    yield item
    if (item.kind === 'block') yield* itemsOf(item.body)
    else yield* partsOf(item.value)
  }
}

function* partsOf(node: Expression): Iterable<Span> {
  if (node.kind === 'object') {
    for (const item of node.items) {
      yield item
      yield* partsOf(item.value)
    }
  } else if (node.kind === 'tuple') {
    for (const item of node.items) {
      yield item
      yield* partsOf(item)
    }
  } else if (node.kind === 'call') for (const arg of node.args) yield* partsOf(arg)
}
