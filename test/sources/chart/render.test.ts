import { describe, expect, test } from 'vitest'
import { renderChart } from '../../../server/sources/chart/render.ts'
import { chartFiles, output, packed, printed, rendered } from './chart.ts'

const chart = (name: string, more = ''): string => `apiVersion: v2\nname: ${name}\nversion: 1.0.0\n${more}`
/** A subchart that prints its values. */
const sub = (values: string, folder = 'charts/sub', name = 'sub'): Record<string, string> => ({
  [`${folder}/Chart.yaml`]: chart(name),
  [`${folder}/values.yaml`]: values,
  [`${folder}/templates/v.txt`]: '{{ toJson .Values }}',
})
const valuesOf = (files: Readonly<Record<string, string>>, options = {}, name = 'app/charts/sub/templates/v.txt'): unknown => {
  const { rendered: texts, failure } = rendered(files, options)
  const text = texts.get(name)?.text
  return text === undefined ? (failure?.message ?? 'not rendered') : JSON.parse(text)
}

describe('values', () => {
  test.each([
    ['maps are merged, all else is replaced', 'm: {a: 1, b: 2}\nl: [1, 2]', 'm: {b: 3}\nl: [9]', { m: { a: 1, b: 3 }, l: [9] }],
    ['a null takes a default away', 'a: {b: 1, c: 2}', 'a: {b: null}', { a: { c: 2 } }],
    ['a null for what has no default stays', '', 'a: null', { a: null }],
    ['words for yes and no are booleans, as keys too', 'a: yes\noff: on', '', { a: true, false: true }],
    ['anchors are followed', 'a: &x {b: 1}\nc: {<<: *x, d: 2}', '', { a: { b: 1 }, c: { b: 1, d: 2 } }],
  ])('%s', (_, values, given, expected) => {
    expect(
      valuesOf({ 'values.yaml': values, 'templates/v.txt': '{{ toJson .Values }}' }, { values: given }, 'app/templates/v.txt'),
    ).toEqual(expected)
  })

  test.each([
    ['a.b=1', { a: { b: 1 } }],
    ['a=1.5,b=true,c=null,d=007', { a: '1.5', b: true, c: null, d: '007' }],
    ['l={x,y},m[1].n=2', { l: ['x', 'y'], m: [null, { n: 2 }] }],
    ['a\\.b=x\\,y', { 'a.b': 'x,y' }],
    ['a=', { a: '' }],
  ])('--set %s', (text, expected) => {
    const files = { 'templates/v.txt': '{{ toJson .Values }}' }
    expect(valuesOf(files, { set: [{ kind: 'set', text }] }, 'app/templates/v.txt')).toEqual(expected)
  })
})

describe('subcharts', () => {
  const depends = (more: string): string => chart('app', `dependencies:\n- {name: sub, version: 1.0.0, ${more}}\n`)

  test("the parent's values win, and globals go down", () => {
    const files = { ...sub('a: 1\nb: 1\nglobal: {x: 1}'), 'values.yaml': 'sub: {b: 2}\nglobal: {z: 2}' }
    expect(valuesOf(files)).toEqual({ a: 1, b: 2, global: { x: 1, z: 2 } })
    expect(valuesOf(files, { values: 'sub: {b: 3}' })).toMatchObject({ b: 3 })
  })

  test.each([
    ['condition: sub.enabled', 'sub: {enabled: false}', false],
    ['condition: sub.enabled', 'sub: {enabled: true}', true],
    ['condition: "x.there,sub.enabled"', 'x: {there: true}\nsub: {enabled: false}', true],
    ['tags: [t]', 'tags: {t: false}', false],
    ['tags: [t], condition: sub.enabled', 'tags: {t: false}\nsub: {enabled: true}', true],
    ['condition: sub.none', '', true],
  ])('with %s and %j is it there: %s', (declared, values, there) => {
    const { rendered: texts } = rendered({ ...sub('a: 1'), 'Chart.yaml': depends(declared), 'values.yaml': values })
    expect(texts.has('app/charts/sub/templates/v.txt')).toBe(there)
  })

  test('an alias is its name, and the key of its values', () => {
    const files = { ...sub('a: 1'), 'Chart.yaml': depends('alias: other'), 'values.yaml': 'other: {a: 2}\nsub: {a: 3}' }
    expect(valuesOf(files, {}, 'app/charts/other/templates/v.txt')).toMatchObject({ a: 2 })
  })

  test.each([
    ['[data]', 'exports: {data: {x: 1}}', { x: 1 }],
    ['[{child: a.b, parent: c}]', 'a: {b: {x: 1}}', { c: { x: 1 } }],
  ])('imports of values %s', (imports, values, expected) => {
    const files = { ...sub(values), 'Chart.yaml': depends(`import-values: ${imports}`), 'templates/p.txt': '{{ toJson .Values }}' }
    expect(valuesOf(files, {}, 'app/templates/p.txt')).toMatchObject(expected)
  })

  test('a library gives its definitions, and renders nothing', () => {
    const files = {
      'Chart.yaml': depends(''),
      'charts/sub/Chart.yaml': chart('sub', 'type: library\n'),
      'charts/sub/templates/_a.tpl': '{{ define "lib" }}from {{ .Chart.Name }}{{ end }}',
      'charts/sub/templates/b.yaml': 'kind: Never',
      'templates/x.txt': '{{ include "lib" . }}',
    }
    const { rendered: texts } = rendered(files)
    expect([...texts].map(([name, { text }]) => [name, text])).toEqual([['app/templates/x.txt', 'from app']])
  })

  test('one that is declared and missing stops Helm, and is told of when charts are judged', () => {
    const files = { 'Chart.yaml': depends(''), 'templates/a.yaml': 'kind: A\napiVersion: v1\n' }
    expect(printed(files)).toMatch(/^Error: .*missing in charts\/ directory: sub$/)
    const lenient = rendered(files, { lenient: true })
    expect(lenient.missing.map(({ dependency }) => dependency.name)).toEqual(['sub'])
    expect(lenient.documents).toHaveLength(1)
  })

  test('one in a package is read, and what is no package is said to be none', () => {
    const tgz = packed({ 'sub/Chart.yaml': chart('sub'), 'sub/values.yaml': 'a: 1', 'sub/templates/v.txt': '{{ toJson .Values }}' })
    const packages = (bytes: Uint8Array) =>
      new Map([...chartFiles({}), ['app/charts/sub.tgz', { path: 'app/charts/sub.tgz', text: '', bytes }]])
    const options = { helm: 3, release: { name: 'rel', namespace: 'ns' } } as const
    const good = renderChart(packages(tgz), 'app', options)
    expect(good.rendered.get('app/charts/sub/templates/v.txt')?.text).toBe('{"a":1,"global":{}}')
    expect(good.chart?.dependencies[0]?.packaged).toBe(true)
    expect(renderChart(packages(new Uint8Array([1, 2, 3])), 'app', options).failure?.location?.file).toBe('app/charts/sub.tgz')
  })
})

describe('templates of a chart', () => {
  test('are printed in the order in which kinds are installed, hooks last', () => {
    const object = (kind: string, more = ''): string => `apiVersion: v1\nkind: ${kind}\nmetadata:\n  name: ${kind.toLowerCase()}\n${more}`
    const text = printed({
      'templates/a.yaml': `${object('Deployment')}---\n${object('Zebra')}---\n\n`,
      'templates/b.yaml': object('Service'),
      'templates/c.yaml': object('Job', '  annotations: {helm.sh/hook: pre-install}\n'),
      'templates/NOTES.txt': 'kind: Notes',
      'templates/_p.yaml': 'kind: Partial',
      'crds/d.yaml': object('CustomResourceDefinition'),
    })
    expect(text.match(/^kind: .*$/gm)).toEqual(['kind: Service', 'kind: Deployment', 'kind: Zebra', 'kind: Job'])
  })

  test('the definition of the shallower file wins, and of two beside each other that of the first', () => {
    const files = {
      'templates/x.txt': '{{ include "n" . }}',
      'templates/_b.tpl': '{{ define "n" }}b{{ end }}',
      'templates/_a.tpl': '{{ define "n" }}a{{ end }}',
      'templates/deep/_a.tpl': '{{ define "n" }}deep{{ end }}',
    }
    expect(rendered(files).rendered.get('app/templates/x.txt')?.text).toBe('a')
  })

  test.each([
    ['{{ .Files.Get "a.txt" }}', 'one\ntwo\n'],
    ['{{ .Files.Get "none" }}', ''],
    ['{{ range $p, $_ := .Files.Glob "d/*.{txt,md}" }}{{ $p }} {{ end }}', 'd/b.txt d/c.md '],
    ['{{ (.Files.Glob "d/b.*").AsConfig }}', 'b.txt: b'],
    ['{{ (.Files.Glob "d/b.*").AsSecrets }}', 'b.txt: Yg=='],
    ['{{ range .Files.Lines "a.txt" }}<{{ . }}>{{ end }}', '<one><two>'],
    ['{{ .Files.Get "values.yaml" }}{{ .Files.Get "ignored.txt" }}', ''],
  ])('%s reads files of the chart', (template, expected) => {
    const files = {
      'a.txt': 'one\ntwo\n',
      'd/b.txt': 'b',
      'd/c.md': 'c',
      'd/e/f.txt': 'f',
      'ignored.txt': 'x',
      '.helmignore': 'ignored.txt\n',
    }
    const { rendered: texts } = rendered({ ...files, 'templates/x.txt': template })
    expect(texts.get('app/templates/x.txt')?.text).toBe(expected)
  })

  test.each([
    ['{{ .Release.Name }} {{ .Release.Namespace }} {{ .Release.IsInstall }} {{ .Release.Service }}', 'rel ns true Helm'],
    ['{{ .Chart.Name }} {{ .Chart.Version }} {{ .Chart.AppVersion }} {{ .Template.BasePath }}', 'app 1.0.0 2.1 app/templates'],
    ['{{ .Capabilities.APIVersions.Has "apps/v1" }} {{ .Capabilities.APIVersions.Has "monitoring.coreos.com/v1" }}', 'true false'],
    ['{{ .Capabilities.KubeVersion.Major }} {{ semverCompare ">=1.30-0" .Capabilities.KubeVersion.Version }}', '1 true'],
    ['{{ (lookup "v1" "Secret" "a" "b").data }}', ''],
  ])('%s is what they are told', (template, expected) => {
    expect(output(template)).toBe(expected)
  })

  test('a schema is held against the values, and asks no server', () => {
    const schema = (more: object): string => JSON.stringify({ type: 'object', properties: { a: { type: 'integer' } }, ...more })
    const files = { 'values.yaml': 'a: x', 'templates/a.yaml': 'kind: A' }
    expect(printed({ ...files, 'values.schema.json': schema({}) })).toMatch(/^Error: values don't meet the specifications of the schema/)
    expect(printed({ ...files, 'values.yaml': 'a: 1', 'values.schema.json': schema({ $ref: 'https://example.com/x.json' }) })).toContain(
      'kind: A',
    )
  })

  test('one that fails does not take the others with it when charts are judged', () => {
    const { documents, problems } = rendered(
      { 'templates/bad.yaml': 'a: {{ .Values.a.b }}', 'templates/good.yaml': 'kind: A\napiVersion: v1\n' },
      { lenient: true },
    )
    expect(documents.map(({ template }) => template)).toEqual(['app/templates/good.yaml'])
    expect(problems.map(({ message, location }) => [message, location?.file])).toEqual([
      [expect.stringContaining('nil pointer evaluating interface {}.b'), 'app/templates/bad.yaml'],
    ])
  })

  test('`required` and `fail` stop nothing when charts are judged', () => {
    const text = 'kind: A\napiVersion: v1\nb: {{ required "name b" .Values.b }}\n{{ fail "never" }}'
    const { documents, problems } = rendered({ 'templates/a.yaml': text }, { lenient: true })
    expect(documents).toHaveLength(1)
    expect(problems.map(({ message }) => message)).toEqual([expect.stringContaining('name b'), expect.stringContaining('never')])
  })
})
