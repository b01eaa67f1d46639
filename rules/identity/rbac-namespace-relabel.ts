import { BINDING_KINDS, ROLE_KINDS } from '../../server/model/access/access.ts'
import { takeVerbs } from '../../server/model/access/role-edits.ts'
import { foundRisk, type HeldRisk, roleRisk, sayHolders } from '../../server/model/access/role-risks.ts'
import type { Facts } from '../../server/model/facts.ts'
import { defineRule } from '../../server/model/rule.ts'
import { leavesOf, ROLE_RISKS } from '../role-risks.ts'

/** Labels by which something else decides. */
const GUARDS = /^(pod-security\.kubernetes\.io\/|istio\.io\/|istio-injection$|linkerd\.io\/|policy\.|admission\.)/

export default defineRule<'object', 'access' | 'escalation' | 'tokens' | 'namespaces'>({
  name: 'rbac-namespace-relabel',
  title: 'Role changes the labels that guard namespaces',
  pillar: 'identity',
  severity: 'warning',
  controls: { nist80053: ['AC-6', 'CM-5'], attack: ['T1562.001'], owasp: ['K02'] },
  since: '0.1.0',
  each: 'object',
  kinds: [...ROLE_KINDS, ...BINDING_KINDS],
  reads: ['access', 'escalation', 'tokens', 'namespaces'],
  *check(object, { facts }) {
    const found = roleRisk(object, ROLE_RISKS['rbac-namespace-relabel'].risks, facts, (held) => matters(held, facts))
    if (!found) return
    const { namespace } = found.worst.risk
    const which = namespace === undefined ? 'every Namespace' : `the Namespace \`${namespace}\``
    yield foundRisk(
      found,
      `${sayHolders(found.held)} can change the labels of ${which}: by them Pod Security, meshes and NetworkPolicies are switched off or passed. Take \`update\` and \`patch\` away.`,
    )
  },
  *fix({ object, path }, { facts }) {
    const changes = takeVerbs(object, path, ['update', 'patch'])
    if (changes)
      yield {
        title: 'Take `update` and `patch` away: its holders read namespaces only',
        applicability: 'assisted',
        changes,
        leaves: leavesOf(object, changes, facts),
      }
  },
})

/** In one namespace it matters where a label of that namespace guards something. */
function matters({ risk }: HeldRisk, { namespaces }: Pick<Facts, 'namespaces'>): boolean {
  if (risk.evidence[0]?.power.names !== undefined && risk.namespace === undefined) return false
  if (risk.namespace === undefined) return true
  const labels = namespaces.get(risk.namespace)?.labels ?? 'unknown'
  return labels !== 'unknown' && Object.keys(labels).some((label) => GUARDS.test(label))
}
