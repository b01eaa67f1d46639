/** Group, version and kind; '' matches anything where they select. */
export interface Gvk {
  readonly group: string
  readonly version: string
  readonly kind: string
}

/** What identifies an object during a build: an id of an earlier name or namespace, or its current one. */
export interface Id extends Gvk {
  readonly name: string
  /** As written, '' when it is not. */
  readonly namespace: string
  readonly clusterScoped: boolean
}

export function groupVersion(apiVersion: string): { group: string; version: string } {
  const slash = apiVersion.indexOf('/')
  return slash < 0 ? { group: '', version: apiVersion } : { group: apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1) }
}

export function sameGvk(a: Gvk, b: Gvk): boolean {
  return a.group === b.group && a.version === b.version && a.kind === b.kind
}

export function isSelected(gvk: Gvk, selector: Gvk): boolean {
  return (
    (selector.group === '' || selector.group === gvk.group) &&
    (selector.version === '' || selector.version === gvk.version) &&
    (selector.kind === '' || selector.kind === gvk.kind)
  )
}

const NO_NAMESPACE = '_non_namespaceable_'

/** The namespace by which ids are compared: none and `default` are the same. */
export function effectiveNamespace(id: Id): string {
  return id.clusterScoped ? NO_NAMESPACE : id.namespace || 'default'
}

export function isNamespaced(effective: string): boolean {
  return effective !== NO_NAMESPACE
}

export function sameId(a: Id, b: Id): boolean {
  return a.name === b.name && sameGvk(a, b) && effectiveNamespace(a) === effectiveNamespace(b)
}

export function idKey(id: Id): string {
  return `${id.group}/${id.version}/${id.kind}/${effectiveNamespace(id)}/${id.name}`
}

export function describeId(id: Id): string {
  return `${id.kind} ${id.namespace ? `${id.namespace}/` : ''}${id.name || '(no name)'}`
}

/** Kustomize knows the scope of these kinds only, and takes every other one for namespaced. */
const CLUSTER_SCOPED = new Set(
  [
    'v1 ComponentStatus Namespace Node PersistentVolume',
    'admissionregistration.k8s.io/v1 MutatingWebhookConfiguration ValidatingWebhookConfiguration',
    'admissionregistration.k8s.io/v1beta1 MutatingWebhookConfiguration ValidatingWebhookConfiguration',
    'apiextensions.k8s.io/v1 CustomResourceDefinition',
    'apiextensions.k8s.io/v1beta1 CustomResourceDefinition',
    'apiregistration.k8s.io/v1 APIService',
    'apiregistration.k8s.io/v1beta1 APIService',
    'certificates.k8s.io/v1 CertificateSigningRequest',
    'certificates.k8s.io/v1beta1 CertificateSigningRequest',
    'flowcontrol.apiserver.k8s.io/v1beta1 FlowSchema PriorityLevelConfiguration',
    'networking.k8s.io/v1 IngressClass',
    'networking.k8s.io/v1beta1 IngressClass',
    'node.k8s.io/v1 RuntimeClass',
    'node.k8s.io/v1beta1 RuntimeClass',
    'policy/v1beta1 PodSecurityPolicy',
    'rbac.authorization.k8s.io/v1 ClusterRole ClusterRoleBinding',
    'rbac.authorization.k8s.io/v1beta1 ClusterRole ClusterRoleBinding',
    'scheduling.k8s.io/v1 PriorityClass',
    'scheduling.k8s.io/v1beta1 PriorityClass',
    'storage.k8s.io/v1 CSIDriver CSINode StorageClass VolumeAttachment',
    'storage.k8s.io/v1beta1 CSIDriver CSINode StorageClass VolumeAttachment',
  ].flatMap((line) => {
    const [apiVersion, ...kinds] = line.split(' ')
    return kinds.map((kind) => `${apiVersion} ${kind}`)
  }),
)

export function isCertainlyClusterScoped(apiVersion: string, kind: string): boolean {
  return CLUSTER_SCOPED.has(`${apiVersion} ${kind}`)
}
