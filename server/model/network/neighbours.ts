import type { Workload } from '../workload.ts'
import { DNS_ID } from './dns.ts'
import type { Endpoint } from './endpoint.ts'
import { PUBLIC_V4 } from './matching.ts'
import { allPolicies } from './layers.ts'
import { type Direction, DIRECTIONS, type Policy, type Rule } from './policy.ts'
import type { Space } from './space.ts'
import type { Allowed, Reachability } from './reachability.ts'
import { atEndpoint, type Row } from './rows.ts'
import { addressesWhere, combineMaps, intersectAddresses } from './sets/addresses.ts'
import { and, type Bits, forEachBit, members, or } from './sets/bits.ts'
import { type Connections, difference, intersection, NONE, union } from './sets/connections.ts'
import type { KubeObject } from '../object.ts'

/** Another end of connections, and which of them may be made. */
export interface Neighbour extends Allowed {
  /** Index of the endpoint. */
  readonly index: number
}

/** Who may connect to the pods of a workload, and to whom they may. */
export interface Neighbours {
  readonly reachedBy: readonly Neighbour[]
  readonly reaches: readonly Neighbour[]
  /** To the internet: `must` with every address of it, `may` with some. */
  readonly internet: Allowed
}

/** Kept while the answers of the engine are. */
const known = new WeakMap<Reachability, Map<number, Neighbours>>()

/** That a node, and a pod on its network, reaches the node's own pods whatever policies say is left out. */
export function neighboursOf(network: Reachability, index: number): Neighbours {
  let answers = known.get(network)
  if (!answers) {
    answers = new Map()
    known.set(network, answers)
  }
  let found = answers.get(index)
  if (!found) {
    found = search(network, index)
    answers.set(index, found)
  }
  return found
}

function search(network: Reachability, index: number): Neighbours {
  const { endpoints } = network.space
  const egress = network.row(index, 'egress')
  const connected = (candidates: Bits, pair: (other: number) => Allowed): Neighbour[] => {
    const found: Neighbour[] = []
    forEachBit(candidates, (other) => {
      if (other === index || endpoints[other]?.type === 'node') return
      const { must, may } = pair(other)
      if (may !== NONE) found.push({ index: other, must, may })
    })
    return found
  }
  return {
    reachedBy: connected(candidatesOf(network, index, 'ingress'), (other) =>
      connects(endpoints[other]) ? byPolicies(network, other, index) : NOTHING,
    ),
    reaches: connected(candidatesOf(network, index, 'egress'), (other) => byPolicies(network, index, other)),
    internet: { must: withInternet(egress.must, 'every'), may: withInternet(egress.may, 'any') },
  }
}

/** What is allowed, without what a pod on the network of its node can do because it is there. */
function byPolicies(network: Reachability, from: number, to: number): Allowed {
  const { must, may } = network.allowed(from, to)
  if (network.space.endpoints[from]?.hostNetwork !== true) return { must, may }
  return { must, may: union(must, intersection(may, atEndpoint(network.row(to, 'ingress').may, from))) }
}

const NOTHING: Allowed = { must: NONE, may: NONE }

/** The ends with which something may be allowed: by the policies of this end, or because they are on a node. */
function candidatesOf(network: Reachability, index: number, direction: Direction): Bits {
  const { space } = network
  const own = space.endpoints[index]
  // In an ambient mesh policies see another port than the one that is asked about.
  if (own?.ambient !== false) return space.ends
  const { may } = network.row(index, direction)
  return may.groups.map(({ endpoints }) => endpoints).reduce(or, direction === 'ingress' ? onNodes(space) : space.none)
}

const pods = new WeakMap<Space, Bits>()

/** Pods of which nobody can tell whether they are on the network of their node. */
function onNodes(space: Space): Bits {
  const known = pods.get(space) ?? space.where(({ type, hostNetwork }) => type === 'pod' && hostNetwork === 'unknown').must
  pods.set(space, known)
  return known
}

/** What a row allows with every address of the internet, or with any of them. */
export function withInternet({ addresses: map }: Row, bound: 'every' | 'any'): Connections {
  const values = [...new Set(map.values)].filter(
    (value) =>
      intersectAddresses(
        addressesWhere(map, (other) => other === value),
        PUBLIC_V4,
      ).length > 0,
  )
  return values.length === 0 ? NONE : values.reduce(bound === 'every' ? intersection : union)
}

/** A host name and the cluster's DNS are only connected to, and the control plane calls through its own ways. */
export function connects(endpoint: Endpoint | undefined): boolean {
  return endpoint !== undefined && endpoint.type !== 'name' && endpoint.type !== 'apiserver' && endpoint.id !== DNS_ID
}

/** What an object says as a policy; several of Cilium's make one object. */
export function policiesOf({ policies }: Reachability, object: KubeObject): readonly Policy[] {
  return allPolicies(policies).filter((policy) => policy.object === object)
}

/** The workloads whose pods policies certainly select, and those that they may. */
export function selectedBy({ space }: Reachability, policies: readonly Policy[]): { readonly must: Bits; readonly may: Bits } {
  const matches = policies.map(({ selects }) => space.match(selects))
  const pods = space.pods.may
  return {
    must: and(pods, matches.map(({ must }) => must).reduce(or, space.none)),
    may: and(pods, matches.map(({ may }) => may).reduce(or, space.none)),
  }
}

/** The policies with a say for a workload's pods. */
export function policiesFor(network: Reachability, workload: Workload): readonly Policy[] {
  const index = network.indexOf(workload)
  if (index === undefined) return []
  const says = network.layers.flatMap((layer) => [...layer.says(index, 'ingress'), ...layer.says(index, 'egress')])
  return [...new Map(says.map(({ policy }) => [policy.object, policy])).values()]
}

/** Connections that one selected end would no longer have. */
export interface Loss {
  /** Of the endpoint that the policy selects. */
  readonly index: number
  readonly other: number
  readonly connections: Connections
}

/** Of more endpoints nobody reads. */
const MOST_SELECTED = 50

/** What a rule alone allows at the ends that its policy selects: gone when the rule is. Addresses are not looked at. */
export function addedBy(network: Reachability, policy: Policy, rule: Rule): readonly Loss[] {
  const direction = policy.ingress.includes(rule) ? 'ingress' : 'egress'
  const losses: Loss[] = []
  const selected = members(selectedBy(network, [policy]).may).slice(0, MOST_SELECTED)
  for (const layer of network.layers) {
    for (const index of selected) {
      const says = layer.says(index, direction)
      if (!says.some((say) => say.policy.object === policy.object)) continue
      const before = network.row(index, direction).may
      const after = layer.rowWith(index, direction, says, rule).may
      for (const { endpoints, connections } of before.groups) {
        forEachBit(endpoints, (other) => {
          const lost = difference(connections, atEndpoint(after, other))
          if (lost !== NONE && other !== index) losses.push({ index, other, connections: lost })
        })
      }
    }
  }
  return losses
}

/** What an object adds to what other policies allow at the ends that it selects. */
export interface Addition {
  /** Pairs of workloads that may connect in more ways than without it. */
  readonly pairs: number
  /** Addresses outside the cluster gain something too. */
  readonly outside: boolean
}

/** What rules of an object alone allow, with what it closes staying closed; undefined when it selects more than is looked at. */
export function additionOf(network: Reachability, policies: readonly Policy[]): Addition | undefined {
  const { endpoints } = network.space
  const pairs = new Set<number>()
  let outside = false
  for (const direction of DIRECTIONS) {
    const own = policies.filter((policy) => policy[direction].some(({ action }) => action === 'allow'))
    const selected = members(selectedBy(network, own).may).filter((index) => endpoints[index]?.workload)
    if (selected.length > MOST_SELECTED) return undefined
    for (const layer of network.layers) {
      // Pods with one row have it from the same policies, and would have the same one without these.
      const withoutThem = new Map<unknown, Row | undefined>()
      for (const index of selected) {
        const key = layer.row(index, direction)
        if (!withoutThem.has(key)) withoutThem.set(key, rowWithout(own, index, direction, layer))
        const then = withoutThem.get(key)
        if (!then) continue
        const now = network.row(index, direction).may
        for (const group of now.groups) {
          forEachBit(group.endpoints, (other) => {
            const isPair = other !== index && endpoints[other]?.workload !== undefined
            if (!isPair || difference(group.connections, atEndpoint(then, other)) === NONE) return
            pairs.add(direction === 'ingress' ? other * endpoints.length + index : index * endpoints.length + other)
          })
        }
        outside ||= combineMaps(now.addresses, then.addresses, difference).values.some((value) => value !== NONE)
      }
    }
  }
  return { pairs: pairs.size, outside }
}

/** Undefined when none of the policies has a say. */
function rowWithout(own: readonly Policy[], index: number, direction: Direction, layer: Reachability['layers'][number]): Row | undefined {
  const says = layer.says(index, direction)
  if (!says.some(({ policy }) => own.includes(policy))) return undefined
  const without = says.map((say) => (own.includes(say.policy) ? { ...say, policy: { ...say.policy, ingress: [], egress: [] } } : say))
  return layer.rowWith(index, direction, without).may
}
