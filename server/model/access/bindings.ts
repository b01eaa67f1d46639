import type { ObjectsByKind } from '../facts.ts'
import type { KubeObject } from '../object.ts'
import { get, items, text } from '../value.ts'
import { builtInRole } from './built-in-roles.ts'

/** One entry of a binding's `subjects`. */
export interface BoundSubject {
  readonly kind: 'User' | 'Group' | 'ServiceAccount'
  readonly name: string
  /** Of a ServiceAccount: as written, or the RoleBinding's own. '' when it is left open. */
  readonly namespace: string
  readonly index: number
}

export interface Binding {
  readonly object: KubeObject
  /** Undefined for the whole cluster. */
  readonly namespace: string | undefined
  readonly role: { readonly kind: string; readonly name: string; readonly object: KubeObject | undefined; readonly builtIn: boolean }
  readonly subjects: readonly BoundSubject[]
}

/** Who is bound to which role. What the roles permit in sum is the authorizer's question. */
export interface Access {
  readonly bindings: readonly Binding[]
  /** The bindings that name a role of the files. */
  bindingsOf(role: KubeObject): readonly Binding[]
  serviceAccount(namespace: string, name: string): KubeObject | undefined
  /** The bindings whose subjects include a ServiceAccount: by name, as a user, or through a group that all of them carry. */
  bindingsFor(namespace: string, name: string): readonly Binding[]
}

const RBAC = 'rbac.authorization.k8s.io'

export function accessOf(of: ObjectsByKind): Access {
  const roles = new Map<string, KubeObject>()
  for (const role of of(`${RBAC}/Role`)) roles.set(`Role/${role.namespace}/${role.name}`, role)
  for (const role of of(`${RBAC}/ClusterRole`)) roles.set(`ClusterRole//${role.name}`, role)
  const bindings = [...of(`${RBAC}/RoleBinding`), ...of(`${RBAC}/ClusterRoleBinding`)].map((object): Binding => {
    const namespace = object.kind === 'RoleBinding' ? object.namespace : undefined
    const kind = text(object.body, 'roleRef', 'kind') ?? ''
    const name = text(object.body, 'roleRef', 'name') ?? ''
    const role = roles.get(kind === 'ClusterRole' ? `ClusterRole//${name}` : `Role/${namespace ?? ''}/${name}`)
    const builtIn = role === undefined && kind === 'ClusterRole' && builtInRole(name) !== undefined
    return { object, namespace, role: { kind, name, object: role, builtIn }, subjects: subjectsOf(object) }
  })
  const byRole = new Map<KubeObject, Binding[]>()
  const bySubject = new Map<string, Binding[]>()
  const add = <K>(map: Map<K, Binding[]>, key: K, binding: Binding): void => {
    const list = map.get(key)
    if (!list) map.set(key, [binding])
    else if (!list.includes(binding)) list.push(binding)
  }
  for (const binding of bindings) {
    if (binding.role.object) add(byRole, binding.role.object, binding)
    for (const subject of binding.subjects) add(bySubject, subjectKey(subject), binding)
  }
  const accounts = new Map(of('/ServiceAccount').map((account) => [`${account.namespace}/${account.name}`, account]))
  return {
    bindings,
    bindingsOf: (role) => byRole.get(role) ?? [],
    serviceAccount: (namespace, name) => accounts.get(`${namespace}/${name}`),
    bindingsFor: (namespace, name) => {
      const keys = [
        `ServiceAccount/${namespace}/${name}`,
        'Group/system:serviceaccounts',
        `Group/system:serviceaccounts:${namespace}`,
        'Group/system:authenticated',
      ]
      return [...new Set(keys.flatMap((key) => bySubject.get(key) ?? []))]
    },
  }
}

/** Semantics: rbac.authorization.k8s.io: a User may name a ServiceAccount by its full user name. */
function subjectsOf(binding: KubeObject): BoundSubject[] {
  return items(binding.body, 'subjects').flatMap((subject, index): BoundSubject[] => {
    const kind = text(subject, 'kind')
    const name = text(subject, 'name')
    if (!name || (kind !== 'User' && kind !== 'Group' && kind !== 'ServiceAccount')) return []
    const namespace = get(subject, 'namespace') === undefined ? binding.namespace : (text(subject, 'namespace') ?? '')
    return [{ kind, name, namespace: kind === 'ServiceAccount' ? namespace : '', index }]
  })
}

function subjectKey(subject: BoundSubject): string {
  if (subject.kind === 'ServiceAccount') return `ServiceAccount/${subject.namespace}/${subject.name}`
  const account = subject.kind === 'User' && /^system:serviceaccount:([^:]+):([^:]+)$/.exec(subject.name)
  return account ? `ServiceAccount/${account[1]}/${account[2]}` : `${subject.kind}/${subject.name}`
}
