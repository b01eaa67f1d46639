import { describe, expect, it } from 'vitest'
import type { Path, Value } from '../../../server/model/value.ts'
import { unknown } from '../../../server/model/value.ts'
import { appendDocument, editYaml, parseYaml, splitDocuments, type YamlChange } from '../../../server/syntax/yaml/index.ts'
import { applyEdits } from '../../../server/text/edit.ts'

const END = Number.MAX_SAFE_INTEGER
const set = (path: Path, value: Value): YamlChange => ({ op: 'set', path, value })
const remove = (...path: Path): YamlChange => ({ op: 'remove', path })
const insert = (path: Path, index: number, value: Value): YamlChange => ({ op: 'insert', path, index, value })

function edited(text: string, ...changes: YamlChange[]): string {
  const result = editYaml(text, changes)
  return 'refused' in result ? `refused: ${result.refused}` : applyEdits(text, result.edits)
}

type Case = [name: string, before: string, changes: YamlChange[], after: string]

describe('set', () => {
  it.each<Case>([
    ['a plain scalar', 'a: 1\nb: 2\n', [set(['a'], 3)], 'a: 3\nb: 2\n'],
    ['keeping the comment behind it', 'a: 1 # why\n', [set(['a'], 3)], 'a: 3 # why\n'],
    ['keeping double quotes', 'a: "x"\n', [set(['a'], 'y')], 'a: "y"\n'],
    ['keeping single quotes', "a: 'x'\n", [set(['a'], "it's")], "a: 'it''s'\n"],
    ['leaving single quotes for what they cannot hold', "a: 'x'\n", [set(['a'], 'x\ty')], 'a: "x\\ty"\n'],
    ['dropping quotes for what is no string', 'a: "1"\n', [set(['a'], 1)], 'a: 1\n'],
    ['quoting what would not stay a string', 'a: x\n', [set(['a'], 'yes')], 'a: "yes"\n'],
    ['quoting as the document does', "a: x\nb: 'c'\n", [set(['a'], '0644')], "a: '0644'\nb: 'c'\n"],
    ['what has no value yet', 'a: # why\nb:\n', [set(['a'], 1), set(['b'], 'x')], 'a: 1 # why\nb: x\n'],
    ['a list item without a value', '- \n-\n', [set([1], 1)], '- \n- 1\n'],
    ['a scalar to a map', 'a: x # why\nb: 1\n', [set(['a'], { c: 1 })], 'a: # why\n  c: 1\nb: 1\n'],
    ['a scalar to a list, as lists stand here', 'l:\n- 1\na: x\n', [set(['a'], [2])], 'l:\n- 1\na:\n- 2\n'],
    ['a list item to a map', '- x # why\n- y\n', [set([0], { a: 1, b: 2 })], '- a: 1 # why\n  b: 2\n- y\n'],
    ['a block to a scalar', 'a: # why\n  b: 1\n  # inside\nc: 2\n', [set(['a'], true)], 'a: true # why\nc: 2\n'],
    ['a block list to a map', 'a:\n  - 1\nc: 2\n', [set(['a'], { b: 1 })], 'a:\n  b: 1\nc: 2\n'],
    ['an item that is a map to a scalar', '- a: 1\n  b: 2 # gone\n- c\n', [set([0], 'x')], '- x\n- c\n'],
    ['an empty flow map to a block', 'a: {} # why\n', [set(['a'], { b: [1] })], 'a: # why\n  b:\n    - 1\n'],
    [
      'only what differs in a map',
      'a:\n  b: 1 # one\n  c: 2 # two\n',
      [set(['a'], { b: 1, c: 3, d: 4 })],
      'a:\n  b: 1 # one\n  c: 3 # two\n  d: 4\n',
    ],
    [
      'only what differs in a list',
      'a:\n- x # one\n- y # two\n- z\n',
      [set(['a'], ['x', 'q', 'z', 'w'])],
      'a:\n- x # one\n- q # two\n- z\n- w\n',
    ],
    ['within a flow list', 'a: [x, y] # why\n', [set(['a'], ['get', 'list', 'watch'])], 'a: [get, list, watch] # why\n'],
    ['within a flow map', 'a: {b: 1, c: {d: x}}\n', [set(['a', 'c', 'd'], 'p, q')], 'a: {b: 1, c: {d: "p, q"}}\n'],
    ['a flow entry without a value', 'a: {b, c: }\n', [set(['a', 'b'], 1), set(['a', 'c'], 2)], 'a: {b: 1, c: 2 }\n'],
    ['a collection inside brackets', 'a: [x, {b: 1}]\n', [set(['a', 0], { c: [1] })], 'a: [{c: [1]}, {b: 1}]\n'],
    ['a literal to another', 'a: |\n  x\n  y\nb: 1\n', [set(['a'], 'p\nq\n')], 'a: |\n  p\n  q\nb: 1\n'],
    ['a literal to a scalar', 'a: |- # why\n  x\n  y\n\nb: 1\n', [set(['a'], 'p')], 'a: p # why\n\nb: 1\n'],
    ['a scalar to a literal', 'a: x # why\nb: 1\n', [set(['a'], 'p\nq')], 'a: |- # why\n  p\n  q\nb: 1\n'],
    ['a folded scalar of several lines', 'a: x\n  y\nb: 1\n', [set(['a'], 'z')], 'a: z\nb: 1\n'],
    ['a value on its own line', 'a:\n  x # why\nb: 1\n', [set(['a'], 'z')], 'a:\n  z # why\nb: 1\n'],
    ['the last line without a line break', 'a: |\n  x', [set(['a'], 'z')], 'a: z'],
    ['a key that is written twice: the last counts', 'a: 1\na: 2\n', [set(['a'], 3)], 'a: 1\na: 3\n'],
    ['a value with a tag, which goes', 'a: !!str 1 # why\n', [set(['a'], 2)], 'a: 2 # why\n'],
    ['JSON', '{"a": {"b": "x"}}\n', [set(['a', 'b'], 'y"z')], '{"a": {"b": "y\\"z"}}\n'],
    ['a line of JSON', '{\n  "a": 1\n}\n', [set(['a'], { b: 'x' })], '{\n  "a": {\n    "b": "x"\n  }\n}\n'],
    ['nothing, when it is so already', "a: 'x'\n", [set(['a'], 'x')], "a: 'x'\n"],
    ['a whole document', '# head\na: 1\n', [set([], { b: 2 })], '# head\nb: 2\n'],
    ['with Windows line ends', 'a: x\r\nb:\r\n  c: 1\r\n', [set(['a'], { d: [1] })], 'a:\r\n  d:\r\n    - 1\r\nb:\r\n  c: 1\r\n'],
  ])('%s', (_, before, changes, after) => {
    expect(edited(before, ...changes)).toBe(after)
  })
})

describe('set what is missing', () => {
  it.each<Case>([
    [
      'at the end of its map',
      'a:\n  b: 1 # one\n  # about a\n\nc: 2\n',
      [set(['a', 'd'], 'x')],
      'a:\n  b: 1 # one\n  d: x\n  # about a\n\nc: 2\n',
    ],
    ['with the maps above it', 'a: 1\n', [set(['b', 'c', 'd'], true)], 'a: 1\nb:\n  c:\n    d: true\n'],
    ['below a key without a value', 'a:\nb: 1\n', [set(['a', 'c'], 2)], 'a:\n  c: 2\nb: 1\n'],
    ['in an item', '- a: 1\n- b: 1\n', [set([0, 'c', 'd'], 2)], '- a: 1\n  c:\n    d: 2\n- b: 1\n'],
    ['in a new item', 'a:\n  - b: 1\n', [set(['a', 1, 'b'], 2)], 'a:\n  - b: 1\n  - b: 2\n'],
    ['behind a literal', 'a:\n  b: |\n    x\n\nc: 1\n', [set(['a', 'd'], 1)], 'a:\n  b: |\n    x\n  d: 1\n\nc: 1\n'],
    [
      'behind a literal that keeps its blank lines',
      'a:\n  b: |+\n    x\n\nc: 1\n',
      [set(['a', 'd'], 1)],
      'a:\n  b: |+\n    x\n\n  d: 1\nc: 1\n',
    ],
    [
      'with the indentation of the document',
      'a:\n    b:\n        c: 1\n',
      [set(['a', 'd', 'e'], 1)],
      'a:\n    b:\n        c: 1\n    d:\n        e: 1\n',
    ],
    ['in a flow map', 'a: {b: 1}\n', [set(['a', 'c'], ['x'])], 'a: {b: 1, c: [x]}\n'],
    ['in a flow map with spaces inside', 'a: { b: 1 }\n', [set(['a', 'c'], { d: 1 })], 'a: { b: 1, c: { d: 1 } }\n'],
    ['in an empty map with brackets', 'a: {}\n', [set(['a', 'c'], 1)], 'a:\n  c: 1\n'],
    ['in an empty map inside brackets', 'a: [{ }]\n', [set(['a', 0, 'c'], 1)], 'a: [{ c: 1 }]\n'],
    ['in a flow map of several lines', 'a: {\n  b: 1 # one\n}\n', [set(['a', 'c'], 2)], 'a: {\n  b: 1, # one\n  c: 2\n}\n'],
    [
      'in JSON',
      '{\n  "a": 1\n}\n',
      [set(['b'], { c: ['x'], d: {} })],
      '{\n  "a": 1,\n  "b": {\n    "c": [\n      "x"\n    ],\n    "d": {}\n  }\n}\n',
    ],
    [
      'in JSON with tabs',
      '{\n\t"a": {\n\t\t"b": 1\n\t}\n}\n',
      [set(['a', 'c'], [1])],
      '{\n\t"a": {\n\t\t"b": 1,\n\t\t"c": [\n\t\t\t1\n\t\t]\n\t}\n}\n',
    ],
    ['in JSON on one line', '{"a":{}}', [set(['a', 'b'], 'x')], '{"a":{"b": "x"}}'],
    ['without a final line break', 'a: 1', [set(['b'], 2)], 'a: 1\nb: 2'],
    ['before the end marker', 'a: 1\n...\n', [set(['b'], 2)], 'a: 1\nb: 2\n...\n'],
    ['in a document of comments', '# only\n', [set(['a'], 1)], '# only\na: 1\n'],
    ['in nothing', '', [set(['a'], 1)], 'a: 1\n'],
    ['below a marker', '---\n', [set(['a'], 1)], '---\na: 1\n'],
    ['behind a byte order mark', '\ufeffa: 1\n', [set(['b', 'c'], 2)], '\ufeffa: 1\nb:\n  c: 2\n'],
    ['with Windows line ends', 'a:\r\n  b: 1\r\n', [set(['a', 'c'], 'p\nq\n')], 'a:\r\n  b: 1\r\n  c: |\r\n    p\r\n    q\r\n'],
    ['with a key that needs quotes', 'a: 1\n', [set(['on'], 1), set(['a: b'], 2)], 'a: 1\n"on": 1\n"a: b": 2\n'],
    ['over what a merge brings in', 'b: &b {x: 1}\na:\n  <<: *b\n', [set(['a', 'x'], 2)], 'b: &b {x: 1}\na:\n  <<: *b\n  x: 2\n'],
    ['short lists as the others', 'a: [x]\nb: [y]\n', [set(['c'], ['z', ''])], 'a: [x]\nb: [y]\nc: [z, ""]\n'],
  ])('%s', (_, before, changes, after) => {
    expect(edited(before, ...changes)).toBe(after)
  })
})

describe('remove', () => {
  it.each<Case>([
    ['a key with its comments', 'a: 1\n# about b\nb: 2 # two\nc: 3\n', [remove('b')], 'a: 1\nc: 3\n'],
    ['not a comment that stands apart', 'a: 1\n# apart\n\nb: 2\nc: 3\n', [remove('b')], 'a: 1\n# apart\n\nc: 3\n'],
    ['not the head of the file', '# head\na: 1\nb: 2\n', [remove('a')], '# head\nb: 2\n'],
    ['a key with all below it', 'a:\n  b: 1\n  # inside\nc: 2\n', [remove('a')], 'c: 2\n'],
    ['one of two blank lines around it', 'a: 1\n\nb: 2\n\nc: 3\n', [remove('b')], 'a: 1\n\nc: 3\n'],
    ['the last key of the text', 'a: 1\nb: 2', [remove('b')], 'a: 1'],
    ['an item', 'a:\n  - x\n  # about y\n  - y\n  - z\n', [remove('a', 1)], 'a:\n  - x\n  - z\n'],
    ['the first key of an item', '- a: 1 # one\n  b: 2\n- c\n', [remove(0, 'a')], '- b: 2\n- c\n'],
    ['the first item of an item', '- - a\n  - b\n', [remove(0, 0)], '- - b\n'],
    ['the only key', 'a:\n  b: 1 # one\nc: 2\n', [remove('a', 'b')], 'a: {}\nc: 2\n'],
    ['the only item', 'a: # why\n- b\nc: 2\n', [remove('a', 0)], 'a: [] # why\nc: 2\n'],
    ['the only key of an item', '- a: 1\n- b\n', [remove(0, 'a')], '- {}\n- b\n'],
    ['the only key of a document', '# head\na: 1\n', [remove('a')], '# head\n{}\n'],
    ['the first of a flow list', 'a: [x, y, z]\n', [remove('a', 0)], 'a: [y, z]\n'],
    ['the last of a flow list', 'a: [x, y, z]\n', [remove('a', 2)], 'a: [x, y]\n'],
    ['the only one of a flow list', 'a: [ x ]\n', [remove('a', 0)], 'a: []\n'],
    ['of a flow map', '{a: 1, b: 2}\n', [remove('b')], '{a: 1}\n'],
    ['the last line of a flow list', 'a: [\n  x, # one\n  y # two\n]\n', [remove('a', 1)], 'a: [\n  x # one\n]\n'],
    ['a line of a flow list', 'a: [\n  x, # one\n  y, # two\n]\n', [remove('a', 0)], 'a: [\n  y, # two\n]\n'],
    ['a line of JSON', '{\n  "a": 1,\n  "b": 2\n}\n', [remove('b')], '{\n  "a": 1\n}\n'],
    ['a literal', 'a: |\n  x\n\n  y\nb: 1\n', [remove('a')], 'b: 1\n'],
    ['a key that is written twice', 'a: 1\nb: 2\na: 3\n', [remove('a')], 'b: 2\n'],
    ['what is not there', 'a: 1\n', [remove('b'), remove('a', 'c')], 'a: 1\n'],
    ['with Windows line ends', 'a: 1\r\nb: 2\r\n', [remove('b')], 'a: 1\r\n'],
  ])('%s', (_, before, changes, after) => {
    expect(edited(before, ...changes)).toBe(after)
  })
})

describe('insert', () => {
  it.each<Case>([
    ['at the end', 'a:\n- x # one\n- y\nb: 1\n', [insert(['a'], END, 'z')], 'a:\n- x # one\n- y\n- z\nb: 1\n'],
    [
      'before an item and its comments',
      'a:\n  - x\n  # about y\n  - y\n',
      [insert(['a'], 1, { b: 1, c: 2 })],
      'a:\n  - x\n  - b: 1\n    c: 2\n  # about y\n  - y\n',
    ],
    ['before the first item of an item', '- - a\n', [insert([0], 0, 'z')], '- - z\n  - a\n'],
    ['into a flow list', 'a: [x]\n', [insert(['a'], 0, 'w'), insert(['a'], END, 'z')], 'a: [w, x, z]\n'],
    [
      'quoted like its neighbours',
      'a: [\'x\']\nb:\n- "w"\n',
      [insert(['a'], 1, 'z'), insert(['b'], 1, 'z')],
      'a: [\'x\', \'z\']\nb:\n- "w"\n- "z"\n',
    ],
    ['into an empty flow list', 'a: []\nb: [ ]\n', [insert(['a'], 0, 'x'), insert(['b'], 0, { c: 1 })], 'a: [x]\nb:\n  - c: 1\n'],
    ['into a list that is missing', 'a: 1\n', [insert(['b', 'c'], END, 'x')], 'a: 1\nb:\n  c:\n    - x\n'],
    ['into a list without a value', 'a:\nb: 1\n', [insert(['a'], END, 'x')], 'a:\n  - x\nb: 1\n'],
    ['two at one place, in their order', 'a: [x]\n', [insert(['a'], 0, '1st'), insert(['a'], 0, '2nd')], 'a: [1st, 2nd, x]\n'],
    ['into a flow list with a comma at its end', 'a: [\n  x,\n]\n', [insert(['a'], END, 'z')], 'a: [\n  x,\n  z,\n]\n'],
    ['a line into a flow list', 'a: [\n  x,\n  y\n]\n', [insert(['a'], 1, 'z')], 'a: [\n  x,\n  z,\n  y\n]\n'],
    ['into JSON', '{"a": [\n  1,\n  2\n]}\n', [insert(['a'], END, { b: 'c' })], '{"a": [\n  1,\n  2,\n  {\n    "b": "c"\n  }\n]}\n'],
  ])('%s', (_, before, changes, after) => {
    expect(edited(before, ...changes)).toBe(after)
  })
})

describe('several changes', () => {
  it.each<Case>([
    ['count items as they were', 'a: [0, 1, 2, 3]\n', [remove('a', 0), remove('a', 2), set(['a', 3], 'x')], 'a: [1, x]\n'],
    ['count items as they were, around an insertion', 'a: [0, 1]\n', [insert(['a'], 1, 'z'), set(['a', 1], 'x')], 'a: [0, z, x]\n'],
    ['build on each other', 'a: 1\n', [set(['b'], {}), set(['b', 'c'], 1), set(['b', 'd'], 2)], 'a: 1\nb:\n  c: 1\n  d: 2\n'],
    ['may leave nothing', 'a:\n  b: 1\n  c: 2\n', [remove('a', 'b'), remove('a', 'c')], 'a: {}\n'],
    ['may touch', 'a: 1\nb: 2\n', [remove('a'), set(['b'], 3), set(['c'], 4)], 'b: 3\nc: 4\n'],
    ['cannot change what they remove', 'a: [0, 1]\n', [remove('a', 0), set(['a', 0], 1)], 'refused: `a[0]` is removed by another change'],
  ])('%s', (_, before, changes, after) => {
    expect(edited(before, ...changes)).toBe(after)
  })

  it('stay apart when they do not touch', () => {
    const text = 'a: 1\nb: 2\nc:\n  - x\n  - y\n'
    const result = editYaml(text, [set(['a'], 3), remove('c', 1), set(['b'], 4)])
    expect('edits' in result && result.edits.map(({ start, end, text: inserted }) => [text.slice(start, end), inserted])).toEqual([
      ['1', '3'],
      ['2', '4'],
      ['  - y\n', ''],
    ])
  })
})

describe('refusals', () => {
  it.each<Case>([
    ['syntax errors', 'a: "x\n', [set(['a'], 1)], 'refused: the document has syntax errors'],
    ['a map where a list is needed', 'a: {}\n', [insert(['a'], 0, 1)], 'refused: `a` is no list'],
    ['a scalar where a map is needed', 'a: 1\n', [set(['a', 'b'], 1)], 'refused: `a` is no map'],
    ['an index past the end', 'a: [1]\n', [set(['a', 2], 1)], 'refused: `a` has no item 2'],
    ['a value that is not known', 'a: 1\n', [set(['a'], [unknown('X')])], 'refused: the new value is not known'],
    ['the whole document', 'a: 1\n', [remove()], 'refused: a whole document cannot be removed'],
    ['inside an alias', 'a: &x {b: 1}\nc: *x\n', [set(['c', 'b'], 2)], 'refused: `c` comes from an anchor that other places share'],
    [
      'inside an anchor that is used',
      'a: &x {b: 1}\nc: *x\n',
      [set(['a', 'b'], 2)],
      'refused: `a.b` is shared with other places through an alias',
    ],
    ['an anchor that is used', 'a: &x 1\nc: *x\n', [remove('a')], 'refused: `a` is shared with other places through an alias'],
    ['removing what a merge brings in', 'a: &x {b: 1}\nc:\n  <<: *x\n', [remove('c', 'b')], 'refused: `c.b` comes from a merge key'],
    [
      'below what a merge brings in',
      'a: &x {b: {d: 1}}\nc:\n  <<: *x\n',
      [set(['c', 'b', 'd'], 2)],
      'refused: `c.b` comes from an anchor that other places share',
    ],
  ])('%s', (_, before, changes, after) => {
    expect(edited(before, ...changes)).toBe(after)
  })

  it.each<Case>([
    [
      'an anchor, for all who use it',
      'a: &x {b: 1} # one\nc: *x\n',
      [set(['a', 'b'], 2), set(['c', 'b'], 2)],
      'a: &x {b: 2} # one\nc: *x\n',
    ],
    [
      'a merge, for all who merge it',
      'a: &x\n  b: 1\n  d: 1\nc:\n  <<: *x\n  e: 3\n',
      [set(['a', 'b'], 2), set(['c', 'b'], 2), set(['c', 'e'], 4)],
      'a: &x\n  b: 2\n  d: 1\nc:\n  <<: *x\n  e: 4\n',
    ],
    [
      'out of an anchor, for all who use it',
      'a: &x {b: 1, d: 1}\nc: [*x]\n',
      [remove('a', 'b'), remove('c', 0, 'b')],
      'a: &x {d: 1}\nc: [*x]\n',
    ],
    [
      'an anchor, for some of those who use it',
      'a: &x {b: 1}\nc: *x\nd: *x\n',
      [set(['a', 'b'], 2), set(['c', 'b'], 2)],
      'refused: `a.b` is shared with other places through an alias',
    ],
    ['an anchor that nobody uses', 'a: &x {b: 1}\n', [set(['a', 'b'], 2)], 'a: &x {b: 2}\n'],
    [
      'an anchor whose users override it',
      'a: &x\n  b: 1\nc:\n  <<: *x\n  b: 2\n',
      [set(['a', 'b'], 3)],
      'a: &x\n  b: 3\nc:\n  <<: *x\n  b: 2\n',
    ],
    ['an alias itself', 'a: &x 1\nc: *x # why\n', [set(['c'], 2)], 'a: &x 1\nc: 2 # why\n'],
  ])('not of %s', (_, before, changes, after) => {
    expect(edited(before, ...changes)).toBe(after)
  })
})

describe('appendDocument', () => {
  it.each([
    ['behind a marker', 'a: 1\n', 'a: 1\n---\nk:\n  - 1\n'],
    ['to a last line without an end', 'a: 1', 'a: 1\n---\nk:\n  - 1\n'],
    ['with Windows line ends', 'a: 1\r\n', 'a: 1\r\n---\r\nk:\r\n  - 1\r\n'],
    ['below a marker that waits', 'a: 1\n---\n', 'a: 1\n---\nk:\n  - 1\n'],
    ['below a marker without a line end', 'a: 1\n---', 'a: 1\n---\nk:\n  - 1\n'],
    ['behind an end marker', 'a: 1\n...\n', 'a: 1\n...\n---\nk:\n  - 1\n'],
    ['behind comments', '# c\n', '# c\n---\nk:\n  - 1\n'],
    ['to nothing', '', 'k:\n  - 1\n'],
    ['to a byte order mark', '\ufeff', '\ufeffk:\n  - 1\n'],
    ['laid out like the document before', 'a:\n    b:\n    - 1\n', 'a:\n    b:\n    - 1\n---\nk:\n- 1\n'],
  ])('%s', (_, text, after) => {
    const edit = appendDocument(text, { k: [1] })
    expect(edit).toMatchObject({ start: text.length, end: text.length })
    expect(applyEdits(text, [edit])).toBe(after)
    const last = splitDocuments(after).at(-1)
    expect(parseYaml(after.slice(last?.start, last?.end)).body).toEqual({ k: [1] })
  })
})
