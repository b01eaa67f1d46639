import { posix } from 'node:path'
import { parse as parseYaml } from 'yaml'
import type { Endpoint } from '../../../../server/model/network/endpoint.ts'
import { ROOT_NAMESPACE } from '../../../../server/model/mesh.ts'
import { virtualPod } from '../../../../server/model/network/endpoints.ts'
import {
  type Addresses,
  type AddressMap,
  EVERY_ADDRESS,
  mapAddresses,
  NO_ADDRESS,
  parseCidrOrAddress,
  toCidrs,
  unionAddresses,
  withoutAddresses,
} from '../../../../server/model/network/sets/addresses.ts'
import { type Connections, intersection, NONE } from '../../../../server/model/network/sets/connections.ts'
import { type KubeObject, makeObject } from '../../../../server/model/object.ts'
import { type Body, get, isList, isMap, items, text, texts, type Value } from '../../../../server/model/value.ts'
import { constraintsOf } from './constraints.ts'
import { inDefault, type Known, ownerOf, reach, readObjects, readText } from '../data.ts'

/** What network-config-analyzer calls a layer: a connection must be allowed by all of them. */
export type LayerName = 'network' | 'istio' | 'gateway'

export interface Pod {
  readonly id: string
  readonly endpoint: Endpoint
  /** The controller's name, else its own. */
  readonly owner: string
  readonly index: number
}

/** A set of policies with its topology, and the connections that it allows. */
export interface Network {
  readonly objects: readonly KubeObject[]
  readonly known: Known
  readonly pods: readonly Pod[]
  /** A policy is about IPv6; else only IPv4 is compared. */
  readonly v6: boolean
  /** Between two pods, by their place in `pods`. */
  between(from: number, to: number): Connections
  outside(pod: number, direction: 'ingress' | 'egress'): AddressMap
  /** Host names outside the cluster that the files know. */
  readonly names: readonly string[]
  toName(pod: number, name: string): Connections
}

const CALICO = /(^|\.)projectcalico\.org$/

/** Of which layer a policy in the tool's sense is; undefined for the topology. */
export function layerOf({ group, kind }: KubeObject): LayerName | undefined {
  if (kind === 'NetworkPolicy' || kind === 'GlobalNetworkPolicy') return 'network'
  if (kind === 'AuthorizationPolicy' || kind === 'Sidecar') return 'istio'
  if (
    (group === 'networking.k8s.io' && kind === 'Ingress') ||
    (group === 'networking.istio.io' && (kind === 'VirtualService' || kind === 'Gateway'))
  )
    return 'gateway'
  return undefined
}

const loaded = new Map<string, readonly KubeObject[]>()

/** The objects of a configuration, each once. Policies count only where the scheme lists them as such. */
export function load(scheme: string, { name, sources }: Config): readonly KubeObject[] {
  const key = `${scheme}\n${name}`
  let objects = loaded.get(key)
  if (!objects) {
    const listed = policySources(scheme, name)
    const byId = new Map<string, KubeObject>()
    for (const source of sources) {
      for (const object of readObjects(`network/nca/${source}`, source.endsWith('/**'))) {
        const placed = inDefault(asTheyRead(object))
        const counts = layerOf(placed) === undefined || listed === undefined || listed.has(source)
        if (counts && !byId.has(placed.id)) byId.set(placed.id, placed)
      }
    }
    objects = inFileOrder([...byId.values()])
    loaded.set(key, objects)
  }
  return objects
}

export interface Config {
  readonly name: string
  readonly sources: readonly string[]
}

/** Undefined when the scheme does not tell policies from other resources. */
function policySources(scheme: string, name: string): ReadonlySet<string> | undefined {
  const document = parseYaml(readText(`network/nca/${scheme}`)) as { networkConfigList?: Record<string, unknown>[] }
  const config = document.networkConfigList?.find((entry) => entry['name'] === name)
  const lists = [config?.['networkPolicyList'], config?.['resourceList']].filter((list) => list !== undefined).flat() as string[]
  if (config?.['networkPolicyList'] === undefined) return undefined
  return new Set(lists.map((path) => posix.normalize(`${posix.dirname(scheme)}/${path}`).replace(/\/$/, '')))
}

/**
 * The tool takes an empty map for no selector, a pod template without containers for a pod, and `notNets` for
 * the addresses outside the cluster that are not excluded. Where it differs from the dialects, their objects are
 * written as it reads them.
 */
function asTheyRead(object: KubeObject): KubeObject {
  const read = (value: Value): Value => {
    if (isList(value)) return value.map(read)
    if (!isMap(value)) return value
    if (object.group === 'security.istio.io')
      return Object.fromEntries(Object.entries(withinMesh(value)).map(([key, inner]) => [key, read(inner)]))
    if (CALICO.test(object.group) && texts(value, 'notNets').length > 0) {
      const { notNets: _, ...rest } = value
      const wanted = texts(value, 'nets').length > 0 ? blocks(texts(value, 'nets')) : EVERY_ADDRESS
      return read({ ...rest, nets: toCidrs(withoutAddresses(wanted, blocks(texts(value, 'notNets')))) })
    }
    return Object.fromEntries(
      Object.entries(value)
        .filter(
          ([key, inner]) => !(CALICO.test(object.group) && /[sS]elector$/.test(key) && isMap(inner) && Object.keys(inner).length === 0),
        )
        .map(([key, inner]) => [key, key === 'template' && isMap(inner) && !('spec' in inner) ? { ...inner, spec: {} } : read(inner)]),
    )
  }
  const body = object.kind === 'Profile' ? openEnded(read(object.body)) : read(object.body)
  const placed = object.group === 'security.istio.io' && object.namespace === 'istio-config' && isMap(body) ? inRoot(body) : body
  return makeObject(placed, object.unit, object.file) ?? object
}

/** What no rule of a profile matches is allowed there; Calico denies it. */
function openEnded(body: Value): Value {
  if (!isMap(body)) return body
  const spec = get(body, 'spec')
  const rules = (key: string): Value => [...items(spec, key), { action: 'Allow' }]
  return { ...body, spec: { ...(isMap(spec) ? spec : {}), ingress: rules('ingress'), egress: rules('egress') } }
}

/** Exclusions by identity leave out everybody who has none, as they do not in Istio. */
function withinMesh(value: Body): Body {
  const missing = ['Namespaces', 'Principals'].filter(
    (key) => texts(value, `not${key}`).length > 0 && texts(value, key.toLowerCase()).length === 0,
  )
  const condition = /^source\.(namespace|principal)$/.test(text(value, 'key') ?? '') && texts(value, 'notValues').length > 0
  return {
    ...value,
    ...Object.fromEntries(missing.map((key) => [key.toLowerCase(), ['*']])),
    ...(condition && texts(value, 'values').length === 0 ? { values: ['*'] } : {}),
  }
}

/** The root namespace of the mesh has another name there. */
function inRoot(body: Body): Body {
  const metadata = get(body, 'metadata')
  return { ...body, metadata: { ...(isMap(metadata) ? metadata : {}), namespace: ROOT_NAMESPACE } }
}

/** The tool keeps the order of the files where policies have none of their own; Calico goes by name. */
function inFileOrder(objects: readonly KubeObject[]): readonly KubeObject[] {
  return objects.map((object, i) => {
    const spec = get(object.body, 'spec')
    if (layerOf(object) !== 'network' || !CALICO.test(object.group) || get(spec, 'order') !== undefined || !isMap(spec)) return object
    return makeObject({ ...object.body, spec: { ...spec, order: 1e9 + i } }, object.unit, object.file) ?? object
  })
}

function blocks(cidrs: readonly string[]): Addresses {
  return cidrs.reduce<Addresses>((sum, cidr) => unionAddresses(sum, parseCidrOrAddress(cidr) ?? NO_ADDRESS), NO_ADDRESS)
}

export function networkOf(objects: readonly KubeObject[]): Network {
  const calico = objects.some(({ group }) => CALICO.test(group))
  const known = reach(objects, calico ? 'calico' : 'generic', simulated(objects))
  const { reachability } = known
  const byId = new Map(objects.map((object) => [object.id, object]))
  const pods = reachability.space.endpoints.flatMap((endpoint, index): Pod[] => {
    if (endpoint.type !== 'pod' && endpoint.type !== 'host') return []
    const object = byId.get(endpoint.id)
    const owner = endpoint.workload ? ownerOf(endpoint.workload).name : object ? endpointOwner(object) : endpoint.name
    return [{ id: endpoint.id, endpoint, owner, index }]
  })
  const limits = constraintsOf(objects, pods, known)
  const index = (place: number): number => pods[place]?.index ?? -1
  const toName = (place: number, name: string): Connections => {
    const target = reachability.find(`name/${name}`)
    return target === undefined ? NONE : intersection(limits.toName(place, name), reachability.allowed(index(place), target).must)
  }
  return {
    objects,
    known,
    pods,
    v6: mentionsV6(objects),
    between: (from, to) => intersection(reachability.allowed(index(from), index(to)).must, limits.between(from, to)),
    outside: (place, direction) => {
      const map = reachability.row(index(place), direction).must.addresses
      return direction === 'egress' ? mapAddresses(map, (connections) => intersection(connections, limits.toOutside(place))) : map
    },
    names: limits.names,
    toName,
  }
}

function mentionsV6(objects: readonly KubeObject[]): boolean {
  const has = (value: Value): boolean => {
    if (typeof value === 'string') return value.includes(':') && parseCidrOrAddress(value) !== undefined
    return isList(value) ? value.some(has) : isMap(value) && Object.values(value).some(has)
  }
  return objects.some((object) => layerOf(object) !== undefined && has(object.body))
}

/** The tool adds the DNS server when a policy names it and the topology does not contain it. */
function simulated(objects: readonly KubeObject[]): Endpoint[] {
  const named = (object: KubeObject): boolean => JSON.stringify(object.body).includes('"k8s-app":"kube-dns"')
  const missing = objects.some((object) => layerOf(object) && named(object)) && !objects.some((object) => !layerOf(object) && named(object))
  return missing ? [virtualPod('simulated/kube-dns', 'kube-dns', 'kube-system', { 'k8s-app': 'kube-dns' }, [], true)] : []
}

/** A WorkloadEndpoint is named after its node; its pod is named in it. */
function endpointOwner({ name, body }: KubeObject): string {
  const generated = get(body, 'metadata', 'generateName')
  if (typeof generated === 'string') return generated.replace(/-$/, '')
  const pod = get(body, 'spec', 'pod')
  return typeof pod === 'string' ? pod : name
}

/** A part of a configuration that a query names: all of it, or one of its policies with the topology. */
export function only(objects: readonly KubeObject[], policy: string | undefined): readonly KubeObject[] {
  if (policy === undefined) return objects
  const parts = policy.split('/')
  const name = parts.at(-1)
  const namespace = parts.length > 1 ? parts.at(-2) : undefined
  return objects.filter(
    (object) => layerOf(object) === undefined || (object.name === name && (namespace === undefined || object.namespace === namespace)),
  )
}

export function ofLayer(objects: readonly KubeObject[], layer: LayerName): readonly KubeObject[] {
  return objects.filter((object) => (layerOf(object) ?? layer) === layer)
}

/** The policies, without what routes traffic. */
export function policiesOf(objects: readonly KubeObject[], layer?: LayerName): readonly KubeObject[] {
  return objects.filter((object) => {
    const own = layerOf(object)
    return own !== undefined && own !== 'gateway' && (layer === undefined || own === layer)
  })
}

export function withoutGateways(objects: readonly KubeObject[]): readonly KubeObject[] {
  return objects.filter((object) => layerOf(object) !== 'gateway')
}
