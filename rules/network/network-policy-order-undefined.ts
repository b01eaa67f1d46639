import type { Facts } from '../../server/model/facts.ts'
import { coversPeer } from '../../server/model/network/covers.ts'
import type { AdminPolicy } from '../../server/model/network/dialects/admin.ts'
import { isEmpty, and } from '../../server/model/network/sets/bits.ts'
import { describe } from '../../server/model/object.ts'
import { defineRule } from '../../server/model/rule.ts'
import { get } from '../../server/model/value.ts'

export default defineRule<'object', 'reachability'>({
  name: 'network-policy-order-undefined',
  title: 'Two policies of administrators with one priority',
  pillar: 'network',
  severity: 'warning',
  controls: { nsa: ['Net'], nist80053: ['CM-6', 'AC-4'], nist800207: ['4'] },
  since: '0.1.0',
  each: 'object',
  kinds: ['policy.networking.k8s.io/AdminNetworkPolicy', 'policy.networking.k8s.io/ClusterNetworkPolicy'],
  reads: ['reachability'],
  *check(object, { facts }) {
    const { admin } = facts.reachability.policies
    const own = admin.find(({ policy }) => policy.object === object)
    if (own?.priority === undefined) return
    const rival = admin.find(
      (other) =>
        other !== own &&
        other.tier === own.tier &&
        other.priority === own.priority &&
        other.policy.object.id < object.id &&
        contradict(own, other, facts),
    )
    if (!rival) return
    yield {
      object,
      path: ['spec', 'priority'],
      part: 'value',
      message: `${describe(object)} and \`${rival.policy.object.name}\` have priority ${own.priority} and decide differently about the same pods: which of them is asked first is not defined. Give them different ones.`,
      related: [
        {
          object: rival.policy.object,
          path: ['spec', 'priority'],
          part: 'value',
          message: `It is ${String(get(rival.policy.object.body, 'spec', 'priority'))} here too.`,
        },
      ],
    }
  },
})

/** Whether they select a pod in common and some rule of one allows what one of the other does not. */
function contradict(
  { policy: a }: AdminPolicy,
  { policy: b }: AdminPolicy,
  { reachability: { space } }: Pick<Facts, 'reachability'>,
): boolean {
  const common = and(space.match(a.selects).may, space.match(b.selects).may)
  if (isEmpty(common) && !coversPeer(a.selects, b.selects) && !coversPeer(b.selects, a.selects)) return false
  return (['ingress', 'egress'] as const).some((direction) => a[direction].some((x) => b[direction].some((y) => x.action !== y.action)))
}
