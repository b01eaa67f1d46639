import type { Facts } from '../../server/model/facts.ts'
import type { CalicoPolicy } from '../../server/model/network/dialects/calico.ts'
import { and, isEmpty } from '../../server/model/network/sets/bits.ts'
import { describe, type KubeObject } from '../../server/model/object.ts'
import { defineRule } from '../../server/model/rule.ts'

/** Semantics: Calico: Kubernetes' policies are in the default tier with this order. */
const KUBERNETES_ORDER = 1000

export default defineRule<'object', 'reachability'>({
  name: 'network-policy-overridden',
  title: 'Policy of Calico that lets through what NetworkPolicies close',
  pillar: 'network',
  severity: 'information',
  controls: { nsa: ['Net'], nist80053: ['CM-6', 'AC-4', 'SC-7'], nist800207: ['4'], owasp: ['K05'] },
  since: '0.1.0',
  each: 'object',
  kinds: ['NetworkPolicy', 'GlobalNetworkPolicy'].flatMap((kind) => [`projectcalico.org/${kind}`, `crd.projectcalico.org/${kind}`]),
  reads: ['reachability'],
  *check(object, { facts }) {
    const own = facts.reachability.policies.calico.find(({ policy }) => policy.object === object)
    if (!own || own.policy.invalid || own.tier !== 'default') return
    for (const direction of ['ingress', 'egress'] as const) {
      const rule = own.policy[direction].find(({ action, peer }) => action === 'allow' && peer.op === 'everything')
      const closed = rule && closing(own, direction, facts)
      if (!rule || !closed) continue
      const before = (own.order ?? Number.POSITIVE_INFINITY) < KUBERNETES_ORDER
      yield {
        object,
        path: rule.path,
        part: 'value',
        discriminator: direction,
        message: `${describe(object)} lets everybody through to pods that ${describe(closed)} closes: ${before ? 'it is asked first, and what it allows is decided' : 'it is asked after it, about what no rule there matches'}. Name the peers, or pass (\`action: Pass\`).`,
        related: [{ object: closed, path: ['spec', 'podSelector'], part: 'key', message: 'This policy is to close them.' }],
      }
    }
  },
})

/** A NetworkPolicy that isolates some pod of a policy. */
function closing(
  { policy }: CalicoPolicy,
  direction: 'ingress' | 'egress',
  { reachability }: Pick<Facts, 'reachability'>,
): KubeObject | undefined {
  const { space, policies } = reachability
  const selected = space.match(policy.selects).must
  return policies.kubernetes.find(
    (other) => !other.invalid && other.isolates[direction] === true && !isEmpty(and(space.match(other.selects).must, selected)),
  )?.object
}
