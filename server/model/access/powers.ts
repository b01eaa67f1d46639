import { DEPUTY_RESOURCES } from './deputies.ts'
import { covers, has, type PolicyRule, type ResourceRequest, ruleAllows } from './policy-rule.ts'

/**
 * The requests from which an escalation is put together: an identifier, and the requests any of which is the
 * power, as `verbs group/resource …`.
 */
const TABLE = {
  'pods-create': ['create core/pods'],
  'pods-change': ['update,patch core/pods'],
  'controllers-create': [
    'create apps/deployments apps/daemonsets apps/statefulsets apps/replicasets batch/jobs batch/cronjobs core/replicationcontrollers',
  ],
  'controllers-change': [
    'update,patch apps/deployments apps/daemonsets apps/statefulsets apps/replicasets batch/cronjobs core/replicationcontrollers',
  ],
  'pods-exec': ['create core/pods/exec core/pods/attach'],
  'pods-exec-get': ['get core/pods/exec core/pods/attach'],
  'pods-debug': ['update,patch core/pods/ephemeralcontainers'],
  'pods-forward': ['create core/pods/portforward', 'get,create core/pods/proxy core/services/proxy'],
  'pods-bind': ['create core/pods/binding core/bindings'],
  'pods-remove': ['delete,deletecollection core/pods', 'create core/pods/eviction'],
  'pods-log': ['get core/pods/log'],
  'nodes-proxy': ['get,create,update,patch,delete core/nodes/proxy'],
  'nodes-read': ['get core/nodes/log core/nodes/configz core/nodes/spec', 'create core/nodes/checkpoint'],
  'nodes-change': ['update,patch core/nodes core/nodes/status'],
  'nodes-delete': ['delete core/nodes'],
  'secrets-get': ['get core/secrets'],
  'secrets-list': ['list,watch core/secrets'],
  'secrets-create': ['create core/secrets'],
  'tokens-create': ['create core/serviceaccounts/token'],
  'accounts-change': ['update,patch core/serviceaccounts'],
  'impersonate-users': ['impersonate core/users'],
  'impersonate-groups': ['impersonate core/groups'],
  'impersonate-accounts': ['impersonate core/serviceaccounts'],
  'impersonate-uids': ['impersonate authentication.k8s.io/uids'],
  'constrained-users': ['impersonate:user-info authentication.k8s.io/users'],
  'constrained-accounts': ['impersonate:serviceaccount authentication.k8s.io/serviceaccounts'],
  'constrained-nodes': ['impersonate:arbitrary-node,impersonate:associated-node authentication.k8s.io/nodes'],
  'escalate-roles': ['escalate rbac.authorization.k8s.io/roles'],
  'escalate-clusterroles': ['escalate rbac.authorization.k8s.io/clusterroles'],
  'bind-roles': ['bind rbac.authorization.k8s.io/roles'],
  'bind-clusterroles': ['bind rbac.authorization.k8s.io/clusterroles'],
  'roles-create': ['create rbac.authorization.k8s.io/roles'],
  'roles-change': ['update,patch rbac.authorization.k8s.io/roles'],
  'clusterroles-create': ['create rbac.authorization.k8s.io/clusterroles'],
  'clusterroles-change': ['update,patch rbac.authorization.k8s.io/clusterroles'],
  'rolebindings-write': ['create,update,patch rbac.authorization.k8s.io/rolebindings'],
  'clusterrolebindings-write': ['create,update,patch rbac.authorization.k8s.io/clusterrolebindings'],
  'csr-create': ['create certificates.k8s.io/certificatesigningrequests'],
  'csr-approval': ['update,patch certificates.k8s.io/certificatesigningrequests/approval'],
  'csr-status': ['update,patch certificates.k8s.io/certificatesigningrequests/status'],
  'signers-approve': ['approve certificates.k8s.io/signers'],
  'signers-sign': ['sign certificates.k8s.io/signers'],
  'mutating-webhooks-write': ['create,update,patch admissionregistration.k8s.io/mutatingwebhookconfigurations'],
  'validating-webhooks-write': ['create,update,patch admissionregistration.k8s.io/validatingwebhookconfigurations'],
  'mutating-policies-write': ['create,update,patch admissionregistration.k8s.io/mutatingadmissionpolicies'],
  'mutating-policybindings-write': ['create,update,patch admissionregistration.k8s.io/mutatingadmissionpolicybindings'],
  'admission-weaken': [
    'update,patch,delete,deletecollection admissionregistration.k8s.io/validatingadmissionpolicies admissionregistration.k8s.io/validatingadmissionpolicybindings',
    'delete,deletecollection admissionregistration.k8s.io/validatingwebhookconfigurations admissionregistration.k8s.io/mutatingwebhookconfigurations',
  ],
  'policies-weaken': [
    'update,patch,delete,deletecollection kyverno.io/clusterpolicies kyverno.io/policies policies.kyverno.io/validatingpolicies',
    'create,update,patch kyverno.io/policyexceptions policies.kyverno.io/policyexceptions',
    'update,patch,delete,deletecollection templates.gatekeeper.sh/constrainttemplates policy.sigstore.dev/clusterimagepolicies',
  ],
  'apiservices-write': ['create,update,patch apiregistration.k8s.io/apiservices'],
  'crds-change': ['update,patch apiextensions.k8s.io/customresourcedefinitions'],
  'volumes-create': ['create core/persistentvolumes'],
  'storageclasses-create': ['create storage.k8s.io/storageclasses'],
  'namespaces-create': ['create core/namespaces'],
  'namespaces-change': ['update,patch core/namespaces'],
  'endpoints-write': ['create,update,patch core/endpoints discovery.k8s.io/endpointslices'],
  'services-write': ['create,update,patch core/services', 'update,patch core/services/status'],
  'routes-write': [
    'create,update,patch networking.k8s.io/ingresses gateway.networking.k8s.io/httproutes gateway.networking.k8s.io/gateways networking.istio.io/virtualservices networking.istio.io/gateways',
  ],
  'configmaps-change': ['update,patch core/configmaps'],
  'events-delete': ['delete,deletecollection core/events events.k8s.io/events'],
  'reviews-create': ['create authentication.k8s.io/tokenreviews authorization.k8s.io/subjectaccessreviews'],
  'privileged-scc-use': ['use security.openshift.io/securitycontextconstraints'],
  'deputies-write': [`create,update,patch ${DEPUTY_RESOURCES.join(' ')}`],
  'external-secrets-create': ['create external-secrets.io/externalsecrets', 'create secrets-store.csi.x-k8s.io/secretproviderclasses'],
} as const satisfies Record<string, readonly string[]>

export type PowerName = keyof typeof TABLE

/** A power that a rule gives. */
export interface Power {
  /** `everything` when the rule allows whatever can be asked. */
  readonly name: PowerName | 'everything'
  readonly group: string
  /** With its subresource. */
  readonly resource: string
  readonly verbs: readonly string[]
  /** Undefined for objects of any name. */
  readonly names: readonly string[] | undefined
  /** False when it depends on a value that is not in the files. */
  readonly sure: boolean
}

interface Entry {
  readonly name: PowerName
  readonly verbs: readonly string[]
  readonly group: string
  readonly resource: string
}

const ENTRIES: readonly Entry[] = Object.entries(TABLE).flatMap(([name, lines]) =>
  lines.flatMap((line) => {
    const [verbs = '', ...resources] = line.split(' ')
    return resources.map((written) => {
      const slash = written.indexOf('/')
      const group = written.slice(0, slash)
      return { name: name as PowerName, verbs: verbs.split(','), group: group === 'core' ? '' : group, resource: written.slice(slash + 1) }
    })
  }),
)
const BY_RESOURCE = new Map<string, Entry[]>()
for (const entry of ENTRIES) {
  const known = BY_RESOURCE.get(entry.resource)
  if (known) known.push(entry)
  else BY_RESOURCE.set(entry.resource, [entry])
}

const known = new WeakMap<PolicyRule, readonly Power[]>()

/** The powers that a rule gives, wherever it is bound. */
export function powersOf(rule: PolicyRule): readonly Power[] {
  const before = known.get(rule)
  if (before) return before
  const powers = isEverything(rule) ? [EVERYTHING] : entriesFor(rule).flatMap((entry) => powerOf(entry, rule) ?? [])
  known.set(rule, powers)
  return powers
}

const EVERYTHING: Power = { name: 'everything', group: '*', resource: '*', verbs: ['*'], names: undefined, sure: true }

/** Without the groups of custom resources it is as good: the rest follows from these. */
const CORE_GROUPS = ['', 'apps', 'rbac.authorization.k8s.io']

function isEverything({ verbs, groups, resources, names }: PolicyRule): boolean {
  if (names.list.length > 0 || names.open) return false
  const everyGroup = has(groups, '*') === true || CORE_GROUPS.every((group) => has(groups, group) === true)
  return everyGroup && has(verbs, '*') === true && has(resources, '*') === true
}

function entriesFor({ resources }: PolicyRule): readonly Entry[] {
  if (resources.open || resources.list.some((resource) => resource.startsWith('*'))) return ENTRIES
  return [...new Set(resources.list)].flatMap((resource) => BY_RESOURCE.get(resource) ?? [])
}

function powerOf({ name, verbs, group, resource }: Entry, rule: PolicyRule): Power | undefined {
  if (covers(rule.groups, group) === false) return undefined
  const [first = '', subresource] = resource.split('/')
  const named = rule.names.list.length > 0
  let sure = true
  const allowed = verbs.filter((verb) => {
    // The name is not known when a whole object is created, so a rule with names does not allow it.
    if (named && ((verb === 'create' && subresource === undefined) || verb === 'deletecollection')) return false
    const request: ResourceRequest = { verb, group, resource: first, ...(subresource ? { subresource } : {}), ...nameOf(rule) }
    const allows = ruleAllows(rule, request)
    if (allows === 'unknown') sure = false
    return allows !== false
  })
  return allowed.length === 0 ? undefined : { name, group, resource, verbs: allowed, names: named ? rule.names.list : undefined, sure }
}

function nameOf({ names: { list } }: PolicyRule): { readonly name?: string } {
  const [name] = list
  return name === undefined ? {} : { name }
}
