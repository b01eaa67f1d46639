import { BINDING_KINDS, ROLE_KINDS } from '../../server/model/access/access.ts'
import { takeVerbs } from '../../server/model/access/role-edits.ts'
import { foundRisk, roleRisk, sayHolders, sayWhere } from '../../server/model/access/role-risks.ts'
import { defineRule } from '../../server/model/rule.ts'
import { ROLE_RISKS } from '../role-risks.ts'

export default defineRule<'object', 'escalation' | 'tokens'>({
  name: 'rbac-impersonate',
  title: 'Role lets its holders act as somebody else',
  pillar: 'identity',
  severity: 'warning',
  controls: { cis: ['5.1.8'], nist80053: ['AC-6', 'IA-2'], attack: ['T1078', 'T1134'], owasp: ['K02'] },
  since: '0.1.0',
  each: 'object',
  kinds: [...ROLE_KINDS, ...BINDING_KINDS],
  reads: ['escalation', 'tokens'],
  *check(object, { facts }) {
    const found = roleRisk(object, ['impersonate-groups', 'impersonate-users', 'impersonate-accounts'], facts)
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
  *fix({ object, path }) {
    const changes = takeVerbs(object, path, ['impersonate'])
    if (changes) yield { title: 'Take `impersonate` away: it acts as itself', applicability: 'assisted', changes, leaves: ROLE_RISKS }
  },
})
