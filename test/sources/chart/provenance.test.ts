import { expect, test } from 'vitest'
import { parseYaml } from '../../../server/syntax/yaml/index.ts'
import { chartFiles } from './chart.ts'
import { faultsOf, mutations, render } from './provenance.ts'

const VALUES = `name: web
replicas: 2
image: {repository: app, tag: ""}
labels: {team: shop, tier: front}
env:
  - {name: A, value: a}
  - {name: B, value: b}
features: {metrics: true, debug: false, port: 9090}
text: "line {{ .Values.inner }}"
inner: deep
extra: {a: {b: 1}, c: [x, y]}
defaults: {level: info, limits: {cpu: 1, memory: 2}}
overrides: {level: debug}
suffix: prod
secret: password
unused: nothing
`

const TEMPLATE = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "app.name" . }}
  labels:
    {{- include "app.labels" (dict "extra" .Values.labels "root" $) | nindent 4 }}
  annotations:
    checksum: {{ toJson .Values.extra | sha256sum | trunc 12 }}
    upper: {{ .Values.suffix | upper | quote }}
    text: {{ tpl .Values.text . | quote }}
spec:
  replicas: {{ .Values.replicas | int }}
  template:
    spec:
      containers:
        - image: "{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}"
          env:
            {{- range .Values.env }}
            - name: {{ .name }}
              value: {{ printf "%s-%s" .value $.Values.suffix | quote }}
            {{- end }}
          {{- if .Values.features.metrics }}
          ports:
            - containerPort: {{ .Values.features.port }}
          {{- end }}
          {{- if and .Values.features.debug (not .Values.features.metrics) }}
          args: [debug]
          {{- end }}
      {{- $merged := merge (deepCopy .Values.overrides) .Values.defaults }}
      settings:
        {{- toYaml $merged | nindent 8 }}
      {{- with .Values.extra }}
      extra:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- $mode := ternary "on" "off" .Values.features.metrics }}
      mode: {{ $mode }}
      secret: {{ .Values.secret | b64enc }}
      list: {{ join "," (list .Values.name .Values.suffix) }}
`

const HELPERS = `{{- define "app.name" -}}
{{- if contains .Values.name .Release.Name }}{{ .Release.Name }}{{ else }}{{ printf "%s-%s" .Release.Name .Values.name | trunc 20 }}{{ end }}
{{- end }}
{{- define "app.labels" -}}
app: {{ include "app.name" .root }}
{{- range $key, $value := .extra }}
{{ $key }}: {{ $value | replace "o" "0" }}
{{- end }}
{{- end }}
`

test('change a value, and exactly the output that names it changes', () => {
  const files = chartFiles({ 'values.yaml': VALUES, 'templates/web.yaml': TEMPLATE, 'templates/_helpers.tpl': HELPERS })
  const values = files.get('app/values.yaml')
  if (!values) throw new Error('no values')
  const before = render(files, 'app')
  expect(before.failure).toBeUndefined()
  const unseen: string[] = []
  const all = mutations(values, { text: values.text, body: parseYaml(values.text).body })
  for (const { path, file } of all) {
    const after = render(new Map([...files, ['app/values.yaml', file]]), 'app')
    expect(after.failure).toBeUndefined()
    expect(faultsOf(before, after, 'app/values.yaml', path)).toEqual([])
    const [old, now] = [before, after].map(({ rendered }) => rendered.get('app/templates/web.yaml')?.text)
    if (old === now) unseen.push(path.join('.'))
  }
  expect(all.length).toBeGreaterThan(20)
  // Nothing shows these: no test of the others is empty.
  expect(unseen).toEqual(['features.debug', 'defaults.level', 'unused'])
})
