import { BINDING_KINDS } from '../../server/model/access/access.ts'
import type { Binding, BoundSubject } from '../../server/model/access/bindings.ts'
import { isBootstrap } from '../../server/model/access/roles.ts'
import type { Facts } from '../../server/model/facts.ts'
import { describe } from '../../server/model/object.ts'
import { defineRule, type Fix, type ObjectChange } from '../../server/model/rule.ts'
import { type Workload, workloadsUsing } from '../../server/model/workload.ts'

export default defineRule<'object', 'access' | 'escalation' | 'tokens' | 'workloads'>({
  name: 'rbac-default-serviceaccount-bound',
  title: 'Rights for every pod that names no ServiceAccount',
  pillar: 'identity',
  severity: 'information',
  controls: { cis: ['5.1.5'], nsa: ['Auth'], nist80053: ['AC-6'], owasp: ['K02'] },
  since: '0.1.0',
  each: 'object',
  kinds: BINDING_KINDS,
  reads: ['access', 'escalation', 'tokens', 'workloads'],
  *check(object, { facts }) {
    const binding = facts.access.binding(object)
    const subject = binding?.subjects.find(({ kind, name, applies }) => kind === 'ServiceAccount' && name === 'default' && applies)
    if (!binding || !subject || (binding.role.facts?.builtIn?.harmless ?? false) || facts.escalation.tellsOf(object) || isBootstrap(object))
      return
    const risky = facts.escalation
      .risksOf(subject)
      .some(({ level, evidence }) => ['critical', 'high'].includes(level) && evidence.some(({ grant }) => grant.binding === binding))
    const users = usersOf(subject, facts)
    yield {
      object,
      path: ['subjects', subject.index, 'name'],
      part: 'value',
      severity: risky ? 'warning' : 'information',
      message: `${describe(object)} gives what \`${binding.role.name}\` grants to every pod of ${subject.namespace === '' ? 'its namespace' : `\`${subject.namespace}\``} that names no ServiceAccount. Make one for what needs it.`,
      related: users.map(({ object: workload, specPath }) => ({
        object: workload,
        path: [...specPath, 'serviceAccountName'],
        part: 'value' as const,
        message: `${workload.kind} \`${workload.name}\` uses it.`,
      })),
    }
  },
  *fix({ object, path }, { facts }) {
    const binding = facts.access.binding(object)
    const subject = binding?.subjects.find(({ index }) => index === path[1])
    if (binding && subject) yield* ownAccount(binding, subject, facts)
  },
})

function usersOf({ namespace }: BoundSubject, { workloads }: Pick<Facts, 'workloads'>): readonly Workload[] {
  return workloadsUsing(workloads, namespace, 'default')
}

/** For the one workload that uses the rights now; where several do, who needs them is for a person to say. */
function* ownAccount(binding: Binding, subject: BoundSubject, facts: Pick<Facts, 'workloads' | 'access'>): Iterable<Fix> {
  const [user, ...others] = usersOf(subject, facts)
  if (!user || others.length > 0 || user.object.name === '' || user.object.name === 'default') return
  const { name, namespace } = user.object
  const account: ObjectChange[] = facts.access.serviceAccount(namespace, name)
    ? []
    : [
        {
          op: 'create',
          beside: user.object,
          body: { apiVersion: 'v1', kind: 'ServiceAccount', metadata: namespace === '' ? { name } : { name, namespace } },
        },
      ]
  yield {
    title: `Give \`${name}\` a ServiceAccount of its own, with these rights; other pods lose them`,
    applicability: 'assisted',
    changes: [
      { op: 'set', object: user.object, path: [...user.specPath, 'serviceAccountName'], value: name },
      { op: 'set', object: binding.object, path: ['subjects', subject.index, 'name'], value: name },
      ...account,
    ],
  }
}
