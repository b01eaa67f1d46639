import type { KubeObject } from '../object.ts'
import type { ObjectChange } from '../rule.ts'
import { type Body, equal, get, items, type Path, texts, type Value } from '../value.ts'
import { type ApiTable, READ_VERBS } from './api-resources.ts'
import type { Binding, BoundSubject } from './bindings.ts'
import { narrowRule } from './narrow.ts'

const FIELDS = ['apiGroups', 'resources', 'verbs', 'resourceNames', 'nonResourceURLs']

/** Puts rules in the place of one: the first field by field, so that comments stay; the others follow it. No rules take it away. */
export function replaceRule(role: KubeObject, index: number, rules: readonly Value[]): ObjectChange[] {
  const rule = items(role.body, 'rules')[index]
  const [first, ...others] = rules
  if (first === undefined) return [{ op: 'remove', object: role, path: ['rules', index] }]
  const fields = FIELDS.flatMap((field): ObjectChange[] => {
    const path: Path = ['rules', index, field]
    const value = get(first, field)
    if (value === undefined) return get(rule, field) === undefined ? [] : [{ op: 'remove', object: role, path }]
    return equal(value, get(rule, field)) ? [] : [{ op: 'set', object: role, path, value }]
  })
  return [...fields, ...others.map((value): ObjectChange => ({ op: 'insert', object: role, path: ['rules'], index: index + 1, value }))]
}

/** A RoleBinding to the same role for the subjects of a binding, in one namespace, in the place of it. */
export function bindIn(namespace: string, { object, subjects, role }: Binding): ObjectChange[] {
  const body: Body = {
    apiVersion: object.apiVersion,
    kind: 'RoleBinding',
    metadata: { name: object.name, namespace },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: role.kind, name: role.name },
    subjects: subjects.map((subject): Body => {
      const { kind, name } = subject
      return kind === 'ServiceAccount'
        ? { kind, name, namespace: subject.namespace }
        : { kind, name, apiGroup: 'rbac.authorization.k8s.io' }
    }),
  }
  return [
    { op: 'set', object, path: ['subjects'], value: [] },
    { op: 'create', beside: object, body },
  ]
}

/** A role of its own for one subject of a binding, bound where it is bound now, and without the old one. */
export function ownRole(
  { object, namespace, role }: Binding,
  subject: BoundSubject,
  name: string,
  rules: readonly Value[],
): ObjectChange[] {
  const prefix = namespace === undefined ? 'Cluster' : ''
  const metadata = namespace ? { name, namespace } : { name }
  const { apiVersion } = object
  const written = items(object.body, 'subjects')[subject.index]
  if (written === undefined) return []
  return [
    { op: 'remove', object, path: ['subjects', subject.index] },
    { op: 'create', beside: role.object ?? object, body: { apiVersion, kind: `${prefix}Role`, metadata, rules } },
    {
      op: 'create',
      beside: object,
      body: {
        ...{ apiVersion, kind: `${prefix}RoleBinding`, metadata },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: `${prefix}Role`, name },
        subjects: [written],
      },
    },
  ]
}

/** What of a role's rules reads, spelled out; undefined when a `*` cannot be. */
export function readOnly(rules: readonly Value[], table: ApiTable): Value[] | undefined {
  const result: Value[] = []
  for (const rule of rules) {
    const wild = ['verbs', 'resources', 'apiGroups'].some((field) => texts(rule, field).includes('*'))
    const narrowed = wild && texts(rule, 'resources').length > 0 ? narrowRule(rule, 'read', table) : { rules: [rule] }
    if ('reason' in narrowed) return undefined
    for (const each of narrowed.rules)
      result.push(
        ...withoutVerbs(
          each,
          texts(each, 'verbs').filter((verb) => !READ_VERBS.includes(verb)),
        ),
      )
  }
  return result
}

/** A rule without some of its verbs: nothing when none is left. */
export function withoutVerbs(rule: Value, verbs: readonly string[]): Value[] {
  return without(rule, 'verbs', (verb) => verbs.includes(verb))
}

/** A rule without some of its resources: nothing when none is left. */
export function withoutResources(rule: Value, resources: readonly string[]): Value[] {
  return without(rule, 'resources', (resource) => resources.includes(resource))
}

function without(rule: Value, field: string, drops: (item: string) => boolean): Value[] {
  const kept = texts(rule, field).filter((item) => !drops(item))
  return kept.length === 0 ? [] : [{ ...(rule as Record<string, Value>), [field]: kept }]
}

/** The index of the rule that a path is in; undefined when it is in none. */
export function ruleIndex(path: Path): number | undefined {
  return path[0] === 'rules' && typeof path[1] === 'number' ? path[1] : undefined
}

/** Takes verbs out of the rule at `path`, and the rule with its last one; undefined when it has none of them. */
export function takeVerbs(role: KubeObject, path: Path, verbs: readonly string[]): ObjectChange[] | undefined {
  return take(role, path, 'verbs', verbs, withoutVerbs)
}

/** Takes resources out of the rule at `path`, and the rule with its last one; undefined when it has none of them. */
export function takeResources(role: KubeObject, path: Path, resources: readonly string[]): ObjectChange[] | undefined {
  return take(role, path, 'resources', resources, withoutResources)
}

function take(
  role: KubeObject,
  path: Path,
  field: string,
  gone: readonly string[],
  rest: (rule: Value, gone: readonly string[]) => Value[],
): ObjectChange[] | undefined {
  const index = ruleIndex(path)
  const rule = index === undefined ? undefined : items(role.body, 'rules')[index]
  if (index === undefined || rule === undefined || !texts(rule, field).some((item) => gone.includes(item))) return undefined
  return replaceRule(role, index, rest(rule, gone))
}
