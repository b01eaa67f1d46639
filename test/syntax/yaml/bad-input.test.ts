import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { commentsOf, editYaml, parseYaml, pathAt, splitDocuments, type YamlTree } from '../../../server/syntax/yaml/index.ts'
import { runs } from '../../properties/workspaces.ts'
import { documents } from './corpus.ts'

const MB = 1024 * 1024

function filled(pattern: string, size: number): string {
  return pattern.repeat(Math.ceil(size / pattern.length)).slice(0, size)
}

function lines(count: number, line: (i: number) => string): string {
  return Array.from({ length: count }, (_, i) => line(i)).join('\n')
}

const NESTED = /^Nested deeper than 200 levels/
const ALIASES = /^Aliases stand for more than 100,000 values/
const TOO_LARGE = /^Too large/

describe('hostile text ends in one clear problem', () => {
  it.each<[name: string, text: string, message: RegExp]>([
    ['a NUL', 'a: 1\n\u0000\n', /control character/],
    ['binary', Array.from({ length: 4096 }, (_, i) => String.fromCharCode((i * 7919) % 256)).join(''), /control character/],
    ['lists in brackets, 100,000 deep', `a: ${'['.repeat(100_000)}`, NESTED],
    ['lists in brackets, 10,000 deep and closed', `a: ${'['.repeat(10_000)}${']'.repeat(10_000)}`, NESTED],
    ['maps in braces, 10,000 deep', '{a: '.repeat(10_000), NESTED],
    ['a template that nobody rendered', '{{ .x }}: {{ .y }}\n'.repeat(2000), /only scalars as keys/],
    ['lists of dashes, 10,000 deep', `${'- '.repeat(10_000)}a`, NESTED],
    ['keys of keys, 10,000 deep', '? '.repeat(10_000), NESTED],
    ['maps, 2,000 deep', lines(2000, (i) => `${' '.repeat(i)}a:`), NESTED],
    [
      'an alias bomb',
      `a: &a [1, 2, 3, 4]\n${lines(10, (i) => `${'bcdefghijk'[i]}: &${'bcdefghijk'[i]} [${filled(`*${'abcdefghij'[i]}, `, 40)}]`)}`,
      ALIASES,
    ],
    ['a merge bomb', `a0: &a0 {x: 1}\n${lines(40, (i) => `a${i + 1}: &a${i + 1}\n  <<: [*a${i}, *a${i}]\n  k${i}: 1`)}`, ALIASES],
    ['merges without end', `a: &a {${lines(50, (i) => ` k${i}: 1,`)}}\nb:\n${'  <<: *a\n'.repeat(2500)}`, ALIASES],
    ['an unclosed quote, 2 MB', `a: "${filled('text text text text text\n  ', 2 * MB)}`, /quote/],
    ['an unclosed bracket, 2 MB', `a: [${filled('x,\n  ', 2 * MB)}`, TOO_LARGE],
    ['200,000 empty lists beside an error', `a: [${'[],'.repeat(200_000)}]\nb: *x\n`, TOO_LARGE],
    ['a million brackets that do not match', filled('[{(]}', MB), TOO_LARGE],
    ['50,000 lines of a tab', `a:\n${'\t\n'.repeat(50_000)}`, /tabs/i],
    ['a key of 1 MB', `${'k'.repeat(MB)}: 1`, /1024 characters/],
    ['a colon, a million times', ':'.repeat(MB), /./],
    ['an exclamation mark, a million times', '!'.repeat(400_000), /./],
    ['an asterisk, a million times', '*'.repeat(400_000), /^No anchor .{0,100}$/],
    ['backslashes in quotes, 1 MB', `a: "${'\\'.repeat(MB)}`, /./],
  ])('%s', (_, text, message) => {
    const { problems } = parseYaml(text)
    expect(problems).toHaveLength(1)
    expect(problems[0]?.message).toMatch(message)
    expect(problems[0]?.message.length).toBeLessThan(200)
  })

  it.each<[name: string, text: string, nodes: number, problems: number]>([
    ['a map of 100,000 keys', lines(100_000, (i) => `k${i}: ${i}`), 100_001, 0],
    ['a map of 20,000 keys beside an anchor', `z: &z 1\n${lines(20_000, (i) => `k${i}: ${i}`)}`, 20_002, 0],
    ['one key, 20,000 times', 'k: 1\n'.repeat(20_000), 20_001, 100],
    ['5,000 anchors', lines(5000, (i) => `k${i}: &x${i} ${i}`), 5001, 0],
    ['5,000 aliases', `a: &a 1\n${lines(5000, (i) => `k${i}: *a`)}`, 5002, 0],
    ['lone carriage returns', lines(10_000, (i) => `k${i}: 1`).replaceAll('\n', '\r'), 10_001, 0],
    ['a line of 8 MB', `a: ${'x'.repeat(8 * MB)}`, 2, 0],
    ['8 MB of text', `a: |\n${filled('  text text text\n', 8 * MB)}`, 2, 0],
    ['8 MB of entries', lines(300_000, (i) => `- name: item-${i}-of-many`), 600_001, 0],
    [
      'JSON on one line',
      JSON.stringify({ items: Array.from({ length: 50_000 }, (_, i) => ({ name: `item-${i}`, on: true })) }),
      150_002,
      0,
    ],
    ['8 MB of nothing', ' \n'.repeat(4 * MB), 0, 0],
    ['8 MB of comments', '# c\n'.repeat(2 * MB), 0, 0],
    ['200,000 dashes', '-\n'.repeat(200_000), 200_001, 0],
  ])('%s is read', (_, text, nodes, problems) => {
    const tree = parseYaml(text)
    expect(tree.keys).toHaveLength(nodes)
    expect(tree.problems).toHaveLength(problems)
  })

  it('cuts 100,000 documents, each broken on its own', () => {
    const text = '---\na: "x\n'.repeat(100_000)
    const documents = splitDocuments(text)
    expect(documents).toHaveLength(100_000)
    expect(parseYaml(text.slice(documents[5]?.start, documents[5]?.end)).problems).toHaveLength(1)
  })
})

/** Spans lie inside the text, children inside their parent and behind each other. */
function expectSound(text: string, tree: YamlTree): void {
  const { positions, keys } = tree
  expect(positions).toHaveLength(keys.length * 6)
  for (const problem of tree.problems) expect(0 <= problem.start && problem.start <= problem.end && problem.end <= text.length).toBe(true)
  for (let node = 0; node < keys.length; node++) {
    const [keyStart = 0, keyEnd = 0, start = 0, end = 0, next = 0, link = 0] = positions.subarray(node * 6, node * 6 + 6)
    expect(keyStart === -1 ? keyEnd === -1 : 0 <= keyStart && keyStart <= keyEnd && keyEnd <= start).toBe(true)
    expect(0 <= start && start <= end && end <= text.length).toBe(true)
    expect(node < next && next <= keys.length && link < node).toBe(true)
    for (let child = node + 1; child < next; child = positions[child * 6 + 4] ?? next) {
      const [, , childStart = 0, childEnd = 0, , childLink = 0] = positions.subarray(child * 6, child * 6 + 6)
      // What a merge brings in is written elsewhere, before.
      expect(childLink >= 0 ? childStart <= end : start <= childStart && childEnd <= end).toBe(true)
    }
  }
}

describe('any text', () => {
  const all = documents()
  const bits = fc.constantFrom(
    ...' \n\t:-?,[]{}#&*!|>\'"%@`\\~=a1.<é\u0000\r\u2028\ufeff',
    '---\n',
    '...\n',
    '- ',
    ': ',
    '<<: ',
    '*a',
    '&a ',
    '{{ x }}',
    '\r\n',
  )
  const text = fc.oneof(
    fc.array(bits, { maxLength: 40 }).map((parts) => parts.join('')),
    fc
      .record({ document: fc.constantFrom(...all), from: fc.nat(4000), size: fc.nat(300), at: fc.nat(300), bit: bits, count: fc.nat(6) })
      .map(({ document, from, size, at, bit, count }) => {
        const part = document.slice(from % document.length, (from % document.length) + size)
        return part.slice(0, at) + bit + part.slice(at + count)
      }),
  )

  it('is read without throwing, into spans that nest', () => {
    fc.assert(
      fc.property(text, fc.nat(400), (text, offset) => {
        const tree = parseYaml(text)
        expectSound(text, tree)
        pathAt(tree, offset)
        for (const { span, scope } of commentsOf(text)) {
          expect(text.charAt(span.start)).toBe('#')
          expect(span.end <= text.length && scope.start <= scope.end && scope.end <= text.length).toBe(true)
        }
        editYaml(text, [{ op: 'set', path: ['a', 'b'], value: 'c' }])
      }),
      runs(400),
    )
  })

  it('is cut into documents that follow each other', () => {
    fc.assert(
      fc.property(fc.array(text, { maxLength: 3 }), (parts) => {
        const stream = parts.join('\n---\n')
        const spans = splitDocuments(stream)
        expect(spans[0]?.start).toBe(stream.startsWith('\ufeff') ? 1 : 0)
        expect(spans.at(-1)?.end).toBe(stream.length)
        for (const [i, span] of spans.entries()) if (i > 0) expect(span.start).toBe(spans[i - 1]?.end)
      }),
      runs(200),
    )
  })
})
