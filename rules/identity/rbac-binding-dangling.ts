import { BINDING_KINDS } from '../../server/model/access/access.ts'
import type { Binding, BoundSubject } from '../../server/model/access/bindings.ts'
import type { Facts } from '../../server/model/facts.ts'
import { describe } from '../../server/model/object.ts'
import { defineRule, type Found } from '../../server/model/rule.ts'
import { get, isList, isUnknown, items, text } from '../../server/model/value.ts'

type Asked = Pick<Facts, 'access' | 'objects' | 'namespaces'>

export default defineRule<'object', 'access' | 'objects' | 'namespaces'>({
  name: 'rbac-binding-dangling',
  title: 'Binding that binds nothing',
  pillar: 'identity',
  severity: 'hint',
  absence: true,
  nowhere: ['Role', 'ClusterRole', 'ServiceAccount'],
  controls: { cis: ['5.1.1'], nist80053: ['AC-2(3)', 'AC-6(7)'], owasp: ['K02'] },
  since: '0.1.0',
  each: 'object',
  kinds: BINDING_KINDS,
  reads: ['access', 'objects', 'namespaces'],
  *check(object, { facts }) {
    const binding = facts.access.binding(object)
    if (!binding) return
    if (binding.role.open) yield { notEvaluated: object, path: ['roleRef', 'name'] }
    else yield* aboutRole(binding, facts)
    yield* aboutSubjects(binding, facts)
  },
  *fix({ object, path }, { facts }) {
    const binding = facts.access.binding(object)
    const subject = binding?.subjects.find(({ index }) => index === path[1])
    if (!binding || path[0] !== 'subjects' || !subject) return
    const homes = facts.objects('/ServiceAccount').filter(({ name }) => name === subject.name)
    const [home, ...others] = homes
    if (!subject.applies && home && home.namespace !== '' && others.length === 0) {
      yield {
        title: `Name its namespace \`${home.namespace}\`: \`${subject.name}\` then has what \`${binding.role.name}\` grants`,
        applicability: 'assisted',
        changes: [{ op: 'set', object, path: ['subjects', subject.index, 'namespace'], value: home.namespace }],
      }
    }
    yield {
      title: `Take \`${subject.name}\` out: it has nothing by this binding`,
      applicability: 'assisted',
      changes: [{ op: 'remove', object, path: ['subjects', subject.index] }],
    }
  },
})

function* aboutRole({ object, namespace, role }: Binding, facts: Asked): Iterable<Found<undefined>> {
  const invalid = (path: string[], why: string): Found<undefined> => ({
    object,
    path,
    part: 'value',
    severity: 'warning',
    discriminator: 'roleRef',
    message: `${describe(object)} is refused by the API server: ${why}.`,
  })
  if (get(object.body, 'roleRef') === undefined || role.name === '') yield invalid(['roleRef'], 'it names no role')
  else if (role.kind !== 'Role' && role.kind !== 'ClusterRole')
    yield invalid(['roleRef', 'kind'], `a role is a Role or a ClusterRole, not \`${role.kind}\``)
  else if (role.kind === 'Role' && namespace === undefined) yield invalid(['roleRef', 'kind'], 'a ClusterRoleBinding cannot bind a Role')
  else if (!role.facts && !role.builtIn && isClosed(role.kind, namespace ?? '', facts)) {
    const elsewhere =
      role.kind === 'Role' ? facts.access.roles.all.find(({ kind, name }) => kind === 'Role' && name === role.name) : undefined
    const where = elsewhere ? `: the one in \`${elsewhere.namespace}\` counts only there` : ''
    yield {
      object,
      path: ['roleRef', 'name'],
      part: 'value',
      unnecessary: true,
      discriminator: 'roleRef',
      message: `${describe(object)} grants nothing, because there is no ${role.kind} \`${role.name}\`${namespace && role.kind === 'Role' ? ` in \`${namespace}\`` : ''} here${where}. Whoever creates one decides what it grants.`,
    }
  }
}

/** Whether the files seem to hold all roles of that kind: a repository is usually a part of what is in a cluster. */
function isClosed(kind: 'Role' | 'ClusterRole' | string, namespace: string, { access }: Asked): boolean {
  return access.roles.all.some(
    (role) => role.object !== undefined && role.kind === kind && role.namespace === (kind === 'Role' ? namespace : ''),
  )
}

function* aboutSubjects(binding: Binding, facts: Asked): Iterable<Found<undefined>> {
  const { object } = binding
  const list = get(object.body, 'subjects')
  if (list !== undefined && !isList(list) && !isUnknown(list)) {
    yield {
      object,
      path: ['subjects'],
      part: 'value',
      severity: 'warning',
      discriminator: 'subjects',
      message: `${describe(object)} is refused by the API server: \`subjects\` is no list.`,
    }
  }
  for (const [i, subject] of items(object.body, 'subjects').entries()) {
    const known = binding.subjects.find(({ index }) => index === i)
    const found = (path: string[], message: string, severity: 'warning' | 'hint'): Found<undefined> => ({
      object,
      path: ['subjects', i, ...path],
      part: 'value',
      severity,
      unnecessary: severity === 'hint',
      discriminator: `subject ${text(subject, 'kind') ?? ''} ${text(subject, 'name') ?? i}`,
      message,
    })
    if (!known) {
      if (isUnknown(subject) || ['kind', 'name'].some((key) => isUnknown(get(subject, key)))) continue
      const kind = text(subject, 'kind')
      const why = text(subject, 'name')
        ? `a subject is a User, a Group or a ServiceAccount, not \`${kind ?? 'nothing'}\``
        : 'a subject has no name'
      yield found([], `${describe(object)} is refused by the API server: ${why}.`, 'warning')
    } else if (!known.applies) {
      yield found(
        ['name'],
        `${describe(object)} is refused by the API server: \`${known.name}\` has no namespace, and a ClusterRoleBinding gives it none.`,
        'warning',
      )
    } else if (known.kind === 'ServiceAccount' && isMissing(known, facts)) {
      yield found(
        ['name'],
        `There is no ServiceAccount \`${known.name}\` in ${known.namespace === '' ? 'this namespace' : `\`${known.namespace}\``} here: whoever creates one has what \`${binding.role.name}\` grants.`,
        'hint',
      )
    }
  }
}

/** A namespace of which the files hold ServiceAccounts is taken to be whole. */
function isMissing({ namespace, name }: BoundSubject, { access, objects }: Asked): boolean {
  if (name === 'default' || access.serviceAccount(namespace, name)) return false
  const accounts = objects('/ServiceAccount')
  // One whose namespace is left open may be the one that is meant.
  return (
    accounts.some((account) => account.namespace === namespace) &&
    !accounts.some((account) => account.namespace === '' && account.name === name)
  )
}
