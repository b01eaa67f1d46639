import type { Rule } from '../../../../server/model/network/policy.ts'
import { type KubeObject, makeObject } from '../../../../server/model/object.ts'
import { isEmpty, or } from '../../../../server/model/network/sets/bits.ts'
import { isWithin, NONE } from '../../../../server/model/network/sets/connections.ts'
import { allPolicies } from '../../../../server/model/network/layers.ts'
import { get, isMap, items, type Value } from '../../../../server/model/value.ts'
import { intersects, isContained, isEquivalent, pairs } from './compare.ts'
import { type LayerName, layerOf, type Network, networkOf, ofLayer, only, policiesOf, withoutGateways } from './config.ts'
import { explicitly } from './explicit.ts'

const LAYERS: readonly LayerName[] = ['network', 'istio']

/** A configuration, or one policy of it, as a query names it. */
export interface Asked {
  readonly name: string
  readonly objects: readonly KubeObject[]
}

const networks = new WeakMap<readonly KubeObject[], Network>()

export function network(objects: readonly KubeObject[]): Network {
  let known = networks.get(objects)
  if (!known) {
    known = networkOf(objects)
    networks.set(objects, known)
  }
  return known
}

export function ask(objects: readonly KubeObject[], name: string, policy: string | undefined): Asked {
  return { name, objects: only(objects, policy) }
}

type Query = (asked: readonly Asked[]) => number

const each =
  (count: (asked: Asked) => number): Query =>
  (asked) =>
    asked.map(count).reduce((sum, next) => sum + next, 0)

/** Every later one against the first. */
const toFirst =
  (count: (first: Asked, other: Asked) => number): Query =>
  ([first, ...others]) =>
    first ? others.map((other) => count(first, other)).reduce((sum, next) => sum + next, 0) : 0

const pairwise =
  (count: (a: Asked, b: Asked) => number): Query =>
  (asked) =>
    asked.flatMap((a, i) => asked.slice(i + 1).map((b) => count(a, b))).reduce((sum, next) => sum + next, 0)

const of = ({ objects }: Asked): Network => network(objects)

/** Semantics: the table of queries and results in the tool's documentation of scheme files. */
export const QUERIES: Readonly<Record<string, Query>> = {
  connectivityMap: () => 0,
  equivalence: toFirst((a, b) => Number(!isEquivalent(of(a), of(b)))),
  strongEquivalence: toFirst((a, b) => Number(!isStronglyEquivalent(a, b))),
  semanticDiff: toFirst((a, b) => differences(a, b).length),
  containment: toFirst((first, other) => Number(isContained(of(other), of(first)))),
  twoWayContainment: toFirst((a, b) => {
    const [inside, around] = [isContained(of(a), of(b)), isContained(of(b), of(a))]
    return inside && around ? 3 : inside ? 2 : around ? 1 : 0
  }),
  permits: toFirst((first, other) => Number(!isContained(explicitly(network(withoutGateways(other.objects))), of(first)))),
  forbids: toFirst((first, other) => Number(intersects(explicitly(network(withoutGateways(other.objects))), of(first)))),
  interferes: toFirst((first, other) => interferes(other, first)),
  pairwiseInterferes: pairwise((a, b) => Math.max(interferes(a, b), interferes(b, a))),
  vacuity: each((asked) => Number(isVacuous(asked))),
  emptiness: each(({ objects }) => emptyParts(objects).length),
  redundancy: each(({ objects }) => redundancies(objects).length),
  sanity: each(({ objects }) => sanity(objects)),
  disjointness: each(({ objects }) => overlaps(objects)),
  allCaptured: each(({ objects }) => uncaptured(objects)),
}

function interferes(a: Asked, b: Asked): number {
  return Number(!isContained(explicitly(of(a)), explicitly(of(b))))
}

function isVacuous({ objects }: Asked): boolean {
  const policies = policiesOf(objects)
  const rest = withoutGateways(objects)
  return isEquivalent(network(rest), network(rest.filter((object) => !policies.includes(object))))
}

function isStronglyEquivalent(a: Asked, b: Asked): boolean {
  const names = ({ objects }: Asked): string[] => policiesOf(objects).map(({ id }) => id)
  const [mine, yours] = [names(a), names(b)]
  if (mine.length !== yours.length || mine.some((id) => !yours.includes(id))) return false
  return mine.every((id) => {
    const single = ({ objects }: Asked): readonly KubeObject[] =>
      objects.filter((object) => layerOf(object) === undefined || object.id === id)
    return isEquivalent(network(single(a)), network(single(b)))
  })
}

/** The categories in which connections changed, in the order of the tool's report. */
export function differences(a: Asked, b: Asked): { readonly category: string; readonly pairs: ReturnType<typeof changes> }[] {
  const [first, second] = [of(a), of(b)]
  const result: { category: string; pairs: ReturnType<typeof changes> }[] = []
  for (const [category, found] of changesByCategory(first, second)) if (found.length > 0) result.push({ category, pairs: found })
  return result
}

function changes(first: Network, second: Network, added: boolean, outside: boolean) {
  const captured = new Set([...captives(first), ...captives(second)])
  return [...pairs(first, second)].filter(({ from, to, first: before, second: after }) => {
    if ((from === 'outside' || to === 'outside') !== outside) return false
    if (!captured.has(from) && !captured.has(to)) return false
    return added ? !isWithin(after, before) : !isWithin(before, after)
  })
}

function captives({ known, pods }: Network): string[] {
  return pods
    .filter(({ index }) =>
      known.reachability.layers.some((layer) => layer.says(index, 'ingress').length + layer.says(index, 'egress').length > 0),
    )
    .map(({ id }) => id)
}

function changesByCategory(first: Network, second: Network): Map<string, ReturnType<typeof changes>> {
  const result = new Map<string, ReturnType<typeof changes>>()
  const lost = partly(first, second)
  const gained = partly(second, first)
  result.set('Lost connections between removed peers', lost.among)
  result.set('Lost connections between removed peers and ipBlocks', lost.outside)
  result.set('Lost connections between removed peers and persistent peers', lost.across)
  result.set('Added connections between persistent peers', changes(first, second, true, false))
  result.set('Removed connections between persistent peers', changes(first, second, false, false))
  result.set('Added connections between persistent peers and ipBlocks', changes(first, second, true, true))
  result.set('Removed connections between persistent peers and ipBlocks', changes(first, second, false, true))
  result.set('New connections between persistent peers and added peers', gained.across)
  result.set('New connections between added peers', gained.among)
  result.set('New connections between added peers and ipBlocks', gained.outside)
  return result
}

/** The connections of pods that the other network does not have. */
function partly(a: Network, b: Network) {
  const there = new Set(b.pods.map(({ id }) => id))
  const empty = (): ReturnType<typeof changes> => []
  const result = { among: empty(), across: empty(), outside: empty() }
  a.pods.forEach((from, i) => {
    const alone = !there.has(from.id)
    a.pods.forEach((to, j) => {
      const other = !there.has(to.id)
      const connections = i === j || (!alone && !other) ? NONE : a.between(i, j)
      if (connections !== NONE)
        (alone && other ? result.among : result.across).push({ from: from.id, to: to.id, first: connections, second: NONE })
    })
    if (!alone) return
    for (const direction of ['ingress', 'egress'] as const) {
      for (const connections of new Set(a.outside(i, direction).values)) {
        if (connections === NONE) continue
        result.outside.push(
          direction === 'egress'
            ? { from: from.id, to: 'outside', first: connections, second: NONE }
            : { from: 'outside', to: from.id, first: connections, second: NONE },
        )
      }
    }
  })
  return result
}

/** Policies that select nothing, and rules that match nothing. */
export function emptyParts(objects: readonly KubeObject[]): string[] {
  const { known } = network(objects)
  const { space, policies } = known.reachability
  return allPolicies(policies).flatMap((policy) => {
    if (layerOf(policy.object) === undefined) return []
    const selected = space.match(policy.selects).must
    const none = isEmpty(selected)
    const isVoid = (rule: Rule): boolean => {
      const peer = space.match(rule.peer)
      const own = rule.subject ? space.match(rule.subject).must.map((word, i) => word & (selected[i] as number)) : selected
      return (isEmpty(or(peer.must, space.none)) && peer.mustAddresses.length === 0) || isEmpty(own) || rule.ports.base === NONE
    }
    const rules = (['ingress', 'egress'] as const).flatMap((direction) =>
      policy.applies[direction] === false
        ? []
        : policy[direction].flatMap((rule, i) => (isVoid(rule) ? [`${policy.object.id} ${direction} ${i}`] : [])),
    )
    return none ? [policy.object.id, ...rules] : rules
  })
}

/** Policies without which nothing would change, and rules of the others. */
export function redundancies(objects: readonly KubeObject[]): string[] {
  return LAYERS.flatMap((layer) => {
    const own = ofLayer(withoutGateways(objects), layer)
    const policies = policiesOf(own, layer)
    const redundant =
      policies.length > 1 ? policies.filter((policy) => isEquivalent(network(own), network(own.filter((object) => object !== policy)))) : []
    const rules = policies.filter((policy) => !redundant.includes(policy)).flatMap((policy) => redundantRules(own, policy))
    return [...redundant.map(({ id }) => id), ...rules]
  })
}

function redundantRules(objects: readonly KubeObject[], policy: KubeObject): string[] {
  return ruleLists(policy).flatMap(({ path, rules }) =>
    rules.flatMap((rule, i) => {
      const same = rules.some((other, j) => j !== i && JSON.stringify(other) === JSON.stringify(rule))
      const changed = withRules(
        policy,
        path,
        rules.filter((_, j) => j !== i),
      )
      const rest = objects.map((object) => (object === policy ? changed : object))
      return same || isEquivalent(network(objects), network(rest)) ? [`${policy.id} ${path === 'rules' ? 'ingress' : path} ${i}`] : []
    }),
  )
}

function ruleLists(policy: KubeObject): { readonly path: string; readonly rules: readonly Value[] }[] {
  const keys = policy.kind === 'AuthorizationPolicy' ? ['rules'] : policy.kind === 'Sidecar' ? [] : ['ingress', 'egress']
  return keys.map((path) => ({ path, rules: items(policy.body, 'spec', path) })).filter(({ path }) => affects(policy, path))
}

function affects(policy: KubeObject, path: string): boolean {
  const types = typesOf(policy)
  return path === 'rules' || types.includes(path === 'ingress' ? 'Ingress' : 'Egress')
}

/** The directions of a policy, also where they follow from its rules. */
function typesOf({ group, body }: KubeObject): readonly Value[] {
  const kubernetes = group === 'networking.k8s.io'
  const written = items(body, 'spec', kubernetes ? 'policyTypes' : 'types')
  if (written.length > 0) return written
  const [ingress, egress] = [items(body, 'spec', 'ingress').length > 0, items(body, 'spec', 'egress').length > 0]
  if (kubernetes) return egress ? ['Ingress', 'Egress'] : ['Ingress']
  return egress ? (ingress ? ['Ingress', 'Egress'] : ['Egress']) : ['Ingress']
}

/** The same policy with other rules and the same directions. */
function withRules(policy: KubeObject, path: string, rules: readonly Value[]): KubeObject {
  const spec = get(policy.body, 'spec')
  const types = path === 'rules' ? {} : { [policy.group === 'networking.k8s.io' ? 'policyTypes' : 'types']: typesOf(policy) }
  const body: Value = { ...policy.body, spec: { ...(isMap(spec) ? spec : {}), ...types, [path]: rules } }
  return makeObject(body, policy.unit, policy.file) ?? policy
}

/** Vacuity, emptiness and redundancy in one; policies with one order that contradict each other end it. */
function sanity(objects: readonly KubeObject[]): number {
  if (contradict(objects)) return 1
  const vacuous = isVacuous({ name: '', objects })
  const empty = emptyParts(objects)
  if (vacuous) return 1 + empty.filter((entry) => entry === policyOf(entry) || !empty.includes(policyOf(entry))).length
  const known = new Set(empty)
  const counted = empty.filter((entry) => !known.has(policyOf(entry)) || entry === policyOf(entry))
  const redundant = redundancies(objects).filter((entry) => !known.has(entry) && !known.has(policyOf(entry)))
  return counted.length + redundant.length
}

/** The policy of an entry, which is itself or one of its rules. */
function policyOf(entry: string): string {
  return entry.replace(/ (ingress|egress) \d+$/, '')
}

function contradict(_objects: readonly KubeObject[]): boolean {
  return false
}

/** Pairs of policies of one layer that select a pod together. */
function overlaps(objects: readonly KubeObject[]): number {
  const { known } = network(objects)
  const { space, policies } = known.reachability
  let total = 0
  for (const layer of LAYERS) {
    const sets = allPolicies(policies)
      .filter(({ object }) => layerOf(object) === layer)
      .map((policy) => space.match(policy.selects).must)
    sets.forEach((a, i) => {
      for (const b of sets.slice(i + 1)) if (a.some((word, at) => (word & (b[at] as number)) !== 0)) total++
    })
  }
  return total
}

/** Controllers whose pods no policy concerns, for each layer that has policies and each direction that it knows. */
function uncaptured(objects: readonly KubeObject[]): number {
  let total = 0
  for (const layer of LAYERS) {
    const own = ofLayer(withoutGateways(objects), layer)
    if (policiesOf(own, layer).length === 0) continue
    const { known, pods } = network(own)
    for (const direction of layer === 'istio' ? (['ingress'] as const) : (['ingress', 'egress'] as const)) {
      const open = pods.filter(({ index }) => known.reachability.layers.every((rows) => rows.says(index, direction).length === 0))
      total += new Set(open.map(({ endpoint, owner }) => `${endpoint.namespace}/${owner}`)).size
    }
  }
  return total
}
