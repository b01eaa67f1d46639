import { ROLE_KINDS, BINDING_KINDS } from '../../server/model/access/access.ts'
import { replaceRule, ruleIndex, withoutResources } from '../../server/model/access/role-edits.ts'
import { foundRisk, roleRisk, sayHolders, sayWhere } from '../../server/model/access/role-risks.ts'
import type { Facts } from '../../server/model/facts.ts'
import type { KubeObject } from '../../server/model/object.ts'
import { defineRule, type Fix } from '../../server/model/rule.ts'
import { items, texts } from '../../server/model/value.ts'
import { leavesOf, ROLE_RISKS } from '../role-risks.ts'

export default defineRule<'object', 'access' | 'escalation' | 'tokens' | 'references'>({
  name: 'rbac-secrets-read-broad',
  title: 'Role reads more Secrets than anybody needs',
  pillar: 'identity',
  severity: 'warning',
  controls: { cis: ['5.1.2'], nsa: ['Auth'], nist80053: ['AC-6', 'AC-3'], attack: ['T1552.007'], owasp: ['K02', 'K03'] },
  since: '0.1.0',
  each: 'object',
  kinds: [...ROLE_KINDS, ...BINDING_KINDS],
  reads: ['access', 'escalation', 'tokens', 'references'],
  *check(object, { facts }) {
    const found = roleRisk(
      object,
      ROLE_RISKS['rbac-secrets-read-broad'].risks,
      facts,
      ({ risk }) => risk.evidence[0]?.power.names === undefined,
    )
    if (!found) return
    const { namespace, name } = found.worst.risk
    const every = name === 'list-secrets' ? 'every Secret' : 'any Secret whose name it can guess'
    yield foundRisk(
      found,
      `${sayHolders(found.held)} can read ${every} ${sayWhere(namespace)}: passwords, keys and tokens of everybody there. Name the Secrets that are needed with \`resourceNames\`, and read them with \`get\`.`,
    )
  },
  *fix({ object, path }, { facts }) {
    const index = ruleIndex(path)
    if (index !== undefined) yield* nameThem(object, index, facts)
  },
})

/** The Secrets that the pods of those who hold the role refer to; none when somebody else holds it, too. */
function* nameThem(role: KubeObject, index: number, facts: Pick<Facts, 'access' | 'escalation' | 'tokens' | 'references'>): Iterable<Fix> {
  const rule = items(role.body, 'rules')[index]
  const held = facts.escalation.risksThrough(role)
  if (rule === undefined || held.some(({ subject, risk }) => subject.kind !== 'ServiceAccount' || risk.namespace !== subject.namespace))
    return
  const workloads = held.flatMap(({ subject }) => facts.tokens.holdersOf(subject.namespace, subject.name))
  const references = workloads.flatMap(({ object }) => facts.references.of(object))
  const names = [
    ...new Set(references.flatMap(({ kinds, name }) => (kinds.includes('/Secret') && name !== undefined ? [name] : []))),
  ].sort()
  if (names.length === 0) return
  const named = { apiGroups: [''], resources: ['secrets'], resourceNames: names, verbs: ['get'] }
  const changes = replaceRule(role, index, [...withoutResources(rule, ['secrets']), named])
  yield {
    title: `Read only ${names.map((name) => `\`${name}\``).join(', ')}: drops ${
      texts(rule, 'verbs')
        .filter((verb) => verb !== 'get')
        .join(', ') || 'the others'
    }`,
    applicability: 'assisted',
    changes,
    leaves: leavesOf(role, changes, facts),
  }
}
