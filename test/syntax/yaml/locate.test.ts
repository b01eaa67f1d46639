import { describe, expect, it } from 'vitest'
import type { Value } from '../../../server/model/value.ts'
import { locateInScalar, parseYaml } from '../../../server/syntax/yaml/index.ts'
import { decodeScalar } from '../../../server/syntax/yaml/locate.ts'
import { COLUMNS, childrenOf, keySpan, linkOf, valueSpan, type YamlTree } from '../../../server/syntax/yaml/tree.ts'
import { documents } from './corpus.ts'

describe('a part of a string', () => {
  it.each<[name: string, text: string, part: string, source: string]>([
    ['in plain text', 'a: one two\n', 'two', 'two'],
    ['in plain text of two lines', 'a: one\n  two\n', 'e t', 'e\n  t'],
    ['in double quotes', 'a: "one two"\n', 'two', 'two'],
    ['behind escapes', 'a: "\\t\\u0041\\"two"\n', 'two', 'two'],
    ['that is an escape', 'a: "one\\u0041two"\n', 'A', '\\u0041'],
    ['across escapes', 'a: "x\\n\\x41y"\n', '\nA', '\\n\\x41'],
    ['behind an escaped line break', 'a: "one\\\n   two"\n', 'two', 'two'],
    ['behind a surrogate pair', 'a: "\\U0001F600two"\n', 'two', 'two'],
    ['in single quotes', "a: 'it''s two'\n", 'two', 'two'],
    ['that is a doubled quote', "a: 'it''s'\n", "'", "''"],
    ['in a literal', 'a: |\n  one\n  two\n', 'two', 'two'],
    ['in a literal with more indentation', 'a: |\n    one\n      two\n', '  two', '  two'],
    ['across lines of a literal', 'a: |\n  one\n  two\n', 'e\nt', 'e\n  t'],
    ['behind blank lines of a literal', 'a: |+\n\n  one\n\n  two\n\n', 'two', 'two'],
    ['in a literal with an indicator', 'b:\n  a: |2-\n      two\n     x\n', 'two', 'two'],
    ['in an item with an indicator', '- a: |2\n      two\n', 'two', 'two'],
    ['in folded text', 'a: >\n  one\n  two\n\n  three\n', 'two', 'two'],
    ['that is a folded line break', 'a: >\n  one\n  two\n', 'e t', 'e\n  t'],
    ['with Windows line ends', 'a: |\r\n  one\r\n  two\r\n', 'two', 'two'],
    ['in JSON', '{"a": "one\\/two"}', '/two', '\\/two'],
  ])('is found %s', (_, text, part, source) => {
    const tree = parseYaml(text)
    const { value, span } = strings(text, tree).find(({ value }) => value.includes(part)) ?? { value: '', span: { start: 0, end: 0 } }
    const start = value.indexOf(part)
    const found = locateInScalar(text, span, { start, end: start + part.length })
    expect(text.slice(found.start, found.end)).toBe(source)
  })

  it('that is empty is a place', () => {
    expect(locateInScalar('a: "x\\ny"\n', { start: 3, end: 9 }, { start: 2, end: 2 })).toEqual({ start: 7, end: 7 })
    expect(locateInScalar('a: xy\n', { start: 3, end: 5 }, { start: 2, end: 2 })).toEqual({ start: 5, end: 5 })
  })

  it.each([
    ['beyond its end', 'a: xy\n', { start: 3, end: 5 }, { start: 1, end: 9 }],
    ['before its beginning', 'a: xy\n', { start: 3, end: 5 }, { start: -1, end: 1 }],
    ['with an indicator that counts from nowhere', '|1\n x\n', { start: 0, end: 6 }, { start: 0, end: 1 }],
  ])('%s is the whole string', (_, text, span, range) => {
    expect(locateInScalar(text, span, range)).toEqual(span)
  })

  it('is told in every string that anybody wrote', () => {
    let seen = 0
    for (const text of documents()) {
      const tree = parseYaml(text)
      if (tree.problems.length > 0) continue
      for (const { value, span } of strings(text, tree)) {
        expect(decodeScalar(text, span)?.value, text.slice(span.start, span.end)).toBe(value)
        seen++
      }
    }
    expect(seen).toBeGreaterThan(80)
  })
})

/** Every string of a tree that is written where it stands and without a tag. */
function strings(text: string, tree: YamlTree): { value: string; span: { start: number; end: number } }[] {
  const found: { value: string; span: { start: number; end: number } }[] = []
  const visit = (node: number, value: Value | undefined): void => {
    if (linkOf(tree, node) !== undefined || node * COLUMNS >= tree.positions.length) return
    const span = valueSpan(tree, node)
    if (typeof value === 'string' && !/![^\s]*\s$/.test(text.slice(0, span.start))) found.push({ value, span })
    if (typeof value !== 'object' || value === null) return
    for (const [i, child] of childrenOf(tree, node).entries()) {
      visit(child, (value as Readonly<Record<string | number, Value>>)[keySpan(tree, child) ? (tree.keys[child] ?? '') : i])
    }
  }
  visit(0, tree.body)
  return found
}
