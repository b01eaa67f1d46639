import type { Grant } from './access.ts'
import { SYSTEM } from './places.ts'
import { type Power, type PowerName, powersOf } from './powers.ts'

/** How bad it is to have it for the whole cluster; in one namespace it is one level less. */
export type RiskLevel = 'critical' | 'high' | 'medium' | 'low'

/** A way in which permissions lead to more than they say. */
interface Way {
  readonly level: RiskLevel
  /** `cluster`: without effect when granted in a namespace only; `system`: but in kube-system. */
  readonly scope: 'cluster' | 'system' | 'any'
  /** As the end of "it can …". */
  readonly how: string
  /** Of each list, one power must be held. */
  readonly needs: readonly (readonly (PowerName | 'everything')[])[]
}

/**
 * Semantics: Kubernetes' RBAC good practices; escalation and `bind` checks of its RBAC storage (a binding is
 * only written by who holds the role's rules or may `bind` the role; `bind` counts on roles, never on
 * bindings); the CertificateApproval and CertificateSigning admission plugins; kubelet authorization, which
 * takes any method on `nodes/proxy` for everything.
 */
const WAYS = {
  'do-everything': { level: 'critical', scope: 'any', how: 'do everything', needs: [['everything']] },
  'run-pods': {
    level: 'high',
    scope: 'any',
    how: 'run pods as any ServiceAccount',
    needs: [['pods-create', 'controllers-create', 'controllers-change']],
  },
  'change-pods': { level: 'high', scope: 'any', how: 'replace the image of running pods', needs: [['pods-change']] },
  exec: { level: 'high', scope: 'any', how: 'run commands in running pods', needs: [['pods-exec', 'pods-debug']] },
  'exec-by-get': { level: 'high', scope: 'any', how: 'run commands in running pods (before Kubernetes 1.35)', needs: [['pods-exec-get']] },
  'use-kubelet': {
    level: 'critical',
    scope: 'cluster',
    how: 'run commands in every container through the kubelet, past admission and audit',
    needs: [['nodes-proxy']],
  },
  'read-nodes': { level: 'medium', scope: 'cluster', how: 'read logs, configuration or memory of nodes', needs: [['nodes-read']] },
  'list-secrets': { level: 'high', scope: 'any', how: 'read every Secret', needs: [['secrets-list']] },
  'get-secrets': { level: 'high', scope: 'any', how: 'read Secrets', needs: [['secrets-get']] },
  'mint-tokens': {
    level: 'high',
    scope: 'any',
    how: 'create token Secrets of any ServiceAccount and read them',
    needs: [['secrets-create'], ['secrets-get', 'secrets-list']],
  },
  'request-tokens': { level: 'high', scope: 'any', how: 'request tokens of ServiceAccounts', needs: [['tokens-create']] },
  'impersonate-users': { level: 'critical', scope: 'cluster', how: 'act as other users', needs: [['impersonate-users']] },
  'impersonate-groups': {
    level: 'critical',
    scope: 'cluster',
    how: 'act as a member of groups',
    needs: [['impersonate-groups'], ['impersonate-users', 'impersonate-accounts', 'impersonate-uids']],
  },
  'impersonate-accounts': { level: 'high', scope: 'any', how: 'act as ServiceAccounts', needs: [['impersonate-accounts']] },
  'escalate-clusterroles': {
    level: 'critical',
    scope: 'cluster',
    how: 'write ClusterRoles that grant more than it has',
    needs: [['escalate-clusterroles'], ['clusterroles-change', 'clusterroles-create']],
  },
  'escalate-roles': {
    level: 'critical',
    scope: 'any',
    how: 'write Roles that grant more than it has',
    needs: [['escalate-roles'], ['roles-change', 'roles-create']],
  },
  'bind-in-cluster': {
    level: 'critical',
    scope: 'cluster',
    how: 'bind ClusterRoles that it does not have, to anybody',
    needs: [['bind-clusterroles'], ['clusterrolebindings-write']],
  },
  'bind-in-namespace': {
    level: 'critical',
    scope: 'any',
    how: 'bind roles that it does not have, to anybody',
    needs: [['bind-clusterroles', 'bind-roles'], ['rolebindings-write']],
  },
  'approve-certificates': {
    level: 'critical',
    scope: 'cluster',
    how: 'issue client certificates for any user',
    needs: [['signers-approve'], ['csr-approval'], ['csr-create']],
  },
  'sign-certificates': { level: 'critical', scope: 'cluster', how: 'sign client certificates', needs: [['signers-sign'], ['csr-status']] },
  'rewrite-by-webhook': {
    level: 'critical',
    scope: 'cluster',
    how: 'rewrite every object through a mutating webhook',
    needs: [['mutating-webhooks-write']],
  },
  'rewrite-by-policy': {
    level: 'critical',
    scope: 'cluster',
    how: 'rewrite every object through a mutating admission policy',
    needs: [['mutating-policies-write'], ['mutating-policybindings-write']],
  },
  'read-by-webhook': {
    level: 'high',
    scope: 'cluster',
    how: 'read every object that is written, through a validating webhook',
    needs: [['validating-webhooks-write']],
  },
  'weaken-admission': {
    level: 'high',
    scope: 'any',
    how: 'switch off admission policies',
    needs: [['admission-weaken', 'policies-weaken']],
  },
  'take-api-groups': { level: 'critical', scope: 'cluster', how: 'redirect API groups to its own server', needs: [['apiservices-write']] },
  'convert-objects': {
    level: 'high',
    scope: 'cluster',
    how: 'read and change custom resources through a conversion webhook',
    needs: [['crds-change']],
  },
  'mount-nodes': {
    level: 'high',
    scope: 'cluster',
    how: 'mount the files of nodes through PersistentVolumes',
    needs: [['volumes-create'], ['pods-create', 'controllers-create', 'controllers-change']],
  },
  'create-volumes': {
    level: 'medium',
    scope: 'cluster',
    how: 'offer folders of nodes as PersistentVolumes',
    needs: [['volumes-create', 'storageclasses-create']],
  },
  'relabel-namespaces': {
    level: 'high',
    scope: 'any',
    how: 'change the labels that Pod Security and NetworkPolicies go by',
    needs: [['namespaces-change']],
  },
  'steal-pods': {
    level: 'high',
    scope: 'cluster',
    how: 'draw pods to a node of its choice',
    needs: [['nodes-change'], ['pods-remove', 'nodes-delete']],
  },
  'place-pods': { level: 'high', scope: 'cluster', how: 'place pods on any node', needs: [['pods-bind'], ['pods-create']] },
  'redirect-services': {
    level: 'medium',
    scope: 'any',
    how: 'redirect the traffic of Services',
    needs: [['endpoints-write', 'services-write']],
  },
  'take-host-names': { level: 'medium', scope: 'any', how: 'take over host names', needs: [['routes-write']] },
  'reach-ports': { level: 'medium', scope: 'any', how: 'reach ports past NetworkPolicies', needs: [['pods-forward']] },
  'change-system-config': {
    level: 'medium',
    scope: 'system',
    how: 'change the configuration of the cluster',
    needs: [['configmaps-change']],
  },
  'delete-events': { level: 'low', scope: 'any', how: 'delete events', needs: [['events-delete']] },
  'use-deputies': {
    level: 'medium',
    scope: 'any',
    how: 'tell a controller what to do with permissions of its own',
    needs: [['deputies-write']],
  },
  'use-any-scc': {
    level: 'high',
    scope: 'any',
    how: 'run pods under a SecurityContextConstraint of its choice',
    needs: [['privileged-scc-use']],
  },
} as const satisfies Record<string, Way>

export type RiskName = keyof typeof WAYS
const ALL = Object.entries(WAYS) as unknown as readonly (readonly [RiskName, Way])[]

/** A power, and the grant that gives it. */
export interface Evidence {
  readonly grant: Grant
  readonly power: Power
  /** What lets it act as somebody else for this power alone (constrained impersonation). */
  readonly through?: Evidence
}

/** What somebody can get at with the permissions that they have. */
export interface Risk {
  readonly name: RiskName
  readonly level: RiskLevel
  readonly how: string
  /** Where: undefined for the whole cluster. */
  readonly namespace: string | undefined
  /** What it is put together from: a power for each thing that is needed, the one without restrictions first. */
  readonly evidence: readonly Evidence[]
  /** False when it depends on values that are not in the files. */
  readonly sure: boolean
}

const LESS: Readonly<Record<RiskLevel, RiskLevel>> = { critical: 'high', high: 'medium', medium: 'low', low: 'low' }

/**
 * The risks of everything that somebody is granted, each once and where it reaches furthest: what holds for
 * the whole cluster is not repeated for its namespaces, and whoever may do everything is said to do just that.
 */
export function risksOf(grants: readonly Grant[]): Risk[] {
  const held = grants.flatMap((grant) => powersOf(grant.rule).map((power): Evidence => ({ grant, power })))
  if (held.length === 0) return []
  const byScope = new Map<string | undefined, Evidence[]>()
  for (const each of [...held, ...asOthers(held, grants)]) {
    const list = byScope.get(each.grant.namespace)
    if (list) list.push(each)
    else byScope.set(each.grant.namespace, [each])
  }
  const everywhere = byScope.get(undefined) ?? []
  const wide = risksIn(undefined, everywhere)
  const risks = [...wide]
  const all = wide.some(({ name, sure }) => name === 'do-everything' && sure)
  for (const [namespace, own] of byScope) {
    if (namespace === undefined || all) continue
    for (const risk of risksIn(namespace, [...own, ...everywhere])) {
      const repeated = wide.some(({ name, sure }) => name === risk.name && (sure || !risk.sure))
      if (!repeated && risk.evidence.some(({ grant }) => grant.namespace !== undefined)) risks.push(risk)
    }
  }
  return risks
}

function risksIn(namespace: string | undefined, held: readonly Evidence[]): Risk[] {
  const byPower = new Map<string, Evidence[]>()
  for (const each of held) {
    const list = byPower.get(each.power.name)
    if (list) list.push(each)
    else byPower.set(each.power.name, [each])
  }
  const risks: Risk[] = []
  if (byPower.size === 0) return risks
  for (const [name, { level, scope, how, needs }] of ALL) {
    if (namespace !== undefined && (scope === 'cluster' || (scope === 'system' && namespace !== SYSTEM))) continue
    const evidence: Evidence[] = []
    let met = 0
    for (const choices of needs) {
      const best = bestOf(choices.flatMap((choice) => byPower.get(choice) ?? []))
      if (best) evidence.push(best, ...(best.through ? [best.through] : []))
      if (!best) break
      met++
    }
    if (met < needs.length) continue
    const sure = evidence.every(({ grant, power }) => grant.sure && power.sure)
    risks.push({
      name,
      level: namespace === undefined || namespace === SYSTEM ? level : LESS[level],
      how,
      namespace,
      evidence,
      sure,
    })
    if (name === 'do-everything' && sure) break
  }
  return risks
}

const MODES = [
  ['constrained-users', 'impersonate-on:user-info:'],
  ['constrained-accounts', 'impersonate-on:serviceaccount:'],
  ['constrained-nodes', 'impersonate-on:arbitrary-node:'],
] as const

/**
 * What constrained impersonation adds: one permission says as whom, another for which requests. What the
 * others may do is not known here, so it is certain only where anybody at all may be chosen.
 */
function asOthers(held: readonly Evidence[], grants: readonly Grant[]): Evidence[] {
  return MODES.flatMap(([name, prefix]) => {
    const through = bestOf(held.filter(({ power }) => power.name === name))
    if (!through) return []
    const sure = name === 'constrained-users' && through.power.names === undefined
    return grants.flatMap((grant) => {
      const verbs = grant.rule.verbs.list.flatMap((verb) => (verb.startsWith(prefix) ? [verb.slice(prefix.length)] : []))
      if (verbs.length === 0) return []
      const powers = powersOf({ ...grant.rule, verbs: { list: verbs, open: grant.rule.verbs.open } })
      return powers.map((power): Evidence => ({ grant, power: { ...power, sure: power.sure && sure }, through }))
    })
  })
}

/** The evidence that says most: certain before possible, for any name before named. */
function bestOf(candidates: readonly Evidence[]): Evidence | undefined {
  const weight = ({ grant, power }: Evidence): number => (grant.sure && power.sure ? 2 : 0) + (power.names === undefined ? 1 : 0)
  let best: Evidence | undefined
  for (const candidate of candidates) if (!best || weight(candidate) > weight(best)) best = candidate
  return best
}
