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
    const hosts = members(reachability.space.match(policy.selects).may).filter((index) => endpoints[index]?.type === 'host')
    const all = written === undefined || /^\s*(all\(\))?\s*$/.test(written)
    if (!all || (policy.isolates.ingress === false && policy.isolates.egress === false)) return
    yield {
      object,
      path: written === undefined ? ['spec'] : ['spec', 'selector'],
      part: written === undefined ? 'key' : 'value',
      severity: hosts.length > 0 ? 'warning' : 'information',
      certainty: hosts.length > 0 ? 'certain' : 'possible',
      message: `${describe(object)} selects the host endpoints of nodes besides all pods${hosts.length > 0 ? ` (${hosts.length} in these files)` : ''}: what it does not allow is closed to the nodes too, SSH and the API server among it. Write \`namespaceSelector: all()\` for pods alone.`,
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
