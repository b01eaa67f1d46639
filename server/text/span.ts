/** A half-open range of UTF-16 offsets in one text. */
export interface Span {
  readonly start: number
  readonly end: number
}

export function contains(outer: Span, inner: Span): boolean {
  return outer.start <= inner.start && inner.end <= outer.end
}

/** Whether the two touch or overlap: a cursor (empty span) at either end of a span counts as inside. */
export function touches(a: Span, b: Span): boolean {
  return a.start <= b.end && b.start <= a.end
}
