import { ROLE_KINDS } from '../../server/model/access/access.ts'
import { isBootstrap } from '../../server/model/access/roles.ts'
import { describe, type KubeObject } from '../../server/model/object.ts'
import { defineRule } from '../../server/model/rule.ts'
import { entries, get } from '../../server/model/value.ts'

export default defineRule<'object', 'access'>({
  name: 'rbac-role-unbound',
  title: 'Role that nobody has',
  pillar: 'identity',
  severity: 'hint',
  absence: true,
  nowhere: ['RoleBinding', 'ClusterRoleBinding'],
  controls: { nist80053: ['AC-6(7)'] },
  since: '0.1.0',
  each: 'object',
  kinds: ROLE_KINDS,
  reads: ['access'],
  *check(role, { facts }) {
    const { access } = facts
    const known = access.roles.of(role)
    if (!known || known.rules.length === 0 || isBootstrap(role) || access.bindingsOf(role).length > 0) return
    // Where nothing is bound, or not everything that is bound is known, bindings are kept elsewhere.
    if (!access.bindings.some((binding) => binding.role.object !== undefined) || access.bindings.some((binding) => binding.role.open))
      return
    if (access.roles.aggregatedInto(known).length > 0 || isMadeForOthers(role)) return
    yield {
      object: role,
      path: ['metadata', 'name'],
      part: 'value',
      unnecessary: true,
      message: `Nobody has ${describe(role)}: no binding here names it. Delete it before somebody binds it for what its name promises.`,
    }
  },
})

/**
 * A role that aggregates is made for people to bind; one with a label such as `…/aggregate-to-reader: "true"` for a
 * role that may be anywhere.
 */
function isMadeForOthers({ body }: KubeObject): boolean {
  if (get(body, 'aggregationRule') !== undefined) return true
  return entries(body, 'metadata', 'labels').some(
    ([key, value]) => String(value) === 'true' && key.includes('/') && !COMMON.some((prefix) => key.startsWith(prefix)),
  )
}

const COMMON = ['app.kubernetes.io/', 'helm.sh/']
