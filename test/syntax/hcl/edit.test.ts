import { describe, expect, it } from 'vitest'
import { editHcl, type HclChange, printBlock, printHcl } from '../../../server/syntax/hcl/index.ts'
import { applyEdits } from '../../../server/text/edit.ts'

/** `at` finds the offset of a text. */
function edited(text: string, ...changes: ((at: (needle: string) => number) => HclChange)[]): string {
  const result = editHcl(
    text,
    changes.map((change) =>
      change((needle) => {
        const found = text.indexOf(needle)
        if (found < 0) throw new Error(`no ${needle}`)
        return found
      }),
    ),
  )
  if ('refused' in result) throw new Error(result.refused)
  return applyEdits(text, result.edits)
}

const TEXT = `resource "a" "b" {
  # The name.
  name = "x" # why
  size = 1

  net {
    open = true
  }
}
`

describe('a change of HCL', () => {
  it('sets an argument and leaves comments alone', () => {
    expect(edited(TEXT, (at) => ({ op: 'argument', block: at('resource'), name: 'size', text: '2' }))).toBe(
      TEXT.replace('size = 1', 'size = 2'),
    )
  })

  it('adds an argument behind the others, in one column with its neighbours', () => {
    expect(edited(TEXT, (at) => ({ op: 'argument', block: at('resource'), name: 'encrypted', text: 'true' }))).toBe(
      TEXT.replace('name = "x" # why\n  size = 1', 'name      = "x" # why\n  size      = 1\n  encrypted = true'),
    )
  })

  it('does not bring into columns what was in none', () => {
    expect(edited('a {\n  b  = 1\n  ccc = 2\n}\n', (at) => ({ op: 'argument', block: at('a'), name: 'dddd', text: '3' }))).toBe(
      'a {\n  b  = 1\n  ccc = 2\n  dddd = 3\n}\n',
    )
  })

  it.each([
    ['a {}\n', 'a {\n  b = 1\n}\n'],
    ['a {\n}\n', 'a {\n  b = 1\n}\n'],
    ['a {\n  # c\n}\n', 'a {\n  # c\n  b = 1\n}\n'],
    ['a {\n  n {}\n}\n', 'a {\n  b = 1\n\n  n {}\n}\n'],
  ])('adds an argument to %j', (text, expected) => {
    expect(edited(text, (at) => ({ op: 'argument', block: at('a'), name: 'b', text: '1' }))).toBe(expected)
  })

  it('adds blocks at the end, indented', () => {
    const block = printBlock(
      'log',
      [
        ['on', 'true'],
        ['name', '"l"'],
      ],
      [],
    )
    expect(edited(TEXT, (at) => ({ op: 'blocks', block: at('resource'), texts: [block] }))).toBe(
      TEXT.replace('    open = true\n  }\n}', '    open = true\n  }\n\n  log {\n    on   = true\n    name = "l"\n  }\n}'),
    )
    expect(edited(TEXT, () => ({ op: 'blocks', block: -1, texts: ['x {}'] }))).toBe(`${TEXT}\nx {}\n`)
    expect(edited('a { b = 1 }\n', (at) => ({ op: 'blocks', block: at('a'), texts: ['c {}'] }))).toBe('a {\n  b = 1\n\n  c {}\n}\n')
  })

  it.each([
    ['  # The name.\n  name = "x" # why\n', '', 'name = '],
    ['\n  net {\n    open = true\n  }\n', '', 'net'],
  ])('takes out %j', (gone, instead, what) => {
    expect(edited(TEXT, (at) => ({ op: 'remove', start: at(what) }))).toBe(TEXT.replace(gone, instead))
  })

  it.each([
    ['x = [1, 2, 3]\n', '2', 'x = [1, 3]\n'],
    ['x = [1, 2, 3]\n', '3', 'x = [1, 2]\n'],
    ['x = [\n  1,\n  2,\n]\n', '2', 'x = [\n  1,\n]\n'],
    ['x = {\n  a = 1\n  b = 2\n}\n', 'a', 'x = {\n  b = 2\n}\n'],
  ])('takes an item out of %j', (text, what, expected) => {
    expect(edited(text, (at) => ({ op: 'remove', start: at(what) }))).toBe(expected)
  })

  it.each([
    ['a {\n  long_name = 1\n  b         = 2\n  cc        = 3\n}\n', 'long_name', 'a {\n  b  = 2\n  cc = 3\n}\n'],
    ['a {\n  b         = 2\n  long_name = 1\n  cc        = 3\n}\n', 'long_name', 'a {\n  b  = 2\n  cc = 3\n}\n'],
    ['a {\n  b = 2\n  long_name = 1\n  cc = 3\n}\n', 'long_name', 'a {\n  b = 2\n  cc = 3\n}\n'],
    ['a {\n  b         = 2\n\n  long_name = 1\n}\n', 'long_name', 'a {\n  b         = 2\n}\n'],
  ])('closes up the column of equals signs of %j', (text, what, expected) => {
    expect(edited(text, (at) => ({ op: 'remove', start: at(what) }))).toBe(expected)
  })

  it.each([
    ['x = {}\n', 'x = {\n  k = 1\n}\n'],
    ['x = { a = 2 }\n', 'x = { a = 2, k = 1 }\n'],
    ['x = {\n  aaa = 1\n  bb  = 2\n}\n', 'x = {\n  aaa = 1\n  bb  = 2\n  k   = 1\n}\n'],
    ['x = {\n  k = 2 # c\n}\n', 'x = {\n  k = 1 # c\n}\n'],
  ])('sets a key of %j', (text, expected) => {
    expect(edited(text, (at) => ({ op: 'entry', object: at('{'), key: 'k', text: '1' }))).toBe(expected)
  })

  it.each([
    ['x = []\n', 0, 'x = ["n"]\n'],
    ['x = ["a"]\n', 1, 'x = ["a", "n"]\n'],
    ['x = ["a"]\n', 0, 'x = ["n", "a"]\n'],
    ['x = [\n  "a",\n]\n', 1, 'x = [\n  "a",\n  "n",\n]\n'],
    ['x = [\n  "a" # c\n]\n', 1, 'x = [\n  "a", # c\n  "n",\n]\n'],
  ])('adds an item to %j at %i', (text, index, expected) => {
    expect(edited(text, (at) => ({ op: 'item', list: at('['), index, text: '"n"' }))).toBe(expected)
  })

  it('makes several changes at once', () => {
    const text = edited(
      TEXT,
      (at) => ({ op: 'argument', block: at('resource'), name: 'encrypted', text: 'true' }),
      (at) => ({ op: 'replace', span: { start: at('true'), end: at('true') + 4 }, text: 'false' }),
      (at) => ({ op: 'argument', block: at('net'), name: 'cidrs', text: '["10.0.0.0/8"]' }),
      (at) => ({ op: 'remove', start: at('size') }),
    )
    expect(text).toBe(`resource "a" "b" {
  # The name.
  name      = "x" # why
  encrypted = true

  net {
    open  = false
    cidrs = ["10.0.0.0/8"]
  }
}
`)
  })

  it('is refused in a broken file', () => {
    expect(editHcl('a = \n', [])).toEqual({ refused: expect.any(String) })
  })
})

it('a value is printed as an expression', () => {
  expect(printHcl({ a: 1, 'b/c': ['x', true], dd: { e: '${f} "g"\n' }, h: [{ i: null }] })).toBe(
    '{\n  a     = 1\n  "b/c" = ["x", true]\n  dd = {\n    e = "$${f} \\"g\\"\\n"\n  }\n  h = [\n    {\n      i = null\n    },\n  ]\n}',
  )
})
