import type { Facts, NamespaceFacts } from '../../server/model/facts.ts'
import { DNS_ID, dnsEgress, dnsOf, isDns } from '../../server/model/network/dns.ts'
import type { Policy } from '../../server/model/network/policy.ts'
import type { Reachability } from '../../server/model/network/reachability.ts'
import { atEndpoint, isRowEmpty } from '../../server/model/network/rows.ts'
import { atAddress, parseAddress } from '../../server/model/network/sets/addresses.ts'
import { type Connections, intersection, NONE, ports, TCP, UDP, union } from '../../server/model/network/sets/connections.ts'
import { SYSTEM_NAMESPACES } from '../../server/model/namespaces.ts'
import { describe, type KubeObject } from '../../server/model/object.ts'
import { type Anchor, defineRule, type ObjectChange, type Severity, type Target } from '../../server/model/rule.ts'
import { get, items, type Path, type Value } from '../../server/model/value.ts'
import type { Workload } from '../../server/model/workload.ts'
import { POLICY_EFFECTS } from '../policy-effects.ts'

interface Data {
  /** The ports of a rule that allows the resolver's TCP port alone. */
  readonly ports: Path | undefined
  readonly policies: readonly KubeObject[]
}

/** Pods that one policy keeps from resolving names. */
interface Blocked {
  readonly object: KubeObject
  readonly pods: { readonly workload: Workload; readonly index: number; readonly needed: 'strong' | 'weak' }[]
}

/** So many policies of a namespace that do the same are one decision. */
const SAME = 3

type Reads = 'reachability' | 'intents' | 'workloads' | 'objects' | 'isolation'

export default defineRule<'namespace', Reads, Data>({
  name: 'dns-blocked',
  title: 'Policy that keeps pods from resolving names',
  pillar: 'network',
  severity: 'warning',
  controls: { nsa: ['Net'], nist80053: ['AC-4', 'CM-6'] },
  since: '0.1.0',
  each: 'namespace',
  reads: ['reachability', 'intents', 'workloads', 'objects', 'isolation'],
  *check(namespace, { facts, target }) {
    if (SYSTEM_NAMESPACES.has(namespace.name)) return
    const resolver = resolverOf(facts.reachability, target)
    const all = blockedPods(namespace, resolver, facts)
    const [first, ...others] = all
    if (first && all.length >= SAME) {
      yield {
        ...anchorOf(first),
        severity: levelOf(all),
        ...(namespace.name === '' ? {} : { about: `namespace ${namespace.name}` }),
        message: `${all.length} policies in ${namespace.name === '' ? 'one namespace' : `\`${namespace.name}\``} keep their pods from resolving names: no rule allows UDP 53 to the cluster’s DNS. Allow it for all of them.`,
        related: others.map((each) => ({ ...anchorOf(each), message: `${describe(each.object)} does the same.` })),
        data: { ports: undefined, policies: all.map(({ object }) => object) },
      }
      return
    }
    for (const blocked of all) {
      const { object, pods } = blocked
      const tcpOnly = pods.every(({ index }) => intersection(resolver.allowed(index, 'must'), NAMES_BY_TCP) !== NONE)
      const rule = tcpOnly
        ? items(object.body, 'spec', 'egress').findIndex((each) => items(each, 'ports').some((port) => get(port, 'port') === 53))
        : -1
      yield {
        ...anchorOf(blocked),
        severity: levelOf([blocked]),
        message: `${describe(object)} keeps ${saidPods(pods)} from resolving names: ${tcpOnly ? 'it allows TCP 53, but names are asked for by UDP' : 'no rule allows UDP 53 to the cluster’s DNS'}. Allow it.`,
        related: pods.slice(1).map(({ workload }) => ({
          object: workload.object,
          path: ['metadata', 'name'],
          part: 'value' as const,
          message: `${describe(workload.object)} cannot resolve names.`,
        })),
        data: { ports: rule >= 0 ? ['spec', 'egress', rule, 'ports'] : undefined, policies: [object] },
      }
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
    const policies = data?.policies ?? []
    const { namespace } = object
    const dns = dnsOf(facts.objects, facts.workloads)
    const rule = dnsEgress(dns)
    const what = `UDP and TCP ${dns.port} to the cluster’s DNS server`
    // Pods that no policy isolates yet would be isolated by one for all of them.
    if (policies.length > 1 && facts.isolation.defaultDeny(namespace, 'egress') === true) {
      yield {
        title: `Allow DNS for every pod of the namespace: ${what}`,
        applicability: 'assisted',
        changes: [{ op: 'create', beside: object, body: dnsPolicy(namespace, rule) }],
        leaves: POLICY_EFFECTS,
      }
    }
    yield {
      title: `Allow DNS${policies.length > 1 ? ' in each of them' : ''}: ${what}`,
      applicability: 'assisted',
      changes: policies.map((policy) => withRule(policy, rule)),
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

function dnsPolicy(namespace: string, rule: Value): Value {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: namespace === '' ? { name: 'allow-dns' } : { name: 'allow-dns', namespace },
    spec: { podSelector: {}, policyTypes: ['Egress'], egress: [rule] },
  }
}

function withRule(object: KubeObject, rule: Value): ObjectChange {
  const path = ['spec', 'egress']
  const { length } = items(object.body, ...path)
  return length === 0 ? { op: 'set', object, path, value: [rule] } : { op: 'insert', object, path, index: length, value: rule }
}

function blockedPods(
  { workloads }: NamespaceFacts,
  resolver: ReturnType<typeof resolverOf>,
  facts: Pick<Facts, Reads>,
): readonly Blocked[] {
  const byPolicy = new Map<KubeObject, Blocked>()
  for (const workload of workloads) {
    const index = facts.reachability.indexOf(workload)
    const needed = index === undefined ? undefined : needOf(workload, index, facts)
    if (index === undefined || needed === undefined || intersection(resolver.allowed(index, 'may'), NAMES) !== NONE) continue
    const object = blockingPolicy(facts.reachability, index)?.object
    if (object?.groupKind !== 'networking.k8s.io/NetworkPolicy') continue
    const known = byPolicy.get(object) ?? { object, pods: [] }
    known.pods.push({ workload, index, needed })
    byPolicy.set(object, known)
  }
  return [...byPolicy.values()]
}

function anchorOf({ object }: Blocked): Anchor {
  return { object, path: ['spec', get(object.body, 'spec', 'egress') === undefined ? 'policyTypes' : 'egress'], part: 'key' }
}

function levelOf(all: readonly Blocked[]): Severity {
  return all.some(({ pods }) => pods.some(({ needed }) => needed === 'strong')) ? 'warning' : 'hint'
}

function saidPods(pods: Blocked['pods']): string {
  const [first] = pods
  return pods.length === 1 && first ? `\`${first.workload.object.name}\`` : `${pods.length} workloads`
}

const servers = new WeakMap<Reachability['space'], readonly number[]>()

function serversOf({ space }: Reachability): readonly number[] {
  let found = servers.get(space)
  if (!found) {
    found = space.endpoints.flatMap(({ id, workload }, index) => (id === DNS_ID || (workload && isDns(workload)) ? [index] : []))
    servers.set(space, found)
  }
  return found
}

/** All that may answer for names, and what egress rows allow to it. */
function resolverOf(reachability: Reachability, target: Target) {
  const servers = serversOf(reachability)
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
