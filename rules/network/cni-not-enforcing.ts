import { allPolicies } from '../../server/model/network/layers.ts'
import { defineRule } from '../../server/model/rule.ts'

/** Agents that enforce policies beside a plugin that does not. */
const ENFORCERS = /^(kube-router|kube-network-policies|weave-net|romana-agent|netpol)/

export default defineRule({
  name: 'cni-not-enforcing',
  title: 'Network plugin that enforces no policy',
  pillar: 'network',
  severity: 'error',
  controls: { cis: ['5.3.1'], nsa: ['Net'], nist80053: ['AC-4', 'SC-7'], nist800207: ['4'], owasp: ['K05'] },
  since: '0.1.0',
  each: 'environment',
  reads: ['reachability', 'workloads'],
  *check(_, { facts }) {
    const { dataplane, policies } = facts.reachability
    const count = new Set(allPolicies(policies).map(({ object }) => object)).size
    if (dataplane.enforces || !dataplane.evidence || count === 0) return
    if (facts.workloads.some(({ object }) => object.kind === 'DaemonSet' && ENFORCERS.test(object.name))) return
    yield {
      object: dataplane.evidence,
      path: ['metadata', 'name'],
      part: 'value',
      message: `${count === 1 ? 'The network policy here has' : `The ${count} network policies here have`} no effect: ${dataplane.name} moves packets and enforces no policy, so every pod reaches every other. Add an agent that does (kube-network-policies, kube-router), or use Calico or Cilium.`,
    }
  },
})
