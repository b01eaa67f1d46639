import type { Span } from '../../text/span.ts'
import { splitDocuments } from './split.ts'

/**
 * The document that a decoder for one document reads. Comments before the first `---` are no document;
 * nothing between two of them is one.
 */
export function firstDocument(text: string): Span {
  const spans = splitDocuments(text)
  const first = spans[0] ?? { start: 0, end: text.length }
  const body = text.slice(first.start, first.end)
  const onlyComments = !body.startsWith('---') && body.split('\n').every((line) => /^\s*(?:#|$)/.test(line))
  return onlyComments ? (spans[1] ?? first) : first
}
