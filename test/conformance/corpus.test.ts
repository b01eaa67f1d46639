import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { describe, expect, it } from 'vitest'
import { rules } from '../../rules/index.ts'
import { incidents } from '../../server/analysis/analyse.ts'
import { type Finding, findingsOf } from '../../server/analysis/findings.ts'
import { proposeFixes, prove } from '../../server/analysis/fix.ts'
import { Workspace } from '../../server/analysis/workspace.ts'

const CORPUS = join(process.env['KZT_SHARED'] ?? '../shared', 'corpus')

function analysed(folder: string) {
  const root = join(CORPUS, folder)
  const workspace = new Workspace(rules)
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !/\.(ya?ml|json)$/.test(entry.name)) continue
    const path = join(entry.parentPath, entry.name)
    workspace.set({ path: relative(root, path), text: readFileSync(path, 'utf8') })
  }
  const analysis = workspace.analysis()
  return { analysis, findings: findingsOf(analysis, { today: '2026-01-01' }).findings }
}

/** What the editor lists: hints are not in the Problems list, and some rules are for the audit only. */
function visible(findings: readonly Finding[]): Finding[] {
  return findings.filter(({ severity, rule }) => severity !== 'hint' && !rule.auditOnly)
}

describe.each([
  ['online-boutique', 8],
  ['kube-prometheus', 10],
  ['sock-shop', undefined],
  ['kubernetes-examples', undefined],
] as const)('%s', (folder, budget) => {
  const { analysis, findings } = analysed(folder)

  it('was read, and no rule failed', () => {
    expect(analysis.units.size).toBeGreaterThan(10)
    expect([...incidents(analysis)].flatMap(({ failure }) => failure ?? [])).toEqual([])
  })

  it('every finding has a place in a text', () => {
    for (const { location } of findings) {
      const { length } = analysis.files.get(location.file)?.text ?? ''
      expect(location.span.end).toBeLessThanOrEqual(length)
      expect(location.span.end).toBeGreaterThan(location.span.start)
    }
  })

  it('nobody would switch it off: few findings, and few in a file', () => {
    const shown = visible(findings)
    if (budget !== undefined) expect(shown.length, shown.map(({ message }) => message).join('\n')).toBeLessThanOrEqual(budget)
    const files = new Map<string, number>()
    for (const { location, severity } of shown) if (severity !== 'error') files.set(location.file, (files.get(location.file) ?? 0) + 1)
    if (budget !== undefined) expect(Math.max(...files.values())).toBeLessThanOrEqual(5)
  })
})

it('most of what is shown has a fix that is proved', () => {
  let shown = 0
  let fixable = 0
  for (const folder of ['online-boutique', 'kube-prometheus']) {
    const { analysis, findings } = analysed(folder)
    for (const finding of visible(findings)) {
      shown++
      if (proposeFixes(analysis, finding).some((fix) => prove(analysis, finding, fix).proved)) fixable++
    }
  }
  expect(fixable / shown, `${fixable} of ${shown}`).toBeGreaterThanOrEqual(0.7)
})
