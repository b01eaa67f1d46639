import { describe, expect, it } from 'vitest'
import type { KubeObject } from '../../../server/model/object.ts'
import { answers, modelOf, namespace, pod, policy } from './cluster.ts'

const CLUSTER: readonly KubeObject[] = [namespace('a'), pod('a/web', { app: 'web' }), pod('a/db', { app: 'db' })]

interface Case {
  readonly title: string
  readonly spec: string
  readonly kind?: string
  /** Where the problem is, and a part of what it says. */
  readonly problem: readonly [path: string, message: string]
}

const CASES: readonly Case[] = [
  {
    title: 'a block that is none',
    spec: 'podSelector: {}\ningress: [{ from: [{ ipBlock: { cidr: 10.0.0.0/33 } }] }]',
    problem: ['spec.ingress.0.from.0.ipBlock.cidr', 'no address block'],
  },
  {
    title: 'an address without a length',
    spec: 'podSelector: {}\ningress: [{ from: [{ ipBlock: { cidr: 10.0.0.1 } }] }]',
    problem: ['spec.ingress.0.from.0.ipBlock.cidr', 'no address block'],
  },
  {
    title: 'an exception outside of its block',
    spec: 'podSelector: {}\ningress: [{ from: [{ ipBlock: { cidr: 10.0.0.0/8, except: [192.168.0.0/16] } }] }]',
    problem: ['spec.ingress.0.from.0.ipBlock.except.0', 'must be a part of'],
  },
  {
    title: 'an exception as large as its block',
    spec: 'podSelector: {}\ningress: [{ from: [{ ipBlock: { cidr: 10.0.0.0/8, except: [10.0.0.0/8] } }] }]',
    problem: ['spec.ingress.0.from.0.ipBlock.except.0', 'smaller'],
  },
  {
    title: 'an exception of the other family',
    spec: "podSelector: {}\ningress: [{ from: [{ ipBlock: { cidr: 0.0.0.0/0, except: ['::/64'] } }] }]",
    problem: ['spec.ingress.0.from.0.ipBlock.except.0', 'must be a part of'],
  },
  {
    title: 'a block beside a selector',
    spec: 'podSelector: {}\ningress: [{ from: [{ ipBlock: { cidr: 10.0.0.0/8 }, podSelector: {} }] }]',
    problem: ['spec.ingress.0.from.0', 'no selectors'],
  },
  { title: 'an empty peer', spec: 'podSelector: {}\ningress: [{ from: [{}] }]', problem: ['spec.ingress.0.from.0', 'A peer needs'] },
  {
    title: 'an unknown operator',
    spec: 'podSelector: { matchExpressions: [{ key: app, operator: Is, values: [db] }] }',
    problem: ['spec.podSelector.matchExpressions.0.operator', 'no operator `Is`'],
  },
  {
    title: 'In without values',
    spec: 'podSelector: { matchExpressions: [{ key: app, operator: In }] }',
    problem: ['spec.podSelector.matchExpressions.0.values', 'needs `values`'],
  },
  {
    title: 'Exists with values',
    spec: 'podSelector: { matchExpressions: [{ key: app, operator: Exists, values: [x] }] }',
    problem: ['spec.podSelector.matchExpressions.0.values', 'takes no `values`'],
  },
  {
    title: 'a number as the value of a label',
    spec: 'podSelector: { matchLabels: { app: 1 } }',
    problem: ['spec.podSelector.matchLabels.app', 'Write "1"'],
  },
  {
    title: 'a port in quotes',
    spec: 'podSelector: {}\ningress: [{ ports: [{ port: "80" }] }]',
    problem: ['spec.ingress.0.ports.0.port', 'Write 80 without quotes'],
  },
  {
    title: 'a port name that is too long',
    spec: 'podSelector: {}\ningress: [{ ports: [{ port: a-port-name-that-is-long }] }]',
    problem: ['spec.ingress.0.ports.0.port', 'at most 15'],
  },
  {
    title: 'a negative port',
    spec: 'podSelector: {}\ningress: [{ ports: [{ port: -1 }] }]',
    problem: ['spec.ingress.0.ports.0.port', '1 to 65535'],
  },
  {
    title: 'a port beyond the last one',
    spec: 'podSelector: {}\ningress: [{ ports: [{ port: 70000 }] }]',
    problem: ['spec.ingress.0.ports.0.port', '1 to 65535'],
  },
  {
    title: 'a range that ends before it begins',
    spec: 'podSelector: {}\ningress: [{ ports: [{ port: 80, endPort: 70 }] }]',
    problem: ['spec.ingress.0.ports.0.endPort', 'below'],
  },
  {
    title: 'a range that begins with a name',
    spec: 'podSelector: {}\ningress: [{ ports: [{ port: http, endPort: 70 }] }]',
    problem: ['spec.ingress.0.ports.0.endPort', 'needs `port` as a number'],
  },
  {
    title: 'a protocol that policies do not know',
    spec: 'podSelector: {}\ningress: [{ ports: [{ protocol: ICMP }] }]',
    problem: ['spec.ingress.0.ports.0.protocol', 'no protocol'],
  },
  {
    title: 'a policy type in lower case',
    spec: 'podSelector: {}\npolicyTypes: [ingress]',
    problem: ['spec.policyTypes.0', 'capital letter'],
  },
  { title: 'rules that are no list', spec: 'podSelector: {}\ningress: { from: [] }', problem: ['spec.ingress', 'must be a list'] },
  {
    title: 'a selector of Calico that cannot be read',
    kind: 'projectcalico.org/v3/NetworkPolicy',
    spec: "selector: app = 'db'",
    problem: ['spec.selector', 'cannot read'],
  },
  {
    title: 'ports of Calico without a protocol',
    kind: 'projectcalico.org/v3/NetworkPolicy',
    spec: 'ingress: [{ action: Allow, destination: { ports: [80] } }]',
    problem: ['spec.ingress.0.destination.ports', 'needs a `protocol`'],
  },
  {
    title: 'a rule of Calico without an action',
    kind: 'projectcalico.org/v3/NetworkPolicy',
    spec: 'ingress: [{ protocol: TCP }]',
    problem: ['spec.ingress.0', 'no action'],
  },
  {
    title: 'two kinds of peers in one rule of Cilium',
    kind: 'cilium.io/v2/CiliumNetworkPolicy',
    spec: 'endpointSelector: {}\ningress: [{ fromEndpoints: [{}], fromEntities: [world] }]',
    problem: ['spec.ingress.0.fromEntities', 'Write two rules'],
  },
  {
    title: 'an entity that Cilium does not know',
    kind: 'cilium.io/v2/CiliumNetworkPolicy',
    spec: 'endpointSelector: {}\ningress: [{ fromEntities: [internet] }]',
    problem: ['spec.ingress.0.fromEntities.0', 'no entity'],
  },
]

describe('a policy that is refused', () => {
  for (const { title, spec, kind, problem } of CASES) {
    it(`${title}: it is said where, and nothing looks safer for it`, () => {
      const broken = policy('a/broken', spec, kind)
      const { problems } = modelOf([...CLUSTER, broken]).facts.reachability
      expect(problems.map(({ path, message }) => [path.join('.'), message.includes(problem[1])])).toContainEqual([problem[0], true])
      // It isolates nothing, so everything stays as open as without it …
      const open = { 'a/web -> a/db': 'every port', '203.0.113.7 -> a/db': 'every port' }
      expect(answers([...CLUSTER, broken], open)).toEqual(open)
      // … and the policies that are in force are computed all the same.
      const closed = policy('a/other', 'podSelector: { matchLabels: { app: web } }\ningress: [{ ports: [{ port: 80 }] }]')
      const [found] = Object.values(answers([...CLUSTER, broken, closed], { 'a/db -> a/web': '' }))
      expect(found).toMatch(/^TCP 80(, possibly .*)?$/)
    })
  }
  it('what a refused policy would allow is possible', () => {
    const broken = policy(
      'a/broken',
      'podSelector: {}\ningress: [{ from: [{ podSelector: {} }], ports: [{ port: 443 }] }, { ports: [{ port: -1 }] }]',
    )
    const isolating = policy('a/other', 'podSelector: {}')
    const expected = { 'a/web -> a/db': 'possibly TCP' }
    expect(answers([...CLUSTER, broken, isolating], expected)).toEqual(expected)
  })
  it('a rule that names an unknown namespace is no problem', () => {
    const fine = policy(
      'a/p',
      'podSelector: {}\ningress: [{ from: [{ namespaceSelector: { matchLabels: { kubernetes.io/metadata.name: elsewhere } } }] }]',
    )
    const { reachability } = modelOf([...CLUSTER, fine]).facts
    expect(reachability.problems).toEqual([])
    expect(answers([...CLUSTER, fine], { 'a/web -> a/db': '' })).toEqual({ 'a/web -> a/db': 'nothing' })
  })
})
