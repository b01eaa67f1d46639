import { BINDING_KINDS, ROLE_KINDS } from '../../server/model/access/access.ts'
import { takeVerbs } from '../../server/model/access/role-edits.ts'
import { foundRisk, halfRisk, roleRisk, sayHolders, sayWhere } from '../../server/model/access/role-risks.ts'
import { describe } from '../../server/model/object.ts'
import { defineRule } from '../../server/model/rule.ts'
import { leavesOf, ROLE_RISKS } from '../role-risks.ts'

const { risks: WHOLE, halves: HALF } = ROLE_RISKS['rbac-impersonate']

export default defineRule<'object', 'access' | 'escalation' | 'tokens'>({
  name: 'rbac-impersonate',
  title: 'Role lets its holders act as somebody else',
  pillar: 'identity',
  severity: 'warning',
  controls: { cis: ['5.1.8'], nist80053: ['AC-6', 'IA-2'], attack: ['T1078', 'T1134'], owasp: ['K02'] },
  since: '0.1.0',
  each: 'object',
  kinds: [...ROLE_KINDS, ...BINDING_KINDS],
  reads: ['access', 'escalation', 'tokens'],
  *check(object, { facts }) {
    const found = roleRisk(object, WHOLE, facts)
    const half = found ? undefined : halfRisk(object, HALF, WHOLE, facts)
    if (half) {
      yield {
        object,
        path: half.path,
        part: half.part,
        severity: 'hint',
        message: `${describe(object)} grants \`impersonate\` on ${half.power.resource}, which does nothing as long as its holders may not act as a user too. Take it away.`,
      }
    }
    if (!found) return
    const { namespace, name, evidence } = found.worst.risk
    const who = { 'impersonate-groups': 'a member of group', 'impersonate-users': 'user', 'impersonate-accounts': 'ServiceAccount' }[
      name as string
    ]
    const names = evidence[0]?.power.names
    const whom = names ? `${who} ${names.map((each) => `\`${each}\``).join(', ')}` : `any ${who?.replace('a member of ', '')}`
    yield foundRisk(
      found,
      `${sayHolders(found.held)} can act as ${whom} ${sayWhere(namespace)}, with all the rights of whom it acts as, and in their name. Name whom it is for with \`resourceNames\`, or take \`impersonate\` away.`,
    )
  },
  *fix({ object, path }, { facts }) {
    const changes = takeVerbs(object, path, ['impersonate'])
    if (changes)
      yield {
        title: 'Take `impersonate` away: it acts as itself',
        applicability: 'assisted',
        changes,
        leaves: leavesOf(object, changes, facts),
      }
  },
})
