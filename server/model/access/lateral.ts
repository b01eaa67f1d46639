import type { Facts } from '../facts.ts'
import type { EntryPoint } from '../network/exposure.ts'
import { explain } from '../network/explain.ts'
import { neighboursOf } from '../network/neighbours.ts'
import { atPort, intersection, NONE, protocol, PROTOCOL_NUMBERS, TCP } from '../network/sets/connections.ts'
import type { Anchor } from '../rule.ts'
import type { Workload } from '../workload.ts'
import type { Edge } from './edges.ts'
import { LEAST, type Path, rank, type Step } from './search.ts'

/** More than this many break-ins in a row nobody calls a path. */
const MOST_HOPS = 2
/** Workloads whose neighbours are looked at, for each that leads somewhere. */
const MOST_LOOKED_AT = 500

type Asked = Pick<Facts, 'reachability' | 'services'>

/** A way over other workloads: from one that the outside reaches, by connections that policies allow. */
export interface Lateral extends Path {
  readonly entry: EntryPoint
  /** Others that the outside reaches and from which the way is as short. */
  readonly also: readonly EntryPoint[]
}

/**
 * The ways from outside over connections between pods to workloads that lead on, one for each of those, the
 * shortest. What a workload offers is what its containers declare, or what a Service sends to it.
 * @param entries one for each workload that the outside reaches
 * @param strong workloads that the outside does not reach, with where they lead
 */
export function lateralPaths(
  entries: readonly EntryPoint[],
  strong: readonly { readonly workload: Workload; readonly path: Path }[],
  facts: Asked,
): Lateral[] {
  const open = new Map(entries.map((entry) => [entry.workload, entry]))
  return strong.flatMap(({ workload, path }): Lateral[] => {
    const ways = waysTo(workload, open, facts)
    const [first, ...others] = ways.filter(({ entry }) => rank(path.end, { kind: 'workload', workload: entry.workload }) >= LEAST)
    if (!first) return []
    const steps = [...first.steps, ...path.steps]
    return [{ entry: first.entry, also: others.map(({ entry }) => entry), steps, end: path.end, sure: first.sure && path.sure }]
  })
}

interface Way {
  readonly entry: EntryPoint
  readonly steps: readonly Step[]
  readonly sure: boolean
}

/** From where the outside comes in to a workload, backwards; those of the fewest hops, certain ones first. */
function waysTo(target: Workload, open: ReadonlyMap<Workload, EntryPoint>, facts: Asked): Way[] {
  const seen = new Set<Workload>([target])
  let front: { readonly workload: Workload; readonly steps: readonly Step[]; readonly sure: boolean }[] = [
    { workload: target, steps: [], sure: true },
  ]
  for (let hop = 0; hop < MOST_HOPS; hop++) {
    const next: typeof front = []
    for (const at of front.slice(0, MOST_LOOKED_AT)) {
      for (const { from, sure } of clientsOf(at.workload, facts)) {
        if (seen.has(from)) continue
        seen.add(from)
        const edge: Edge = {
          to: { kind: 'workload', workload: at.workload },
          how: `connect to \`${at.workload.object.name}\`, and break into it`,
          evidence: [],
          at: letInBy(from, at.workload, facts),
          cost: 1,
          sure,
        }
        next.push({
          workload: from,
          steps: [{ from: { kind: 'workload', workload: from }, edge }, ...at.steps],
          sure: sure && at.sure,
        })
      }
    }
    const ways = next.flatMap(({ workload, steps, sure }): Way[] => {
      const entry = open.get(workload)
      return entry ? [{ entry, steps, sure }] : []
    })
    if (ways.length > 0) return ways.sort((a, b) => Number(b.sure) - Number(a.sure))
    front = next
  }
  return []
}

/** The workloads whose pods may connect to something that a workload offers. */
function clientsOf(workload: Workload, { reachability, services }: Asked): { readonly from: Workload; readonly sure: boolean }[] {
  const index = reachability.indexOf(workload)
  if (index === undefined) return []
  const { endpoints } = reachability.space
  const ports = endpoints[index]?.ports ?? []
  const offered = (set: number): boolean =>
    ports.length > 0
      ? ports.some(({ protocol: name, number }) => atPort(set, PROTOCOL_NUMBERS.get(name) ?? TCP, number) !== NONE)
      : services.of(workload).length > 0 && intersection(set, protocol(TCP)) !== NONE
  return neighboursOf(reachability, index).reachedBy.flatMap(({ index: other, must, may }) => {
    const from = endpoints[other]?.workload
    return from && from !== workload && offered(may) ? [{ from, sure: offered(must) }] : []
  })
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
