import { expect, test } from 'vitest'
import { rules } from '../../rules/index.ts'
import { findingsOf } from '../../server/analysis/findings.ts'
import { analyseFiles, TODAY } from '../rules/spec.ts'

test('a message names an object that has no name yet', () => {
  const text = `apiVersion: v1
kind: Pod
metadata: { generateName: job- }
spec: { hostPID: true, containers: [{ name: a, image: "a/b:1" }] }
`
  const { findings } = findingsOf(analyseFiles(rules, [{ path: 'a.yaml', text }]), { today: TODAY })
  expect(findings.find(({ rule }) => rule.name === 'node-access')?.message).toMatch(/^Pod \(no name\) is not kept apart from its node/)
  for (const { message } of findings) expect(message).not.toContain('``')
})

test('a finding that weighs more in one environment says why, with what is there', () => {
  const deployment = `apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: shop }
spec:
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: web, image: "web:1" }] }
`
  const service = (type: string): string => `apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop }
spec: { type: ${type}, selector: { app: web }, ports: [{ port: 80 }] }
`
  const files = [
    { path: 'base/web.yaml', text: deployment },
    { path: 'east/service.yaml', text: service('ClusterIP') },
    { path: 'west/service.yaml', text: service('LoadBalancer') },
  ]
  const { findings } = findingsOf(analyseFiles(rules, files), { today: TODAY })
  const found = findings.find(({ rule }) => rule.name === 'namespace-no-default-deny')
  expect(found?.environments).toEqual(['east', 'west'])
  expect(found?.severity).toBe('warning')
  expect(found?.message).toContain('from outside the cluster')
  expect(found?.related.map(({ file }) => file)).toContain('west/service.yaml')
})

test.each([
  ['pod.yaml', 'warning'],
  ['tests/pod.yaml', 'information'],
  ['pkg/testdata/pod.yaml', 'information'],
  ['e2e/pod.yaml', 'information'],
  ['latest/pod.yaml', 'warning'],
  ['test.yaml', 'warning'],
])('what is there for tests weighs one level less: %s', (path, severity) => {
  const text = 'apiVersion: v1\nkind: Pod\nmetadata: { name: a }\nspec: { hostPID: true, containers: [{ name: a, image: "a/b:1" }] }\n'
  const { findings } = findingsOf(analyseFiles(rules, [{ path, text }]), { today: TODAY })
  expect(findings.find(({ rule }) => rule.name === 'node-access')?.severity).toBe(severity)
})

test('what several builds have from one line is not told as another place', () => {
  const files = [
    {
      path: 'base/pod.yaml',
      text: 'apiVersion: v1\nkind: Pod\nmetadata: { name: a }\nspec: { hostPID: true, containers: [{ name: a, image: "a/b:1" }] }\n',
    },
    { path: 'base/kustomization.yaml', text: 'resources: [pod.yaml]\n' },
    ...['a', 'b', 'c'].map((name) => ({ path: `${name}/kustomization.yaml`, text: 'resources: [../base]\n' })),
  ]
  const { findings } = findingsOf(analyseFiles(rules, files), { today: TODAY })
  expect(findings.find(({ rule }) => rule.name === 'node-access')).toMatchObject({ environments: ['a', 'b', 'c'], related: [] })
})
