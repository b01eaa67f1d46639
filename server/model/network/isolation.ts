import type { Facts, ObjectsByKind } from '../facts.ts'
import type { KubeObject } from '../object.ts'
import { matchesSelector } from '../selector.ts'
import { and, or, type Tri } from '../tri.ts'
import { entries, get, hasUnknown, isUnknown, items, texts, type Value } from '../value.ts'
import type { Workload } from '../workload.ts'

export type Direction = 'ingress' | 'egress'

/** Which policies put which pods under control. What they then allow is the reachability engine's question. */
export interface Isolation {
  policies(namespace: string): readonly KubeObject[]
  /** Whether some policy of its namespace isolates the workload's pods in a direction. */
  isolated(workload: Workload, direction: Direction): Tri
  /** Whether a policy isolates every pod of a namespace, present and future, in a direction. */
  defaultDeny(namespace: string, direction: Direction): Tri
}

export function isolationOf(of: ObjectsByKind, _facts: Pick<Facts, 'workloads'>): Isolation {
  const byNamespace = new Map<string, KubeObject[]>()
  for (const policy of of('networking.k8s.io/NetworkPolicy')) {
    const list = byNamespace.get(policy.namespace)
    if (list) list.push(policy)
    else byNamespace.set(policy.namespace, [policy])
  }
  const policies = (namespace: string): readonly KubeObject[] => byNamespace.get(namespace) ?? []
  return {
    policies,
    isolated: (workload, direction) => or(policies(workload.object.namespace).map((policy) => isolates(policy, workload, direction))),
    defaultDeny: (namespace, direction) =>
      or(policies(namespace).map((policy) => and([effectOf(policy).everyPod, effectOf(policy)[direction]]))),
  }
}

/** What a policy says by itself, and which workloads it was found to select: neither changes while its object lives. */
interface Effect {
  readonly selector: Value
  /** Whether it selects every pod there is or will be. */
  readonly everyPod: Tri
  readonly ingress: Tri
  readonly egress: Tri
  readonly selects: WeakMap<Workload, Tri>
}

const effects = new WeakMap<KubeObject, Effect>()

function effectOf(policy: KubeObject): Effect {
  const known = effects.get(policy)
  if (known) return known
  const selector = get(policy.body, 'spec', 'podSelector') ?? {}
  const empty = entries(selector, 'matchLabels').length + items(selector, 'matchExpressions').length === 0
  const everyPod = isUnknown(selector) || hasUnknown(selector) ? 'unknown' : empty
  const effect: Effect = { selector, everyPod, ...directions(policy), selects: new WeakMap() }
  effects.set(policy, effect)
  return effect
}

function isolates(policy: KubeObject, workload: Workload, direction: Direction): Tri {
  const effect = effectOf(policy)
  if (effect[direction] === false) return false
  let selects = effect.selects.get(workload)
  if (selects === undefined) {
    selects = matchesSelector(effect.selector, workload.labels)
    effect.selects.set(workload, selects)
  }
  return and([selects, effect[direction]])
}

/**
 * Which directions a NetworkPolicy isolates. Semantics: networking.k8s.io/v1 `policyTypes`: when it is
 * absent, ingress always, and egress only when the policy has egress rules.
 */
export function directions(policy: KubeObject): { readonly ingress: Tri; readonly egress: Tri } {
  const types = get(policy.body, 'spec', 'policyTypes')
  if (isUnknown(types) || hasUnknown(types)) return { ingress: 'unknown', egress: 'unknown' }
  const written = texts(types)
  if (written.length > 0) return { ingress: written.includes('Ingress'), egress: written.includes('Egress') }
  const egress = get(policy.body, 'spec', 'egress')
  return { ingress: true, egress: isUnknown(egress) ? 'unknown' : items(egress).length > 0 }
}
