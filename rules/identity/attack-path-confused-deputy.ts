import { BINDING_KINDS, ROLE_KINDS } from '../../server/model/access/access.ts'
import { type Deputation, deputationOf } from '../../server/model/access/deputies.ts'
import { describePlace } from '../../server/model/access/places.ts'
import { takeVerbs } from '../../server/model/access/role-edits.ts'
import { foundRisk, type HeldRisk, isController, roleRisk, sayHolders, sayWhere } from '../../server/model/access/role-risks.ts'
import type { Facts } from '../../server/model/facts.ts'
import { defineRule } from '../../server/model/rule.ts'
import { leavesOf, ROLE_RISKS } from '../role-risks.ts'

export default defineRule<'object', 'access' | 'escalation' | 'tokens' | 'workloads'>({
  name: 'attack-path-confused-deputy',
  title: 'Role tells a stronger controller what to do',
  pillar: 'identity',
  severity: 'warning',
  controls: { nist80053: ['AC-6', 'CM-5'], attack: ['T1098'], owasp: ['K02'] },
  since: '0.1.0',
  each: 'object',
  kinds: [...ROLE_KINDS, ...BINDING_KINDS],
  reads: ['access', 'escalation', 'tokens', 'workloads'],
  *check(object, { facts }) {
    const found = roleRisk(
      object,
      ROLE_RISKS['attack-path-confused-deputy'].risks,
      facts,
      (held) => !isController(held.subject, facts.tokens) && gained(held, facts) !== undefined,
    )
    const deputation = found && gained(found.worst, facts)
    if (!found || !deputation) return
    const { namespace, evidence } = found.worst.risk
    const gains = deputation.sure
      ? ` It acts as ${describePlace(deputation.to)}, which may more.`
      : ' Unless it is bounded, that is everything.'
    yield {
      ...foundRisk(
        found,
        `${sayHolders(found.held)} can write ${evidence[0]?.power.resource} ${sayWhere(namespace)}, and ${deputation.deputy} does what they say with its own rights.${gains} Bound what it may do for others, or take the verbs away.`,
      ),
      severity: 'warning',
      certainty: deputation.sure && found.certainty === 'certain' ? 'certain' : 'possible',
    }
  },
  *fix({ object, path }, { facts }) {
    const changes = takeVerbs(object, path, ['create', 'update', 'patch'])
    if (changes)
      yield {
        title: 'Take `create`, `update` and `patch` away: its holders write none',
        applicability: 'assisted',
        changes,
        leaves: leavesOf(object, changes, facts),
      }
  },
})

/** What a deputy gives beyond what its user has; undefined when that is nothing. */
function gained({ subject, risk }: HeldRisk, facts: Pick<Facts, 'access' | 'escalation' | 'workloads'>): Deputation | undefined {
  const [evidence] = risk.evidence
  const deputation = evidence && deputationOf(evidence, facts)
  if (!deputation || deputation.to.kind === 'cluster') return deputation
  const own = new Set(facts.escalation.risksOf(subject).map(({ name, namespace }) => `${name} ${namespace}`))
  const accounts =
    deputation.to.kind === 'subject'
      ? [deputation.to.subject]
      : facts.access.subjects.filter(
          ({ kind, namespace }) => kind === 'ServiceAccount' && (risk.namespace === undefined || namespace === risk.namespace),
        )
  const stronger = accounts.some((account) =>
    facts.escalation.risksOf(account).some(({ name, namespace, level }) => level !== 'low' && !own.has(`${name} ${namespace}`)),
  )
  return stronger || (deputation.to.kind === 'accounts' && risk.namespace === undefined) ? deputation : undefined
}
