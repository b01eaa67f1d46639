import ipaddr from 'ipaddr.js'
import type { Connections } from './connections.ts'
import { NONE } from './connections.ts'

/**
 * A set of addresses outside the cluster: ascending boundaries, each pair the first address inside and the first
 * one after. IPv4 and IPv6 are one line of numbers: IPv4 first, IPv6 behind it.
 */
export type Addresses = readonly bigint[]

const V6 = 1n << 32n
const END = V6 + (1n << 128n)

export const NO_ADDRESS: Addresses = []
export const EVERY_ADDRESS: Addresses = [0n, END]
export const EVERY_V4: Addresses = [0n, V6]
export const EVERY_V6: Addresses = [V6, END]

/** The number of an address, or undefined when it is none. Semantics: Go's `net.ParseIP`: four decimal parts, no zone. */
export function parseAddress(text: string): bigint | undefined {
  // Nearly everything that is asked is a name, and the library finds that out by an exception.
  if (!/^[\d.]+$/.test(text) && !text.includes(':')) return undefined
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return toNumber(ipaddr.IPv4.parse(text).toByteArray())
  if (text.includes('%') || !ipaddr.IPv6.isValid(text)) return undefined
  return V6 + toNumber(ipaddr.IPv6.parse(text).toByteArray())
}

/** The addresses of a CIDR, or undefined when it is none. A bare address is none: Kubernetes wants the prefix length. */
export function parseCidr(text: string): Addresses | undefined {
  const slash = text.indexOf('/')
  if (slash < 0) return undefined
  const address = parseAddress(text.slice(0, slash))
  const written = text.slice(slash + 1)
  if (address === undefined || !/^\d{1,3}$/.test(written)) return undefined
  const length = Number(written)
  const width = address < V6 ? 32 : 128
  if (length > width) return undefined
  const base = address < V6 ? 0n : V6
  const size = 1n << BigInt(width - length)
  const first = base + ((address - base) / size) * size
  return [first, first + size]
}

/** A CIDR, or a bare address as Calico and Istio take it. */
export function parseCidrOrAddress(text: string): Addresses | undefined {
  const address = parseAddress(text)
  return address === undefined ? parseCidr(text) : [address, address + 1n]
}

function toNumber(bytes: readonly number[]): bigint {
  return bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n)
}

export function unionAddresses(a: Addresses, b: Addresses): Addresses {
  return a.length === 0 ? b : b.length === 0 ? a : merge(a, b, (x, y) => x || y)
}

export function intersectAddresses(a: Addresses, b: Addresses): Addresses {
  return merge(a, b, (x, y) => x && y)
}

export function withoutAddresses(a: Addresses, b: Addresses): Addresses {
  return b.length === 0 ? a : merge(a, b, (x, y) => x && !y)
}

export function includesAddress(set: Addresses, address: bigint): boolean {
  let inside = false
  for (const boundary of set) {
    if (address < boundary) break
    inside = !inside
  }
  return inside
}

export function isAddressSubset(a: Addresses, b: Addresses): boolean {
  return withoutAddresses(a, b).length === 0
}

/** How many addresses, for comparisons of breadth only. */
export function addressCount(set: Addresses): bigint {
  let total = 0n
  for (let i = 0; i + 1 < set.length; i += 2) total += (set[i + 1] as bigint) - (set[i] as bigint)
  return total
}

function merge(a: Addresses, b: Addresses, keep: (inA: boolean, inB: boolean) => boolean): Addresses {
  const result: bigint[] = []
  let inside = false
  for (let i = 0, j = 0; i < a.length || j < b.length; ) {
    const x = a[i]
    const y = b[j]
    const at = x === undefined ? (y as bigint) : y === undefined || x < y ? x : y
    if (x === at) i++
    if (y === at) j++
    const now = keep(i % 2 === 1, j % 2 === 1)
    if (now === inside) continue
    result.push(at)
    inside = now
  }
  return result
}

/** What is allowed with each address: `values[i]` from `starts[i]` up to the next start. Neighbours differ. */
export interface AddressMap {
  readonly starts: readonly bigint[]
  readonly values: readonly Connections[]
}

export function everywhere(value: Connections): AddressMap {
  return { starts: [0n], values: [value] }
}

export const NOWHERE: AddressMap = everywhere(NONE)

export function addressMap(set: Addresses, value: Connections): AddressMap {
  if (set.length === 0 || value === NONE) return NOWHERE
  const starts: bigint[] = []
  const values: Connections[] = []
  if (set[0] !== 0n) {
    starts.push(0n)
    values.push(NONE)
  }
  set.forEach((boundary, i) => {
    if (boundary === END) return
    starts.push(boundary)
    values.push(i % 2 === 0 ? value : NONE)
  })
  return { starts, values }
}

export function combineMaps(a: AddressMap, b: AddressMap, apply: (a: Connections, b: Connections) => Connections): AddressMap {
  if (a.starts.length === 1 && b.starts.length === 1) return everywhere(apply(a.values[0] as Connections, b.values[0] as Connections))
  const starts: bigint[] = []
  const values: Connections[] = []
  for (let i = 0, j = 0; i < a.starts.length || j < b.starts.length; ) {
    const x = a.starts[i]
    const y = b.starts[j]
    const at = x === undefined ? (y as bigint) : y === undefined || x < y ? x : y
    if (x === at) i++
    if (y === at) j++
    const value = apply(a.values[i - 1] as Connections, b.values[j - 1] as Connections)
    if (values.at(-1) === value) continue
    starts.push(at)
    values.push(value)
  }
  return { starts, values }
}

export function mapAddresses(map: AddressMap, apply: (value: Connections) => Connections): AddressMap {
  return combineMaps(map, NOWHERE, (value) => apply(value))
}

export function atAddress(map: AddressMap, address: bigint): Connections {
  let low = 0
  let high = map.starts.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((map.starts[middle] as bigint) <= address) low = middle
    else high = middle - 1
  }
  return map.values[low] ?? NONE
}

/** The addresses with which something that `wanted` accepts is allowed. */
export function addressesWhere(map: AddressMap, wanted: (value: Connections) => boolean): Addresses {
  const result: bigint[] = []
  map.starts.forEach((start, i) => {
    const inside = wanted(map.values[i] as Connections)
    if (inside !== (result.length % 2 === 1)) result.push(start)
  })
  if (result.length % 2 === 1) result.push(END)
  return result
}

/** The pieces of a map, each with the first and the last address as text. */
export function pieces(map: AddressMap): { readonly first: string; readonly last: string; readonly value: Connections }[] {
  const result: { first: string; last: string; value: Connections }[] = []
  map.starts.forEach((start, i) => {
    const end = map.starts[i + 1] ?? END
    const value = map.values[i] as Connections
    if (start < V6 && end > V6) {
      result.push({ first: formatAddress(start), last: formatAddress(V6 - 1n), value })
      result.push({ first: formatAddress(V6), last: formatAddress(end - 1n), value })
    } else result.push({ first: formatAddress(start), last: formatAddress(end - 1n), value })
  })
  return result
}

export function formatAddress(address: bigint): string {
  if (address < V6) return [24n, 16n, 8n, 0n].map((shift) => (address >> shift) & 255n).join('.')
  const bytes = Array.from({ length: 16 }, (_, i) => Number(((address - V6) >> BigInt(8 * (15 - i))) & 255n))
  return ipaddr.fromByteArray(bytes).toString()
}

/** `10.0.0.0/8`, `10.0.0.1`, `every IPv4 address`: a range with both ends included, as a block where it is one. */
export function formatRange(first: string, last: string): string {
  const [from, to] = [parseAddress(first), parseAddress(last)]
  if (from === undefined || to === undefined) return `${first}-${last}`
  if (from === 0n && to === V6 - 1n) return 'every IPv4 address'
  if (from === V6 && to === END - 1n) return 'every IPv6 address'
  if (from === to) return first
  const [block, ...others] = toCidrs([from, to + 1n])
  return block !== undefined && others.length === 0 ? block : `${first}-${last}`
}

/** A set of addresses as the shortest list of CIDRs. */
export function toCidrs(set: Addresses): string[] {
  const result: string[] = []
  for (const [from, to, base, width] of runs(set)) {
    let at = from
    while (at < to) {
      let bits = 0
      while (bits < width && (at - base) % (1n << BigInt(bits + 1)) === 0n && at + (1n << BigInt(bits + 1)) <= to) bits++
      result.push(`${formatAddress(at)}/${width - bits}`)
      at += 1n << BigInt(bits)
    }
  }
  return result
}

function* runs(set: Addresses): Iterable<readonly [bigint, bigint, bigint, number]> {
  for (let i = 0; i + 1 < set.length; i += 2) {
    const from = set[i] as bigint
    const to = set[i + 1] as bigint
    if (from < V6) yield [from, to < V6 ? to : V6, 0n, 32]
    if (to > V6) yield [from > V6 ? from : V6, to, V6, 128]
  }
}
