import { type Direction, directions } from '../../server/model/network/isolation.ts'
import { describe } from '../../server/model/object.ts'
import { defineRule } from '../../server/model/rule.ts'
import { get, isList, isUnknown, type Value } from '../../server/model/value.ts'
import { POLICY_EFFECTS } from '../policy-effects.ts'

const TYPES: Readonly<Record<Direction, string>> = { ingress: 'Ingress', egress: 'Egress' }

export default defineRule<'object', never, Direction>({
  name: 'policy-rules-ignored',
  title: 'Rules of a policy that its policyTypes leave out',
  pillar: 'network',
  severity: 'error',
  controls: { nsa: ['Net'], nist80053: ['AC-4', 'SC-7', 'CM-6'], nist800207: ['4'] },
  since: '0.1.0',
  each: 'object',
  kinds: ['networking.k8s.io/NetworkPolicy'],
  reads: [],
  *check(policy) {
    const applies = directions(policy)
    const written = get(policy.body, 'spec', 'policyTypes')
    for (const direction of ['ingress', 'egress'] as const) {
      const rules = get(policy.body, 'spec', direction)
      if (rules === undefined) continue
      if (applies[direction] === 'unknown') yield { notEvaluated: policy, path: ['spec', isUnknown(rules) ? direction : 'policyTypes'] }
      if (applies[direction] !== false || !isList(rules)) continue
      yield {
        object: policy,
        path: ['spec', direction],
        part: 'key',
        discriminator: direction,
        message: `${what(direction, rules, describe(policy))}: ${why(direction, written)}. Add \`${TYPES[direction]}\` to \`policyTypes\`.`,
        data: direction,
      }
    }
  },
  *fix({ object, data: direction }) {
    if (!direction) return
    const written = get(object.body, 'spec', 'policyTypes')
    const path = ['spec', 'policyTypes']
    const value = TYPES[direction]
    const allowed = get(object.body, 'spec', direction)
    const closes = isList(allowed) && allowed.length > 0 ? `what its ${direction} rules do not allow closes` : `all ${direction} closes`
    yield {
      title: `Add \`${value}\` to \`policyTypes\`: ${closes}`,
      applicability: 'hardening',
      changes: [
        isList(written) && written.length > 0
          ? { op: 'insert', object, path, index: written.length, value }
          : { op: 'set', object, path, value: ['Ingress', value] },
      ],
      leaves: POLICY_EFFECTS,
    }
  },
})

function what(direction: Direction, rules: readonly Value[], name: string): string {
  return rules.length === 0 ? `\`${direction}: []\` of ${name} denies nothing` : `The ${direction} rules of ${name} do nothing`
}

function why(direction: Direction, written: Value | undefined): string {
  return isList(written) && written.length > 0
    ? `its \`policyTypes\` do not name ${TYPES[direction]}`
    : 'without `policyTypes` a policy is for egress only when it has an egress rule'
}
