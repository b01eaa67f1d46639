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
  expect(findings.find(({ rule }) => rule.name === 'node-access')?.message).toMatch(/^Pod \(no name\) can take over its node/)
  for (const { message } of findings) expect(message).not.toContain('``')
})
