import type { CodeLens, Hover } from 'vscode-languageserver/node'
import { afterEach, expect, test } from 'vitest'
import { ROOT, startClient, type TestClient } from './client.ts'

const FILES = {
  'base/kustomization.yaml': 'resources:\n  - pod.yaml\n',
  'base/pod.yaml': `apiVersion: v1
kind: Pod
metadata:
  name: app
spec:
  containers:
    - name: app
      image: app:1.2
`,
  'overlays/prod/kustomization.yaml': `namespace: shop
resources:
  - ../../base
images:
  - name: app
    newTag: "1.3"
configMapGenerator:
  - name: settings
    files: [settings.ignored.yaml]
`,
  'overlays/staging/kustomization.yaml': 'namespace: shop\nresources:\n  - ../../base\n',
}

const uri = (path: string): string => `${ROOT}/${path}`
const clients: TestClient[] = []
afterEach(() => {
  for (const client of clients.splice(0)) client.stop()
})

async function start(files: Readonly<Record<string, string>>, opened: string): Promise<TestClient> {
  const client = await startClient(files)
  clients.push(client)
  await client.open(uri(opened))
  await client.diagnostics(uri(opened), () => true)
  return client
}

const lenses = async (client: TestClient, path: string): Promise<readonly CodeLens[]> =>
  client.request('textDocument/codeLens', { textDocument: { uri: uri(path) } })
const titles = (found: readonly CodeLens[]): unknown[] => found.map(({ command }) => command?.title)

interface Shown {
  readonly title: string
  readonly text: string
  readonly lines: readonly { readonly line: number; readonly uri: string; readonly from: { readonly line: number } }[]
}

test('a lens says what a kustomization builds and opens it, and each line leads to who wrote it', async () => {
  const client = await start(FILES, 'overlays/staging/kustomization.yaml')
  const [lens, ...others] = await lenses(client, 'overlays/staging/kustomization.yaml')
  expect(others).toEqual([])
  expect(lens?.command?.title).toMatch(/^staging: 1 object, \d+ findings$/)
  expect(lens?.command?.command).toBe('kubeZeroTrust.openView')

  const view = await client.request<Shown>('kubeZeroTrust/view', lens?.command?.arguments?.[0])
  expect({ title: view.title, text: view.text }).toEqual({
    title: 'overlays/staging (built).yaml',
    text: `apiVersion: v1
kind: Pod
metadata:
  name: app
  namespace: shop
spec:
  containers:
  - image: app:1.2
    name: app
`,
  })
  const lines = view.text.split('\n')
  const from = view.lines.map((each) => [lines[each.line]?.trim(), each.uri.slice(ROOT.length + 1), each.from.line])
  expect(from).toContainEqual(['namespace: shop', 'overlays/staging/kustomization.yaml', 0])
  expect(from).toContainEqual(['- image: app:1.2', 'base/pod.yaml', 7])
})

test('the lenses of a base name the builds that use it', async () => {
  const client = await start(FILES, 'base/kustomization.yaml')
  expect(titles(await lenses(client, 'base/kustomization.yaml'))).toEqual([
    expect.stringMatching(/^prod: 2 objects, /),
    expect.stringMatching(/^staging: 1 object, /),
  ])
  expect(titles(await lenses(client, 'base/pod.yaml'))).not.toContainEqual(expect.stringContaining('finding'))
})

test('the lenses of a base of many builds stay few', async () => {
  const overlays = Object.fromEntries([1, 2, 3, 4, 5].map((i) => [`o/${i}/kustomization.yaml`, 'resources: [../../base]']))
  const client = await start({ ...FILES, ...overlays }, 'base/kustomization.yaml')
  const found = titles(await lenses(client, 'base/kustomization.yaml'))
  expect(found).toHaveLength(4)
  expect(found.at(-1)).toBe('and 4 other builds')
})

test('the builds are choices for the command', async () => {
  const client = await start(FILES, 'base/kustomization.yaml')
  expect(await client.request('kubeZeroTrust/choices', { parameter: 'kustomization' })).toEqual([
    { folder: ROOT, value: 'overlays/prod/kustomization.yaml', label: 'prod', detail: 'overlays/prod/kustomization.yaml' },
    { folder: ROOT, value: 'overlays/staging/kustomization.yaml', label: 'staging', detail: 'overlays/staging/kustomization.yaml' },
  ])
  expect(await client.request('kubeZeroTrust/view', { folder: ROOT, view: 'build', parameters: { unit: 'gone' } })).toBe(null)
})

test('a hover on a value tells the layers that have a say in it', async () => {
  const client = await start(FILES, 'base/pod.yaml')
  const hover = await client.request<Hover>('textDocument/hover', {
    textDocument: { uri: uri('base/pod.yaml') },
    position: { line: 7, character: 16 },
  })
  expect(hover.contents).toEqual({
    kind: 'markdown',
    value: expect.stringContaining('Set by `overlays/prod/kustomization.yaml`: `"1.3"`; also written by `base/pod.yaml`: `app:1.2`'),
  })
})

test('what a build asks for is read although the workspace does not list it, and a missing file is a problem at its entry', async () => {
  const path = 'overlays/prod/kustomization.yaml'
  const listed = await start({ ...FILES, 'overlays/prod/settings.ignored.yaml': 'a: b' }, path)
  await listed.until(() => listed.published.get(uri(path))?.diagnostics.length === 0)
  expect(titles(await lenses(listed, path))).toEqual([expect.stringMatching(/^prod: 2 objects, /)])

  const missing = await start(FILES, path)
  const [problem] = await missing.diagnostics(uri(path), (diagnostics) => diagnostics.length > 0)
  expect(problem).toMatchObject({ message: expect.stringContaining('settings.ignored.yaml'), range: { start: { line: 8 } } })
})
