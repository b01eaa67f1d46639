import type { Facts, NamespaceFacts } from '../../server/model/facts.ts'
import { matchRule } from '../../server/model/network/parts.ts'
import type { Direction, Policy, Rule } from '../../server/model/network/policy.ts'
import { isFull } from '../../server/model/network/rows.ts'
import { members } from '../../server/model/network/sets/bits.ts'
import { dnsEgress, dnsOf } from '../../server/model/network/dns.ts'
import { describe, type KubeObject } from '../../server/model/object.ts'
import { type Anchor, defineRule, type Fix } from '../../server/model/rule.ts'
import { get, isMap, items, type Path, type Value } from '../../server/model/value.ts'
import type { Workload } from '../../server/model/workload.ts'
import { POLICY_EFFECTS } from '../policy-effects.ts'
import { allowOnlyKnown, replaceRule } from '../tighten.ts'

interface Data {
  readonly direction: Direction
  readonly open: readonly Open[]
}

/** A rule that allows everything, and the workloads that it opens. */
interface Open {
  readonly object: KubeObject
  readonly path: Path
  readonly workloads: readonly Workload[]
}

type Reads = 'reachability' | 'exposure' | 'isolation' | 'intents' | 'workloads' | 'namespaces' | 'services' | 'objects'

/** So many policies of a namespace that do the same are one decision. */
const SAME = 3

export default defineRule<'namespace', Reads, Data>({
  name: 'policy-isolates-nothing',
  title: 'Policy whose rule allows everything',
  pillar: 'network',
  severity: 'information',
  controls: { cis: ['5.3.2'], nsa: ['Net'], nist80053: ['AC-4', 'SC-7(5)'], nist800207: ['2', '4'], attack: ['T1046'], owasp: ['K05'] },
  since: '0.1.0',
  each: 'namespace',
  reads: ['reachability', 'exposure', 'isolation', 'intents', 'workloads', 'namespaces', 'services', 'objects'],
  *check(namespace, { facts }) {
    for (const direction of ['ingress', 'egress'] as const) {
      const open = openRules(namespace, direction, facts)
      const [first] = open
      if (first && open.length >= SAME) {
        yield {
          ...anchor(first),
          severity: worst(direction, open, namespace, facts),
          about: namespace.name === '' ? first.object.id : `namespace ${namespace.name}`,
          discriminator: direction,
          message: `${open.length} policies in ${namespace.name === '' ? 'one namespace' : `\`${namespace.name}\``} allow every ${direction === 'ingress' ? 'source' : 'destination'} on every port: they isolate nothing for ${direction}. Name the peers and ports that are needed.`,
          related: open.slice(1).map((each) => ({ ...anchor(each), message: `${describe(each.object)} does the same.` })),
          data: { direction, open },
        }
        continue
      }
      for (const each of open) {
        yield {
          ...anchor(each),
          severity: worst(direction, [each], namespace, facts),
          discriminator: direction,
          message: messageOf(each, direction),
          data: { direction, open: [each] },
        }
      }
    }
  },
  *fix({ data }, { facts }) {
    if (data) {
      yield {
        title: 'Switch the rule off: what the chart allows without it stays open',
        applicability: 'hardening',
        changes: data.open.map(({ object, path }) => ({ op: 'remove', object, path, switched: true })),
      }
      yield* allowOnlyKnown(data.open, data.direction, facts)
    }
    if (data?.direction === 'egress') yield* insideOnly(data, facts)
    const [only, ...others] = data?.open ?? []
    if (!only || others.length > 0 || data?.direction !== 'ingress') return
    const { object, path, workloads } = only
    const ports = declaredPorts(workloads)
    const rule = get(object.body, ...path)
    if (!ports || object.groupKind !== 'networking.k8s.io/NetworkPolicy' || (rule !== undefined && !isMap(rule))) return
    yield {
      title: `Allow ${ports.map(({ text }) => text).join(', ')} only: other ports of ${said(workloads)} close`,
      applicability: 'hardening',
      changes: [{ op: 'set', object, path: [...path, 'ports'], value: ports.map(({ entry }) => entry) }],
      leaves: POLICY_EFFECTS,
    }
  },
})

function* insideOnly({ open }: Data, facts: Pick<Facts, Reads>): Iterable<Fix> {
  if (open.some(({ object }) => object.groupKind !== 'networking.k8s.io/NetworkPolicy')) return
  const rules: Value[] = [{ to: [{ podSelector: {} }] }, dnsEgress(dnsOf(facts.objects, facts.workloads))]
  yield {
    title: 'Allow egress inside the namespace and to DNS only: the rest closes',
    applicability: 'hardening',
    changes: open.map((each) => replaceRule(each, rules)),
    leaves: POLICY_EFFECTS,
  }
}

function openRules({ name, workloads }: NamespaceFacts, direction: Direction, { reachability }: Pick<Facts, Reads>): Open[] {
  const { space } = reachability
  const indices = new Map(
    workloads.flatMap((workload) =>
      (reachability.indexOf(workload) ?? -1) >= 0 ? [[reachability.indexOf(workload), workload] as const] : [],
    ),
  )
  const opens = (rule: Rule, policy: Policy, index: number): boolean => {
    if (rule.action !== 'allow' || policy.invalid) return false
    const { groups, addresses } = matchRule(space, rule, direction, index, 'must')
    return isFull({ groups, addresses }, space.ends)
  }
  return reachability
    .inNamespace(name)
    .filter((policy) => policy.object.kind.endsWith('NetworkPolicy') && policy.isolates[direction] === true)
    .flatMap((policy): Open[] => {
      const selected = members(space.match(policy.selects).must).filter((index) => indices.has(index))
      const [some] = selected
      if (some === undefined) return []
      const rule = policy[direction].find((each) => opens(each, policy, some))
      const found = selected
        .filter((index) => isFull(reachability.row(index, direction).must, space.ends))
        .flatMap((index) => indices.get(index) ?? [])
      return rule && found.length > 0 ? [{ object: policy.object, path: rule.path, workloads: found }] : []
    })
}

function anchor({ object, path }: Open): Anchor {
  return { object, path, part: 'value' }
}

/** More than a missing control: somebody from outside comes through, or the rest of the namespace is closed. */
function worst(direction: Direction, open: readonly Open[], { name }: NamespaceFacts, { exposure, isolation }: Pick<Facts, Reads>) {
  if (direction === 'egress') return 'information'
  const exposed = open.some(({ workloads }) => workloads.some((workload) => exposure.of(workload).some(({ from }) => from === 'outside')))
  return exposed || isolation.defaultDeny(name, 'ingress') === true ? 'warning' : 'information'
}

function messageOf({ object, workloads }: Open, direction: Direction): string {
  return direction === 'ingress'
    ? `${describe(object)} isolates nothing: every pod and address can reach ${said(workloads)} on every port by this rule. Name the peers, or the ports that are served.`
    : `${describe(object)} isolates nothing for egress: by this rule ${said(workloads)} can connect to everything. Name what is needed.`
}

function said(workloads: readonly Workload[]): string {
  const [first, second] = workloads
  const name = ({ object }: Workload): string => `\`${object.name}\``
  if (!first) return 'no pod'
  return workloads.length > 2 ? `${workloads.length} workloads` : second ? `${name(first)} and ${name(second)}` : name(first)
}

/** Undefined when a pod may listen on ports that it does not declare. */
function declaredPorts(workloads: readonly Workload[]): { readonly text: string; readonly entry: Value }[] | undefined {
  const ports = new Map<string, Value>()
  for (const { containers } of workloads) {
    const serving = containers.filter(({ type, body }) => type === 'container' && items(body, 'ports').length > 0)
    if (serving.length === 0) return undefined
    for (const entry of serving.flatMap(({ body }) => items(body, 'ports'))) {
      const port = get(entry, 'containerPort')
      const protocol = get(entry, 'protocol') ?? 'TCP'
      if (typeof port !== 'number' || typeof protocol !== 'string') return undefined
      ports.set(`${protocol} ${port}`, protocol === 'TCP' ? { port } : { protocol, port })
    }
  }
  return [...ports].map(([text, entry]) => ({ text, entry }))
}
