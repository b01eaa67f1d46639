import { describe, expect, it } from 'vitest'
import type { Value } from '../../../server/model/value.ts'
import { parseYaml } from '../../../server/syntax/yaml/index.ts'

/** Every answer here is that of goyaml v2 with its path through JSON, which kubectl and Helm read with. */

describe('a plain scalar', () => {
  it.each<[string, Value]>([
    ...['y', 'Y', 'yes', 'Yes', 'YES', 'on', 'On', 'ON', 'true', 'True', 'TRUE'].map((text): [string, Value] => [text, true]),
    ...['n', 'N', 'no', 'No', 'NO', 'off', 'Off', 'OFF', 'false', 'False', 'FALSE'].map((text): [string, Value] => [text, false]),
    ...['', '~', 'null', 'Null', 'NULL'].map((text): [string, Value] => [text, null]),
    ...['yEs', 'tRUE', 'nULL', 'oN', 'none', '0o8', '0b2', '0x', '1e', '1e400', '_1', '1.2.3', '1:30', '12:30:45', '2001-01-01'].map(
      (text): [string, Value] => [text, text],
    ),
    ...['<<', '=', '-a', '.', '..', 'a:b', 'a#b', 'nan', 'inf', '1,000', '0x_g'].map((text): [string, Value] => [text, text]),
    ['2001-12-14 21:59:43', '2001-12-14 21:59:43'],
    ['0', 0],
    ['-0', 0],
    ['+1', 1],
    ['0644', 420],
    ['-0644', -420],
    ['08', 8],
    ['0o17', 15],
    ['0O17', 15],
    ['0b11', 3],
    ['0x1F', 31],
    ['0X1f', 31],
    ['-0x1F', -31],
    ['1_000', 1000],
    ['0_7', 7],
    ['1e3', 1000],
    ['1.5', 1.5],
    ['.5', 0.5],
    ['-.5', -0.5],
    ['5.', 5],
    ['1_0.5', 10.5],
    ['9007199254740993', 9007199254740992],
    ['123456789012345678901234567890', 1.2345678901234568e29],
    ['0xFFFFFFFFFFFFFFFFF', '0xFFFFFFFFFFFFFFFFF'],
  ])('%j is %j', (text, value) => {
    expect(parseYaml(`a: ${text}\n`)).toMatchObject({ body: { a: value }, problems: [] })
    if (text !== '')
      expect(parseYaml(`[${text}]\n`).body).toEqual(text.includes(',') ? text.split(',').map((part) => resolve(part)) : [value])
  })

  it.each(['.inf', '-.Inf', '+.INF', '.nan', '.NaN'])('%s has no place in JSON', (text) => {
    expect(parseYaml(`a: ${text}\n`).problems).toMatchObject([{ start: 3, end: 3 + text.length }])
  })
})

function resolve(text: string): Value {
  return Number(text)
}

describe('a text', () => {
  it.each<[string, Value]>([
    // Strings
    ['"a\\x41\\u0042\\U0001F600\\n\\0"', 'aAB😀\n\u0000'],
    ['"a\\\n  b"', 'ab'],
    ['"a\n b"', 'a b'],
    ['"a  \n\n  b"', 'a\nb'],
    ['"  a \n  b "', '  a b '],
    ["'it''s\n\n b'", "it's\nb"],
    ['"yes"', 'yes'],
    ['a # c', 'a'],
    ['a\n b\n\n c', 'a b\nc'],
    ['a\n - b', 'a - b'],
    ['a\tb', 'a\tb'],
    ['"a\rb"', 'a b'],
    ['"a\u0085b"', 'a b'],
    // Block scalars
    ['|\n  x\n  y\n', 'x\ny\n'],
    ['|\n  x', 'x\n'],
    ['|-\n  x\n\n', 'x'],
    ['|+\n  x\n\n', 'x\n\n\n'],
    ['|\n\n  x\n   y\n', '\nx\n y\n'],
    ['|2\n    x\n', '  x\n'],
    ['>\n  x\n  y\n\n  z\n   w\n  v\n', 'x y\nz\n w\nv\n'],
    ['>-\n\n  x\n', '\nx'],
    ['| # c\n  x # no comment\n', 'x # no comment\n'],
    ['|\n\n', ''],
    ['|+\n\n', '\n\n'],
    // Flow
    ['[a, b: c, {d: e}]', ['a', { b: 'c' }, { d: 'e' }]],
    ['{a, b: , "c":1, d: {}, }', { a: null, b: null, c: 1, d: {} }],
    ['[]', []],
    ['[a:b, "c"]', ['a:b', 'c']],
    // Tags
    ['!!str 1', '1'],
    ['!!str', ''],
    ['!!int "0x1F"', 31],
    ['!!float 1', 1],
    ['!!bool "yes"', true],
    ['!!null ""', null],
    ['!!binary aGk=', 'hi'],
    ['!own 1', '1'],
    ['!own {a: 1}', { a: 1 }],
    ['!!set {a}', { a: null }],
    ['!!omap [a: 1]', [{ a: 1 }]],
    ['! 1', '1'],
  ])('%j is %j', (text, value) => {
    const tree = parseYaml(`a: ${text}\n`)
    expect(tree.problems).toEqual([])
    expect(tree.body).toEqual({ a: value })
  })

  it.each<[string, Value]>([
    // Indentation
    ['a:\n- b\n- c\nd: 1\n', { a: ['b', 'c'], d: 1 }],
    ['- - a\n  - b\n-\n  c: d\n-\n', [['a', 'b'], { c: 'd' }, null]],
    ['  a: 1\n  b: 2\n', { a: 1, b: 2 }],
    ['a:\n\n  # c\n  b: 1\n', { a: { b: 1 } }],
    ['a:\nb:\n  c\n', { a: null, b: 'c' }],
    // Lines that need no indentation
    ['a: "b\nc"\nd: 1\n', { a: 'b c', d: 1 }],
    ['a: [b,\nc\n]\nd: 1\n', { a: ['b', 'c'], d: 1 }],
    ['a: {\n\tb: 1\n}\n', { a: { b: 1 } }],
    ['a: "b"# c\n', { a: 'b' }],
    // Keys
    ['yes: 1\n"no": 2\n', { true: 1, no: 2 }],
    ['1.5: a\n0x1F: b\n9007199254740993: c\n', { '1.5': 'a', 31: 'b', '9007199254740993': 'c' }],
    ['? a\n: b\n? c\n', { a: 'b', c: null }],
    ['a : 1\n"b" : 2\nc d: 3\n', { a: 1, b: 2, 'c d': 3 }],
    ['http://x:80/y: 1\n', { 'http://x:80/y': 1 }],
    ['constructor: 1\ntoString: 2\n', { constructor: 1, toString: 2 }],
    // Anchors
    ['a: &x {b: 1}\nc: *x\n', { a: { b: 1 }, c: { b: 1 } }],
    ['a: &x 1\nb: &x 2\nc: *x\n', { a: 1, b: 2, c: 2 }],
    ['&k a: 1\nb: *k\nc: {*k : 2}\n', { a: 1, b: 'a', c: { a: 2 } }],
    // Merges
    ['a: &x {b: 1, c: 2}\nd:\n  <<: *x\n  b: 3\n', { a: { b: 1, c: 2 }, d: { b: 3, c: 2 } }],
    ['a: &x {b: 1, c: 2}\nd:\n  b: 3\n  <<: *x\n', { a: { b: 1, c: 2 }, d: { b: 1, c: 2 } }],
    ['a: &x {k: 1}\nb: &y {k: 2, l: 3}\nd:\n  <<: [*x, *y]\n', { a: { k: 1 }, b: { k: 2, l: 3 }, d: { k: 1, l: 3 } }],
    ['d:\n  <<: {a: 1}\n  <<: {a: 2, b: 3}\n', { d: { a: 2, b: 3 } }],
    ['a: &x\n  <<: {b: 1}\n  c: 2\nd:\n  <<: *x\n', { a: { b: 1, c: 2 }, d: { b: 1, c: 2 } }],
    ['d:\n  <<: &z {k: 1}\ne: *z\n', { d: { k: 1 }, e: { k: 1 } }],
    ['a: <<\n"<<": 1\n', { a: '<<', '<<': 1 }],
    // Streams
    ['\ufeffa: 1\n', { a: 1 }],
    ['\ufeff- a\n', ['a']],
    ['--- {a: 1}\n', { a: 1 }],
    ['--- # c\na: 1\n...\n', { a: 1 }],
    ['a: b\r\nc:\r\n  - d\r\n', { a: 'b', c: ['d'] }],
    ['a: b\rc: d\r', { a: 'b', c: 'd' }],
    ['{"a": "\\/"}', { a: '/' }],
  ])('%j is %j', (text, body) => {
    const tree = parseYaml(text)
    expect(tree.problems).toEqual([])
    expect(tree.body).toEqual(body)
  })

  it.each(['', '\n', '# c\n', '---\n', '--- # c\n'])('%j is nothing', (text) => {
    expect(parseYaml(text)).toMatchObject({ body: undefined, problems: [] })
  })

  it('keeps a key that would change the prototype', () => {
    for (const text of ['__proto__: {a: 1}\n', 'a: &x {__proto__: {a: 1}}\nb:\n  <<: *x\n']) {
      expect(JSON.stringify(parseYaml(text).body)).toContain('"__proto__":{"a":1}')
    }
    expect(Object.hasOwn(Object.prototype, 'a')).toBe(false)
  })
})

describe('a problem', () => {
  it.each<[name: string, text: string, at: string, message: RegExp]>([
    ['a tab that indents', 'a:\n\tb: 1\n', '\t', /tabs/i],
    ['a line of a tab', 'a:\n  b: 1\n\t\n  c: 2\n', '\t', /tabs/i],
    ['a tab behind a dash', 'a:\n  -\tb\n', '\t', /tabs/i],
    ['a control character', 'a: \u0001\n', '\u0001', /control character/i],
    ['an unclosed quote', 'a: "b\nc: d\n', '', /quote/],
    ['an unclosed bracket', 'a: [b\nc: d\n', '', /bracket|indentation/],
    ['a colon that is missing', 'a: 1\nb\n', 'b', /colon/],
    ['a map on the line of its key', 'a: b: c\n', 'b', /same line/],
    ['an alias without an anchor', 'a: *x\n', '*x', /&x/],
    ['an anchor that comes too late', 'a: *x\nb: &x 1\n', '*x', /&x/],
    ['a merge of no map', 'a:\n  <<: 1\n', '1', /merge/],
    ['a merge of a list of no maps', 'a:\n  <<: [1]\n', '1', /merge/],
    ['a key that is no scalar', '[a]: 1\n', '[a]', /keys/],
    ['a key with a NUL', '"\\0": 1\n', '"\\0"', /keys/],
    ['a tag that does not fit', 'a: !!int x\n', 'x', /tag !!int/],
    ['base64 that is none', 'a: !!binary "*"\n', '"*"', /tag !!binary/],
    ['an escape that there is not', 'a: "\\q"\n', '\\', /escape/],
  ])('is %s', (_, text, at, message) => {
    const [problem, ...others] = parseYaml(text).problems
    expect(others).toEqual([])
    expect(problem?.harmless).toBeUndefined()
    expect(problem?.message).toMatch(message)
    if (at !== '') expect(text.slice(problem?.start, problem?.end)).toBe(at)
  })

  it.each<[name: string, text: string, at: string, body: Value]>([
    ['a key that is written twice', 'a: 1\na: 2\n', 'a', { a: 2 }],
    ['a key that is written twice in brackets', '{a: 1, "a": 2}\n', '"a"', { a: 2 }],
    ['a directive', '%YAML 1.2\n---\na: yes\n', '%', { a: true }],
  ])('is harmless for %s', (_, text, at, body) => {
    const tree = parseYaml(text)
    expect(tree.body).toEqual(body)
    expect(tree.problems).toMatchObject([{ harmless: true }])
    expect(tree.problems.map(({ start, end }) => text.slice(start, end))).toEqual([at])
  })

  it('never quotes what may be a secret', () => {
    const secret = 'hunter2'
    for (const text of [`a: "${secret}\n`, `a: [${secret}\n`, `${secret}\n: a: b\n`, `a: !!int ${secret}\n`, `a: ${secret}: x\n`]) {
      const { problems } = parseYaml(text)
      expect(problems.length).toBeGreaterThan(0)
      for (const { message } of problems) expect(message).not.toContain(secret)
    }
  })
})
