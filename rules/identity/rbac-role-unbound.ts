import { ROLE_KINDS } from '../../server/model/access/access.ts'
import { isBootstrap } from '../../server/model/access/roles.ts'
import { describe } from '../../server/model/object.ts'
import { defineRule } from '../../server/model/rule.ts'

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
    if (access.roles.aggregatedInto(known).length > 0) return
    yield {
      object: role,
      path: ['metadata', 'name'],
      part: 'value',
      unnecessary: true,
      message: `Nobody has ${describe(role)}: no binding here names it. Delete it before somebody binds it for what its name promises.`,
    }
  },
})
