import { ANY_STRING, intersect as intersectLanguages, type Language, NO_STRING, unite, without } from './languages.ts'

/**
 * A set of connections to a pod: which protocols, to which of its ports, from which source ports, and for HTTP
 * which methods, paths and hosts. A set is a number; equal sets are equal numbers.
 *
 * Behind the number is an ordered decision diagram: each node splits one dimension into ranges (for paths and hosts
 * into disjoint sets of strings) and leads on; a dimension that makes no difference has no node.
 */
export type Connections = number

export const NONE: Connections = 0
export const ALL: Connections = 1

const PROTOCOL = 0
const PORT = 1
const SOURCE = 2
const METHOD = 3
const PATH = 4
const HOST = 5
const TERMINAL = 6

/** The methods of HTTP (RFC 9110 and 5789), by their place in the dimension. */
export const METHODS: readonly string[] = ['CONNECT', 'DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT', 'TRACE']

/** Smallest and largest value of the numeric dimensions. ICMP types and codes are kept as ports, one up. */
const FIRST = [0, 1, 1, 0]
const LAST = [255, 65_535, 65_535, METHODS.length - 1]

export const TCP = 6
export const UDP = 17
export const SCTP = 132
export const ICMP = 1
export const ICMPV6 = 58

export const PROTOCOL_NUMBERS: ReadonlyMap<string, number> = new Map([
  ['TCP', TCP],
  ['UDP', UDP],
  ['SCTP', SCTP],
  ['ICMP', ICMP],
  ['ICMPv6', ICMPV6],
  ['UDPLite', 136],
])

/** `bounds`: the last value of each range, or the set of strings; `next`: the node of the next dimension. */
interface Node {
  readonly dimension: number
  readonly bounds: readonly number[]
  readonly next: readonly Connections[]
}

const TERMINAL_NODE: Node = { dimension: TERMINAL, bounds: [], next: [] }
const nodes: Node[] = [TERMINAL_NODE, TERMINAL_NODE]
const known = new Map<string, Connections>()

function nodeOf(set: Connections): Node {
  return nodes[set] ?? TERMINAL_NODE
}

function intern(dimension: number, bounds: readonly number[], next: readonly Connections[]): Connections {
  if (next.length === 1) return next[0] as Connections
  const key = `${dimension}:${bounds.join(',')}:${next.join(',')}`
  const found = known.get(key)
  if (found !== undefined) return found
  known.set(key, nodes.length)
  nodes.push({ dimension, bounds, next })
  return nodes.length - 1
}

/** A node of a numeric dimension from ranges in order; neighbours that lead to the same place are one. */
function ranges(dimension: number, bounds: readonly number[], next: readonly Connections[]): Connections {
  const mergedBounds: number[] = []
  const mergedNext: Connections[] = []
  for (let i = 0; i < next.length; i++) {
    if (mergedNext.at(-1) === next[i]) mergedBounds[mergedBounds.length - 1] = bounds[i] as number
    else {
      mergedBounds.push(bounds[i] as number)
      mergedNext.push(next[i] as Connections)
    }
  }
  return intern(dimension, mergedBounds, mergedNext)
}

/** A node of a string dimension; sets that lead to the same place are one, and they are in the order of where they lead. */
function strings(dimension: number, parts: Iterable<readonly [Language, Connections]>): Connections {
  const byTarget = new Map<Connections, Language>()
  for (const [language, target] of parts) {
    if (language !== NO_STRING) byTarget.set(target, unite(byTarget.get(target) ?? NO_STRING, language))
  }
  const sorted = [...byTarget].sort(([a], [b]) => a - b)
  return intern(
    dimension,
    sorted.map(([, language]) => language),
    sorted.map(([target]) => target),
  )
}

/** Values from `first` to `last` of a dimension lead to `inside`, all others to nothing. */
function slice(dimension: number, first: number, last: number, inside: Connections): Connections {
  const lowest = FIRST[dimension] as number
  const highest = LAST[dimension] as number
  const from = Math.max(first, lowest)
  const to = Math.min(last, highest)
  if (from > to) return NONE
  const bounds: number[] = []
  const next: Connections[] = []
  if (from > lowest) {
    bounds.push(from - 1)
    next.push(NONE)
  }
  bounds.push(to)
  next.push(inside)
  if (to < highest) {
    bounds.push(highest)
    next.push(NONE)
  }
  return ranges(dimension, bounds, next)
}

export function protocol(number: number): Connections {
  return slice(PROTOCOL, number, number, ALL)
}

/** Ports 1 to 65535 of a protocol, the ends included. */
export function ports(number: number, first: number, last = first): Connections {
  return slice(PROTOCOL, number, number, slice(PORT, first, last, ALL))
}

/** Any protocol, from a source port between `first` and `last`. */
export function sourcePorts(first: number, last: number): Connections {
  return slice(SOURCE, first, last, ALL)
}

/** The same protocols, with the ports taken as those of the source. */
export function asSources(set: Connections): Connections {
  let result: Connections = NONE
  for (const number of [TCP, UDP, SCTP]) {
    for (const [first, last] of portsOf(set, number)) result = union(result, intersection(protocol(number), sourcePorts(first, last)))
  }
  return result
}

/** Any protocol, to a port between `first` and `last`. */
export function anyProtocolPorts(first: number, last: number): Connections {
  return slice(PORT, first, last, ALL)
}

export function icmp(number: number, type: number | undefined, code: number | undefined): Connections {
  const codes = code === undefined ? ALL : slice(SOURCE, code + 1, code + 1, ALL)
  return slice(PROTOCOL, number, number, type === undefined ? codes : slice(PORT, type + 1, type + 1, codes))
}

/** Connections of any kind whose HTTP requests have one of the methods, paths and hosts. */
export function http(part: { readonly methods?: readonly string[]; readonly paths?: Language; readonly hosts?: Language }): Connections {
  const methods = part.methods?.map((method) => slice(METHOD, METHODS.indexOf(method), METHODS.indexOf(method), ALL)).reduce(union, NONE)
  let result: Connections = ALL
  const narrow = (dimension: number, language: Language | undefined): void => {
    if (language === undefined || language === ANY_STRING || result === NONE) return
    result = strings(dimension, [
      [language, result],
      [without(ANY_STRING, language), NONE],
    ])
  }
  narrow(HOST, part.hosts)
  narrow(PATH, part.paths)
  return methods === undefined ? result : intersection(methods, result)
}

const UNION = 0
const INTERSECTION = 1
const DIFFERENCE = 2

const memo: readonly Map<number, Connections>[] = [new Map(), new Map(), new Map()]

/** More remembered results than this are forgotten all at once: they are cheap to compute again. */
const MAX_MEMO = 500_000

export function union(a: Connections, b: Connections): Connections {
  if (a === b || b === NONE || a === ALL) return a
  if (a === NONE || b === ALL) return b
  return a < b ? combine(UNION, a, b) : combine(UNION, b, a)
}

export function intersection(a: Connections, b: Connections): Connections {
  if (a === b || b === ALL || a === NONE) return a
  if (a === ALL || b === NONE) return b
  return a < b ? combine(INTERSECTION, a, b) : combine(INTERSECTION, b, a)
}

export function difference(a: Connections, b: Connections): Connections {
  if (b === NONE || a === NONE) return a
  if (a === b || b === ALL) return NONE
  return combine(DIFFERENCE, a, b)
}

const OPERATIONS = [union, intersection, difference]

function combine(operation: number, a: Connections, b: Connections): Connections {
  const remembered = memo[operation] as Map<number, Connections>
  const key = a * 67_108_864 + b
  const found = remembered.get(key)
  if (found !== undefined) return found
  if (remembered.size > MAX_MEMO) remembered.clear()
  const left = nodeOf(a)
  const right = nodeOf(b)
  const dimension = Math.min(left.dimension, right.dimension)
  const apply = OPERATIONS[operation] as (a: Connections, b: Connections) => Connections
  const result =
    dimension >= PATH
      ? combineStrings(dimension, apply, partsOf(a, dimension), partsOf(b, dimension))
      : combineRanges(dimension, apply, a, b)
  remembered.set(key, result)
  return result
}

function combineRanges(dimension: number, apply: (a: Connections, b: Connections) => Connections, a: Connections, b: Connections) {
  const left = rangesOf(a, dimension)
  const right = rangesOf(b, dimension)
  const bounds: number[] = []
  const next: Connections[] = []
  for (let i = 0, j = 0; i < left.bounds.length && j < right.bounds.length; ) {
    const endA = left.bounds[i] as number
    const endB = right.bounds[j] as number
    bounds.push(Math.min(endA, endB))
    next.push(apply(left.next[i] as Connections, right.next[j] as Connections))
    if (endA <= endB) i++
    if (endB <= endA) j++
  }
  return ranges(dimension, bounds, next)
}

function rangesOf(set: Connections, dimension: number): Pick<Node, 'bounds' | 'next'> {
  const node = nodeOf(set)
  return node.dimension === dimension ? node : { bounds: [LAST[dimension] as number], next: [set] }
}

function partsOf(set: Connections, dimension: number): readonly (readonly [Language, Connections])[] {
  const node = nodeOf(set)
  if (node.dimension !== dimension) return [[ANY_STRING, set]]
  return node.next.map((target, i) => [node.bounds[i] as Language, target] as const)
}

function combineStrings(
  dimension: number,
  apply: (a: Connections, b: Connections) => Connections,
  a: readonly (readonly [Language, Connections])[],
  b: readonly (readonly [Language, Connections])[],
): Connections {
  const parts: [Language, Connections][] = []
  for (const [languageA, targetA] of a) {
    for (const [languageB, targetB] of b) {
      const both = intersectLanguages(languageA, languageB)
      if (both !== NO_STRING) parts.push([both, apply(targetA, targetB)])
    }
  }
  return strings(dimension, parts)
}

/** Whether everything in `a` is in `b`. */
export function isWithin(a: Connections, b: Connections): boolean {
  return difference(a, b) === NONE
}

/** Of a set, what concerns one port of a protocol: `ALL` when every connection to it is in the set, `NONE` when none is. */
export function atPort(set: Connections, number: number, port: number): Connections {
  return pick(pick(set, PROTOCOL, number), PORT, port)
}

function pick(set: Connections, dimension: number, value: number): Connections {
  const node = nodeOf(set)
  if (node.dimension !== dimension) return set
  const index = node.bounds.findIndex((bound) => value <= bound)
  return node.next[index] ?? NONE
}

/** The ports of a protocol to which at least some connections are in the set, as ranges with both ends included. */
export function portsOf(set: Connections, number: number): readonly (readonly [number, number])[] {
  const inside = rangesOf(pick(set, PROTOCOL, number), PORT)
  const result: [number, number][] = []
  let from = FIRST[PORT] as number
  inside.bounds.forEach((last, i) => {
    if (inside.next[i] !== NONE) {
      const before = result.at(-1)
      if (before && before[1] === from - 1) before[1] = last
      else result.push([from, last])
    }
    from = last + 1
  })
  return result
}

/** Whether a set only depends on protocol and port: nothing in it is limited by source port or by HTTP. */
export function isPlain(set: Connections): boolean {
  const node = nodeOf(set)
  if (node.dimension === TERMINAL) return true
  return node.dimension <= PORT && node.next.every(isPlain)
}

/** Protocol and port alone: everything in the result has some connection in the set. */
export function plain(set: Connections): Connections {
  const node = nodeOf(set)
  if (node.dimension === TERMINAL) return set
  if (node.dimension > PORT) return ALL
  return ranges(node.dimension, node.bounds, node.next.map(plain))
}

const NAMES = new Map([...PROTOCOL_NUMBERS].map(([name, number]) => [number, name]))

/** The connections of Kubernetes' own protocols, in the shape of the audit: `{"TCP": [[80, 80]]}`. */
export function toPorts(set: Connections): Readonly<Record<string, readonly (readonly [number, number])[]>> {
  const result: Record<string, readonly (readonly [number, number])[]> = {}
  for (const number of [TCP, UDP, SCTP]) {
    const list = portsOf(set, number)
    if (list.length > 0) result[NAMES.get(number) as string] = list
  }
  return result
}

const FULL: readonly number[] = [TCP, UDP, SCTP]

/** What Kubernetes' own policies are about. */
export const KUBERNETES_CONNECTIONS: Connections = FULL.map(protocol).reduce(union)

/** For people: `TCP 80, 443 and UDP 53`, `every port`, `nothing`. */
export function describeConnections(set: Connections): string {
  if (set === NONE) return 'nothing'
  if (FULL.every((number) => pick(set, PROTOCOL, number) === ALL)) return 'every port'
  const parts = FULL.flatMap((number) => {
    const list = portsOf(set, number)
    if (list.length === 0) return []
    const name = NAMES.get(number) as string
    if (list.length === 1 && list[0]?.[0] === 1 && list[0][1] === 65_535) return [name]
    return [`${name} ${list.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(', ')}`]
  })
  for (const number of [ICMP, ICMPV6]) if (pick(set, PROTOCOL, number) !== NONE) parts.push(NAMES.get(number) as string)
  if (parts.length === 0) return 'other protocols'
  const narrowed = isPlain(set) ? '' : ' (some requests)'
  return `${parts.length > 1 ? `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}` : parts[0]}${narrowed}`
}
