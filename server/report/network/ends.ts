import { isAssumed } from '../../model/network/cluster.ts'
import type { Endpoint } from '../../model/network/endpoint.ts'
import type { Neighbour } from '../../model/network/neighbours.ts'
import type { Reachability } from '../../model/network/reachability.ts'
import { type Connections, describeConnections, NONE } from '../../model/network/sets/connections.ts'
import { code } from '../markdown.ts'

/** Ends that have the same connections, each named once: `every pod in `shop``. */
export interface Ends {
  readonly names: readonly string[]
  /** How many workloads of the files are among them. */
  readonly workloads: number
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
    const { must, may } = neighbour
    const key = `${must} ${may}`
    const group = groups.get(key)
    if (group) group.push(neighbour)
    else groups.set(key, [neighbour])
  }
  const pods = new Set(space.endpoints.flatMap((endpoint, i) => (isPlainPod(endpoint) && i !== self ? [i] : [])))
  return [...groups.values()]
    .map((group): Ends => {
      const { must, may } = group[0] as Neighbour
      const inside = new Set(group.map(({ index }) => index))
      return {
        names: namesOf(space.endpoints, inside, pods, home),
        workloads: [...inside].filter((index) => space.endpoints[index]?.workload).length,
        connections: must === NONE ? may : must,
        certain: must !== NONE,
        more: must !== NONE && must !== may,
      }
    })
    .sort((a, b) => Number(b.certain) - Number(a.certain))
}

/** A pod of which `every pod` is said: not what every cluster has beside the files. */
function isPlainPod({ type, hostNetwork, id }: Endpoint): boolean {
  return type === 'fresh' || (type === 'pod' && hostNetwork === false && !isAssumed(id))
}

function namesOf(endpoints: readonly Endpoint[], inside: ReadonlySet<number>, pods: ReadonlySet<number>, home: string): string[] {
  const rest = new Set(inside)
  const names: string[] = []
  if (isPart(pods, inside)) {
    names.push('every pod')
    for (const index of inside) if (pods.has(index) || isAssumed(endpoints[index]?.id ?? '')) rest.delete(index)
  } else {
    for (const fresh of inside) {
      const { type, namespace } = endpoints[fresh] as Endpoint
      const own = new Set([...pods].filter((index) => endpoints[index]?.namespace === namespace))
      if (type !== 'fresh' || own.size < 2 || !isPart(own, inside)) continue
      names.push(`every pod in ${namespace === '' ? 'its namespace' : code(namespace)}`)
      for (const index of own) rest.delete(index)
    }
  }
  return [...names, ...[...rest].map((index) => endName(endpoints[index] as Endpoint, home))]
}

function isPart(part: ReadonlySet<number>, of: ReadonlySet<number>): boolean {
  for (const index of part) if (!of.has(index)) return false
  return part.size > 0
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
