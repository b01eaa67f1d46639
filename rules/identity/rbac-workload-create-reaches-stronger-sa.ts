import { BINDING_KINDS, ROLE_KINDS } from '../../server/model/access/access.ts'
import { takeVerbs } from '../../server/model/access/role-edits.ts'
import { foundRisk, type HeldRisk, roleRisk, sayHolders, sayWhere } from '../../server/model/access/role-risks.ts'
import { describeSubject, type Subject } from '../../server/model/access/identity.ts'
import { placeKey } from '../../server/model/access/places.ts'
import type { Facts } from '../../server/model/facts.ts'
import type { KubeObject } from '../../server/model/object.ts'
import { defineRule, type Found } from '../../server/model/rule.ts'
import { leavesOf, ROLE_RISKS } from '../role-risks.ts'

export default defineRule<'object', 'escalation' | 'tokens' | 'access'>({
  name: 'rbac-workload-create-reaches-stronger-sa',
  title: 'Role runs pods as a stronger ServiceAccount',
  pillar: 'identity',
  severity: 'warning',
  controls: { cis: ['5.1.4'], nist80053: ['AC-6'], nist800207: ['6'], attack: ['T1610'], owasp: ['K02'] },
  since: '0.1.0',
  each: 'object',
  kinds: [...ROLE_KINDS, ...BINDING_KINDS],
  reads: ['escalation', 'tokens', 'access'],
  *check(object, { facts }) {
    const found = roleRisk(
      object,
      ROLE_RISKS['rbac-workload-create-reaches-stronger-sa'].risks,
      facts,
      (held) => strongerThan(held, facts) !== undefined,
    )
    const stronger = found && strongerThan(found.worst, facts)
    if (!found || !stronger) {
      yield* privileged(object, facts)
      return
    }
    const { namespace, how, evidence } = found.worst.risk
    yield {
      ...foundRisk(
        found,
        `${sayHolders(found.held)} can ${how} ${sayWhere(namespace)}, and so has the rights of ${stronger}. Take \`${evidence[0]?.power.verbs[0]}\` on ${evidence[0]?.power.resource} away, or move what is stronger to a namespace of its own.`,
      ),
      ...(namespace === undefined || found.controllers ? {} : { severity: 'warning' as const }),
    }
  },
  *fix({ object, path }, { facts }) {
    const changes = takeVerbs(object, path, ['create', 'update', 'patch'])
    if (changes)
      yield {
        title: 'Take `create`, `update` and `patch` away: its holders run and change nothing',
        applicability: 'assisted',
        changes,
        leaves: [...leavesOf(object, changes, facts), ...WITHOUT_PODS],
      }
  },
})

/** Whoever has nothing else left needs no token, and policies for pods that nobody starts any more are for nothing. */
const WITHOUT_PODS = ['serviceaccount-token-mounted-without-permissions', 'policy-peer-matches-nothing', 'policy-selects-nothing']

/** Nobody is stronger there; a pod may be. */
function* privileged(object: KubeObject, facts: Pick<Facts, 'escalation' | 'tokens'>): Iterable<Found<undefined>> {
  const found = roleRisk(
    object,
    ['run-pods'],
    facts,
    ({ subject, risk }) => risk.namespace !== undefined && facts.escalation.stepsOf(subject, risk).some(({ to }) => to.kind === 'node'),
  )
  if (!found) return
  const { namespace } = found.worst.risk
  yield {
    ...foundRisk(
      found,
      `${sayHolders(found.held)} can run pods ${sayWhere(namespace)} that take over their node: nothing known here keeps them from being privileged. Enforce Pod Security there.`,
    ),
    severity: 'hint',
  }
}

/** The account whose rights are gained: the strongest that the files show, else those that kube-system always has. */
function strongerThan({ subject, risk }: HeldRisk, { access, escalation }: Pick<Facts, 'access' | 'escalation'>): string | undefined {
  if (risk.namespace === undefined || risk.namespace === 'kube-system') return "Kubernetes' own controllers in `kube-system`"
  const own = new Set(escalation.risksOf(subject).map(keyOf))
  const others = access
    .accountsIn(risk.namespace)
    .filter(({ name }) => !(subject.kind === 'ServiceAccount' && subject.namespace === risk.namespace && subject.name === name))
  const stronger = others.find((other) =>
    escalation.risksOf(other).some((each) => each.sure && each.level !== 'low' && !own.has(keyOf(each))),
  )
  return stronger && sayAccount(stronger)
}

function keyOf({ name, namespace }: HeldRisk['risk']): string {
  return `${name} ${namespace === undefined ? '*' : placeKey({ kind: 'namespace', namespace })}`
}

function sayAccount(subject: Subject): string {
  return `${describeSubject(subject).replace(' ', ' `')}\``
}
