import { expect, test } from 'vitest'
import { applyEdits, withoutSharedLines } from '../../server/text/edit.ts'

test.each<[title: string, text: string, start: number, end: number, inserted: string, expected: [number, number, string]]>([
  ['nothing shared', 'a\nb\nc', 0, 3, 'x\ny', [0, 3, 'x\ny']],
  ['lines before', 'a\nb\nc', 0, 3, 'a\nx', [2, 3, 'x']],
  ['lines behind', 'a\nb\nc', 0, 5, 'x\nb\nc', [0, 1, 'x']],
  ['an empty line before', 'a\nb', 1, 3, '\nx', [2, 3, 'x']],
  ['all of it', 'a\nb', 0, 3, 'a\nb', [2, 3, 'b']],
  ['an insertion', 'a\nb', 2, 2, 'x\n', [2, 2, 'x\n']],
])('an edit leaves out what it does not change: %s', (_, text, start, end, inserted, [at, until, now]) => {
  const edit = { start, end, text: inserted }
  const shorter = withoutSharedLines(text, edit)
  expect(shorter).toEqual({ start: at, end: until, text: now })
  expect(applyEdits(text, [shorter])).toBe(applyEdits(text, [edit]))
})
