import type { ObjectsByKind } from '../facts.ts'
import type { Labels } from '../object.ts'
import type { Value } from '../value.ts'
import type { Workload } from '../workload.ts'

/** The pods that answer the cluster's names. */
export interface Dns {
  readonly namespace: string
  readonly labels: Labels
  /** Of the pods, UDP and TCP. */
  readonly port: number
  /** Undefined when the files do not contain it. */
  readonly workload: Workload | undefined
  /** Pods ask a cache on their node at this address instead. */
  readonly nodeLocal: string | undefined
}

export const DNS_ID = 'dns/kube-dns'

const OPENSHIFT_LABEL = 'dns.operator.openshift.io/daemonset-dns'

/** Kinds that only OpenShift has: its DNS server is another one. */
export const DNS_KINDS: readonly string[] = [
  'route.openshift.io/Route',
  'apps.openshift.io/DeploymentConfig',
  'build.openshift.io/BuildConfig',
  'image.openshift.io/ImageStream',
  'security.openshift.io/SecurityContextConstraints',
  'config.openshift.io/ClusterVersion',
]

/** The DNS server of the files, or the one that clusters of their kind have. */
export function dnsOf(of: ObjectsByKind, workloads: readonly Workload[]): Dns {
  const workload = workloads.find(isDns)
  const nodeLocal = workloads.some(({ object }) => object.name === 'node-local-dns') ? '169.254.20.10' : undefined
  const openshift = workload ? workload.object.namespace === 'openshift-dns' : DNS_KINDS.some((kind) => of(kind).length > 0)
  const known = openshift
    ? { namespace: 'openshift-dns', labels: { [OPENSHIFT_LABEL]: 'default' }, port: 5353 }
    : { namespace: 'kube-system', labels: { 'k8s-app': 'kube-dns' }, port: 53 }
  return { ...known, workload, nodeLocal }
}

export function isDns({ object, labels }: Workload): boolean {
  if (object.namespace !== 'kube-system' && object.namespace !== 'openshift-dns') return false
  return labels !== 'unknown' && (labels['k8s-app'] === 'kube-dns' || labels[OPENSHIFT_LABEL] !== undefined)
}

/** The rule of a NetworkPolicy that lets pods ask for names. */
export function dnsEgress({ namespace, labels, port, nodeLocal }: Dns): Value {
  return {
    to: [
      { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } }, podSelector: { matchLabels: labels } },
      ...(nodeLocal === undefined ? [] : [{ ipBlock: { cidr: `${nodeLocal}/32` } }]),
    ],
    ports: [
      { protocol: 'UDP', port },
      { protocol: 'TCP', port },
    ],
  }
}
