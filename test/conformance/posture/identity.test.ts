import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { rules } from '../../../rules/index.ts'
import { findingsOf } from '../../../server/analysis/findings.ts'
import { Workspace } from '../../../server/analysis/workspace.ts'

const SHARED = process.env['KZT_SHARED'] ?? '../shared'
const ROOT = join(SHARED, 'conformance/posture')

interface Case {
  readonly id: string
  readonly topic: string
  readonly rule: string
  readonly inputs: readonly string[]
  readonly expected: { readonly verdict?: 'pass' | 'fail'; readonly count?: number }
  readonly disputed?: string
}

const { cases } = JSON.parse(readFileSync(join(ROOT, 'index.json'), 'utf8')) as { cases: readonly Case[] }

/** One of our rules, and what its message must say to be about the same. */
type Ours = string | readonly [rule: string, about: RegExp]

const WILDCARDS: readonly Ours[] = ['rbac-wildcard-resources', 'rbac-wildcard-verbs']
const ANONYMOUS = /without a login/
/** Rules of ours that say that somebody takes over more than a namespace. */
const TAKEOVERS = [
  'attack-path-exposed-workload',
  'rbac-cluster-admin-binding',
  'rbac-escalate-or-bind',
  'rbac-impersonate',
  'rbac-pod-exec-attach',
  'rbac-secrets-read-broad',
  'rbac-token-request',
  'rbac-wildcard-resources',
  'rbac-wildcard-verbs',
  'rbac-workload-create-reaches-stronger-sa',
]

/** Which of our rules judge what a rule of another project judges; a text is why none does. */
const MAPPING: Readonly<Record<string, readonly Ours[] | string>> = {
  'access-container-service-account-v1': 'lists who has any right at all: `permissions` answers that, it is no problem',
  'anonymous-access-enabled': ['rbac-anonymous-subject'],
  'automount-default-service-account': ['serviceaccount-token-mounted-without-permissions'],
  'automount-service-account': ['serviceaccount-token-mounted-without-permissions', 'workload-default-serviceaccount-with-permissions'],
  'deprecated-service-account-field': ['serviceaccount-field-deprecated'],
  'ensure-azure-rbac-is-set': 'an answer of the API of Azure, no file of a repository',
  'ensure-default-service-accounts-has-only-default-roles': ['rbac-default-serviceaccount-bound'],
  'ensure-that-the-api-server-anonymous-auth-argument-is-set-to-false': [['apiserver-weak-authentication', ANONYMOUS]],
  'ensure-that-the-api-server-authorization-mode-argument-includes-Node': [['apiserver-weak-authorization', /Node,RBAC/]],
  'ensure-that-the-api-server-authorization-mode-argument-includes-RBAC': [
    ['apiserver-weak-authorization', /everything|does not ask RBAC/],
  ],
  'ensure-that-the-api-server-service-account-extend-token-expiration-is-set-to-false': ['serviceaccount-long-lived-token'],
  'ensure-that-the-api-server-service-account-key-file-argument-is-set-as-appropriate':
    'no API server starts without a key for ServiceAccounts since 1.20',
  'ensure-that-the-api-server-service-account-lookup-argument-is-set-to-true': [
    ['apiserver-weak-authentication', /service-account-lookup/],
  ],
  'ensure-that-the-api-server-token-auth-file-parameter-is-not-set': [['apiserver-weak-authentication', /token-auth-file/]],
  ensure_nodeinstancerole_has_right_permissions_for_ecr: 'an answer of the API of AWS, no file of a repository',
  'namespace-without-service-account': 'pods that use `default` are judged, not namespaces that have no other account',
  'non-existent-service-account': ['serviceaccount-unresolved'],
  'rbac-enabled-cloud': 'an answer of the API of Azure, no file of a repository',
  'role-in-default-namespace': 'where an object is kept gives nobody a right',
  'rolebinding-in-default-namespace': 'where an object is kept gives nobody a right',
  'rule-access-dashboard-subject-v1': 'goes by the name of a role; ours go by what it grants',
  'rule-access-dashboard-wl-v1': 'goes by the name of a ServiceAccount; ours go by what it may do',
  'rule-can-access-proxy-subresource': ['rbac-nodes-proxy', ...WILDCARDS],
  'rule-can-approve-cert-signing-request': ['rbac-csr-signing', ['rbac-rule-matches-nothing', /certificatesigningrequests/], ...WILDCARDS],
  'rule-can-bind-escalate': ['rbac-escalate-or-bind', ...WILDCARDS],
  'rule-can-create-pod': ['rbac-workload-create-reaches-stronger-sa', ...WILDCARDS],
  'rule-can-create-pv': [
    'rbac-persistentvolume-create',
    ['rbac-rule-matches-nothing', /persistentvolumes are in no namespace/],
    ...WILDCARDS,
  ],
  'rule-can-create-service-account-token': ['rbac-token-request', ...WILDCARDS],
  'rule-can-impersonate-users-groups-v1': ['rbac-impersonate', ['rbac-rule-matches-nothing', /users|groups/], ...WILDCARDS],
  'rule-can-portforward-v1': 'a right of every developer by `edit`; `permissions` says that it reaches ports past policies',
  'rule-can-ssh-to-pod-v1': 'about ports of Services',
  'rule-can-update-configmap-v1': ['rbac-system-config-write', ...WILDCARDS],
  'rule-excessive-delete-rights-v1': 'deleting takes nothing over; it is in `permissions`',
  'serviceaccount-token-mount': [['rbac-cluster-admin-binding', /ServiceAccount/], 'attack-path-exposed-workload'],
  'unauthenticated-service': 'needs the answer of a scan of the running cluster',
  'workload-with-administrative-roles': [
    ['rbac-cluster-admin-binding', /ServiceAccount/],
    ['rbac-wildcard-verbs', /every verb on all resources, .*ServiceAccount/],
    'attack-path-exposed-workload',
  ],
  'workload-with-cluster-takeover-roles': TAKEOVERS.map((rule) => [rule, /ServiceAccount/] as const),
  disallowanonymous: ['rbac-anonymous-subject', 'rbac-broad-group-subject'],
  'automount-serviceaccount-token': ['serviceaccount-token-mounted-without-permissions'],
  'block-endpoint-edit-default-role': 'a role of Kubernetes itself, which adds to it what is missing',
  'ensure-that-the-api-server-authorization-mode-argument-is-not-set-to-AlwaysAllow': ['apiserver-weak-authorization'],
  'ensure-that-the-admission-control-plugin-NodeRestriction-is-set': [['apiserver-weak-authorization', /NodeRestriction/]],
  'ensure-that-the-admission-control-plugin-ServiceAccount-is-set': [['apiserver-weak-authorization', /ServiceAccount/]],
  'kubelet-authorization-mode-alwaysAllow': 'what a scan of a node finds, no file of a repository',
  'ensure-that-the-controller-manager-use-service-account-credentials-argument-is-set-to-true':
    'a flag of the controller manager, whose controllers may escalate with one account as with many',
  'rule-can-modify-admission-webhooks': ['rbac-admission-control-write', ...WILDCARDS],
  'rule-can-list-get-secrets-v1': ['rbac-secrets-read-broad', ...WILDCARDS],
  'virtualservice.JWTClaimRouteAnalyzer': 'a route by claims that nobody verifies never matches: it lets nobody in',
  'authn.BlockedCIDRsAnalyzer': 'about the addresses from which istiod fetches keys',
  'authz.AuthorizationPoliciesAnalyzer': 'about policies that select no pod, or name no namespace: a matter of reachability',
  'access-to-create-pods': ['rbac-workload-create-reaches-stronger-sa'],
  'access-to-secrets': ['rbac-secrets-read-broad'],
  'cluster-admin-role-binding': ['rbac-cluster-admin-binding'],
}

const OUT_OF_SCOPE: Readonly<Record<string, string>> = {
  'gatekeeper/disallowanonymous/disallow-anonymous/example-allowed':
    'a parameter of the constraint allows the role; the manifests do not say so',
}

/** Rules of other topics that are about identities. */
const ELSEWHERE: ReadonlySet<string> = new Set([
  'ensure-that-the-api-server-authorization-mode-argument-is-not-set-to-AlwaysAllow',
  'ensure-that-the-admission-control-plugin-NodeRestriction-is-set',
  'ensure-that-the-admission-control-plugin-ServiceAccount-is-set',
  'kubelet-authorization-mode-alwaysAllow',
  'ensure-that-the-controller-manager-use-service-account-credentials-argument-is-set-to-true',
  'rule-can-modify-admission-webhooks',
  'rule-can-list-get-secrets-v1',
])

/** Where we differ, and why we are right. */
const DIFFERENT: Readonly<Record<string, string>> = {
  'kubescape/anonymous-access-enabled/fail': 'every cluster has this binding: version and health are meant for anybody',
}

/** Least share of equal verdicts. */
const LEAST = 0.97

describe('roles and identities are judged as other projects judge them', () => {
  const judged = cases.filter(
    ({ topic, rule, disputed }) => (topic === 'rbac' || topic === 'mesh-authz' || ELSEWHERE.has(rule)) && disputed === undefined,
  )
  let equal = 0
  let mapped = 0
  for (const each of judged) {
    const ours = OUT_OF_SCOPE[each.id] ?? MAPPING[each.rule]
    if (typeof ours === 'string') {
      it.skip(`${each.id}: ${ours}`)
      continue
    }
    it(each.id, () => {
      expect(ours, `${each.rule} is not mapped`).toBeDefined()
      const found = findingsIn(each.inputs).filter((finding) => ours?.some((own) => isAbout(own, finding)))
      const expected = each.expected.verdict ? each.expected.verdict === 'fail' : (each.expected.count ?? 0) > 0
      mapped++
      if (found.length > 0 === expected) equal++
      const difference = DIFFERENT[each.id]
      if (difference === undefined) expect(found.length > 0, JSON.stringify(found)).toBe(expected)
      else expect(found.length > 0, 'no difference any more').toBe(!expected)
    })
  }
  afterAll(() => {
    console.log(`rbac: ${equal} of ${mapped} verdicts are equal, ${judged.length - mapped} cases are out of scope.`)
  })
  it('there were many, and nearly all are equal', () => {
    expect(mapped).toBeGreaterThan(40)
    expect(equal / mapped).toBeGreaterThanOrEqual(LEAST)
  })
})

interface Told {
  readonly rule: string
  readonly message: string
}

function isAbout(own: Ours, { rule, message }: Told): boolean {
  return typeof own === 'string' ? own === rule : own[0] === rule && own[1].test(message)
}

function findingsIn(inputs: readonly string[]): Told[] {
  const workspace = new Workspace(rules, {}, { profile: 'strict' })
  inputs.forEach((input, i) => {
    workspace.set({ path: `${i}-${basename(input)}`, text: readFileSync(join(ROOT, input), 'utf8') })
  })
  const { findings } = findingsOf(workspace.analysis(), { today: '2026-01-01' })
  return findings.map(({ rule, message }) => ({ rule: rule.name, message }))
}
