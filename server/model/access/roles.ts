import type { KubeObject } from '../object.ts'
import { get, isList, isUnknown, text } from '../value.ts'
import { type Aggregation, aggregate } from './aggregation.ts'
import { BUILT_IN_ROLES, type BuiltInRole, builtInRole } from './built-in-roles.ts'
import { keep, keepLists } from './keep.ts'
import { type PolicyRule, readPolicyRule } from './policy-rule.ts'

/** A rule that a role has in effect. */
export interface EffectiveRule {
  readonly rule: PolicyRule
  /** False when it depends on labels that are not in the files. */
  readonly sure: boolean
}

export interface RoleFacts {
  readonly kind: 'Role' | 'ClusterRole'
  /** '' for a ClusterRole, and for a Role whose namespace is left open. */
  readonly namespace: string
  readonly name: string
  /** Undefined when only Kubernetes brings it. */
  readonly object: KubeObject | undefined
  readonly builtIn: BuiltInRole | undefined
  /** What it grants, with what is aggregated into it. */
  readonly rules: readonly EffectiveRule[]
  /** More may be granted than `rules` says: its rules, or what it aggregates, are not in the files. */
  readonly open: boolean
  /** The roles that are aggregated into it, at any distance; with itself when it is among them. */
  readonly aggregates: readonly RoleFacts[]
}

export interface Roles {
  readonly all: readonly RoleFacts[]
  /** The role of that name, of the files or Kubernetes' own. A Role is looked for in its own namespace only. */
  get(kind: string, namespace: string, name: string): RoleFacts | undefined
  /** The same, for whoever keeps the key of a role. */
  named(role: { readonly key: string | undefined; readonly kind: string; readonly name: string }): RoleFacts | undefined
  of(role: KubeObject): RoleFacts | undefined
  /** The roles that a ClusterRole is aggregated into, at any distance, itself excluded. */
  aggregatedInto(role: RoleFacts): readonly RoleFacts[]
}

/** What roles grant by their own text: the same while their objects are. */
const ofObjects = new WeakMap<KubeObject, RoleFacts>()
const builtInRules = new Map<string, readonly EffectiveRule[]>()
/** Kubernetes' own, which are in every environment. */
const OWN = new Map(BUILT_IN_ROLES.map((builtIn) => [builtIn.name, brought(builtIn)]))
/** Kubernetes' own roles that are not in the table. */
const unlisted = new Map<string, RoleFacts>()

/** What answers are made of, for those of the next revision. */
interface Made {
  readonly roles: readonly KubeObject[]
  readonly clusterRoles: readonly KubeObject[]
  /** The facts of ClusterRoles, with what is aggregated. */
  readonly wide: ReadonlyMap<string, RoleFacts>
  readonly aggregation: Aggregation
  /** The roles that each is aggregated into, itself excluded. */
  readonly into: ReadonlyMap<string, readonly RoleFacts[]>
}

const made = new WeakMap<Roles, Made>()
const NOTHING: readonly RoleFacts[] = []

/** @param previous the answer of the revision before: roles that grant what they granted then stay the same ones */
export function rolesOf(roles: readonly KubeObject[], clusterRoles: readonly KubeObject[], previous?: Roles): Roles {
  const before = previous && made.get(previous)
  if (previous && before?.roles === roles && before.clusterRoles === clusterRoles) return previous
  const { wide, aggregation, into } = before?.clusterRoles === clusterRoles ? before : clusterWide(clusterRoles, before)
  const found = new Map<string, RoleFacts>()
  for (const object of roles) found.set(object.id, factsOf('Role', object))
  for (const [key, role] of wide) found.set(key, role)
  const named: Roles['named'] = ({ key, kind, name }) =>
    key === undefined ? undefined : (found.get(key) ?? (kind === 'ClusterRole' ? unlistedRole(name) : undefined))
  const result: Roles = {
    all: keep([...found.values()], previous?.all),
    get: (kind, namespace, name) => named({ key: roleKey(kind, namespace, name), kind, name }),
    named,
    of: (role) => {
      const known = found.get(role.id)
      return known?.object === role ? known : undefined
    },
    aggregatedInto: (role) => (role.kind === 'ClusterRole' ? (into.get(role.name) ?? NOTHING) : NOTHING),
  }
  made.set(result, { roles, clusterRoles, wide, aggregation, into })
  return result
}

function clusterWide(clusterRoles: readonly KubeObject[], previous: Made | undefined): Pick<Made, 'wide' | 'aggregation' | 'into'> {
  const wide = new Map<string, RoleFacts>()
  for (const [name, role] of OWN) wide.set(keyOf('ClusterRole', '', name), role)
  for (const object of clusterRoles) wide.set(object.id, factsOf('ClusterRole', object))
  const aggregation = aggregate([...wide.values()], previous?.aggregation)
  for (const [role, aggregated] of aggregation.rules) wide.set(keyOf('ClusterRole', '', role.name), aggregated)
  const into = new Map<string, readonly RoleFacts[]>()
  for (const [name, parents] of aggregation.parents) {
    const others = [...parents].filter((parent) => parent !== name)
    into.set(
      name,
      others.flatMap((parent) => wide.get(keyOf('ClusterRole', '', parent)) ?? []),
    )
  }
  return { wide, aggregation, into: keepLists(into, previous?.into) }
}

/** The identity of the role that a name means in a namespace; undefined for what is no kind of role. */
export function roleKey(kind: string, namespace: string, name: string): string | undefined {
  if (kind === 'Role') return keyOf('Role', namespace, name)
  return kind === 'ClusterRole' ? keyOf('ClusterRole', '', name) : undefined
}

/** The identity of the object that a role of this name is. */
function keyOf(kind: RoleFacts['kind'], namespace: string, name: string): string {
  return `rbac.authorization.k8s.io/${kind}/${namespace}/${name}`
}

function factsOf(kind: RoleFacts['kind'], object: KubeObject): RoleFacts {
  const before = ofObjects.get(object)
  if (before) return before
  const builtIn = kind === 'ClusterRole' && isBootstrap(object) ? builtInRole(object.name) : undefined
  const list = get(object.body, 'rules')
  const own = isList(list) ? list.map((rule, i) => ({ rule: readPolicyRule(rule, object.name, object, ['rules', i]), sure: true })) : []
  const role: RoleFacts = {
    kind,
    namespace: kind === 'Role' ? object.namespace : '',
    name: object.name,
    object,
    builtIn,
    rules: builtIn ? [...rulesOf(builtIn), ...own] : own,
    open: isUnknown(list),
    aggregates: [],
  }
  ofObjects.set(object, role)
  return role
}

/** A copy of a role or binding of Kubernetes, which adds what is missing when it starts. Another role of such a name stands for itself. */
export function isBootstrap({ body }: KubeObject): boolean {
  return (
    text(body, 'metadata', 'labels', 'kubernetes.io/bootstrapping') === 'rbac-defaults' ||
    text(body, 'metadata', 'annotations', 'rbac.authorization.kubernetes.io/autoupdate') === 'true'
  )
}

function brought(builtIn: BuiltInRole): RoleFacts {
  const { name, rules } = builtIn
  return {
    kind: 'ClusterRole',
    namespace: '',
    name,
    object: undefined,
    builtIn,
    rules: rulesOf(builtIn),
    open: rules === undefined,
    aggregates: [],
  }
}

function rulesOf({ name, rules }: BuiltInRole): readonly EffectiveRule[] {
  const known = builtInRules.get(name)
  if (known) return known
  const read = (rules ?? []).map((rule, i) => ({ rule: readPolicyRule(rule, name, undefined, ['rules', i]), sure: true }))
  builtInRules.set(name, read)
  return read
}

function unlistedRole(name: string): RoleFacts | undefined {
  const builtIn = builtInRole(name)
  if (!builtIn) return undefined
  const known = unlisted.get(name) ?? brought(builtIn)
  // Names come from files: what is kept of them is bounded.
  if (unlisted.size < 1000) unlisted.set(name, known)
  return known
}
