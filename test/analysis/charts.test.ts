import { expect, test } from 'vitest'
import { rules } from '../../rules/index.ts'
import { findingsOf } from '../../server/analysis/findings.ts'
import { Workspace } from '../../server/analysis/workspace.ts'

const POLICY = `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web}
spec:
  podSelector: {matchLabels: {app: web}}
  policyTypes: [Ingress]
`
const DEPLOYMENT = `apiVersion: apps/v1
kind: Deployment
metadata: {name: other}
spec:
  selector: {matchLabels: {app: other}}
  template:
    metadata: {labels: {app: other}}
    spec: {containers: [{name: a, image: a:1}]}
`

function found(web: string): string[] {
  const workspace = new Workspace(rules)
  const files = {
    'Chart.yaml': 'apiVersion: v2\nname: app\nversion: 1.0.0\n',
    'templates/p.yaml': POLICY,
    'templates/d.yaml': DEPLOYMENT,
    'templates/web.yaml': web,
  }
  for (const [path, text] of Object.entries(files)) workspace.set({ path, text })
  return findingsOf(workspace.analysis(), { today: '2026-01-01' }).findings.map(({ rule }) => rule.name)
}

test('a policy whose pods the chart has switched off is not said to select nothing', () => {
  expect(found('')).toContain('policy-selects-nothing')
  expect(found(`{{ if .Values.web }}\n${DEPLOYMENT.replaceAll('other', 'web')}{{ end }}\n`)).not.toContain('policy-selects-nothing')
})

test('a finding in a template names the values that have a say, and one on a value where it is used', () => {
  const workspace = new Workspace(rules)
  const files = {
    'Chart.yaml': 'apiVersion: v2\nname: app\nversion: 1.0.0\n',
    'values.yaml': 'balancer: Balancer\nhost: true\n',
    'templates/pod.yaml':
      'apiVersion: v1\nkind: Pod\nmetadata: {name: a, labels: {app: a}}\nspec:\n  hostPID: {{ .Values.host }}\n  containers: [{name: a, image: "a:1"}]\n',
    'templates/service.yaml':
      'apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec:\n  type: Load{{ .Values.balancer }}\n  selector: {app: a}\n  ports: [{port: 80}]\n',
  }
  for (const [path, text] of Object.entries(files)) workspace.set({ path, text })
  const { findings } = findingsOf(workspace.analysis(), { today: '2026-01-01' })
  const told = (name: string) => {
    const finding = findings.find(({ rule }) => rule.name === name)
    const shown = ({ file, span }: { file: string; span: { start: number; end: number } }): string =>
      `${file}: ${files[file as keyof typeof files].slice(span.start, span.end)}`
    return finding && [shown(finding.location), ...finding.related.map((each) => `${shown(each)}: ${each.message}`)]
  }
  expect(told('node-access')).toEqual(['values.yaml: true', 'templates/pod.yaml: {{ .Values.host }}: It is used here.'])
  expect(told('service-exposed')).toEqual([
    'templates/service.yaml: Load{{ .Values.balancer }}',
    'values.yaml: Balancer: This value has a say in it.',
  ])
})
