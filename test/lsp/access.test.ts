import type { CodeLens, Hover } from 'vscode-languageserver/node'
import { afterEach, expect, test } from 'vitest'
import { binding, rbac, role } from '../model/access/files.ts'
import { ROOT, startClient, type TestClient } from './client.ts'

const WEB = `apiVersion: v1
kind: Service
metadata: { namespace: shop, name: web }
spec: { type: LoadBalancer, selector: { app: web }, ports: [{ port: 80 }] }
---
apiVersion: v1
kind: Pod
metadata: { namespace: shop, name: web, labels: { app: web } }
spec: { serviceAccountName: web, containers: [{ name: a, image: b }] }
---
apiVersion: v1
kind: ServiceAccount
metadata: { namespace: shop, name: web }
`
const FILES = {
  'rbac.yaml': rbac(
    role('reader', 'get,list,watch core pods,services', 'create core pods'),
    binding('shop/readers', 'reader', 'ServiceAccount web', 'Group devs'),
    binding('everywhere', 'reader', 'ServiceAccount shop/web'),
  ),
  'web.yaml': WEB,
}

const uri = (path: string): string => `${ROOT}/${path}`
const clients: TestClient[] = []
afterEach(() => {
  for (const client of clients.splice(0)) client.stop()
})

async function start(opened: string): Promise<TestClient> {
  const client = await startClient(FILES)
  clients.push(client)
  await client.open(uri(opened))
  await client.diagnostics(uri(opened), () => true)
  return client
}

async function hover(client: TestClient, path: keyof typeof FILES, text: string): Promise<string> {
  const lines = FILES[path].split('\n')
  const line = lines.findIndex((each) => each.includes(text))
  const character = lines[line]?.indexOf(text) ?? 0
  const found = await client.request<Hover | null>('textDocument/hover', {
    textDocument: { uri: uri(path) },
    position: { line, character: character + 1 },
  })
  const contents = found?.contents
  return contents !== undefined && typeof contents === 'object' && 'value' in contents ? contents.value : ''
}

test('a hover says what an account may do, who grants it, what it leads to, and who uses it', async () => {
  const client = await start('web.yaml')
  const text = await hover(client, 'web.yaml', 'ServiceAccount')
  expect(text).toContain('**ServiceAccount shop/web** may')
  expect(text).toContain('- read services in the whole cluster, by ClusterRole reader')
  expect(text).toContain('- run pods as any ServiceAccount in the whole cluster')
  expect(text).toContain('Used by Pod `web`')
  expect(await hover(client, 'web.yaml', 'Pod')).toContain('**ServiceAccount shop/web** may')
})

test('a hover says who has a role, and what a binding gives to whom', async () => {
  const client = await start('rbac.yaml')
  expect(await hover(client, 'rbac.yaml', 'ClusterRole')).toContain('Bound to ServiceAccount shop/web, Group devs')
  expect(await hover(client, 'rbac.yaml', 'RoleBinding')).toContain('Lets ServiceAccount shop/web, Group devs')
  expect(await hover(client, 'rbac.yaml', "name: 'devs'")).toContain('**Group devs** may')
})

test('lenses say who has a role, and lead to permissions and attack paths', async () => {
  const client = await start('web.yaml')
  const lenses = async (path: string): Promise<readonly CodeLens[]> =>
    (await client.codeLens(uri(path))).filter(({ command }) => !/every pod|outside: /.test(command?.title ?? ''))
  const titles = (await lenses('web.yaml')).map(({ command }) => command?.title)
  expect(titles).toEqual(['attack path from outside', 'used by 1 workload, what it may do'])
  expect((await lenses('rbac.yaml')).map(({ command }) => command?.title)).toEqual([
    'bound to 2 subjects: they can run pods as any ServiceAccount',
  ])
  const [path, account] = await lenses('web.yaml')
  const shown = await client.request<{ text: string; lines: readonly { uri: string }[] }>(
    'kubeZeroTrust/view',
    account?.command?.arguments?.[0],
  )
  expect(shown.text).toContain('ServiceAccount shop/web may')
  expect(shown.lines.map(({ uri }) => uri)).toContain(uri('rbac.yaml'))
  const paths = await client.request<{ title: string; text: string }>('kubeZeroTrust/view', path?.command?.arguments?.[0])
  expect(paths.title).toBe('Attack paths.md')
  expect(paths.text).toContain('```mermaid\nflowchart LR')
})

test('who can do something, by choices', async () => {
  const client = await start('web.yaml')
  const choices = (parameter: string): Promise<readonly { value: string }[]> => client.request('kubeZeroTrust/choices', { parameter })
  expect((await choices('verb')).map(({ value }) => value)).toContain('get')
  expect((await choices('resource')).map(({ value }) => value)).toContain('services')
  expect((await choices('subject')).map(({ value }) => value)).toContain('ServiceAccount/shop/web')
  const view = await client.request<{ title: string; text: string }>('kubeZeroTrust/view', {
    folder: `${ROOT}/`,
    view: 'who-can',
    parameters: { verb: 'create', resource: 'pods' },
  })
  expect(view.text).toContain('These can create pods:')
  expect(view.text).toContain('Group devs')
})
