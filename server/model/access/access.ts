import type { ObjectsByKind } from '../facts.ts'
import type { KubeObject } from '../object.ts'
import type { Tri } from '../tri.ts'
import { type Binding, bindingOf } from './bindings.ts'
import { BUILT_IN_BINDINGS } from './built-in-roles.ts'
import { accountOf, canonical, type Identity, identityOf, keysOf, MASTERS, type Subject, subjectKey } from './identity.ts'
import { type Grouped, grouped, keep, keepLists, replacedIn, sameItems } from './keep.ts'
import { type PolicyRule, type Request, ruleAllows } from './policy-rule.ts'
import { type RoleFacts, type Roles, rolesOf } from './roles.ts'

/** A rule that somebody has, and how. */
export interface Grant {
  readonly rule: PolicyRule
  /** Undefined for the whole cluster; '' is the namespace that is left open. */
  readonly namespace: string | undefined
  /** Undefined for a binding that Kubernetes brings. */
  readonly binding: Binding | undefined
  /** The role that is bound. The one that states the rule may be aggregated into it. */
  readonly role: RoleFacts
  /** False when it depends on something that is not in the files. */
  readonly sure: boolean
}

export interface Decision {
  readonly allowed: Tri
  /** What allows it. */
  readonly because: readonly Grant[]
  /** What may allow it. */
  readonly possibly: readonly Grant[]
  /** Bindings that may allow it: whom they name, or what their role grants, is not in the files. */
  readonly open: readonly Binding[]
}

/** A subject with the grants that allow it something. */
export interface Holder {
  readonly subject: Subject
  readonly grants: readonly Grant[]
}

export interface WhoCan {
  /** Every subject that a binding lets do it, or may let: the grants say which. */
  readonly holders: readonly Holder[]
  /** Bindings that may let others do it: whom they name, or what their role grants, is not in the files. */
  readonly open: readonly Binding[]
}

/**
 * Who may do what, as Kubernetes' RBAC authorizer decides it from the files. Rights that other authorizers
 * (Node, webhooks) add are not known here.
 */
export interface Access {
  readonly roles: Roles
  readonly bindings: readonly Binding[]
  /** The ServiceAccounts of the files. */
  readonly accounts: readonly KubeObject[]
  /** Everybody that a binding names, or that the files define as a ServiceAccount. */
  readonly subjects: readonly Subject[]
  /** The ServiceAccounts of a namespace that are among them. */
  accountsIn(namespace: string): readonly Subject[]
  /** What a RoleBinding or ClusterRoleBinding of the files is. */
  binding(object: KubeObject): Binding | undefined
  /** The bindings that name a role of the files. */
  bindingsOf(role: KubeObject): readonly Binding[]
  serviceAccount(namespace: string, name: string): KubeObject | undefined
  /** The bindings whose subjects include a ServiceAccount: by name, as a user, or through a group that all of them carry. */
  bindingsFor(namespace: string, name: string): readonly Binding[]
  /** What an identity may do, with what every identity may. */
  grantsOf(identity: Identity): readonly Grant[]
  authorize(identity: Identity, request: Request): Decision
  whoCan(request: Request): WhoCan
}

const RBAC = 'rbac.authorization.k8s.io'
export const ROLE_KINDS: readonly string[] = [`${RBAC}/Role`, `${RBAC}/ClusterRole`]
export const BINDING_KINDS: readonly string[] = [`${RBAC}/RoleBinding`, `${RBAC}/ClusterRoleBinding`]
export const ACCESS_KINDS: readonly string[] = [...ROLE_KINDS, ...BINDING_KINDS, '/ServiceAccount']

/** What answers are made of, for those of the next revision. */
interface Made {
  readonly listed: readonly KubeObject[]
  readonly accounts: ReadonlyMap<string, KubeObject>
  readonly byObject: Grouped<KubeObject, Binding>['index']
  readonly byRole: Grouped<KubeObject, Binding>['index']
  readonly bySubject: Grouped<string, Binding>['index']
  readonly brought: ReadonlyMap<string, readonly Grant[]>
  /** By user. */
  readonly granted: Map<string, readonly Granted[]>
  /** Everybody, by key, when somebody last asked. */
  people: ReadonlyMap<string, Subject>
  subjects: readonly Subject[]
  /** Whether those are everybody now. */
  counted: boolean
  /** ServiceAccounts by namespace, when somebody last asked. */
  homes: ReadonlyMap<string, readonly Subject[]> | undefined
}

/** What an identity has, and what that was put together from. */
interface Granted {
  readonly groups: readonly string[]
  /** The namespace of a ServiceAccount. */
  readonly home: string | undefined
  readonly keys: readonly string[]
  /** Bindings that may mean it, for an account whose namespace is left open. */
  readonly elsewhere: readonly Binding[]
  readonly grants: readonly Grant[]
}

const made = new WeakMap<Access, Made>()
const NO_BINDINGS: readonly Binding[] = []
const NO_OBJECTS: readonly KubeObject[] = []
const NO_SUBJECTS: readonly Subject[] = []

/**
 * @param previous the answer of the revision before: what nothing that changed concerns is answered by the same
 * lists, so that whoever compares them sees what is new
 */
export function accessOf(of: ObjectsByKind, previous?: Access): Access {
  const before = previous && made.get(previous)
  const roles = rolesOf(of(`${RBAC}/Role`), of(`${RBAC}/ClusterRole`), previous?.roles)
  const objects = [...of(`${RBAC}/RoleBinding`), ...of(`${RBAC}/ClusterRoleBinding`)]
  const bindings = keep(
    objects.map((object) => bindingOf(object, roles, before?.byObject.get(object)?.[0])),
    previous?.bindings,
  )
  // Nothing that is kept may hold on to `of`: it knows every object of this revision.
  const listed = of('/ServiceAccount')
  const accounts =
    before?.listed === listed ? before.accounts : new Map(listed.map((account) => [`${account.namespace}/${account.name}`, account]))
  const replaced = previous && replacedIn(previous.bindings, bindings)
  const byObject = grouped(bindings, objectOf, before?.byObject, replaced).index
  const byRole = grouped(bindings, roleOf, before?.byRole, replaced).index
  const { index: bySubject, touched } = grouped(bindings, keysOfBinding, before?.bySubject, replaced)
  const brought = builtInGrants(roles, before?.brought)
  const granted = before && brought === before.brought ? stillGranted(before.granted, touched) : new Map<string, readonly Granted[]>()
  const elsewhere = lazy(() => accountsElsewhere(bindings, accounts))
  const bindingsOfIdentity = (identity: Identity): readonly Binding[] => named(namesOf(identity), bySubject)
  const samePeople = before?.listed === listed && replaced?.every(({ old, now }) => sameItems(old.keys, now.keys))
  const state: Made = {
    ...{ listed, accounts, byObject, byRole, bySubject, brought, granted },
    people: before?.people ?? new Map(),
    subjects: before?.subjects ?? [],
    counted: samePeople === true && (before?.counted ?? false),
    homes: before?.homes,
  }
  const grants = (identity: Identity): readonly Grant[] => {
    const known = granted.get(identity.user)?.find(({ groups }) => sameItems(groups, identity.groups))
    const home = known ? known.home : accountOf(identity.user)?.namespace
    const perhaps = home === '' ? (elsewhere().get(accountOf(identity.user)?.name ?? '') ?? NO_BINDINGS) : NO_BINDINGS
    if (known && sameItems(known.elsewhere, perhaps)) return known.grants
    const keys = namesOf(identity)
    const result: Grant[] = []
    for (const binding of named(keys, bySubject)) for (const grant of grantsOfBinding(binding)) result.push(grant)
    for (const binding of perhaps) for (const grant of grantsOfBinding(binding)) result.push({ ...grant, sure: false })
    for (const key of keysOf(identity)) for (const grant of brought.get(key) ?? []) result.push(grant)
    const others = granted.get(identity.user)?.filter((each) => each !== known) ?? []
    granted.set(identity.user, [...others, { groups: identity.groups, home, keys, elsewhere: perhaps, grants: result }])
    return result
  }
  const everyone = (): readonly Subject[] => {
    if (state.counted) return state.subjects
    state.people = everybody(bindings, listed, state.people)
    state.subjects = keep([...state.people.values()], state.subjects)
    state.counted = true
    return state.subjects
  }
  const homes = lazy(() => {
    state.homes = keepLists(byNamespace(everyone()), state.homes)
    return state.homes
  })
  const withOpenSubjects = bindings.filter(({ openSubjects }) => openSubjects.length > 0)
  const access: Access = {
    roles,
    bindings,
    accounts: listed,
    get subjects() {
      return everyone()
    },
    accountsIn: (namespace) => homes().get(namespace) ?? NO_SUBJECTS,
    binding: (object) => byObject.get(object)?.[0],
    bindingsOf: (role) => byRole.get(role) ?? NO_BINDINGS,
    serviceAccount: (namespace, name) => accounts.get(`${namespace}/${name}`),
    bindingsFor: (namespace, name) => bindingsOfIdentity(identityOf({ kind: 'ServiceAccount', namespace, name })),
    grantsOf: grants,
    authorize: (identity, request) => {
      if (identity.groups.includes(MASTERS)) return { allowed: true, because: [], possibly: [], open: [] }
      const { because, possibly } = allowing(grants(identity), request)
      const openRoles = bindingsOfIdentity(identity).filter(
        (binding) => isOpenRole(binding) && inScope(binding.namespace, request) !== false,
      )
      const open = distinct([...openRoles, ...withOpenSubjects.filter((binding) => mayAllow(binding, request))])
      return { allowed: because.length > 0 ? true : possibly.length + open.length > 0 ? 'unknown' : false, because, possibly, open }
    },
    whoCan: (request) => ({
      holders: holders(bindings, brought, request),
      open: bindings.filter((binding) => (isOpenRole(binding) || binding.openSubjects.length > 0) && mayAllow(binding, request)),
    }),
  }
  made.set(access, state)
  return access
}

/** Grants of a binding are the same ones while its role is: most subjects have one binding, so theirs are too. */
const known = new WeakMap<Binding, readonly Grant[]>()

function grantsOfBinding(binding: Binding): readonly Grant[] {
  const before = known.get(binding)
  if (before) return before
  const role = binding.role.facts
  const grants = role ? role.rules.map(({ rule, sure }) => ({ rule, namespace: binding.namespace, binding, role, sure })) : []
  known.set(binding, grants)
  return grants
}

function isOpenRole({ role }: Binding): boolean {
  return role.open || (role.facts?.open ?? false)
}

function builtInGrants(roles: Roles, before: ReadonlyMap<string, readonly Grant[]> | undefined): ReadonlyMap<string, readonly Grant[]> {
  const grants = new Map<string, Grant[]>()
  for (const { role: name, subjects } of BUILT_IN_BINDINGS) {
    const role = roles.get('ClusterRole', '', name)
    const own = role ? grantsEverywhere(role) : []
    for (const subject of subjects) for (const grant of own) push(grants, subjectKey({ ...subject, namespace: '' }), grant)
  }
  return keepLists(grants, before)
}

const everywhere = new WeakMap<RoleFacts, readonly Grant[]>()

/** What Kubernetes' own binding of a role gives. */
function grantsEverywhere(role: RoleFacts): readonly Grant[] {
  const before = everywhere.get(role)
  if (before) return before
  const grants = role.rules.map(({ rule, sure }): Grant => ({ rule, namespace: undefined, binding: undefined, role, sure }))
  everywhere.set(role, grants)
  return grants
}

/** Names come from files, also while they are typed: what is kept of them is bounded. */
const MOST_KEPT = 50_000

/** What identities have that no touched key concerns. */
function stillGranted(granted: Made['granted'], touched: ReadonlySet<string> | undefined): Map<string, readonly Granted[]> {
  if (!touched || granted.size > MOST_KEPT) return new Map()
  // Both revisions have the same bindings, so both may add to it.
  if (touched.size === 0) return granted
  const result = new Map<string, readonly Granted[]>()
  for (const [user, each] of granted) {
    const kept = each.filter(({ keys }) => !keys.some((key) => touched.has(key)))
    if (kept.length > 0) result.set(user, kept.length < each.length ? kept : each)
  }
  return result
}

function objectOf({ object }: Binding): readonly KubeObject[] {
  return [object]
}

function roleOf({ role }: Binding): readonly KubeObject[] {
  return role.object ? [role.object] : NO_OBJECTS
}

function keysOfBinding({ keys }: Binding): readonly string[] {
  return keys
}

function named(keys: readonly string[], bySubject: Made['bySubject']): readonly Binding[] {
  let found: readonly Binding[] = NO_BINDINGS
  for (const key of keys) {
    const list = bySubject.get(key)
    if (list) found = found.length === 0 ? list : [...found, ...list]
  }
  return found.length < 2 ? found : distinct(found)
}

/**
 * Whether a grant in `namespace` reaches a request. A grant for the whole cluster reaches everything; one in a
 * namespace the objects of that namespace and the Namespace itself, because the API server takes the name of a
 * Namespace for the namespace of a request about it.
 */
export function inScope(namespace: string | undefined, request: Request): Tri {
  if (namespace === undefined) return true
  if ('path' in request) return false
  const about = request.group === '' && request.resource === 'namespaces' && request.name ? request.name : request.namespace
  if (about === undefined) return false
  if (about === namespace) return true
  if (about !== '' && namespace !== '') return false
  // What leaves its namespace open is applied to `default` unless somebody says otherwise.
  return about === 'default' || namespace === 'default' ? true : 'unknown'
}

function mayAllow(binding: Binding, request: Request): boolean {
  if (isOpenRole(binding)) return inScope(binding.namespace, request) !== false
  const { because, possibly } = allowing(grantsOfBinding(binding), request)
  return because.length + possibly.length > 0
}

function allowing(grants: readonly Grant[], request: Request): { because: Grant[]; possibly: Grant[] } {
  const because: Grant[] = []
  const possibly: Grant[] = []
  for (const grant of grants) {
    const scope = inScope(grant.namespace, request)
    const allows = scope === false ? false : ruleAllows(grant.rule, request)
    if (allows === false) continue
    if (allows === true && scope === true && grant.sure) because.push(grant)
    else possibly.push(grant)
  }
  return { because, possibly }
}

function holders(bindings: readonly Binding[], brought: ReadonlyMap<string, readonly Grant[]>, request: Request): Holder[] {
  const found = new Map<string, { subject: Subject; grants: Grant[] }>()
  const add = (subject: Subject, grants: readonly Grant[]): void => {
    const key = subjectKey(subject)
    const holder = found.get(key)
    if (holder) holder.grants.push(...grants)
    else found.set(key, { subject: canonical(subject), grants: [...grants] })
  }
  for (const binding of bindings) {
    const { because, possibly } = allowing(grantsOfBinding(binding), request)
    const grants = [...because, ...possibly.map((grant) => ({ ...grant, sure: false }))]
    if (grants.length > 0) for (const subject of binding.subjects) if (subject.applies) add(subject, grants)
  }
  for (const [key, grants] of brought) {
    const slash = key.indexOf('/')
    const { because } = allowing(grants, request)
    const kind = key.startsWith('Group') ? 'Group' : 'User'
    if (because.length > 0) add({ kind, namespace: '', name: key.slice(slash + 1) }, because)
  }
  return [...found.values()]
}

/** The keys of an identity; an account in a namespace that is left open is one in `default` unless somebody says otherwise. */
function namesOf(identity: Identity): string[] {
  const account = accountOf(identity.user)
  if (account?.namespace !== '' && account?.namespace !== 'default') return keysOf(identity)
  const other = account.namespace === '' ? 'default' : ''
  return [...keysOf(identity), subjectKey({ kind: 'ServiceAccount', namespace: other, name: account.name })]
}

/**
 * Bindings that name a ServiceAccount in a namespace in which the files define none of that name: one of that
 * name whose namespace is left open may be meant.
 */
function accountsElsewhere(
  bindings: readonly Binding[],
  accounts: ReadonlyMap<string, KubeObject>,
): ReadonlyMap<string, readonly Binding[]> {
  const found = new Map<string, Binding[]>()
  for (const binding of bindings) {
    for (const { kind, namespace, name } of binding.subjects) {
      if (kind !== 'ServiceAccount' || namespace === '' || namespace === 'default') continue
      if (!accounts.has(`${namespace}/${name}`)) push(found, name, binding)
    }
  }
  return found
}

function everybody(
  bindings: readonly Binding[],
  accounts: readonly KubeObject[],
  before: ReadonlyMap<string, Subject> | undefined,
): ReadonlyMap<string, Subject> {
  const found = new Map<string, Subject>()
  const add = (key: string, subject: Subject): void => {
    const known = before?.get(key)
    found.set(key, known?.kind === subject.kind ? known : subject)
  }
  for (const account of accounts) {
    const { key, subject } = subjectOf(account)
    add(key, subject)
  }
  for (const { subjects } of bindings) {
    for (const subject of subjects) if (subject.applies && !found.has(subject.key)) add(subject.key, canonical(subject))
  }
  return found
}

function byNamespace(subjects: readonly Subject[]): ReadonlyMap<string, readonly Subject[]> {
  const found = new Map<string, Subject[]>()
  for (const subject of subjects) if (subject.kind === 'ServiceAccount') push(found, subject.namespace, subject)
  return found
}

const subjectsOfAccounts = new WeakMap<KubeObject, { readonly key: string; readonly subject: Subject }>()

function subjectOf(account: KubeObject): { readonly key: string; readonly subject: Subject } {
  const before = subjectsOfAccounts.get(account)
  if (before) return before
  const subject: Subject = { kind: 'ServiceAccount', namespace: account.namespace, name: account.name }
  const result = { key: subjectKey(subject), subject }
  subjectsOfAccounts.set(account, result)
  return result
}

function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key)
  if (list) list.push(value)
  else map.set(key, [value])
}

function distinct<T>(values: readonly T[]): T[] {
  return values.length < 2 ? [...values] : [...new Set(values)]
}

function lazy<T>(compute: () => T): () => T {
  let value: { readonly of: T } | undefined
  return () => {
    value ??= { of: compute() }
    return value.of
  }
}
