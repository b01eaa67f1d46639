import type { Facts, NamespaceFacts } from '../../server/model/facts.ts'
import { SYSTEM_NAMESPACES } from '../../server/model/namespaces.ts'
import type { EntryPoint } from '../../server/model/network/exposure.ts'
import type { KubeObject } from '../../server/model/object.ts'
import { type Anchor, defineRule, type Fix } from '../../server/model/rule.ts'
import { get, type Path, type Value } from '../../server/model/value.ts'
import type { Workload } from '../../server/model/workload.ts'

/** Policies of other kinds may isolate too; what they allow is not computed here. */
const OTHER_POLICIES = [
  'policy.networking.k8s.io/AdminNetworkPolicy',
  'policy.networking.k8s.io/BaselineAdminNetworkPolicy',
  'policy.networking.k8s.io/ClusterNetworkPolicy',
  'projectcalico.org/GlobalNetworkPolicy',
  'crd.projectcalico.org/GlobalNetworkPolicy',
  'projectcalico.org/NetworkPolicy',
  'crd.projectcalico.org/NetworkPolicy',
  'cilium.io/CiliumNetworkPolicy',
  'cilium.io/CiliumClusterwideNetworkPolicy',
]

interface Data {
  readonly namespace: string
}

export default defineRule<'namespace', 'isolation' | 'exposure' | 'objects' | 'namespaces', Data>({
  name: 'namespace-no-default-deny',
  title: 'Namespace accepts traffic that no policy allows',
  pillar: 'network',
  severity: 'information',
  absence: true,
  controls: {
    cis: ['5.3.2'],
    nsa: ['Net'],
    nist80053: ['AC-4', 'SC-7', 'SC-7(5)'],
    nist800207: ['2', '4'],
    attack: ['T1046', 'T1210'],
    owasp: ['K05'],
  },
  since: '0.1.0',
  each: 'namespace',
  reads: ['isolation', 'exposure', 'objects', 'namespaces'],
  *check(namespace, { facts }) {
    const pods = podsOf(namespace)
    if (SYSTEM_NAMESPACES.has(namespace.name) || pods.length === 0) return
    const denied = facts.isolation.defaultDeny(namespace.name, 'ingress')
    if (denied === true) return
    const open = pods.filter((workload) => facts.isolation.isolated(workload, 'ingress') !== true)
    const [first] = open.length > 0 ? open : pods
    if (!first) return
    const unsure = denied === 'unknown' || OTHER_POLICIES.some((kind) => facts.objects(kind).length > 0)
    const entries = open.flatMap((workload) => facts.exposure.of(workload)).filter(({ from }) => from === 'outside')
    yield {
      ...anchorOf(namespace, first),
      // Which namespace these go to is open, and need not be the one of other files that leave it open.
      about: namespace.name === '' ? first.object.id : `namespace ${namespace.name}`,
      severity: open.length === 0 ? 'hint' : entries.length > 0 ? 'warning' : 'information',
      certainty: unsure ? 'possible' : 'certain',
      message: messageOf(namespace.name, open, entries),
      related: [
        ...relatedTo(open, first),
        ...entries.map((entry) => ({ object: entry.via, path: entry.path, part: 'value' as const, message: waysIn(entry) })),
      ],
      data: { namespace: namespace.name },
    }
  },
  *fix(finding, { facts }) {
    const name = finding.data?.namespace
    const namespace = name === undefined ? undefined : facts.namespaces.get(name)
    if (!namespace) return
    yield* isolate(namespace, finding.object, facts)
  },
})

/** Pods on the node's own network are not under the control of policies. */
function podsOf(namespace: NamespaceFacts): readonly Workload[] {
  return namespace.workloads.filter((workload) => get(workload.spec, 'hostNetwork') !== true)
}

function anchorOf(namespace: NamespaceFacts, first: Workload): Anchor {
  return { object: namespace.object ?? first.object, path: ['metadata', 'name'], part: 'value' }
}

function messageOf(name: string, open: readonly Workload[], entries: readonly EntryPoint[]): string {
  const where = name !== '' ? `\`${name}\`` : open.length === 1 ? 'its namespace' : 'their namespace'
  if (open.length === 0)
    return `A new pod in ${where} accepts traffic from every pod: each workload has its policy, but there is no default-deny. Add one.`
  const who = open.length === 1 ? `\`${open[0]?.object.name}\` in ${where} accepts` : `${open.length} workloads in ${where} accept`
  const outside = new Set(entries.map(({ workload }) => workload)).size
  const some = outside === 1 ? 'one of them' : `${outside} of them`
  const reached = outside === open.length ? ' and from outside the cluster' : outside === 0 ? '' : `, and ${some} from outside the cluster`
  return `${who} traffic from every pod${reached}: no default-deny. Isolate ${open.length === 1 ? 'it' : 'them'} and allow what is needed.`
}

function relatedTo(open: readonly Workload[], first: Workload): (Anchor & { message: string })[] {
  return open
    .filter((workload) => workload !== first)
    .map(({ object }) => ({
      object,
      path: ['metadata', 'name'] as Path,
      part: 'value' as const,
      message: `${object.kind} \`${object.name}\` is open too.`,
    }))
}

function waysIn({ workload, via }: EntryPoint): string {
  return `${via.kind} \`${via.name}\` leads from outside to \`${workload.object.name}\`.`
}

function* isolate(namespace: NamespaceFacts, beside: KubeObject, facts: Pick<Facts, 'exposure'>): Iterable<Fix> {
  const pods = podsOf(namespace)
  const entries = pods.flatMap((workload) => facts.exposure.of(workload))
  const exposed = new Set(entries.map(({ workload }) => workload)).size
  const kept = `keeps traffic inside the namespace${exposed > 0 ? ` and from outside to ${exposed} workload${exposed === 1 ? '' : 's'}` : ''}`
  const policies = [
    denyOthers(namespace.name),
    ...[...new Set(entries.map(({ workload }) => workload))].flatMap((workload) => admit(namespace.name, workload, entries)),
  ]
  const unseen = namespace.object === undefined ? '; also affects pods that are not in this workspace' : ''
  yield {
    title: `Isolate ${namespace.name === '' ? 'the namespace' : `\`${namespace.name}\``} for ingress: ${kept}, closes the rest${unseen}`,
    applicability: 'assisted',
    changes: policies.map((body) => ({ op: 'create', beside, body })),
    // What narrower policies allow inside the namespace, this one does too.
    leaves: ['policy-redundant'],
  }
}

function denyOthers(namespace: string): Value {
  return policy(namespace, 'default-deny-ingress', {}, [{ from: [{ podSelector: {} }] }])
}

/** Which address a way in comes from is not known (a load balancer, a controller, a node), so its port is open to all. */
function admit(namespace: string, workload: Workload, entries: readonly EntryPoint[]): Value[] {
  if (workload.labels === 'unknown' || Object.keys(workload.labels).length === 0) return []
  const own = entries.filter((entry) => entry.workload === workload)
  const ports = new Map<string, Value>()
  for (const { port, protocol } of own) {
    if (port !== undefined) ports.set(`${protocol} ${port}`, protocol === 'TCP' ? { port } : { protocol, port })
  }
  const known = own.every(({ port }) => port !== undefined)
  const rule: Value = known ? { ports: [...ports.values()] } : {}
  return [policy(namespace, `allow-outside-to-${workload.object.name}`, { matchLabels: workload.labels }, [rule])]
}

function policy(namespace: string, name: string, podSelector: Value, ingress: Value): Value {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: namespace === '' ? { name } : { name, namespace },
    spec: { podSelector, policyTypes: ['Ingress'], ingress },
  }
}
