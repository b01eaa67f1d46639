import type { Facts, NamespaceFacts } from '../../server/model/facts.ts'
import { isInternet } from '../../server/model/network/breadth.ts'
import type { Direction, Policy, Rule } from '../../server/model/network/policy.ts'
import {
  type Connections,
  describeConnections,
  isWithin,
  KUBERNETES_CONNECTIONS,
  NONE,
  ports,
  PROTOCOL_NUMBERS,
  union,
} from '../../server/model/network/sets/connections.ts'
import { members } from '../../server/model/network/sets/bits.ts'
import type { BroadRule } from '../../server/model/network/synthesis/tighten.ts'
import { describe, type KubeObject } from '../../server/model/object.ts'
import { type Anchor, defineRule } from '../../server/model/rule.ts'
import { get, type Path } from '../../server/model/value.ts'
import type { Workload } from '../../server/model/workload.ts'
import { POLICY_EFFECTS } from '../policy-effects.ts'
import { allowOnlyKnown, type TightenFacts } from '../tighten.ts'

/** A block of addresses in a rule, with the connections that the rule is about. */
interface Block {
  readonly object: KubeObject
  readonly path: Path
  readonly cidr: string
  readonly connections: Connections
  /** The rule, and whom it is for; undefined when it has other peers too. */
  readonly alone: BroadRule | undefined
}

interface Data {
  readonly direction: Direction
  readonly blocks: readonly Block[]
}

type Reads = TightenFacts | 'exposure'

/** So many of a namespace that do the same are one decision. */
const SAME = 3

/** RFC 1918. */
const PRIVATE = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16']

export default defineRule<'namespace', Reads, Data>({
  name: 'network-policy-broad-ipblock',
  title: 'Policy that admits the whole internet',
  pillar: 'network',
  severity: 'warning',
  controls: { cis: ['5.3.2'], nsa: ['Net'], nist80053: ['AC-4', 'SC-7(5)'], nist800207: ['4'], attack: ['T1190', 'T1041'], owasp: ['K05'] },
  since: '0.1.0',
  each: 'namespace',
  reads: ['objects', 'workloads', 'namespaces', 'services', 'reachability', 'intents', 'exposure'],
  *check(namespace, { facts }) {
    for (const direction of ['ingress', 'egress'] as const) {
      for (const blocks of alike(broadBlocks(namespace, direction, facts))) {
        const [first] = blocks
        if (!first) continue
        const rest = blocks.slice(1)
        yield {
          ...anchor(first),
          severity: direction === 'ingress' ? 'warning' : 'hint',
          discriminator: `${direction} ${first.cidr}`,
          ...(rest.length > 0 && namespace.name !== '' ? { about: `namespace ${namespace.name}` } : {}),
          message: messageOf(blocks, first, direction),
          related: rest.map((each) => ({ ...anchor(each), message: `${describe(each.object)} does the same.` })),
          data: { direction, blocks },
        }
      }
    }
  },
  *fix({ data }, { facts }) {
    const rules = data?.blocks.flatMap(({ alone }) => alone ?? []) ?? []
    const apart = new Set(rules.map(({ object }) => object)).size === rules.length
    if (data && apart && rules.length === data.blocks.length) yield* allowOnlyKnown(rules, data.direction, facts)
    const [only, ...others] = data?.blocks ?? []
    if (!only || others.length > 0 || data?.direction !== 'ingress' || only.cidr !== '0.0.0.0/0') return
    const { object, path } = only
    const at = path.lastIndexOf('ipBlock')
    const index = path[at - 1]
    if (typeof index !== 'number' || get(object.body, ...path.slice(0, -1), 'except') !== undefined) return
    yield {
      title: `Admit private addresses only (${PRIVATE.join(', ')}): the internet is refused`,
      applicability: 'assisted',
      changes: [
        { op: 'set', object, path, value: PRIVATE[0] ?? '' },
        ...PRIVATE.slice(1).map((cidr, i) => ({
          op: 'insert' as const,
          object,
          path: path.slice(0, at - 1),
          index: index + 1 + i,
          value: { ipBlock: { cidr } },
        })),
      ],
      leaves: POLICY_EFFECTS,
    }
  },
})

function broadBlocks(
  { name, workloads }: NamespaceFacts,
  direction: Direction,
  { reachability, exposure }: Pick<Facts, 'reachability' | 'exposure'>,
): Block[] {
  const { space } = reachability
  const indices = new Map(workloads.map((workload) => [reachability.indexOf(workload), workload]))
  const blocksOf = (policy: Policy): Block[] => {
    const selected = members(space.match(policy.selects).must).flatMap((index) => indices.get(index) ?? [])
    if (selected.length === 0) return []
    return policy[direction].flatMap((rule) => {
      const connections = connectionsOf(rule)
      if (rule.action !== 'allow' || (direction === 'ingress' && selected.every((workload) => isServed(workload, connections, exposure))))
        return []
      return rule.peers.flatMap(({ path, test }): Block[] => {
        const cidr = get(policy.object.body, ...path, 'ipBlock', 'cidr')
        if (test.op !== 'cidr' || typeof cidr !== 'string' || !isInternet(space.match(test).mustAddresses)) return []
        const alone = rule.peers.length === 1 ? { object: policy.object, path: rule.path, workloads: selected } : undefined
        return [{ object: policy.object, path: [...path, 'ipBlock', 'cidr'], cidr, connections, alone }]
      })
    })
  }
  return reachability
    .inNamespace(name)
    .filter(({ object, applies, invalid }) => object.kind === 'NetworkPolicy' && applies[direction] === true && !invalid)
    .flatMap(blocksOf)
}

/** What a rule is about at most; names of ports count for any port. */
function connectionsOf({ ports: { base, ports: list } }: Rule): Connections {
  if (!list) return base
  return list.named.length > 0 ? base : union(list.fixed, list.possible)
}

/** Whether the outside has a way to the workload on all of these ports, so that everybody must be admitted. */
function isServed(workload: Workload, connections: Connections, exposure: Facts['exposure']): boolean {
  const open = exposure
    .of(workload)
    .filter(({ from }) => from === 'outside')
    .map(({ port, protocol }) => (port === undefined ? KUBERNETES_CONNECTIONS : ports(PROTOCOL_NUMBERS.get(protocol) ?? 6, port)))
    .reduce(union, NONE)
  return isWithin(connections, open)
}

/** Each by itself, unless there are many that say the same. */
function alike(blocks: readonly Block[]): readonly (readonly Block[])[] {
  const groups = new Map<string, Block[]>()
  for (const block of blocks) {
    const key = `${block.cidr} ${block.connections}`
    const group = groups.get(key)
    if (group) group.push(block)
    else groups.set(key, [block])
  }
  return [...groups.values()].flatMap((group) => (group.length >= SAME ? [group] : group.map((block) => [block])))
}

function anchor({ object, path }: Block): Anchor {
  return { object, path, part: 'value' }
}

function messageOf(blocks: readonly Block[], { object, cidr, connections }: Block, direction: Direction): string {
  const who = blocks.length > 1 ? `${blocks.length} policies like ${describe(object)}` : describe(object)
  const verb = blocks.length > 1 ? '' : 's'
  const what = describeConnections(connections)
  return direction === 'ingress'
    ? `${who} admit${verb} the internet on ${what}: \`${cidr}\`. Name the addresses of those who connect.`
    : `${who} let${verb} its pods send to the whole internet on ${what}: \`${cidr}\`. Name the addresses that are needed.`
}
