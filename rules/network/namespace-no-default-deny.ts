import type { Facts, NamespaceFacts } from '../../server/model/facts.ts'
import { SYSTEM_NAMESPACES } from '../../server/model/namespaces.ts'
import type { EntryPoint } from '../../server/model/network/exposure.ts'
import { deniesByDefault, isUnrestricted } from '../../server/model/network/open.ts'
import { DIRECTIONS, type Direction } from '../../server/model/network/policy.ts'
import { dialectOf, synthesise } from '../../server/model/network/synthesis/synthesis.ts'
import type { KubeObject } from '../../server/model/object.ts'
import { type Anchor, defineRule, type Fix } from '../../server/model/rule.ts'
import { get, type Path, type Value } from '../../server/model/value.ts'
import type { Workload } from '../../server/model/workload.ts'

interface Data {
  readonly namespace: string
  readonly open: readonly Direction[]
}

type Asked = 'reachability' | 'exposure' | 'objects' | 'namespaces' | 'workloads' | 'services' | 'intents'

export default defineRule<'namespace', Asked, Data>({
  name: 'namespace-no-default-deny',
  title: 'Namespace in which connections are open that no policy allows',
  pillar: 'network',
  severity: 'information',
  absence: true,
  controls: {
    cis: ['5.3.2'],
    nsa: ['Net'],
    nist80053: ['AC-4', 'SC-7', 'SC-7(5)'],
    nist800207: ['2', '4'],
    attack: ['T1046', 'T1210', 'T1552.005'],
    owasp: ['K05'],
  },
  since: '0.1.0',
  each: 'namespace',
  reads: ['reachability', 'exposure', 'objects', 'namespaces', 'workloads', 'services', 'intents'],
  *check(namespace, { facts }) {
    const pods = podsOf(namespace)
    if (SYSTEM_NAMESPACES.has(namespace.name) || pods.length === 0) return
    const state = DIRECTIONS.map((direction) => stateOf(namespace, pods, direction, facts))
    // New pods of a namespace that these files do not contain are somebody else's.
    const failing = state.filter(({ open, denied }) => denied !== true && (open.length > 0 || namespace.object !== undefined))
    const [first] = failing.flatMap(({ open }) => open)
    const anchor = first ?? pods[0]
    if (failing.length === 0 || !anchor) return
    const ingress = failing.find(({ direction }) => direction === 'ingress')?.open ?? []
    const entries = ingress.flatMap((workload) => facts.exposure.of(workload)).filter(({ from }) => from === 'outside')
    const open = [...new Set(failing.flatMap((each) => each.open))]
    yield {
      ...anchorOf(namespace, anchor),
      // Which namespace these go to is open, and need not be the one of other files that leave it open.
      about: namespace.name === '' ? anchor.object.id : `namespace ${namespace.name}`,
      severity: open.length === 0 ? 'hint' : entries.length > 0 ? 'warning' : 'information',
      certainty: failing.some(({ unsure }) => !unsure) ? 'certain' : 'possible',
      // What is left when ingress is closed is another finding.
      ...(failing.every(({ direction }) => direction === 'egress') ? { discriminator: 'egress' } : {}),
      message: messageOf(namespace.name, failing, entries),
      related: [
        ...relatedTo(open, anchor),
        ...entries.map((entry) => ({ object: entry.via, path: entry.path, part: 'value' as const, message: waysIn(entry) })),
      ],
      data: { namespace: namespace.name, open: failing.map(({ direction }) => direction) },
    }
  },
  *fix({ object, data }, { facts }) {
    const namespace = data && facts.namespaces.get(data.namespace)
    if (!namespace) return
    yield* isolate(namespace, data.open, object, facts)
  },
})

interface State {
  readonly direction: Direction
  readonly denied: ReturnType<typeof deniesByDefault>
  readonly open: readonly Workload[]
  /** All that is open is only possibly so. */
  readonly unsure: boolean
}

function stateOf(
  { name }: NamespaceFacts,
  pods: readonly Workload[],
  direction: Direction,
  { reachability }: Pick<Facts, 'reachability'>,
): State {
  const denied = deniesByDefault(name, direction, reachability)
  const judged = pods.map((workload) => {
    const index = reachability.indexOf(workload)
    return { workload, open: index === undefined ? false : isUnrestricted(index, direction, reachability) }
  })
  const open = judged.filter((each) => each.open !== false)
  return {
    direction,
    denied,
    open: open.map(({ workload }) => workload),
    unsure: denied === 'unknown' || (open.length > 0 && open.every((each) => each.open === 'unknown')),
  }
}

/** Pods on the node's own network are not under the control of policies. */
function podsOf(namespace: NamespaceFacts): readonly Workload[] {
  return namespace.workloads.filter((workload) => get(workload.spec, 'hostNetwork') !== true)
}

function anchorOf(namespace: NamespaceFacts, first: Workload): Anchor {
  return { object: namespace.object ?? first.object, path: ['metadata', 'name'], part: 'value' }
}

function messageOf(name: string, failing: readonly State[], entries: readonly EntryPoint[]): string {
  const [one, two] = failing
  const most = Math.max(...failing.map(({ open }) => open.length))
  const where = name !== '' ? `\`${name}\`` : most === 1 ? 'its namespace' : 'their namespace'
  if (!one || most === 0) {
    const what = failing.map(({ direction }) => DOES[direction].one).join(' and ')
    return `A new pod in ${where} ${what}: each workload has its policy, but there is no default-deny. Add one.`
  }
  const who = (list: readonly Workload[]): string => (list.length === 1 ? `\`${list[0]?.object.name}\`` : `${list.length} workloads`)
  const does = ({ direction, open }: State): string =>
    `${DOES[direction][open.length === 1 ? 'one' : 'many']}${direction === 'ingress' ? fromOutside(open, entries) : ''}`
  const same = two && one.open.length === two.open.length
  const second =
    !two || two.open.length === 0
      ? ''
      : same
        ? ` and ${does(two)}`
        : `, and ${two.open.length === 1 ? who(two.open) : two.open.length} ${does(two)}`
  const first =
    one.open.length > 0 ? `${who(one.open)} in ${where} ${does(one)}` : `${who(two?.open ?? [])} in ${where} ${two ? does(two) : ''}`
  return `${first}${one.open.length > 0 ? second : ''}: no default-deny${failing.length === 1 && one.direction === 'egress' ? ' for egress' : ''}. Isolate ${most === 1 ? 'it' : 'them'} and allow what is needed.`
}

const DOES = {
  ingress: { one: 'accepts traffic from every pod', many: 'accept traffic from every pod' },
  egress: { one: 'may connect to everything', many: 'may connect to everything' },
} as const

function fromOutside(open: readonly Workload[], entries: readonly EntryPoint[]): string {
  const outside = new Set(entries.map(({ workload }) => workload)).size
  if (outside === 0) return ''
  return outside === open.length ? ' and from outside the cluster' : ` (${outside === 1 ? 'one' : outside} from outside the cluster)`
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
function* isolate(namespace: NamespaceFacts, open: readonly Direction[], beside: KubeObject, facts: Pick<Facts, Asked>): Iterable<Fix> {
  const pods = podsOf(namespace)
  const whole = namespace.name === '' ? 'the namespace' : `\`${namespace.name}\``
  const few = pods.length === 1 ? `\`${pods[0]?.object.name}\`` : `the ${pods.length} workloads seen here`
  if (!namespace.object) yield* keepingWhatIsKnown(`Isolate ${few}`, '', open, pods, [], beside, facts)
  const unseen = namespace.object ? '' : '; also affects pods that are not in this workspace'
  yield* keepingWhatIsKnown(`Isolate ${whole}`, unseen, open, pods, [namespace.name], beside, facts)
}

function* keepingWhatIsKnown(
  what: string,
  unseen: string,
  open: readonly Direction[],
  workloads: readonly Workload[],
  namespaces: readonly string[],
  beside: KubeObject,
  facts: Pick<Facts, Asked>,
): Iterable<Fix> {
  for (const directions of open.length > 1 ? [open, INGRESS] : [open]) {
    const request = { workloads, namespaces, directions, dialect: dialectOf(facts.objects) }
    const { policies, kept, lost, broad } = synthesise(request, facts.objects, facts)
    if (policies.length === 0) continue
    const known = kept.length === 0 ? 'no connection is known' : `keeps ${kept.length} known connection${kept.length === 1 ? '' : 's'}`
    const names = kept.length > 0 && policies.some(({ body }) => opensDns(body)) ? ' and DNS' : ''
    const closed = lost.length === 0 ? '' : `; ${lost.length} known ${lost.length === 1 ? 'one is' : 'ones are'} closed too`
    const wide = [...new Set(broad.map(({ why }) => why))]
    const opened = wide.length === 0 ? '' : `; opens some of them wider (${wide.join('; ')})`
    yield {
      title: `${what}${directions.length > 1 ? '' : ` for ${directions[0]}`}: ${known}${names}, closes the rest${closed}${opened}${unseen}`,
      applicability: unseen === '' && lost.length === 0 && wide.length === 0 ? 'hardening' : 'assisted',
      changes: policies.map(({ body }) => ({ op: 'create', beside, body })),
      // What narrower policies allow already, one of these may allow too.
      leaves: [...LEAVES, ...(wide.length === 0 ? [] : ['network-policy-broad-ipblock', 'policy-isolates-nothing'])],
    }
  }
}

const INGRESS: readonly Direction[] = ['ingress']

/** Rules that are not said of what is there, and may be of what is written. */
const LEAVES = ['policy-redundant', 'network-policy-ipv6-forgotten', 'namespace-no-default-deny', 'weaker-than-earlier-environment']

function opensDns(policy: Value): boolean {
  return JSON.stringify(policy).includes('"port":53,') || JSON.stringify(policy).includes('"port":"53"')
}
