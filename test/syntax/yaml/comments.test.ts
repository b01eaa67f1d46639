import { describe, expect, it } from 'vitest'
import { commentsOf } from '../../../server/syntax/yaml/index.ts'

/** What the comment `# here` is about, with the line breaks at its end left off. */
function about(text: string): string | undefined {
  const comment = commentsOf(text).find(({ span }) => text.slice(span.start, span.end) === '# here')
  return comment && text.slice(comment.scope.start, comment.scope.end).replace(/\s+$/, '')
}

describe('a comment', () => {
  it.each([
    ['behind a value is about its line', 'a: 1 # here\nb: 2\n', 'a: 1 # here'],
    ['above a key is about all below the key', 'x: 0\n# here\na:\n  b: 1\n\n  c: 2\nd: 3\n', 'a:\n  b: 1\n\n  c: 2'],
    ['above a key is about its list, at whatever column', 'x: 0\n# here\na:\n- b\n- c\nd: 3\n', 'a:\n- b\n- c'],
    ['above an item is about the item', 'a:\n# here\n- b: 1\n  c: 2\n- d\n', '- b: 1\n  c: 2'],
    ['above other comments and blank lines is about what comes below them', 'x: 0\n# here\n\n# more\na: 1\nb: 2\n', 'a: 1'],
    ['above the first key is about the object', '# here\na: 1\nb: 2\n---\nc: 3\n', 'a: 1\nb: 2'],
    ['above the marker is about the object below it', 'x: 0\n---\ny: 1\n# here\n---\na: 1\nb: 2\n', 'a: 1\nb: 2'],
    ['above the first key of an indented object is about the object', '---\n  # here\n  a: 1\n  b: 2\n', '  a: 1\n  b: 2'],
    ['at the end is about nothing', 'a: 1\n# here\n', ''],
    ['behind a marker is about its line', '--- # here\na: 1\n', '--- # here'],
    ['inside brackets is about the line below', 'a: [\n  # here\n  b,\n  c\n]\n', '  b,'],
    ['in an object that the scanner leaves to the package', 'x: &x 1\n# here\na:\n  b: *x\nc: 1\n', 'a:\n  b: *x'],
    ['with Windows line ends', 'x: 0\r\n# here\r\na:\r\n  b: 1\r\nc: 2\r\n', 'a:\r\n  b: 1'],
  ])('%s', (_, text, expected) => {
    expect(about(text)).toBe(expected)
  })

  it.each([
    ['in quotes', 'a: "# here"\nb: \'x # here\'\n'],
    ['in a block scalar', 'a: |\n  # here\nb: >\n  x\n  # here\n'],
    ['without a space before it', 'a: x# here\n'],
    ['in a plain scalar of two lines', 'a: x\n  y# here\n'],
  ])('is none %s', (_, text) => {
    expect(commentsOf(text)).toEqual([])
  })

  it('is found among 20,000 others in a few passes', () => {
    const text = `${'# c\n'.repeat(20_000)}a:\n${'  - b\n'.repeat(20_000)}c: 1\n`
    const comments = commentsOf(text)
    expect(comments).toHaveLength(20_000)
    expect(comments[0]?.scope).toEqual({ start: 80_000, end: text.length })
  })
})
