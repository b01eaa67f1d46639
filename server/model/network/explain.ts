import { matchRule, type Part } from './parts.ts'
import type { Direction, Policy, Rule } from './policy.ts'
import type { Reachability } from './reachability.ts'
import { atEndpoint, type Row } from './rows.ts'
import { atAddress } from './sets/addresses.ts'
import { has } from './sets/bits.ts'
import { ALL, type Connections, intersection, isWithin, NONE, union } from './sets/connections.ts'

/** The other end of a connection: an endpoint by its index, or an address outside the cluster. */
export type Peer = number | bigint

/** `possible`: part of it is allowed, or it depends on something that nobody knows. */
export type Verdict = 'allowed' | 'denied' | 'possible'

/** A rule with a say, and what it says about the peer. */
export interface RuleSay {
  readonly policy: Policy
  readonly rule: Rule
  /** Between the two ends, within what was asked for in `allows` and `denies`; anything in `almost`. */
  readonly connections: Connections
  readonly certain: boolean
}

/** Why one end lets a connection through or not. */
export interface Side {
  readonly direction: Direction
  /** The endpoint whose policies these are. */
  readonly index: number
  readonly verdict: Verdict
  /** Policies by which everything is closed that no rule allows. */
  readonly isolatedBy: readonly Policy[]
  readonly allows: readonly RuleSay[]
  readonly denies: readonly RuleSay[]
  /** Rules that mean the peer but other ports, or these ports but other peers (with nothing in `connections`). */
  readonly almost: readonly RuleSay[]
}

export interface Explanation {
  readonly verdict: Verdict
  /** Of what was asked for. */
  readonly must: Connections
  readonly may: Connections
  readonly sides: readonly Side[]
}

/** @param wanted the connections that are asked about; `ALL` for any */
export function explain(reachability: Reachability, from: Peer, to: Peer, wanted: Connections): Explanation {
  const sides: Side[] = []
  if (typeof from === 'number') sides.push(sideOf(reachability, from, 'egress', to, wanted))
  if (typeof to === 'number') sides.push(sideOf(reachability, to, 'ingress', from, wanted))
  const { must, may } = between(reachability, from, to)
  const within = { must: intersection(must, wanted), may: intersection(may, wanted) }
  return { verdict: verdictOf(within.must, within.may, wanted), ...within, sides }
}

function between(reachability: Reachability, from: Peer, to: Peer): { readonly must: Connections; readonly may: Connections } {
  if (typeof from === 'number' && typeof to === 'number') return reachability.allowed(from, to)
  if (typeof from === 'number') return reachability.allowedAddress(from, 'egress', to as bigint)
  if (typeof to === 'number') return reachability.allowedAddress(to, 'ingress', from)
  return { must: NONE, may: NONE }
}

/** Of everything, any certain part is enough to say that it is allowed. */
function verdictOf(must: Connections, may: Connections, wanted: Connections): Verdict {
  if (may === NONE) return 'denied'
  return isWithin(wanted, must) || (wanted === ALL && must !== NONE) ? 'allowed' : 'possible'
}

function atPeer(row: Row, peer: Peer): Connections {
  return typeof peer === 'number' ? atEndpoint(row, peer) : atAddress(row.addresses, peer)
}

function atPart({ groups, addresses }: Part, peer: Peer): Connections {
  if (typeof peer === 'bigint') return atAddress(addresses, peer)
  return groups.filter(({ endpoints }) => has(endpoints, peer)).reduce((sum, { connections }) => union(sum, connections), NONE)
}

function sideOf(reachability: Reachability, index: number, direction: Direction, peer: Peer, wanted: Connections): Side {
  const { space, layers } = reachability
  const row = reachability.row(index, direction)
  const must = intersection(atPeer(row.must, peer), wanted)
  const may = intersection(atPeer(row.may, peer), wanted)
  const isolatedBy = new Set<Policy>()
  const says: Record<'allows' | 'denies' | 'almost', RuleSay[]> = { allows: [], denies: [], almost: [] }
  for (const { policy, certain } of layers.flatMap((layer) => layer.says(index, direction))) {
    if (policy.isolates[direction] !== false) isolatedBy.add(policy)
    for (const rule of policy[direction]) {
      const all = atPart(matchRule(space, rule, direction, index, 'may'), peer)
      const asked = intersection(all, wanted)
      const say = { policy, rule, certain: certain && isWithin(asked, atPart(matchRule(space, rule, direction, index, 'must'), peer)) }
      if (asked !== NONE) {
        if (rule.action !== 'pass') says[rule.action === 'allow' ? 'allows' : 'denies'].push({ ...say, connections: asked })
      } else if (rule.action === 'allow') says.almost.push({ ...say, connections: all })
    }
  }
  return { direction, index, verdict: verdictOf(must, may, wanted), isolatedBy: [...isolatedBy], ...says }
}
