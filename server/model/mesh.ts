import type { ObjectsByKind } from './facts.ts'
import type { KubeObject } from './object.ts'
import { matchesLabels } from './selector.ts'
import { entries, get, isUnknown, items, text, type Value } from './value.ts'
import type { Workload } from './workload.ts'

/** Whether callers of a workload have to prove who they are. `default`: nothing in the files says. */
export type MtlsMode = 'STRICT' | 'PERMISSIVE' | 'DISABLE' | 'default' | 'unknown'

export const PEER_AUTHENTICATION = 'security.istio.io/PeerAuthentication'
/** Policies without a selector in this namespace count for the whole mesh. */
export const ROOT_NAMESPACE = 'istio-system'

/**
 * Semantics: Istio: the policy with a selector that matches, else that of the namespace, else that of the root
 * namespace; UNSET inherits, and without any policy plain text is accepted beside mutual TLS.
 */
export function mtlsModeOf(workload: Workload, objects: ObjectsByKind): MtlsMode {
  const policies = objects(PEER_AUTHENTICATION)
  const { namespace } = workload.object
  const own = policies.filter((policy) => policy.namespace === namespace && hasSelector(policy) && selects(policy.body, workload) === true)
  const wide = policies.filter((policy) => policy.namespace === namespace && !hasSelector(policy))
  const root = policies.filter((policy) => policy.namespace === ROOT_NAMESPACE && !hasSelector(policy))
  for (const policy of [...own, ...wide, ...root]) {
    const mode = get(policy.body, 'spec', 'mtls', 'mode')
    if (isUnknown(mode)) return 'unknown'
    if (mode === 'STRICT' || mode === 'PERMISSIVE' || mode === 'DISABLE') return mode
  }
  return 'default'
}

export function hasSelector({ body }: KubeObject): boolean {
  return (
    entries(body, 'spec', 'selector', 'matchLabels').length > 0 ||
    items(body, 'spec', 'targetRefs').length > 0 ||
    get(body, 'spec', 'targetRef') !== undefined
  )
}

/** Whether the `selector` of a policy of Istio picks a workload; one without picks all of its namespace. */
export function selects(body: Value, workload: Workload): boolean | 'unknown' {
  return matchesLabels(get(body, 'spec', 'selector', 'matchLabels'), workload.labels)
}

/** The workloads that a policy of Istio is for: those that it selects, of its namespace or, from the root namespace, of all. */
export function selectedBy(policy: KubeObject, workloads: readonly Workload[]): Workload[] {
  return workloads.filter(
    (workload) =>
      (policy.namespace === ROOT_NAMESPACE || workload.object.namespace === policy.namespace) && selects(policy.body, workload) === true,
  )
}

/** `ALLOW` unless it says otherwise. */
export function actionOf({ body }: KubeObject): string {
  return text(body, 'spec', 'action') ?? 'ALLOW'
}
