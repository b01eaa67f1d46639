import { describe, expect, test } from 'vitest'
import type { Analysis } from '../../server/analysis/analyse.ts'
import { findingsOf } from '../../server/analysis/findings.ts'
import { fixTogether, proposeFixes, prove } from '../../server/analysis/fix.ts'
import { Workspace } from '../../server/analysis/workspace.ts'
import { type AnyRule, defineRule } from '../../server/model/rule.ts'
import { entries, text } from '../../server/model/value.ts'

/** One finding for each key of a ConfigMap that begins with the prefix. */
function keyRule(name: string, prefix: string, fix: (key: string) => { op: 'rename' | 'remove' | 'beside'; leaves?: string[] }): AnyRule {
  return defineRule({
    name,
    title: name,
    pillar: 'compliance',
    severity: 'warning',
    controls: {},
    since: '0.1.0',
    each: 'object',
    kinds: ['/ConfigMap'],
    reads: [],
    *check(object) {
      for (const [key] of entries(object.body, 'data')) {
        if (key.startsWith(prefix)) yield { object, path: ['data', key], part: 'key', discriminator: key, message: key }
      }
    },
    *fix({ object, path }) {
      const key = String(path[path.length - 1])
      const { op, leaves = [] } = fix(key)
      const remove = { op: 'remove' as const, object, path }
      const value = text(object.body, ...path) ?? ''
      yield {
        title: op,
        applicability: 'safe',
        leaves,
        changes:
          op === 'remove'
            ? [remove]
            : op === 'rename'
              ? [remove, { op: 'set', object, path: ['data', `bad-${key}`], value }]
              : [remove, { op: 'create', beside: object, body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: key } } }],
      }
    },
  })
}

const rules = [
  keyRule('old', 'old', () => ({ op: 'remove' })),
  keyRule('apart', 'apart', () => ({ op: 'beside' })),
  keyRule('hopeless', 'hopeless', () => ({ op: 'rename' })),
  keyRule('honest', 'honest', () => ({ op: 'rename', leaves: ['bad'] })),
  keyRule('bad', 'bad', () => ({ op: 'remove' })),
]

function analysisOf(files: Record<string, string[]>): Analysis {
  const workspace = new Workspace(rules)
  for (const [path, keys] of Object.entries(files)) {
    const data = ['kept', ...keys].map((key) => `  ${key}: x\n`).join('')
    workspace.set({ path, text: `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${path.replace('.yaml', '')}\ndata:\n${data}` })
  }
  return workspace.analysis()
}

const list = (at: Analysis) => findingsOf(at, { today: '2026-01-01' }).findings
const fingerprints = (at: Analysis) => list(at).map(({ fingerprint }) => fingerprint)
const texts = (at: Analysis) => [...at.files.values()].map(({ path, text }) => `${path}\n${text}`).join('\n')

function together(analysis: Analysis) {
  let revisions = 0
  const result = fixTogether(analysis, fingerprints(analysis), {
    list: (at) => {
      revisions++
      return list(at)
    },
    pick: (fixes) => fixes[0],
  })
  return { ...result, revisions }
}

/** What it must come to: one at a time. */
function oneByOne(analysis: Analysis): Analysis {
  let at = analysis
  for (const fingerprint of fingerprints(analysis)) {
    const finding = list(at).find((candidate) => candidate.fingerprint === fingerprint)
    const [fix] = finding ? proposeFixes(at, finding) : []
    const proof = finding && fix && prove(at, finding, fix)
    if (proof?.proved) at = proof.analysis
  }
  return at
}

describe('fixing several findings together', () => {
  test.each<{ name: string; files: Record<string, string[]>; left: string[] }>([
    { name: 'fixes in several files', files: { 'a.yaml': ['old1'], 'b.yaml': ['old2'], 'c.yaml': [] }, left: [] },
    { name: 'fixes of neighbours', files: { 'a.yaml': ['old1', 'old2', 'old3'] }, left: [] },
    { name: 'fixes that append to the same file', files: { 'a.yaml': ['apart1', 'apart2'] }, left: [] },
    {
      name: 'one that cannot be proved, among others',
      files: { 'a.yaml': ['old1', 'hopeless', 'old2'], 'b.yaml': ['old3'] },
      left: ['hopeless'],
    },
    { name: 'one that leaves what it names', files: { 'a.yaml': ['old1', 'honest'], 'b.yaml': ['old3'] }, left: ['bad-honest'] },
    {
      name: 'one that leaves what only another one may',
      files: { 'a.yaml': ['honest'], 'b.yaml': ['hopeless'] },
      left: ['bad-honest', 'hopeless'],
    },
    { name: 'nothing', files: { 'a.yaml': [] }, left: [] },
  ])('comes to the same as one at a time: $name', ({ files, left }) => {
    const analysis = analysisOf(files)
    const { analysis: after, fixed } = together(analysis)
    expect(texts(after)).toBe(texts(oneByOne(analysis)))
    expect(list(after).map(({ message }) => message)).toEqual(left)
    expect(fixed).toHaveLength(fingerprints(analysis).length - left.filter((key) => !key.startsWith('bad-')).length)
  })

  test('what does not meet takes one analysis, however much it is', () => {
    const files = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`f${i}.yaml`, [`old${i}`]]))
    const { fixed, revisions } = together(analysisOf(files))
    expect(fixed).toHaveLength(40)
    expect(revisions).toBe(1)
  })

  test('one that cannot be proved costs the logarithm of the others', () => {
    const files = Object.fromEntries(Array.from({ length: 64 }, (_, i) => [`f${i}.yaml`, [i === 40 ? 'hopeless' : `old${i}`]]))
    const { fixed, revisions } = together(analysisOf(files))
    expect(fixed).toHaveLength(63)
    expect(revisions).toBeLessThan(20)
  })
})
