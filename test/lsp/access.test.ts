import type { CodeLens } from 'vscode-languageserver/node'
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

async function start(opened: string, files: Readonly<Record<string, string>> = FILES): Promise<TestClient> {
  const client = await startClient(files)
  clients.push(client)
  await client.open(uri(opened))
  await client.diagnostics(uri(opened), () => true)
  return client
}

test('a hover says what an account may do, who grants it, what it leads to, and who uses it', async () => {
  const client = await start('web.yaml')
  const text = await client.hover(uri('web.yaml'), 'ServiceAccount\n')
  expect(text).toContain('ServiceAccount `shop/web` may\n')
  expect(text).toContain('- read services in the whole cluster, by ClusterRole reader')
  expect(text).toContain('- run pods as any ServiceAccount in the whole cluster')
  expect(text).toContain('Used by Pod `web`.')
  const pod = await client.hover(uri('web.yaml'), 'kind: Pod', 7)
  expect(pod).toContain('Runs as ServiceAccount `web`.\n\nServiceAccount `shop/web` may\n')
  expect(pod).not.toContain('Used by')
})

test('a hover says why no narrower rule is offered for everything', async () => {
  const client = await start('rbac.yaml', { 'rbac.yaml': rbac(role('all', '* * *'), role('pods', '* core pods')) })
  expect(await client.hover(uri('rbac.yaml'), "verbs: ['*']")).toContain('because it is about every resource of every group')
  expect(await client.hover(uri('rbac.yaml'), "apiGroups: ['']")).not.toContain('narrower')
})

test('a hover says who has a role, and what a binding gives to whom', async () => {
  const client = await start('rbac.yaml')
  expect(await client.hover(uri('rbac.yaml'), 'ClusterRole\n')).toContain('Bound to ServiceAccount `shop/web` and Group `devs`.')
  expect(await client.hover(uri('rbac.yaml'), 'RoleBinding')).toContain('Lets ServiceAccount `shop/web` and Group `devs`\n- ')
  expect(await client.hover(uri('rbac.yaml'), "name: 'devs'")).toContain('Group `devs` may\n')
})

test('lenses say who has a role, and lead to its holders, permissions and attack paths', async () => {
  const client = await start('web.yaml')
  const lenses = async (path: string): Promise<readonly CodeLens[]> =>
    (await client.codeLens(uri(path))).filter(({ command }) => !/every pod|outside: /.test(command?.title ?? ''))
  const [path, account] = await lenses('web.yaml')
  expect(path?.command?.title).toBe('attack path from outside to the whole cluster')
  expect(account?.command?.title).toBe('used by 1 workload, can run pods as any ServiceAccount in the whole cluster')
  const [role] = await lenses('rbac.yaml')
  expect(role?.command?.title).toBe('bound to 2 subjects: high, they can run pods as any ServiceAccount')

  const holders = await client.view(role?.command?.arguments?.[0])
  expect(holders?.title).toBe('Who has reader.md')
  expect(holders?.text).toContain(
    '- RoleBinding `shop/readers` ([rbac.yaml:10](rbac.yaml#L10)), in shop:\n  - ServiceAccount `shop/web`\n  - Group `devs`',
  )
  const permissions = await client.view(account?.command?.arguments?.[0])
  expect(permissions?.title).toBe('Permissions of ServiceAccount shop web.md')
  expect(permissions?.text).toContain('# What ServiceAccount `shop/web` may do\n\n- **get, list, watch, create** pods in the whole cluster')
  expect(permissions?.text).toContain('  - ClusterRoleBinding `everywhere` ([rbac.yaml:16](rbac.yaml#L16)) binds ClusterRole `reader`')
  expect(permissions?.text).toContain('### With that it can\n\n- run pods as any ServiceAccount in the whole cluster: high')
  const paths = await client.view(path?.command?.arguments?.[0])
  expect(paths?.title).toBe('Attack paths.md')
  expect(paths?.text).toContain('```mermaid\nflowchart LR')
  expect(paths?.text).toContain(
    '### Pod `shop/web` to the whole cluster\n\n1. from outside through Service `web` ([web.yaml:4](web.yaml#L4))\n2. ',
  )
  expect(paths?.text).toContain('**Cut it** at [rbac.yaml:')
})

test('who can do something, by choices', async () => {
  const client = await start('web.yaml')
  const values = async (parameter: string): Promise<string[]> => (await client.choices(parameter)).map(({ value }) => value)
  expect(await values('verb')).toContain('get')
  expect(await values('resource')).toEqual(expect.arrayContaining(['services', 'pods/exec', 'deployments.apps']))
  expect(await values('subject')).toContain('ServiceAccount/shop/web')
  expect(await values('namespace')).toEqual(['', 'shop'])
  const whoCan = async (parameters: Record<string, string>): Promise<string | undefined> =>
    (await client.view({ folder: `${ROOT}/`, view: 'who-can', parameters }))?.text
  const anywhere = await whoCan({ verb: 'create', resource: 'pods', namespace: '' })
  expect(anywhere).toContain('# Who can `create pods`')
  expect(anywhere).toContain(
    '- **Group `devs`**\n  - in shop: RoleBinding `shop/readers` ([rbac.yaml:10](rbac.yaml#L10)) binds ClusterRole `reader`',
  )
  const inShop = await whoCan({ verb: 'create', resource: 'pods', namespace: 'shop' })
  expect(inShop).toContain('# Who can `create pods in shop`')
  expect(await whoCan({ verb: 'create', resource: 'pods', namespace: 'other' })).not.toContain('Group `devs`')
  expect(await whoCan({ verb: 'create', resource: 'nodes', namespace: 'shop' })).toContain(
    '# Who can `create nodes`\n\n- **Group `system:masters`**',
  )
})

test('what names of objects hold is shown and not obeyed', async () => {
  const name = '![x](b)'
  const files = { 'rbac.yaml': rbac(role(`shop/${name}`, 'get core pods'), binding('shop/a', `shop/${name}`, `Group ${name}`)) }
  const client = await start('rbac.yaml', files)
  const text = await client.hover(uri('rbac.yaml'), 'RoleBinding')
  expect(text).toContain(`Lets Group \`${name}\`\n- get pods in shop, by Role \\!\\[x\\](b)`)
})

test('environments that differ are named', async () => {
  const files = {
    'base/kustomization.yaml': 'resources: [account.yaml]',
    'base/account.yaml': 'apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: ci, namespace: shop}\n',
    'overlays/dev/kustomization.yaml': 'resources: [../../base, rbac.yaml]',
    'overlays/dev/rbac.yaml': rbac(role('shop/r', 'get core pods'), binding('shop/b', 'shop/r', 'ServiceAccount shop/ci')),
    'overlays/prod/kustomization.yaml': 'resources: [../../base]',
  }
  const client = await start('base/account.yaml', files)
  expect((await client.codeLens(uri('base/account.yaml'))).map(({ command }) => command?.title)).toEqual([
    'dev: used by 0 workloads, what it may do',
    'prod: used by 0 workloads, may do nothing of its own',
  ])
  const text = await client.hover(uri('base/account.yaml'), 'ServiceAccount')
  expect(text).toContain('In dev:\n\nServiceAccount `shop/ci` may\n- get pods in shop, by Role r')
  expect(text).toContain('In prod:\n\nServiceAccount `shop/ci` may do nothing of its own')
})
