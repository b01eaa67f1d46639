import { expect, test } from 'vitest'
import { cli } from './command-line.ts'

const BASE = {
  '/w/base/kustomization.yaml': 'resources: [map.yaml]',
  '/w/base/map.yaml': 'kind: ConfigMap\napiVersion: v1\nmetadata: {name: app}\ndata:\n  b: "1"\n  a: x\n',
}
const FILES = {
  ...BASE,
  '/w/prod/kustomization.yaml': `resources: [../base]
namePrefix: prod-
configMapGenerator:
  - name: page
    files: [index.html]
`,
  '/w/prod/index.html': '<h1>Hello</h1>\n',
}
const BUILT = `apiVersion: v1
data:
  a: x
  b: "1"
kind: ConfigMap
metadata:
  name: prod-app
---
apiVersion: v1
data:
  index.html: |
    <h1>Hello</h1>
kind: ConfigMap
metadata:
  name: prod-page-785dk69hhh
`

test.each(['prod', 'prod/', 'prod/kustomization.yaml', './prod', '/w/prod'])('render %s prints the build', async (path) => {
  const { code, stdout, stderr } = await cli(`render ${path}`, FILES)
  expect(stderr).toBe('')
  expect(stdout.replace(/-[a-z0-9]{10}\n/, '-785dk69hhh\n')).toBe(BUILT)
  expect(code).toBe(0)
})

test('bases above the folder that the command runs in are found', async () => {
  expect((await cli('render .', FILES, { cwd: '/w/prod' })).stdout).toContain('name: prod-app\n')
})

test('a chart of the folder is read whole and rendered', async () => {
  const files = {
    '/w/kustomization.yaml': 'helmCharts: [{name: app, releaseName: a}]',
    '/w/charts/app/Chart.yaml': 'apiVersion: v2\nname: app\nversion: 1.0.0\n',
    '/w/charts/app/values.yaml': 'mode: x\n',
    '/w/charts/app/templates/map.yaml':
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: "{{ .Release.Name }}"}\ndata: {mode: {{ .Values.mode }}}\n',
  }
  const { stdout, stderr } = await cli('render .', files)
  expect({ stdout, stderr }).toEqual({ stdout: 'apiVersion: v1\ndata:\n  mode: x\nkind: ConfigMap\nmetadata:\n  name: a\n', stderr: '' })
})

test('what kubectl would stop for is told, and the rest is printed', async () => {
  const files = { ...BASE, '/w/kustomization.yaml': 'resources:\n  - base\n  - missing.yaml\n  - https://example.com/all.yaml\n' }
  const { code, stdout, stderr } = await cli('render .', files)
  expect(code).toBe(1)
  expect(stdout).toContain('name: app\n')
  expect(stderr).toMatch(/^kustomization\.yaml:3:5: error: .*missing\.yaml/m)
  expect(stderr).toMatch(/^kustomization\.yaml: .*example\.com/m)
})

test.each([
  ['render', 'Name one folder with a chart or a kustomization, or a packed chart.'],
  ['render prod base', 'Name one folder with a chart or a kustomization, or a packed chart.'],
  ['render empty', 'There is no kustomization and no chart in empty.'],
  ['render nope', 'There is no file or folder nope.'],
  ['render prod --set a=b', '--set is for charts, and there is none in prod.'],
])('%s is bad usage', async (argv, message) => {
  const { code, stdout, stderr } = await cli(argv, { ...FILES, '/w/empty/a.txt': '' })
  expect({ code, stdout, stderr }).toEqual({ code: 2, stdout: '', stderr: `kube-zero-trust: ${message}\n` })
})

test('an audit reads what a build asks for, and no more', async () => {
  const files = { ...FILES, '/w/.gitignore': 'base', '/w/.git/HEAD': '', '/w/other.html': '' }
  const { disk, stderr } = await cli('audit', files)
  expect(disk.reads).toEqual(expect.arrayContaining(['/w/prod/index.html', '/w/base/map.yaml']))
  expect(disk.reads).not.toContain('/w/other.html')
  expect(stderr).not.toContain('base')
})

const CHART = {
  '/w/app/Chart.yaml': 'apiVersion: v2\nname: app\nversion: 1.0.0\n',
  '/w/app/values.yaml': 'mode: x\nextra: 1\n',
  '/w/app/templates/map.yaml':
    'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}\ndata:\n  mode: {{ .Values.mode | quote }}\n',
  '/w/app/templates/NOTES.txt': 'Thank you.\n',
  '/w/prod.yaml': 'mode: prod\n',
}
const rendered = (name: string, mode: string) =>
  `---\n# Source: app/templates/map.yaml\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\ndata:\n  mode: "${mode}"\n`

test.each([
  ['render app', rendered('release-name', 'x')],
  ['render app/ --release r -f prod.yaml', rendered('r', 'prod')],
  ['render app -f prod.yaml --set mode=y --helm-version 4', rendered('release-name', 'y')],
  ['render app --set-string mode=1', rendered('release-name', '1')],
])('%s prints what helm template does', async (argv, expected) => {
  expect(await cli(argv, CHART)).toMatchObject({ code: 0, stdout: expected, stderr: '' })
})

test('the provenance of a chart is a line for each value, the one that decides first', async () => {
  const { stdout } = await cli('render app -f prod.yaml --provenance', CHART)
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(lines.find(({ path }) => path === 'data.mode')).toMatchObject({
    value: 'prod',
    origins: [
      { at: 'prod.yaml:1:7', role: 'written' },
      { at: 'app/values.yaml:1:7', role: 'contributes' },
      { at: 'app/templates/map.yaml:6:9', role: 'contributes' },
    ],
  })
})

test('a chart that fails prints what Helm says, and nothing else', async () => {
  const files = { ...CHART, '/w/app/templates/map.yaml': '{{ required "mode is missing" .Values.none }}' }
  const { code, stdout, stderr } = await cli('render app', files)
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toMatch(/^Error: execution error at \(app\/templates\/map\.yaml:1:3\): mode is missing\n$/)
})
