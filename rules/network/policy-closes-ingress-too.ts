import type { Facts } from '../../server/model/facts.ts'
import { members } from '../../server/model/network/sets/bits.ts'
import type { Policy } from '../../server/model/network/policy.ts'
import { describe } from '../../server/model/object.ts'
import { defineRule } from '../../server/model/rule.ts'
import { get, items } from '../../server/model/value.ts'
import { POLICY_EFFECTS } from '../policy-effects.ts'

export default defineRule<'object', 'reachability'>({
  name: 'policy-closes-ingress-too',
  title: 'Policy for egress that closes ingress as well',
  pillar: 'network',
  severity: 'warning',
  controls: { nsa: ['Net'], nist80053: ['CM-6', 'AC-4'], nist800207: ['4'] },
  since: '0.1.0',
  each: 'object',
  kinds: ['networking.k8s.io/NetworkPolicy'],
  reads: ['reachability'],
  *check(object, { facts }) {
    const spec = get(object.body, 'spec')
    const types = get(spec, 'policyTypes')
    if (items(types).length > 0 || get(spec, 'ingress') !== undefined || items(spec, 'egress').length === 0) return
    const [policy] = facts.reachability.of(object)
    if (!policy || policy.invalid || policy.isolates.ingress !== true || isClosedAnyway(policy, facts)) return
    yield {
      object,
      path: ['spec', 'egress'],
      part: 'key',
      message: `${describe(object)} closes ingress too, and lets nobody in: without \`policyTypes\` every policy is for ingress. Write which it is for.`,
    }
  },
  *fix({ object }) {
    const path = ['spec', 'policyTypes']
    yield {
      title: 'Write both policy types: nothing changes, and it says what it does',
      applicability: 'safe',
      changes: [{ op: 'set', object, path, value: ['Ingress', 'Egress'] }],
    }
    yield {
      title: 'Write Egress alone: it no longer closes ingress',
      applicability: 'assisted',
      changes: [{ op: 'set', object, path, value: ['Egress'] }],
      leaves: POLICY_EFFECTS,
    }
  },
})

/** Whether other policies close ingress of all that it selects. */
function isClosedAnyway(policy: Policy, { reachability }: Pick<Facts, 'reachability'>): boolean {
  const selected = members(reachability.space.match(policy.selects).must)
  return (
    selected.length > 0 &&
    selected.every((index) =>
      reachability.layers.some((layer) =>
        layer.says(index, 'ingress').some((say) => say.policy !== policy && say.certain && say.policy.isolates.ingress === true),
      ),
    )
  )
}
