import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { rules } from '../../rules/index.ts'
import { findingsOf } from '../../server/analysis/findings.ts'
import { Workspace } from '../../server/analysis/workspace.ts'
import { decode } from '../../server/host/decode.ts'
import { openEditor } from './editor.ts'
import { row } from './report.ts'

const EDITS = 60

/** From an edit in a chart to the diagnostics of the open files, with all its environments, warm. */
export async function chartKeystrokes(templates: number): Promise<void> {
  for (const variants of [[], ['dev', 'staging', 'prod']]) {
    const files = generateChart(templates, variants)
    const editor = await openEditor(files)
    for (const [path, from, to] of CHANGES) {
      const what = `edit of ${path}, ${templates} templates, ${variants.length + 1} environments`
      await editor.measure(what, path, EDITS, (text, i) => text.replace(from, `${to}${i}`))
    }
  }
}

const CHANGES = [
  ['templates/service-7-deployment.yaml', 'LOG_LEVEL', 'LOG_LEVEL'],
  ['templates/_helpers.tpl', 'team: shop', 'team: shop'],
  ['values.yaml', 'level: info', 'level: info'],
] as const

function generateChart(templates: number, variants: readonly string[]): Map<string, string> {
  const files = new Map([
    ['Chart.yaml', 'apiVersion: v2\nname: shop\nversion: 1.0.0\nappVersion: "1.2"\n'],
    ['templates/_helpers.tpl', HELPERS],
  ])
  const services = Math.floor(templates / 3)
  const values = ['global:', '  level: info', '  registry: registry.example.com']
  for (let i = 0; i < services; i++) {
    values.push(`service${i}:`, '  enabled: true', '  replicas: 2', `  image: {repository: shop/service-${i}, tag: ""}`, '  resources: {}')
    values.push('  securityContext:', '    runAsNonRoot: true', '  env: {A: a, B: b}')
    for (const [kind, text] of Object.entries(TEMPLATES))
      files.set(`templates/service-${i}-${kind}.yaml`, text.replaceAll('SERVICE', `service${i}`))
  }
  files.set('values.yaml', `${values.join('\n')}\n`)
  for (const variant of variants) files.set(`values-${variant}.yaml`, `service0:\n  replicas: 3\nglobal:\n  level: ${variant}\n`)
  return files
}

const HELPERS = `{{- define "shop.name" -}}
{{- printf "%s-%s" .root.Release.Name .name | trunc 63 | trimSuffix "-" }}
{{- end }}
{{- define "shop.selector" -}}
app.kubernetes.io/name: {{ .name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
{{- end }}
{{- define "shop.labels" -}}
{{ include "shop.selector" . }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
team: shop
{{- end }}
{{- define "shop.image" -}}
{{ .root.Values.global.registry }}/{{ .values.image.repository }}:{{ default .root.Chart.AppVersion .values.image.tag }}
{{- end }}
`

const START = `{{- with .Values.SERVICE }}
{{- if .enabled }}
{{- $all := dict "root" $ "name" "SERVICE" "values" . }}
`
const END = '{{- end }}\n{{- end }}\n'

const TEMPLATES = {
  deployment: `${START}apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "shop.name" $all }}
  labels:
    {{- include "shop.labels" $all | nindent 4 }}
spec:
  replicas: {{ .replicas }}
  selector:
    matchLabels:
      {{- include "shop.selector" $all | nindent 6 }}
  template:
    metadata:
      labels:
        {{- include "shop.labels" $all | nindent 8 }}
    spec:
      containers:
        - name: app
          image: {{ include "shop.image" $all | quote }}
          env:
            - name: LOG_LEVEL
              value: {{ $.Values.global.level | quote }}
            {{- range $key, $value := .env }}
            - name: {{ $key }}
              value: {{ tpl $value $ | quote }}
            {{- end }}
          {{- with .securityContext }}
          securityContext:
            {{- toYaml . | nindent 12 }}
          {{- end }}
          resources:
            {{- toYaml .resources | nindent 12 }}
${END}`,
  service: `${START}apiVersion: v1
kind: Service
metadata:
  name: {{ include "shop.name" $all }}
  labels:
    {{- include "shop.labels" $all | nindent 4 }}
spec:
  selector:
    {{- include "shop.selector" $all | nindent 4 }}
  ports:
    - port: 80
      targetPort: 8080
${END}`,
  account: `${START}apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ include "shop.name" $all }}
automountServiceAccountToken: false
${END}`,
}

/** Whole audits of every chart right below a folder, one after the other, in this process. */
export function auditCharts(folder: string): void {
  const charts = readdirSync(folder).filter((name) => existsSync(join(folder, name, 'Chart.yaml')))
  let [ms, count] = [0, 0]
  for (const name of charts) {
    const workspace = new Workspace(rules)
    for (const path of readdirSync(join(folder, name), { recursive: true, encoding: 'utf8' }).sort())
      if (isOfChart(path)) workspace.set(decode(path, readFileSync(join(folder, name, path))))
    const start = performance.now()
    count += findingsOf(workspace.analysis(), { today: '2026-01-01' }).findings.length
    ms += performance.now() - start
  }
  row(
    `audit of ${charts.length} charts`,
    `${Math.round(ms)} ms`,
    `${((charts.length / Math.max(ms, 1)) * 1000).toFixed(1)} charts/s`,
    `${count} findings`,
  )
}

function isOfChart(path: string): boolean {
  return /\.(ya?ml|json|tpl|txt|tgz)$/.test(path) && dirname(path) !== '.git'
}
