import { beforeEach, describe, expect, it } from 'vitest'
import { rules } from '../../rules/index.ts'
import { findingsOf } from '../../server/analysis/findings.ts'
import { Workspace } from '../../server/analysis/workspace.ts'
import { type AnyRule, defineRule } from '../../server/model/rule.ts'
import { TODAY } from '../rules/spec.ts'

const FILES = 100

/** A shop in many files: what is counted would be large if one edit touched all of them. */
function manifest(i: number): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web-${i}
  namespace: shop
spec:
  selector:
    matchLabels: { app: web-${i} }
  template:
    metadata:
      labels: { app: web-${i} }
    spec:
      containers:
        - name: web
          image: example.com/web:1.${i}
---
apiVersion: v1
kind: Service
metadata:
  name: web-${i}
  namespace: shop
spec:
  selector: { app: web-${i} }
  ports:
    - port: 80
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: web-${i}
  namespace: shop
data:
  level: debug
`
}

describe('the work of one edit', () => {
  let workspace: Workspace
  beforeEach(() => {
    workspace = new Workspace(rules)
    for (let i = 0; i < FILES; i++) workspace.set({ path: `web-${i}.yaml`, text: manifest(i) })
    look()
  })

  /** What publishing asks for: the findings of one open file. */
  function look(): void {
    findingsOf(workspace.analysis(), { files: new Set(['web-7.yaml']), today: TODAY })
  }

  /** Units evaluated and rules asked because of an edit of one file. */
  function work(change: (text: string) => string): { evaluated: number; checks: number } {
    const before = workspace.analysis().engine.checks
    workspace.set({ path: 'web-7.yaml', text: change(manifest(7)) })
    look()
    const { evaluated, engine } = workspace.analysis()
    return { evaluated, checks: engine.checks - before }
  }

  it('is all of it at first', () => {
    const { evaluated, engine } = workspace.analysis()
    expect(evaluated).toBe(FILES)
    expect(engine.checks).toBeGreaterThanOrEqual(FILES)
  })

  it.each([
    ['a comment above', (text: string) => `# why\n${text}`],
    ['a comment behind a value', (text: string) => text.replace('namespace: shop', 'namespace: shop # why')],
    ['a comment that suppresses', (text: string) => text.replace('    spec:', '    # zero-trust: ignore all -- why\n    spec:')],
    ['blank lines', (text: string) => text.replaceAll('spec:', '\n\nspec:').replaceAll('    \n\nspec:', '    spec:')],
    ['another style of the same value', (text: string) => text.replace('name: web\n', 'name: "web"\n')],
    ['a document marker', (text: string) => `---\n${text}`],
  ])('evaluates one unit and asks no rule for %s', (_, change) => {
    expect(change(manifest(7))).not.toBe(manifest(7))
    expect(work(change)).toEqual({ evaluated: 1, checks: 0 })
  })

  it('evaluates nothing when nothing changed', () => {
    workspace.set({ path: 'web-7.yaml', text: manifest(7) })
    const { checks } = workspace.analysis().engine
    look()
    expect(workspace.analysis().engine.checks).toBe(checks)
  })

  it.each([
    ['a value of a ConfigMap', 'level: debug', 'level: info', { 'sees-config-map': 1 }],
    ['an image', 'web:1.7', 'web:2', { 'sees-workload': 1, 'sees-services': 1, 'sees-namespace': 1 }],
    ['a port of a Service', 'port: 80', 'port: 81', { 'sees-services': 1 }],
    [
      'the name of a Service',
      'name: web-7\n  namespace: shop\nspec:\n  selector: {',
      'name: api\n  namespace: shop\nspec:\n  selector: {',
      { 'sees-services': 1 },
    ],
  ])(
    'asks, for %s, only rules that read its kind, and those that look at one object about the changed one alone',
    (_, from, to, expected) => {
      const asked = new Map<string, number>()
      const own = new Workspace(countingRules((name) => asked.set(name, (asked.get(name) ?? 0) + 1)))
      for (let i = 0; i < FILES; i++) own.set({ path: `web-${i}.yaml`, text: manifest(i) })
      findingsOf(own.analysis(), { today: TODAY })
      expect(Object.fromEntries(asked)).toEqual({
        'sees-config-map': FILES,
        'sees-workload': FILES,
        'sees-services': 1,
        'sees-namespace': 1,
      })
      asked.clear()
      const text = manifest(7).replace(from, to)
      expect(text).not.toBe(manifest(7))
      own.set({ path: 'web-7.yaml', text })
      findingsOf(own.analysis(), { today: TODAY })
      expect(Object.fromEntries(asked)).toEqual(expected)
      expect(own.analysis().evaluated).toBe(1)
    },
  )
})

/** A rule of each sort, none of which finds anything. */
function countingRules(count: (name: string) => void): readonly AnyRule[] {
  const base = { title: 'Counts', pillar: 'compliance', severity: 'hint', controls: {}, since: '0.1.0' } as const
  const check = (name: string) => (): Iterable<never> => {
    count(name)
    return []
  }
  return [
    defineRule({ ...base, name: 'sees-config-map', each: 'object', kinds: ['/ConfigMap'], reads: [], check: check('sees-config-map') }),
    defineRule({ ...base, name: 'sees-workload', each: 'workload', reads: [], check: check('sees-workload') }),
    defineRule({ ...base, name: 'sees-services', each: 'environment', reads: ['services'], check: check('sees-services') }),
    defineRule({ ...base, name: 'sees-namespace', each: 'namespace', reads: ['isolation'], check: check('sees-namespace') }),
  ]
}
