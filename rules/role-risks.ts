import { BINDING_KINDS } from '../server/model/access/access.ts'
import { type Given, givenBy, leftBy } from '../server/model/access/left.ts'
import type { PowerName } from '../server/model/access/powers.ts'
import type { RiskName } from '../server/model/access/risks.ts'
import type { Facts } from '../server/model/facts.ts'
import type { KubeObject } from '../server/model/object.ts'
import type { ObjectChange } from '../server/model/rule.ts'

interface Told {
  readonly risks: readonly RiskName[]
  /** Powers that it tells of when nobody has the rest of what it takes. */
  readonly halves: readonly PowerName[]
}

/**
 * What each rule about roles tells of. Of those that fit only the one that says most speaks: a `*` stands for all
 * of them, whoever may take over the cluster needs nothing else, and an attack path tells of the role that it
 * goes through. So a fix of one may leave the others to be told.
 */
export const ROLE_RISKS = {
  'attack-path-confused-deputy': { risks: ['use-deputies'], halves: [] },
  'rbac-admission-control-write': {
    risks: ['rewrite-by-webhook', 'rewrite-by-policy', 'read-by-webhook', 'weaken-admission', 'take-api-groups', 'convert-objects'],
    halves: [],
  },
  'rbac-csr-signing': { risks: ['approve-certificates', 'sign-certificates'], halves: ['signers-approve', 'signers-sign'] },
  'rbac-escalate-or-bind': {
    risks: ['escalate-clusterroles', 'bind-in-cluster', 'escalate-roles', 'bind-in-namespace'],
    halves: ['escalate-clusterroles', 'escalate-roles', 'bind-clusterroles', 'bind-roles'],
  },
  'rbac-impersonate': {
    risks: ['impersonate-groups', 'impersonate-users', 'impersonate-accounts'],
    halves: ['impersonate-groups', 'impersonate-uids'],
  },
  'rbac-namespace-relabel': { risks: ['relabel-namespaces'], halves: [] },
  'rbac-nodes-proxy': { risks: ['use-kubelet'], halves: [] },
  'rbac-persistentvolume-create': { risks: ['create-volumes'], halves: [] },
  'rbac-pod-exec-attach': { risks: ['exec', 'exec-by-get'], halves: [] },
  'rbac-secrets-read-broad': { risks: ['list-secrets', 'get-secrets'], halves: [] },
  'rbac-system-config-write': { risks: ['change-system-config'], halves: [] },
  'rbac-token-request': { risks: ['request-tokens', 'mint-tokens'], halves: [] },
  'rbac-workload-create-reaches-stronger-sa': { risks: ['run-pods', 'change-pods'], halves: [] },
} as const satisfies Readonly<Record<string, Told>>

/** The rules that may tell of those who hold a role what they can do when the role has changed. */
export function leavesOf(role: KubeObject, changes: readonly ObjectChange[], facts: Pick<Facts, 'access' | 'escalation'>): string[] {
  const left = leftBy(role, changes, facts)
  return distinct([...rulesAbout(left), ...untoldOf(left.told, facts), ...OF_PODS])
}

/** What is said when nobody may make pods any more. */
const OF_PODS = ['policy-peer-matches-nothing']

/** The rules that speak of what attack paths tell, when they no longer tell it. */
export function untoldOf(cuts: readonly KubeObject[], facts: Pick<Facts, 'escalation'>): string[] {
  const rules = cuts.flatMap((object) =>
    BINDING_KINDS.includes(object.groupKind) ? [...rulesAbout(givenBy(object, facts)), ...OF_BINDINGS] : rulesAbout(givenBy(object, facts)),
  )
  // Of paths with one cut only the worst speaks.
  return distinct(cuts.length > 1 ? [...rules, 'attack-path-exposed-workload'] : rules)
}

const OF_BINDINGS = ['rbac-cluster-admin-binding', 'rbac-default-serviceaccount-bound']

/** The rules that may tell of what somebody has. */
export function rulesAbout({ risks, powers, wildcards }: Given): string[] {
  const all: readonly (readonly [string, Told])[] = Object.entries(ROLE_RISKS)
  return [
    ...all.flatMap(([rule, told]) =>
      told.risks.some((name) => risks.has(name)) || told.halves.some((name) => powers.has(name)) ? [rule] : [],
    ),
    ...(wildcards.verbs ? ['rbac-wildcard-verbs'] : []),
    ...(wildcards.resources ? ['rbac-wildcard-resources'] : []),
  ]
}

function distinct(names: readonly string[]): string[] {
  return [...new Set(names)]
}
