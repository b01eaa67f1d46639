import type { KubeObject } from '../object.ts'
import { get, items, text } from '../value.ts'
import { CUSTOM_RESOURCES, KUBERNETES_RESOURCES } from './kubernetes.generated.ts'

/** A resource or subresource (`pods/exec`) that an API group serves. Versions are never compared by RBAC. */
export interface ApiResource {
  readonly group: string
  readonly name: string
  /** Of the objects it holds; '' for a subresource. */
  readonly kind: string
  readonly namespaced: boolean
  /** The verbs that requests to it can have, in the order of `STORED_VERBS`. */
  readonly verbs: readonly string[]
  /** Verbs that no request has, but that the API server asks about: `bind`, `impersonate`, `approve` … */
  readonly virtualVerbs: readonly string[]
}

/** The verbs of every resource whose objects are stored, in the order in which people write them. */
export const STORED_VERBS = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection'] as const
export const READ_VERBS: readonly string[] = STORED_VERBS.slice(0, 3)
const UPDATE_VERBS = ['get', 'update', 'patch']

/** How much is known of a group: `all` its resources, `some`, none, or that it was removed. Resources of `dynamic` groups cannot be listed. */
export type Coverage = 'all' | 'some' | 'none' | 'removed' | 'dynamic'

/** The API that the objects of an environment meet: Kubernetes', well-known custom resources, and the CRDs of the files. */
export interface ApiTable {
  resource(group: string, name: string): ApiResource | undefined
  /** The verbs that requests to a resource can have; undefined when it is not in the table. */
  verbsOf(group: string, name: string): readonly string[] | undefined
  resourcesOf(group: string): readonly ApiResource[]
  /** The groups that have a resource of that name, Kubernetes' own first. */
  groupsWith(name: string): readonly string[]
  isNamespaced(group: string, name: string): boolean | undefined
  coverage(group: string): Coverage
  /** Whether a cluster may serve it: false only where the table knows the group wholly. */
  mayExist(group: string, name: string): boolean
  /** The resource that holds objects of a kind: `Deployment` → `deployments`. */
  resourceOfKind(group: string, kind: string): ApiResource | undefined
}

const LETTERS = new Map(STORED_VERBS.map((verb) => [verb === 'deletecollection' ? 'D' : verb.charAt(0), verb as string]))

/** Semantics: the checks of Kubernetes' RBAC storage, impersonation, certificate approval, PodSecurityPolicy and OpenShift's SCC. */
const VIRTUAL: readonly (readonly [group: string, name: string, namespaced: boolean, verbs: readonly string[]])[] = [
  ['rbac.authorization.k8s.io', 'roles', true, ['bind', 'escalate']],
  ['rbac.authorization.k8s.io', 'clusterroles', false, ['bind', 'escalate']],
  ['', 'users', false, ['impersonate']],
  ['', 'groups', false, ['impersonate']],
  ['', 'serviceaccounts', true, ['impersonate']],
  ['authentication.k8s.io', 'uids', false, ['impersonate', 'impersonate:user-info']],
  ['authentication.k8s.io', 'users', false, ['impersonate:user-info']],
  ['authentication.k8s.io', 'groups', false, ['impersonate:user-info']],
  ['authentication.k8s.io', 'userextras', false, ['impersonate', 'impersonate:user-info']],
  ['authentication.k8s.io', 'serviceaccounts', true, ['impersonate:serviceaccount']],
  ['authentication.k8s.io', 'nodes', false, ['impersonate:arbitrary-node', 'impersonate:associated-node']],
  ['certificates.k8s.io', 'signers', false, ['approve', 'sign', 'attest']],
  ['certificates.k8s.io', 'certificatesigningrequests/nodeclient', false, ['create']],
  ['certificates.k8s.io', 'certificatesigningrequests/selfnodeclient', false, ['create']],
  ['certificates.k8s.io', 'certificatesigningrequests/selfnodeserver', false, ['create']],
  ['policy', 'podsecuritypolicies', false, ['use']],
  ['extensions', 'podsecuritypolicies', false, ['use']],
  ['security.openshift.io', 'securitycontextconstraints', false, ['use']],
]

/** Resources that Kubernetes no longer serves: the minor version that took them away, and where they went ('' when nowhere). */
const REMOVED: ReadonlyMap<string, readonly [since: number, to: string]> = new Map([
  ['extensions/deployments', [16, 'apps']],
  ['extensions/daemonsets', [16, 'apps']],
  ['extensions/replicasets', [16, 'apps']],
  ['extensions/networkpolicies', [16, 'networking.k8s.io']],
  ['extensions/ingresses', [22, 'networking.k8s.io']],
  ['extensions/podsecuritypolicies', [16, '']],
  ['policy/podsecuritypolicies', [25, '']],
  ['auditregistration.k8s.io/auditsinks', [19, '']],
  ['settings.k8s.io/podpresets', [20, '']],
  ['networking.k8s.io/clustercidrs', [31, '']],
  ['resource.k8s.io/resourceclasses', [31, 'resource.k8s.io']],
  ['resource.k8s.io/podschedulingcontexts', [32, '']],
])
const REMOVED_GROUPS: ReadonlySet<string> = new Set(['extensions', 'auditregistration.k8s.io', 'settings.k8s.io'])
const DYNAMIC_GROUPS: ReadonlySet<string> = new Set(['custom.metrics.k8s.io', 'external.metrics.k8s.io'])

/** Since which minor version a resource is no longer served, and the group that serves it instead ('' for none); undefined when it is served. */
export function removal(group: string, name: string): { readonly since: number; readonly to: string } | undefined {
  const [since, to] = REMOVED.get(`${group}/${name.split('/', 1)[0]}`) ?? []
  return since === undefined || to === undefined ? undefined : { since, to }
}

/**
 * What requests to a resource can do when all that is known of it is that a custom resource has that name.
 * `<resource>/finalizers` is no path of the API: the admission plugin OwnerReferencesPermissionEnforcement asks
 * whether its `update` is allowed, for every resource.
 */
export function verbsOfCustom(name: string): readonly string[] {
  const slash = name.indexOf('/')
  if (slash < 0) return STORED_VERBS
  return name.slice(slash) === '/finalizers' ? ['update'] : UPDATE_VERBS
}

type Group = Map<string, ApiResource>

function readTable(source: string, groups: Map<string, Group>): void {
  let group: Group = new Map()
  let groupName = ''
  for (const line of source.trim().split('\n')) {
    const words = line.split(' ')
    if (words[0] === '=') {
      groupName = words[1] ?? ''
      group = new Map()
      groups.set(groupName, group)
      continue
    }
    const [name = '', kind = '', ...rest] = words
    const namespaced = rest[0] !== '!'
    const verbs = rest.find((word) => word !== '!' && !word.startsWith('/'))
    add(group, { group: groupName, name, kind, namespaced, verbs: verbs ? spell(verbs) : STORED_VERBS, virtualVerbs: [] })
    for (const word of rest) {
      if (!word.startsWith('/')) continue
      const [sub = '', own] = word.split(':')
      add(group, { group: groupName, name: name + sub, kind: '', namespaced, verbs: own ? spell(own) : UPDATE_VERBS, virtualVerbs: [] })
    }
  }
}

function spell(letters: string): readonly string[] {
  return [...letters].flatMap((letter) => LETTERS.get(letter) ?? [])
}

function add(group: Group, resource: ApiResource): void {
  group.set(resource.name, resource)
}

function builtIn(): { groups: Map<string, Group>; complete: ReadonlySet<string> } {
  const groups = new Map<string, Group>()
  readTable(KUBERNETES_RESOURCES, groups)
  const complete = new Set(groups.keys())
  readTable(CUSTOM_RESOURCES, groups)
  for (const [group, name, namespaced, virtualVerbs] of VIRTUAL) {
    const resources = groups.get(group) ?? new Map<string, ApiResource>()
    groups.set(group, resources)
    const served = resources.get(name) ?? { group, name, kind: '', namespaced, verbs: [], virtualVerbs: [] }
    add(resources, { ...served, virtualVerbs })
  }
  return { groups, complete }
}

const BUILT_IN = builtIn()

/** The table without the CRDs of a workspace. */
export const KUBERNETES_API: ApiTable = tableOf(BUILT_IN.groups)

/** The table of an environment with these CustomResourceDefinitions. */
export function apiTable(definitions: readonly KubeObject[]): ApiTable {
  if (definitions.length === 0) return KUBERNETES_API
  const groups = new Map(BUILT_IN.groups)
  const own = new Set<string>()
  for (const definition of definitions) {
    const group = text(definition.body, 'spec', 'group')
    const plural = text(definition.body, 'spec', 'names', 'plural')
    if (!group || !plural || BUILT_IN.complete.has(group)) continue
    const resources = own.has(group) ? groups.get(group) : undefined
    const copy = resources ?? new Map(groups.get(group))
    if (!resources) {
      own.add(group)
      groups.set(group, copy)
    }
    addDefinition(copy, definition, group, plural)
  }
  return tableOf(groups)
}

function addDefinition(into: Group, definition: KubeObject, group: string, plural: string): void {
  const { body } = definition
  const namespaced = text(body, 'spec', 'scope') !== 'Cluster'
  const kind = text(body, 'spec', 'names', 'kind') ?? ''
  add(into, { group, name: plural, kind, namespaced, verbs: STORED_VERBS, virtualVerbs: [] })
  for (const sub of ['status', 'scale']) {
    const declared =
      get(body, 'spec', 'subresources', sub) !== undefined ||
      items(body, 'spec', 'versions').some((version) => get(version, 'subresources', sub) !== undefined)
    if (declared) add(into, { group, name: `${plural}/${sub}`, kind: '', namespaced, verbs: UPDATE_VERBS, virtualVerbs: [] })
  }
}

function tableOf(groups: ReadonlyMap<string, Group>): ApiTable {
  const holders = new Map<string, string[]>()
  for (const [group, resources] of groups) {
    for (const name of resources.keys()) {
      const list = holders.get(name)
      if (list) list.push(group)
      else holders.set(name, [group])
    }
  }
  const resource = (group: string, name: string): ApiResource | undefined => {
    const resources = groups.get(group)
    const found = resources?.get(name)
    if (found || !resources) return found
    const slash = name.indexOf('/')
    const parent = slash < 0 ? undefined : resources.get(name.slice(0, slash))
    if (!parent) return undefined
    if (name.slice(slash) === '/finalizers') return { ...parent, name, kind: '', verbs: ['update'], virtualVerbs: [] }
    return parent.name === 'userextras' ? { ...parent, name } : undefined
  }
  const coverage = (group: string): Coverage => {
    if (BUILT_IN.complete.has(group)) return 'all'
    if (DYNAMIC_GROUPS.has(group)) return 'dynamic'
    if (REMOVED_GROUPS.has(group)) return 'removed'
    return groups.has(group) ? 'some' : 'none'
  }
  return {
    resource,
    coverage,
    mayExist: (group, name) => {
      if (resource(group, name) !== undefined || removal(group, name) !== undefined) return true
      const known = coverage(group)
      return known !== 'all' && known !== 'removed'
    },
    verbsOf: (group, name) => resource(group, name)?.verbs,
    resourcesOf: (group) => [...(groups.get(group)?.values() ?? [])],
    groupsWith: (name) => {
      const found = holders.get(name)
      if (found) return found
      return name.endsWith('/finalizers') ? (holders.get(name.slice(0, -'/finalizers'.length)) ?? []) : []
    },
    isNamespaced: (group, name) => resource(group, name)?.namespaced,
    resourceOfKind: (group, kind) => [...(groups.get(group)?.values() ?? [])].find((found) => found.kind !== '' && found.kind === kind),
  }
}
