import type { Span } from '../../text/span.ts'
import { decodeBlock, decodeFlow, type Sink } from './decode.ts'

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

/** A scalar with the origin of every character. Undefined when its text does not say all of it. */
export function decodeScalar(text: string, span: Span): Decoded | undefined {
  const first = text.charAt(span.start)
  const out = new Mapped()
  const whole =
    first === '"' || first === "'"
      ? decodeFlow(text, span.start + 1, span.end - 1, first, out)
      : first === '|' || first === '>'
        ? decodeBlock(text, span, out)
        : decodeFlow(text, span.start, span.end, '', out)
  return whole ? out : undefined
}

class Mapped implements Decoded, Sink {
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

  copy(text: string, start: number, end: number): void {
    this.value += text.slice(start, end)
    for (let at = start; at < end; at++) {
      this.starts.push(at)
      this.ends.push(at + 1)
    }
  }
}
