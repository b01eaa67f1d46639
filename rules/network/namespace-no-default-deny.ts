import type { NamespaceFacts } from '../../server/model/facts.ts'
import { SYSTEM_NAMESPACES } from '../../server/model/namespaces.ts'
import type { EntryPoint } from '../../server/model/network/exposure.ts'
import { deniesByDefault, unrestricted } from '../../server/model/network/open.ts'
import { type Anchor, defineRule } from '../../server/model/rule.ts'
import type { Path } from '../../server/model/value.ts'
import type { Workload } from '../../server/model/workload.ts'
import { type IsolationFacts, isolate, podsOf } from '../isolate.ts'

interface Data {
  readonly namespace: string
}

type Asked = IsolationFacts | 'exposure'

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
  reads: ['exposure', 'objects', 'namespaces', 'workloads', 'services', 'reachability', 'intents'],
  *check(namespace, { facts }) {
    const pods = podsOf(namespace)
    if (SYSTEM_NAMESPACES.has(namespace.name) || pods.length === 0) return
    const denied = deniesByDefault(namespace.name, 'ingress', facts.reachability)
    if (denied === true) return
    const judged = unrestricted(pods, 'ingress', facts.reachability)
    const open = judged.map(({ workload }) => workload)
    const [first] = open.length > 0 ? open : pods
    // Of a namespace that is kept elsewhere nobody can say here that it has no default-deny.
    if (!first || (open.length === 0 && !namespace.object)) return
    const unsure = denied === 'unknown' || (judged.length > 0 && judged.every((each) => each.open === 'unknown'))
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
    yield* isolate(namespace, [['ingress', 'egress'], ['ingress']], finding.object, facts)
  },
})

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
