import type { Facts, NamespaceFacts } from '../../server/model/facts.ts'
import { SYSTEM_NAMESPACES } from '../../server/model/namespaces.ts'
import type { EntryPoint } from '../../server/model/network/exposure.ts'
import type { Direction } from '../../server/model/network/policy.ts'
import { dialectOf, synthesise } from '../../server/model/network/synthesis/synthesis.ts'
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

type Asked = 'isolation' | 'exposure' | 'objects' | 'namespaces' | 'workloads' | 'services' | 'reachability' | 'intents'

export default defineRule<'namespace', Asked, Data>({
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
  reads: ['isolation', 'exposure', 'objects', 'namespaces', 'workloads', 'services', 'reachability', 'intents'],
  *check(namespace, { facts }) {
    const pods = podsOf(namespace)
    if (SYSTEM_NAMESPACES.has(namespace.name) || pods.length === 0) return
    const denied = facts.isolation.defaultDeny(namespace.name, 'ingress')
    if (denied === true) return
    const open = pods.filter((workload) => facts.isolation.isolated(workload, 'ingress') !== true)
    const [first] = open.length > 0 ? open : pods
    // Of a namespace that is kept elsewhere nobody can say here that it has no default-deny.
    if (!first || (open.length === 0 && !namespace.object)) return
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

/** The whole namespace first; where it is kept elsewhere, the workloads that are seen here. */
function* isolate(namespace: NamespaceFacts, beside: KubeObject, facts: Pick<Facts, Asked>): Iterable<Fix> {
  const pods = podsOf(namespace)
  const whole = namespace.name === '' ? 'the namespace' : `\`${namespace.name}\``
  const few = pods.length === 1 ? `\`${pods[0]?.object.name}\`` : `the ${pods.length} workloads seen here`
  if (!namespace.object) yield* keepingWhatIsKnown(`Isolate ${few}`, '', pods, [], beside, facts)
  const unseen = namespace.object ? '' : '; also affects pods that are not in this workspace'
  yield* keepingWhatIsKnown(`Isolate ${whole}`, unseen, pods, [namespace.name], beside, facts)
}

const DIRECTIONS: readonly (readonly Direction[])[] = [['ingress', 'egress'], ['ingress']]

function* keepingWhatIsKnown(
  what: string,
  unseen: string,
  workloads: readonly Workload[],
  namespaces: readonly string[],
  beside: KubeObject,
  facts: Pick<Facts, Asked>,
): Iterable<Fix> {
  for (const directions of DIRECTIONS) {
    const request = { workloads, namespaces, directions, dialect: dialectOf(facts.objects) }
    const { policies, kept, lost, broad } = synthesise(request, facts.objects, facts)
    if (policies.length === 0) continue
    const both = directions.length > 1
    const known = kept.length === 0 ? 'no connection is known' : `keeps ${kept.length} known connection${kept.length === 1 ? '' : 's'}`
    const names = kept.length > 0 && policies.some(({ body }) => opensDns(body)) ? ' and DNS' : ''
    const closed = lost.length === 0 ? '' : `; ${lost.length} known ${lost.length === 1 ? 'one is' : 'ones are'} closed too`
    const wide = [...new Set(broad.map(({ why }) => why))]
    const opened = wide.length === 0 ? '' : `; opens some of them wider (${wide.join('; ')})`
    yield {
      title: `${what}${both ? '' : ' for ingress'}: ${known}${names}, closes the rest${closed}${opened}${unseen}`,
      applicability: unseen === '' && lost.length === 0 && wide.length === 0 ? 'hardening' : 'assisted',
      changes: policies.map(({ body }) => ({ op: 'create', beside, body })),
      // What narrower policies allow already, one of these may allow too.
      leaves: ['policy-redundant', ...(wide.length === 0 ? [] : ['network-policy-broad-ipblock', 'policy-isolates-nothing'])],
    }
  }
}

function opensDns(policy: Value): boolean {
  return JSON.stringify(policy).includes('"port":53,') || JSON.stringify(policy).includes('"port":"53"')
}
