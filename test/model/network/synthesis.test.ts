import { describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import type { Direction } from '../../../server/model/network/policy.ts'
import { describeConnections } from '../../../server/model/network/sets/connections.ts'
import { dialectOf, type PolicyDialect, synthesise, type Synthesis } from '../../../server/model/network/synthesis/synthesis.ts'
import { makeObject } from '../../../server/model/object.ts'
import { get, items } from '../../../server/model/value.ts'
import { answers, modelOf, objects, policy } from './cluster.ts'

const app = (name: string, container = 'image: app', pod = ''): string => `---
apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name}, namespace: shop }
spec:
  selector: { matchLabels: { app: ${name} } }
  template:
    metadata: { labels: { app: ${name}, version: v1 } }
    spec:
      ${pod}
      containers: [{ name: app, ${container} }]
`
const service = (name: string, port: number, target: number | string, spec = ''): string => `---
apiVersion: v1
kind: Service
metadata: { name: ${name}, namespace: shop }
spec: { selector: { app: ${name} }, ports: [{ port: ${port}, targetPort: ${target} }] ${spec} }
`
const NAMESPACE = '---\napiVersion: v1\nkind: Namespace\nmetadata: { name: shop }\n'
const SHOP = `${NAMESPACE}${service('web', 80, 8080, ', type: LoadBalancer')}${app('web', 'env: [{ name: DB, value: "db:5432" }]')}${service('db', 5432, 15_432)}${app('db')}`

interface Options {
  readonly dialect?: PolicyDialect
  readonly directions?: readonly Direction[]
  /** A single workload instead of its whole namespace. */
  readonly only?: string
}

function make(
  list: ReturnType<typeof objects>,
  { dialect = 'kubernetes', directions = ['ingress', 'egress'], only }: Options = {},
): Synthesis {
  const { facts } = modelOf(list)
  const workloads = facts.workloads.filter(({ object }) => only === undefined || object.name === only)
  const namespaces = only === undefined ? [...new Set(workloads.map(({ object }) => object.namespace))] : []
  return synthesise({ workloads, namespaces, directions, dialect }, facts.objects, facts)
}

/** Names and specs. */
function written({ policies }: Synthesis): string {
  return policies
    .map(({ body }) => stringify({ [String(get(body, 'metadata', 'name'))]: get(body, 'spec') }, { flowCollectionPadding: false }))
    .join('')
}

const trim = (text: string): string => text.replace(/^\n/, '')

describe('synthesised policies', () => {
  it('close a namespace but for what is known', () => {
    expect(written(make(objects(SHOP)))).toBe(
      trim(`
default-deny:
  podSelector: {}
  policyTypes:
    - Ingress
    - Egress
web:
  podSelector:
    matchLabels:
      app: web
  policyTypes:
    - Ingress
    - Egress
  ingress:
    - ports:
        - port: 8080
          protocol: TCP
  egress:
    - to:
        - podSelector:
            matchLabels:
              app: db
      ports:
        - port: 15432
          protocol: TCP
    - to:
        - namespaceSelector:
            matchLabels:
              kubernetes.io/metadata.name: kube-system
          podSelector:
            matchLabels:
              k8s-app: kube-dns
      ports:
        - port: 53
          protocol: UDP
        - port: 53
          protocol: TCP
db:
  podSelector:
    matchLabels:
      app: db
  policyTypes:
    - Ingress
    - Egress
  ingress:
    - from:
        - podSelector:
            matchLabels:
              app: web
      ports:
        - port: 15432
          protocol: TCP
`),
    )
  })

  it.each(['kubernetes', 'calico', 'cilium'] as const)('do so in the dialect %s', (dialect) => {
    const list = objects(SHOP)
    const { policies, lost, surplus, kept } = make(list, { dialect })
    const made = policies.flatMap(({ body }) => makeObject(body, 'made', 'made') ?? [])
    const expected = {
      'shop/web -> shop/db': 'TCP 15432',
      'shop/db -> shop/web': 'nothing',
      'shop/web -> dns': 'TCP 53 and UDP 53',
      'shop/db -> dns': 'nothing',
      '93.184.216.34 -> shop/web': 'TCP 8080',
      '93.184.216.34 -> shop/db': 'nothing',
      'shop/web -> 93.184.216.34': 'nothing',
      'a new pod of shop -> shop/db': 'nothing',
    }
    expect(answers([...list, ...made], expected)).toEqual(expected)
    expect({ lost, surplus: surplus(), kept: kept.length }).toEqual({ lost: [], surplus: [], kept: 2 })
  })

  it('close one workload alone', () => {
    const { policies } = make(objects(SHOP), { only: 'db', directions: ['ingress'] })
    expect(policies.map(({ body }) => [get(body, 'metadata', 'name'), get(body, 'spec', 'policyTypes')])).toEqual([['db', ['Ingress']]])
  })

  it('open only what other policies do not open yet', () => {
    const there = policy(
      'shop/db',
      'podSelector: { matchLabels: { app: db } }\ningress: [{ from: [{ podSelector: {} }], ports: [{ port: 15432 }] }]',
    )
    const { policies } = make([...objects(SHOP), there], { directions: ['ingress'] })
    expect(policies.map(({ body }) => get(body, 'metadata', 'name'))).toEqual(['default-deny', 'web'])
  })

  it('take a name that is free', () => {
    const there = policy('shop/web', 'podSelector: { matchLabels: { app: other } }')
    expect(make([...objects(SHOP), there]).policies.map(({ body }) => get(body, 'metadata', 'name'))).toContain('web-2')
  })

  it('say what another policy closes', () => {
    const there = policy(
      '/no-db',
      'priority: 1\nsubject: { namespaces: {} }\ningress: [{ action: Deny, from: [{ namespaces: {} }] }]',
      'policy.networking.k8s.io/v1alpha1/AdminNetworkPolicy',
    )
    expect(make([...objects(SHOP), there]).lost.map(({ why }) => why)).toEqual(['another policy closes it'])
  })

  const host = `${NAMESPACE}${app('web', 'env: [{ name: A, value: "https://api.stripe.com" }]')}`
  it.each([
    ['kubernetes', { ipBlock: { cidr: '0.0.0.0/0', except: ['169.254.169.254/32'] } }, ['any address: NetworkPolicy cannot name hosts']],
    ['calico', { nets: ['0.0.0.0/0'], notNets: ['169.254.169.254/32'], ports: [443] }, ['any address: these policies cannot name hosts']],
    ['cilium', { matchName: 'api.stripe.com' }, []],
  ] as const)('let a workload reach a host outside: %s', (dialect, peer, broad) => {
    const result = make(objects(host), { dialect })
    const egress = get(result.policies[1]?.body, 'spec', 'egress', 0)
    expect(get(egress, 'to', 0) ?? get(egress, 'destination') ?? get(egress, 'toFQDNs', 0)).toEqual(peer)
    expect(result.broad.map(({ why }) => why)).toEqual(broad)
    expect(result.lost).toEqual([])
  })

  it.each(['kubernetes', 'calico', 'cilium'] as const)('keep use of the API server and of unknown namespaces: %s', (dialect) => {
    const yaml = `${NAMESPACE}${app('web', 'args: ["https://kubernetes.default.svc", "http://tracing.infra.svc:9411"]')}`
    const result = make(objects(yaml), { dialect })
    expect(result.lost.map(({ why }) => why)).toEqual([])
    expect(result.kept).toHaveLength(2)
  })

  it('say when the labels of a workload are those of another', () => {
    const twin = app('db').replace('name: db', 'name: twin')
    const { surplus, policies } = make(objects(`${SHOP}${twin}`))
    expect(
      surplus().map(({ from, to, connections }) => `${from.object.name} -> ${to.object.name} ${describeConnections(connections)}`),
    ).toEqual([])
    expect(policies.map(({ workloads }) => workloads.map(({ object }) => object.name))).toEqual([[], ['web'], ['db', 'twin']])
  })

  it.each<[string, string, unknown]>([
    ['both in an ambient mesh', 'shop, labels: { istio.io/dataplane-mode: ambient }', [15432, 15008]],
    ['in no mesh', 'shop', [15432]],
  ])('open the port of the tunnel between pods %s', (_, name, expected) => {
    const namespace = `apiVersion: v1\nkind: Namespace\nmetadata: { name: ${name} }\n---\n`
    const { policies, lost } = make(objects(SHOP.replace(NAMESPACE, namespace)))
    const db = policies.find(({ workloads }) => workloads[0]?.object.name === 'db')
    expect(items(db?.body, 'spec', 'ingress', 0, 'ports').map((port) => get(port, 'port'))).toEqual(expected)
    expect(lost).toEqual([])
  })

  it('leave pods on the network of their node alone', () => {
    expect(make(objects(`${NAMESPACE}${app('agent', 'image: x', 'hostNetwork: true')}`)).policies).toHaveLength(1)
  })

  it("follow the workspace's dialect", () => {
    expect(dialectOf(modelOf(objects(SHOP)).facts.objects)).toBe('kubernetes')
    const cilium = policy('shop/p', 'endpointSelector: {}', 'cilium.io/v2/CiliumNetworkPolicy')
    expect(dialectOf(modelOf([cilium]).facts.objects)).toBe('cilium')
  })
})
