import { DIRECTIONS, type Direction, type Policy } from '../../server/model/network/policy.ts'
import type { Reachability } from '../../server/model/network/reachability.ts'
import { members } from '../../server/model/network/sets/bits.ts'
import { describe } from '../../server/model/object.ts'
import { defineRule } from '../../server/model/rule.ts'
import { get, isUnknown, text } from '../../server/model/value.ts'

export default defineRule<'object', 'reachability'>({
  name: 'calico-policy-selects-hosts',
  title: 'Global policy of Calico that closes the nodes as well',
  pillar: 'network',
  severity: 'warning',
  controls: { nsa: ['Net'], nist80053: ['CM-6', 'SC-7'], nist800207: ['4'] },
  since: '0.1.0',
  each: 'object',
  kinds: ['projectcalico.org/GlobalNetworkPolicy', 'crd.projectcalico.org/GlobalNetworkPolicy'],
  reads: ['reachability'],
  *check(object, { facts: { reachability } }) {
    const selector = get(object.body, 'spec', 'selector')
    if (isUnknown(selector)) yield { notEvaluated: object, path: ['spec', 'selector'] }
    // These are for hosts alone.
    const forHosts = ['doNotTrack', 'preDNAT', 'applyOnForward'].some((field) => get(object.body, 'spec', field) === true)
    const [policy] = reachability.of(object)
    const { endpoints } = reachability.space
    if (!policy || policy.invalid || forHosts || get(object.body, 'spec', 'namespaceSelector') !== undefined) return
    const written = text(object.body, 'spec', 'selector')
    if (written !== undefined && !/^\s*(all\(\))?\s*$/.test(written)) return
    const hosts = members(reachability.space.match(policy.selects).may).filter((index) => endpoints[index]?.type === 'host')
    const closed = DIRECTIONS.filter(
      (direction) => policy.isolates[direction] === true && hosts.some((index) => !letsAll(policy, index, direction, reachability)),
    )
    if (hosts.length === 0 || closed.length === 0) return
    yield {
      object,
      path: written === undefined ? ['spec'] : ['spec', 'selector'],
      part: written === undefined ? 'key' : 'value',
      message: `${describe(object)} selects the host endpoints of nodes besides all pods (${hosts.length} in these files): what it does not allow is closed to the nodes too, SSH and the API server among it. Write \`namespaceSelector: all()\` for pods alone.`,
    }
  },
  *fix({ object }) {
    yield {
      title: 'Write `namespaceSelector: all()`: nodes are left alone',
      applicability: 'assisted',
      changes: [{ op: 'set', object, path: ['spec', 'namespaceSelector'], value: 'all()' }],
    }
  },
})

/** Whether a policy of the same tier allows or passes on all that comes to it. */
function letsAll(policy: Policy, index: number, direction: Direction, { layers }: Reachability): boolean {
  const says = layers.flatMap((layer) => layer.says(index, direction))
  const tier = says.find((say) => say.policy === policy)?.tier
  return says
    .filter((say) => say.tier === tier)
    .some((say) => say.policy[direction].some(({ action, peer, ports }) => action !== 'deny' && peer.op === 'everything' && !ports.ports))
}
