import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import type { Log } from 'sarif'
import { describe, expect, test } from 'vitest'
import { jsonReport } from '../../server/report/json.ts'
import { markdownReport } from '../../server/report/markdown.ts'
import { type Report, withFindings } from '../../server/report/model.ts'
import { sarifReport } from '../../server/report/sarif.ts'
import { textReport } from '../../server/report/text.ts'
import { stubRules } from '../stub-rules.ts'
import { SAMPLE, sampleReport } from './sample.ts'

const tool = { version: '1.2.3', rules: stubRules, pages: new Map([['stub-latest', '# Image moves\n\n## Why\n']]) }
const text = (report: Report, colours = false): string => textReport(report, { colours, shown: (path) => path })
const sarif = (report: Report): Log => JSON.parse(sarifReport(report, tool)) as Log

const forms: readonly [string, (report: Report) => string][] = [
  ['text', text],
  ['JSON', jsonReport],
  ['SARIF', (report) => sarifReport(report, tool)],
  ['Markdown', markdownReport],
]

describe('every form', () => {
  test.each(forms)('%s holds no secret of the files', (_, form) => {
    const output = form(sampleReport())
    expect(output).toContain('password')
    expect(output).not.toContain('hunter2')
  })

  test.each(forms)('%s is the same whatever order the files come in', (_, form) => {
    const reversed = Object.fromEntries(Object.entries(SAMPLE).reverse())
    expect(form(sampleReport(reversed))).toBe(form(sampleReport()))
  })

  test.each(forms)('%s says what is broken, not judged, and without effect', (_, form) => {
    const output = form(sampleReport())
    expect(output).toContain('A closing quote')
    expect(output).toContain('findings of `stub-no-policy` are withheld')
    expect(output).toContain('`stub-privileged`: 1 object is not judged')
    expect(output).toContain('`stub-privileged` reports nothing that this comment is about')
  })

  test.each(forms.filter(([name]) => name !== 'JSON'))('%s gives the reason of what is accepted', (_, form) => {
    expect(form(sampleReport())).toContain('built nightly')
  })
})

describe('JSON', () => {
  const schema: object = JSON.parse(readFileSync(new URL('../../server/report/audit.schema.json', import.meta.url), 'utf8'))
  const validate = new Ajv2020({ allErrors: true, strictTypes: false }).compile(schema)

  test.each([
    ['findings', sampleReport()],
    ['proved fixes', sampleReport(SAMPLE, true)],
    ['a baseline', withFindings(sampleReport(), [], { known: 3, gone: 1 })],
    ['nothing', sampleReport({})],
  ])('follows its schema with %s', (_, report) => {
    validate(JSON.parse(jsonReport(report)))
    expect(validate.errors).toBeNull()
  })

  test('counts lines and columns from 1', () => {
    const { findings } = JSON.parse(jsonReport(sampleReport()))
    expect(findings[0]).toMatchObject({
      rule: 'stub-latest',
      file: 'k8s/web (1).yaml',
      start: { line: 14, column: 18 },
      end: { line: 14, column: 24 },
      subject: { type: 'object', address: 'Pod/shop/web', object: { apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name: 'web' } },
      path: ['spec', 'containers', 0, 'image'],
      fixes: [{ title: 'Name version 1', applicability: 'safe', proved: false }],
    })
  })
})

describe('text', () => {
  test('shows a finding with its line, its mark and the ways out', () => {
    expect(text(sampleReport()).split('\n\n')[0]).toBe(
      [
        'information stub-latest k8s/web (1).yaml:14:18',
        '14 |       image: web:latest',
        '   |                  ^^^^^^',
        '   Container `web` runs whatever `latest` is. Name a version.',
        '   = see: k8s/web (1).yaml:9:9 of this workload',
        '   = fix: Name version 1 (safe)',
      ].join('\n'),
    )
  })

  test('ends with what there is', () => {
    expect(text(sampleReport()).trimEnd().split('\n').slice(-5)).toEqual([
      '1 error, 3 warnings, 1 information in 6 objects of 3 files.',
      '1 finding is accepted: built nightly.',
      '1 has a safe fix: `kube-zero-trust fix --dry-run` shows what it changes.',
      '1 has a fix that may stop what relies on the weakness: `fix --applicability hardening --dry-run`.',
      '`kube-zero-trust explain-rule stub-literal-secret` says why, and when to turn it off.',
    ])
  })

  test('says that there is nothing', () => {
    expect(text(sampleReport({ 'a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n' }))).toBe(
      'No findings in 1 object of 1 file.\n',
    )
  })

  test('is coloured only when asked', () => {
    const start = '\u001b['
    expect(text(sampleReport())).not.toContain(start)
    expect(text(sampleReport(), true)).toContain(`${start}31m`)
  })

  test('lets no name of a file talk to the terminal', () => {
    const output = text(
      sampleReport({
        'a\u001b[2J\u202e.yaml':
          'apiVersion: v1\nkind: Pod\nmetadata: {name: "x\\e]0;y"}\nspec: {containers: [{name: "a\\eb", image: "a:latest"}]}\n',
      }),
    )
    expect(output).toContain('stub-latest')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what a terminal obeys
    expect(output).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/)
  })
})

describe('SARIF', () => {
  test('is a log of version 2.1.0 with every rule and its page', () => {
    const log = sarif(sampleReport())
    expect(log.version).toBe('2.1.0')
    const driver = log.runs[0]?.tool.driver
    expect(driver?.rules?.map(({ id }) => id)).toEqual([
      'stub-latest',
      'stub-literal-env',
      'stub-literal-secret',
      'stub-no-policy',
      'stub-privileged',
    ])
    expect(driver?.rules?.[0]?.help?.markdown).toContain('## Why')
    expect(driver?.rules?.[4]?.properties?.tags).toContain('cis/5.2.2')
  })

  test('every result names its rule, its place in an encoded relative path, and a fingerprint', () => {
    const run = sarif(sampleReport()).runs[0]
    expect(run?.results).toHaveLength(6)
    for (const result of run?.results ?? []) {
      expect(run?.tool.driver.rules?.[result.ruleIndex ?? -1]?.id).toBe(result.ruleId)
      expect(['error', 'warning', 'note']).toContain(result.level)
      const place = result.locations?.[0]?.physicalLocation
      expect(place?.artifactLocation?.uri).toMatch(/^(k8s\/web%20\(1\)|secret)\.yaml$/)
      const { startLine = 0, startColumn = 0, endLine = 0, endColumn = 0 } = place?.region ?? {}
      expect(startLine).toBeGreaterThan(0)
      expect(endLine * 1000 + endColumn).toBeGreaterThan(startLine * 1000 + startColumn)
      expect(new Set(result.relatedLocations?.map((related) => JSON.stringify(related))).size).toBe(result.relatedLocations?.length ?? 0)
      expect(result.partialFingerprints?.['kubeZeroTrust/v1']).toMatch(/^[0-9a-f]{14}$/)
    }
  })

  test('marks what is accepted, in the source or outside of it', () => {
    const config = 'ignore:\n  - {rule: stub-literal-secret, path: secret.yaml, reason: only for tests}\n'
    const results = sarif(sampleReport({ ...SAMPLE, '.kube-zero-trust.yaml': config })).runs[0]?.results ?? []
    expect(results.flatMap(({ suppressions }) => suppressions ?? [])).toEqual([
      { kind: 'inSource', justification: 'built nightly' },
      { kind: 'external', justification: 'only for tests' },
    ])
  })

  test('has the edits of fixes that are proved, and of no others', () => {
    expect(sarif(sampleReport()).runs[0]?.results?.flatMap(({ fixes }) => fixes ?? [])).toEqual([])
    const fixes = sarif(sampleReport(SAMPLE, true)).runs[0]?.results?.flatMap(({ fixes }) => fixes ?? [])
    expect(fixes?.map(({ description }) => description?.text)).toEqual(['Name version 1', 'Remove `privileged`'])
    expect(fixes?.[0]?.artifactChanges[0]?.replacements[0]).toEqual({
      deletedRegion: { startLine: 14, startColumn: 14, endLine: 14, endColumn: 24 },
      insertedContent: { text: 'web:1' },
    })
  })
})

describe('Markdown', () => {
  test('has a table by pillar and level, then files with the worst first', () => {
    const output = markdownReport(sampleReport())
    expect(output).toContain('| Verification |  | 1 | 1 |  |\n')
    expect(output).toContain('| **All** | **1** | **3** | **1** | **0** |')
    expect([...output.matchAll(/^### (.*)$/gm)].map((match) => match[1])).toEqual([
      '[secret.yaml](secret.yaml)',
      '[k8s/web (1).yaml](k8s/web%20%281%29.yaml)',
    ])
    expect(output).toContain('- **Warning** [line 17](k8s/web%20%281%29.yaml#L17) `stub-privileged`: Container `agent` is privileged.')
  })

  test('lets no name of a file become markup', () => {
    const output = markdownReport(
      sampleReport({
        '<img>[x](command:y).yaml': 'apiVersion: v1\nkind: Pod\nmetadata: {name: x}\nspec: {containers: [{name: a, image: "a:latest"}]}\n',
      }),
    )
    expect(output).toContain('### [\\<img\\>\\[x\\](command:y).yaml](%3Cimg%3E%5Bx%5D%28command%3Ay%29.yaml)')
  })
})
