import type { Facts, ObjectsByKind } from '../facts.ts'
import type { EntryPoint } from '../network/exposure.ts'
import type { KubeObject } from '../object.ts'
import type { Anchor } from '../rule.ts'
import { items } from '../value.ts'
import type { Workload } from '../workload.ts'
import type { Binding } from './bindings.ts'
import { type Edge, edgesFrom, type World } from './edges.ts'
import { identityOf, type Subject, subjectKey } from './identity.ts'
import { type Place, placeKey } from './places.ts'
import { type Evidence, type Risk, risksOf } from './risks.ts'
import { POLICY_ENGINES, stepsOf } from './steps.ts'

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

/** A path that begins at a workload which the outside can reach. */
export interface AttackPath extends Path {
  readonly workload: Workload
  /** The way in. */
  readonly entry: EntryPoint
  /** The permission that is best taken away: the first one on the path that the files grant. */
  readonly cut: Cut | undefined
  /** Whether a path as bad remains without the binding of `cut`. */
  readonly remains: boolean
}

export interface Cut extends Anchor {
  readonly evidence: Evidence
}

/** What permissions lead to beyond what they say. */
export interface Escalation {
  risksOf(subject: Subject): readonly Risk[]
  /** The risks that a role gives by its own text, or a binding when its role is none of the files, with who has them. */
  risksThrough(object: KubeObject): readonly { readonly subject: Subject; readonly risk: Risk }[]
  /** The steps that a risk opens to who has it. */
  stepsOf(subject: Subject, risk: Risk): readonly Edge[]
  /** The worst that can be reached from a place: certain before possible, then the shortest way. */
  pathFrom(place: Place): Path | undefined
  /** From every workload that the outside can reach, the path to the worst place. */
  attackPaths(): readonly AttackPath[]
  /** Whether a certain path that is worth telling is best cut at an object: what it says of that object need not be said again. */
  tellsOf(object: KubeObject): boolean
}

/** A path of more actions is one that nobody takes. */
const MOST_ACTIONS = 6
const MOST_PLACES = 20_000
/** More than any path costs: what is certain comes first. */
const UNSURE = 1000

/** Besides those of the facts that it uses. */
export const ESCALATION_KINDS: readonly string[] = ['/Secret', ...POLICY_ENGINES]

export function escalationOf(
  objects: ObjectsByKind,
  facts: Pick<Facts, 'access' | 'tokens' | 'workloads' | 'namespaces' | 'exposure'>,
): Escalation {
  // Nothing that is kept may hold on to `facts` or `objects`: they know every object of this revision.
  const { access, tokens, workloads, namespaces } = facts
  const entries = facts.exposure.all
  const lists = new Map(ESCALATION_KINDS.map((kind) => [kind, objects(kind)]))
  const risks = memo(subjectKey, (subject: Subject) => risksOf(access.grantsOf(identityOf(subject))))
  const world: World = { access, tokens, workloads, namespaces, objects: (kind) => lists.get(kind) ?? [], risksOf: risks }
  const edges = memo(placeKey, (place: Place) => edgesFrom(place, world).map(keyed))
  const fromPlace = memo(placeKey, (place: Place) => search(place, edges))
  let found: readonly AttackPath[] | undefined
  const all = (): readonly AttackPath[] => {
    found ??= attackPaths(entries, fromPlace, world)
    return found
  }
  let told: ReadonlySet<KubeObject | undefined> | undefined
  let through: ReadonlyMap<KubeObject, readonly { readonly subject: Subject; readonly risk: Risk }[]> | undefined
  return {
    risksOf: risks,
    risksThrough: (object) => {
      through ??= byOrigin(access.subjects, risks)
      return through.get(object) ?? []
    },
    stepsOf: (subject, risk) => stepsOf(risk, access.grantsOf(identityOf(subject)), world),
    pathFrom: fromPlace,
    attackPaths: all,
    tellsOf: (object) => {
      told ??= new Set(all().flatMap((path) => (path.sure && isTelling(path) ? path.cut?.object : [])))
      return told.has(object)
    },
  }
}

/** Risks by the object that gives the power that matters most in each, which is named first. */
function byOrigin(subjects: readonly Subject[], risks: (subject: Subject) => readonly Risk[]) {
  const found = new Map<KubeObject, { readonly subject: Subject; readonly risk: Risk }[]>()
  for (const subject of subjects) {
    for (const risk of risks(subject)) {
      const grant = risk.evidence[0]?.grant
      const object = grant?.rule.object ?? grant?.binding?.object
      if (!object) continue
      const list = found.get(object)
      if (list) list.push({ subject, risk })
      else found.set(object, [{ subject, risk }])
    }
  }
  return found
}

function attackPaths(entries: readonly EntryPoint[], fromPlace: (place: Place) => Path | undefined, world: World): AttackPath[] {
  const seen = new Set<Workload>()
  const without = new Map<Binding, Edges>()
  const edgesWithout = (binding: Binding): Edges => {
    const known = without.get(binding) ?? memo(placeKey, (place: Place) => edgesFrom(place, { ...world, without: binding }).map(keyed))
    without.set(binding, known)
    return known
  }
  return entries.flatMap((entry): AttackPath[] => {
    const { workload, from } = entry
    if (from !== 'outside' || seen.has(workload)) return []
    seen.add(workload)
    const start: Place = { kind: 'workload', workload }
    const path = fromPlace(start)
    if (!path) return []
    const cut = cutOf(path)
    const binding = cut?.evidence.grant.binding
    const other = binding && search(start, edgesWithout(binding))
    const remains = other !== undefined && rank(other.end, start) >= rank(path.end, start) && (other.sure || !path.sure)
    return [{ ...path, workload, entry, cut, remains }]
  })
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

/** Less than another namespace is what an application is for: its own cloud identity, or Secrets by name. */
const LEAST = 3

/**
 * Whether a path is more than what its workload is for, by permissions that the files grant. What leads to a node
 * without any permission is a matter of the workload alone.
 */
export function isTelling(path: AttackPath): boolean {
  const start: Place = { kind: 'workload', workload: path.workload }
  return path.cut !== undefined && rank(path.end, start) >= LEAST && path.steps[0]?.edge.to.kind !== 'node'
}

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

interface Keyed {
  readonly edge: Edge
  /** Of the place that it leads to. */
  readonly key: string
}
type Edges = (place: Place) => readonly Keyed[]

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

/** Cheapest first, by buckets of cost. */
function search(start: Place, edges: Edges): Path | undefined {
  const first: Reached = { place: start, key: placeKey(start), cost: 0, step: undefined, before: undefined }
  const buckets = new Map<number, Reached[]>([[0, [first]]])
  const settled = new Set<string>()
  let best: Reached | undefined
  outer: for (const cost of costs()) {
    // Grows while it is read: steps without cost go on in it.
    for (const at of buckets.get(cost) ?? []) {
      if (settled.has(at.key) || settled.size >= MOST_PLACES) continue
      settled.add(at.key)
      if (better(at, best, start)) best = at
      if (at.place.kind === 'cluster') break outer
      for (const { edge, key } of edges(at.place)) {
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
  if (!best) return undefined
  const steps: Step[] = []
  for (let at: Reached | undefined = best; at?.step; at = at.before) steps.unshift(at.step)
  return { steps, end: best.place, sure: best.cost < UNSURE }
}

function* costs(): Iterable<number> {
  for (const base of [0, UNSURE]) for (let cost = 0; cost <= MOST_ACTIONS; cost++) yield base + cost
}

function better(at: Reached, best: Reached | undefined, start: Place): boolean {
  const own = rank(at.place, start)
  if (own === 0 || at.step === undefined) return false
  return best === undefined || own > rank(best.place, start)
}

function memo<K, V>(keyOf: (key: K) => string, compute: (key: K) => V): (key: K) => V {
  const known = new Map<string, { readonly of: V }>()
  return (key) => {
    const id = keyOf(key)
    let value = known.get(id)
    if (!value) {
      value = { of: compute(key) }
      known.set(id, value)
    }
    return value.of
  }
}
