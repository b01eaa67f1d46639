import { expect, it } from 'vitest'
import { rules } from '../../../rules/index.ts'
import { findingsOf } from '../../../server/analysis/findings.ts'
import { Workspace } from '../../../server/analysis/workspace.ts'

const CLUSTER = (name: string): string => `resource "aws_eks_cluster" "main" {\n  name = "${name}"\n}\n`
const POLICY = `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: deny, namespace: shop }
spec:
  podSelector: {}
  policyTypes: [Ingress, Egress]
`

function analyse(texts: Readonly<Record<string, string>>) {
  const workspace = new Workspace(rules)
  for (const [path, text] of Object.entries(texts)) workspace.set({ path, text })
  return workspace.analysis()
}

it('root modules that make a cluster each are environments of their own, with what both have', () => {
  const { environments } = analyse({ 'dev/main.tf': CLUSTER('dev'), 'prod/main.tf': CLUSTER('prod'), 'k8s/policy.yaml': POLICY })
  expect(environments.map(({ units }) => units.map(({ id }) => id).sort())).toEqual([
    ['dev/main.tf', 'k8s/policy.yaml'],
    ['k8s/policy.yaml', 'prod/main.tf'],
  ])
})

it('one that makes two clusters is one environment', () => {
  const { environments } = analyse({ 'main.tf': `${CLUSTER('a')}\nresource "aws_eks_cluster" "other" {\n  name = "b"\n}\n` })
  expect(environments).toHaveLength(1)
})

it('a policy beside one of many clusters says nothing of the others', () => {
  const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g']
  const texts = Object.fromEntries(names.map((name) => [`${name}/main.tf`, CLUSTER(name)]))
  const { findings } = findingsOf(analyse({ ...texts, 'c/policy.yaml': POLICY }), { today: '2026-01-01' })
  const said = findings.filter(({ rule }) => rule.name === 'network-policy-not-enforced').map(({ location }) => location.file)
  expect(said).toEqual(['c/main.tf'])
})
