import type { Analysis } from '../../analysis/analyse.ts'
import { type EnvironmentModel, environmentModel } from '../../model/facts.ts'
import { ingressClassOf } from '../../model/network/cluster.ts'
import type { Endpoint } from '../../model/network/endpoint.ts'
import type { Reachability } from '../../model/network/reachability.ts'
import { combineMaps, formatRange, pieces } from '../../model/network/sets/addresses.ts'
import {
  type Connections,
  describeConnections,
  difference,
  intersection,
  KUBERNETES_CONNECTIONS,
  NONE,
  ports,
  PROTOCOL_NUMBERS,
  toPorts,
  union,
} from '../../model/network/sets/connections.ts'
import { inNamespace } from '../../model/object.ts'
import { get, items, text } from '../../model/value.ts'
import type { Workload } from '../../model/workload.ts'
import { compareText } from '../../text/path.ts'
import { type Graph, mermaid } from '../access/mermaid.ts'
import { printable } from '../printable.ts'
import { painter, type TextOptions } from '../text.ts'
import { dot } from './dot.ts'

/** A workload, a range of addresses with both ends included, or what stands for somebody outside of the files. */
export type End =
  | { readonly namespace: string; readonly name: string; readonly kind: string }
  | { readonly ipRange: readonly [string, string] }
  | { readonly special: string }

/** What is allowed from one end to the other, by protocol as ranges of ports of the destination. */
export interface ConnectionRow {
  readonly src: End
  readonly dst: End
  readonly conn: Readonly<Record<string, readonly (readonly [number, number])[]>>
  /** `possible`: allowed or not, depending on something that is not in the files. */
  readonly certainty: 'certain' | 'possible'
  readonly environments: readonly string[]
}

export interface ConnectionOptions {
  /** Of files that leave their namespace open. */
  readonly namespace: string
  /** Also between the pods of one workload. */
  readonly replicas: boolean
}

/** Who may connect to whom: every pair of workloads, and workloads with addresses outside the cluster. */
export function connectionRows(analysis: Analysis, options: ConnectionOptions): ConnectionRow[] {
  const rows = new Map<string, Omit<ConnectionRow, 'environments'> & { environments: string[] }>()
  for (const { name, model } of analysis.environments) {
    for (const row of rowsOf(model, options)) {
      const key = JSON.stringify(row)
      const known = rows.get(key)
      if (known) known.environments.push(name)
      else rows.set(key, { ...row, environments: [name] })
    }
  }
  return [...rows].sort(([a], [b]) => compareText(a, b)).map(([, row]) => row)
}

interface Sum {
  readonly src: End
  readonly dst: End
  must: Connections
  may: Connections
}

function rowsOf(model: EnvironmentModel, { namespace, replicas }: ConnectionOptions): Omit<ConnectionRow, 'environments'>[] {
  const objects = model.objects.map((object) => inNamespace(object, namespace))
  const { facts } = environmentModel(model.name, objects, model.incomplete)
  const { reachability } = facts
  const sums = new Map<string, Sum>()
  const add = (src: End, dst: End, must: Connections, may: Connections): void => {
    const key = `${endText(src)} ${endText(dst)}`
    const known = sums.get(key)
    if (known) {
      known.must = union(known.must, must)
      known.may = union(known.may, may)
    } else sums.set(key, { src, dst, must, may })
  }
  const ends = reachability.space.endpoints.map((endpoint) => endOf(endpoint))
  reachability.forEachPair((from, to, must, may) => {
    const [src, dst] = [ends[from], ends[to]]
    if (src && dst && (from !== to || replicas)) add(src, dst, must, may)
  })
  ends.forEach((end, index) => {
    if (end) addAddresses(reachability, index, end, add)
  })
  for (const entry of facts.exposure.all) {
    const [to, end] = [reachability.indexOf(entry.workload), workloadEnd(entry.workload)]
    if (to === undefined || entry.port === undefined || !CONTROLLED.has(entry.via.kind)) continue
    const wanted = ports(PROTOCOL_NUMBERS.get(entry.protocol) ?? 6, entry.port)
    const from = reachability.find(`ingress/${ingressClassOf(entry.via)}`)
    if (from === undefined) continue
    const { must, may } = reachability.allowed(from, to)
    add({ special: 'ingress-controller' }, end, intersection(must, wanted), intersection(may, wanted))
  }
  return [...sums.values()].flatMap(({ src, dst, must, may }) => [
    ...row(src, dst, must, 'certain'),
    ...row(src, dst, difference(may, must), 'possible'),
  ])
}

/** What is served by a controller, whose pods are then the source. */
const CONTROLLED: ReadonlySet<string> = new Set(['Ingress', 'Route'])

function row(src: End, dst: End, connections: Connections, certainty: ConnectionRow['certainty']): Omit<ConnectionRow, 'environments'>[] {
  return intersection(connections, KUBERNETES_CONNECTIONS) === NONE ? [] : [{ src, dst, conn: toPorts(connections), certainty }]
}

function addAddresses(
  reachability: Reachability,
  index: number,
  end: End,
  add: (src: End, dst: End, must: Connections, may: Connections) => void,
): void {
  for (const direction of ['ingress', 'egress'] as const) {
    const { must, may } = reachability.row(index, direction)
    const put = (first: string, last: string, certain: Connections, possible: Connections): void => {
      const range: End = { ipRange: [first, last] }
      if (direction === 'ingress') add(range, end, certain, possible)
      else add(end, range, certain, possible)
    }
    for (const { first, last, value } of pieces(must.addresses)) if (value !== NONE) put(first, last, value, value)
    if (may === must) continue
    const rest = combineMaps(may.addresses, must.addresses, difference)
    for (const { first, last, value } of pieces(rest)) if (value !== NONE) put(first, last, NONE, value)
  }
}

function endOf({ workload }: Endpoint): End | undefined {
  return workload && workloadEnd(workload)
}

/** Pods that a controller made are what it is. */
function workloadEnd({ object }: Workload): End {
  const { namespace, name, kind, body } = object
  const owner = kind === 'Pod' ? items(body, 'metadata', 'ownerReferences').find((each) => get(each, 'name') !== undefined) : undefined
  return { namespace, name: text(owner, 'name') ?? name, kind: text(owner, 'kind') ?? kind }
}

/** `shop/cart`, a block of addresses, or what stands for somebody. */
export function endText(end: End): string {
  if ('special' in end) return end.special
  if ('ipRange' in end) return formatRange(...end.ipRange)
  return `${end.namespace}/${end.name} (${end.kind})`
}

/** The set that a row's ports are. */
export function connectionsOf({ conn }: Pick<ConnectionRow, 'conn'>): Connections {
  return Object.entries(conn)
    .flatMap(([protocol, ranges]) => ranges.map(([first, last]) => ports(PROTOCOL_NUMBERS.get(protocol) ?? 6, first, last)))
    .reduce(union, NONE)
}

function rowConnections(row: ConnectionRow): string {
  return describeConnections(connectionsOf(row))
}

export function connectionsText(rows: readonly ConnectionRow[], { colours }: TextOptions): string {
  const paint = painter(colours)
  if (rows.length === 0) return 'Nothing may connect to anything, as far as these files say.\n'
  const environments = new Set(rows.flatMap((each) => each.environments)).size
  const blocks = [...grouped(rows, ({ dst }) => endText(dst))].map(([to, group]) => {
    const lines = [...grouped(group, (each) => said(each, environments))].map(
      ([what, same]) => `  ${what}: ${same.map(({ src }) => printable(endText(src))).join(', ')}`,
    )
    return `${paint('bold', printable(to))} from\n${lines.join('\n')}`
  })
  return `${blocks.join('\n\n')}\n`
}

function said(row: ConnectionRow, environments: number): string {
  const where = row.environments.length < environments ? ` in ${printable(row.environments.join(', '))}` : ''
  return `${rowConnections(row)}${row.certainty === 'possible' ? ' (possibly)' : ''}${where}`
}

export function grouped<T>(list: readonly T[], key: (each: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>()
  for (const each of list) {
    const group = groups.get(key(each))
    if (group) group.push(each)
    else groups.set(key(each), [each])
  }
  return groups
}

function graphOf(rows: readonly ConnectionRow[]): Graph {
  return {
    edges: rows.map((each) => ({
      from: endText(each.src),
      to: endText(each.dst),
      label: rowConnections(each),
      sure: each.certainty === 'certain',
    })),
  }
}

export function connectionsMermaid(rows: readonly ConnectionRow[]): string {
  return mermaid(graphOf(rows))
}

export function connectionsDot(rows: readonly ConnectionRow[]): string {
  return dot(graphOf(rows))
}
