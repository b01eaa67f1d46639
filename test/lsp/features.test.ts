import type { CodeLens } from 'vscode-languageserver'
import { afterEach, describe, expect, test } from 'vitest'
import { ROOT, startClient, type TestClient } from './client.ts'

const workload = (name: string, namespace = 'shop', more = ''): string => `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
  namespace: ${namespace}
spec:
  selector:
    matchLabels: {app: ${name}}
  template:
    metadata:
      labels: {app: ${name}}
    spec:
${more}      containers:
        - name: ${name}
          image: ${name}:1
          ports:
            - {name: http, containerPort: 8080}
`

const NETWORK = {
  'cart.yaml': workload('cart'),
  'web.yaml': `${workload('web')}---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec:
  type: LoadBalancer
  selector: {app: web}
  ports: [{port: 80, targetPort: 8080}]
`,
  'job.yaml': workload('job'),
  'policy.yaml': `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: cart, namespace: shop}
spec:
  podSelector:
    matchLabels: {app: cart}
  policyTypes: [Ingress, Egress]
  ingress:
    - from:
        - podSelector:
            matchLabels: {app: web}
      ports: [{port: http}]
`,
}

const uri = (path: string): string => `${ROOT}/${path}`
const clients: TestClient[] = []
afterEach(() => {
  for (const client of clients.splice(0)) client.stop()
})

async function start(files: Readonly<Record<string, string>>, ...opened: string[]): Promise<TestClient> {
  const client = await startClient(files)
  clients.push(client)
  for (const path of opened) {
    await client.open(uri(path))
    await client.diagnostics(uri(path), () => true)
  }
  return client
}

const titles = async (client: TestClient, path: string): Promise<unknown[]> =>
  (await client.codeLens(uri(path))).map(({ command }) => command?.title)

describe('who can reach whom', () => {
  test('lenses say who reaches a workload, whom it reaches, and what opens it', async () => {
    const client = await start(NETWORK, 'cart.yaml', 'web.yaml', 'policy.yaml')
    expect(await titles(client, 'cart.yaml')).toEqual(['reached by 1 workload', 'reaches 0 workloads'])
    expect(await titles(client, 'web.yaml')).toEqual([
      'open to every pod',
      'reaches 2 workloads, the internet',
      'from outside: Service web',
    ])
    expect(await titles(client, 'policy.yaml')).toEqual(['selects 1 workload, adds 1 connection'])
  })

  test('a lens opens a table of connections with links to the policies', async () => {
    const client = await start(NETWORK, 'cart.yaml', 'policy.yaml')
    const [lens] = await client.codeLens(uri('cart.yaml'))
    expect(lens?.command?.command).toBe('kubeZeroTrust.openView')
    const view = await client.view(lens?.command?.arguments?.[0])
    expect(view?.title).toBe('Connections of cart.md')
    expect(view?.text).toContain('### Reached by\n\n| Who | On | |\n| --- | --- | --- |\n| `web` | TCP 8080 |  |\n')
    expect(view?.text).toContain('- NetworkPolicy `shop/cart` ([policy.yaml:3](policy.yaml#L3))')
    const [selects] = await client.codeLens(uri('policy.yaml'))
    expect((await client.view(selects?.command?.arguments?.[0]))?.text).toContain('- Deployment `shop/cart` ([cart.yaml:4](cart.yaml#L4))')
  })

  test('a hover on a workload tells both directions and the ways in, and elsewhere in it nothing', async () => {
    const client = await start(NETWORK, 'cart.yaml', 'web.yaml')
    expect(await client.hover(uri('cart.yaml'), 'Deployment')).toContain(
      'Reached by `web` on TCP 8080.  \nReaches nothing.  \nSelected by NetworkPolicy `cart`.',
    )
    expect(await client.hover(uri('web.yaml'), 'name: web', 7)).toContain(
      'Reached by `job` and new pods in `shop` on every port. No policy limits its ingress.  \nReaches `cart` on TCP 8080; `job`, the API server, the cluster DNS and new pods in `shop` on every port; the internet on every port. No policy limits its egress.  \nReached from outside through Service `web` on TCP 8080.',
    )
    expect(await client.hover(uri('cart.yaml'), 'containerPort')).not.toContain('Reached')
  })

  test('a hover on a policy tells whom it selects, and on a rule what it allows and what would close without it', async () => {
    const client = await start(NETWORK, 'policy.yaml')
    expect(await client.hover(uri('policy.yaml'), 'NetworkPolicy')).toContain(
      'Selects 1 workload: `cart`.  \nIngress: allows `web` on TCP 8080; what no policy allows is closed.  \nEgress: allows nothing; what no other policy allows is closed.',
    )
    expect(await client.hover(uri('policy.yaml'), 'app: web')).toContain(
      'This rule allows `web` on TCP 8080.  \nRemoving it would close `web` → `cart` on TCP 8080.',
    )
  })

  test('environments that differ are named', async () => {
    const deny = NETWORK['policy.yaml'].replace(/ {2}ingress:[\s\S]*/, '')
    const client = await start(
      {
        'base/kustomization.yaml': 'resources: [cart.yaml, web.yaml]',
        'base/cart.yaml': NETWORK['cart.yaml'],
        'base/web.yaml': workload('web'),
        'overlays/dev/kustomization.yaml': 'resources: [../../base]',
        'overlays/prod/kustomization.yaml': 'resources: [../../base, policy.yaml]',
        'overlays/prod/policy.yaml': deny,
      },
      'base/cart.yaml',
    )
    expect(await titles(client, 'base/cart.yaml')).toEqual([
      'dev: open to every pod',
      'dev: reaches every pod, the internet',
      'prod: reached by 0 workloads',
      'prod: reaches 0 workloads',
    ])
    expect(await client.hover(uri('base/cart.yaml'), 'Deployment')).toContain('In prod:  \nReached by no pod.')
  })

  test('a pod on the network of its node is none of those that a policy lets in, and one of every pod', async () => {
    const files = { ...NETWORK, 'agent.yaml': workload('agent', 'b', '      hostNetwork: true\n') }
    const client = await start(files, 'cart.yaml', 'job.yaml')
    expect(await titles(client, 'cart.yaml')).toEqual(['reached by 1 workload', 'reaches 0 workloads'])
    expect(await client.hover(uri('job.yaml'), 'Deployment')).toMatch(
      /^Reached by `b\/agent`, `web` and new pods in `b` and `shop` on every port\./,
    )
  })

  test('what labels leave open is possible', async () => {
    const policy = NETWORK['policy.yaml'].replace(
      '- podSelector:\n            matchLabels: {app: web}',
      '- namespaceSelector: {matchLabels: {team: a}}',
    )
    const client = await start({ ...NETWORK, 'other.yaml': workload('other', 'b'), 'policy.yaml': policy }, 'cart.yaml', 'policy.yaml')
    expect(await titles(client, 'cart.yaml')).toEqual(['possibly reached by every pod', 'reaches 0 workloads'])
    expect(await client.hover(uri('policy.yaml'), 'NetworkPolicy')).toContain('Ingress: allows possibly every pod on TCP 8080')
  })

  test.each([
    [
      'policy.networking.k8s.io/v1alpha1',
      'AdminNetworkPolicy',
      '{priority: 1, subject: {namespaces: {}}, ingress: [{action: Deny, from: [{namespaces: {}}]}]}',
      'selects 3 workloads',
      'Ingress: denies every pod on every port',
    ],
    [
      'projectcalico.org/v3',
      'GlobalNetworkPolicy',
      "{selector: app == 'cart', types: [Ingress], ingress: [{action: Allow, source: {selector: app == 'web'}}]}",
      'selects 1 workload, adds 1 connection',
      'Ingress: allows `shop/web` on every port; what no policy allows is closed',
    ],
    [
      'cilium.io/v2',
      'CiliumNetworkPolicy',
      '{endpointSelector: {matchLabels: {app: cart}}, ingress: [{fromEndpoints: [{matchLabels: {app: web}}]}]}',
      'selects 1 workload, adds 1 connection',
      'Ingress: allows `web` on every port; what no policy allows is closed',
    ],
    [
      'security.istio.io/v1',
      'AuthorizationPolicy',
      '{selector: {matchLabels: {app: cart}}, action: DENY, rules: [{to: [{operation: {ports: ["8080"]}}]}]}',
      'possibly selects 1 workload',
      'Ingress: denies',
    ],
    [
      'networking.k8s.io/v1',
      'NetworkPolicy',
      '{podSelector: {matchLabels: {app: crat}}}',
      'selects no workload of these files',
      'Selects no workload of these files.',
    ],
    [
      'networking.k8s.io/v1',
      'NetworkPolicy',
      '{podSelector: {}, policyTypes: [ingress]}',
      'selects 3 workloads',
      'The API server refuses it: it is not in force.',
    ],
  ])('%s %s %s', async (apiVersion, kind, spec, title, hover) => {
    const policy = `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: {name: p, namespace: shop}\nspec: ${spec}\n`
    const client = await start({ ...NETWORK, 'policy.yaml': policy }, 'policy.yaml')
    expect(await titles(client, 'policy.yaml')).toEqual([title])
    expect(await client.hover(uri('policy.yaml'), kind)).toContain(hover)
  })

  test.each([
    [
      'shop/web',
      'shop/cart',
      '8080',
      [
        '# `Deployment shop/web` to `Deployment shop/cart`',
        '**Allowed** on TCP 8080.',
        'Allowed by\n\n- ingress rule 1 of NetworkPolicy shop/cart ([policy.yaml:9](policy.yaml#L9)): TCP 8080',
        'Without ingress rule 1 of NetworkPolicy shop/cart it would be closed',
        'No policy isolates Deployment shop/web for egress',
      ],
    ],
    [
      'job',
      'cart',
      '',
      [
        '**Denied**.',
        'Isolated by\n\n- NetworkPolicy shop/cart ([policy.yaml:3](policy.yaml#L3))',
        'Allow ingress from Deployment shop/job',
      ],
    ],
    ['shop/web', 'shop/cart', 'udp/53', ['**Denied** on UDP 53.']],
    ['apps/Deployment/shop/cart', 'internet', '443', ['### `Deployment shop/cart` may not send it']],
    ['fresh/shop', 'shop/web', '', ['# `a new pod in shop` to `Deployment shop/web`', '**Allowed** on every port.']],
    ['shop/web', 'shop/cart', 'http', ['`http` is no port']],
  ])('explains %s to %s on port "%s"', async (from, to, port, expected) => {
    const client = await start(NETWORK, 'cart.yaml')
    const view = await client.view({ folder: ROOT, view: 'explain', parameters: { from, to, port } })
    for (const text of expected) expect(view?.text).toContain(text)
  })

  test('what can be asked about is offered', async () => {
    const client = await start(NETWORK, 'cart.yaml')
    const labels = async (parameter: string): Promise<string[]> => (await client.choices(parameter)).map(({ label }) => label)
    expect(await labels('sender')).toEqual(['shop/cart', 'shop/job', 'shop/web', 'a new pod in shop', 'the internet'])
    expect(await labels('receiver')).toEqual(['shop/cart', 'shop/job', 'shop/web', 'the API server', 'the cluster DNS', 'the internet'])
    expect(await client.view({ folder: ROOT, view: 'explain', parameters: { from: 'gone', to: 'shop/cart', port: '' } })).toBe(null)
  })
})

describe('what an edit does to connections', () => {
  const impact = async (client: TestClient, path: string): Promise<readonly CodeLens[]> =>
    (await client.codeLens(uri(path))).filter(({ command }) => command?.title.startsWith('since it was saved'))
  const opened = NETWORK['policy.yaml'].replace('{app: web}', '{}').replace('name: cart, ', 'name: cart,  ')

  test('is said above what was edited, with the list behind it, until it is saved', async () => {
    const client = await start(NETWORK, 'policy.yaml')
    expect(await impact(client, 'policy.yaml')).toEqual([])
    await client.change(uri('policy.yaml'), opened)
    const [lens, ...others] = await impact(client, 'policy.yaml')
    expect(others).toEqual([])
    expect(lens?.command?.title).toBe('since it was saved: opens 1 connection')
    expect(lens?.range.start.line).toBe(1)
    expect((await client.view(lens?.command?.arguments?.[0]))?.text).toContain('### Opened (1)\n\n- `shop/job` to `shop/cart` on TCP 8080')
    client.folders[ROOT]?.files.set('policy.yaml', opened)
    await client.notify('workspace/didChangeWatchedFiles', { changes: [{ uri: uri('policy.yaml'), type: 2 }] })
    await client.diagnostics(uri('policy.yaml'), () => true)
    expect(await impact(client, 'policy.yaml')).toEqual([])
    await client.change(uri('policy.yaml'), NETWORK['policy.yaml'])
    expect((await impact(client, 'policy.yaml'))[0]?.command?.title).toBe('since it was saved: closes 1 connection')
  })

  test('counts what comes and goes with objects and with the outside', async () => {
    const client = await start(NETWORK, 'policy.yaml')
    await client.change(uri('policy.yaml'), NETWORK['policy.yaml'].replace('Ingress, Egress', 'Ingress'))
    const [lens] = await impact(client, 'policy.yaml')
    expect(lens?.command?.title).toBe('since it was saved: opens 5 connections')
    const view = await client.view(lens?.command?.arguments?.[0])
    for (const text of ['`shop/cart` to `shop/web`', '`shop/cart` to the cluster DNS', '`shop/cart` to addresses outside the cluster'])
      expect(view?.text).toContain(text)
  })

  test('is said of a patch too, where no object begins', async () => {
    const { 'policy.yaml': policy, 'cart.yaml': cart, 'web.yaml': web } = NETWORK
    const patch = `${policy.slice(0, policy.indexOf('  ingress:'))}  ingress: []\n`
    const kustomization = 'resources: [policy.yaml, cart.yaml, web.yaml]\npatches: [{path: patch.yaml}]\n'
    const client = await start(
      { 'policy.yaml': policy, 'cart.yaml': cart, 'web.yaml': web, 'patch.yaml': patch, 'kustomization.yaml': kustomization },
      'patch.yaml',
    )
    await client.change(uri('patch.yaml'), patch.replace('ingress: []', 'ingress: [{}]'))
    const [lens] = await impact(client, 'patch.yaml')
    expect(lens?.command?.title).toBe('since it was saved: opens 2 connections')
  })

  test('is not said of edits that change none or are half done, and can be switched off', async () => {
    const client = await start(NETWORK, 'policy.yaml', 'cart.yaml')
    await client.change(uri('policy.yaml'), NETWORK['policy.yaml'].replace('podSelector:\n', 'podSelector: {\n'))
    expect(await impact(client, 'policy.yaml')).toEqual([])
    await client.change(uri('cart.yaml'), NETWORK['cart.yaml'].replace('cart:1', 'cart:2'))
    expect(await impact(client, 'cart.yaml')).toEqual([])
    await client.change(uri('policy.yaml'), opened)
    expect(await impact(client, 'cart.yaml')).toEqual([])
    client.settings = { lenses: { impact: false } }
    await client.notify('workspace/didChangeConfiguration', { settings: {} })
    await client.request('kubeZeroTrust/rulePage', { rule: 'any' })
    expect(await impact(client, 'policy.yaml')).toEqual([])
  })
})

test('lenses of each part can be switched off, also while the editor runs', async () => {
  const client = await start(NETWORK, 'cart.yaml')
  expect(await titles(client, 'cart.yaml')).not.toEqual([])
  client.settings = { lenses: { network: false, access: 'off' } }
  await client.notify('workspace/didChangeConfiguration', { settings: {} })
  await client.request('kubeZeroTrust/rulePage', { rule: 'any' })
  expect(await titles(client, 'cart.yaml')).toEqual([])
  expect(await client.hover(uri('cart.yaml'), 'Deployment')).toContain('Reached by')
})

test.each(['connections', 'explain', 'impact', 'who-can', 'permissions', 'attack-paths', 'build'])(
  'view "%s" survives parameters that nobody asks for',
  async (view) => {
    const client = await start(NETWORK, 'cart.yaml')
    const odd = { of: '../..', from: '/', to: '`', port: '99999', verb: '', resource: '/', subject: 'x', unit: '' }
    for (const parameters of [{}, odd]) {
      const shown = await client.view({ folder: ROOT, view, parameters })
      expect(shown === null || typeof shown.text === 'string').toBe(true)
    }
    expect(client.output).toEqual([])
  },
)
