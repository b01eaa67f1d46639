import type { Span } from './span.ts'

export interface TextEdit extends Span {
  readonly text: string
}

/** Sorted by position; throws when two edits overlap, because a fix that does so is a programming error. */
export function sortEdits(edits: readonly TextEdit[]): TextEdit[] {
  const sorted = [...edits].sort((a, b) => a.start - b.start || a.end - b.end)
  sorted.forEach((edit, i) => {
    const before = sorted[i - 1]
    if (before && before.end > edit.start) throw new Error('edits overlap')
  })
  return sorted
}

/** Edits hold offsets of `text` as it is before any of them; insertions at one offset keep their order. */
export function applyEdits(text: string, edits: readonly TextEdit[]): string {
  let result = ''
  let at = 0
  for (const edit of sortEdits(edits)) {
    result += text.slice(at, edit.start) + edit.text
    at = edit.end
  }
  return result + text.slice(at)
}
