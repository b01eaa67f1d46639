import { CALICO_GROUPS } from '../../server/model/network/dialects/calico.ts'
import { type Direction, directions } from '../../server/model/network/isolation.ts'
import { describe, type KubeObject } from '../../server/model/object.ts'
import { defineRule, type Found } from '../../server/model/rule.ts'
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
  kinds: [
    'networking.k8s.io/NetworkPolicy',
    ...CALICO_GROUPS.flatMap((group) => [`${group}/NetworkPolicy`, `${group}/GlobalNetworkPolicy`]),
  ],
  reads: [],
  *check(policy) {
    if (policy.group !== 'networking.k8s.io') {
      yield* ofCalico(policy)
      return
    }
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
    const field = fieldOf(object)
    const written = get(object.body, 'spec', field)
    const path = ['spec', field]
    const value = TYPES[direction]
    const allowed = get(object.body, 'spec', direction)
    const closes = isList(allowed) && allowed.length > 0 ? `what its ${direction} rules do not allow closes` : `all ${direction} closes`
    yield {
      title: `Add \`${value}\` to \`${field}\`: ${closes}`,
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

function fieldOf({ group }: KubeObject): string {
  return group === 'networking.k8s.io' ? 'policyTypes' : 'types'
}

/** Semantics: projectcalico.org/v3: without `types` a policy is for what it has rules for, else only for what is listed. */
function* ofCalico(policy: KubeObject): Iterable<Found<Direction>> {
  const written = get(policy.body, 'spec', 'types')
  if (!isList(written) || written.length === 0 || written.some((type) => isUnknown(type))) return
  for (const direction of ['ingress', 'egress'] as const) {
    const rules = get(policy.body, 'spec', direction)
    if (!isList(rules) || rules.length === 0 || written.includes(TYPES[direction])) continue
    yield {
      object: policy,
      path: ['spec', direction],
      part: 'key',
      discriminator: direction,
      message: `The ${direction} rules of ${describe(policy)} do nothing: its \`types\` do not name ${TYPES[direction]}. Add \`${TYPES[direction]}\` to \`types\`.`,
      data: direction,
    }
  }
}

function what(direction: Direction, rules: readonly Value[], name: string): string {
  return rules.length === 0 ? `\`${direction}: []\` of ${name} denies nothing` : `The ${direction} rules of ${name} do nothing`
}

function why(direction: Direction, written: Value | undefined): string {
  return isList(written) && written.length > 0
    ? `its \`policyTypes\` do not name ${TYPES[direction]}`
    : 'without `policyTypes` a policy is for egress only when it has an egress rule'
}
