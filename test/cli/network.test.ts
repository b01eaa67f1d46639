import { describe, expect, test } from 'vitest'
import { binding, rbac, role } from '../model/access/files.ts'
import { cli } from './command-line.ts'

const workload = (name: string, port: number): string => `apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name}, namespace: shop }
spec:
  selector: { matchLabels: { app: ${name} } }
  template:
    metadata: { labels: { app: ${name} } }
    spec: { containers: [{ name: ${name}, image: ${name}, ports: [{ name: main, containerPort: ${port} }] }] }
`

const policy = (name: string, spec: string): string => `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: ${name}, namespace: shop }
spec: ${spec}
`

const FILES = {
  '/w/apps.yaml': [workload('web', 80), workload('cart', 8080)].join('---\n'),
  '/w/policies.yaml': [
    policy('closed', '{ podSelector: {}, policyTypes: [Ingress, Egress] }'),
    policy(
      'cart',
      '{ podSelector: { matchLabels: { app: cart } }, ingress: [{ from: [{ podSelector: { matchLabels: { app: web } } }], ports: [{ port: main }] }] }',
    ),
    policy(
      'web',
      '{ podSelector: { matchLabels: { app: web } }, policyTypes: [Egress], egress: [{ to: [{ podSelector: {} }] }, { to: [{ ipBlock: { cidr: 203.0.113.0/24 } }], ports: [{ port: 443 }] }] }',
    ),
  ].join('---\n'),
}

describe('connections', () => {
  test.each<[argv: string, said: string]>([
    ['connections', 'shop/cart (Deployment) from\n  TCP 8080: shop/web (Deployment)\n'],
    ['connections apps.yaml', 'every port: every IPv4 address, every IPv6 address, shop/web (Deployment)'],
    ['connections -f mermaid', '-->|"TCP 8080"|'],
    ['connections -f dot', '"shop/web (Deployment)" -> "203.0.113.0/24" [label="TCP 443"]'],
    [
      'connections --replicas apps.yaml',
      'shop/web (Deployment) from\n  every port: every IPv4 address, every IPv6 address, shop/cart (Deployment), shop/web (Deployment)',
    ],
  ])('%s', async (argv, said) => {
    const { code, stdout } = await cli(argv, FILES)
    expect(stdout).toContain(said)
    expect(code).toBe(0)
  })

  test('as data', async () => {
    const { stdout } = await cli('connections --format json', FILES)
    const deployment = (name: string) => ({ namespace: 'shop', name, kind: 'Deployment' })
    const row = { certainty: 'certain', environments: ['default'] }
    expect(JSON.parse(stdout)).toEqual([
      { src: deployment('web'), dst: { ipRange: ['203.0.113.0', '203.0.113.255'] }, conn: { TCP: [[443, 443]] }, ...row },
      { src: deployment('web'), dst: deployment('cart'), conn: { TCP: [[8080, 8080]] }, ...row },
    ])
  })

  test('files without a namespace are in the one that is named, and an Ingress leads in', async () => {
    const files = Object.fromEntries(Object.entries(FILES).map(([path, text]) => [path, text.replaceAll(', namespace: shop', '')]))
    const ingress = `apiVersion: v1
kind: Service
metadata: { name: web }
spec: { selector: { app: web }, ports: [{ port: 80 }] }
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: web }
spec: { defaultBackend: { service: { name: web, port: { number: 80 } } } }
`
    const { stdout } = await cli('connections -n prod apps.yaml in.yaml', { ...files, '/w/in.yaml': ingress })
    expect(stdout).toContain(
      'prod/web (Deployment) from\n  every port: every IPv4 address, every IPv6 address, prod/cart (Deployment)\n  TCP 80: ingress-controller\n',
    )
  })
})

describe('explain', () => {
  test.each<[argv: string, said: string]>([
    ['explain shop/web shop/cart 8080', 'Deployment shop/web to Deployment shop/cart on TCP 8080: allowed'],
    ['explain shop/web shop/cart 8080', 'ingress rule 1 of NetworkPolicy shop/cart (policies.yaml:9): TCP 8080\n'],
    ['explain shop/web shop/cart 8080', 'Without ingress rule 1 of NetworkPolicy shop/cart it would be closed.'],
    ['explain web cart', 'Deployment shop/web to Deployment shop/cart: allowed on TCP 8080'],
    ['explain web cart 9090', 'Add TCP 9090 to ingress rule 1 of NetworkPolicy shop/cart: it allows Deployment shop/web TCP 8080 only.'],
    ['explain cart web 80', 'Deployment shop/cart may not send it\n   isolated by\n    NetworkPolicy shop/closed (policies.yaml:3)'],
    [
      'explain cart web 80',
      'Allow ingress from Deployment shop/cart on TCP 80 for Deployment shop/web: a rule in NetworkPolicy shop/closed',
    ],
    ['explain web 203.0.113.9 443', '203.0.113.9 on TCP 443: allowed'],
    ['explain web internet', 'the internet (1.1.1.1): denied'],
    ['explain web dns udp/53', 'the cluster DNS on UDP 53: denied'],
    ['explain web cart apps.yaml', 'No policy isolates Deployment shop/cart for ingress'],
  ])('%s', async (argv, said) => {
    const { code, stdout } = await cli(argv, FILES)
    expect(stdout).toContain(said)
    expect(code).toBe(0)
  })

  test.each<[argv: string, said: string]>([
    ['explain web', 'Name both ends'],
    ['explain web nobody', 'No workload is named nobody.'],
    ['explain web cart 99999', 'There is no port 99999'],
  ])('%s: a mistake', async (argv, said) => {
    const { code, stderr } = await cli(argv, FILES)
    expect(stderr).toContain(said)
    expect(code).toBe(2)
  })

  test('as data', async () => {
    const { stdout } = await cli('explain cart web 80 --format json', FILES)
    expect(JSON.parse(stdout)).toMatchObject({
      port: 'TCP 80',
      answers: [
        {
          verdict: 'denied',
          conn: {},
          sides: [
            { side: 'source', verdict: 'denied' },
            { side: 'destination', verdict: 'denied' },
          ],
        },
      ],
    })
  })
})

describe('diff', () => {
  const before = Object.fromEntries(Object.entries(FILES).map(([path, text]) => [path.replace('/w', '/w/old'), text]))
  const after = {
    '/w/new/moved.yaml': `${FILES['/w/apps.yaml'].replaceAll('image: web', 'image: web:latest')}---\n${rbac(role('shop/reader', 'delete core secrets'), binding('shop/r', 'shop/reader', 'ServiceAccount web'))}`,
    '/w/new/policies.yaml': FILES['/w/policies.yaml'].replace('ports: [{ port: main }]', 'ports: [{ port: 9090 }]'),
  }
  const files = { ...before, ...after }

  test.each<[argv: string, said: string]>([
    ['diff old new', 'Connections opened\n  + shop/web (Deployment) to shop/cart (Deployment): TCP 9090\n'],
    ['diff old new', 'Connections closed\n  - shop/web (Deployment) to shop/cart (Deployment): TCP 8080\n'],
    ['diff old new', 'Permissions granted\n  + lets `web` delete Secrets in `shop`\n'],
    ['diff old new', 'Opens 1 connection, closes 1; grants 1 permission, revokes 0; brings 1 finding, ends 0.'],
    ['diff new old', 'Permissions revoked\n  - '],
    ['diff new old -f markdown', '### Findings gone\n\n- new/moved.yaml:8 '],
    ['diff old old', 'No connection, permission or finding differs.\n'],
    ['diff old old -f markdown', '## Zero-trust changes\n\nNo connection'],
  ])('%s', async (argv, said) => {
    const { stdout } = await cli(argv, files)
    expect(stdout).toContain(said)
  })

  test('the exit code tells of new findings at the threshold', async () => {
    expect((await cli('diff old new', files)).code).toBe(0)
    expect((await cli('diff old new --fail-on information', files)).code).toBe(1)
    expect((await cli('diff new old --fail-on hint', files)).code).toBe(0)
    expect((await cli('diff old', files)).code).toBe(2)
  })

  test('as data', async () => {
    const { stdout } = await cli('diff old new --format json', files)
    expect(JSON.parse(stdout)).toMatchObject({
      connections: { opened: [{ conn: { TCP: [[9090, 9090]] }, certainty: 'certain' }] },
      findings: { gone: [] },
    })
  })
})
