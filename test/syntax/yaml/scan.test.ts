import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { composeYaml } from '../../../server/syntax/yaml/compose.ts'
import { scanYaml } from '../../../server/syntax/yaml/scan.ts'
import type { YamlTree } from '../../../server/syntax/yaml/tree.ts'
import { runs } from '../../properties/workspaces.ts'
import { documents } from './corpus.ts'

const all = documents()

/** Plain data that says all of a tree. */
function plain({ body, positions, keys }: YamlTree): unknown {
  return { body, keys, positions: [...positions] }
}

/** Lines inside quotes or brackets need no indentation for the decoder; the package insists on it. */
function isUnindented(text: string): boolean {
  return /["'[{]/.test(text)
}

/** Whether the scanner took the text: then it must have read it as the package does. */
function agree(text: string): boolean {
  const scanned = scanYaml(text)
  if (!scanned) return false
  const composed = composeYaml(text)
  if (composed.problems.length > 0) expect(isUnindented(text), text).toBe(true)
  else expect(plain(scanned), text).toEqual(plain(composed))
  return true
}

describe('the scanner', () => {
  it('reads what it takes as the package does, and takes nearly everything that people write', () => {
    const taken = all.filter(agree).length
    expect(taken / all.length).toBeGreaterThan(all.length > 100 ? 0.98 : 0.6)
  })

  it('reads what it takes as the package does, whatever is done to a document', () => {
    const bits = [
      ' ',
      '  ',
      '\n',
      '\n\n',
      ':',
      ': ',
      '- ',
      '-',
      '#',
      ' #',
      '"',
      "'",
      '[',
      ']',
      '{',
      '}',
      ',',
      '|',
      '>',
      '|-',
      '>-',
      '|+',
      '?',
      '? ',
    ]
    const more = [
      '&a',
      '*a',
      '!',
      '!!str',
      '%',
      '@',
      '\t',
      '\r\n',
      '\\',
      '\\n',
      '<<',
      '---\n',
      '...\n',
      '~',
      'yes',
      '0x1',
      'é',
      '- - ',
      '\n ',
      '\n  ',
      ': |\n',
    ]
    const size = fc.nat(5000)
    const change = fc.oneof(
      fc.tuple(fc.constant('insert' as const), size, fc.constantFrom(...bits, ...more)),
      fc.tuple(fc.constant('remove' as const), size, fc.constantFrom(' ', '  ', '   ')),
      fc.tuple(fc.constantFrom('indent' as const, 'dedent' as const, 'repeat' as const, 'drop' as const), size, fc.constant('')),
    )
    let taken = 0
    fc.assert(
      fc.property(
        fc.constantFrom(...all),
        size,
        size,
        fc.array(change, { minLength: 1, maxLength: 3 }),
        (document, from, count, changes) => {
          const lines = document.split('\n')
          const first = from % lines.length
          let text = lines.slice(first, first + 1 + (count % 15)).join('\n')
          for (const [kind, at, bit] of changes) text = mutate(text, kind, at, bit)
          if (agree(text)) taken++
        },
      ),
      runs(1500),
    )
    expect(taken).toBeGreaterThan(100)
  })

  it.each([
    'a: &x 1\n',
    'a: *x\n',
    'a: !!str 1\n',
    '? a\n: 1\n',
    '%YAML 1.1\n---\na: 1\n',
    'a:\n\tb: 1\n',
    'a: 1\na: 2\n',
    '{a: 1, a: 2}\n',
    '__proto__: 1\n',
    '"\\0": 1\n',
    '{"a\\u0000": 1}\n',
    'constructor: 1\n',
    '<<: {a: 1}\n',
    '{<<: {a: 1}}\n',
    'a\t: b\n',
    'a: b: c\n',
    'a: - b\n',
    'a: 1\n- b\n',
    'a: 1\n b: 2\n',
    'a: "b" c\n',
    'a: [b] c\n',
    'a: [b\n',
    'a: "b\n',
    "a: 'b\n",
    'a: "\\q"\n',
    'a: "\n---\n"\n',
    'a: [\n---\n]\n',
    'a: .nan\n',
    '1: a\n',
    'yes: a\n',
    '~: a\n',
    'a: |2\n    b\n',
    'a: |\n',
    'a: |\n    \n  b\n',
    'a: 1\n---\nb: 2\n',
    'a: 1\n... # end\n',
    'a: 1\n...\nb: 1\n',
    '\ufeffa: 1\n',
    'a: b\rc: d\n',
    'text\n',
    '{a}\n',
    '[a: b]\n',
    '[?a]\n',
    `${'['.repeat(101)}${']'.repeat(101)}\n`,
    `${'a'.repeat(1025)}: 1\n`,
  ])('leaves %j to the package', (text) => {
    expect(scanYaml(text)).toBeUndefined()
  })
})

type Change = 'insert' | 'remove' | 'indent' | 'dedent' | 'repeat' | 'drop'

function mutate(text: string, kind: Change, at: number, bit: string): string {
  const offset = at % (text.length + 1)
  if (kind === 'insert') return text.slice(0, offset) + bit + text.slice(offset)
  if (kind === 'remove') return text.slice(0, offset) + text.slice(offset + bit.length)
  const lines = text.split('\n')
  const index = at % lines.length
  const line = lines[index] ?? ''
  const written = { indent: [` ${line}`], dedent: [line.slice(1)], repeat: [line, line], drop: [] }[kind]
  return lines.toSpliced(index, 1, ...written).join('\n')
}
