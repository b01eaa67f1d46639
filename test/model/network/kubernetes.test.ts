import { describe, expect, it } from 'vitest'
import type { KubeObject } from '../../../server/model/object.ts'
import { unknown } from '../../../server/model/value.ts'
import { answers, namespace, object, pod, policy } from './cluster.ts'

const SHOP: readonly KubeObject[] = [
  namespace('shop', { team: 'red' }),
  namespace('web', { team: 'blue' }),
  pod(
    'shop/cart',
    { app: 'cart', tier: 'api' },
    {
      ports: [
        { name: 'http', containerPort: 8080 },
        { name: 'dns', protocol: 'UDP', containerPort: 5353 },
      ],
    },
  ),
  pod('shop/db', { app: 'db', tier: 'data' }, { ports: [{ name: 'http', containerPort: 9090 }] }),
  pod('web/front', { app: 'front', tier: 'api' }),
]

interface Case {
  readonly title: string
  readonly policies: readonly KubeObject[]
  readonly expected: Readonly<Record<string, string>>
  readonly cluster?: readonly KubeObject[]
}

const CASES: readonly Case[] = [
  {
    title: 'without a policy everything is allowed',
    policies: [],
    expected: {
      'web/front -> shop/cart': 'every port',
      '203.0.113.7 -> shop/cart': 'every port',
      'shop/cart -> 203.0.113.7': 'every port',
    },
  },
  {
    title: 'a policy for ingress isolates the pods that it selects in its own namespace, and no others',
    policies: [policy('shop/deny', 'podSelector: { matchLabels: { app: cart } }')],
    expected: {
      'web/front -> shop/cart': 'nothing',
      'web/front -> shop/db': 'every port',
      'shop/cart -> shop/db': 'every port',
      '203.0.113.7 -> shop/cart': 'nothing',
      'shop/cart -> 203.0.113.7': 'every port',
    },
  },
  {
    title: 'a missing podSelector selects every pod of the namespace',
    policies: [policy('shop/deny', 'policyTypes: [Ingress]')],
    expected: { 'web/front -> shop/cart': 'nothing', 'web/front -> shop/db': 'nothing', 'shop/cart -> web/front': 'every port' },
  },
  {
    title: 'policies in other namespaces do not select a pod with the same labels',
    policies: [policy('web/deny', 'podSelector: { matchLabels: { tier: api } }')],
    expected: { 'shop/db -> shop/cart': 'every port', 'shop/db -> web/front': 'nothing' },
  },
  {
    title: 'an empty egress without policyTypes denies no egress, but all ingress',
    policies: [policy('shop/p', 'podSelector: {}\negress: []')],
    expected: { 'shop/cart -> web/front': 'every port', 'web/front -> shop/cart': 'nothing' },
  },
  {
    title: 'egress rules without policyTypes isolate ingress too',
    policies: [policy('shop/p', 'podSelector: { matchLabels: { app: cart } }\negress: [{ ports: [{ port: 443 }] }]')],
    expected: { 'shop/cart -> web/front': 'TCP 443', 'web/front -> shop/cart': 'nothing' },
  },
  {
    title: 'ingress rules are ignored under policyTypes [Egress], and egress rules under [Ingress]',
    policies: [
      policy('shop/a', 'podSelector: { matchLabels: { app: cart } }\npolicyTypes: [Egress]\ningress: [{ ports: [{ port: 80 }] }]'),
      policy('shop/b', 'podSelector: { matchLabels: { app: db } }\npolicyTypes: [Ingress]\negress: [{ ports: [{ port: 80 }] }]'),
    ],
    expected: {
      'web/front -> shop/cart': 'every port',
      'shop/cart -> web/front': 'nothing',
      'web/front -> shop/db': 'nothing',
      'shop/db -> web/front': 'every port',
    },
  },
  {
    title: 'policies are added up, whatever their order',
    policies: [
      policy('shop/a', 'podSelector: {}\ningress: [{ ports: [{ port: 80 }] }]'),
      policy(
        'shop/b',
        'podSelector: { matchLabels: { app: cart } }\ningress: [{ from: [{ podSelector: { matchLabels: { app: db } } }], ports: [{ port: 81 }] }]',
      ),
    ],
    expected: { 'shop/db -> shop/cart': 'TCP 80-81', 'web/front -> shop/cart': 'TCP 80', 'shop/cart -> shop/db': 'TCP 80' },
  },
  {
    title: 'an empty rule allows everybody on every port',
    policies: [policy('shop/p', 'podSelector: {}\ningress: [{}]')],
    expected: {
      'web/front -> shop/cart': 'every port',
      '203.0.113.7 -> shop/cart': 'every port',
      '2001:db8::1 -> shop/cart': 'every port',
    },
  },
  {
    title: 'a rule of null is an empty rule',
    policies: [policy('shop/p', 'podSelector: {}\ningress: [null]')],
    expected: { 'web/front -> shop/cart': 'every port' },
  },
  {
    title: 'an empty list of peers is every peer',
    policies: [policy('shop/p', 'podSelector: {}\ningress: [{ from: [], ports: [{ port: 80 }] }]')],
    expected: { 'web/front -> shop/cart': 'TCP 80', '203.0.113.7 -> shop/cart': 'TCP 80' },
  },
  {
    title: 'an empty podSelector is every pod of the namespace of the policy',
    policies: [policy('shop/p', 'podSelector: {}\ningress: [{ from: [{ podSelector: {} }] }]')],
    expected: { 'shop/db -> shop/cart': 'every port', 'web/front -> shop/cart': 'nothing', '203.0.113.7 -> shop/cart': 'nothing' },
  },
  {
    title: 'an empty namespaceSelector is every pod of every namespace, and nothing outside',
    policies: [policy('shop/p', 'podSelector: {}\ningress: [{ from: [{ namespaceSelector: {} }] }]')],
    expected: {
      'web/front -> shop/cart': 'every port',
      '203.0.113.7 -> shop/cart': 'nothing',
      'a new pod of web -> shop/cart': 'every port',
    },
  },
  {
    title: 'two selectors in one peer must both match; in two peers one is enough',
    policies: [
      policy(
        'shop/and',
        'podSelector: { matchLabels: { app: cart } }\ningress: [{ from: [{ namespaceSelector: { matchLabels: { team: blue } }, podSelector: { matchLabels: { app: db } } }] }]',
      ),
      policy(
        'shop/or',
        'podSelector: { matchLabels: { app: db } }\ningress: [{ from: [{ namespaceSelector: { matchLabels: { team: blue } } }, { podSelector: { matchLabels: { app: cart } } }] }]',
      ),
    ],
    expected: {
      'web/front -> shop/cart': 'nothing',
      'shop/db -> shop/cart': 'nothing',
      'web/front -> shop/db': 'every port',
      'shop/cart -> shop/db': 'every port',
    },
  },
  {
    title: 'every namespace carries its name as a label',
    policies: [
      policy(
        'shop/p',
        'podSelector: {}\ningress: [{ from: [{ namespaceSelector: { matchLabels: { kubernetes.io/metadata.name: web } } }] }]',
      ),
    ],
    expected: { 'web/front -> shop/cart': 'every port', 'shop/db -> shop/cart': 'nothing' },
  },
  {
    title: 'of a namespace that no file describes only the name is certain',
    cluster: [pod('shop/cart', { app: 'cart' }), pod('web/front', { app: 'front' })],
    policies: [
      policy(
        'shop/p',
        'podSelector: {}\ningress: [{ from: [{ namespaceSelector: { matchLabels: { team: blue } } }], ports: [{ port: 80 }] }, { from: [{ namespaceSelector: { matchLabels: { kubernetes.io/metadata.name: web } } }], ports: [{ port: 81 }] }]',
      ),
    ],
    expected: { 'web/front -> shop/cart': 'TCP 81, possibly TCP 80-81', 'a new pod of shop -> shop/cart': 'possibly TCP 80' },
  },
  {
    title: 'NotIn and DoesNotExist match where the label is absent',
    policies: [
      policy(
        'shop/p',
        'podSelector: { matchExpressions: [{ key: role, operator: DoesNotExist }, { key: app, operator: NotIn, values: [db] }] }',
      ),
    ],
    expected: { 'web/front -> shop/cart': 'nothing', 'web/front -> shop/db': 'every port', 'web/front -> a new pod of shop': 'nothing' },
  },
  {
    title: 'Exists and In need the label',
    policies: [
      policy(
        'shop/p',
        'podSelector: { matchExpressions: [{ key: tier, operator: Exists }, { key: app, operator: In, values: [db, cart] }] }',
      ),
    ],
    expected: { 'web/front -> shop/cart': 'nothing', 'web/front -> shop/db': 'nothing', 'web/front -> a new pod of shop': 'every port' },
  },
  {
    title: 'the protocol of a port is TCP where none is written',
    policies: [
      policy(
        'shop/p',
        'podSelector: {}\ningress: [{ ports: [{ port: 53 }, { protocol: UDP }, { protocol: SCTP, port: 9, endPort: 11 }] }]',
      ),
    ],
    expected: { 'web/front -> shop/cart': 'TCP 53, UDP and SCTP 9-11' },
  },
  {
    title: 'a port name is resolved for each pod that is connected to, with its protocol',
    policies: [policy('shop/p', 'podSelector: {}\ningress: [{ ports: [{ port: http }, { port: dns }] }]')],
    expected: { 'web/front -> shop/cart': 'TCP 8080', 'web/front -> shop/db': 'TCP 9090' },
  },
  {
    title: 'a port name in an egress rule is resolved at the other end, and means nothing outside',
    policies: [policy('web/p', 'podSelector: {}\npolicyTypes: [Egress]\negress: [{ ports: [{ port: http }] }]')],
    expected: { 'web/front -> shop/cart': 'TCP 8080', 'web/front -> shop/db': 'TCP 9090', 'web/front -> 203.0.113.7': 'nothing' },
  },
  {
    title: 'a port name counts in native sidecars and not in other init containers',
    cluster: [
      namespace('shop'),
      pod(
        'shop/a',
        { app: 'a' },
        { spec: { initContainers: [{ name: 'proxy', restartPolicy: 'Always', ports: [{ name: 'admin', containerPort: 15000 }] }] } },
      ),
      pod('shop/b', { app: 'b' }, { spec: { initContainers: [{ name: 'setup', ports: [{ name: 'admin', containerPort: 15000 }] }] } }),
    ],
    policies: [policy('shop/p', 'podSelector: {}\ningress: [{ ports: [{ port: admin }] }]')],
    expected: { 'shop/b -> shop/a': 'TCP 15000', 'shop/a -> shop/b': 'nothing' },
  },
  {
    title: 'one name for different ports of a pod: the first is certain, the others possible',
    cluster: [
      namespace('shop'),
      object({
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'a', namespace: 'shop' },
        spec: {
          containers: [
            { name: 'x', ports: [{ name: 'metrics', containerPort: 1 }] },
            { name: 'y', ports: [{ name: 'metrics', containerPort: 3 }] },
          ],
        },
      }),
      pod('shop/b'),
    ],
    policies: [policy('shop/p', 'podSelector: {}\ningress: [{ ports: [{ port: metrics }] }]')],
    expected: { 'shop/b -> shop/a': 'TCP 1, possibly TCP 1, 3' },
  },
  {
    title: 'ports need not be declared by a container',
    policies: [policy('shop/p', 'podSelector: {}\ningress: [{ ports: [{ port: 7777 }] }]')],
    expected: { 'web/front -> shop/cart': 'TCP 7777' },
  },
  {
    title: 'both sides must allow, and the ports are what they have in common',
    policies: [
      policy('web/p', 'podSelector: {}\npolicyTypes: [Egress]\negress: [{ ports: [{ port: 80 }, { port: 8080 }] }]'),
      policy('shop/p', 'podSelector: {}\ningress: [{ ports: [{ port: 8080 }, { port: 443 }] }]'),
    ],
    expected: { 'web/front -> shop/cart': 'TCP 8080', 'shop/db -> shop/cart': 'TCP 443, 8080' },
  },
  {
    title: 'a block without its exceptions, IPv4 apart from IPv6',
    policies: [
      policy(
        'shop/p',
        'podSelector: {}\npolicyTypes: [Egress]\negress: [{ to: [{ ipBlock: { cidr: 0.0.0.0/0, except: [169.254.169.254/32, 10.0.0.0/8] } }] }]',
      ),
    ],
    expected: {
      'shop/cart -> 203.0.113.7': 'every port',
      'shop/cart -> 169.254.169.254': 'nothing',
      'shop/cart -> 169.254.169.253': 'every port',
      'shop/cart -> 10.1.2.3': 'nothing',
      'shop/cart -> 2001:db8::1': 'nothing',
    },
  },
  {
    title: 'whether a block matches pods is open, unless it holds no address that pods have',
    policies: [
      policy(
        'shop/p',
        'podSelector: { matchLabels: { app: cart } }\npolicyTypes: [Egress]\negress: [{ to: [{ ipBlock: { cidr: 10.0.0.0/8 } }] }]',
      ),
      policy(
        'shop/q',
        'podSelector: { matchLabels: { app: db } }\npolicyTypes: [Egress]\negress: [{ to: [{ ipBlock: { cidr: 198.51.100.0/24 } }] }]',
      ),
    ],
    expected: { 'shop/cart -> web/front': 'possibly every port', 'shop/db -> web/front': 'nothing' },
  },
  {
    title: 'policies neither isolate pods on their node network nor match them by selectors',
    cluster: [namespace('shop'), pod('shop/agent', { app: 'agent' }, { spec: { hostNetwork: true } }), pod('shop/cart', { app: 'cart' })],
    policies: [policy('shop/p', 'podSelector: {}\npolicyTypes: [Ingress, Egress]\ningress: [{ from: [{ podSelector: {} }] }]')],
    expected: {
      'shop/cart -> shop/agent': 'nothing',
      '203.0.113.7 -> shop/agent': 'every port',
      'shop/agent -> shop/cart': 'possibly every port',
    },
  },
  {
    title: 'a node can always reach its own pods',
    policies: [policy('shop/p', 'podSelector: {}')],
    expected: { 'node -> shop/cart': 'possibly every port', 'apiserver -> shop/cart': 'nothing' },
  },
  {
    title: 'policies hold between the pods of one workload',
    cluster: [
      namespace('shop'),
      object({
        apiVersion: 'apps/v1',
        kind: 'StatefulSet',
        metadata: { name: 'db', namespace: 'shop' },
        spec: { replicas: 3, template: { metadata: { labels: { app: 'db' } }, spec: { containers: [{ name: 'db' }] } } },
      }),
    ],
    policies: [policy('shop/p', 'podSelector: {}')],
    expected: { 'shop/db -> shop/db': 'nothing' },
  },
  {
    title: 'the pods of a workload have the labels of its template, and keys that controllers add with unknown values',
    cluster: [
      namespace('shop'),
      object({
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'cart', namespace: 'shop', labels: { app: 'other' } },
        spec: { template: { metadata: { labels: { app: 'cart' } }, spec: { containers: [{ name: 'cart' }] } } },
      }),
      pod('shop/db'),
    ],
    policies: [
      policy('shop/a', 'podSelector: { matchLabels: { app: other } }'),
      policy('shop/b', 'podSelector: { matchLabels: { pod-template-hash: abc } }'),
    ],
    expected: { 'shop/db -> shop/cart': 'possibly every port' },
  },
  {
    title: 'what an unset value may mean is possible and not certain',
    cluster: [
      ...SHOP,
      object({
        apiVersion: 'networking.k8s.io/v1',
        kind: 'NetworkPolicy',
        metadata: { name: 'p', namespace: 'shop' },
        spec: {
          podSelector: {},
          ingress: [
            { from: [{ podSelector: { matchLabels: { app: unknown('app') } } }], ports: [{ port: 80 }] },
            { ports: [{ port: unknown('port') }] },
          ],
        },
      }),
    ],
    policies: [],
    expected: { 'shop/db -> shop/cart': 'possibly TCP', 'web/front -> shop/cart': 'possibly TCP' },
  },
  {
    title: 'a policy that may not select a pod may leave it open',
    cluster: [
      ...SHOP,
      object({
        apiVersion: 'networking.k8s.io/v1',
        kind: 'NetworkPolicy',
        metadata: { name: 'p', namespace: 'shop' },
        spec: { podSelector: { matchLabels: { app: unknown('app') } } },
      }),
    ],
    policies: [],
    expected: { 'web/front -> shop/cart': 'possibly every port' },
  },
  {
    title: 'files that leave their namespace open are about the same one',
    cluster: [pod('/web', { app: 'web' }), pod('/db', { app: 'db' }), pod('shop/cart')],
    policies: [
      policy('/p', 'podSelector: { matchLabels: { app: db } }\ningress: [{ from: [{ podSelector: { matchLabels: { app: web } } }] }]'),
    ],
    expected: { '/web -> /db': 'every port', 'shop/cart -> /db': 'nothing', '/db -> shop/cart': 'every port' },
  },
]

describe('Kubernetes NetworkPolicy', () => {
  for (const { title, policies, expected, cluster } of CASES) {
    it(title, () => expect(answers([...(cluster ?? SHOP), ...policies], expected)).toEqual(expected))
  }
})
