import { describe, expect, it } from 'vitest'
import type { KubeObject } from '../../../server/model/object.ts'
import { answers, namespace, pod, policy } from './cluster.ts'

const CLUSTER: readonly KubeObject[] = [
  namespace('shop', { 'istio-injection': 'enabled' }),
  namespace('web', { 'istio-injection': 'enabled' }),
  namespace('plain'),
  pod('shop/cart', { app: 'cart' }),
  pod('shop/db', { app: 'db' }),
  pod('web/front', { app: 'front' }, { spec: { serviceAccountName: 'front' } }),
  pod('plain/old', { app: 'old' }),
]

const ap = (end: string, spec: string): KubeObject => policy(end, spec, 'security.istio.io/v1/AuthorizationPolicy')
const pa = (end: string, spec: string): KubeObject => policy(end, spec, 'security.istio.io/v1/PeerAuthentication')
const NOT_TCP = 'UDP, SCTP, ICMP and ICMPv6'
const CART = 'selector: { matchLabels: { app: cart } }'

interface Case {
  readonly title: string
  readonly policies: readonly KubeObject[]
  readonly expected: Readonly<Record<string, string>>
  readonly cluster?: readonly KubeObject[]
}

const CASES: readonly Case[] = [
  {
    title: 'an ALLOW without rules denies all TCP',
    policies: [ap('shop/p', '{}')],
    expected: { 'web/front -> shop/cart': NOT_TCP, 'shop/cart -> web/front': 'every port', '203.0.113.7 -> shop/cart': NOT_TCP },
  },
  {
    title: 'an ALLOW with an empty rule allows all, a DENY with one denies all, a DENY without rules nothing',
    policies: [ap('shop/a', 'rules: [{}]'), ap('shop/b', `${CART}\naction: DENY\nrules: [{}]`), ap('web/c', 'action: DENY')],
    expected: { 'web/front -> shop/db': 'every port', 'web/front -> shop/cart': NOT_TCP, 'shop/db -> web/front': 'every port' },
  },
  {
    title: 'mutual TLS: the root namespace has no selectors, and ports need one',
    policies: [pa('istio-system/p', `${CART}\nmtls: { mode: STRICT }`), pa('shop/p', 'portLevelMtls: { 80: { mode: STRICT } }')],
    expected: { 'plain/old -> shop/cart': 'every port', 'plain/old -> shop/db': 'every port' },
  },
  {
    title: 'DENY goes before ALLOW',
    policies: [
      ap('shop/a', `${CART}\nrules: [{ to: [{ operation: { ports: ['80', '81'] } }] }]`),
      ap('shop/b', `${CART}\naction: DENY\nrules: [{ to: [{ operation: { ports: ['81'] } }] }]`),
    ],
    expected: { 'web/front -> shop/cart': 'TCP 80, UDP, SCTP, ICMP and ICMPv6' },
  },
  {
    title: 'identities need the mesh: a pod outside of it has none',
    policies: [
      ap('shop/a', `${CART}\nrules: [{ from: [{ source: { namespaces: [web, plain] } }] }]`),
      ap(
        'shop/b',
        'selector: { matchLabels: { app: db } }\nrules: [{ from: [{ source: { principals: ["cluster.local/ns/web/sa/front"] } }] }]',
      ),
    ],
    expected: {
      'web/front -> shop/cart': 'every port',
      'plain/old -> shop/cart': NOT_TCP,
      'web/front -> shop/db': 'every port',
      'shop/cart -> shop/db': NOT_TCP,
    },
  },
  {
    title: 'excluding namespaces does not exclude who has no identity',
    policies: [
      ap('shop/a', `${CART}\nrules: [{ from: [{ source: { notNamespaces: [web] } }] }]`),
      ap('shop/b', 'selector: { matchLabels: { app: db } }\naction: DENY\nrules: [{ from: [{ source: { namespaces: [plain] } }] }]'),
    ],
    expected: {
      'web/front -> shop/cart': NOT_TCP,
      'plain/old -> shop/cart': 'every port',
      '203.0.113.7 -> shop/cart': 'every port',
      'plain/old -> shop/db': 'every port',
    },
  },
  {
    title: 'patterns at either end',
    policies: [
      ap('shop/p', `${CART}\nrules: [{ from: [{ source: { principals: ['*/sa/front'] } }, { source: { namespaces: ['sh*'] } }] }]`),
    ],
    expected: { 'web/front -> shop/cart': 'every port', 'shop/db -> shop/cart': 'every port' },
  },
  {
    title: 'address blocks',
    policies: [ap('shop/p', `${CART}\nrules: [{ from: [{ source: { ipBlocks: [203.0.113.0/24], notIpBlocks: [203.0.113.9] } }] }]`)],
    expected: { '203.0.113.7 -> shop/cart': 'every port', '203.0.113.9 -> shop/cart': NOT_TCP, '198.51.100.1 -> shop/cart': NOT_TCP },
  },
  {
    title: 'requests narrow a connection, conditions on ports and sources are exact, others possible',
    policies: [
      ap('shop/a', `${CART}\nrules: [{ to: [{ operation: { methods: [GET], ports: ['80'] } }] }]`),
      ap(
        'shop/b',
        "selector: { matchLabels: { app: db } }\nrules: [{ when: [{ key: destination.port, values: ['5432'] }, { key: source.namespace, values: [web] }] }]",
      ),
      ap('web/c', "rules: [{ when: [{ key: 'request.headers[x]', values: [y] }] }]"),
    ],
    expected: {
      'web/front -> shop/cart': 'TCP 80, UDP, SCTP, ICMP and ICMPv6 (some requests)',
      'web/front -> shop/db': 'TCP 5432, UDP, SCTP, ICMP and ICMPv6',
      'shop/cart -> shop/db': NOT_TCP,
      'shop/cart -> web/front': `${NOT_TCP}, possibly every port`,
    },
  },
  {
    title: 'the root namespace speaks for the whole mesh',
    policies: [ap('istio-system/p', '{}')],
    expected: { 'shop/db -> shop/cart': NOT_TCP, 'shop/db -> web/front': NOT_TCP, 'shop/db -> plain/old': 'every port' },
  },
  {
    title: 'a policy has no effect on pods outside the mesh, and whether it has one is open where injection is',
    cluster: [namespace('plain'), pod('plain/old'), pod('somewhere/new')],
    policies: [ap('plain/p', '{}'), ap('somewhere/p', '{}')],
    expected: { 'somewhere/new -> plain/old': 'every port', 'plain/old -> somewhere/new': `${NOT_TCP}, possibly every port` },
  },
  {
    title: 'a dry run and AUDIT enforce nothing, CUSTOM may deny',
    policies: [
      {
        ...ap('shop/a', '{}'),
        body: { ...ap('shop/a', '{}').body, metadata: { name: 'a', namespace: 'shop', annotations: { 'istio.io/dry-run': 'true' } } },
      },
      ap('shop/b', 'action: AUDIT\nrules: [{}]'),
      ap('web/c', 'action: CUSTOM\nrules: [{ to: [{ operation: { ports: ["80"] } }] }]'),
    ],
    expected: {
      'web/front -> shop/cart': 'every port',
      'shop/cart -> web/front': 'TCP 1-79, 81-65535, UDP, SCTP, ICMP and ICMPv6, possibly every port',
    },
  },
  {
    title: 'STRICT refuses who is not in the mesh; the narrowest setting decides',
    policies: [
      pa('istio-system/default', 'mtls: { mode: STRICT }'),
      pa('shop/cart', `${CART}\nmtls: { mode: PERMISSIVE }\nportLevelMtls: { 9090: { mode: STRICT } }`),
    ],
    expected: {
      'plain/old -> shop/db': NOT_TCP,
      'web/front -> shop/db': 'every port',
      'plain/old -> shop/cart': 'TCP 1-9089, 9091-65535, UDP, SCTP, ICMP and ICMPv6',
      '203.0.113.7 -> shop/db': NOT_TCP,
    },
  },
  {
    title: 'it holds besides network policies: both must allow',
    policies: [
      ap('shop/a', `${CART}\nrules: [{ to: [{ operation: { ports: ['80', '81'] } }] }]`),
      policy('shop/p', 'podSelector: {}\ningress: [{ ports: [{ port: 81 }, { port: 82 }] }]'),
    ],
    expected: { 'web/front -> shop/cart': 'TCP 81', 'web/front -> shop/db': 'TCP 81-82' },
  },
  {
    title: 'in an ambient mesh network policies see port 15008 and not the port of the application',
    cluster: [
      namespace('a', { 'istio.io/dataplane-mode': 'ambient' }),
      namespace('plain'),
      pod('a/cart', { app: 'cart' }),
      pod('a/db', { app: 'db' }),
      pod('plain/old'),
    ],
    policies: [
      policy('a/p', 'podSelector: { matchLabels: { app: cart } }\ningress: [{ ports: [{ port: 8080 }] }]'),
      policy('a/q', 'podSelector: { matchLabels: { app: db } }\ningress: [{ ports: [{ port: 15008 }] }]'),
    ],
    expected: { 'a/db -> a/cart': 'nothing', 'a/cart -> a/db': 'TCP', 'plain/old -> a/cart': 'TCP 8080' },
  },
  {
    title: "an account without a namespace is of the policy's own",
    cluster: [...CLUSTER, pod('shop/front', {}, { spec: { serviceAccountName: 'front' } })],
    policies: [ap('shop/a', `${CART}\nrules: [{ from: [{ source: { serviceAccounts: [front] } }] }]`)],
    expected: { 'shop/front -> shop/cart': 'every port', 'web/front -> shop/cart': NOT_TCP },
  },
  {
    title: 'a gateway runs the proxy itself: it has an identity although no sidecar is injected',
    cluster: [
      namespace('shop', { 'istio-injection': 'enabled' }),
      pod('shop/cart', { app: 'cart' }),
      pod(
        'shop/gateway',
        { 'sidecar.istio.io/inject': 'false' },
        { spec: { serviceAccountName: 'gateway', containers: [{ name: 'istio-proxy', image: 'proxyv2' }] } },
      ),
      pod('shop/job', { 'sidecar.istio.io/inject': 'false' }, { spec: { serviceAccountName: 'gateway' } }),
    ],
    policies: [ap('shop/a', `${CART}\nrules: [{ from: [{ source: { principals: ["cluster.local/ns/shop/sa/gateway"] } }] }]`)],
    expected: { 'shop/gateway -> shop/cart': 'every port', 'shop/job -> shop/cart': NOT_TCP },
  },
  {
    title: 'a pod with a sidecar has the labels that its injection brings, one without has not, and where nobody knows it may',
    cluster: [
      namespace('shop', { 'istio-injection': 'enabled' }),
      pod('shop/cart', { app: 'cart' }),
      pod('shop/plain', { app: 'plain', 'sidecar.istio.io/inject': 'false' }),
      pod('unseen/db', { app: 'db' }),
    ],
    policies: [
      policy('shop/p', 'podSelector: { matchLabels: { service.istio.io/canonical-name: cart } }\ningress: [{ ports: [{ port: 80 }] }]'),
      policy('shop/q', 'podSelector: { matchLabels: { service.istio.io/canonical-name: plain } }\ningress: []'),
      policy('unseen/r', 'podSelector: { matchLabels: { service.istio.io/canonical-name: db } }\ningress: []'),
    ],
    expected: {
      'shop/plain -> shop/cart': 'TCP 80',
      'shop/cart -> shop/plain': 'every port',
      'shop/cart -> unseen/db': 'possibly every port',
    },
  },
  {
    title: 'ports that a sidecar leaves alone are not under its policies',
    cluster: [
      namespace('shop', { 'istio-injection': 'enabled' }),
      namespace('plain'),
      pod('plain/old'),
      pod('shop/hook', { app: 'hook' }, { annotations: { 'traffic.sidecar.istio.io/excludeInboundPorts': '9443, 8081' } }),
      pod('shop/some', { app: 'some' }, { annotations: { 'traffic.sidecar.istio.io/includeInboundPorts': '8080' } }),
      pod('shop/all', { app: 'all' }, { annotations: { 'traffic.sidecar.istio.io/includeInboundPorts': '*' } }),
    ],
    policies: [ap('shop/p', '{}')],
    expected: {
      'plain/old -> shop/hook': 'TCP 8081, 9443, UDP, SCTP, ICMP and ICMPv6',
      'plain/old -> shop/some': 'TCP 1-8079, 8081-65535, UDP, SCTP, ICMP and ICMPv6',
      'plain/old -> shop/all': NOT_TCP,
    },
  },
]

describe('Istio policies', () => {
  for (const { title, policies, expected, cluster } of CASES)
    it(title, () => expect(answers([...(cluster ?? CLUSTER), ...policies], expected)).toEqual(expected))
})
