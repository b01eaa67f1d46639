import type { Tri } from '../tri.ts'
import { controls, ingressClassOf } from './cluster.ts'
import type { EntryPoint } from './exposure.ts'
import { withInternet } from './neighbours.ts'
import type { Reachability } from './reachability.ts'
import { isFull } from './rows.ts'
import { ALL, type Connections, intersection, NONE, PROTOCOL_NUMBERS, ports, protocol } from './sets/connections.ts'
import type { Space } from './space.ts'

/**
 * Whether policies let in what an entry opens. From an Ingress the controller's pods connect; from a Service's load
 * balancer or node port the client, or a node in its place; who connects from other ways is not in the files.
 */
export function admits(network: Reachability, index: number, entry: EntryPoint): Tri {
  const { must, may } = network.row(index, 'ingress')
  if (isFull(must, network.space.ends)) return true
  const wanted = connectionsOf(entry)
  if (entry.via.kind === 'Service') {
    return intersection(withInternet(must, 'any'), wanted) !== NONE && must === may ? true : 'unknown'
  }
  if (entry.via.kind !== 'Ingress') return 'unknown'
  const allowed = controllersOf(network.space, ingressClassOf(entry.via)).map((other) => network.allowed(other, index))
  if (allowed.some((each) => intersection(each.must, wanted) !== NONE)) return true
  return allowed.length === 0 || allowed.some((each) => intersection(each.may, wanted) !== NONE) ? 'unknown' : false
}

const controllers = new WeakMap<Space, Map<string, readonly number[]>>()

/** The endpoints that serve the Ingresses of a class. There are few classes, and many Ingresses of each. */
function controllersOf(space: Space, className: string): readonly number[] {
  const known = controllers.get(space) ?? new Map<string, readonly number[]>()
  controllers.set(space, known)
  const found =
    known.get(className) ??
    space.endpoints.flatMap(({ id, workload }, index) =>
      id === `ingress/${className}` || (workload && controls(workload, className)) ? [index] : [],
    )
  known.set(className, found)
  return found
}

function connectionsOf({ port, protocol: name }: EntryPoint): Connections {
  const number = PROTOCOL_NUMBERS.get(name)
  if (number === undefined) return ALL
  return port === undefined ? protocol(number) : ports(number, port)
}
