import type { ObjectsByKind } from './facts.ts'
import { get, items, text, type Value } from './value.ts'
import type { Workload } from './workload.ts'

/** What the repository of a whole cluster holds. The first is what a single operator or controller brings along too. */
const SIGNS: readonly (readonly string[])[] = [
  [
    'apiextensions.k8s.io/CustomResourceDefinition',
    'admissionregistration.k8s.io/ValidatingWebhookConfiguration',
    'networking.k8s.io/IngressClass',
    'gateway.networking.k8s.io/GatewayClass',
  ],
  ['storage.k8s.io/StorageClass'],
  ['kyverno.io/ClusterPolicy', 'templates.gatekeeper.sh/ConstraintTemplate', 'admissionregistration.k8s.io/ValidatingAdmissionPolicy'],
  ['cert-manager.io/ClusterIssuer'],
  ['argoproj.io/Application'],
]

const CLUSTER_IMAGES =
  /(^|\/)(calico|cilium|flannel|ingress-nginx|nginx-ingress-controller|traefik|cert-manager-controller|istiod|pilot|coredns|kube-proxy|cluster-autoscaler|karpenter)[^/]*$/

/**
 * Whether the files describe a cluster, not only applications on one: two independent signs. Only then does
 * what is missing from them say anything about the cluster.
 */
export function describesCluster(of: ObjectsByKind, workloads: readonly Workload[]): boolean {
  if (appliesFolders(of)) return false
  const [brought, ...others] = SIGNS.map((kinds) => kinds.some((kind) => of(kind).length > 0))
  const signs = others.filter((seen) => seen).length
  if (signs === 0) return false
  return (
    signs > 1 ||
    brought === true ||
    workloads.some((workload) => imagesOf(workload).some((image) => CLUSTER_IMAGES.test(image.replace(/[:@].*$/, ''))))
  )
}

/** GitOps objects that apply folders say that more goes to the cluster than stands beside them. */
function appliesFolders(of: ObjectsByKind): boolean {
  const bySource = (source: Value | undefined): boolean => text(source, 'path') !== undefined
  return (
    of('kustomize.toolkit.fluxcd.io/Kustomization').length > 0 ||
    of('argoproj.io/Application').some(({ body }) => [get(body, 'spec', 'source'), ...items(body, 'spec', 'sources')].some(bySource)) ||
    of('argoproj.io/ApplicationSet').length > 0
  )
}

export function imagesOf({ containers }: Workload): string[] {
  return containers.map(({ body }) => text(body, 'image') ?? '')
}

/** The charts that GitOps objects install by name. */
export function chartsOf(of: ObjectsByKind): string[] {
  const named = (kind: string, ...path: string[]): string[] => of(kind).flatMap(({ body }) => text(body, ...path) ?? [])
  return [
    ...named('argoproj.io/Application', 'spec', 'source', 'chart'),
    ...of('argoproj.io/Application').flatMap(({ body }) => items(body, 'spec', 'sources').flatMap((source) => text(source, 'chart') ?? [])),
    ...named('helm.toolkit.fluxcd.io/HelmRelease', 'spec', 'chart', 'spec', 'chart'),
    ...named('helm.cattle.io/HelmChart', 'spec', 'chart'),
  ].map((chart) => chart.slice(chart.lastIndexOf('/') + 1))
}
