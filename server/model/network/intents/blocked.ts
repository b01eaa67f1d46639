import type { Facts } from '../../facts.ts'
import type { KubeObject } from '../../object.ts'
import type { Workload } from '../../workload.ts'
import type { Direction, Policy, Rule } from '../policy.ts'
import type { Reachability } from '../reachability.ts'
import { intersection, NONE } from '../sets/connections.ts'
import { allows, allowsBy, wantedPorts } from './allowed.ts'
import type { Intent } from './intents.ts'

/** A known connection that a policy closes at one of its ends. */
export interface Blocked {
  readonly intent: Intent
  /** The end at which it is closed. */
  readonly workload: Workload
  readonly direction: Direction
}

type Known = Pick<Facts, 'reachability' | 'intents'>

const blocked = new WeakMap<Facts['intents'], WeakMap<Reachability, ReadonlyMap<KubeObject, readonly Blocked[]>>>()

/** By the policy that closes them. */
export function blockedIntents({ reachability, intents }: Known): ReadonlyMap<KubeObject, readonly Blocked[]> {
  let known = blocked.get(intents)
  if (!known) {
    known = new WeakMap()
    blocked.set(intents, known)
  }
  let found = known.get(reachability)
  if (!found) {
    found = compute({ reachability, intents })
    known.set(reachability, found)
  }
  return found
}

function compute({ reachability, intents }: Known): ReadonlyMap<KubeObject, readonly Blocked[]> {
  const byPolicy = new Map<KubeObject, Blocked[]>()
  for (const intent of intents.all.filter(isSure)) {
    const { from, to } = intent
    const ends: (readonly [Workload, Direction])[] = [
      ...(from.type === 'workload' ? [[from.workload, 'egress'] as const] : []),
      ...(to.type === 'workload' ? [[to.workload, 'ingress'] as const] : []),
    ]
    if (mayPass(intent, reachability)) continue
    for (const [workload, direction] of ends) {
      const policy = closing(intent, workload, direction, reachability)
      if (!policy) continue
      const list = byPolicy.get(policy.object)
      if (list) list.push({ intent, workload, direction })
      else byPolicy.set(policy.object, [{ intent, workload, direction }])
    }
  }
  return byPolicy
}

/**
 * One of which the files show what connects to what: two different workloads, the API server and a webhook, the
 * controller of an Ingress and what it leads to, a workload and a host outside.
 */
function isSure({ from, to, confidence }: Intent): boolean {
  if (confidence !== 'strong') return false
  if (to.type === 'host') return from.type === 'workload'
  if (to.type !== 'workload') return false
  return from.type === 'apiserver' || from.type === 'controller' || (from.type === 'workload' && from.workload !== to.workload)
}

/** Two pods of an ambient mesh meet at a port that rows of one end do not know. */
function mayPass(intent: Intent, reachability: Reachability): boolean {
  const { from, to } = intent
  if (from.type !== 'workload' || to.type !== 'workload') return false
  const [source, target] = [reachability.indexOf(from.workload), reachability.indexOf(to.workload)]
  if (source === undefined || target === undefined) return true
  return intersection(wantedPorts(intent, reachability), reachability.allowed(source, target).may) !== NONE
}

/** The policy that closes an end of an intent; none where a rule refuses it by name, because that is meant too. */
function closing(intent: Intent, workload: Workload, direction: Direction, reachability: Reachability): Policy | undefined {
  const index = reachability.indexOf(workload)
  if (index === undefined || allows(intent, workload, direction, reachability) !== false) return undefined
  for (const layer of reachability.layers) {
    const says = layer.says(index, direction)
    const closes = (upTo: number, skip?: Rule): boolean => {
      const some = says.filter(({ tier }) => tier <= upTo)
      return allowsBy(intent, index, direction, layer.rowWith(index, direction, some, skip), reachability) === false
    }
    const tiers = [...new Set(says.map((say) => say.tier))]
    // Where nothing else can have closed it, nothing need be computed.
    const only = reachability.layers.length === 1 && tiers.length === 1
    const tier = only ? tiers[0] : tiers.find((upTo) => closes(upTo))
    if (tier === undefined) continue
    const own = says.filter((say) => say.tier === tier && say.certain).map(({ policy }) => policy)
    const refused = own.flatMap((policy) =>
      policy[direction].filter((rule) => rule.action === 'deny' && !closes(tier, rule)).map((rule) => ({ policy, rule })),
    )
    if (refused.length > 0) return refused.every(({ rule }) => rule.peer.op === 'everything') ? refused[0]?.policy : undefined
    const isolating = own.filter((policy) => policy.isolates[direction] === true)
    return isolating.find((policy) => policy[direction].length > 0) ?? isolating[0]
  }
  return undefined
}
