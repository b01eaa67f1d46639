import { type GoText, slice } from '../../syntax/go-template/text.ts'
import type { Span } from '../../text/span.ts'

/** The text of a scalar without its quotes, which the template often writes round a value. */
export function contentSpan(text: string, { start, end }: Span): Span {
  const first = text.charAt(start)
  const quoted = (first === '"' || first === "'") && end - start >= 2 && text.charAt(end - 1) === first
  return quoted ? { start: start + 1, end: end - 1 } : { start, end }
}

export function contentOf(text: GoText, span: Span): GoText {
  const { start, end } = contentSpan(text.text, span)
  return slice(text, start, end)
}
