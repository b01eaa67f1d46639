import type { Grant } from '../../server/model/access/access.ts'
import { identityOf } from '../../server/model/access/identity.ts'
import { withoutToken } from '../../server/model/access/token-edits.ts'
import type { NamespaceFacts } from '../../server/model/facts.ts'
import { defineRule } from '../../server/model/rule.ts'
import type { Workload } from '../../server/model/workload.ts'

export default defineRule<'namespace', 'access' | 'tokens', readonly Workload[]>({
  name: 'workload-default-serviceaccount-with-permissions',
  title: 'Pods get rights that they did not ask for',
  pillar: 'identity',
  severity: 'hint',
  controls: { cis: ['5.1.5', '5.1.6'], nist80053: ['AC-6'], attack: ['T1528'], owasp: ['K02'] },
  since: '0.1.0',
  each: 'namespace',
  reads: ['access', 'tokens'],
  *check(namespace, { facts }) {
    const [grant] = facts.access
      .grantsOf(identityOf({ kind: 'ServiceAccount', namespace: namespace.name, name: 'default' }))
      .filter(byItsGroup)
    const holders = namespace.workloads.filter((workload) =>
      facts.tokens.of(workload).some(({ name, held }) => name === 'default' && held === true),
    )
    const [first, ...others] = holders
    if (!grant?.binding || !first) return
    yield {
      object: first.object,
      path: ['metadata', 'name'],
      part: 'value',
      about: `namespace ${namespace.name}`,
      message: `${sayPods(holders, namespace)} may do what \`${grant.role.name}\` grants, because every ServiceAccount there may: they hold the token of \`default\`. Mount none, or give those that need it a ServiceAccount of their own.`,
      related: [
        { object: grant.binding.object, path: ['roleRef', 'name'], part: 'value', message: 'This binds it.' },
        ...others.map(({ object }) => ({
          object,
          path: ['metadata', 'name'],
          part: 'value' as const,
          message: `${object.kind} \`${object.name}\` too.`,
        })),
      ],
      data: holders,
    }
  },
  *fix({ data: holders }) {
    if (holders) yield withoutToken(holders)
  },
})

/** Bindings that name the account itself, or everybody, are told where they stand. */
function byItsGroup({ binding, role }: Grant): boolean {
  if (!binding || role.builtIn?.harmless) return false
  return binding.subjects.some(({ kind, name }) => kind === 'Group' && name.startsWith('system:serviceaccounts:'))
}

function sayPods(holders: readonly Workload[], { name }: NamespaceFacts): string {
  const where = name === '' ? 'its namespace' : `\`${name}\``
  return holders.length === 1 ? `\`${holders[0]?.object.name}\` in ${where}` : `${holders.length} workloads in ${where}`
}
