import type { Facts } from '../../facts.ts'
import type { KubeObject } from '../../object.ts'
import type { Workload } from '../../workload.ts'
import type { Direction, Policy } from '../policy.ts'
import type { Reachability } from '../reachability.ts'
import { allows } from './allowed.ts'
import { type Intent, isMeant } from './intents.ts'

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
  for (const intent of intents.all.filter(isMeant)) {
    const { from, to } = intent
    const ends: (readonly [Workload, Direction])[] = [
      ...(from.type === 'workload' ? [[from.workload, 'egress'] as const] : []),
      ...(to.type === 'workload' ? [[to.workload, 'ingress'] as const] : []),
    ]
    for (const [workload, direction] of ends) {
      const policy = closing(workload, direction, reachability)
      if (!policy || allows(intent, workload, direction, reachability) !== false) continue
      const list = byPolicy.get(policy.object)
      if (list) list.push({ intent, workload, direction })
      else byPolicy.set(policy.object, [{ intent, workload, direction }])
    }
  }
  return byPolicy
}

/** Of the policies that certainly close a direction of a workload the one with the most to say. */
function closing(workload: Workload, direction: Direction, reachability: Reachability): Policy | undefined {
  const index = reachability.indexOf(workload)
  if (index === undefined) return undefined
  const says = reachability.layers.flatMap((layer) => layer.says(index, direction)).filter(({ certain }) => certain)
  const closes = says.flatMap(({ policy }) =>
    policy.isolates[direction] === true || policy[direction].some(({ action }) => action === 'deny') ? [policy] : [],
  )
  return closes.find((policy) => policy[direction].length > 0) ?? closes[0]
}
