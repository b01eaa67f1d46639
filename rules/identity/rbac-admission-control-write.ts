import { BINDING_KINDS, ROLE_KINDS } from '../../server/model/access/access.ts'
import { replaceRule, ruleIndex, withoutResources } from '../../server/model/access/role-edits.ts'
import { foundRisk, roleRisk, sayHolders, sayWhere } from '../../server/model/access/role-risks.ts'
import type { Facts } from '../../server/model/facts.ts'
import type { KubeObject } from '../../server/model/object.ts'
import { defineRule, type Fix } from '../../server/model/rule.ts'
import { items, texts } from '../../server/model/value.ts'
import { leavesOf, ROLE_RISKS } from '../role-risks.ts'

/** Resources that a program needs for its own object only, with the kind of that object. */
const OWN: ReadonlyMap<string, string> = new Map([
  ['mutatingwebhookconfigurations', 'admissionregistration.k8s.io/MutatingWebhookConfiguration'],
  ['validatingwebhookconfigurations', 'admissionregistration.k8s.io/ValidatingWebhookConfiguration'],
  ['apiservices', 'apiregistration.k8s.io/APIService'],
])

export default defineRule<'object', 'access' | 'escalation' | 'tokens' | 'objects'>({
  name: 'rbac-admission-control-write',
  title: 'Role changes what the API server admits',
  pillar: 'identity',
  severity: 'warning',
  controls: { cis: ['5.1.12'], nist80053: ['CM-5', 'AC-6'], attack: ['T1562.001', 'T1556'], owasp: ['K02', 'K04'] },
  since: '0.1.0',
  each: 'object',
  kinds: [...ROLE_KINDS, ...BINDING_KINDS],
  reads: ['access', 'escalation', 'tokens', 'objects'],
  *check(object, { facts }) {
    const found = roleRisk(
      object,
      ROLE_RISKS['rbac-admission-control-write'].risks,
      facts,
      ({ risk }) => risk.evidence[0]?.power.names === undefined,
    )
    if (!found) return
    const { namespace, how, evidence } = found.worst.risk
    yield foundRisk(
      found,
      `${sayHolders(found.held)} can ${how} ${sayWhere(namespace)}: it may write ${evidence[0]?.power.resource} of any name. Name its own with \`resourceNames\`, and leave \`create\` to whoever installs it.`,
    )
  },
  *fix({ object, path }, { facts }) {
    const index = ruleIndex(path)
    if (index !== undefined) yield* nameOwn(object, index, facts)
  },
})

/** Where the files hold one object of each kind that the rule names, it is the program's own. */
function* nameOwn(role: KubeObject, index: number, facts: Pick<Facts, 'access' | 'escalation' | 'objects'>): Iterable<Fix> {
  const rule = items(role.body, 'rules')[index]
  if (rule === undefined) return
  const resources = texts(rule, 'resources').filter((resource) => OWN.has(resource))
  const own = resources.map((resource) => facts.objects(OWN.get(resource) ?? '').map(({ name }) => name))
  if (resources.length === 0 || own.some((names) => names.length !== 1 || names[0] === '')) return
  const names = [...new Set(own.flat())]
  const verbs = texts(rule, 'verbs')
  const common = { apiGroups: texts(rule, 'apiGroups'), resources }
  const reads = verbs.filter((verb) => ['list', 'watch'].includes(verb))
  const named = verbs.filter((verb) => ['get', 'update', 'patch', 'delete'].includes(verb))
  const dropped = verbs.filter((verb) => ![...reads, ...named].includes(verb))
  const changes = replaceRule(role, index, [
    ...withoutResources(rule, resources),
    ...(reads.length > 0 ? [{ ...common, verbs: reads }] : []),
    ...(named.length > 0 ? [{ ...common, resourceNames: names, verbs: named }] : []),
  ])
  yield {
    title: `Only ${names.map((name) => `\`${name}\``).join(', ')}${dropped.length > 0 ? `: drops ${dropped.join(', ')}` : ''}`,
    applicability: dropped.length > 0 ? 'assisted' : 'hardening',
    changes,
    leaves: leavesOf(role, changes, facts),
  }
}
