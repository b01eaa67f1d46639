import { type KubeObject, type Labels, labelsOf } from '../object.ts'
import { get, isUnknown, items, text, texts, type Value } from '../value.ts'
import { serviceAccountOf, type Workload } from '../workload.ts'
import { addressesOfSet } from './dialects/calico.ts'
import type { ContainerPort, Endpoint, NamespaceLabels } from './endpoint.ts'
import { type Addresses, NO_ADDRESS, parseAddress, parseCidrOrAddress, unionAddresses } from './sets/addresses.ts'
import { type Connections, difference, NONE, ports as portRange, protocol, TCP, union } from './sets/connections.ts'

/** How the files are read where they leave something open. */
export interface Assumptions {
  /** Namespaces that no file describes have no labels but their name, instead of labels that nobody knows. */
  readonly closedNamespaces: boolean
  /** Every pod is in the mesh, instead of those that the files put there. */
  readonly allInMesh: boolean
  /** What the cluster has besides the files; undefined for what clusters usually have. */
  readonly besides: readonly Endpoint[] | undefined
}

/** Keys that controllers put on pods. Semantics: the controllers of apps/v1 and batch/v1. */
const CONTROLLER_KEYS: Readonly<Record<string, readonly string[]>> = {
  Deployment: ['pod-template-hash'],
  ReplicaSet: ['pod-template-hash'],
  Rollout: ['rollouts-pod-template-hash'],
  DaemonSet: ['controller-revision-hash', 'pod-template-generation'],
  StatefulSet: ['controller-revision-hash', 'statefulset.kubernetes.io/pod-name', 'apps.kubernetes.io/pod-index'],
  Job: ['job-name', 'batch.kubernetes.io/job-name', 'controller-uid', 'batch.kubernetes.io/controller-uid'],
  CronJob: ['job-name', 'batch.kubernetes.io/job-name', 'controller-uid', 'batch.kubernetes.io/controller-uid'],
}

const NOTHING_KNOWN = {
  serviceAccount: undefined,
  ports: [],
  portsOpen: false,
  hostNetwork: false,
  addresses: NO_ADDRESS,
  workload: undefined,
  profiles: [],
  mesh: false,
  ambient: false,
  bypasses: NONE,
} as const

const cache = new WeakMap<Workload, Endpoint>()

/** The pods of a workload, and their place in a mesh; the same one while both are the same. */
export function endpointOf(workload: Workload, { mesh, ambient }: Mesh): Endpoint {
  const known = cache.get(workload)
  if (known?.mesh === mesh && known.ambient === ambient) return known
  const endpoint = inMesh(read(workload), { mesh, ambient }, workload)
  cache.set(workload, endpoint)
  return endpoint
}

function read(workload: Workload): Omit<Endpoint, 'mesh' | 'ambient'> {
  const { object, labels, spec } = workload
  const account = serviceAccountOf(workload)
  const hostNetwork = get(spec, 'hostNetwork')
  const { ports, open } = portsOf(workload)
  return {
    type: 'pod',
    id: object.id,
    name: object.name,
    namespace: object.namespace,
    namespaced: true,
    labels: labels === 'unknown' ? {} : labels,
    open: labels === 'unknown',
    unknownKeys: (CONTROLLER_KEYS[object.kind] ?? []).filter((key) => labels === 'unknown' || !Object.hasOwn(labels, key)),
    serviceAccount: account,
    ports,
    portsOpen: open,
    hostNetwork: isUnknown(hostNetwork) ? 'unknown' : hostNetwork === true,
    addresses: object.kind === 'Pod' ? podAddresses(object) : NO_ADDRESS,
    workload,
    profiles: profilesOf(object.namespace, account),
    bypasses: NONE,
  }
}

function profilesOf(namespace: string, account: string | undefined): string[] {
  return [`kns.${namespace}`, ...(account === undefined ? [] : [`ksa.${namespace}.${account}`])]
}

function podAddresses(pod: KubeObject): Addresses {
  const written = [text(pod.body, 'status', 'podIP'), ...items(pod.body, 'status', 'podIPs').map((entry) => text(entry, 'ip'))]
  return written.reduce<Addresses>(
    (sum, address) => unionAddresses(sum, (address && parseCidrOrAddress(address)) || NO_ADDRESS),
    NO_ADDRESS,
  )
}

/** The named ports of a pod. Only containers that go on running count: ordinary init containers do not. */
function portsOf(workload: Workload): { readonly ports: readonly ContainerPort[]; readonly open: boolean } {
  const ports: ContainerPort[] = []
  let open = isUnknown(get(workload.spec, 'containers'))
  for (const container of workload.containers) {
    if (container.type === 'ephemeral') continue
    if (container.type === 'init' && get(container.body, 'restartPolicy') !== 'Always') continue
    const list = get(container.body, 'ports')
    if (isUnknown(container.body) || isUnknown(list)) open = true
    for (const entry of items(list)) {
      const name = get(entry, 'name')
      const number = get(entry, 'containerPort')
      const protocol = get(entry, 'protocol') ?? 'TCP'
      if (isUnknown(entry) || isUnknown(name) || isUnknown(protocol) || isUnknown(number)) open = true
      else if (typeof number === 'number' && typeof protocol === 'string')
        ports.push({ name: typeof name === 'string' ? name : '', protocol, number })
    }
  }
  return { ports, open }
}

const DATAPLANE_MODE = 'istio.io/dataplane-mode'

/** Whether anything in the files is in an ambient mesh; if nothing is, what is open is taken not to be. */
export function hasAmbient(workloads: readonly Workload[], namespaces: Iterable<NamespaceLabels>): boolean {
  const inPods = workloads.some(
    ({ object, labels }) => object.name === 'ztunnel' || (labels !== 'unknown' && labels[DATAPLANE_MODE] === 'ambient'),
  )
  return inPods || [...namespaces].some(({ labels }) => labels[DATAPLANE_MODE] === 'ambient')
}

/** Whether the labels of a pod and of its namespace put it into a mesh. Semantics: Istio's sidecar injector and ambient mode. */
export function meshOf(workload: Workload, namespace: NamespaceLabels | undefined, ambientSeen: boolean): Mesh {
  const own = workload.labels === 'unknown' ? {} : workload.labels
  const annotations = workload.annotations === 'unknown' ? {} : workload.annotations
  if (own[DATAPLANE_MODE] === 'ambient') return { mesh: true, ambient: true }
  // A gateway runs the proxy itself, and says that it wants no other.
  if (runsProxy(workload)) return { mesh: true, ambient: false }
  const inject = own['sidecar.istio.io/inject'] ?? annotations['sidecar.istio.io/inject']
  if (inject !== undefined) return { mesh: inject === 'true', ambient: false }
  if (Object.hasOwn(own, 'istio.io/rev')) return { mesh: true, ambient: false }
  const inherited = meshOfNamespace(namespace, ambientSeen)
  return inherited.mesh === false && workload.labels === 'unknown'
    ? { mesh: 'unknown', ambient: ambientSeen ? 'unknown' : false }
    : inherited
}

function runsProxy({ containers }: Workload): boolean {
  return containers.some(({ name }) => name === 'istio-proxy')
}

const CANONICAL_NAME = 'service.istio.io/canonical-name'
const CANONICAL_REVISION = 'service.istio.io/canonical-revision'
const TLS_MODE = 'security.istio.io/tlsMode'
const INJECTED_KEYS: readonly string[] = [CANONICAL_NAME, CANONICAL_REVISION, TLS_MODE]

/** A pod in a mesh. Semantics: Istio's injection template: a pod that gets a sidecar gets labels as well, by which policies may select it. */
function inMesh(pod: Omit<Endpoint, 'mesh' | 'ambient'>, mesh: Mesh, workload: Workload): Endpoint {
  if (mesh.mesh === false || mesh.ambient === true || pod.open || runsProxy(workload)) return { ...pod, ...mesh }
  if (mesh.mesh === 'unknown') return { ...pod, ...mesh, maybeKeys: INJECTED_KEYS.filter((key) => !Object.hasOwn(pod.labels, key)) }
  const { labels } = pod
  const bypasses = bypassesOf(workload)
  const name = labels[CANONICAL_NAME] ?? labels['app.kubernetes.io/name'] ?? labels['app'] ?? workload.object.name
  const revision = labels[CANONICAL_REVISION] ?? labels['app.kubernetes.io/version'] ?? labels['version'] ?? 'latest'
  return { ...pod, ...mesh, bypasses, labels: { [TLS_MODE]: 'istio', ...labels, [CANONICAL_NAME]: name, [CANONICAL_REVISION]: revision } }
}

/** Semantics: Istio's `traffic.sidecar.istio.io` annotations: ports listed as excluded, or left out of a list of included ones. */
function bypassesOf({ annotations }: Workload): Connections {
  const written = (key: string): string | undefined =>
    annotations === 'unknown' ? undefined : annotations[`traffic.sidecar.istio.io/${key}`]?.trim()
  const listed = (list: string): Connections =>
    list
      .split(',')
      .map((port) => Number(port))
      .filter((port) => Number.isInteger(port))
      .map((port) => portRange(TCP, port))
      .reduce(union, NONE)
  const included = written('includeInboundPorts')
  const rest = included === undefined || included === '*' ? NONE : difference(protocol(TCP), listed(included))
  return union(rest, listed(written('excludeInboundPorts') ?? ''))
}

export type Mesh = Pick<Endpoint, 'mesh' | 'ambient'>

/** Where a namespace puts pods that say nothing of a mesh themselves. */
export function meshOfNamespace(namespace: NamespaceLabels | undefined, ambientSeen: boolean): Mesh {
  const labels: Labels = namespace?.labels ?? {}
  if (labels[DATAPLANE_MODE] === 'ambient') return { mesh: true, ambient: true }
  if (labels['istio-injection'] === 'enabled' || Object.hasOwn(labels, 'istio.io/rev')) return { mesh: true, ambient: false }
  if (namespace && !namespace.open) return { mesh: false, ambient: false }
  return { mesh: 'unknown', ambient: ambientSeen ? 'unknown' : false }
}

/** A pod without labels, as it may come to a namespace at any time. */
export function freshPod(namespace: string, mesh: Mesh): Endpoint {
  return {
    ...NOTHING_KNOWN,
    ...mesh,
    type: 'fresh',
    id: `fresh/${namespace}`,
    name: 'a new pod',
    namespace,
    namespaced: true,
    labels: {},
    open: false,
    unknownKeys: [],
    serviceAccount: 'default',
    profiles: profilesOf(namespace, 'default'),
  }
}

/** Pods that clusters have and that the files do not contain. */
export function virtualPod(
  id: string,
  name: string,
  namespace: string,
  labels: Labels,
  ports: readonly ContainerPort[],
  closed: boolean,
): Endpoint {
  return {
    ...NOTHING_KNOWN,
    type: 'pod',
    id,
    name,
    namespace,
    namespaced: true,
    labels,
    open: !closed,
    unknownKeys: [],
    ports,
    profiles: profilesOf(namespace, undefined),
    mesh: 'unknown',
    ambient: false,
  }
}

export function plainEndpoint(type: 'node' | 'apiserver' | 'name', name: string): Endpoint {
  return {
    ...NOTHING_KNOWN,
    type,
    id: `${type}/${name}`,
    name,
    namespace: '',
    namespaced: false,
    labels: {},
    open: false,
    unknownKeys: [],
    hostNetwork: type === 'node',
  }
}

/** Calico's own endpoints and sets: HostEndpoint, WorkloadEndpoint, NetworkSet, GlobalNetworkSet. */
export function calicoEndpoint(object: KubeObject): Endpoint {
  const { kind, name, namespace, body } = object
  const labels = labelsOf(body, 'metadata', 'labels')
  const set = kind === 'NetworkSet' || kind === 'GlobalNetworkSet'
  const namespaced = kind === 'WorkloadEndpoint' || kind === 'NetworkSet'
  const written = texts(body, 'spec', 'profiles')
  const account = labels === 'unknown' ? undefined : labels['projectcalico.org/serviceaccount']
  return {
    ...NOTHING_KNOWN,
    type: set ? 'set' : kind === 'HostEndpoint' ? 'host' : 'pod',
    id: object.id,
    name,
    namespace: namespaced ? namespace : '',
    namespaced,
    labels: labels === 'unknown' ? {} : labels,
    open: labels === 'unknown',
    unknownKeys: [],
    serviceAccount: account,
    ports: items(body, 'spec', 'ports').flatMap((port) => calicoPort(port)),
    addresses: set ? addressesOfSet(object) : addressesOf([...texts(body, 'spec', 'expectedIPs'), ...texts(body, 'spec', 'ipNetworks')]),
    profiles: written.length > 0 ? written : namespaced ? profilesOf(namespace, account) : [],
  }
}

function calicoPort(port: Value): ContainerPort[] {
  const number = get(port, 'port')
  const protocol = get(port, 'protocol')
  return typeof number === 'number'
    ? [{ name: text(port, 'name') ?? '', protocol: typeof protocol === 'string' ? protocol.toUpperCase() : 'TCP', number }]
    : []
}

function addressesOf(written: readonly string[]): Addresses {
  return written.reduce<Addresses>((sum, block) => unionAddresses(sum, parseCidrOrAddress(block) ?? NO_ADDRESS), NO_ADDRESS)
}

/** Whether a host name is an address, which then is none. */
export function isHostName(host: string): boolean {
  return parseAddress(host) === undefined
}
