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
      extent: users.map(({ object: { id } }) => id),
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

/** More is no choice, but a list. */
const MOST_OFFERED = 3

/** The one workload that uses the rights takes them along; of several, each gets them beside the others. */
function* ownAccount(binding: Binding, subject: BoundSubject, facts: Pick<Facts, 'workloads' | 'access'>): Iterable<Fix> {
  const users = usersOf(subject, facts)
  for (const user of users.slice(0, MOST_OFFERED)) {
    const { name, namespace } = user.object
    if (name === '' || name === 'default') continue
    const account = { kind: 'ServiceAccount', name, ...(namespace === '' ? {} : { namespace }) }
    const alone = users.length === 1
    yield {
      title: alone
        ? `Give \`${name}\` a ServiceAccount of its own, with these rights; other pods lose them`
        : `Give \`${name}\` a ServiceAccount of its own, with these rights; ${users.length - 1} other${users.length > 2 ? 's keep' : ' keeps'} using \`default\``,
      applicability: 'assisted',
      changes: [
        { op: 'set', object: user.object, path: [...user.specPath, 'serviceAccountName'], value: name },
        alone
          ? { op: 'set', object: binding.object, path: ['subjects', subject.index, 'name'], value: name }
          : { op: 'insert', object: binding.object, path: ['subjects'], index: subject.index + 1, value: account },
        ...created(account, user, facts),
      ],
      ...(alone ? {} : { lessens: true as const }),
    }
  }
}

function created(
  { name, namespace }: { readonly name: string; readonly namespace?: string },
  { object }: Workload,
  { access }: Pick<Facts, 'access'>,
): ObjectChange[] {
  if (access.serviceAccount(namespace ?? '', name)) return []
  const metadata = namespace === undefined ? { name } : { name, namespace }
  return [{ op: 'create', beside: object, body: { apiVersion: 'v1', kind: 'ServiceAccount', metadata } }]
}
