import type { Facts } from '../../server/model/facts.ts'
import { DNS_ID, dnsEgress, dnsOf, isDns } from '../../server/model/network/dns.ts'
import type { Policy } from '../../server/model/network/policy.ts'
import type { Reachability } from '../../server/model/network/reachability.ts'
import { atEndpoint, isRowEmpty } from '../../server/model/network/rows.ts'
import { atAddress, parseAddress } from '../../server/model/network/sets/addresses.ts'
import { members } from '../../server/model/network/sets/bits.ts'
import { type Connections, intersection, NONE, ports, TCP, UDP, union } from '../../server/model/network/sets/connections.ts'
import { SYSTEM_NAMESPACES } from '../../server/model/namespaces.ts'
import { describe } from '../../server/model/object.ts'
import { defineRule, type Target } from '../../server/model/rule.ts'
import { get, items, type Path } from '../../server/model/value.ts'
import type { Workload } from '../../server/model/workload.ts'
import { POLICY_EFFECTS } from '../policy-effects.ts'

interface Data {
  /** The ports of a rule that allows the resolver's TCP port alone. */
  readonly ports: Path | undefined
}

type Reads = 'reachability' | 'intents' | 'workloads' | 'objects'

export default defineRule<'object', Reads, Data>({
  name: 'dns-blocked',
  title: 'Policy that keeps pods from resolving names',
  pillar: 'network',
  severity: 'warning',
  controls: { nsa: ['Net'], nist80053: ['AC-4', 'CM-6'] },
  since: '0.1.0',
  each: 'object',
  kinds: ['networking.k8s.io/NetworkPolicy'],
  reads: ['reachability', 'intents', 'workloads', 'objects'],
  *check(object, { facts, target }) {
    if (SYSTEM_NAMESPACES.has(object.namespace)) return
    const [policy] = facts.reachability.of(object)
    if (policy?.isolates.egress !== true || policy.invalid) return
    const { space } = facts.reachability
    const resolver = resolverOf(facts.reachability, target)
    const blocked = members(space.match(policy.selects).must).flatMap((index) => {
      const workload = space.endpoints[index]?.workload
      const needed = workload && needOf(workload, index, facts)
      if (!workload || !needed || blockingPolicy(facts.reachability, index) !== policy) return []
      return intersection(resolver.allowed(index, 'may'), NAMES) === NONE ? [{ workload, index, needed }] : []
    })
    const [first] = blocked
    if (!first) return
    const tcpOnly = blocked.every(({ index }) => intersection(resolver.allowed(index, 'must'), NAMES_BY_TCP) !== NONE)
    const rule = tcpOnly
      ? items(object.body, 'spec', 'egress').findIndex((each) => items(each, 'ports').some((port) => get(port, 'port') === 53))
      : -1
    const who = blocked.length === 1 ? `\`${first.workload.object.name}\`` : `${blocked.length} workloads`
    yield {
      object,
      path: ['spec', get(object.body, 'spec', 'egress') === undefined ? 'policyTypes' : 'egress'],
      part: 'key',
      severity: blocked.some(({ needed }) => needed === 'strong') ? 'warning' : 'hint',
      message: `${describe(object)} keeps ${who} from resolving names: ${tcpOnly ? 'it allows TCP 53, but names are asked for by UDP' : 'no rule allows UDP 53 to the cluster’s DNS'}. Allow it.`,
      related: blocked.slice(1).map(({ workload }) => ({
        object: workload.object,
        path: ['metadata', 'name'],
        part: 'value' as const,
        message: `${describe(workload.object)} cannot resolve names.`,
      })),
      data: { ports: rule >= 0 ? ['spec', 'egress', rule, 'ports'] : undefined },
    }
  },
  *fix({ object, data }, { facts }) {
    if (data?.ports) {
      const index = items(object.body, ...data.ports).length
      yield {
        title: 'Allow UDP 53 beside TCP 53',
        applicability: 'assisted',
        changes: [{ op: 'insert', object, path: data.ports, index, value: { protocol: 'UDP', port: 53 } }],
        leaves: POLICY_EFFECTS,
      }
      return
    }
    const written = get(object.body, 'spec', 'egress')
    const dns = dnsOf(facts.objects, facts.workloads)
    const rule = dnsEgress(dns)
    yield {
      title: `Allow DNS: UDP and TCP ${dns.port} to the cluster’s DNS server`,
      applicability: 'assisted',
      changes: [
        written === undefined || items(written).length === 0
          ? { op: 'set', object, path: ['spec', 'egress'], value: [rule] }
          : { op: 'insert', object, path: ['spec', 'egress'], index: items(written).length, value: rule },
      ],
      leaves: POLICY_EFFECTS,
    }
  },
})

/** 5353 is where OpenShift's DNS pods listen. */
const NAMES = union(ports(UDP, 53), ports(UDP, 5353))
const NAMES_BY_TCP = union(ports(TCP, 53), ports(TCP, 5353))

/** Semantics: NodeLocal DNSCache answers at the first; at the second, GKE's Cloud DNS. */
const NODE_LOCAL = '169.254.20.10'
const CLOUD_DNS = '169.254.169.254'

/** All that may answer for names, and what egress rows allow to it. */
function resolverOf(reachability: Reachability, target: Target) {
  const servers = reachability.space.endpoints.flatMap(({ id, workload }, index) =>
    id === DNS_ID || (workload && isDns(workload)) ? [index] : [],
  )
  const addresses = [NODE_LOCAL, ...(target.platform === 'gke' ? [CLOUD_DNS] : [])].flatMap((text) => parseAddress(text) ?? [])
  const allowed = (index: number, bound: 'must' | 'may'): Connections => {
    const egress = reachability.row(index, 'egress')[bound]
    return [
      ...servers.map((server) => atEndpoint(egress, server)),
      ...addresses.map((address) => atAddress(egress.addresses, address)),
    ].reduce(union, NONE)
  }
  return { allowed }
}

/** How sure it is that a workload connects to something by its name; undefined when it need not. */
function needOf(workload: Workload, index: number, { reachability, intents }: Pick<Facts, Reads>): 'strong' | 'weak' | undefined {
  const policy = get(workload.spec, 'dnsPolicy')
  if (policy === 'None' || policy === 'Default') return undefined
  const { must } = reachability.row(index, 'egress')
  // What may connect to nothing is closed on purpose, or lacks more than names.
  if (isRowEmpty(must)) return undefined
  const named = intents.from(workload).some(({ to, confidence }) => confidence === 'strong' && to.type !== 'address')
  return named || must.groups.length > 0 ? 'strong' : 'weak'
}

/** Of the policies that isolate a pod, the one in which its egress is written. */
function blockingPolicy(reachability: Reachability, index: number): Policy | undefined {
  const isolating = reachability.layers
    .flatMap((layer) => layer.says(index, 'egress'))
    .flatMap(({ policy }) => (policy.isolates.egress === true ? [policy] : []))
  return isolating.find(({ egress }) => egress.length > 0) ?? isolating[0]
}
