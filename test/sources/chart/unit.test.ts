import { createPatch } from 'diff'
import { describe, expect, test } from 'vitest'
import type { KubeObject } from '../../../server/model/object.ts'
import type { ObjectChange } from '../../../server/model/rule.ts'
import type { Path } from '../../../server/model/value.ts'
import { chartFrontEnd } from '../../../server/sources/chart/front-end.ts'
import { ChartUnit, evaluateChart } from '../../../server/sources/chart/unit.ts'
import type { Files, Rewriting } from '../../../server/sources/unit.ts'
import { applyEdits } from '../../../server/text/edit.ts'
import { chartFiles, packed } from './chart.ts'

type Texts = Readonly<Record<string, string>>

function unitOf(files: Files, values: readonly string[] = []): ChartUnit {
  return evaluateChart(
    files,
    { id: 'app/Chart.yaml', folder: 'app', release: 'app', values: values.map((path) => ({ path })), set: [] },
    undefined,
  )
}

function objectOf(unit: ChartUnit, kind: string, name?: string): KubeObject {
  const found = unit.objects.find((object) => object.kind === kind && (name === undefined || object.name === name))
  if (!found) throw new Error(`no ${kind}`)
  return found
}

const POD = `apiVersion: v1
kind: Pod
metadata:
  name: {{ include "app.fullname" . }}
  labels:
    {{- include "app.selector" . | nindent 4 }}
spec:
  hostNetwork: {{ .Values.host }}
  {{- with .Values.podSecurity }}
  securityContext:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  containers:
    - name: app
      image: "{{ .Values.image.name }}:{{ .Values.image.tag | default .Chart.AppVersion }}"
      {{- if .Values.probe }}
      livenessProbe: {httpGet: {port: 80}}
      {{- end }}
      securityContext:
        privileged: true
        runAsUser: {{ .Values.user | default 0 }}
      resources:
        {{- toYaml .Values.resources | nindent 8 }}
`
const HELPERS = `{{- define "app.fullname" -}}
{{ .Release.Name }}-web
{{- end }}
{{- define "app.selector" -}}
app: {{ .Chart.Name }}
release: {{ .Release.Name }}
{{- end }}
`
const VALUES = 'host: true\nimage:\n  name: app\n  tag: ""\nprobe: false\npodSecurity: {}\nresources:\n  limits:\n    cpu: 1\n'
const CHART: Texts = {
  'templates/pod.yaml': POD,
  'templates/_helpers.tpl': HELPERS,
  'values.yaml': VALUES,
  'values-prod.yaml': 'host: false\n',
}

describe('where a value is written', () => {
  const C = ['spec', 'containers', 0] as const
  const rows: readonly (readonly [string, Path, string, string])[] = [
    ['text of the template', [...C, 'securityContext', 'privileged'], 'templates/pod.yaml', 'true'],
    ['a value alone', ['spec', 'hostNetwork'], 'values.yaml', 'true'],
    ['a value in a list or map that is printed whole', [...C, 'resources', 'limits', 'cpu'], 'values.yaml', '1'],
    [
      'values and text together',
      [...C, 'image'],
      'templates/pod.yaml',
      '{{ .Values.image.name }}:{{ .Values.image.tag | default .Chart.AppVersion }}',
    ],
    ['a constant in an action', [...C, 'securityContext', 'runAsUser'], 'templates/pod.yaml', '0'],
    ['what a helper prints', ['metadata', 'name'], 'templates/pod.yaml', '{{ include "app.fullname" . }}'],
    ['what Chart.yaml says', ['metadata', 'labels', 'app'], 'templates/pod.yaml', '{{- include "app.selector" . | nindent 4 }}'],
    ['a key', ['spec', 'containers'], 'templates/pod.yaml', 'containers'],
  ]
  test.each(rows)('%s', (_, path, file, expected) => {
    const files = chartFiles(CHART)
    const unit = unitOf(files)
    const at = unit.locate(objectOf(unit, 'Pod'), path, path.at(-1) === 'containers' ? 'key' : 'value')
    expect(at?.file).toBe(`app/${file}`)
    expect(files.get(at?.file ?? '')?.text.slice(at?.span.start, at?.span.end)).toBe(expected)
  })

  test('the layer that wins', () => {
    const files = chartFiles(CHART)
    const unit = unitOf(files, ['app/values-prod.yaml'])
    expect(unit.locate(objectOf(unit, 'Pod'), ['spec', 'hostNetwork'], 'value')?.file).toBe('app/values-prod.yaml')
    expect(unit.origins(objectOf(unit, 'Pod'), ['spec', 'hostNetwork']).map(({ file, role }) => [file, role])).toEqual([
      ['app/values-prod.yaml', 'written'],
      ['app/values.yaml', 'contributes'],
      ['app/templates/pod.yaml', 'contributes'],
    ])
  })

  test('the key of a value that is not to be shown: where it was given, if it is one value alone', () => {
    const secret =
      'apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ndata:\n  a: {{ .Values.auth.password | b64enc }}\n  b: {{ print .Values.auth.password .Values.auth.salt | b64enc }}\n'
    const files = chartFiles({ 'templates/s.yaml': secret, 'values.yaml': 'auth:\n  password: hidden\n  salt: x\n' })
    const unit = unitOf(files)
    const key = (name: string) => {
      const at = unit.locate(objectOf(unit, 'Secret'), ['data', name], 'key')
      return [at?.file, files.get(at?.file ?? '')?.text.slice(at?.span.start, at?.span.end)]
    }
    expect(key('a')).toEqual(['app/values.yaml', 'password'])
    expect(key('b')).toEqual(['app/templates/s.yaml', 'b'])
  })

  test('the branch that keeps a value out, and the value that would open it', () => {
    const files = chartFiles(CHART)
    const unit = unitOf(files)
    const gates = unit.origins(objectOf(unit, 'Pod'), ['spec', 'containers', 0, 'livenessProbe'])
    expect(gates.map(({ file, span, role }) => [role, files.get(file)?.text.slice(span.start, span.end)])).toEqual([
      ['gate', 'false'],
      ['gate', '{{- if .Values.probe }}'],
    ])
  })

  test('what is in a package is at the line that brings it in', () => {
    const tgz = packed({
      'sub/Chart.yaml': 'apiVersion: v2\nname: sub\nversion: 1.0.0\n',
      'sub/templates/p.yaml': 'apiVersion: v1\nkind: Pod\nmetadata: {name: p}\n',
    })
    const chart =
      'apiVersion: v2\nname: app\nversion: 1.0.0\ndependencies:\n  - name: sub\n    version: 1.0.0\n    repository: https://example.com\n'
    const files = new Map([
      ...chartFiles({ 'Chart.yaml': chart }),
      ['app/charts/sub.tgz', { path: 'app/charts/sub.tgz', text: '', bytes: tgz }],
    ])
    const unit = unitOf(files)
    const at = unit.locate(objectOf(unit, 'Pod'), ['metadata', 'name'], 'value')
    expect([at?.file, chart.slice(at?.span.start, at?.span.end)]).toEqual(['app/Chart.yaml', 'sub'])
  })
})

/** The lines that a rewriting takes out and puts in, file by file. */
function diffOf(files: Files, { edits, created }: Rewriting): string {
  const changed = [...new Set(edits.map(({ file }) => file))].map((path) => {
    const text = files.get(path)?.text ?? ''
    const own = edits.filter(({ file }) => file === path).map((edit) => ({ ...edit.span, text: edit.text }))
    return [path, text, applyEdits(text, own)] as const
  })
  return [...changed, ...created.map(({ file, text }) => [file, '', text] as const)]
    .map(([path, before, after]) => {
      const lines = createPatch(path, before, after, '', '', { context: 0 }).split('\n').slice(4)
      return [path.replace('app/', ''), ...lines.filter((line) => /^[-+]/.test(line))].join('\n')
    })
    .join('\n')
}

type Stated = (unit: ChartUnit) => readonly ObjectChange[]

function rewritten(texts: Texts, stated: Stated, values: readonly string[] = []): string[] {
  const files = chartFiles(texts)
  const unit = unitOf(files, values)
  const result = unit.rewrite(stated(unit))
  return 'refused' in result ? [`refused: ${result.refused}`] : result.map((each) => diffOf(files, each))
}

const set =
  (path: Path, value: string | number | boolean | readonly string[] | Record<string, string>): Stated =>
  (unit) => [{ op: 'set', object: objectOf(unit, 'Pod'), path, value }]
const SC = ['spec', 'containers', 0, 'securityContext'] as const

describe('a change is written where a maintainer would', () => {
  const rows: readonly (readonly [string, Stated, string])[] = [
    ['in the value that decides', set(['spec', 'hostNetwork'], false), 'values.yaml\n-host: true\n+host: false'],
    [
      'in the text of the template',
      set([...SC, 'privileged'], false),
      'templates/pod.yaml\n-        privileged: true\n+        privileged: false',
    ],
    ['in the value that a default stands in for', set([...SC, 'runAsUser'], 1000), 'values.yaml\n+user: 1000'],
    [
      'in the map that is printed whole',
      set(['spec', 'containers', 0, 'resources', 'limits', 'memory'], '1Gi'),
      'values.yaml\n+    memory: 1Gi',
    ],
    [
      'in the empty map whose branch is closed',
      set(['spec', 'securityContext', 'runAsNonRoot'], true),
      'values.yaml\n-podSecurity: {}\n+podSecurity:\n+  runAsNonRoot: true',
    ],
    [
      'beside the text of the template',
      set([...SC, 'allowPrivilegeEscalation'], false),
      'templates/pod.yaml\n+        allowPrivilegeEscalation: false',
    ],
    [
      'in the part of a string that is a value',
      set(['spec', 'containers', 0, 'image'], 'app:3.0'),
      'values.yaml\n-  tag: ""\n+  tag: "3.0"',
    ],
  ]
  test.each(rows)('%s', (_, stated, expected) => {
    expect(rewritten(CHART, stated)[0]).toBe(expected)
  })

  test('for the environment that is asked about, or for all', () => {
    const texts = { ...CHART, 'values-prod.yaml': 'user: 1\n' }
    const ways = rewritten(texts, set(['spec', 'hostNetwork'], false), ['app/values-prod.yaml'])
    expect(ways).toEqual(['values-prod.yaml\n+host: false', 'values.yaml\n-host: true\n+host: false'])
  })

  test("under its key in the parent's values, for a subchart from elsewhere", () => {
    const texts = {
      'Chart.yaml':
        'apiVersion: v2\nname: app\nversion: 1.0.0\ndependencies:\n  - {name: sub, version: 1.0.0, repository: "https://example.com"}\n',
      'values.yaml': 'other: 1\n',
      'charts/sub/Chart.yaml': 'apiVersion: v2\nname: sub\nversion: 1.0.0\n',
      'charts/sub/values.yaml': 'host: true\n',
      'charts/sub/templates/p.yaml':
        'apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  hostNetwork: {{ .Values.host }}\n  hostPID: true\n',
    }
    expect(rewritten(texts, set(['spec', 'hostNetwork'], false))).toEqual(['values.yaml\n+sub:\n+  host: false'])
    expect(rewritten(texts, set(['spec', 'hostPID'], false))[0]).toMatch(/^refused: /)
  })
})

const policy =
  (labels: Record<string, string>, more: object = {}): Stated =>
  (unit) => [
    {
      op: 'create',
      beside: objectOf(unit, 'Pod'),
      body: {
        apiVersion: 'networking.k8s.io/v1',
        kind: 'NetworkPolicy',
        metadata: { name: 'app-web' },
        spec: { podSelector: { matchLabels: labels }, policyTypes: ['Ingress'], ...more },
      },
    },
  ]
const OWN = { app: 'app', release: 'app' }

describe('a new policy', () => {
  test('is a template with the names and labels of the chart', () => {
    expect(rewritten(CHART, policy(OWN))[0]).toBe(`templates/networkpolicy.yaml
+apiVersion: networking.k8s.io/v1
+kind: NetworkPolicy
+metadata:
+  name: {{ include "app.fullname" . }}
+  labels:
+    {{- include "app.selector" . | nindent 4 }}
+spec:
+  podSelector:
+    matchLabels:
+      {{- include "app.selector" . | nindent 6 }}
+  policyTypes:
+    - Ingress`)
  })

  test('is the one that the chart has, when a value switches it on', () => {
    const own = `{{- if .Values.networkPolicy.enabled }}\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: own}\nspec: {podSelector: {}, policyTypes: [Ingress]}\n{{- end }}\n`
    const texts = { ...CHART, 'templates/np.yaml': own, 'values.yaml': `${VALUES}networkPolicy:\n  enabled: false\n` }
    expect(rewritten(texts, policy(OWN))[0]).toBe('values.yaml\n-  enabled: false\n+  enabled: true')
  })

  test('is there when its pods are, and its rules when their peers are', () => {
    const cache = POD.replace('name: {{ include "app.fullname" . }}', 'name: {{ .Release.Name }}-cache').replace(
      '{{- include "app.selector" . | nindent 4 }}',
      'role: cache',
    )
    const texts = {
      ...CHART,
      'templates/cache.yaml': `{{- if .Values.cache.enabled }}\n${cache}{{- end }}\n`,
      'values.yaml': `${VALUES}cache: {enabled: true}\nnetworkPolicy: {enabled: true}\n`,
    }
    const [ofCache] = rewritten(texts, policy({ role: 'cache' }))
    expect(ofCache).toContain('+{{- if and .Values.cache.enabled .Values.networkPolicy.enabled }}')
    const [ofApp] = rewritten(
      texts,
      policy(OWN, {
        egress: [{ to: [{ podSelector: { matchLabels: { role: 'cache' } } }] }, { to: [{ podSelector: { matchLabels: OWN } }] }],
      }),
    )
    expect(ofApp).toContain('+{{- if .Values.networkPolicy.enabled }}')
    expect(ofApp).toContain(`+  egress:
+    {{- if .Values.cache.enabled }}
+    - to:
+        - podSelector:
+            matchLabels:
+              role: cache
+    {{- end }}
+    - to:`)
  })
})

describe('a rule that a value switches', () => {
  const texts = {
    ...CHART,
    'values.yaml': `${VALUES}networkPolicy:\n  allowAll: true\n`,
    'templates/np.yaml': `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: own}
spec:
  podSelector: {}
  policyTypes: [Egress]
  {{- if .Values.networkPolicy.allowAll }}
  egress:
    - {}
  {{- else }}
  egress:
    - ports: [{port: 53}]
  {{- end }}
`,
  }
  const off =
    (path: Path): Stated =>
    (unit) => [{ op: 'remove', object: objectOf(unit, 'NetworkPolicy'), path, switched: true }]

  test('is switched off', () => {
    expect(rewritten(texts, off(['spec', 'egress', 0]))).toEqual(['values.yaml\n-  allowAll: true\n+  allowAll: false'])
  })

  test('and one that is not is left alone', () => {
    expect(rewritten(texts, off(['spec', 'policyTypes', 0]))[0]).toMatch(/^refused: /)
  })
})

describe('the units of a chart', () => {
  const plan = (texts: Texts) => {
    const files = chartFiles(texts)
    return { files, plan: chartFrontEnd.plan(files, () => false) }
  }

  test('are one for its own values and one for each environment; tests and examples are none', () => {
    const texts = {
      ...CHART,
      'values/dev.yaml': '',
      'staging-values.yaml': '',
      'ci/x-values.yaml': '',
      'values-ci.yaml': '',
      'values.schema.yaml': '',
    }
    expect(plan(texts).plan.units.map(({ id, variant }) => [id, variant])).toEqual([
      ['app/Chart.yaml', 'default'],
      ['app/Chart.yaml#dev', 'dev'],
      ['app/Chart.yaml#prod', 'prod'],
      ['app/Chart.yaml#staging', 'staging'],
    ])
  })

  test('are none for a library that nobody uses, and that is said', () => {
    const { units, notEvaluated } = plan({ 'Chart.yaml': 'apiVersion: v2\nname: app\nversion: 1.0.0\ntype: library\n' }).plan
    expect(units).toEqual([])
    expect(notEvaluated.map(({ file }) => file)).toEqual(['app/Chart.yaml'])
  })

  test('say what is not judged: what renders nothing, what is missing, what the cluster may have', () => {
    const texts = {
      'Chart.yaml':
        'apiVersion: v2\nname: app\nversion: 1.0.0\ndependencies: [{name: db, version: 1.0.0, repository: "https://example.com"}]\n',
      'templates/off.yaml': '{{ if .Values.on }}\nkind: Pod\n{{ end }}',
      'templates/monitor.yaml':
        'kind: ConfigMap\napiVersion: v1\nmetadata: {name: a}\n{{ if .Capabilities.APIVersions.Has "example.com/v1" }}\n---\nkind: X\n{{ end }}',
    }
    const reasons = unitOf(plan(texts).files).notEvaluated.map(({ reason }) => reason)
    expect(reasons).toEqual([
      expect.stringContaining('The chart db is not in the workspace'),
      expect.stringContaining('`off.yaml` renders nothing'),
      expect.stringContaining('`example.com/v1`'),
    ])
  })

  test('know the kinds that they would make with other values', () => {
    const text =
      '{{ if .Values.on }}\nkind: Deployment\n{{ else }}\nkind: ConfigMap\napiVersion: v1\nmetadata: {name: a}\n{{ if .Values.more }}\n---\nkind: Role\n{{ end }}{{ end }}'
    expect([...unitOf(chartFiles({ 'templates/a.yaml': text })).unmade]).toEqual(['Deployment', 'Role'])
  })

  test('keep the objects that stay as they were', () => {
    const files = chartFiles({
      ...CHART,
      'templates/map.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {b: {{ .Values.c | quote }}}\n',
    })
    const before = unitOf(files)
    const values = { path: 'app/values.yaml', text: `${VALUES}c: x\n` }
    const after = evaluateChart(
      new Map([...files, [values.path, values]]),
      { id: 'app/Chart.yaml', folder: 'app', release: 'app', values: [], set: [] },
      before,
    )
    expect(objectOf(after, 'Pod')).toBe(objectOf(before, 'Pod'))
    expect(objectOf(after, 'ConfigMap')).not.toBe(objectOf(before, 'ConfigMap'))
  })

  test('leave open what only a cluster knows', () => {
    const text = 'apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData:\n  random: {{ randAlphaNum 12 }}\n  fixed: x\n'
    const unit = unitOf(chartFiles({ 'templates/s.yaml': text }))
    const data = (objectOf(unit, 'Secret').body as { stringData: Record<string, unknown> }).stringData
    expect(data['fixed']).toBe('x')
    expect(typeof data['random']).toBe('object')
  })
})

describe('what installs a chart here names its environments', () => {
  const application = (more: string, source = 'source'): string =>
    `apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: shop}\nspec:\n  ${source}:\n${more}`
  const release = (more: string): string =>
    `apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: shop}\nspec:\n  chart:\n    spec:\n      chart: ./app\n      sourceRef: {kind: GitRepository, name: git}\n${more}`
  const plan = (text: string, more: Texts = {}) => {
    const others = Object.entries({ 'deploy/shop.yaml': text, ...more }).map(([path, content]) => [path, { path, text: content }] as const)
    const files: Files = new Map([...chartFiles({ ...CHART, 'values-common.yaml': '' }), ...others])
    const { units, notEvaluated } = chartFrontEnd.plan(files, () => false)
    const found = units.map(({ id, variant, evaluate }) => {
      const unit = evaluate(files, undefined)
      return [
        id.replace('app/Chart.yaml', ''),
        variant,
        unit instanceof ChartUnit ? unit.values.map((path) => path.replace('app/', '')) : [],
      ]
    })
    return { units: found, notEvaluated: notEvaluated.map(({ reason }) => reason) }
  }
  const DEFAULT = ['', 'default', []]

  const rows: readonly (readonly [string, string, Texts, readonly unknown[]])[] = [
    [
      'an Application of Argo CD, the last file first of all',
      application('    path: app\n    helm: {valueFiles: [values-common.yaml, values-prod.yaml]}\n'),
      {},
      [DEFAULT, ['#prod', 'prod', ['values-common.yaml', 'values-prod.yaml']]],
    ],
    [
      'files elsewhere in the repository, by the name of the object',
      application('    path: ./app\n    helm: {valueFiles: [../env/eu/values.yaml, /env/all.yaml]}\n'),
      { 'env/eu/values.yaml': '', 'env/all.yaml': '' },
      [
        DEFAULT,
        ['#common', 'common', ['values-common.yaml']],
        ['#prod', 'prod', ['values-prod.yaml']],
        ['#shop', 'shop', ['env/eu/values.yaml', 'env/all.yaml']],
      ],
    ],
    [
      'several sources, one for the values',
      application('    - {repoURL: a, path: app, helm: {valueFiles: ["$v/env/all.yaml"]}}\n    - {repoURL: b, ref: v}\n', 'sources'),
      { 'env/all.yaml': '' },
      [
        DEFAULT,
        ['#common', 'common', ['values-common.yaml']],
        ['#prod', 'prod', ['values-prod.yaml']],
        ['#shop', 'shop', ['env/all.yaml']],
      ],
    ],
    [
      'a HelmRelease of Flux',
      release('      valuesFiles: [app/values-common.yaml, app/values-prod.yaml]\n'),
      {},
      [DEFAULT, ['#prod', 'prod', ['values-common.yaml', 'values-prod.yaml']]],
    ],
    [
      'a chart that is not here',
      application('    path: other\n    helm: {valueFiles: [values-prod.yaml]}\n'),
      {},
      [DEFAULT, ['#common', 'common', ['values-common.yaml']], ['#prod', 'prod', ['values-prod.yaml']]],
    ],
  ]
  test.each(rows)('%s', (_, text, more, expected) => {
    expect(plan(text, more)).toEqual({ units: expected, notEvaluated: [] })
  })

  test.each([
    [
      application('    path: app\n    helm: {valueFiles: [none.yaml]}\n'),
      'Application shop installs the chart app with a values file that is not in the workspace',
    ],
    [release('  valuesFrom: [{kind: Secret, name: a}]\n'), 'HelmRelease shop installs the chart app with values that are in the cluster'],
  ])('what is not in the workspace is not guessed: %#', (text, reason) => {
    expect(plan(text).notEvaluated).toEqual([`${reason}: what it renders to there is not judged.`])
    expect(plan(text).units.map(([id]) => id)).toEqual(['', '#common', '#prod'])
  })

  const inlineRows: readonly (readonly [string, string, string])[] = [
    ['of a HelmRelease', release('  values:\n    host: false\n    user: 7\n'), 'false'],
    ['of an Application', application('    path: app\n    helm:\n      valuesObject:\n        host: false\n        user: 7\n'), 'false'],
  ]
  test.each(inlineRows)('values in the text %s have their place there, and are changed there', (_, text, written) => {
    const files: Files = new Map([...chartFiles(CHART), ['deploy/shop.yaml', { path: 'deploy/shop.yaml', text }]])
    const unit = chartFrontEnd
      .plan(files, () => false)
      .units.find(({ variant }) => variant === 'shop')
      ?.evaluate(files, undefined)
    if (!(unit instanceof ChartUnit)) throw new Error('no unit')
    const pod = objectOf(unit, 'Pod')
    expect(pod.name).toBe('shop-web')
    const at = unit.locate(pod, ['spec', 'hostNetwork'], 'value')
    expect([at?.file, text.slice(at?.span.start, at?.span.end)]).toEqual(['deploy/shop.yaml', written])
    const result = unit.rewrite([{ op: 'set', object: pod, path: ['spec', 'containers', 0, 'securityContext', 'runAsUser'], value: 8 }])
    expect('refused' in result ? result.refused : diffOf(files, result[0] ?? { edits: [], created: [], suffix: '' })).toMatch(
      /^deploy\/shop\.yaml\n-( +)user: 7\n\+\1user: 8$/,
    )
  })

  test('values in a text inside a text, and parameters, count as they should', () => {
    const text = application(
      '    path: app\n    helm:\n      releaseName: r\n      values: |\n        user: 7\n        host: false\n      parameters: [{name: image.tag, value: "9", forceString: true}]\n',
    )
    const files: Files = new Map([...chartFiles(CHART), ['deploy/shop.yaml', { path: 'deploy/shop.yaml', text }]])
    const unit = chartFrontEnd
      .plan(files, () => false)
      .units.find(({ variant }) => variant === 'shop')
      ?.evaluate(files, undefined)
    if (!(unit instanceof ChartUnit)) throw new Error('no unit')
    expect(objectOf(unit, 'Pod').body).toMatchObject({
      metadata: { name: 'r-web' },
      spec: { hostNetwork: false, containers: [{ image: 'app:9', securityContext: { runAsUser: 7 } }] },
    })
  })
})
