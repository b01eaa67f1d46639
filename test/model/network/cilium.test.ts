import { describe, expect, it } from 'vitest'
import type { KubeObject } from '../../../server/model/object.ts'
import { answers, namespace, object, pod, policy } from './cluster.ts'

const CLUSTER: readonly KubeObject[] = [
  namespace('shop', { team: 'red' }),
  namespace('web', { team: 'blue' }),
  pod('shop/cart', { app: 'cart' }, { ports: [{ name: 'http', containerPort: 8080 }] }),
  pod('shop/db', { app: 'db' }),
  pod('web/front', { app: 'front' }, { spec: { serviceAccountName: 'front' } }),
  pod('shop/agent', { app: 'agent' }, { spec: { hostNetwork: true } }),
]

const cnp = (end: string, spec: string): KubeObject => policy(end, spec, 'cilium.io/v2/CiliumNetworkPolicy')
const ccnp = (name: string, spec: string): KubeObject => policy(`/${name}`, spec, 'cilium.io/v2/CiliumClusterwideNetworkPolicy')

const CART = 'endpointSelector: { matchLabels: { app: cart } }'

interface Case {
  readonly title: string
  readonly policies: readonly KubeObject[]
  readonly expected: Readonly<Record<string, string>>
}

const CASES: readonly Case[] = [
  {
    title: 'a section of rules isolates its direction alone',
    policies: [cnp('shop/p', `${CART}\ningress: [{ fromEndpoints: [{ matchLabels: { app: db } }] }]`)],
    expected: { 'shop/db -> shop/cart': 'every port', 'web/front -> shop/cart': 'nothing', 'shop/cart -> web/front': 'every port' },
  },
  {
    title: 'an empty rule isolates and allows nothing, unlike the one of Kubernetes',
    policies: [cnp('shop/p', `${CART}\ningress: [{}]`)],
    expected: { 'shop/db -> shop/cart': 'nothing', '203.0.113.7 -> shop/cart': 'nothing' },
  },
  {
    title: 'an empty section does not isolate',
    policies: [cnp('shop/p', `${CART}\ningress: []`)],
    expected: { 'shop/db -> shop/cart': 'every port' },
  },
  {
    title: 'an empty selector means the namespace; in a clusterwide policy, the cluster',
    policies: [
      cnp('shop/p', `${CART}\ningress: [{ fromEndpoints: [{}] }]`),
      ccnp('q', 'endpointSelector: { matchLabels: { app: db } }\ningress: [{ fromEndpoints: [{}] }]'),
    ],
    expected: {
      'shop/db -> shop/cart': 'every port',
      'web/front -> shop/cart': 'nothing',
      'web/front -> shop/db': 'every port',
      '203.0.113.7 -> shop/db': 'nothing',
    },
  },
  {
    title: 'an empty list of endpoints means nobody',
    policies: [cnp('shop/p', `${CART}\ningress: [{ fromEndpoints: [] }]`)],
    expected: { 'shop/db -> shop/cart': 'nothing' },
  },
  {
    title: 'enableDefaultDeny: false allows without isolating',
    policies: [
      cnp('shop/p', `${CART}\nenableDefaultDeny: { ingress: false }\ningress: [{ fromEndpoints: [{ matchLabels: { app: db } }] }]`),
    ],
    expected: { 'web/front -> shop/cart': 'every port' },
  },
  {
    title: 'enableDefaultDeny: true isolates without a rule of its direction',
    policies: [cnp('shop/p', `${CART}\nenableDefaultDeny: { ingress: true }\negress: [{ toEntities: [all] }]`)],
    expected: { 'web/front -> shop/cart': 'nothing' },
  },
  {
    title: 'a refusal beats every permission, also of Kubernetes',
    policies: [
      cnp(
        'shop/p',
        `${CART}\ningressDeny: [{ fromEntities: [all], toPorts: [{ ports: [{ port: '22', protocol: TCP }] }] }]\ningress: [{ fromEntities: [all] }]`,
      ),
      policy('shop/k', 'podSelector: {}\ningress: [{ ports: [{ port: 22 }, { port: 23 }] }]'),
    ],
    expected: { 'web/front -> shop/cart': 'TCP 1-21, 23-65535, UDP, SCTP, ICMP and ICMPv6', 'web/front -> shop/db': 'TCP 22-23' },
  },
  {
    title: 'a refusal alone isolates as well',
    policies: [cnp('shop/p', `${CART}\ningressDeny: [{ fromEndpoints: [{ matchLabels: { app: db } }] }]`)],
    expected: { 'shop/db -> shop/cart': 'nothing', 'web/front -> shop/cart': 'nothing' },
  },
  {
    title: 'labels may name the source, the namespace, its labels and the account',
    policies: [
      cnp(
        'shop/a',
        `${CART}\ningress: [{ fromEndpoints: [{ matchLabels: { 'k8s:app': front, 'k8s:io.kubernetes.pod.namespace': web } }] }]`,
      ),
      cnp(
        'shop/b',
        "endpointSelector: { matchLabels: { 'any:app': db } }\ningress: [{ fromEndpoints: [{ matchLabels: { io.cilium.k8s.namespace.labels.team: blue, io.cilium.k8s.policy.serviceaccount: front } }] }]",
      ),
    ],
    expected: {
      'web/front -> shop/cart': 'every port',
      'shop/db -> shop/cart': 'nothing',
      'web/front -> shop/db': 'every port',
      'shop/cart -> shop/db': 'nothing',
    },
  },
  {
    title: 'matchExpressions on the namespace',
    policies: [
      cnp(
        'shop/p',
        `${CART}\ningress: [{ fromEndpoints: [{ matchExpressions: [{ key: 'k8s:io.kubernetes.pod.namespace', operator: Exists }] }] }]`,
      ),
    ],
    expected: { 'web/front -> shop/cart': 'every port', 'shop/db -> shop/cart': 'every port' },
  },
  {
    title: 'blocks mean addresses outside: neither pods nor nodes',
    policies: [cnp('shop/p', `${CART}\negress: [{ toCIDR: [0.0.0.0/0] }, { toCIDRSet: [{ cidr: '::/0', except: ['2001:db8::/32'] }] }]`)],
    expected: {
      'shop/cart -> 203.0.113.7': 'every port',
      'shop/cart -> shop/db': 'nothing',
      'shop/cart -> node': 'possibly every port',
      'shop/cart -> 2001:db8::1': 'nothing',
      'shop/cart -> 2001:db9::1': 'every port',
    },
  },
  {
    title: 'entities',
    policies: [
      cnp(
        'shop/a',
        `${CART}\negress: [{ toEntities: [world] }, { toEntities: [kube-apiserver], toPorts: [{ ports: [{ port: '443', protocol: TCP }] }] }]`,
      ),
      cnp('shop/b', 'endpointSelector: { matchLabels: { app: db } }\negress: [{ toEntities: [cluster] }]'),
    ],
    expected: {
      'shop/cart -> 203.0.113.7': 'every port',
      'shop/cart -> apiserver': 'TCP 443, possibly every port',
      'shop/cart -> shop/db': 'nothing',
      'shop/db -> web/front': 'every port',
      'shop/db -> shop/agent': 'every port',
      'shop/db -> node': 'every port',
      'shop/db -> 203.0.113.7': 'nothing',
    },
  },
  {
    title: 'a host name counts where the answers of DNS are seen, and is uncertain elsewhere',
    policies: [
      cnp(
        'shop/a',
        `${CART}\negress: [{ toFQDNs: [{ matchName: api.example.com }, { matchPattern: '*.example.org' }], toPorts: [{ ports: [{ port: '443', protocol: TCP }] }] }, { toEndpoints: [{ matchLabels: { 'k8s:io.kubernetes.pod.namespace': kube-system, 'k8s:k8s-app': kube-dns } }], toPorts: [{ ports: [{ port: '53', protocol: ANY }], rules: { dns: [{ matchPattern: '*' }] } }] }]`,
      ),
      cnp('shop/b', 'endpointSelector: { matchLabels: { app: db } }\negress: [{ toFQDNs: [{ matchName: api.example.com }] }]'),
    ],
    expected: {
      'shop/cart -> api.example.com': 'TCP 443',
      'shop/cart -> 203.0.113.7': 'nothing',
      'shop/cart -> dns': 'TCP 53, UDP 53 and SCTP 53',
      'shop/db -> api.example.com': 'possibly every port',
    },
  },
  {
    title: 'ports: any protocol, ranges, names, zero for all, and ICMP apart',
    policies: [
      cnp(
        'shop/a',
        `${CART}\ningress: [{ toPorts: [{ ports: [{ port: '53' }, { port: '8000', endPort: 8010, protocol: TCP }, { port: http, protocol: TCP }] }] }]`,
      ),
      cnp(
        'shop/b',
        "endpointSelector: { matchLabels: { app: db } }\ningress: [{ toPorts: [{ ports: [{ port: '0', protocol: UDP }] }] }, { icmps: [{ fields: [{ type: 8, family: IPv4 }] }] }]",
      ),
    ],
    expected: { 'web/front -> shop/cart': 'TCP 53, 8000-8010, 8080, UDP 53 and SCTP 53', 'web/front -> shop/db': 'UDP and ICMP' },
  },
  {
    title: 'rules for requests narrow: what they let through is possible',
    policies: [
      cnp('shop/p', `${CART}\ningress: [{ toPorts: [{ ports: [{ port: '80', protocol: TCP }], rules: { http: [{ method: GET }] } }] }]`),
    ],
    expected: { 'web/front -> shop/cart': 'possibly TCP 80' },
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
      cnp('web/p', 'endpointSelector: {}\negress: [{ toServices: [{ k8sService: { serviceName: cart, namespace: shop } }] }]'),
    ],
    expected: { 'web/front -> shop/cart': 'every port', 'web/front -> shop/db': 'nothing' },
  },
  {
    title: 'several policies in one object',
    policies: [
      object({
        apiVersion: 'cilium.io/v2',
        kind: 'CiliumNetworkPolicy',
        metadata: { name: 'p', namespace: 'shop' },
        specs: [
          { endpointSelector: { matchLabels: { app: 'cart' } }, ingress: [{}] },
          { endpointSelector: { matchLabels: { app: 'db' } }, ingress: [{ fromEndpoints: [{ matchLabels: { app: 'cart' } }] }] },
        ],
      }),
    ],
    expected: { 'shop/db -> shop/cart': 'nothing', 'shop/cart -> shop/db': 'every port', 'web/front -> shop/db': 'nothing' },
  },
  {
    title: 'under Cilium an empty namespaceSelector of Kubernetes means pods, not the world',
    policies: [
      cnp('web/p', 'endpointSelector: {}\nenableDefaultDeny: { egress: false, ingress: false }\negress: [{ toEntities: [cluster] }]'),
      policy('shop/k', 'podSelector: { matchLabels: { app: cart } }\ningress: [{ from: [{ namespaceSelector: {} }] }]'),
    ],
    expected: { 'web/front -> shop/cart': 'every port', '203.0.113.7 -> shop/cart': 'nothing' },
  },
]

describe('Cilium policies', () => {
  for (const { title, policies, expected } of CASES) it(title, () => expect(answers([...CLUSTER, ...policies], expected)).toEqual(expected))
})
