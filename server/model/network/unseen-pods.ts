import type { Facts } from '../facts.ts'
import type { KubeObject, Labels } from '../object.ts'
import { labelsOf } from '../object.ts'
import { type Workload, workloadOf, workloadsUsing } from '../workload.ts'

/** Groups whose objects run no pods. */
const NO_PODS: ReadonlySet<string> = new Set([
  'cert-manager.io',
  'acme.cert-manager.io',
  'networking.istio.io',
  'security.istio.io',
  'telemetry.istio.io',
  'gateway.networking.k8s.io',
  'cilium.io',
  'projectcalico.org',
  'crd.projectcalico.org',
  'external-secrets.io',
  'bitnami.com',
  'kyverno.io',
  'argoproj.io',
  'autoscaling.k8s.io',
  'snapshot.storage.k8s.io',
  'traefik.io',
  'traefik.containo.us',
  'route.openshift.io',
  'policy.networking.k8s.io',
])
const NO_PODS_KINDS: ReadonlySet<string> = new Set([
  'ServiceMonitor',
  'PodMonitor',
  'Probe',
  'PrometheusRule',
  'ScrapeConfig',
  'AlertmanagerConfig',
])

/** Whether an object is one for which an operator may run pods that are not in the files. */
export function mayRunPods(object: KubeObject): boolean {
  const { group, kind } = object
  const builtIn = !group.includes('.') || group.endsWith('.k8s.io') || group === 'file' || group === 'terraform'
  return !builtIn && !NO_PODS.has(group) && !NO_PODS_KINDS.has(kind) && workloadOf(object) === undefined
}

/** Labels that the pods of a custom object probably carry: its own, and those that it states for its pods. */
export function likelyLabels({ body, name }: KubeObject): Labels | 'unknown' {
  const own = labelsOf(body, 'metadata', 'labels')
  const pods = labelsOf(body, 'spec', 'podMetadata', 'labels')
  if (own === 'unknown' || pods === 'unknown') return 'unknown'
  return { 'app.kubernetes.io/instance': name, ...own, ...pods }
}

/** What pods come from, as API group and resource. */
const MADE_OF: readonly (readonly [string, string])[] = [
  ['', 'pods'],
  ['apps', 'deployments'],
  ['apps', 'daemonsets'],
  ['apps', 'statefulsets'],
  ['batch', 'jobs'],
]

const makers = new WeakMap<
  Facts['access'],
  { readonly workloads: Facts['workloads']; readonly byNamespace: Map<string, Workload | undefined> }
>()

/** A workload of the files that may run further pods in a namespace: with which labels, only its code tells. */
export function makerOfPods(namespace: string, { access, workloads }: Pick<Facts, 'access' | 'workloads'>): Workload | undefined {
  let known = makers.get(access)
  if (known?.workloads !== workloads) {
    known = { workloads, byNamespace: new Map() }
    makers.set(access, known)
  }
  if (!known.byNamespace.has(namespace)) known.byNamespace.set(namespace, findMaker(namespace, access, workloads))
  return known.byNamespace.get(namespace)
}

function findMaker(namespace: string, access: Facts['access'], workloads: Facts['workloads']): Workload | undefined {
  for (const [group, resource] of MADE_OF) {
    for (const { subject } of access.whoCan({ verb: 'create', group, resource, namespace }).holders) {
      const [user] = subject.kind === 'ServiceAccount' ? workloadsUsing(workloads, subject.namespace, subject.name) : []
      if (user) return user
    }
  }
  return undefined
}
