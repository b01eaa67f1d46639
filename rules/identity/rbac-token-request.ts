import { BINDING_KINDS, ROLE_KINDS } from '../../server/model/access/access.ts'
import { replaceRule, ruleIndex, takeResources, withoutResources } from '../../server/model/access/role-edits.ts'
import { foundRisk, type HeldRisk, roleRisk, sayHolders, sayWhere } from '../../server/model/access/role-risks.ts'
import { defineRule } from '../../server/model/rule.ts'
import { items, texts } from '../../server/model/value.ts'
import { leavesOf, ROLE_RISKS } from '../role-risks.ts'

export default defineRule<'object', 'escalation' | 'tokens' | 'access'>({
  name: 'rbac-token-request',
  title: 'Role makes tokens of other ServiceAccounts',
  pillar: 'identity',
  severity: 'warning',
  controls: { cis: ['5.1.13'], nist80053: ['AC-6', 'IA-5'], attack: ['T1528'], owasp: ['K02'] },
  since: '0.1.0',
  each: 'object',
  kinds: [...ROLE_KINDS, ...BINDING_KINDS],
  reads: ['escalation', 'tokens', 'access'],
  *check(object, { facts }) {
    const found = roleRisk(object, ROLE_RISKS['rbac-token-request'].risks, facts, isUnrestricted)
    // That they read every Secret is said of them already.
    if (!found || (found.controllers && found.worst.risk.name === 'mint-tokens')) return
    const { namespace, name } = found.worst.risk
    const minted = name === 'mint-tokens'
    const how = minted ? 'by a Secret that Kubernetes fills in and that it can read' : '(`serviceaccounts/token`)'
    yield foundRisk(
      found,
      `${sayHolders(found.held)} can make a token of any ServiceAccount ${sayWhere(namespace)} ${how}, and so has the rights of all of them. ${minted ? 'Let it create Secrets or read them, not both.' : 'Name the ServiceAccounts with `resourceNames`.'}`,
    )
  },
  *fix({ object, path }, { facts }) {
    const index = ruleIndex(path)
    const rule = index === undefined ? undefined : items(object.body, 'rules')[index]
    if (index === undefined || rule === undefined || !texts(rule, 'resources').includes('serviceaccounts/token')) return
    const held = facts.escalation.risksThrough(object).filter(({ risk }) => risk.name === 'request-tokens')
    const others = facts.access.subjects.filter(
      ({ kind, namespace, name }) =>
        kind === 'ServiceAccount' && held.some(({ risk, subject }) => risk.namespace === namespace && subject.name !== name),
    )
    const [only] = others
    if (only && others.length === 1) {
      const named = { apiGroups: [''], resources: ['serviceaccounts/token'], resourceNames: [only.name], verbs: ['create'] }
      const renamed = replaceRule(object, index, [...withoutResources(rule, ['serviceaccounts/token']), named])
      yield {
        title: `Only tokens of \`${only.name}\`: those of every other ServiceAccount are refused`,
        applicability: 'hardening',
        changes: renamed,
        leaves: leavesOf(object, renamed, facts),
      }
    }
    const changes = takeResources(object, path, ['serviceaccounts/token'])
    if (changes)
      yield {
        title: 'Take `serviceaccounts/token` away: it makes no tokens',
        applicability: 'assisted',
        changes,
        leaves: leavesOf(object, changes, facts),
      }
  },
})

function isUnrestricted({ risk }: HeldRisk): boolean {
  return risk.evidence.every(({ power }) => power.names === undefined)
}
