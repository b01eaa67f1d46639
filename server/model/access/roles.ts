import type { KubeObject } from '../object.ts'
import { get, isList, isUnknown, text } from '../value.ts'
import { aggregate, isAggregating } from './aggregation.ts'
import { BUILT_IN_ROLES, type BuiltInRole, builtInRole } from './built-in-roles.ts'
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
  of(role: KubeObject): RoleFacts | undefined
  /** The roles that a ClusterRole is aggregated into, at any distance, itself excluded. */
  aggregatedInto(role: RoleFacts): readonly RoleFacts[]
}

/** Roles that aggregate nothing: the same ones while their objects are. */
const ofObjects = new WeakMap<KubeObject, RoleFacts>()
/** Kubernetes' own roles that are not in the table. */
const unlisted = new Map<string, RoleFacts>()

export function rolesOf(roles: readonly KubeObject[], clusterRoles: readonly KubeObject[]): Roles {
  const found = new Map<string, RoleFacts>()
  for (const object of roles) found.set(object.id, factsOf('Role', object))
  for (const builtIn of BUILT_IN_ROLES) found.set(keyOf('ClusterRole', '', builtIn.name), brought(builtIn))
  for (const object of clusterRoles) found.set(object.id, factsOf('ClusterRole', object))
  const { rules, parents } = aggregate([...found.values()].filter(({ kind }) => kind === 'ClusterRole'))
  for (const [role, aggregated] of rules) found.set(keyOf('ClusterRole', '', role.name), aggregated)
  return {
    all: [...found.values()],
    get: (kind, namespace, name) => {
      if (kind === 'Role') return found.get(keyOf('Role', namespace, name))
      return kind === 'ClusterRole' ? (found.get(keyOf('ClusterRole', '', name)) ?? unlistedRole(name)) : undefined
    },
    of: (role) => {
      const known = found.get(role.id)
      return known?.object === role ? known : undefined
    },
    aggregatedInto: (role) =>
      [...(parents.get(role.name) ?? [])].flatMap((name) => (name === role.name ? [] : (found.get(keyOf('ClusterRole', '', name)) ?? []))),
  }
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
  if (!isAggregating(role)) ofObjects.set(object, role)
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

const builtInRules = new Map<string, readonly EffectiveRule[]>()

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
