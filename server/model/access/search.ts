import type { Binding } from './bindings.ts'
import { basisOf, type Edge, edgesFrom, type World } from './edges.ts'
import { sameItems } from './keep.ts'
import { type Place, placeKey } from './places.ts'

export interface Step {
  readonly from: Place
  readonly edge: Edge
}

/** How an attacker gets from a place to one that is worth it. */
export interface Path {
  readonly steps: readonly Step[]
  readonly end: Place
  /** False when a step depends on something that is not in the files. */
  readonly sure: boolean
}

/** A path of more actions is one that nobody takes. */
const MOST_ACTIONS = 6
const MOST_PLACES = 20_000
/** More than any path costs: what is certain comes first. */
const UNSURE = 1000

/** Less than another namespace is what an application is for: its own cloud identity, or Secrets by name. */
export const LEAST = 3

/** How bad it is to be at a place when one comes from `start`; 0 for places that are only on the way. */
export function rank(place: Place, start: Place): number {
  const home = start.kind === 'workload' ? start.workload.object.namespace : start.kind === 'subject' ? start.subject.namespace : undefined
  switch (place.kind) {
    case 'cluster':
      return 5
    case 'node':
      return 4
    case 'secrets':
      if (place.namespace === undefined) return place.names === undefined ? 4 : 2
      return place.namespace === home ? 0 : 3
    case 'namespace':
      return place.namespace === home ? 0 : 3
    case 'cloud':
      return 2
    default:
      return 0
  }
}

/** The steps from a place, and what they were made of: the same while that is. */
export interface Known {
  readonly place: Place
  readonly key: string
  readonly basis: readonly unknown[]
  readonly edges: readonly Keyed[]
}

interface Keyed {
  readonly edge: Edge
  /** Of the place that it leads to. */
  readonly key: string
}

/** The steps from a place with its key. */
export type Steps = (place: Place, key: string) => Known

/** @param former the steps of the revision before, by the key of their place; those that are looked at again go into `now` */
export function stepsKept(world: World, former: ReadonlyMap<string, Known>, now: Map<string, Known>): Steps {
  return (place, key) => {
    const found = now.get(key)
    if (found) return found
    const basis = basisOf(place, world)
    const before = former.get(key)
    const known = before && sameItems(before.basis, basis) ? before : { place, key, basis, edges: edgesFrom(place, world).map(keyed) }
    now.set(key, known)
    return known
  }
}

/** The steps without what a binding gives. */
export function stepsWithout(binding: Binding, world: World, steps: Steps): Steps {
  const other = { ...world, without: binding }
  const own = new Map<string, Known>()
  return (place, key) => {
    if (place.kind !== 'subject') return steps(place, key)
    const known = own.get(key) ?? { ...steps(place, key), edges: edgesFrom(place, other).map(keyed) }
    own.set(key, known)
    return known
  }
}

function keyed(edge: Edge): Keyed {
  return { edge, key: placeKey(edge.to) }
}

interface Reached {
  readonly place: Place
  readonly key: string
  readonly cost: number
  readonly step: Step | undefined
  readonly before: Reached | undefined
}

/** A path, and the places that were looked at to find it. */
export interface Searched {
  readonly path: Path | undefined
  readonly seen: readonly Known[]
}

/** Cheapest first, by buckets of cost. */
export function search(start: Place, steps: Steps): Searched {
  const first: Reached = { place: start, key: placeKey(start), cost: 0, step: undefined, before: undefined }
  const buckets = new Map<number, Reached[]>([[0, [first]]])
  const settled = new Set<string>()
  const seen: Known[] = []
  let best: Reached | undefined
  outer: for (const cost of costs()) {
    // Grows while it is read: steps without cost go on in it.
    for (const at of buckets.get(cost) ?? []) {
      if (settled.has(at.key) || settled.size >= MOST_PLACES) continue
      settled.add(at.key)
      if (better(at, best, start)) best = at
      if (at.place.kind === 'cluster') break outer
      const known = steps(at.place, at.key)
      seen.push(known)
      for (const { edge, key } of known.edges) {
        const next = cost + edge.cost + (edge.sure || cost >= UNSURE ? 0 : UNSURE)
        if (next > UNSURE + MOST_ACTIONS || settled.has(key)) continue
        const reached = { place: edge.to, key, cost: next, step: { from: at.place, edge }, before: at }
        const list = buckets.get(next)
        if (list) list.push(reached)
        else buckets.set(next, [reached])
      }
    }
    if (best && cost === MOST_ACTIONS) break
  }
  if (!best) return { path: undefined, seen }
  const taken: Step[] = []
  for (let at: Reached | undefined = best; at?.step; at = at.before) taken.unshift(at.step)
  return { path: { steps: taken, end: best.place, sure: best.cost < UNSURE }, seen }
}

function* costs(): Iterable<number> {
  for (const base of [0, UNSURE]) for (let cost = 0; cost <= MOST_ACTIONS; cost++) yield base + cost
}

function better(at: Reached, best: Reached | undefined, start: Place): boolean {
  const own = rank(at.place, start)
  if (own === 0 || at.step === undefined) return false
  return best === undefined || own > rank(best.place, start)
}
