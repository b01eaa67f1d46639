import type { Grant } from './access.ts'
import type { Edge, World } from './edges.ts'
import { canonical, MASTERS, type Subject } from './identity.ts'
import { account, type Place, SYSTEM } from './places.ts'
import type { PowerName } from './powers.ts'
import type { Risk } from './risks.ts'
import type { RoleFacts } from './roles.ts'

/** The steps that a risk opens. */
export function stepsOf(risk: Risk, grants: readonly Grant[], world: World): Edge[] {
  const { name, namespace, evidence, how } = risk
  const step = (to: Place, sure = true): Edge => ({ to, how, evidence, cost: 1, sure: sure && risk.sure })
  const names = (...powers: readonly PowerName[]): readonly string[] | undefined =>
    evidence.find(({ power }) => powers.some((wanted) => wanted === power.name))?.power.names
  const cluster: Place = { kind: 'cluster' }
  switch (name) {
    case 'do-everything':
      return [step(namespace === undefined ? cluster : { kind: 'namespace', namespace })]
    case 'run-pods':
      return [
        step({ kind: 'accounts', namespace }),
        ...(mayReachNodes(namespace, world) ? [step({ kind: 'node' }, mayReachNodes(namespace, world) === 'surely')] : []),
      ]
    case 'change-pods':
    case 'exec':
    case 'exec-by-get': {
      const any = names('pods-change', 'pods-exec', 'pods-debug', 'pods-exec-get') === undefined
      return [step({ kind: 'pods', namespace }, any && name !== 'exec-by-get')]
    }
    case 'use-kubelet':
      return [step({ kind: 'node' }), step({ kind: 'pods', namespace })]
    case 'list-secrets':
      return [step({ kind: 'secrets', namespace, names: names('secrets-list') })]
    case 'get-secrets':
      return [step({ kind: 'secrets', namespace, names: names('secrets-get') })]
    case 'mint-tokens':
      return names('secrets-get', 'secrets-list') ? [] : [step({ kind: 'accounts', namespace })]
    case 'request-tokens':
    case 'impersonate-accounts':
      return accountsNamed(names('tokens-create', 'impersonate-accounts'), namespace, world).map((place) => step(place))
    case 'impersonate-users':
      return (names('impersonate-users')?.map((user) => subjectPlace({ kind: 'User', namespace: '', name: user })) ?? [cluster]).map(
        (place) => step(place),
      )
    case 'impersonate-groups': {
      const groups = names('impersonate-groups')
      if (!groups || groups.includes(MASTERS)) return [step(cluster)]
      return groups.map((group) => step(subjectPlace({ kind: 'Group', namespace: '', name: group })))
    }
    case 'escalate-clusterroles':
    case 'escalate-roles': {
      const to: Place = name === 'escalate-clusterroles' ? cluster : { kind: 'namespace', namespace }
      return [step(to, canWriteOwnRole(risk, grants))]
    }
    case 'bind-in-cluster':
    case 'bind-in-namespace':
      return boundBy(risk, world).map((place) => step(place))
    case 'approve-certificates':
    case 'sign-certificates':
      return coversClientSigner(names('signers-approve', 'signers-sign')) ? [step(cluster)] : []
    case 'rewrite-by-webhook':
      return names('mutating-webhooks-write') ? [] : [step(cluster)]
    case 'rewrite-by-policy':
      return names('mutating-policies-write') ? [] : [step(cluster)]
    case 'take-api-groups':
      return names('apiservices-write') ? [] : [step(cluster)]
    case 'mount-nodes':
      return [step({ kind: 'node' })]
    default:
      return []
  }
}

function subjectPlace(subject: Subject): Place {
  return { kind: 'subject', subject: canonical(subject) }
}

function accountsNamed(names: readonly string[] | undefined, namespace: string | undefined, { access }: World): Place[] {
  if (!names) return [{ kind: 'accounts', namespace }]
  if (namespace !== undefined) return names.map((name) => account(namespace, name))
  return access.subjects
    .filter(({ kind, name }) => kind === 'ServiceAccount' && names.includes(name))
    .map((subject): Place => ({ kind: 'subject', subject }))
}

/**
 * Whether the role that may be written is one that the writer has: changing it takes effect at once, while a
 * new role needs a binding.
 */
function canWriteOwnRole({ name, namespace, evidence }: Risk, grants: readonly Grant[]): boolean {
  const kind = name === 'escalate-roles' ? 'Role' : 'ClusterRole'
  const writes = evidence.map(({ power }) => power).filter((power) => power.name.endsWith('-change') || power.name.startsWith('escalate'))
  if (writes.length < 2) return false
  return grants.some(
    (grant) =>
      grant.role.kind === kind &&
      (kind === 'ClusterRole' ? grant.namespace === undefined : namespace === undefined || grant.namespace === namespace) &&
      grant.binding !== undefined &&
      writes.every(({ names }) => names === undefined || names.includes(grant.role.name)),
  )
}

/** What `bind` reaches: everything, or the roles that may be bound. */
function boundBy({ name, namespace, evidence }: Risk, { access }: World): Place[] {
  const bind = evidence.find(({ power }) => power.name.startsWith('bind-'))?.power
  const everything: Place = name === 'bind-in-cluster' ? { kind: 'cluster' } : { kind: 'namespace', namespace }
  if (!bind) return []
  if (bind.name === 'bind-clusterroles') {
    return bind.names?.flatMap((role): Place[] => toRole(access.roles.get('ClusterRole', '', role), namespace)) ?? [everything]
  }
  const roles = access.roles.all.filter((role) => role.kind === 'Role' && (namespace === undefined || role.namespace === namespace))
  return roles.filter((role) => bind.names === undefined || bind.names.includes(role.name)).flatMap((role) => toRole(role, role.namespace))
}

function toRole(role: RoleFacts | undefined, namespace: string | undefined): Place[] {
  return role ? [{ kind: 'role', role, namespace }] : []
}

function coversClientSigner(names: readonly string[] | undefined): boolean {
  return names === undefined || names.includes('kubernetes.io/kube-apiserver-client') || names.includes('kubernetes.io/*')
}

/** Kinds of policies that may keep pods from being privileged. */
export const POLICY_ENGINES: readonly string[] = [
  'kyverno.io/ClusterPolicy',
  'kyverno.io/Policy',
  'policies.kyverno.io/ValidatingPolicy',
  'templates.gatekeeper.sh/ConstraintTemplate',
  'admissionregistration.k8s.io/ValidatingAdmissionPolicy',
]

/** Whether pods of a namespace may be privileged; `surely` when nothing in the files speaks against it. */
function mayReachNodes(namespace: string | undefined, { namespaces, objects }: World): 'surely' | 'perhaps' | undefined {
  if (namespace === undefined || namespace === SYSTEM) return 'surely'
  const labels = namespaces.get(namespace)?.labels ?? 'unknown'
  if (labels === 'unknown') return 'perhaps'
  const level = labels['pod-security.kubernetes.io/enforce'] ?? 'privileged'
  if (level !== 'privileged') return undefined
  return POLICY_ENGINES.some((kind) => objects(kind).length > 0) ? 'perhaps' : 'surely'
}
