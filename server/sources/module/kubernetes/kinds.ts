/** What the `kubernetes` provider calls a kind. */
export interface ProviderKind {
  readonly apiVersion: string
  readonly kind: string
  readonly namespaced: boolean
}

/** By the name of the resource without `kubernetes_` and version. A star marks what no namespace holds. */
const KINDS: Readonly<Record<string, string>> = {
  api_service: 'apiregistration.k8s.io/v1 APIService*',
  certificate_signing_request: 'certificates.k8s.io/v1 CertificateSigningRequest*',
  cluster_role: 'rbac.authorization.k8s.io/v1 ClusterRole*',
  cluster_role_binding: 'rbac.authorization.k8s.io/v1 ClusterRoleBinding*',
  config_map: 'v1 ConfigMap',
  cron_job: 'batch/v1 CronJob',
  csi_driver: 'storage.k8s.io/v1 CSIDriver*',
  daemon_set: 'apps/v1 DaemonSet',
  daemonset: 'apps/v1 DaemonSet',
  default_service_account: 'v1 ServiceAccount',
  deployment: 'apps/v1 Deployment',
  endpoint_slice: 'discovery.k8s.io/v1 EndpointSlice',
  endpoints: 'v1 Endpoints',
  horizontal_pod_autoscaler: 'autoscaling/v2 HorizontalPodAutoscaler',
  ingress: 'networking.k8s.io/v1 Ingress',
  ingress_class: 'networking.k8s.io/v1 IngressClass*',
  job: 'batch/v1 Job',
  limit_range: 'v1 LimitRange',
  mutating_webhook_configuration: 'admissionregistration.k8s.io/v1 MutatingWebhookConfiguration*',
  validating_webhook_configuration: 'admissionregistration.k8s.io/v1 ValidatingWebhookConfiguration*',
  validating_admission_policy: 'admissionregistration.k8s.io/v1 ValidatingAdmissionPolicy*',
  namespace: 'v1 Namespace*',
  network_policy: 'networking.k8s.io/v1 NetworkPolicy',
  persistent_volume: 'v1 PersistentVolume*',
  persistent_volume_claim: 'v1 PersistentVolumeClaim',
  pod: 'v1 Pod',
  pod_disruption_budget: 'policy/v1 PodDisruptionBudget',
  pod_security_policy: 'policy/v1beta1 PodSecurityPolicy*',
  priority_class: 'scheduling.k8s.io/v1 PriorityClass*',
  replication_controller: 'v1 ReplicationController',
  resource_quota: 'v1 ResourceQuota',
  role: 'rbac.authorization.k8s.io/v1 Role',
  role_binding: 'rbac.authorization.k8s.io/v1 RoleBinding',
  runtime_class: 'node.k8s.io/v1 RuntimeClass*',
  secret: 'v1 Secret',
  service: 'v1 Service',
  service_account: 'v1 ServiceAccount',
  stateful_set: 'apps/v1 StatefulSet',
  storage_class: 'storage.k8s.io/v1 StorageClass*',
}

const VERSION = /_v\d(?:(?:alpha|beta)\d)?$/

/** Undefined for a resource that stands for no object of its own. */
export function providerKind(type: string): ProviderKind | undefined {
  if (!type.startsWith('kubernetes_')) return undefined
  const name = type.slice('kubernetes_'.length).replace(VERSION, '')
  const known = Object.hasOwn(KINDS, name) ? KINDS[name] : undefined
  if (known === undefined || /_data$/.test(type)) return undefined
  const [apiVersion = '', kind = ''] = known.replace('*', '').split(' ')
  return { apiVersion, kind, namespaced: !known.endsWith('*') }
}

/** The resource that creates a kind; undefined where only `kubernetes_manifest` can. */
export function resourceTypeOf(apiVersion: string, kind: string): string | undefined {
  const found = Object.entries(KINDS).find(
    ([name, known]) =>
      known.replace('*', '') === `${apiVersion} ${kind}` &&
      !/^(?:daemonset|default_service_account|horizontal_pod_autoscaler|pod_security_policy)$/.test(name),
  )
  return found && `kubernetes_${found[0]}_v1`
}
