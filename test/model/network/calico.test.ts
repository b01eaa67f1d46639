import { describe, expect, it } from 'vitest'
import type { KubeObject } from '../../../server/model/object.ts'
import { answers, namespace, object, pod, policy } from './cluster.ts'

const CLUSTER: readonly KubeObject[] = [
  namespace('shop', { team: 'red' }),
  namespace('web', { team: 'blue' }),
  pod('shop/cart', { app: 'cart' }, { ports: [{ name: 'http', containerPort: 8080 }], spec: { serviceAccountName: 'cart' } }),
  pod('shop/db', { app: 'db' }),
  pod('web/front', { app: 'front' }, { spec: { serviceAccountName: 'front' } }),
]

const V3 = 'projectcalico.org/v3'
const np = (end: string, spec: string): KubeObject => policy(end, spec, `${V3}/NetworkPolicy`)
const gnp = (name: string, spec: string): KubeObject => policy(`/${name}`, spec, `${V3}/GlobalNetworkPolicy`)
const of = (kind: string, end: string, spec: string): KubeObject => policy(end, spec, `${V3}/${kind}`)
const set = (kind: string, end: string, role: string, nets: readonly string[]): KubeObject => {
  const slash = end.indexOf('/')
  const metadata = { name: end.slice(slash + 1), ...(slash > 0 ? { namespace: end.slice(0, slash) } : {}), labels: { role } }
  return object({ apiVersion: V3, kind, metadata, spec: { nets } })
}

interface Case {
  readonly title: string
  readonly policies: readonly KubeObject[]
  readonly expected: Readonly<Record<string, string>>
}

const CASES: readonly Case[] = [
  {
    title: 'types follow from the rules: only egress rules leave ingress alone',
    policies: [np('shop/p', "selector: app == 'cart'\negress: [{ action: Allow, protocol: TCP, destination: { ports: [443] } }]")],
    expected: { 'web/front -> shop/cart': 'every port', 'shop/cart -> web/front': 'TCP 443' },
  },
  {
    title: 'without rules and types ingress is isolated',
    policies: [np('shop/p', "selector: app == 'cart'")],
    expected: { 'web/front -> shop/cart': 'nothing', 'shop/cart -> web/front': 'every port' },
  },
  {
    title: 'rules in order: what is denied first cannot be allowed later',
    policies: [np('shop/p', 'ingress: [{ action: Deny, protocol: TCP, destination: { ports: [22] } }, { action: Allow }]')],
    expected: { 'web/front -> shop/cart': 'TCP 1-21, 23-65535, UDP, SCTP, ICMP and ICMPv6' },
  },
  {
    title: 'policies by order, those without one last, a tie by name',
    policies: [
      np('shop/z', 'ingress: [{ action: Deny, source: { selector: all(), namespaceSelector: all() } }]'),
      np('shop/a', 'order: 10\ningress: [{ action: Allow, protocol: TCP, destination: { ports: [80] } }]'),
    ],
    expected: { 'web/front -> shop/cart': 'TCP 80' },
  },
  {
    title: 'Log goes on, Pass leaves the tier',
    policies: [
      of('Tier', '/security', 'order: 10'),
      gnp(
        'security.p',
        "tier: security\nselector: projectcalico.org/namespace == 'shop'\ntypes: [Ingress]\ningress: [{ action: Log }, { action: Pass, protocol: TCP }]",
      ),
      np('shop/p', 'ingress: [{ action: Allow, protocol: TCP, destination: { ports: [80] } }, { action: Allow, protocol: UDP }]'),
    ],
    expected: { 'web/front -> shop/cart': 'TCP 80' },
  },
  {
    title: 'a tier denies what none of its policies matches, unless its default is Pass',
    policies: [
      of('Tier', '/one', 'order: 10\ndefaultAction: Pass'),
      gnp('one.p', "tier: one\nselector: app == 'cart'\ningress: [{ action: Deny, protocol: UDP }]"),
      of('Tier', '/two', 'order: 20'),
      gnp('two.p', "tier: two\nselector: app == 'db'\ningress: [{ action: Deny, protocol: UDP }]"),
    ],
    expected: {
      'web/front -> shop/cart': 'TCP, SCTP, ICMP and ICMPv6',
      'web/front -> shop/db': 'nothing',
      'shop/cart -> web/front': 'every port',
    },
  },
  {
    title: "Kubernetes' policies stand at order 1000 of the default tier, and what they do not match goes on",
    policies: [
      policy('shop/k', 'podSelector: {}\ningress: [{ ports: [{ port: 80 }] }]'),
      np('shop/before', 'order: 500\ningress: [{ action: Deny, source: { selector: app == "db" } }]'),
      np('shop/after', 'order: 2000\ningress: [{ action: Allow, protocol: TCP, destination: { ports: [81] } }]'),
    ],
    expected: { 'shop/db -> shop/cart': 'nothing', 'web/front -> shop/cart': 'TCP 80-81' },
  },
  {
    title: 'a selector in a namespaced policy means its own namespace; namespaceSelector widens it',
    policies: [
      np('shop/a', "selector: app == 'cart'\ningress: [{ action: Allow, source: { selector: has(app) } }]"),
      np(
        'shop/b',
        "selector: app == 'db'\ningress: [{ action: Allow, source: { selector: has(app), namespaceSelector: team == 'blue' } }]",
      ),
    ],
    expected: {
      'shop/db -> shop/cart': 'every port',
      'web/front -> shop/cart': 'nothing',
      'web/front -> shop/db': 'every port',
      'shop/cart -> shop/db': 'nothing',
    },
  },
  {
    title: 'without a selector a rule is about everybody, also outside',
    policies: [
      np('shop/p', "selector: app == 'cart'\ningress: [{ action: Allow, protocol: TCP, destination: { ports: ['8000:8080', http] } }]"),
    ],
    expected: { 'web/front -> shop/cart': 'TCP 8000-8080', '203.0.113.7 -> shop/cart': 'TCP 8000-8080' },
  },
  {
    title: 'notSelector also means addresses that are no endpoint, a negated selector does not',
    policies: [
      gnp('a', "selector: app == 'cart'\ningress: [{ action: Allow, source: { notSelector: app == 'db' } }]"),
      gnp('b', "selector: app == 'db'\ningress: [{ action: Allow, source: { selector: \"!(app == 'cart')\" } }]"),
    ],
    expected: {
      '203.0.113.7 -> shop/cart': 'every port',
      'web/front -> shop/cart': 'every port',
      'shop/db -> shop/cart': 'nothing',
      '203.0.113.7 -> shop/db': 'nothing',
      'web/front -> shop/db': 'every port',
    },
  },
  {
    title: 'nets and notNets must both hold, and match pods by their addresses',
    policies: [
      np('shop/p', "selector: app == 'cart'\negress: [{ action: Allow, destination: { nets: [0.0.0.0/0], notNets: [169.254.0.0/16] } }]"),
    ],
    expected: {
      'shop/cart -> 203.0.113.7': 'every port',
      'shop/cart -> 169.254.169.254': 'nothing',
      'shop/cart -> web/front': 'every port',
    },
  },
  {
    title: 'selectors mean network sets as well',
    policies: [
      set('GlobalNetworkSet', 'bad', 'blocked', ['198.51.100.0/24']),
      set('NetworkSet', 'shop/good', 'partner', ['203.0.113.0/24']),
      set('NetworkSet', 'web/good', 'partner', ['192.0.2.0/24']),
      gnp('deny', "order: 1\negress: [{ action: Deny, destination: { selector: role == 'blocked' } }, { action: Pass }]"),
      np('shop/p', "order: 2\nselector: app == 'cart'\negress: [{ action: Allow, destination: { selector: role == 'partner' } }]"),
    ],
    expected: {
      'shop/cart -> 198.51.100.9': 'nothing',
      'shop/cart -> 203.0.113.9': 'every port',
      'shop/cart -> 192.0.2.9': 'every port',
      'web/front -> 198.51.100.9': 'nothing',
      'web/front -> 203.0.113.9': 'every port',
    },
  },
  {
    title: 'global() means what is in no namespace',
    policies: [
      set('GlobalNetworkSet', 'partners', 'partner', ['203.0.113.0/24']),
      np('shop/p', "selector: app == 'cart'\negress: [{ action: Allow, destination: { selector: all(), namespaceSelector: global() } }]"),
    ],
    expected: { 'shop/cart -> 203.0.113.9': 'every port', 'shop/cart -> shop/db': 'nothing', 'shop/cart -> web/front': 'nothing' },
  },
  {
    title: 'accounts by name and by label',
    policies: [
      object({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'front', namespace: 'web', labels: { trust: 'high' } } }),
      np(
        'shop/a',
        "selector: app == 'cart'\ningress: [{ action: Allow, source: { namespaceSelector: all(), serviceAccounts: { names: [front] } } }]",
      ),
      np(
        'shop/b',
        "selector: app == 'db'\ningress: [{ action: Allow, source: { namespaceSelector: all(), serviceAccounts: { selector: trust == 'high' } } }]",
      ),
      gnp('c', "serviceAccountSelector: trust == 'high'\ntypes: [Ingress]"),
    ],
    expected: {
      'web/front -> shop/cart': 'every port',
      'shop/db -> shop/cart': 'nothing',
      'web/front -> shop/db': 'every port',
      'shop/cart -> shop/db': 'possibly every port',
      'shop/db -> web/front': 'nothing',
    },
  },
  {
    title: 'protocols by name and number, and all but one',
    policies: [
      np(
        'shop/a',
        "selector: app == 'cart'\ningress: [{ action: Allow, protocol: ICMP, icmp: { type: 8 } }, { action: Allow, protocol: 6 }]",
      ),
      np('shop/b', "selector: app == 'db'\ningress: [{ action: Allow, notProtocol: TCP }]"),
    ],
    expected: { 'web/front -> shop/cart': 'TCP and ICMP', 'web/front -> shop/db': 'UDP, SCTP, ICMP and ICMPv6' },
  },
  {
    title: 'the other end of a rule narrows the pods that it is for',
    policies: [np('shop/p', "ingress: [{ action: Allow, destination: { selector: app == 'db' } }]")],
    expected: { 'web/front -> shop/db': 'every port', 'web/front -> shop/cart': 'nothing' },
  },
  {
    title: 'a Service stands for the pods behind it',
    policies: [
      object({
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'cart', namespace: 'shop' },
        spec: { selector: { app: 'cart' }, ports: [{ port: 80 }] },
      }),
      np('web/p', 'egress: [{ action: Allow, destination: { services: { name: cart, namespace: shop } } }]'),
    ],
    expected: { 'web/front -> shop/cart': 'every port', 'web/front -> shop/db': 'nothing' },
  },
  {
    title: 'staged policies do nothing',
    policies: [of('StagedNetworkPolicy', 'shop/p', 'types: [Ingress]'), np('web/p', 'types: [Ingress]')],
    expected: { 'web/front -> shop/cart': 'every port', 'shop/cart -> web/front': 'nothing' },
  },
  {
    title: 'profiles are asked last, and what none of them allows is closed',
    policies: [of('Profile', '/kns.shop', 'ingress: [{ action: Allow, protocol: TCP }]'), np('web/p', 'types: [Ingress]')],
    expected: { 'web/front -> shop/cart': 'TCP', 'shop/cart -> 203.0.113.7': 'nothing', 'web/front -> 203.0.113.7': 'every port' },
  },
  {
    title: 'IPv6 alone',
    policies: [np('shop/p', "selector: app == 'cart'\negress: [{ action: Allow, ipVersion: 6 }]")],
    expected: { 'shop/cart -> 203.0.113.7': 'nothing', 'shop/cart -> 2001:db8::1': 'every port' },
  },
]

describe('Calico policies', () => {
  for (const { title, policies, expected } of CASES) it(title, () => expect(answers([...CLUSTER, ...policies], expected)).toEqual(expected))
})
