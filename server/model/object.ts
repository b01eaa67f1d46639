import { type Body, get, isMap, isUnknown, text, type Value } from './value.ts'

/**
 * What findings are about: one Kubernetes object of one unit; a cloud resource, as an object of the group
 * `terraform` whose kind is the resource type and whose name is its address; or a file that is no manifest (a
 * pipeline, a kubeconfig), as an object of the group `file`. It knows no position: where its values are written is asked of its
 * unit, so that an edit which only moves text leaves the object, and everything computed from it, as it is.
 */
export interface KubeObject {
  /** The unit that produced it (see `sources/unit.ts`). */
  readonly unit: string
  /** The file that a person opens to see it. */
  readonly file: string
  readonly apiVersion: string
  /** The part of `apiVersion` before the slash; '' for the core group. */
  readonly group: string
  readonly kind: string
  /** `group/Kind`, as rules and facts name kinds: `/Secret`, `apps/Deployment`. */
  readonly groupKind: string
  /** '' when it is unknown or generated. */
  readonly name: string
  /** As written; '' when the namespace is left to whoever applies the object, and for cluster-scoped kinds. */
  readonly namespace: string
  /** What makes it the same object in a cluster: group, kind, namespace and name. */
  readonly id: string
  readonly body: Body
}

export type SubjectType = 'object' | 'resource' | 'file'

export function subjectType({ group }: Pick<KubeObject, 'group'>): SubjectType {
  return group === 'terraform' ? 'resource' : group === 'file' ? 'file' : 'object'
}

/**
 * What findings about it are told apart by. A resource is what is declared once, however many instances it has and
 * however many modules call the one that declares it.
 */
export function identityOf({ group, file, name, id }: KubeObject): string {
  if (group !== 'terraform') return id
  return `${file} ${name.replace(/\[(?:"(?:[^"\\]|\\.)*"|[^\]"]*)\]/g, '').replace(/^(?:module\.[^.]+\.)+(?=.)/, '')}`
}

/** The reader of a document decides `unit` and `file`; everything else is in the body. Undefined when it is no object. */
export function makeObject(body: Value | undefined, unit: string, file: string): KubeObject | undefined {
  if (!isMap(body)) return undefined
  const apiVersion = text(body, 'apiVersion')
  const kind = text(body, 'kind')
  if (!apiVersion || !kind) return undefined
  const slash = apiVersion.indexOf('/')
  const group = slash < 0 ? '' : apiVersion.slice(0, slash)
  const name = text(body, 'metadata', 'name') ?? ''
  const namespace = isClusterScoped(group, kind) ? '' : (text(body, 'metadata', 'namespace') ?? '')
  // An object without a name (generateName, a placeholder) is the same as no other one.
  const identity = name === '' ? `?${file}` : name
  const groupKind = `${group}/${kind}`
  return { unit, file, apiVersion, group, kind, groupKind, name, namespace, id: `${groupKind}/${namespace}/${identity}`, body }
}

const CLUSTER_SCOPED = new Set([
  '/Namespace',
  '/Node',
  '/PersistentVolume',
  'rbac.authorization.k8s.io/ClusterRole',
  'rbac.authorization.k8s.io/ClusterRoleBinding',
  'apiextensions.k8s.io/CustomResourceDefinition',
  'apiregistration.k8s.io/APIService',
  'admissionregistration.k8s.io/MutatingWebhookConfiguration',
  'admissionregistration.k8s.io/ValidatingWebhookConfiguration',
  'admissionregistration.k8s.io/ValidatingAdmissionPolicy',
  'admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding',
  'admissionregistration.k8s.io/MutatingAdmissionPolicy',
  'admissionregistration.k8s.io/MutatingAdmissionPolicyBinding',
  'storage.k8s.io/StorageClass',
  'storage.k8s.io/CSIDriver',
  'storage.k8s.io/CSINode',
  'storage.k8s.io/VolumeAttachment',
  'scheduling.k8s.io/PriorityClass',
  'node.k8s.io/RuntimeClass',
  'networking.k8s.io/IngressClass',
  'certificates.k8s.io/CertificateSigningRequest',
  'policy/PodSecurityPolicy',
  'flowcontrol.apiserver.k8s.io/FlowSchema',
  'flowcontrol.apiserver.k8s.io/PriorityLevelConfiguration',
  'gateway.networking.k8s.io/GatewayClass',
  'cert-manager.io/ClusterIssuer',
  'external-secrets.io/ClusterSecretStore',
  'external-secrets.io/ClusterExternalSecret',
  'kyverno.io/ClusterPolicy',
  'projectcalico.org/GlobalNetworkPolicy',
  'crd.projectcalico.org/GlobalNetworkPolicy',
  'projectcalico.org/GlobalNetworkSet',
  'crd.projectcalico.org/GlobalNetworkSet',
  'projectcalico.org/HostEndpoint',
  'crd.projectcalico.org/HostEndpoint',
  'projectcalico.org/Profile',
  'crd.projectcalico.org/Profile',
  'projectcalico.org/Tier',
  'crd.projectcalico.org/Tier',
  'cilium.io/CiliumClusterwideNetworkPolicy',
  'policy.networking.k8s.io/AdminNetworkPolicy',
  'policy.networking.k8s.io/BaselineAdminNetworkPolicy',
  'policy.networking.k8s.io/ClusterNetworkPolicy',
])

export function isClusterScoped(group: string, kind: string): boolean {
  return CLUSTER_SCOPED.has(`${group}/${kind}`) || group === 'constraints.gatekeeper.sh' || group === 'templates.gatekeeper.sh'
}

/** The same object in a namespace, where its file leaves that open. No unit can tell where it is written. */
export function inNamespace(object: KubeObject, namespace: string): KubeObject {
  const { group, kind, body, unit, file } = object
  if (object.namespace !== '' || isClusterScoped(group, kind) || subjectType(object) !== 'object') return object
  const metadata = get(body, 'metadata')
  return makeObject({ ...body, metadata: { ...(isMap(metadata) ? metadata : {}), namespace } }, unit, file) ?? object
}

/** `Deployment cart`, `Role shop/reader`: how a message names an object. */
export function describe(object: Pick<KubeObject, 'kind' | 'namespace' | 'name'>): string {
  return `${object.kind} ${object.namespace === '' ? '' : `${object.namespace}/`}${object.name || '(no name)'}`
}

export type Labels = Readonly<Record<string, string>>

/** The labels of an object, or 'unknown' when any of them is not in the files. */
export function labelsOf(body: Value | undefined, ...path: string[]): Labels | 'unknown' {
  const found = get(body, ...path)
  if (isUnknown(found)) return 'unknown'
  if (!isMap(found)) return {}
  const labels: Record<string, string> = {}
  for (const [key, value] of Object.entries(found)) {
    if (isUnknown(value)) return 'unknown'
    if (value !== null && typeof value !== 'object') labels[key] = String(value)
  }
  return labels
}
