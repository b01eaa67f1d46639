import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { virtualPod } from '../../../server/model/network/endpoints.ts'
import { backendsOf } from '../../../server/model/network/exposure.ts'
import { EVERY_V4, parseAddress } from '../../../server/model/network/sets/addresses.ts'
import {
  type Connections,
  intersection,
  NONE,
  ports,
  PROTOCOL_NUMBERS,
  TCP,
  union,
} from '../../../server/model/network/sets/connections.ts'
import { atEndpoint } from '../../../server/model/network/rows.ts'
import { targetPort } from '../../../server/model/services.ts'
import { get, items } from '../../../server/model/value.ts'
import type { Workload } from '../../../server/model/workload.ts'
import { inDefault, type Known, ownerOf, reach, readJson, readObjects } from './data.ts'

interface Case {
  readonly case: string
  readonly group: string
  readonly manifests: string
  readonly expectedRows: string
  readonly options: {
    readonly focusWorkloads?: readonly string[]
    readonly focusWorkloadPeers?: readonly string[]
    readonly focusDirection?: 'ingress' | 'egress'
  }
}
type End =
  | { readonly namespace: string; readonly name: string; readonly kind: string }
  | { readonly ipRange: readonly [string, string] }
  | { readonly special: string }
interface ExpectedRow {
  readonly src: End
  readonly dst: End
  readonly conn: Readonly<Record<string, readonly (readonly [number, number])[]>>
}

/** By a pair of ends, what is allowed between them. Addresses are cut at every boundary of either side. */
type Rows = Map<string, Connections>

/** It has no labels and is in a namespace of its own, so only rules for everybody admit it. */
const CONTROLLER = virtualPod('ingress', 'ingress-controller', 'ingress-controller-ns', {}, [], true)

const cases = readJson<Case[]>('network/npguard/index.json')
const KUBERNETES = ['TCP', 'UDP', 'SCTP'].map((name) => ports(PROTOCOL_NUMBERS.get(name) ?? 0, 1, 65_535)).reduce(union)

describe('who reaches whom, as np-guard computes it', () => {
  for (const entry of cases) {
    it(`${entry.group}/${entry.case}`, () => {
      const objects = readObjects(join('network/npguard', entry.manifests)).map(inDefault)
      const known = reach(objects, 'generic', [CONTROLLER])
      const expectedRows = readJson<ExpectedRow[]>(join('network/npguard', entry.expectedRows))
      const boundaries = cuts(known, expectedRows)
      const actual = new Map([...ours(known, boundaries)].filter(([key]) => inFocus(key, entry.options)))
      const expected = theirs(expectedRows, boundaries)
      expect(readable(actual)).toEqual(readable(expected))
    })
  }
  it('saw the cases', () => expect(cases.length).toBeGreaterThan(50))
})

function cuts({ reachability }: Known, rows: readonly ExpectedRow[]): readonly bigint[] {
  const all = new Set<bigint>([0n])
  for (const { src, dst } of rows) {
    for (const end of [src, dst]) {
      if (!('ipRange' in end)) continue
      all.add(parseAddress(end.ipRange[0]) ?? 0n)
      all.add((parseAddress(end.ipRange[1]) ?? 0n) + 1n)
    }
  }
  reachability.space.endpoints.forEach((_, index) => {
    for (const direction of ['ingress', 'egress'] as const)
      for (const start of reachability.row(index, direction).must.addresses.starts) all.add(start)
  })
  return [...all].filter((cut) => cut < (EVERY_V4[1] ?? 0n)).sort((a, b) => (a < b ? -1 : 1))
}

function add(rows: Rows, from: string, to: string, connections: Connections): void {
  const within = intersection(connections, KUBERNETES)
  if (within === NONE || from === to) return
  const key = `${from} => ${to}`
  rows.set(key, union(rows.get(key) ?? NONE, within))
}

function ours(known: Known, boundaries: readonly bigint[]): Rows {
  const { reachability, workloads } = known
  const rows: Rows = new Map()
  const ends = workloads.map((workload) => {
    const { kind, name } = ownerOf(workload)
    return { workload, index: reachability.indexOf(workload) ?? -1, label: `${workload.object.namespace}/${name}[${kind}]` }
  })
  for (const from of ends) {
    for (const to of ends) if (from !== to) add(rows, from.label, to.label, reachability.allowed(from.index, to.index).must)
    for (const cut of boundaries) {
      add(rows, from.label, String(cut), reachability.allowedAddress(from.index, 'egress', cut).must)
      add(rows, String(cut), from.label, reachability.allowedAddress(from.index, 'ingress', cut).must)
    }
  }
  for (const { workload, port } of routed(known)) {
    const to = ends.find((end) => end.workload === workload)
    const declared = workload.containers.flatMap(({ body }) => items(body, 'ports')).some((entry) => get(entry, 'containerPort') === port)
    if (!to || !declared) continue
    const controller = reachability.row(to.index, 'ingress').must
    add(rows, '{ingress-controller}', to.label, intersection(ports(TCP, port), controllerMay(known, controller)))
  }
  return rows
}

/** Container ports behind Ingresses and Routes. np-guard also takes an Ingress' port number for one that a Service leads to. */
function routed({ of, services }: Known): { readonly workload: Workload; readonly port: number }[] {
  const objects = ['networking.k8s.io/Ingress', 'route.openshift.io/Route'].flatMap((kind) => of(kind))
  return objects.flatMap(backendsOf).flatMap(({ namespace, name, port }) => {
    const service = services.get(namespace, name)
    const wanted = port && (port.target ?? port.number ?? port.name)
    const entries = items(service?.object.body, 'spec', 'ports')
    const meant =
      wanted === undefined ? entries : entries.filter((entry) => ['name', 'port', 'targetPort'].some((key) => get(entry, key) === wanted))
    return (service?.workloads ?? []).flatMap((workload) =>
      meant.flatMap((entry) => {
        const number = get(entry, 'port')
        const target = service && typeof number === 'number' ? targetPort(service.object, { number }, workload) : undefined
        return target === undefined ? [] : [{ workload, port: target }]
      }),
    )
  })
}

function controllerMay({ reachability }: Known, row: ReturnType<Known['reachability']['row']>['must']): Connections {
  const index = reachability.find(CONTROLLER.id)
  return index === undefined ? NONE : atEndpoint(row, index)
}

function theirs(list: readonly ExpectedRow[], boundaries: readonly bigint[]): Rows {
  const rows: Rows = new Map()
  for (const { src, dst, conn } of list) {
    const connections = Object.entries(conn)
      .flatMap(([protocol, ranges]) => ranges.map(([first, last]) => ports(PROTOCOL_NUMBERS.get(protocol) ?? 0, first, last)))
      .reduce(union, NONE)
    for (const from of labels(src, boundaries)) for (const to of labels(dst, boundaries)) add(rows, from, to, connections)
  }
  return rows
}

function labels(end: End, boundaries: readonly bigint[]): string[] {
  if ('special' in end) return [`{${end.special}}`]
  if ('namespace' in end) return [`${end.namespace}/${end.name}[${end.kind}]`]
  const first = parseAddress(end.ipRange[0]) ?? 0n
  const last = parseAddress(end.ipRange[1]) ?? 0n
  return boundaries.filter((cut) => cut >= first && cut <= last).map(String)
}

function inFocus(key: string, { focusWorkloads, focusWorkloadPeers, focusDirection }: Case['options']): boolean {
  if (!focusWorkloads) return true
  const [from, to] = key.split(' => ') as [string, string]
  const is = (list: readonly string[], label: string): boolean =>
    list.some((name) => label === `{${name}}` || label.replace(/\[.*/, '') === name || label.replace(/\[.*/, '').endsWith(`/${name}`))
  const focused = (own: string, peer: string): boolean => is(focusWorkloads, own) && (!focusWorkloadPeers || is(focusWorkloadPeers, peer))
  return (focusDirection !== 'egress' && focused(to, from)) || (focusDirection !== 'ingress' && focused(from, to))
}

function readable(rows: Rows): string[] {
  return [...rows].map(([key, connections]) => `${key}: ${connections}`).sort()
}
