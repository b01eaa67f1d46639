import type { Facts, ObjectsByKind } from '../facts.ts'
import type { EntryPoint } from '../network/exposure.ts'
import { admits } from '../network/ways-in.ts'
import type { KubeObject } from '../object.ts'
import type { Anchor } from '../rule.ts'
import { items } from '../value.ts'
import type { Workload } from '../workload.ts'
import type { Grant } from './access.ts'
import type { Binding } from './bindings.ts'
import type { Edge, World } from './edges.ts'
import { identityOf, type Subject } from './identity.ts'
import { keep, keepLists } from './keep.ts'
import { lateralPaths } from './lateral.ts'
import { type Place, placeKey } from './places.ts'
import { type Reach, reachOf } from './reach.ts'
import { type Evidence, type Risk, risksOf } from './risks.ts'
import { type Known, LEAST, type Path, rank, type Steps, search, stepsKept, stepsWithout } from './search.ts'
import { POLICY_ENGINES, stepsOf } from './steps.ts'

export { rank, type Path, type Step } from './search.ts'

/** A path that begins at a workload which the outside can reach. */
export interface AttackPath extends Path {
  readonly workload: Workload
  /** The way in. */
  readonly entry: EntryPoint
  /** The permission that is best taken away: the first one on the path that the files grant. */
  readonly cut: Cut | undefined
  /** Whether a path as bad remains without the binding of `cut`. */
  readonly remains: boolean
  /** Others that the outside reaches, and that lead there as well. */
  readonly also: readonly EntryPoint[]
}

export interface Cut extends Anchor {
  readonly evidence: Evidence
}

/** What permissions lead to beyond what they say. */
export interface Escalation {
  risksOf(subject: Subject): readonly Risk[]
  /** The risks that a role gives by its own text, or a binding when its role is none of the files, with who has them. */
  risksThrough(object: KubeObject): readonly Held[]
  /** The steps that a risk opens to who has it. */
  stepsOf(subject: Subject, risk: Risk): readonly Edge[]
  /** The worst that can be reached from a place: certain before possible, then the shortest way. */
  pathFrom(place: Place): Path | undefined
  /** From every workload that the outside can reach, the path to the worst place. */
  attackPaths(): readonly AttackPath[]
  /** The ways from outside over connections between pods to workloads that lead on, and that the outside does not reach. */
  lateralPaths(): { readonly paths: readonly AttackPath[]; readonly complete: boolean }
  /** From where policies let connections to a workload come. */
  reachOf(workload: Workload): Reach
  /** Whether a certain path that is worth telling is best cut at an object: what it says of that object need not be said again. */
  tellsOf(object: KubeObject): boolean
}

/** Besides those of the facts that it uses. */
export const ESCALATION_KINDS: readonly string[] = ['/Secret', ...POLICY_ENGINES]

/** A risk, and somebody who has it. */
interface Held {
  readonly subject: Subject
  readonly risk: Risk
}

/** What answers are made of, for those of the next revision. */
interface Made {
  readonly access: Facts['access']
  through: ReadonlyMap<KubeObject, readonly Held[]> | undefined
  paths: readonly AttackPath[] | undefined
  steps: ReadonlyMap<string, Known>
  traced: ReadonlyMap<Workload, Traced>
}

/** The path from a workload, and the places that were looked at to find it. */
interface Traced extends Open {
  readonly path: AttackPath | undefined
  readonly seen: readonly Known[]
}

const made = new WeakMap<Escalation, Made>()
const NOTHING: readonly Held[] = []

/** @param previous the answer of the revision before: answers that say the same are then the same lists */
export function escalationOf(
  objects: ObjectsByKind,
  facts: Pick<Facts, 'access' | 'tokens' | 'workloads' | 'namespaces' | 'exposure' | 'services' | 'reachability'>,
  previous?: Escalation,
): Escalation {
  // Nothing that is kept may hold on to `facts` or `objects`: they know every object of this revision.
  const { access, tokens, workloads, namespaces, services, reachability } = facts
  const entries = facts.exposure.all
  const lists = new Map(ESCALATION_KINDS.map((kind) => [kind, objects(kind)]))
  const risks = (subject: Subject): readonly Risk[] => risksByGrants(access.grantsOf(identityOf(subject)))
  const world: World = { access, tokens, workloads, namespaces, objects: (kind) => lists.get(kind) ?? [], risksOf: risks }
  const before = previous && made.get(previous)
  const known = new Map<string, Known>()
  const steps = stepsKept(world, before?.steps ?? new Map(), known)
  const state: Made = {
    ...{ access, through: before?.through, paths: before?.paths },
    ...{ steps: before?.steps ?? known, traced: before?.traced ?? new Map() },
  }
  let found: readonly AttackPath[] | undefined
  const all = (): readonly AttackPath[] => {
    if (found) return found
    const traced = trace(waysIn(entries, reachability), steps, world, state.traced)
    found = keep(
      [...traced.values()].flatMap(({ path }) => path ?? []),
      state.paths,
    )
    // Those that were not looked at again are let go.
    Object.assign(state, { traced, steps: known, paths: found })
    return found
  }
  const opened = lazy(() => new Map(waysIn(entries, reachability).map(({ entry }) => [entry.workload, entry])))
  let told: ReadonlySet<KubeObject | undefined> | undefined
  let counted = before?.access === access && before.through !== undefined
  const through = (): ReadonlyMap<KubeObject, readonly Held[]> => {
    if (counted && state.through) return state.through
    state.through = keepLists(byOrigin(access.subjects, risks), state.through)
    counted = true
    return state.through
  }
  const escalation: Escalation = {
    risksOf: risks,
    risksThrough: (object) => through().get(object) ?? NOTHING,
    stepsOf: (subject, risk) => unlessSame(stepsOf(risk, access.grantsOf(identityOf(subject)), world), risk),
    pathFrom: (place) => search(place, steps).path,
    attackPaths: all,
    lateralPaths: lazy(() => {
      const open = waysIn(entries, reachability)
      const outside = new Set(open.map(({ entry }) => entry.workload))
      const strong = workloads.flatMap((workload) => {
        const path = outside.has(workload) ? undefined : search({ kind: 'workload', workload }, steps).path
        return path && path.steps[0]?.edge.to.kind !== 'node' && cutOf(path) ? [{ workload, path }] : []
      })
      const without = new Map<Binding, Steps>()
      const { paths, complete } = lateralPaths(
        open.map(({ entry }) => entry),
        strong,
        { reachability, services },
      )
      const all = paths.map(({ entry, also, ...path }): AttackPath => {
        const { workload } = entry
        const { cut, remains } = cutting(path, { kind: 'workload', workload }, steps, world, without)
        return { ...path, workload, entry, also, cut, remains }
      })
      return { paths: all, complete }
    }),
    reachOf: (workload) => reachOf(workload, opened(), reachability),
    tellsOf: (object) => {
      told ??= new Set(all().flatMap((path) => (path.sure && isTelling(path) ? path.cut?.object : [])))
      return told.has(object)
    },
  }
  made.set(escalation, state)
  return escalation
}

const ofGrants = new WeakMap<readonly Grant[], readonly Risk[]>()

/** The same while the grants are. */
function risksByGrants(grants: readonly Grant[]): readonly Risk[] {
  const before = ofGrants.get(grants)
  if (before) return before
  const risks = risksOf(grants)
  ofGrants.set(grants, risks)
  return risks
}

const heldBy = new WeakMap<readonly Risk[], readonly Held[]>()

function heldOf(subject: Subject, risks: readonly Risk[]): readonly Held[] {
  const before = heldBy.get(risks)
  if (before?.[0]?.subject === subject) return before
  const held = risks.map((risk) => ({ subject, risk }))
  heldBy.set(risks, held)
  return held
}

/** Risks by the object that gives the power that matters most in each, which is named first. */
function byOrigin(subjects: readonly Subject[], risks: (subject: Subject) => readonly Risk[]): ReadonlyMap<KubeObject, readonly Held[]> {
  const found = new Map<KubeObject, Held[]>()
  for (const subject of subjects) {
    for (const held of heldOf(subject, risks(subject))) {
      const grant = held.risk.evidence[0]?.grant
      const object = grant?.rule.object ?? grant?.binding?.object
      if (!object) continue
      const list = found.get(object)
      if (list) list.push(held)
      else found.set(object, [held])
    }
  }
  return found
}

const stepsKnown = new WeakMap<Risk, readonly Edge[]>()

function unlessSame(edges: readonly Edge[], risk: Risk): readonly Edge[] {
  const before = stepsKnown.get(risk)
  if (before?.length === edges.length && before.every((edge, i) => isSameEdge(edge, edges[i]))) return before
  stepsKnown.set(risk, edges)
  return edges
}

function isSameEdge(a: Edge, b: Edge | undefined): boolean {
  return (
    b !== undefined &&
    a.how === b.how &&
    a.cost === b.cost &&
    a.sure === b.sure &&
    isSamePlace(a.to, b.to) &&
    a.at?.object === b.at?.object &&
    a.at?.path.join('/') === b.at?.path.join('/') &&
    a.evidence.length === b.evidence.length &&
    a.evidence.every((each, i) => isSameEvidence(each, b.evidence[i]))
  )
}

function isSameEvidence(a: Evidence, b: Evidence | undefined): boolean {
  return a === b || (a.grant === b?.grant && a.power === b.power && a.through === b.through)
}

/** The object of the place included: one with the same name may be another one. */
function isSamePlace(a: Place, b: Place): boolean {
  if (a === b) return true
  if (a.kind === 'workload') return b.kind === 'workload' && a.workload === b.workload
  if (a.kind === 'role') return b.kind === 'role' && a.role === b.role && a.namespace === b.namespace
  return placeKey(a) === placeKey(b)
}

/** A way in from outside, and whether policies certainly let it in. */
interface Open {
  readonly entry: EntryPoint
  readonly sure: boolean
}

const waysKnown = new WeakMap<readonly EntryPoint[], { readonly reachability: Facts['reachability']; readonly ways: readonly Open[] }>()

/** One way in to each workload that the outside can reach, the one that is certain before others. */
function waysIn(entries: readonly EntryPoint[], reachability: Facts['reachability']): readonly Open[] {
  const before = waysKnown.get(entries)
  if (before?.reachability === reachability) return before.ways
  const ways = findWaysIn(entries, reachability)
  waysKnown.set(entries, { reachability, ways })
  return ways
}

function findWaysIn(entries: readonly EntryPoint[], reachability: Facts['reachability']): readonly Open[] {
  const found = new Map<Workload, Open>()
  for (const entry of entries) {
    if (entry.from !== 'outside' || found.get(entry.workload)?.sure) continue
    const index = reachability.indexOf(entry.workload)
    const admitted = index === undefined ? true : admits(reachability, index, entry)
    if (admitted === true || (admitted === 'unknown' && !found.has(entry.workload))) {
      found.set(entry.workload, { entry, sure: admitted === true })
    }
  }
  return [...found.values()]
}

/** From every workload that the outside can reach; from those around which nothing changed as before. */
function trace(ways: readonly Open[], steps: Steps, world: World, former: ReadonlyMap<Workload, Traced>): ReadonlyMap<Workload, Traced> {
  const without = new Map<Binding, Steps>()
  return new Map(
    ways.map((way) => {
      const { workload } = way.entry
      const before = former.get(workload)
      const same =
        before?.sure === way.sure &&
        isSameEntry(before.entry, way.entry) &&
        before.seen.every((seen) => steps(seen.place, seen.key) === seen)
      return [workload, same ? before : traceFrom(way, steps, world, without)]
    }),
  )
}

function traceFrom({ entry, sure }: Open, steps: Steps, world: World, without: Map<Binding, Steps>): Traced {
  const { workload } = entry
  const start: Place = { kind: 'workload', workload }
  const { path, seen } = search(start, steps)
  if (!path) return { entry, sure, path, seen }
  const { looked, ...end } = cutting(path, start, steps, world, without)
  const all = { ...path, sure: path.sure && sure, workload, entry, also: [], ...end }
  return { entry, sure, path: all, seen: [...new Set([...seen, ...looked])] }
}

/** Where a path is best cut, and whether that is enough. */
function cutting(
  path: Path,
  start: Place,
  steps: Steps,
  world: World,
  without: Map<Binding, Steps>,
): Pick<AttackPath, 'cut' | 'remains'> & { readonly looked: readonly Known[] } {
  const cut = cutOf(path)
  const binding = cut?.evidence.grant.binding
  if (!binding) return { cut, remains: false, looked: [] }
  const others = without.get(binding) ?? stepsWithout(binding, world, steps)
  without.set(binding, others)
  // Connections between pods lead to where the search goes on.
  const over = path.steps.findLast(({ edge }) => edge.to.kind === 'workload')?.edge.to ?? start
  const other = search(over, others)
  const end = other.path
  const remains = end !== undefined && rank(end.end, start) >= rank(path.end, start) && (end.sure || !path.sure)
  // What was looked at without the binding is made of what stands there with it.
  return { cut, remains, looked: other.seen.map(({ place, key }) => steps(place, key)) }
}

function isSameEntry(a: EntryPoint, b: EntryPoint): boolean {
  return a === b || (a.via === b.via && a.port === b.port && a.protocol === b.protocol && a.path.join('/') === b.path.join('/'))
}

/** The first permission on a path that is written in the files: a verb of a rule, else the role of a binding. */
export function cutOf(path: Path): Cut | undefined {
  for (const { edge } of path.steps) {
    for (const evidence of edge.evidence) {
      const anchor = anchorOf(evidence)
      if (anchor) return { ...anchor, evidence }
    }
  }
  return undefined
}

/** Where a permission is written; undefined when Kubernetes brings it. */
export function anchorOf({ grant: { rule, binding }, power }: Evidence): Anchor | undefined {
  if (rule.object) {
    const written = items(rule.object.body, ...rule.path, 'verbs')
    // Constrained impersonation puts its mode before the verb.
    const at = written.findIndex(
      (verb) => typeof verb === 'string' && (verb === '*' || power.verbs.includes(verb.slice(verb.lastIndexOf(':') + 1))),
    )
    const path = at < 0 ? [...rule.path, 'verbs'] : [...rule.path, 'verbs', at]
    return { object: rule.object, path, part: 'value' }
  }
  return binding && { object: binding.object, path: ['roleRef', 'name'], part: 'value' }
}

/**
 * Whether a path is more than what its workload is for, by permissions that the files grant. What leads to a node
 * without any permission is a matter of the workload alone.
 */
export function isTelling(path: AttackPath): boolean {
  const start: Place = { kind: 'workload', workload: path.workload }
  return path.cut !== undefined && rank(path.end, start) >= LEAST && path.steps[0]?.edge.to.kind !== 'node'
}

function lazy<T>(compute: () => T): () => T {
  let value: { readonly of: T } | undefined
  return () => {
    value ??= { of: compute() }
    return value.of
  }
}
