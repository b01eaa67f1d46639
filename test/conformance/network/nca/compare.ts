import { type AddressMap, addressMap, combineMaps, EVERY_V4 } from '../../../../server/model/network/sets/addresses.ts'
import { ALL, type Connections, difference, intersection, NONE } from '../../../../server/model/network/sets/connections.ts'
import type { Network } from './config.ts'

const V4 = addressMap(EVERY_V4, ALL)

/** Every pair of ends of two networks with the same topology, with what each allows. */
export function* pairs(
  a: Network,
  b: Network,
): Iterable<{ readonly from: string; readonly to: string; readonly first: Connections; readonly second: Connections }> {
  const family = (map: AddressMap): AddressMap => (a.v6 || b.v6 ? map : combineMaps(map, V4, intersection))
  const other = new Map(b.pods.map(({ id }, place) => [id, place]))
  const places = a.pods.flatMap(({ id }, place) => {
    const there = other.get(id)
    return there === undefined ? [] : [{ id, here: place, there }]
  })
  for (const from of places) {
    for (const to of places) {
      if (from === to) continue
      yield { from: from.id, to: to.id, first: a.between(from.here, to.here), second: b.between(from.there, to.there) }
    }
    for (const name of new Set([...a.names, ...b.names])) {
      yield { from: from.id, to: name, first: a.toName(from.here, name), second: b.toName(from.there, name) }
    }
    for (const direction of ['ingress', 'egress'] as const) {
      for (const [first, second] of aligned(family(a.outside(from.here, direction)), family(b.outside(from.there, direction)))) {
        yield direction === 'egress' ? { from: from.id, to: 'outside', first, second } : { from: 'outside', to: from.id, first, second }
      }
    }
  }
}

/** The values of two maps, piece by piece. */
function aligned(a: AddressMap, b: AddressMap): (readonly [Connections, Connections])[] {
  const result: (readonly [Connections, Connections])[] = []
  combineMaps(a, b, (first, second) => {
    result.push([first, second])
    return NONE
  })
  return result
}

export function isEquivalent(a: Network, b: Network): boolean {
  for (const { first, second } of pairs(a, b)) if (first !== second) return false
  return true
}

/** Whether everything that `a` allows, `b` allows. */
export function isContained(a: Network, b: Network): boolean {
  const here = new Set(b.pods.map(({ id }) => id))
  if (a.pods.some(({ id }) => !here.has(id))) return false
  for (const { first, second } of pairs(a, b)) if (difference(first, second) !== NONE) return false
  return true
}

export function intersects(a: Network, b: Network): boolean {
  for (const { first, second } of pairs(a, b)) if (intersection(first, second) !== NONE) return true
  return false
}
