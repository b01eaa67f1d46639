import { BINDING_KINDS } from '../../server/model/access/access.ts'
import type { Binding } from '../../server/model/access/bindings.ts'
import { describeSubject, MASTERS, type Subject } from '../../server/model/access/identity.ts'
import { powersOf } from '../../server/model/access/powers.ts'
import { bindIn } from '../../server/model/access/role-edits.ts'
import { isController } from '../../server/model/access/role-risks.ts'
import type { RoleFacts } from '../../server/model/access/roles.ts'
import { defineRule, type Fix } from '../../server/model/rule.ts'

export default defineRule<'object', 'access' | 'escalation' | 'tokens'>({
  name: 'rbac-cluster-admin-binding',
  title: 'Binding makes an administrator of the cluster',
  pillar: 'identity',
  severity: 'warning',
  controls: {
    cis: ['5.1.1'],
    nsa: ['Auth'],
    nist80053: ['AC-6', 'AC-6(5)'],
    nist800207: ['3', '6'],
    attack: ['T1078'],
    owasp: ['K02'],
  },
  since: '0.1.0',
  each: 'object',
  kinds: BINDING_KINDS,
  reads: ['access', 'escalation', 'tokens'],
  *check(object, { facts }) {
    const binding = facts.access.binding(object)
    const role = binding?.role.facts
    if (!binding || !role || statesItself(role) || facts.escalation.tellsOf(object)) return
    const how = administers(binding, role)
    const subjects = binding.subjects.filter((subject) => subject.applies && !isReserved(subject))
    const [first] = subjects
    if (!how || !first) return
    const programs = subjects.filter(({ kind }) => kind === 'ServiceAccount')
    const controllers = programs.every((subject) => isController(subject, facts.tokens))
    yield {
      object,
      path: ['roleRef', 'name'],
      part: 'value',
      // Somebody has to administer a cluster; a program hardly ever has.
      severity: programs.length === 0 || controllers || binding.namespace !== undefined ? 'information' : 'warning',
      message: `${sayAll(subjects)} ${how} Bind a role that grants what is needed.`,
    }
  },
  *fix({ object }, { facts }) {
    const binding = facts.access.binding(object)
    if (binding && binding.namespace === undefined) yield* oneNamespace(binding)
  },
})

/** What it means to be bound to the role; undefined when it is less than everything. */
function administers({ namespace }: Binding, role: RoleFacts): string | undefined {
  const everything = role.rules.some(({ rule, sure }) => sure && powersOf(rule).some(({ name }) => name === 'everything'))
  if (everything && namespace === undefined) return `may do everything in the cluster (\`${role.name}\`).`
  if (everything)
    return `may do everything in ${namespace === '' ? 'its namespace' : `\`${namespace}\``} (\`${role.name}\`), its Secrets and roles included.`
  if (namespace === undefined && role.object === undefined && ['admin', 'edit'].includes(role.name))
    return `may take over the cluster: \`${role.name}\` for all namespaces lets run pods as any ServiceAccount, those of \`kube-system\` included.`
  return undefined
}

/** A role of the files that grants everything by its own text is told at that text. */
function statesItself(role: RoleFacts): boolean {
  return role.object !== undefined && role.aggregates.length === 0
}

function isReserved({ kind, name }: Subject): boolean {
  return kind !== 'ServiceAccount' && (name === MASTERS || name.startsWith('system:'))
}

function sayAll(subjects: readonly Subject[]): string {
  const names = subjects.map((subject) => `${describeSubject(subject).replace(' ', ' `')}\``)
  return names.length > 2 ? `${names[0]} and ${names.length - 1} others` : names.join(' and ')
}

/** Only where all of those who are bound live in one namespace. */
function* oneNamespace(binding: Binding): Iterable<Fix> {
  const [namespace, ...others] = [
    ...new Set(binding.subjects.map((subject) => (subject.kind === 'ServiceAccount' ? subject.namespace : ''))),
  ]
  if (!namespace || others.length > 0) return
  yield {
    title: `Bind \`${binding.role.name}\` in \`${namespace}\` only: takes the subjects from the ClusterRoleBinding, which is then to be deleted`,
    applicability: 'assisted',
    changes: bindIn(namespace, binding),
    leaves: ['rbac-cluster-admin-binding', 'rbac-binding-dangling'],
  }
}
