import { describe, expect, it } from 'vitest'
import { selectionOf } from './selection.ts'
import type { KubeObject } from '../../../server/model/object.ts'
import { answers, modelOf, namespace, object, pod, policy } from './cluster.ts'

/** What other tools got wrong, by the issue in which it was reported. Each row is a test. */
interface Row {
  readonly issue: string
  readonly title: string
  readonly objects: readonly KubeObject[]
  /** Connections, and `policy selects` → the workloads that a policy selects. */
  readonly expected: Readonly<Record<string, string>>
}

const A_AND_B: readonly KubeObject[] = [
  namespace('a', { team: 'red' }),
  namespace('b', { team: 'blue' }),
  pod('a/web', { app: 'web', role: 'front' }, { ports: [{ name: 'http', containerPort: 8080 }] }),
  pod('b/web', { app: 'web', role: 'front' }),
  pod('b/db', { app: 'db', role: 'back' }),
]

const anp = (name: string, spec: string): KubeObject => policy(`/${name}`, spec, 'policy.networking.k8s.io/v1alpha1/AdminNetworkPolicy')
const cilium = (end: string, spec: string): KubeObject => policy(end, spec, 'cilium.io/v2/CiliumNetworkPolicy')

const ROWS: readonly Row[] = [
  {
    issue: 'checkov#7474',
    title: 'the namespace of a policy counts when it is matched to pods',
    objects: [...A_AND_B, policy('a/p', 'podSelector: { matchLabels: { app: web } }')],
    expected: { 'a/p selects': 'a/web', 'b/db -> b/web': 'every port' },
  },
  {
    issue: 'checkov#7668',
    title: 'matchExpressions of a podSelector count',
    objects: [...A_AND_B, policy('b/p', 'podSelector: { matchExpressions: [{ key: app, operator: In, values: [db] }] }')],
    expected: { 'b/p selects': 'b/db', 'b/db -> b/web': 'every port', 'b/web -> b/db': 'nothing' },
  },
  {
    issue: 'checkov#7444',
    title: 'a CiliumNetworkPolicy isolates as well',
    objects: [...A_AND_B, cilium('b/p', 'endpointSelector: {}\ningress: [{}]')],
    expected: { 'b/p selects': 'b/web b/db', 'a/web -> b/db': 'nothing' },
  },
  {
    issue: 'k8sgpt#1746',
    title: 'a policy of one namespace does not select pods of another',
    objects: [...A_AND_B, policy('a/p', 'podSelector: { matchLabels: { app: db } }')],
    expected: { 'a/p selects': '', 'b/web -> b/db': 'every port' },
  },
  {
    issue: 'kubescape#3601',
    title: 'egress on one port and ingress on another have nothing in common',
    objects: [
      ...A_AND_B,
      policy('a/p', 'podSelector: {}\npolicyTypes: [Egress]\negress: [{ ports: [{ port: 80 }] }]'),
      policy('b/p', 'podSelector: {}\ningress: [{ ports: [{ port: 443 }] }]'),
    ],
    expected: { 'a/web -> b/db': 'nothing' },
  },
  {
    issue: 'kubescape#3909',
    title: 'between the pods of one workload the policies are asked, not assumed',
    objects: [
      namespace('a'),
      object({
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'web', namespace: 'a' },
        spec: { template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web' }] } } },
      }),
      policy('a/p', 'podSelector: {}\ningress: [{ from: [{ podSelector: { matchLabels: { app: web } } }], ports: [{ port: 7946 }] }]'),
    ],
    expected: { 'a/web -> a/web': 'TCP 7946' },
  },
  {
    issue: 'regolibrary#711',
    title: 'an endpointSelector without matchLabels selects every pod',
    objects: [
      ...A_AND_B,
      cilium(
        'b/p',
        'endpointSelector: {}\nenableDefaultDeny: { ingress: true }\ningress: [{ fromEndpoints: [{ matchLabels: { app: web } }] }]',
      ),
    ],
    expected: { 'b/p selects': 'b/web b/db', 'b/web -> b/db': 'every port', 'a/web -> b/db': 'nothing' },
  },
  {
    issue: 'regolibrary#712',
    title: 'a CiliumClusterwideNetworkPolicy isolates as well',
    objects: [
      ...A_AND_B,
      policy('/p', 'endpointSelector: { matchLabels: { app: db } }\ningress: [{}]', 'cilium.io/v2/CiliumClusterwideNetworkPolicy'),
    ],
    expected: { '/p selects': 'b/db', 'a/web -> b/db': 'nothing' },
  },
  {
    issue: 'popeye#116',
    title: 'a podSelector beside a namespaceSelector looks into those namespaces',
    objects: [
      ...A_AND_B,
      policy(
        'a/p',
        'podSelector: {}\ningress: [{ from: [{ namespaceSelector: { matchLabels: { team: blue } }, podSelector: { matchLabels: { app: db } } }] }]',
      ),
    ],
    expected: { 'b/db -> a/web': 'every port', 'b/web -> a/web': 'nothing' },
  },
  {
    issue: 'popeye#153',
    title: 'an empty namespaceSelector matches every namespace',
    objects: [
      ...A_AND_B,
      policy('a/p', 'podSelector: {}\ningress: [{ from: [{ namespaceSelector: {}, podSelector: { matchLabels: { app: db } } }] }]'),
    ],
    expected: { 'b/db -> a/web': 'every port', 'b/web -> a/web': 'nothing' },
  },
  {
    issue: 'popeye#202',
    title: 'an empty podSelector matches every pod',
    objects: [...A_AND_B, policy('b/p', 'podSelector: {}\ningress: [{ from: [{ podSelector: {} }] }]')],
    expected: { 'b/p selects': 'b/web b/db', 'b/web -> b/db': 'every port', 'a/web -> b/db': 'nothing' },
  },
  {
    issue: 'popeye#311',
    title: 'matchExpressions of a peer count',
    objects: [
      ...A_AND_B,
      policy(
        'b/p',
        'podSelector: { matchLabels: { app: db } }\ningress: [{ from: [{ podSelector: { matchExpressions: [{ key: role, operator: NotIn, values: [back] }] } }] }]',
      ),
    ],
    expected: { 'b/web -> b/db': 'every port' },
  },
  {
    issue: 'popeye#567',
    title: 'a pod is isolated whether or not the rules name the pod itself',
    objects: [
      ...A_AND_B,
      policy('b/p', 'podSelector: { matchLabels: { app: db } }\ningress: [{ from: [{ podSelector: { matchLabels: { app: web } } }] }]'),
    ],
    expected: { 'b/p selects': 'b/db', 'b/web -> b/db': 'every port', 'a/web -> b/db': 'nothing' },
  },
  {
    issue: 'kube-score#293',
    title: 'a policy whose podSelector is empty selects every pod, not none',
    objects: [...A_AND_B, policy('b/p', 'podSelector: {}\npolicyTypes: [Ingress]')],
    expected: { 'b/p selects': 'b/web b/db', 'a/web -> b/web': 'nothing' },
  },
  {
    issue: 'KICS#3759',
    title: 'all matchLabels must match the same pod',
    objects: [...A_AND_B, policy('b/p', 'podSelector: { matchLabels: { app: db, role: front } }')],
    expected: { 'b/p selects': '', 'b/web -> b/db': 'every port' },
  },
  {
    issue: 'kube-linter#206',
    title: 'labels alone do not tell which policy a pod belongs to',
    objects: [...A_AND_B, policy('a/p', 'podSelector: { matchLabels: { app: web } }\npolicyTypes: [Egress]')],
    expected: { 'a/web -> b/db': 'nothing', 'b/web -> b/db': 'every port', 'b/db -> a/web': 'every port' },
  },
  {
    issue: 'trivy KSV038',
    title: 'objects that are no policies are not read as policies',
    objects: [
      ...A_AND_B,
      object({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c', namespace: 'b' }, spec: { podSelector: {} } }),
    ],
    expected: { 'a/web -> b/db': 'every port' },
  },
  {
    issue: 'uds-core#528',
    title: 'two selectors of one peer are joined, two peers are alternatives',
    objects: [
      ...A_AND_B,
      policy(
        'a/p',
        'podSelector: {}\ningress: [{ from: [{ namespaceSelector: { matchLabels: { team: blue } } }, { podSelector: { matchLabels: { app: none } } }] }]',
      ),
    ],
    expected: { 'b/db -> a/web': 'every port', 'b/web -> a/web': 'every port' },
  },
  {
    issue: 'np-guard#405',
    title: 'a port name counts with its protocol only',
    objects: [
      ...A_AND_B,
      pod(
        'b/dns',
        { app: 'dns' },
        {
          ports: [
            { name: 'dns', protocol: 'UDP', containerPort: 53 },
            { name: 'dns', protocol: 'TCP', containerPort: 5300 },
          ],
        },
      ),
      policy('b/p', 'podSelector: { matchLabels: { app: dns } }\ningress: [{ ports: [{ port: dns }] }]'),
    ],
    expected: { 'a/web -> b/dns': 'TCP 5300' },
  },
  {
    issue: 'np-guard#571',
    title: 'Pass neither allows nor denies',
    objects: [
      ...A_AND_B,
      anp(
        'p',
        'priority: 1\nsubject: { namespaces: {} }\ningress: [{ action: Pass, from: [{ namespaces: {} }] }, { action: Deny, from: [{ namespaces: {} }] }]',
      ),
    ],
    expected: { 'a/web -> b/db': 'every port' },
  },
  {
    issue: 'np-guard#552',
    title: 'rules of a lower priority number go first, whatever the order of the files',
    objects: [
      ...A_AND_B,
      anp('deny', 'priority: 2\nsubject: { namespaces: {} }\ningress: [{ action: Deny, from: [{ namespaces: {} }] }]'),
      anp(
        'pass',
        'priority: 1\nsubject: { namespaces: {} }\ningress: [{ action: Pass, from: [{ namespaces: { matchLabels: { team: red } } }] }]',
      ),
    ],
    expected: { 'a/web -> b/db': 'every port', 'b/web -> b/db': 'nothing' },
  },
  {
    issue: 'network-policy-api#268',
    title: 'tiers are asked one after the other for each direction',
    objects: [
      ...A_AND_B,
      anp(
        'p',
        'priority: 1\nsubject: { namespaces: { matchLabels: { team: red } } }\negress: [{ action: Allow, to: [{ namespaces: {} }] }]',
      ),
      policy('b/p', 'podSelector: {}'),
    ],
    expected: { 'a/web -> b/db': 'nothing' },
  },
  {
    issue: 'kube-network-policies#9',
    title: 'Allow for egress does not end the question for ingress',
    objects: [
      ...A_AND_B,
      anp(
        'p',
        'priority: 1\nsubject: { namespaces: {} }\negress: [{ action: Allow, to: [{ namespaces: {} }] }]\ningress: [{ action: Deny, from: [{ namespaces: { matchLabels: { team: red } } }] }]',
      ),
    ],
    expected: { 'a/web -> b/db': 'nothing', 'b/web -> b/db': 'every port' },
  },
  {
    issue: 'NCA#229',
    title: 'with profiles alone what they do not allow is closed',
    objects: [...A_AND_B, policy('/kns.b', 'egress: [{ action: Allow }]', 'projectcalico.org/v3/Profile')],
    expected: { 'a/web -> b/db': 'nothing', 'b/db -> a/web': 'every port' },
  },
  {
    issue: 'NCA#301',
    title: "a Calico policy before order 1000 goes before Kubernetes' policies, one after it adds",
    objects: [
      ...A_AND_B,
      policy('b/k', 'podSelector: {}\ningress: [{ ports: [{ port: 80 }] }]'),
      policy(
        'b/early',
        'order: 999\ningress: [{ action: Deny, protocol: TCP, destination: { ports: [80] } }]',
        'projectcalico.org/v3/NetworkPolicy',
      ),
      policy(
        'b/late',
        'order: 1001\ningress: [{ action: Allow, protocol: TCP, destination: { ports: [81] } }]',
        'projectcalico.org/v3/NetworkPolicy',
      ),
    ],
    expected: { 'a/web -> b/db': 'TCP 81' },
  },
  {
    issue: 'cilium#4513',
    title: 'an empty namespaceSelector does not mean the world',
    objects: [...A_AND_B, policy('b/p', 'podSelector: {}\ningress: [{ from: [{ namespaceSelector: {} }] }]')],
    expected: { 'a/web -> b/db': 'every port', '203.0.113.7 -> b/db': 'nothing' },
  },
  {
    issue: 'cilium#22610',
    title: 'every IPv4 address is no IPv6 address',
    objects: [...A_AND_B, policy('b/p', 'podSelector: {}\ningress: [{ from: [{ ipBlock: { cidr: 0.0.0.0/0 } }] }]')],
    expected: { '203.0.113.7 -> b/db': 'every port', '2001:db8::1 -> b/db': 'nothing' },
  },
  {
    issue: 'cilium#30003',
    title: 'one port name in two containers: the first is certain, the other possible',
    objects: [
      namespace('a'),
      pod('a/client'),
      object({
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'web', namespace: 'a' },
        spec: {
          containers: [
            { name: 'x', ports: [{ name: 'http', containerPort: 80 }] },
            { name: 'y', ports: [{ name: 'http', containerPort: 90 }] },
          ],
        },
      }),
      policy('a/p', 'podSelector: {}\ningress: [{ ports: [{ port: http }] }]'),
    ],
    expected: { 'a/client -> a/web': 'TCP 80, possibly TCP 80, 90' },
  },
  {
    issue: 'open-computer-use#464',
    title: 'a further rule takes nothing away',
    objects: [
      ...A_AND_B,
      policy(
        'a/p',
        'podSelector: {}\npolicyTypes: [Egress]\negress: [{ to: [{ ipBlock: { cidr: 0.0.0.0/0 } }] }, { to: [{ ipBlock: { cidr: 0.0.0.0/0, except: [169.254.169.254/32] } }] }]',
      ),
    ],
    expected: { 'a/web -> 169.254.169.254': 'every port' },
  },
  {
    issue: 'np-guard: IPv6 read as IPv4',
    title: '::/0 is no 0.0.0.0/0',
    objects: [...A_AND_B, policy('b/p', "podSelector: {}\ningress: [{ from: [{ ipBlock: { cidr: '::/0' } }] }]")],
    expected: { '2001:db8::1 -> b/db': 'every port', '203.0.113.7 -> b/db': 'nothing' },
  },
  {
    issue: 'np-guard: hostNetwork not read',
    title: 'a pod on the network of its node is under no policy',
    objects: [...A_AND_B, pod('b/agent', { app: 'agent' }, { spec: { hostNetwork: true } }), policy('b/p', 'podSelector: {}')],
    expected: { 'a/web -> b/agent': 'every port', 'b/p selects': 'b/web b/db' },
  },
  {
    issue: 'np-guard: init containers not read',
    title: 'ports of native sidecars have names too',
    objects: [
      ...A_AND_B,
      pod(
        'b/mesh',
        { app: 'mesh' },
        { spec: { initContainers: [{ name: 'proxy', restartPolicy: 'Always', ports: [{ name: 'admin', containerPort: 9901 }] }] } },
      ),
      policy('b/p', 'podSelector: { matchLabels: { app: mesh } }\ningress: [{ ports: [{ port: admin }] }]'),
    ],
    expected: { 'a/web -> b/mesh': 'TCP 9901' },
  },
]

describe('what other tools got wrong', () => {
  for (const { issue, title, objects, expected } of ROWS) {
    it(`${issue}: ${title}`, () => {
      const connections = Object.fromEntries(Object.entries(expected).filter(([key]) => key.includes(' -> ')))
      const selections = Object.keys(expected).filter((key) => key.endsWith(' selects'))
      const { reachability } = modelOf(objects).facts
      expect({
        ...answers(objects, connections),
        ...Object.fromEntries(selections.map((key) => [key, selectionOf(reachability, key.slice(0, -' selects'.length)).join(' ')])),
      }).toEqual({ ...expected })
    })
  }
})
