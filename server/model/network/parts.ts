import type { Direction, PortList, Rule } from './policy.ts'
import { type Group, type Row, uniformRow, unionRows } from './rows.ts'
import { type AddressMap, addressMap, NOWHERE } from './sets/addresses.ts'
import { and, andNot, type Bits, has, isEmpty, or } from './sets/bits.ts'
import { asSources, type Connections, difference, intersection, NONE, union } from './sets/connections.ts'
import type { Space } from './space.ts'

/** What certainly matches, or what possibly does. */
export type Bound = 'must' | 'may'

/** A rule's connections with the endpoints that it matches (which may overlap), and with addresses. */
export interface Part {
  readonly groups: readonly Group[]
  readonly addresses: AddressMap
  /** The same for both bounds. */
  readonly exact: boolean
}

/** @param index the endpoint that the rule's policy selects */
export function matchRule(space: Space, rule: Rule, direction: Direction, index: number, bound: Bound): Part {
  const peer = space.match(rule.peer)
  const own = rule.subject === undefined ? undefined : space.match(rule.subject)
  const { base, certain } = rule.ports
  if (own && !has(own.may, index)) return { groups: [], addresses: NOWHERE, exact: true }
  const uncertain = rule.uncertain === true || (own !== undefined && !has(own.must, index))
  if (uncertain && bound === 'must') return { groups: [], addresses: NOWHERE, exact: false }
  let exact = !uncertain && peer.must === peer.may && peer.mustAddresses === peer.mayAddresses && base === certain
  let connections = bound === 'must' ? certain : base
  let split: readonly Group[] | undefined
  for (const [list, ofDestination, positive] of [
    [rule.ports.ports, true, true],
    [rule.ports.notPorts, true, false],
    [rule.ports.sources, false, true],
    [rule.ports.notSources, false, false],
  ] as const) {
    if (!list) continue
    const ofPeer = ofDestination === (direction === 'egress')
    // An excluded port narrows: the lower bound needs all that may be excluded.
    const wide = positive === (bound === 'may')
    if (list.possible !== NONE) exact = false
    const fixed = wide ? union(list.fixed, list.possible) : list.fixed
    const apply = positive ? intersection : difference
    const named = list.named.map(({ name, protocol }) => space.namedPort(name, protocol))
    if (named.some(({ must, may }) => must.length !== may.length || must.some(([c, set], i) => c !== may[i]?.[0] || set !== may[i]?.[1])))
      exact = false
    const groups = named
      .flatMap(({ must, may }) => (wide ? may : must))
      .map(([c, set]): readonly [Connections, Bits] => [ofDestination ? c : asSources(c), set])
    if (!ofPeer || groups.length === 0) {
      const resolved = ofPeer ? NONE : groups.filter(([, set]) => has(set, index)).reduce((sum, [c]) => union(sum, c), NONE as Connections)
      const value = union(fixed, resolved)
      connections = apply(connections, value)
      split = split?.map((group) => ({ ...group, connections: apply(group.connections, value) }))
      continue
    }
    const byPort = groups
      .map(([c, set]): Row => ({ groups: [{ connections: c, endpoints: and(set, space.ends) }], addresses: NOWHERE }))
      .reduce(unionRows, uniformRow(fixed, space.ends)).groups
    const before: readonly Group[] = split ?? [{ connections, endpoints: space.ends }]
    const covered = byPort.reduce((sum, { endpoints }) => or(sum, endpoints), space.none)
    split = before.flatMap((group) => [
      ...byPort.map((port) => ({
        connections: apply(group.connections, port.connections),
        endpoints: and(group.endpoints, port.endpoints),
      })),
      { connections: apply(group.connections, NONE), endpoints: andNot(group.endpoints, covered) },
    ])
    connections = apply(connections, fixed)
  }
  const endpoints = bound === 'must' ? peer.must : peer.may
  const addresses = bound === 'must' ? peer.mustAddresses : peer.mayAddresses
  const groups = (split ?? [{ connections, endpoints }])
    .map((group) => ({ connections: group.connections, endpoints: split ? and(group.endpoints, endpoints) : endpoints }))
    .filter((group) => group.connections !== NONE && !isEmpty(group.endpoints))
  return { groups, addresses: addressMap(addresses, connections), exact }
}

function names(list: PortList | undefined): boolean {
  return list !== undefined && list.named.length > 0
}

/** Whether what a rule allows depends on the pod that its policy selects. */
export function ruleDependsOnSubject(rule: Rule, direction: Direction): boolean {
  const { ports, notPorts, sources, notSources } = rule.ports
  return rule.subject !== undefined || (direction === 'ingress' ? names(ports) || names(notPorts) : names(sources) || names(notSources))
}
