import { describe, expect, it } from 'vitest'
import { defineRule } from '../../server/model/rule.ts'
import { get } from '../../server/model/value.ts'
import { type Marker, readMarkers, type Reported, renderReported } from './markers.ts'
import { readPage, withFixes } from './page.ts'
import { compareMarkers, diffOfFix, runCase } from './spec.ts'

const rule = defineRule({
  name: 'immutable-missing',
  title: 'ConfigMap can be changed',
  pillar: 'compliance',
  severity: 'hint',
  controls: { nist80053: ['CM-5'] },
  since: '0.1.0',
  each: 'object',
  kinds: ['/ConfigMap'],
  reads: [],
  *check(object) {
    if (get(object.body, 'immutable') !== false) return
    yield { object, path: ['immutable'], part: 'value', message: `ConfigMap \`${object.name}\` can be changed.` }
  },
  *fix({ object }) {
    yield { title: 'Make it immutable', applicability: 'hardening', changes: [{ op: 'set', object, path: ['immutable'], value: true }] }
  },
})

const block = (...marks: string[]): string =>
  ['apiVersion: v1', 'kind: ConfigMap', 'metadata:', '  name: web', 'immutable: false', ...marks, ''].join('\n')
const EXACT = '#          ^^^^^'

function compare(text: string): { expected: string; actual: string } {
  return compareMarkers(runCase(rule, [rule], { name: 'case', files: [{ path: 'manifest.yaml', text }], fixes: [] }))
}

describe('markers', () => {
  it.each([
    ['at its place', EXACT],
    ['with a part of the message', `${EXACT} \`web\` can be`],
    ['with its severity', `${EXACT} (hint) ConfigMap`],
    ['with severity and certainty', `${EXACT} (certain) (hint) ConfigMap`],
    ['with both in one pair of parentheses', `${EXACT} (certain, hint)`],
  ])('hold for a finding %s', (_, mark) => {
    const { expected, actual } = compare(block(mark))
    expect(actual).toBe(expected)
  })

  it.each([
    ['there is none', []],
    ['it begins elsewhere', ['#         ^^^^^']],
    ['it ends elsewhere', ['#          ^^^^']],
    ['the message is another one', [`${EXACT} \`db\``]],
    ['the severity is another one', [`${EXACT} (error)`]],
    ['the certainty is another one', [`${EXACT} (possible)`]],
    ['there are two', [EXACT, EXACT]],
  ])('do not hold when %s', (_, marks) => {
    const { expected, actual } = compare(block(...marks))
    expect(actual).not.toBe(expected)
  })

  it('show what is reported in the way in which it has to be marked', () => {
    const { actual } = compare(block())
    expect(actual).toBe(block(`${EXACT} (hint) ConfigMap \`web\` can be changed.`))
    const again = compare(actual)
    expect(again.actual).toBe(again.expected)
  })

  const spans: readonly [string, string, Pick<Marker, 'start' | 'end'>][] = [
    ['under the text', '#   ^^^', { start: 4, end: 7 }],
    ['indented', '  # ^^', { start: 4, end: 6 }],
    ['in the first column', '#^^^', { start: 0, end: 4 }],
    ['of one column', '# ^', { start: 2, end: 3 }],
    ['with the comment of JSON', '//  ^^^', { start: 4, end: 7 }],
  ]
  it.each(spans)('are read %s', (_, mark, span) => {
    expect(readMarkers(`kind: Pod\n${mark}\n`)).toMatchObject({ text: 'kind: Pod\n', markers: [{ line: 0, ...span }] })
  })

  it.each([0, 1, 2, 7])('are written so that they are read the same, from column %i', (start) => {
    const reported: Reported = { line: 0, start, end: start + 3, severity: 'hint', certainty: 'possible', message: 'why' }
    const written = renderReported('kind: DaemonSet', [], [reported])
    // Column 1 cannot be written: the sign and a blank take two.
    const read = start === 1 ? [] : [expect.objectContaining({ start, end: start + 3, asserted: ['possible', 'hint'], message: 'why' })]
    expect(start === 1 ? [] : readMarkers(written).markers).toEqual(read)
  })

  it('are refused when there is no line above', () => {
    expect(() => readMarkers('# ^^^\nkind: Pod')).toThrow('no line above')
  })

  it('leave comments that hold no carets', () => {
    expect(readMarkers('a: 1 # ^^\n# text\n#\n').text).toBe('a: 1 # ^^\n# text\n#\n')
  })
})

describe('a case', () => {
  it('must be a subject of the rule', () => {
    expect(() => compare('apiVersion: v1\nkind: Service\n')).toThrow('Nothing in this case')
  })
  it('must not be broken', () => {
    expect(() => compare(`${block()}a: [\n`)).toThrow('manifest.yaml')
  })
  it('names the fixes there are when it shows another one', () => {
    const run = runCase(rule, [rule], { name: 'case', files: [{ path: 'manifest.yaml', text: block() }], fixes: [] })
    expect(() => diffOfFix(run, 'Delete it')).toThrow('Make it immutable')
  })
  it('shows what a fix does', () => {
    const run = runCase(rule, [rule], { name: 'case', files: [{ path: 'manifest.yaml', text: block(EXACT) }], fixes: [] })
    expect(diffOfFix(run, 'Make it immutable')).toBe(
      ['@@ -3,3 +3,3 @@', ' metadata:', '   name: web', '-immutable: false', '+immutable: true', ''].join('\n'),
    )
  })
})

describe('a page', () => {
  const page = [
    '# Title',
    '## Why',
    '```yaml',
    'kind: Shown',
    '```',
    '## Flagged',
    '### One',
    '```yaml a/b.yaml',
    '# not a heading',
    '```',
    '```json',
    '{}',
    '```',
    '```diff fix Do it (in a.yaml)',
    '-old',
    '```',
    '### Two',
    '````yaml',
    '```',
    '````',
    '## Not flagged',
    '```yaml',
    'kind: Fine',
    '```',
    '## When to turn it off',
    '',
  ].join('\n')

  it('is a title, sections and cases with their files and fixes', () => {
    const { title, sections, flagged, notFlagged } = readPage(page)
    expect({ title, sections }).toEqual({ title: 'Title', sections: ['Why', 'Flagged', 'Not flagged', 'When to turn it off'] })
    expect(flagged).toMatchObject([
      {
        name: 'One',
        files: [
          { path: 'a/b.yaml', text: '# not a heading\n' },
          { path: 'manifest.json', text: '{}\n' },
        ],
        fixes: [{ title: 'Do it (in a.yaml)', text: '-old\n' }],
      },
      { name: 'Two', files: [{ path: 'manifest.yaml', text: '```\n' }], fixes: [] },
    ])
    expect(notFlagged).toMatchObject([{ name: 'Not flagged', files: [{ text: 'kind: Fine\n' }] }])
  })

  it('is changed only inside a fix', () => {
    const block = readPage(page).flagged[0]?.fixes[0]
    const changed = block && withFixes(page, [{ block, text: '+new\n' }])
    expect(changed).toBe(page.replace('-old', '+new'))
  })

  it.each([
    ['a case without a file', page.replace('### Two', '### Empty\n### Two'), '"Empty" has no fenced'],
    ['two files of one name', page.replace('```json', '```yaml a/b.yaml'), 'two blocks for a/b.yaml'],
    ['a block that is not closed', `${page}\n\`\`\`yaml\n`, 'not closed'],
  ])('is refused with %s', (_, text, message) => {
    expect(() => readPage(text)).toThrow(message)
  })
})
