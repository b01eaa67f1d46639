import type { Tri } from '../tri.ts'
import type { Workload } from '../workload.ts'
import type { Labelled } from './labels.ts'
import type { Addresses } from './sets/addresses.ts'
import type { Connections } from './sets/connections.ts'

/**
 * One end of a connection that policies can tell apart. `pod` stands for all pods of a workload (`virtual`: one
 * that the files do not contain but that clusters have), `fresh` for a pod without labels that may come to a
 * namespace, `host` for a Calico HostEndpoint, `set` for a Calico network set, `node` for the cluster's nodes,
 * `apiserver` for the control plane, `name` for a host name outside the cluster.
 */
export type EndpointType = 'pod' | 'fresh' | 'host' | 'set' | 'node' | 'apiserver' | 'name'

export interface Endpoint extends Labelled {
  readonly type: EndpointType
  /** Tells endpoints apart, also between revisions: `apps/Deployment/shop/cart`. */
  readonly id: string
  readonly name: string
  /** '' when there is none or when it is left open (see `facts.namespaces`). */
  readonly namespace: string
  /** Whether it belongs to a namespace at all. */
  readonly namespaced: boolean
  readonly serviceAccount: string | undefined
  readonly ports: readonly ContainerPort[]
  /** There may be further named ports. */
  readonly portsOpen: boolean
  /** On the node's own network: policies do not see it as a pod. */
  readonly hostNetwork: Tri
  /** Where they are written: `status.podIP`, `expectedIPs`, a network set's `nets`. */
  readonly addresses: Addresses
  readonly workload: Workload | undefined
  /** Calico profiles: those that are written, or those of its namespace and account. */
  readonly profiles: readonly string[]
  /** In a mesh: its traffic carries an identity. */
  readonly mesh: Tri
  /** Its traffic goes through the node's proxy of an ambient mesh, to port 15008. */
  readonly ambient: Tri
  /** Incoming connections that a pod of a mesh takes past its proxy. */
  readonly bypasses: Connections
}

export interface ContainerPort {
  readonly name: string
  readonly protocol: string
  readonly number: number
}

/** The label by which Kubernetes lets selectors name a namespace. */
export const NAME_LABEL = 'kubernetes.io/metadata.name'

/** What is known of a namespace's labels. */
export interface NamespaceLabels extends Labelled {
  readonly name: string
}

/** Whether policies treat two endpoints alike: revisions of which all endpoints are alike can share all that was computed. */
export function isAlike(a: Endpoint, b: Endpoint): boolean {
  if (a === b) return true
  const sameWorkload = a.workload !== undefined && a.workload === b.workload
  return sameWorkload ? a.mesh === b.mesh && a.ambient === b.ambient : signature(a) === signature(b)
}

function signature(endpoint: Endpoint): string {
  const { workload: _, addresses, ...rest } = endpoint
  return JSON.stringify({ ...rest, addresses: addresses.map(String) })
}
