import { describe, expect, it } from 'vitest'
import type { KubeObject } from '../../../server/model/object.ts'
import { answers, namespace, pod, policy } from './cluster.ts'

const CLUSTER: readonly KubeObject[] = [
  namespace('shop', { tenant: 'a' }),
  namespace('web', { tenant: 'a' }),
  namespace('other', { tenant: 'b' }),
  pod(
    'shop/cart',
    { app: 'cart' },
    {
      ports: [
        { name: 'http', containerPort: 8080 },
        { name: 'dns', protocol: 'UDP', containerPort: 5353 },
      ],
    },
  ),
  pod('web/front', { app: 'front' }),
  pod('other/spy', { app: 'spy' }),
  pod('shop/agent', { app: 'agent' }, { spec: { hostNetwork: true } }),
]

const anp = (name: string, spec: string): KubeObject => policy(`/${name}`, spec, 'policy.networking.k8s.io/v1alpha1/AdminNetworkPolicy')
const banp = (spec: string): KubeObject => policy('/default', spec, 'policy.networking.k8s.io/v1alpha1/BaselineAdminNetworkPolicy')
const cnp = (name: string, spec: string): KubeObject => policy(`/${name}`, spec, 'policy.networking.k8s.io/v1alpha2/ClusterNetworkPolicy')

const ALL = 'subject: { namespaces: {} }'
const ANY = '{ namespaces: {} }'
const OTHER = '{ namespaces: { matchLabels: { tenant: b } } }'

interface Case {
  readonly title: string
  readonly policies: readonly KubeObject[]
  readonly expected: Readonly<Record<string, string>>
}

const CASES: readonly Case[] = [
  {
    title: 'a rule that matches decides, and what no rule matches goes on',
    policies: [anp('a', `priority: 5\n${ALL}\ningress: [{ action: Deny, from: [${OTHER}] }]`)],
    expected: { 'other/spy -> shop/cart': 'nothing', 'web/front -> shop/cart': 'every port', '203.0.113.7 -> shop/cart': 'every port' },
  },
  {
    title: 'the first rule wins, port by port',
    policies: [
      anp(
        'a',
        `priority: 5\n${ALL}\ningress: [{ action: Allow, from: [${ANY}], ports: [{ portNumber: { protocol: TCP, port: 80 } }] }, { action: Deny, from: [${ANY}] }]`,
      ),
    ],
    expected: { 'other/spy -> shop/cart': 'TCP 80' },
  },
  {
    title: 'a lower priority goes first',
    policies: [
      anp('late', `priority: 9\n${ALL}\ningress: [{ action: Deny, from: [${ANY}] }]`),
      anp(
        'early',
        `priority: 1\n${ALL}\ningress: [{ action: Allow, from: [${OTHER}], ports: [{ portRange: { protocol: UDP, start: 1, end: 9 } }] }]`,
      ),
    ],
    expected: { 'other/spy -> shop/cart': 'UDP 1-9', 'web/front -> shop/cart': 'nothing' },
  },
  {
    title: 'Pass hands on to network policies, and an isolated pod never comes to the baseline',
    policies: [
      anp('a', `priority: 1\n${ALL}\ningress: [{ action: Pass, from: [${OTHER}] }, { action: Deny, from: [${ANY}] }]`),
      policy('shop/p', 'podSelector: { matchLabels: { app: cart } }\ningress: [{ ports: [{ port: 80 }] }]'),
      banp(`${ALL}\ningress: [{ action: Deny, from: [${ANY}] }]`),
    ],
    expected: { 'other/spy -> shop/cart': 'TCP 80', 'web/front -> shop/cart': 'nothing', 'other/spy -> web/front': 'nothing' },
  },
  {
    title: 'an Allow stands before a network policy that isolates',
    policies: [
      anp('a', `priority: 1\n${ALL}\ningress: [{ action: Allow, from: [${OTHER}], ports: [{ portNumber: { port: 9090 } }] }]`),
      policy('shop/p', 'podSelector: {}'),
    ],
    expected: { 'other/spy -> shop/cart': 'TCP 9090', 'web/front -> shop/cart': 'nothing' },
  },
  {
    title: 'Allow at one end says nothing of the other end',
    policies: [
      anp('a', `priority: 1\nsubject: { namespaces: { matchLabels: { tenant: b } } }\negress: [{ action: Allow, to: [${ANY}] }]`),
      policy('shop/p', 'podSelector: {}'),
    ],
    expected: { 'other/spy -> shop/cart': 'nothing' },
  },
  {
    title: 'the baseline holds where no network policy isolates',
    policies: [
      banp(
        `${ALL}\ningress: [{ action: Allow, from: [{ namespaces: { matchLabels: { tenant: a } } }] }, { action: Deny, from: [${ANY}] }]`,
      ),
    ],
    expected: { 'web/front -> shop/cart': 'every port', 'other/spy -> shop/cart': 'nothing', '203.0.113.7 -> shop/cart': 'every port' },
  },
  {
    title: 'a named port stands for the protocol that the pod gives it',
    policies: [
      anp(
        'a',
        `priority: 1\n${ALL}\ningress: [{ action: Allow, from: [${ANY}], ports: [{ namedPort: dns }] }, { action: Deny, from: [${ANY}] }]`,
      ),
    ],
    expected: { 'web/front -> shop/cart': 'UDP 5353', 'web/front -> other/spy': 'nothing' },
  },
  {
    title: 'networks are addresses outside, nodes are nodes',
    policies: [
      anp(
        'a',
        `priority: 1\n${ALL}\negress: [{ action: Deny, to: [{ networks: [169.254.169.254/32] }] }, { action: Deny, to: [{ nodes: {} }] }]`,
      ),
    ],
    expected: {
      'shop/cart -> 169.254.169.254': 'nothing',
      'shop/cart -> 203.0.113.7': 'every port',
      'shop/cart -> node': 'nothing',
      'shop/cart -> shop/agent': 'nothing',
      'shop/cart -> web/front': 'every port',
    },
  },
  {
    title: 'pods on the network of their node are no subjects',
    policies: [anp('a', `priority: 1\n${ALL}\ningress: [{ action: Deny, from: [${ANY}] }]`)],
    expected: { 'web/front -> shop/agent': 'every port', 'web/front -> shop/cart': 'nothing' },
  },
  {
    title: 'ClusterNetworkPolicy: Accept, protocols, and several objects of the baseline by their priority',
    policies: [
      cnp('a', `tier: Baseline\npriority: 2\n${ALL}\ningress: [{ action: Deny, from: [${ANY}] }]`),
      cnp(
        'b',
        `tier: Baseline\npriority: 1\n${ALL}\ningress: [{ action: Accept, from: [${OTHER}], protocols: [{ tcp: { destinationPort: { number: 80 } } }, { udp: { destinationPort: { range: { start: 5, end: 6 } } } }, { destinationNamedPort: http }] }]`,
      ),
    ],
    expected: { 'other/spy -> shop/cart': 'TCP 80, 8080 and UDP 5-6', 'web/front -> shop/cart': 'nothing' },
  },
  {
    title: 'ClusterNetworkPolicy: networks match pods as well',
    policies: [cnp('a', `tier: Admin\npriority: 1\n${ALL}\negress: [{ action: Deny, to: [{ networks: [0.0.0.0/0] }] }]`)],
    expected: { 'shop/cart -> web/front': 'nothing', 'shop/cart -> 203.0.113.7': 'nothing', 'shop/cart -> 2001:db8::1': 'every port' },
  },
  {
    title: 'ClusterNetworkPolicy: a peer of an unknown kind makes Accept match nothing and Deny match everybody',
    policies: [
      cnp(
        'a',
        `tier: Admin\npriority: 1\nsubject: { namespaces: { matchLabels: { tenant: b } } }\ningress: [{ action: Deny, from: [{ planets: {} }] }]`,
      ),
      cnp(
        'b',
        `tier: Admin\npriority: 2\nsubject: { namespaces: { matchLabels: { tenant: a } } }\ningress: [{ action: Accept, from: [{ planets: {} }] }, { action: Deny, from: [${OTHER}] }]`,
      ),
    ],
    expected: { 'web/front -> other/spy': 'nothing', 'other/spy -> shop/cart': 'nothing', 'web/front -> shop/cart': 'every port' },
  },
  {
    title: 'Pass of the baseline ends in the default, which allows',
    policies: [
      cnp('a', `tier: Baseline\npriority: 1\n${ALL}\ningress: [{ action: Pass, from: [${OTHER}] }]`),
      cnp('b', `tier: Baseline\npriority: 2\n${ALL}\ningress: [{ action: Deny, from: [${ANY}] }]`),
    ],
    expected: { 'other/spy -> shop/cart': 'every port', 'web/front -> shop/cart': 'nothing' },
  },
]

describe('policies for the whole cluster', () => {
  for (const { title, policies, expected } of CASES) it(title, () => expect(answers([...CLUSTER, ...policies], expected)).toEqual(expected))
})
