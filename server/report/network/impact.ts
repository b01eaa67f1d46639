import type { Analysis } from '../../analysis/analyse.ts'
import { DNS_ID } from '../../model/network/dns.ts'
import type { Endpoint } from '../../model/network/endpoint.ts'
import { connects } from '../../model/network/neighbours.ts'
import { DIRECTIONS } from '../../model/network/policy.ts'
import type { Reachability } from '../../model/network/reachability.ts'
import { addressesWhere, type AddressMap, combineMaps } from '../../model/network/sets/addresses.ts'
import { type Connections, difference, NONE, union } from '../../model/network/sets/connections.ts'

/** A pair of ends that may connect in a way in which they may not in the other state. */
export interface ChangedPair {
  readonly from: Endpoint | 'internet'
  readonly to: Endpoint | 'internet'
  readonly connections: Connections
}

export interface Impact {
  readonly environment: string
  readonly opened: readonly ChangedPair[]
  readonly closed: readonly ChangedPair[]
}

/** In larger clusters comparing all pairs takes longer than an editor may. */
const MOST_ENDS = 2000

/** What may connect in the second state and not in the first, and the reverse, in each environment of both. */
export function impactOf(before: Analysis, after: Analysis): readonly Impact[] {
  return after.environments.flatMap(({ name, model }) => {
    const old = before.environments.find((environment) => environment.name === name)
    // What cannot be read while it is written is not gone.
    if (!old || old.model === model || model.incomplete !== old.model.incomplete) return []
    const { opened, closed } = compare(old.model.facts.reachability, model.facts.reachability)
    return opened.length + closed.length === 0 ? [] : [{ environment: name, opened, closed }]
  })
}

type Changes = Pick<Impact, 'opened' | 'closed'>

const NOTHING: Changes = { opened: [], closed: [] }

function compare(before: Reachability, after: Reachability): Changes {
  if (before === after || haveSameRows(before, after)) return NOTHING
  const places = new Map<string, number>()
  const place = ({ id }: Endpoint): number => {
    const known = places.get(id)
    if (known !== undefined) return known
    places.set(id, places.size)
    return places.size - 1
  }
  const [was, is] = [before.space.endpoints.map(place), after.space.endpoints.map(place)]
  const size = places.size
  if (size > MOST_ENDS) return NOTHING
  const opened: ChangedPair[] = []
  const closed: ChangedPair[] = []
  const add = (list: ChangedPair[], network: Reachability, from: number, to: number, connections: Connections): void => {
    const [source, target] = [network.space.endpoints[from], network.space.endpoints[to]]
    if (connections !== NONE && source && target && connects(source) && isShown(source) && isShown(target) && target.id !== source.id)
      list.push({ from: source, to: target, connections })
  }
  const known = new Uint32Array(size * size)
  before.forEachPair((from, to, _, may) => {
    known[(was[from] as number) * size + (was[to] as number)] = may
  })
  after.forEachPair((from, to, _, may) => {
    const at = (is[from] as number) * size + (is[to] as number)
    const old = known[at] as Connections
    known[at] = NONE
    if (old === may) return
    add(opened, after, from, to, difference(may, old))
    add(closed, after, from, to, difference(old, may))
  })
  // What is left may not connect at all any more.
  const backwards = new Map(was.map((at, index) => [at, index]))
  known.forEach((old, at) => {
    if (old !== NONE) add(closed, before, backwards.get(Math.floor(at / size)) ?? -1, backwards.get(at % size) ?? -1, old)
  })
  outside(before, after, opened, closed)
  return { opened, closed }
}

/** New pods stand for what is not there yet, and what nodes may do depends on where pods run. */
function isShown({ type, id, workload }: Endpoint): boolean {
  return workload !== undefined || type === 'name' || type === 'apiserver' || id === DNS_ID
}

function haveSameRows(before: Reachability, after: Reachability): boolean {
  const { endpoints } = after.space
  if (before.space.endpoints.length !== endpoints.length) return false
  return endpoints.every(
    ({ id }, index) =>
      before.space.endpoints[index]?.id === id &&
      DIRECTIONS.every((direction) => before.row(index, direction) === after.row(index, direction)),
  )
}

function outside(before: Reachability, after: Reachability, opened: ChangedPair[], closed: ChangedPair[]): void {
  for (const [index, endpoint] of after.space.endpoints.entries()) {
    const old = endpoint.workload && before.find(endpoint.id)
    if (old === undefined) continue
    for (const direction of DIRECTIONS) {
      const maps = [before.row(old, direction).may.addresses, after.row(index, direction).may.addresses] as const
      if (maps[0] === maps[1]) continue
      const pair = (connections: Connections): ChangedPair =>
        direction === 'ingress' ? { from: 'internet', to: endpoint, connections } : { from: endpoint, to: 'internet', connections }
      const [gained, lost] = [beyond(maps[1], maps[0]), beyond(maps[0], maps[1])]
      if (gained !== NONE) opened.push(pair(gained))
      if (lost !== NONE) closed.push(pair(lost))
    }
  }
}

/** What one map allows with some address and the other does not. */
function beyond(wide: AddressMap, narrow: AddressMap): Connections {
  const more = combineMaps(wide, narrow, difference)
  return addressesWhere(more, (value) => value !== NONE).length === 0 ? NONE : more.values.reduce(union)
}
