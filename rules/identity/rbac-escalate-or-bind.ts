import { BINDING_KINDS, ROLE_KINDS } from '../../server/model/access/access.ts'
import { takeVerbs } from '../../server/model/access/role-edits.ts'
import { foundRisk, halfRisk, roleRisk, sayHolders, sayWhere } from '../../server/model/access/role-risks.ts'
import { describe } from '../../server/model/object.ts'
import { defineRule } from '../../server/model/rule.ts'
import { leavesOf, ROLE_RISKS } from '../role-risks.ts'

const { risks: WHOLE, halves: HALF } = ROLE_RISKS['rbac-escalate-or-bind']

export default defineRule<'object', 'access' | 'escalation' | 'tokens'>({
  name: 'rbac-escalate-or-bind',
  title: 'Role lets its holders grant themselves more',
  pillar: 'identity',
  severity: 'warning',
  controls: { cis: ['5.1.8'], nist80053: ['AC-6(1)', 'AC-6(10)'], attack: ['T1098.006'], owasp: ['K02'] },
  since: '0.1.0',
  each: 'object',
  kinds: [...ROLE_KINDS, ...BINDING_KINDS],
  reads: ['access', 'escalation', 'tokens'],
  *check(object, { facts }) {
    const found = roleRisk(object, WHOLE, facts)
    const half = found ? undefined : halfRisk(object, HALF, WHOLE, facts)
    if (half) {
      const verb = half.power.verbs[0]
      const other = verb === 'bind' ? 'bindings' : 'roles'
      yield {
        object,
        path: half.path,
        part: half.part,
        severity: 'hint',
        message: `${describe(object)} grants \`${verb}\`, which does nothing as long as its holders may not write ${other}: whoever lets them gives them everything. Take it away.`,
      }
    }
    if (!found) return
    const { namespace, name, how, evidence } = found.worst.risk
    const only = name.startsWith('bind') ? evidence[0]?.power.names : undefined
    const reach = only ? `the roles ${only.map((role) => `\`${role}\``).join(', ')}` : 'whatever there is'
    yield foundRisk(
      found,
      `${sayHolders(found.held)} can ${how} ${sayWhere(namespace)}, itself included: it has ${reach} for the asking. Take \`${evidence[0]?.power.verbs[0]}\` away, or name the roles it is for with \`resourceNames\`.`,
    )
  },
  *fix({ object, path }, { facts }) {
    const changes = takeVerbs(object, path, ['escalate', 'bind'])
    if (changes)
      yield {
        title: 'Take `escalate` and `bind` away: it can grant only what it has',
        applicability: 'assisted',
        changes,
        leaves: leavesOf(object, changes, facts),
      }
  },
})
