import { describe, expect, test } from 'vitest'
import { rules } from '../../rules/index.ts'
import { findingsOf } from '../../server/analysis/findings.ts'
import { proposeFixes, prove } from '../../server/analysis/fix.ts'
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

test('an edit of what installs a chart changes its environments, as a fresh run would', () => {
  const application = (values: string): string =>
    `apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: shop}\nspec:\n  source:\n    path: app\n    helm: {valueFiles: [${values}]}\n`
  const files = {
    'app/Chart.yaml': 'apiVersion: v2\nname: app\nversion: 1.0.0\n',
    'app/a.yaml': 'host: true\n',
    'app/b.yaml': 'host: false\n',
    'app/templates/pod.yaml': 'apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  hostPID: {{ .Values.host }}\n',
    'deploy.yaml': application('a.yaml'),
  }
  const start = (texts: Readonly<Record<string, string>>): Workspace => {
    const workspace = new Workspace(rules)
    for (const [path, text] of Object.entries(texts)) workspace.set({ path, text })
    return workspace
  }
  const told = (workspace: Workspace): unknown => {
    const analysis = workspace.analysis()
    const { findings } = findingsOf(analysis, { today: '2026-01-01' })
    return [
      analysis.environments.map(({ name, units }) => [name, units.map(({ id, reads }) => [id, [...reads].sort()])]),
      findings.map(({ rule, location, environments }) => [rule.name, location, environments]),
    ]
  }
  const edited = start(files)
  const before = told(edited)
  for (const text of [application('b.yaml'), 'kind: Nothing\n', application('b.yaml, a.yaml'), application('a.yaml')]) {
    edited.set({ path: 'deploy.yaml', text })
    expect(told(edited)).toEqual(told(start({ ...files, 'deploy.yaml': text })))
  }
  expect(told(edited)).toEqual(before)
})

describe('the fixes of a chart as `helm create` makes it, with an environment that has an Ingress', () => {
  const files = {
    'Chart.yaml': 'apiVersion: v2\nname: shop\nversion: 1.0.0\n',
    'values.yaml': 'ingress:\n  enabled: false\n  hosts: [local.example.com]\n  tls: []\nserviceAccount:\n  automount: true\n',
    'values-prod.yaml': 'ingress:\n  enabled: true\n  hosts: [shop.example.com]\n',
    'templates/_helpers.tpl': '{{- define "shop.labels" -}}\napp: {{ .Release.Name }}\n{{- end }}\n',
    'templates/account.yaml':
      'apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: {{ .Release.Name }}\nautomountServiceAccountToken: {{ .Values.serviceAccount.automount }}\n',
    'templates/web.yaml': `apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}
spec:
  selector:
    matchLabels:
      {{- include "shop.labels" . | nindent 6 }}
  template:
    metadata:
      labels:
        {{- include "shop.labels" . | nindent 8 }}
    spec:
      serviceAccountName: {{ .Release.Name }}
      containers:
        - name: web
          image: web:1
          ports: [{containerPort: 80}]
---
apiVersion: v1
kind: Service
metadata:
  name: {{ .Release.Name }}
spec:
  selector:
    {{- include "shop.labels" . | nindent 4 }}
  ports: [{port: 80}]
`,
    'templates/ingress.yaml': `{{- if .Values.ingress.enabled }}
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: {{ .Release.Name }}
spec:
  {{- with .Values.ingress.tls }}
  tls:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  rules:
    {{- range .Values.ingress.hosts }}
    - host: {{ . }}
      http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: {{ $.Release.Name }}, port: {number: 80}}}}]}
    {{- end }}
{{- end }}
`,
  }
  const workspace = new Workspace(rules)
  for (const [path, text] of Object.entries(files)) workspace.set({ path, text })
  const analysis = workspace.analysis()
  const { findings } = findingsOf(analysis, { today: '2026-01-01' })
  const proved = (rule: string) => {
    const finding = findings.find((each) => each.rule.name === rule)
    return finding ? proposeFixes(analysis, finding).filter((fix) => prove(analysis, finding, fix).proved) : []
  }

  test('TLS is added for the environment that has the host', () => {
    const [first] = proved('ingress-no-tls')
    expect(first?.edits.map(({ file }) => file)).toEqual(['values-prod.yaml'])
    expect(first?.edits[0]?.text).toContain('shop.example.com')
  })

  test('the token is taken away by the value that the chart has for it', () => {
    const [first] = proved('serviceaccount-token-mounted-without-permissions')
    expect(first?.edits.map(({ file, text }) => [file, text])).toEqual([['values.yaml', 'false']])
  })

  test('a policy for the pods of the chart serves all environments', () => {
    const [first] = proved('namespace-no-default-deny')
    expect(first?.title).toMatch(/^Isolate `shop`: /)
    expect(first?.created.map(({ file }) => file)).toEqual(['templates/networkpolicy.yaml'])
    expect(first?.created[0]?.text).toMatch(/podSelector:\n {4}matchLabels:\n {6}\{\{- include "shop\.labels" \. \| nindent 6 \}\}/)
  })
})
