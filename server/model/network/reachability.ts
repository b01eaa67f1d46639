import type { Facts, ObjectsByKind } from '../facts.ts'
import type { KubeObject } from '../object.ts'
import type { Tri } from '../tri.ts'
import type { Workload } from '../workload.ts'
import { type Cluster, clusterOf } from './cluster.ts'
import { type Dataplane, dataplaneOf } from './dataplane.ts'
import { CALICO_GROUPS } from './dialects/calico.ts'
import { DNS_KINDS } from './dns.ts'
import type { Endpoint } from './endpoint.ts'
import type { Assumptions } from './endpoints.ts'
import { type Bounds, type Layer, LayerRows } from './evaluate.ts'
import { allPolicies, layersOf, POLICY_KINDS, type Policies, readPolicies } from './layers.ts'
import type { Direction, Policy, PolicyProblem } from './policy.ts'
import { atEndpoint, intersectRows, type Row, uniformRow } from './rows.ts'
import { atAddress } from './sets/addresses.ts'
import { forEachBit, has, members } from './sets/bits.ts'
import { ALL, atPort, type Connections, difference, intersection, NONE, protocol, TCP, union } from './sets/connections.ts'
import { isPod, type Space } from './space.ts'

/** What is certainly and what is possibly allowed. */
export interface Allowed {
  readonly must: Connections
  readonly may: Connections
}

/** Who may connect to whom, and to which ports. */
export interface Reachability {
  readonly dataplane: Dataplane
  readonly space: Space
  readonly policies: Policies
  /** The policies that an object is read into; several for one that also denies. */
  of(object: KubeObject): readonly Policy[]
  /** The policies that stand in a namespace. */
  inNamespace(namespace: string): readonly Policy[]
  /** Everything that is wrong with a policy, in the order of the policies. */
  readonly problems: readonly PolicyProblem[]
  readonly layers: readonly LayerRows[]
  /** The endpoint that stands for the pods of a workload. */
  indexOf(workload: Workload): number | undefined
  /** The endpoint with an id (see `endpoints.ts`), e.g. `fresh/shop`. */
  find(id: string): number | undefined
  /** What policies of the endpoint allow, without those of the other end. */
  row(index: number, direction: Direction): Bounds
  /** Between two endpoints. Of one with itself: between the pods that it stands for. */
  allowed(from: number, to: number): Allowed
  /** Every pair of endpoints of which something may be allowed, those with themselves included. */
  forEachPair(visit: (from: number, to: number, must: Connections, may: Connections) => void): void
  /** With an address outside the cluster. */
  allowedAddress(index: number, direction: Direction, address: bigint): Allowed
}

/** The kinds from which it is computed, as `group/Kind`. */
export const REACHABILITY_KINDS: readonly string[] = [
  ...POLICY_KINDS,
  ...CALICO_GROUPS.flatMap((group) =>
    ['HostEndpoint', 'WorkloadEndpoint', 'NetworkSet', 'GlobalNetworkSet'].map((kind) => `${group}/${kind}`),
  ),
  '/ServiceAccount',
  'networking.istio.io/ServiceEntry',
  'networking.k8s.io/Ingress',
  ...DNS_KINDS,
]

/** The files alone do not tell what else a cluster has. */
const OPEN: Assumptions = { closedNamespaces: false, allInMesh: false, besides: undefined }

/** Kept from one revision to the next: what an edit does not concern is not computed again. */
class Network implements Reachability {
  readonly dataplane: Dataplane
  readonly cluster: Cluster
  readonly policies: Policies
  readonly problems: readonly PolicyProblem[]
  readonly layers: readonly LayerRows[]
  #byObject: ReadonlyMap<KubeObject, readonly Policy[]> | undefined
  #byNamespace: ReadonlyMap<string, readonly Policy[]> | undefined
  readonly #byId: ReadonlyMap<string, number>
  readonly #combined = new Map<Bounds, Map<Bounds, Bounds>>()
  readonly #nodes: readonly Tri[]
  readonly #open: Bounds

  constructor(dataplane: Dataplane, cluster: Cluster, policies: Policies, layers: readonly Layer[], previous: Network | undefined) {
    this.dataplane = dataplane
    this.cluster = cluster
    this.policies = policies
    const { space } = cluster
    this.layers = layers.map(
      (layer) =>
        new LayerRows(
          space,
          layer,
          previous?.layers.find(({ layer: { name } }) => name === layer.name),
        ),
    )
    this.problems = allPolicies(policies).flatMap((policy) => policy.problems)
    const kept = previous?.space.shape === space.shape ? previous : undefined
    this.#byId = kept ? kept.#byId : new Map(space.endpoints.map(({ id }, index) => [id, index]))
    this.#nodes = kept ? kept.#nodes : space.endpoints.map((endpoint) => onNode(endpoint, space))
    const open = uniformRow(ALL, space.ends)
    this.#open = kept ? kept.#open : { must: open, may: open }
  }

  get space(): Space {
    return this.cluster.space
  }

  of(object: KubeObject): readonly Policy[] {
    this.#byObject ??= grouped(allPolicies(this.policies), (policy) => policy.object)
    return this.#byObject.get(object) ?? []
  }

  inNamespace(namespace: string): readonly Policy[] {
    this.#byNamespace ??= grouped(allPolicies(this.policies), (policy) => policy.object.namespace)
    return this.#byNamespace.get(namespace) ?? []
  }

  indexOf(workload: Workload): number | undefined {
    return this.#byId.get(workload.object.id)
  }

  find(id: string): number | undefined {
    return this.#byId.get(id)
  }

  row(index: number, direction: Direction): Bounds {
    const [only] = this.layers
    if (this.layers.length === 1 && only) return only.row(index, direction)
    return this.layers.map((layer) => layer.row(index, direction)).reduce((sum, bounds) => this.#both(sum, bounds), this.#open)
  }

  #both(a: Bounds, b: Bounds): Bounds {
    if (a === this.#open) return b
    let known = this.#combined.get(a)
    if (!known) {
      known = new Map()
      this.#combined.set(a, known)
    }
    let bounds = known.get(b)
    if (!bounds) {
      const must = intersectRows(a.must, b.must)
      bounds = { must, may: a.must === a.may && b.must === b.may ? must : intersectRows(a.may, b.may) }
      known.set(b, bounds)
    }
    return bounds
  }

  allowed(from: number, to: number): Allowed {
    const source = this.space.endpoints[from] as Endpoint
    const target = this.space.endpoints[to] as Endpoint
    if (source.ambient !== false && target.ambient !== false) return this.#allowedAmbient(from, to)
    return this.#pair(from, to, this.row(from, 'egress'), this.row(to, 'ingress'))
  }

  #pair(from: number, to: number, egress: Bounds, ingress: Bounds): Allowed {
    const must = intersection(atEndpoint(egress.must, to), atEndpoint(ingress.must, from))
    // A node can always reach its own pods, and whether a pod is one of them nobody can tell.
    if (this.#nodes[from] !== false) return { must, may: union(must, atEndpoint(egress.may, to)) }
    if (egress.must === egress.may && ingress.must === ingress.may) return { must, may: must }
    return { must, may: intersection(atEndpoint(egress.may, to), atEndpoint(ingress.may, from)) }
  }

  forEachPair(visit: (from: number, to: number, must: Connections, may: Connections) => void): void {
    const { endpoints, ends } = this.space
    const all = members(ends)
    const plain = endpoints.map(({ ambient }, index) => this.#nodes[index] === false && ambient === false)
    const special = all.filter((index) => !plain[index])
    const sources = new Map<Bounds, number[]>()
    for (const index of all) {
      if (!plain[index]) continue
      addTo(sources, this.row(index, 'egress'), index)
    }
    const visitOne = (from: number, to: number): void => {
      const { must, may } = this.allowed(from, to)
      if (may !== NONE) visit(from, to, must, may)
    }
    const block = Math.max(32, Math.floor(LAID_OUT / (endpoints.length + 1)) & ~31)
    for (let start = 0; start < endpoints.length; start += block) {
      const end = Math.min(start + block, endpoints.length)
      const dense = new Map<Row, Uint32Array>()
      const expand = (row: Row): Uint32Array => {
        let list = dense.get(row)
        if (!list) {
          list = expanded(row, 0, endpoints.length)
          dense.set(row, list)
        }
        return list
      }
      const targets = new Map<Bounds, number[]>()
      for (let to = start; to < end; to++) {
        if (!has(ends, to)) continue
        for (const from of plain[to] ? special : all) visitOne(from, to)
        if (plain[to]) addTo(targets, this.row(to, 'ingress'), to)
      }
      for (const [egress, from] of sources) {
        const possibly = expanded(egress.may, start, end)
        const certainly = egress.must === egress.may ? possibly : expanded(egress.must, start, end)
        for (const [ingress, list] of targets) {
          const may = expand(ingress.may)
          const must = ingress.must === ingress.may ? may : expand(ingress.must)
          let [before, sureBefore]: [Connections, Connections] = [NONE, NONE]
          let found: Found[] = []
          for (const to of list) {
            const out = possibly[to - start] as number
            if (out === NONE) continue
            const sure = certainly[to - start] as number
            if (out !== before || sure !== sureBefore) {
              found = this.#common(from, out, sure, may, must)
              before = out
              sureBefore = sure
            }
            for (const { source, sure, all } of found) visit(source, to, sure, all)
          }
        }
      }
    }
  }

  /** The sources that share connections with rows of their targets. */
  #common(from: readonly number[], out: Connections, sure: Connections, may: Uint32Array, must: Uint32Array): Found[] {
    const found: Found[] = []
    const exact = out === sure && must === may
    for (const source of from) {
      const upper = may[source] as number
      if (upper === NONE) continue
      const all = intersection(out, upper)
      if (all !== NONE) found.push({ source, all, sure: exact ? all : intersection(sure, must[source] as number) })
    }
    return found
  }

  /** In an ambient mesh, TCP between two pods travels to port 15008, which is what network policies see. */
  #allowedAmbient(from: number, to: number): Allowed {
    const tunnelled = this.space.endpoints[from]?.ambient === true && this.space.endpoints[to]?.ambient === true
    return this.layers.reduce<Allowed>(
      (sum, layer) => {
        const { must, may } = this.#pair(from, to, layer.row(from, 'egress'), layer.row(to, 'ingress'))
        const own =
          layer.layer.name === 'istio'
            ? { must, may }
            : tunnelled
              ? { must: tunnel(must), may: tunnel(may) }
              : { must: intersection(must, tunnel(must)), may: union(may, tunnel(may)) }
        return { must: intersection(sum.must, own.must), may: intersection(sum.may, own.may) }
      },
      { must: ALL, may: ALL },
    )
  }

  allowedAddress(index: number, direction: Direction, address: bigint): Allowed {
    const { must, may } = this.row(index, direction)
    return { must: atAddress(must.addresses, address), may: atAddress(may.addresses, address) }
  }
}

/** So many entries of rows may be laid out at a time: 16 MB. */
const LAID_OUT = 4_000_000

/** A source with what is possibly and what is certainly allowed. */
interface Found {
  readonly source: number
  readonly all: Connections
  readonly sure: Connections
}

function addTo(map: Map<Bounds, number[]>, row: Bounds, index: number): void {
  const list = map.get(row)
  if (list) list.push(index)
  else map.set(row, [index])
}

/** A row as one set of connections for each of the endpoints from `start` to before `end`; `start` is a multiple of 32. */
function expanded(row: Row, start: number, end: number): Uint32Array {
  const result = new Uint32Array(end - start)
  for (const { connections, endpoints } of row.groups) {
    forEachBit(endpoints.subarray(start >>> 5, (end + 31) >>> 5), (index) => {
      result[index] = connections
    })
  }
  return result
}

function grouped<K>(policies: readonly Policy[], keyOf: (policy: Policy) => K): ReadonlyMap<K, readonly Policy[]> {
  const groups = new Map<K, Policy[]>()
  for (const policy of policies) {
    const key = keyOf(policy)
    const group = groups.get(key)
    if (group) group.push(policy)
    else groups.set(key, [policy])
  }
  return groups
}

/** Where pods of an ambient mesh take all TCP of the mesh. */
export const HBONE = 15_008

function tunnel(connections: Connections): Connections {
  const tcp = protocol(TCP)
  return atPort(connections, TCP, HBONE) === ALL ? union(connections, tcp) : difference(connections, tcp)
}

/** Whether an endpoint is a node or on the network of one. */
function onNode(endpoint: Endpoint, space: Space): Tri {
  if (endpoint.type === 'node') return true
  if (endpoint.type !== 'pod') return false
  const pod = isPod(endpoint, space.semantics)
  return pod === 'unknown' ? pod : !pod
}

/** @param previous what the revision before had computed; the result is the same without it */
export function reachabilityOf(
  of: ObjectsByKind,
  facts: Pick<Facts, 'workloads' | 'namespaces' | 'services'>,
  previous?: Reachability,
  assumptions = OPEN,
  chosen?: Dataplane,
): Reachability {
  const before = previous instanceof Network ? previous : undefined
  const dataplane = chosen ?? dataplaneOf(of, facts.workloads)
  const cluster = clusterOf(of, facts, dataplane.semantics, assumptions, before?.cluster)
  const policies = readPolicies(of)
  return new Network(dataplane, cluster, policies, layersOf(policies), before)
}
