import { isAssumed } from '../../model/network/cluster.ts'
import type { Endpoint } from '../../model/network/endpoint.ts'
import type { Neighbour } from '../../model/network/neighbours.ts'
import type { Space } from '../../model/network/space.ts'
import type { Reachability } from '../../model/network/reachability.ts'
import { type Connections, describeConnections, NONE } from '../../model/network/sets/connections.ts'
import { code } from '../markdown.ts'

/** Ends that have the same connections, each named once: `every pod in `shop``. */
export interface Ends {
  readonly names: readonly string[]
  readonly connections: Connections
  /** Some of it is allowed certainly. */
  readonly certain: boolean
  /** What is not in the files may allow more. */
  readonly more: boolean
}

/** An end as a sentence names it, seen from a namespace. */
export function endName({ type, name, namespace, workload }: Endpoint, home: string): string {
  if (type === 'fresh') return `new pods in ${namespace === '' ? 'its namespace' : code(namespace)}`
  if (workload) return code(namespace === home || namespace === '' ? name : `${namespace}/${name}`)
  if (type === 'host') return `host ${code(name)}`
  if (type === 'name') return code(name)
  return name
}

/**
 * Neighbours by what they may do, certain ones first. Pods of which none is left out are one name.
 * @param self whose neighbours they are, -1 for nobody's
 * @param home the namespace that needs no name
 */
export function groupEnds(
  { space }: Reachability,
  neighbours: readonly Neighbour[],
  self: number,
  home = space.endpoints[self]?.namespace ?? '',
): readonly Ends[] {
  const groups = new Map<string, Neighbour[]>()
  for (const neighbour of neighbours) {
    const key = `${neighbour.must} ${neighbour.may}`
    const group = groups.get(key)
    if (group) group.push(neighbour)
    else groups.set(key, [neighbour])
  }
  const pods = podsOf(space)
  return [...groups.values()]
    .map((group): Ends => {
      const { must, may } = group[0] as Neighbour
      return {
        names: namesOf(space, group, pods, self, home),
        connections: must === NONE ? may : must,
        certain: must !== NONE,
        more: must !== NONE && must !== may,
      }
    })
    .sort((a, b) => Number(b.certain) - Number(a.certain))
}

/** How many workloads are among neighbours, and whether every pod is, on the same ports. */
export interface Counted {
  readonly certain: number
  readonly possible: number
  /** `possible` when it is not certain of each. */
  readonly everyPod: 'certain' | 'possible' | undefined
}

export function countEnds({ space }: Reachability, neighbours: readonly Neighbour[], self: number): Counted {
  const before = counts.get(neighbours)
  if (before) return before
  const counted = countOf(space, neighbours, self)
  counts.set(neighbours, counted)
  return counted
}

/** Lists of neighbours are kept while nothing changes, and so is what is said of them. */
const counts = new WeakMap<readonly Neighbour[], Counted>()

function countOf(space: Space, neighbours: readonly Neighbour[], self: number): Counted {
  const { plain, all } = podsOf(space)
  let [certain, possible, pods] = [0, 0, 0]
  const ways = new Set<string>()
  for (const { index, must, may } of neighbours) {
    if (plain.has(index)) {
      pods++
      ways.add(`${must} ${may}`)
    }
    if (!space.endpoints[index]?.workload) continue
    if (must === NONE) possible++
    else certain++
  }
  const total = all - (plain.has(self) ? 1 : 0)
  const everyPod = total === 0 || pods < total || ways.size > 1 ? undefined : [...ways][0]?.startsWith(`${NONE} `) ? 'possible' : 'certain'
  return { certain, possible, everyPod }
}

/** Pods of which `every pod` is said, in all and by namespace: those of the files and new ones. */
interface Pods {
  readonly plain: ReadonlyMap<number, string>
  readonly all: number
  readonly byNamespace: ReadonlyMap<string, number>
}

const known = new WeakMap<Space, Pods>()

function podsOf(space: Space): Pods {
  const before = known.get(space)
  if (before) return before
  const plain = new Map<number, string>()
  const byNamespace = new Map<string, number>()
  space.endpoints.forEach(({ type, hostNetwork, id, namespace }, index) => {
    if (type !== 'fresh' && (type !== 'pod' || hostNetwork !== false || isAssumed(id))) return
    plain.set(index, namespace)
    byNamespace.set(namespace, (byNamespace.get(namespace) ?? 0) + 1)
  })
  const pods = { plain, all: plain.size, byNamespace }
  known.set(space, pods)
  return pods
}

function namesOf({ endpoints }: Space, group: readonly Neighbour[], pods: Pods, self: number, home: string): string[] {
  const own = pods.plain.get(self)
  const found = new Map<string, number>()
  let all = 0
  for (const { index } of group) {
    const namespace = pods.plain.get(index)
    if (namespace === undefined) continue
    found.set(namespace, (found.get(namespace) ?? 0) + 1)
    all++
  }
  const everything = all > 0 && all === pods.all - (own === undefined ? 0 : 1)
  const whole = new Set(
    [...found].flatMap(([namespace, count]) => {
      const total = (pods.byNamespace.get(namespace) ?? 0) - (own === namespace ? 1 : 0)
      return total > 1 && count === total ? [namespace] : []
    }),
  )
  const rest = group.filter(({ index }) => {
    const namespace = pods.plain.get(index)
    if (namespace === undefined) return !everything || endpoints[index]?.type !== 'pod'
    return !everything && !whole.has(namespace)
  })
  const named = (index: number): Endpoint => endpoints[index] as Endpoint
  const fresh = rest.filter(({ index }) => named(index).type === 'fresh')
  return [
    ...(everything ? ['every pod'] : inNamespaces('every pod', [...whole])),
    ...rest.filter(({ index }) => named(index).type !== 'fresh').map(({ index }) => endName(named(index), home)),
    ...inNamespaces(
      'new pods',
      fresh.map(({ index }) => named(index).namespace),
    ),
  ]
}

function inNamespaces(what: string, namespaces: readonly string[]): string[] {
  return namespaces.length === 0 ? [] : [`${what} in ${listed(namespaces.map((name) => (name === '' ? 'its namespace' : code(name))))}`]
}

/** Names that one sentence can hold; the others are counted. */
const NAMES = 5

export function listed(names: readonly string[], most = NAMES): string {
  const shown = names.length > most + 1 ? names.slice(0, most) : names
  const rest = names.length - shown.length
  const parts = rest > 0 ? [...shown, `${rest} others`] : shown
  return parts.length > 1 ? `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}` : (parts[0] ?? '')
}

/** ``possibly `cart` and `web` on TCP 80`` */
export function sayEnds({ names, connections, certain, more }: Ends): string {
  return `${certain ? '' : 'possibly '}${listed(names)} on ${describeConnections(connections)}${more ? ', possibly more' : ''}`
}
