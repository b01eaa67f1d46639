import { type AddressMap, combineMaps, everywhere, NOWHERE } from './sets/addresses.ts'
import { and, andNot, andNotInto, type Bits, equalBits, has, isEmpty, or, orInto } from './sets/bits.ts'
import { ALL, type Connections, difference, intersection, NONE, union } from './sets/connections.ts'

/** What is allowed between one endpoint and all others, in one direction. */
export interface Row {
  /** Disjoint sets of endpoints with the connections that are allowed with each of them; no set is empty and no connections are. */
  readonly groups: readonly Group[]
  readonly addresses: AddressMap
}

export interface Group {
  readonly connections: Connections
  readonly endpoints: Bits
}

export const EMPTY_ROW: Row = { groups: [], addresses: NOWHERE }

export function uniformRow(connections: Connections, ends: Bits): Row {
  return { groups: isEmpty(ends) || connections === NONE ? [] : [{ connections, endpoints: ends }], addresses: everywhere(connections) }
}

export function atEndpoint(row: Row, index: number): Connections {
  const { groups } = row
  for (let i = 0; i < groups.length; i++) {
    const group = groups[i] as Group
    if (has(group.endpoints, index)) return group.connections
  }
  return NONE
}

/** The endpoints with which something that `wanted` accepts is allowed. */
export function endpointsWhere(row: Row, none: Bits, wanted: (connections: Connections) => boolean): Bits {
  return row.groups.filter(({ connections }) => wanted(connections)).reduce((sum, { endpoints }) => or(sum, endpoints), none)
}

export function unionRows(a: Row, b: Row): Row {
  if (a === EMPTY_ROW) return b
  return b === EMPTY_ROW ? a : combineRows(a, b, union)
}

export function intersectRows(a: Row, b: Row): Row {
  if (a === EMPTY_ROW || b === EMPTY_ROW) return EMPTY_ROW
  return combineRows(a, b, intersection)
}

export function subtractRows(a: Row, b: Row): Row {
  return a === EMPTY_ROW || b === EMPTY_ROW ? a : combineRows(a, b, difference)
}

/** Groups that may overlap, as disjoint ones in which each endpoint has the union of what it had. */
export function disjoint(groups: readonly Group[]): readonly Group[] {
  if (groups.length < 2) return groups
  const result = new Map<Connections, Bits>()
  const put = (connections: Connections, endpoints: Bits): void => {
    const known = result.get(connections)
    if (known) orInto(known, endpoints)
    else result.set(connections, endpoints)
  }
  for (const { connections, endpoints } of groups) {
    const alone = endpoints.slice()
    for (const [other, there] of [...result]) {
      const both = union(other, connections)
      if (both === other) andNotInto(alone, there)
      else {
        const shared = and(there, alone)
        if (isEmpty(shared)) continue
        andNotInto(there, shared)
        andNotInto(alone, shared)
        if (isEmpty(there)) result.delete(other)
        put(both, shared)
      }
    }
    if (!isEmpty(alone)) put(connections, alone)
  }
  return [...result].map(([connections, endpoints]) => ({ connections, endpoints }))
}

/** Pointwise; `apply` leaves nothing where there is nothing on either side. */
export function combineRows(a: Row, b: Row, apply: (a: Connections, b: Connections) => Connections): Row {
  const sum = new Map<Connections, Bits>()
  const put = (connections: Connections, endpoints: Bits): void => {
    if (connections === NONE || isEmpty(endpoints)) return
    const known = sum.get(connections)
    sum.set(connections, known ? or(known, endpoints) : endpoints)
  }
  const rest = b.groups.map(({ endpoints }) => endpoints)
  for (const left of a.groups) {
    let alone = left.endpoints
    b.groups.forEach((right, i) => {
      const shared = and(left.endpoints, right.endpoints)
      if (isEmpty(shared)) return
      put(apply(left.connections, right.connections), shared)
      alone = andNot(alone, shared)
      rest[i] = andNot(rest[i] as Bits, shared)
    })
    put(apply(left.connections, NONE), alone)
  }
  b.groups.forEach((right, i) => {
    put(apply(NONE, right.connections), rest[i] as Bits)
  })
  return {
    groups: [...sum].map(([connections, endpoints]) => ({ connections, endpoints })),
    addresses: combineMaps(a.addresses, b.addresses, apply),
  }
}

export function equalRows(a: Row, b: Row): boolean {
  if (a === b) return true
  return (
    a.groups.length === b.groups.length &&
    a.groups.every((group) => {
      const other = b.groups.find(({ connections }) => connections === group.connections)
      return other !== undefined && equalBits(group.endpoints, other.endpoints)
    }) &&
    a.addresses.starts.length === b.addresses.starts.length &&
    a.addresses.starts.every((start, i) => start === b.addresses.starts[i] && a.addresses.values[i] === b.addresses.values[i])
  )
}

/** Whether nothing is allowed with anybody. */
export function isRowEmpty({ groups, addresses }: Row): boolean {
  return groups.length === 0 && addresses.values.every((value) => value === NONE)
}

/** Whether everything is allowed with every endpoint of `ends` and every address. */
export function isFull(row: Row, ends: Bits): boolean {
  const [group] = row.groups
  return (
    row.groups.length === 1 &&
    group?.connections === ALL &&
    equalBits(group.endpoints, ends) &&
    row.addresses.values.length === 1 &&
    row.addresses.values[0] === ALL
  )
}
