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

/** An edit without the lines at its beginning and end that it leaves as they are. */
export function withoutSharedLines(text: string, { start, end, text: inserted }: TextEdit): TextEdit {
  let [old, now, at] = [text.slice(start, end), inserted, start]
  for (let line = old.indexOf('\n') + 1; line > 0 && now.startsWith(old.slice(0, line)); line = old.indexOf('\n') + 1) {
    old = old.slice(line)
    now = now.slice(line)
    at += line
  }
  for (let line = old.lastIndexOf('\n'); line >= 0 && now.endsWith(old.slice(line)); line = old.lastIndexOf('\n')) {
    now = now.slice(0, now.length - (old.length - line))
    old = old.slice(0, line)
  }
  return { start: at, end: at + old.length, text: now }
}
