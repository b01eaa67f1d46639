import { describe, expect, test } from 'vitest'
import { filesAfter } from '../../../server/analysis/fix.ts'
import type { KubeObject } from '../../../server/model/object.ts'
import { get, type Path } from '../../../server/model/value.ts'
import { planWorkspace } from '../../../server/sources/front-end.ts'
import { FRONT_ENDS } from '../../../server/sources/index.ts'
import { evaluateKustomization } from '../../../server/sources/kustomize/unit.ts'
import { build, builtBodies, filesOf, type Texts } from './build.ts'

const CHART: Texts = {
  'charts/web/Chart.yaml': 'apiVersion: v2\nname: web\nversion: 1.0.0\n',
  'charts/web/values.yaml': 'replicas: 1\nimage:\n  name: nginx\n  tag: "1"\n',
  'charts/web/crds/things.yaml':
    'apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata:\n  name: things.example.com\nspec: {}\n',
  'charts/web/templates/web.yaml': `
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}
  labels: { in: "{{ .Release.Namespace }}" }
spec:
  replicas: {{ .Values.replicas }}
  template:
    spec:
      containers:
        - name: app
          image: "{{ .Values.image.name }}:{{ .Values.image.tag }}"
`,
  'charts/web/templates/notes.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: notes\ndata:\n  a: |\n    text',
  'charts/web/templates/test.yaml':
    'apiVersion: v1\nkind: Pod\nmetadata:\n  name: test\n  annotations: { helm.sh/hook: test }\nspec: { containers: [] }\n',
}

const entry = (more: string): Texts => ({ ...CHART, 'kustomization.yaml': `helmCharts:\n  - name: web\n    releaseName: shop\n${more}` })
const names = (texts: Texts): string[] => build(texts).objects.map(({ id }) => `${id.kind} ${id.namespace}/${id.name}`)
const deployment = (texts: Texts) => builtBodies(build(texts)).find((body) => get(body, 'kind') === 'Deployment')

describe('a chart of the workspace', () => {
  test('is rendered in Helm’s order, and a last line keeps its end', () => {
    expect(names(entry(''))).toEqual(['ConfigMap /notes', 'Deployment /shop', 'Pod /test'])
    expect(get(builtBodies(build(entry('')))[0], 'data', 'a')).toBe('text\n')
    expect(build(entry('')).problems).toEqual([])
  })

  test.each<[string, string, string[]]>([
    [
      'includeCRDs',
      '    includeCRDs: true\n',
      ['CustomResourceDefinition /things.example.com', 'ConfigMap /notes', 'Deployment /shop', 'Pod /test'],
    ],
    ['skipTests', '    skipTests: true\n', ['ConfigMap /notes', 'Deployment /shop']],
    ['skipHooks', '    skipHooks: true\n', ['ConfigMap /notes', 'Deployment /shop']],
    ['a prefix', 'namePrefix: a-\n', ['ConfigMap /a-notes', 'Deployment /a-shop', 'Pod /a-test']],
  ])('%s', (_, more, expected) => {
    expect(names(entry(more))).toEqual(expected)
  })

  test('is released into the namespace that is said, or into that of the kustomization', () => {
    const namespace = (more: string) => get(deployment(entry(more)), 'metadata', 'labels', 'in')
    expect(namespace('')).toBe('default')
    expect(namespace('namespace: shop\n')).toBe('shop')
    expect(namespace('    namespace: own\nnamespace: shop\n')).toBe('own')
  })

  test.each<[string, string, Texts, unknown, unknown]>([
    ['the values of the chart', '', {}, 1, 'nginx:1'],
    ['inline values over them', '    valuesInline:\n      image:\n        tag: "2"\n', {}, 1, 'nginx:2'],
    ['inline values below them', '    valuesInline: { replicas: 5, image: { tag: "2" } }\n    valuesMerge: merge\n', {}, 1, 'nginx:1'],
    ['a values file', '    valuesFile: my.yaml\n', { 'my.yaml': 'replicas: 3\n' }, 3, 'nginx:1'],
    [
      'inline values over a values file, and more files over both',
      '    valuesFile: my.yaml\n    additionalValuesFiles: [more.yaml]\n    valuesInline: { replicas: 4, image: { tag: "2" } }\n',
      { 'my.yaml': 'replicas: 3\n', 'more.yaml': 'image: { tag: "7" }\n' },
      4,
      'nginx:7',
    ],
  ])('%s', (_, more, files, replicas, image) => {
    const object = deployment({ ...entry(more), ...files })
    expect(get(object, 'spec', 'replicas')).toBe(replicas)
    expect(get(object, 'spec', 'template', 'spec', 'containers', 0, 'image')).toBe(image)
  })

  test.each<[string, Texts, string, string | undefined]>([
    ['on a server is counted', { 'kustomization.yaml': 'helmCharts: [{name: x, repo: "https://example.com"}]' }, 'on a server', undefined],
    ['that is missing is a problem', { 'kustomization.yaml': 'helmCharts: [{name: x}]' }, 'is missing', 'There is no chart in "charts/x"'],
  ])('%s', (_, texts, reason, problem) => {
    const { notEvaluated, problems, incomplete } = build(texts)
    expect(notEvaluated.map((each) => each.reason)).toEqual([expect.stringContaining(reason)])
    expect(problems.map(({ message }) => message)).toEqual(problem ? [expect.stringContaining(problem)] : [])
    expect(incomplete).toBe(true)
  })

  test('that Helm refuses is a problem at its entry and at its place, and the rest is built', () => {
    const texts = { ...entry(''), 'charts/web/templates/bad.yaml': 'a: {{ fail "no" }}' }
    const { problems, objects } = build(texts)
    expect(problems.map(({ file }) => file)).toEqual(['kustomization.yaml', 'charts/web/templates/bad.yaml'])
    expect(objects).toHaveLength(3)
  })
})

describe('what a chart renders', () => {
  const files = filesOf(entry('    valuesInline:\n      image: { tag: "2" }\n'))
  const unit = evaluateKustomization(files, 'kustomization.yaml', undefined)
  const object = unit.objects.find(({ kind }) => kind === 'Deployment') as KubeObject
  const CONTAINER: Path = ['spec', 'template', 'spec', 'containers', 0]
  const text = (path: Path): string => {
    const at = unit.locate(object, path, 'value')
    return at ? `${at.file}: ${files.get(at.file)?.text.slice(at.span.start, at.span.end)}` : ''
  }

  test('knows its places in templates and values', () => {
    expect(object.file).toBe('charts/web/templates/web.yaml')
    expect(text(['kind'])).toBe('charts/web/templates/web.yaml: Deployment')
    expect(text(['spec', 'replicas'])).toBe('charts/web/values.yaml: 1')
    const tag = unit.locateWithin(object, [...CONTAINER, 'image'], { start: 6, end: 7 })
    expect(tag && [tag.file, files.get(tag.file)?.text.slice(tag.span.start, tag.span.end)]).toEqual(['kustomization.yaml', '2'])
  })

  test('is found from its template', () => {
    const offset = files.get('charts/web/templates/web.yaml')?.text.indexOf('name: app') ?? 0
    expect(unit.at('charts/web/templates/web.yaml', offset + 7)).toMatchObject({ path: [...CONTAINER, 'name'] })
    expect(unit.reads).toContain('charts/web/')
  })

  test('is changed by a patch, never in the template', () => {
    const change = { op: 'set', object, path: [...CONTAINER, 'securityContext'], value: { privileged: false } } as const
    const result = unit.rewrite([change])
    if ('refused' in result) throw new Error(result.refused)
    expect(result).toHaveLength(1)
    for (const { edits, created } of result) {
      expect([...edits, ...created].filter(({ file }) => file.startsWith('charts/'))).toEqual([])
      const after = filesAfter(files, [{ edits, created }])
      const built = after && evaluateKustomization(after, 'kustomization.yaml', undefined)
      const changed = built?.objects.find(({ kind }) => kind === 'Deployment')
      expect(get(changed?.body, ...CONTAINER, 'securityContext', 'privileged')).toBe(false)
    }
  })
})

test('a chart that a kustomization renders is not judged on its own; others are', () => {
  const other = { 'other/Chart.yaml': CHART['charts/web/Chart.yaml'] ?? '', 'other/templates/kustomization.yaml': 'resources: [{{ x }}]' }
  const { units } = planWorkspace(filesOf({ ...entry(''), ...other }), FRONT_ENDS)
  expect(units.map(({ id }) => id)).toEqual(['kustomization.yaml', 'other/Chart.yaml'])
})
