import type { Facts, ObjectsByKind } from './facts.ts'
import type { Namespaces } from './namespaces.ts'
import { hasAmbient, meshOf } from './network/endpoints.ts'
import type { KubeObject } from './object.ts'
import { matchesLabels } from './selector.ts'
import type { Tri } from './tri.ts'
import { entries, get, isUnknown, items, text, type Value } from './value.ts'
import type { Workload } from './workload.ts'

/** Whether callers of a workload have to prove who they are. `default`: nothing in the files says. */
export type MtlsMode = 'STRICT' | 'PERMISSIVE' | 'DISABLE' | 'default' | 'unknown'

export const PEER_AUTHENTICATION = 'security.istio.io/PeerAuthentication'
/** Policies without a selector in this namespace count for the whole mesh. */
export const ROOT_NAMESPACE = 'istio-system'

/** Those of one namespace, told apart by whether they have a selector. */
interface PeerAuthentications {
  readonly selective: readonly KubeObject[]
  readonly wide: readonly KubeObject[]
}

const byNamespace = new WeakMap<readonly KubeObject[], ReadonlyMap<string, PeerAuthentications>>()
const NONE: PeerAuthentications = { selective: [], wide: [] }

export function peerAuthenticationsIn(namespace: string, objects: ObjectsByKind): PeerAuthentications {
  const all = objects(PEER_AUTHENTICATION)
  const index = byNamespace.get(all) ?? grouped(all)
  byNamespace.set(all, index)
  return index.get(namespace) ?? NONE
}

function grouped(policies: readonly KubeObject[]): ReadonlyMap<string, PeerAuthentications> {
  const groups = new Map<string, { selective: KubeObject[]; wide: KubeObject[] }>()
  for (const policy of policies) {
    const group = groups.get(policy.namespace) ?? { selective: [], wide: [] }
    groups.set(policy.namespace, group)
    group[hasSelector(policy) ? 'selective' : 'wide'].push(policy)
  }
  return groups
}

/** The mode that holds for a workload, and the policy that decides it. */
export interface Mtls {
  readonly mode: MtlsMode
  readonly policy: KubeObject | undefined
}

/**
 * Semantics: Istio (`ComposePeerAuthentication`): the policy with a selector that matches, outside the root namespace,
 * else that of the namespace, else that of the root namespace; UNSET inherits, and without any policy plain text is
 * accepted beside mutual TLS. Of several at one level the oldest counts, which files do not tell.
 */
export function mtlsOf(workload: Workload, objects: ObjectsByKind): Mtls {
  const { namespace } = workload.object
  const { selective, wide } = peerAuthenticationsIn(namespace, objects)
  const levels = [namespace === ROOT_NAMESPACE ? [] : selective, wide, peerAuthenticationsIn(ROOT_NAMESPACE, objects).wide]
  for (const level of levels) {
    const said = level.flatMap((policy): Mtls[] => {
      const applies = selects(policy.body, workload)
      const mode = applies === false ? undefined : modeIn(get(policy.body, 'spec', 'mtls', 'mode'))
      return mode === undefined ? [] : [{ mode: applies === true ? mode : 'unknown', policy }]
    })
    const [first] = said
    if (first) return said.every(({ mode }) => mode === first.mode) ? first : { mode: 'unknown', policy: first.policy }
  }
  return { mode: 'default', policy: undefined }
}

/** The mode that holds at a port of the pod. Semantics: only a policy with a selector says something of ports. */
export function mtlsAt(workload: Workload, port: number | undefined, objects: ObjectsByKind): Mtls {
  const { namespace } = workload.object
  if (port === undefined || namespace === ROOT_NAMESPACE) return mtlsOf(workload, objects)
  for (const policy of peerAuthenticationsIn(namespace, objects).selective) {
    const applies = selects(policy.body, workload)
    const mode = applies === false ? undefined : modeIn(get(policy.body, 'spec', 'portLevelMtls', String(port), 'mode'))
    if (mode !== undefined) return { mode: applies === true ? mode : 'unknown', policy }
  }
  return mtlsOf(workload, objects)
}

function modeIn(mode: Value | undefined): MtlsMode | undefined {
  if (isUnknown(mode)) return 'unknown'
  return mode === 'STRICT' || mode === 'PERMISSIVE' || mode === 'DISABLE' ? mode : undefined
}

export function mtlsModeOf(workload: Workload, objects: ObjectsByKind): MtlsMode {
  return mtlsOf(workload, objects).mode
}

const members = new WeakMap<Namespaces, (workload: Workload) => Tri>()

/** Whether the files put a workload in an Istio mesh. Semantics: the sidecar injector and ambient mode, which leave the node's network alone. */
export function membersOf({ workloads, namespaces }: Pick<Facts, 'workloads' | 'namespaces'>): (workload: Workload) => Tri {
  const known = members.get(namespaces)
  if (known) return known
  const labels = new Map(
    namespaces.all.map(({ name, labels }) => [
      name,
      { name, labels: labels === 'unknown' ? {} : labels, open: labels === 'unknown', unknownKeys: [] },
    ]),
  )
  const ambient = hasAmbient(workloads, labels.values())
  const isMember = (workload: Workload): Tri => {
    const hostNetwork = get(workload.spec, 'hostNetwork')
    if (hostNetwork === true) return false
    const { mesh } = meshOf(workload, labels.get(workload.object.namespace), ambient)
    return mesh === true && isUnknown(hostNetwork) ? 'unknown' : mesh
  }
  members.set(namespaces, isMember)
  return isMember
}

/** Whether a workload is nothing but a proxy of the mesh: what it lets in is for its Gateways to say. */
export function isMeshGateway({ containers, annotations }: Workload): boolean {
  const running = containers.filter(({ type }) => type === 'container')
  return (
    running.every(({ name }) => name === 'istio-proxy') ||
    (annotations !== 'unknown' && /gateway/.test(annotations['inject.istio.io/templates'] ?? ''))
  )
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
