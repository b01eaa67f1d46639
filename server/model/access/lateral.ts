import type { Facts } from '../facts.ts'
import type { EntryPoint } from '../network/exposure.ts'
import { explain } from '../network/explain.ts'
import { atPort, type Connections, intersection, NONE, protocol, PROTOCOL_NUMBERS, TCP } from '../network/sets/connections.ts'
import type { Anchor } from '../rule.ts'
import type { Tri } from '../tri.ts'
import type { Workload } from '../workload.ts'
import type { Edge } from './edges.ts'
import { LEAST, type Path, rank, type Step } from './search.ts'

/** How many beginnings of a way are named. */
const MOST_NAMED = 10
/** Pairs of workloads that are asked about in all: more is a cluster in which everybody reaches everybody. */
const MOST_ASKED = 200_000

type Asked = Pick<Facts, 'reachability' | 'services'>

/** A way over other workloads: from one that the outside reaches, by connections that policies allow. */
export interface Lateral extends Path {
  readonly entry: EntryPoint
  /** Others that the outside reaches and from which the way is as short. */
  readonly also: readonly EntryPoint[]
}

/**
 * The ways from outside over connections between pods to workloads that lead on, one for each of those, the
 * shortest; `complete` unless there are more pairs of workloads than can be asked about. What a workload offers is what its containers declare, or what a Service sends to it.
 * @param entries one for each workload that the outside reaches
 * @param strong workloads that the outside does not reach, with where they lead
 */
export function lateralPaths(
  entries: readonly EntryPoint[],
  strong: readonly { readonly workload: Workload; readonly path: Path }[],
  facts: Asked,
): { readonly paths: readonly Lateral[]; readonly complete: boolean } {
  const budget = { left: MOST_ASKED }
  const open = new Map(entries.map((entry) => [entry.workload, entry]))
  const paths = strong.flatMap(({ workload, path }): Lateral[] => {
    const worth = entries.filter(({ workload: start }) => rank(path.end, { kind: 'workload', workload: start }) >= LEAST)
    const [first, ...others] = waysTo(workload, worth, open, facts, budget)
    if (!first) return []
    const hops = first.over.map((to, i) => hop(first.over[i - 1] ?? first.entry.workload, to, first.sure, facts))
    const steps = [...hops, ...path.steps]
    return [{ entry: first.entry, also: others.map(({ entry }) => entry), steps, end: path.end, sure: first.sure && path.sure }]
  })
  return { paths, complete: budget.left > 0 }
}

interface Way {
  readonly entry: EntryPoint
  /** The workloads that are broken into one after the other, behind the one of the entry. */
  readonly over: readonly Workload[]
  readonly sure: boolean
}

interface Budget {
  left: number
}

/** From where the outside comes in to a workload, at once or over one other; certain ways first. */
function waysTo(
  target: Workload,
  entries: readonly EntryPoint[],
  open: ReadonlyMap<Workload, EntryPoint>,
  facts: Asked,
  budget: Budget,
): Way[] {
  const ways: Way[] = []
  const search = (over: readonly Workload[], sure: boolean): void => {
    const [next] = over
    for (const entry of entries) {
      if (ways.length >= MOST_NAMED || budget.left-- <= 0 || next === undefined) return
      const connects = connectsTo(entry.workload, next, facts)
      if (connects !== false && entry.workload !== target) ways.push({ entry, over, sure: sure && connects === true })
    }
  }
  search([target], true)
  if (ways.length === 0) {
    for (const { from, sure } of clientsOf(target, facts, budget)) {
      if (!open.has(from)) search([from, target], sure)
      if (ways.length > 0 || budget.left <= 0) break
    }
  }
  return ways.sort((a, b) => Number(b.sure) - Number(a.sure))
}

function hop(from: Workload, to: Workload, sure: boolean, facts: Asked): Step {
  const edge: Edge = {
    to: { kind: 'workload', workload: to },
    how: `connect to \`${to.object.name}\`, and break into it`,
    evidence: [],
    at: letInBy(from, to, facts),
    cost: 1,
    sure,
  }
  return { from: { kind: 'workload', workload: from }, edge }
}

/** Whether the pods of one workload may connect to something that another offers. */
function connectsTo(from: Workload, to: Workload, { reachability, services }: Asked): Tri {
  const [source, target] = [reachability.indexOf(from), reachability.indexOf(to)]
  if (source === undefined || target === undefined || from === to) return false
  const ports = reachability.space.endpoints[target]?.ports ?? []
  const offered = (set: Connections): boolean =>
    ports.length > 0
      ? ports.some(({ protocol: name, number }) => atPort(set, PROTOCOL_NUMBERS.get(name) ?? TCP, number) !== NONE)
      : services.of(to).length > 0 && intersection(set, protocol(TCP)) !== NONE
  const { must, may } = reachability.allowed(source, target)
  return offered(must) ? true : offered(may) ? 'unknown' : false
}

/** The workloads whose pods may connect to something that a workload offers. */
function* clientsOf(workload: Workload, facts: Asked, budget: Budget): Iterable<{ readonly from: Workload; readonly sure: boolean }> {
  for (const { workload: from } of facts.reachability.space.endpoints) {
    if (!from || from === workload) continue
    if (budget.left-- <= 0) return
    const connects = connectsTo(from, workload, facts)
    if (connects !== false) yield { from, sure: connects === true }
  }
}

/** The rule that lets a connection in, else the workload that nothing isolates. */
function letInBy(from: Workload, to: Workload, { reachability }: Asked): Anchor {
  const [source, target] = [reachability.indexOf(from), reachability.indexOf(to)]
  if (source !== undefined && target !== undefined) {
    const side = explain(reachability, source, target, protocol(TCP)).sides.find(({ direction }) => direction === 'ingress')
    const say = side?.isolatedBy.length ? side.allows[0] : undefined
    if (say) return { object: say.policy.object, path: say.rule.path, part: 'value' }
  }
  return { object: to.object, path: ['metadata', 'name'], part: 'value' }
}
