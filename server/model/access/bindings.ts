import type { KubeObject } from '../object.ts'
import { get, isUnknown, items, text } from '../value.ts'
import { builtInRole, isBuiltInRole } from './built-in-roles.ts'
import { type Subject, subjectKey } from './identity.ts'
import { type RoleFacts, type Roles, roleKey } from './roles.ts'

/** One entry of a binding's `subjects`. The namespace of a ServiceAccount is as written, or the RoleBinding's own. */
export interface BoundSubject extends Subject {
  /** False for a ServiceAccount that a ClusterRoleBinding names without a namespace: it stands for nobody. */
  readonly applies: boolean
  readonly index: number
  /** One text for each subject, the same for a ServiceAccount and the User that names it. */
  readonly key: string
}

export interface Binding {
  readonly object: KubeObject
  /** Undefined for the whole cluster. */
  readonly namespace: string | undefined
  readonly role: {
    /** The identity of the role; undefined when there can be none. */
    readonly key: string | undefined
    /** As written in `roleRef`; '' when absent or unknown. */
    readonly kind: string
    readonly name: string
    /** Undefined when the role is not in the files. */
    readonly object: KubeObject | undefined
    readonly builtIn: boolean
    /** What it grants; undefined when no such role is known. */
    readonly facts: RoleFacts | undefined
    /** Its name or kind is written, but not in the files. */
    readonly open: boolean
  }
  readonly subjects: readonly BoundSubject[]
  /** Of those subjects that stand for somebody. */
  readonly keys: readonly string[]
  /** Indexes of subjects that are written, but not in the files; -1 for the whole list. */
  readonly openSubjects: readonly number[]
}

type Written = Pick<Binding, 'subjects' | 'keys' | 'openSubjects'> & {
  readonly kind: string
  readonly name: string
  readonly open: boolean
}

const written = new WeakMap<KubeObject, Written>()
const known = new WeakMap<KubeObject, Binding>()

/**
 * The binding that an object is, with its role. The same one as before while object and role are.
 * @param former what it was in the revision before
 */
export function bindingOf(object: KubeObject, roles: Roles, former?: Binding): Binding {
  if (former && former.role.facts === roles.named(former.role)) return former
  const { kind, name, open, subjects, keys, openSubjects } = read(object)
  const namespace = object.kind === 'RoleBinding' ? object.namespace : undefined
  const allowed = kind === 'ClusterRole' || namespace !== undefined
  const key = allowed ? roleKey(kind, namespace ?? '', name) : undefined
  const facts = roles.named({ key, kind, name })
  const before = known.get(object)
  if (before && before.role.facts === facts) return before
  const isBuiltIn = kind === 'ClusterRole' ? builtInRole(name) !== undefined : isBuiltInRole(namespace ?? '', name)
  const builtIn = facts?.object === undefined && isBuiltIn
  const role = { key, kind, name, object: facts?.object, builtIn, facts, open }
  const binding = { object, namespace, role, subjects, keys, openSubjects }
  known.set(object, binding)
  return binding
}

function read(object: KubeObject): Written {
  const before = written.get(object)
  if (before) return before
  const roleRef = get(object.body, 'roleRef')
  const subjects = subjectsOf(object)
  const result = {
    kind: text(roleRef, 'kind') ?? '',
    name: text(roleRef, 'name') ?? '',
    open: isUnknown(roleRef) || isUnknown(get(roleRef, 'kind')) || isUnknown(get(roleRef, 'name')),
    subjects,
    keys: subjects.flatMap(({ applies, key }) => (applies ? [key] : [])),
    openSubjects: openSubjectsOf(object),
  }
  written.set(object, result)
  return result
}

function subjectsOf(binding: KubeObject): BoundSubject[] {
  return items(binding.body, 'subjects').flatMap((subject, index): BoundSubject[] => {
    const kind = text(subject, 'kind')
    const name = text(subject, 'name')
    if (!name || (kind !== 'User' && kind !== 'Group' && kind !== 'ServiceAccount')) return []
    const written = kind === 'ServiceAccount' ? get(subject, 'namespace') || binding.namespace : ''
    const namespace = typeof written === 'string' ? written : ''
    const applies = kind !== 'ServiceAccount' || written !== '' || binding.kind === 'RoleBinding'
    return [{ kind, name, namespace, applies, index, key: subjectKey({ kind, namespace, name }) }]
  })
}

function openSubjectsOf(binding: KubeObject): number[] {
  if (isUnknown(get(binding.body, 'subjects'))) return [-1]
  return items(binding.body, 'subjects').flatMap((subject, index) =>
    isUnknown(subject) || ['kind', 'name'].some((key) => isUnknown(get(subject, key))) ? [index] : [],
  )
}
