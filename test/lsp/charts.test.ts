import type { CodeLens, Hover, Location } from 'vscode-languageserver/node'
import { afterEach, expect, test } from 'vitest'
import { ROOT, startClient, type TestClient } from './client.ts'

const FILES = {
  'shop/Chart.yaml': 'apiVersion: v2\nname: shop\nversion: 1.0.0\n',
  'shop/values.yaml': 'level: info\nimage:\n  tag: "1.2"\nenv:\n  - name: A\n    value: a\n',
  'shop/values-prod.yaml': 'image:\n  tag: "1.3"\n',
  'shop/templates/_helpers.tpl': '{{- define "shop.labels" -}}\napp: {{ .Chart.Name }}\ntier: web\n{{- end }}\n',
  'shop/templates/pod.yaml': `apiVersion: v1
kind: Pod
metadata:
  name: web
  labels:
    {{- include "shop.labels" . | nindent 4 }}
spec:
  containers:
    - name: app
      image: "shop:{{ .Values.image.tag }}"
      env:
        - name: LEVEL
          value: {{ .Values.level }}
        {{- range .Values.env }}
        - name: {{ .name }}
          value: {{ .value }}
        {{- end }}
      {{- with .Values.none }}
      resources: {{ . }}
      {{- end }}
`,
}

const uri = (path: string): string => `${ROOT}/${path}`
const clients: TestClient[] = []
afterEach(() => {
  for (const client of clients.splice(0)) client.stop()
})

async function start(opened = 'shop/templates/pod.yaml', files: Readonly<Record<string, string>> = FILES): Promise<TestClient> {
  const client = await startClient(files)
  clients.push(client)
  await client.open(uri(opened))
  await client.diagnostics(uri(opened), () => true)
  return client
}

/** The place in front of the first `|` of a line that is in the file without it. */
function placeOf(path: keyof typeof FILES, marked: string) {
  const lines = FILES[path].split('\n')
  const line = lines.findIndex((each) => each.includes(marked.replace('|', '')))
  return {
    textDocument: { uri: uri(path) },
    position: { line, character: (lines[line]?.indexOf(marked.replace('|', '')) ?? 0) + marked.indexOf('|') },
  }
}

const pod = (marked: string) => placeOf('shop/templates/pod.yaml', marked)
const hoverAt = async (client: TestClient, marked: string): Promise<string> => {
  const hover = await client.request<Hover | null>('textDocument/hover', pod(marked))
  return hover && typeof hover.contents === 'object' && 'value' in hover.contents ? hover.contents.value : ''
}

test.each([
  [
    'a value that an environment overrides',
    '.Values.image.t|ag',
    'In `default`: `image.tag`: `"1.2"` set in `shop/values.yaml:3`\n\nIn `prod`: `image.tag`: `"1.3"` set in `shop/values-prod.yaml:2`, over `shop/values.yaml:3`',
  ],
  ['a value that all environments share, once', '.Values.lev|el', '`level`: `info` set in `shop/values.yaml:1`'],
  ['a field of an item of a loop', '{{ .val|ue }}', '`env.0.value`: `a` set in `shop/values.yaml:6`'],
  ['a value that nobody sets', '.Values.no|ne', '`none` is not set.'],
])('a hover tells %s', async (_, marked, expected) => {
  expect(await hoverAt(await start(), marked)).toContain(expected)
})

test('a hover on a map shows it', async () => {
  const files = { ...FILES, 'shop/values.yaml': FILES['shop/values.yaml'].replace('  tag:', '  name: shop\n  tag:') }
  expect(await hoverAt(await start('shop/templates/pod.yaml', files), '.Values.ima|ge.tag')).toContain(
    'In `default`: `image` set in `shop/values.yaml:3`:\n```yaml\nname: shop\ntag: "1.2"\n```',
  )
})

test('a hover on a line with an action shows what it renders to', async () => {
  const client = await start()
  expect(await hoverAt(client, '{{- inclu|de')).toContain('Renders to\n```yaml\n    app: shop\n    tier: web\n```')
  expect(await hoverAt(client, 'imag|e: "shop')).toContain('In `prod`: Renders to\n```yaml\n      image: "shop:1.3"\n```')
  expect(await hoverAt(client, 'ki|nd: Pod')).not.toContain('Renders to')
})

const targets = async (client: TestClient, marked: string) =>
  (await client.request<Location[]>('textDocument/definition', pod(marked))).map(({ uri: at, range }) => [
    at.slice(ROOT.length + 1),
    range.start.line,
    range.start.character,
  ])

test.each([
  [
    'a value to the lines that set it, one for each environment',
    '.Values.image.t|ag',
    [
      ['shop/values.yaml', 2, 7],
      ['shop/values-prod.yaml', 1, 7],
    ],
  ],
  ['a field of an item to the item', '{{ .na|me }}', [['shop/values.yaml', 4, 10]]],
  ['an include to the definition', 'include "shop.la|bels"', [['shop/templates/_helpers.tpl', 0, 11]]],
  ['a value that nobody sets nowhere', '.Values.no|ne', []],
])('go to definition leads from %s', async (_, marked, expected) => {
  expect(await targets(await start(), marked)).toEqual(expected)
})

test('a lens on a values file says what it leads to, and shows it', async () => {
  const client = await start('shop/values-prod.yaml')
  const lenses = await client.request<CodeLens[]>('textDocument/codeLens', { textDocument: { uri: uri('shop/values-prod.yaml') } })
  expect(lenses.map(({ command }) => command?.title)).toEqual([expect.stringMatching(/^prod: 1 object, \d+ findings?$/)])
  const view = await client.request<{ title: string; text: string; lines: { line: number; uri: string; from: { line: number } }[] }>(
    'kubeZeroTrust/view',
    lenses[0]?.command?.arguments?.[0],
  )
  expect(view.title).toBe('shop, prod (rendered).yaml')
  const lines = view.text.split('\n')
  expect(lines.slice(0, 8)).toEqual([
    '---',
    '# Source: shop/templates/pod.yaml',
    'apiVersion: v1',
    'kind: Pod',
    'metadata:',
    '  name: web',
    '  labels:',
    '    app: shop',
  ])
  const from = view.lines.map((each) => [lines[each.line]?.trim(), each.uri.slice(ROOT.length + 1), each.from.line])
  expect(from).toContainEqual(['image: "shop:1.3"', 'shop/templates/pod.yaml', 9])
  expect(from).toContainEqual(['value: info', 'shop/templates/pod.yaml', 12])
})

test('the charts are choices for the command', async () => {
  expect(await (await start()).request('kubeZeroTrust/choices', { parameter: 'chart' })).toEqual([
    { folder: ROOT, value: 'shop/Chart.yaml', label: 'shop, default', detail: 'shop/Chart.yaml' },
    { folder: ROOT, value: 'shop/Chart.yaml#prod', label: 'shop, prod', detail: 'shop/Chart.yaml#prod' },
  ])
})
