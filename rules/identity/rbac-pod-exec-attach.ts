import { BINDING_KINDS, ROLE_KINDS } from '../../server/model/access/access.ts'
import { takeResources } from '../../server/model/access/role-edits.ts'
import { foundRisk, roleRisk, sayHolders, sayWhere } from '../../server/model/access/role-risks.ts'
import { defineRule } from '../../server/model/rule.ts'
import { leavesOf, ROLE_RISKS } from '../role-risks.ts'

/** Since 1.35 the API server asks for `create` on connections that are opened by `get`, too. */
const CREATE_IS_ASKED_FOR = 35

export default defineRule<'object', 'access' | 'escalation' | 'tokens'>({
  name: 'rbac-pod-exec-attach',
  title: 'Role runs commands in the pods of others',
  pillar: 'identity',
  severity: 'warning',
  controls: { nsa: ['Auth'], nist80053: ['AC-6', 'CM-7'], attack: ['T1609'], owasp: ['K02'] },
  since: '0.1.0',
  each: 'object',
  kinds: [...ROLE_KINDS, ...BINDING_KINDS],
  reads: ['access', 'escalation', 'tokens'],
  *check(object, { facts, target }) {
    const byGet = target.minor < CREATE_IS_ASKED_FOR
    const found = roleRisk(
      object,
      byGet ? ROLE_RISKS['rbac-pod-exec-attach'].risks : ['exec'],
      facts,
      ({ risk }) => risk.evidence[0]?.power.names === undefined,
    )
    if (!found) return
    const { namespace, evidence } = found.worst.risk
    const resource = evidence[0]?.power.resource
    yield foundRisk(
      found,
      `${sayHolders(found.held)} can run commands in every pod ${sayWhere(namespace)} (\`${resource}\`), and so has the token, the Secrets and the node access of each. Keep it for people who must, for as long as they must.`,
    )
  },
  *fix({ object, path }, { facts }) {
    const changes = takeResources(object, path, ['pods/exec', 'pods/attach', 'pods/ephemeralcontainers'])
    if (changes)
      yield {
        title: 'Take exec and attach away: nobody gets into pods by this role',
        applicability: 'assisted',
        changes,
        leaves: leavesOf(object, changes, facts),
      }
  },
})
