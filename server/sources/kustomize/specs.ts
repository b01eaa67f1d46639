import type { FieldSpec } from './fieldspec.ts'
import type { Gvk } from './gvk.ts'

/** Objects of one kind, and the fields of others that hold their name. */
export interface NameReference extends Gvk {
  readonly referrers: readonly FieldSpec[]
}

/** Which fields the transformers write: kustomize's own, and what configuration files add. */
export interface Specs {
  readonly namePrefix: readonly FieldSpec[]
  readonly nameSuffix: readonly FieldSpec[]
  readonly namespace: readonly FieldSpec[]
  readonly commonLabels: readonly FieldSpec[]
  readonly labels: readonly FieldSpec[]
  readonly templateLabels: readonly FieldSpec[]
  readonly commonAnnotations: readonly FieldSpec[]
  readonly nameReference: readonly NameReference[]
  readonly varReference: readonly FieldSpec[]
  readonly images: readonly FieldSpec[]
  readonly replicas: readonly FieldSpec[]
}

/** `Kind`, `group/Kind` or `v1:Kind`. */
function gvk(text: string): Gvk {
  const version = text.startsWith('v1:') ? 'v1' : ''
  const rest = version ? text.slice(3) : text
  const slash = rest.lastIndexOf('/')
  return { group: slash < 0 ? '' : rest.slice(0, slash), version, kind: rest.slice(slash + 1) }
}

function spec(kind: string, path: string, create = false): FieldSpec {
  return { ...gvk(kind), path, create }
}

/** Where the pod of each kind of workload stands. */
const PODS: readonly (readonly [kind: string, prefix: string])[] = [
  ['v1:Pod', 'spec/'],
  ['PodTemplate', 'template/spec/'],
  ['Deployment', 'spec/template/spec/'],
  ['ReplicaSet', 'spec/template/spec/'],
  ['DaemonSet', 'spec/template/spec/'],
  ['StatefulSet', 'spec/template/spec/'],
  ['Job', 'spec/template/spec/'],
  ['CronJob', 'spec/jobTemplate/spec/template/spec/'],
]

/** Some tables of kustomize know other kinds of workloads. */
const OTHER_PODS = [...PODS.filter(([kind]) => kind !== 'v1:Pod' && kind !== 'PodTemplate' && kind !== 'ReplicaSet')].concat([
  ['Pod', 'spec/'],
  ['ReplicationController', 'spec/template/spec/'],
])

function inPods(pods: readonly (readonly [string, string])[], fields: readonly string[]): FieldSpec[] {
  return pods.flatMap(([kind, prefix]) => fields.map((field) => spec(kind, prefix + field)))
}

const AFFINITY = ['podAffinity', 'podAntiAffinity'].flatMap((affinity) => [
  `affinity/${affinity}/preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm/labelSelector/matchLabels`,
  `affinity/${affinity}/requiredDuringSchedulingIgnoredDuringExecution/labelSelector/matchLabels`,
])
const OWN_SELECTORS = [...AFFINITY, 'topologySpreadConstraints/labelSelector/matchLabels']

function metadataOfTemplates(field: string, statefulSet: string): FieldSpec[] {
  return [
    spec('', `metadata/${field}`, true),
    ...['v1:ReplicationController', 'Deployment', 'ReplicaSet', 'DaemonSet', statefulSet, 'batch/Job'].map((kind) =>
      spec(kind, `spec/template/metadata/${field}`, true),
    ),
    spec('batch/CronJob', `spec/jobTemplate/metadata/${field}`, true),
    spec('batch/CronJob', `spec/jobTemplate/spec/template/metadata/${field}`, true),
  ]
}

const TEMPLATE_LABELS = [
  ...metadataOfTemplates('labels', 'apps/StatefulSet'),
  spec('apps/StatefulSet', 'spec/volumeClaimTemplates[]/metadata/labels', true),
]

const SELECTORS = [
  spec('v1:Service', 'spec/selector', true),
  spec('v1:ReplicationController', 'spec/selector', true),
  ...['Deployment', 'ReplicaSet', 'DaemonSet', 'apps/StatefulSet'].map((kind) => spec(kind, 'spec/selector/matchLabels', true)),
  ...['apps/Deployment', 'apps/StatefulSet'].flatMap((kind) => OWN_SELECTORS.map((field) => spec(kind, `spec/template/spec/${field}`))),
  spec('batch/Job', 'spec/selector/matchLabels'),
  spec('batch/CronJob', 'spec/jobTemplate/spec/selector/matchLabels'),
  spec('policy/PodDisruptionBudget', 'spec/selector/matchLabels'),
  spec('networking.k8s.io/NetworkPolicy', 'spec/podSelector/matchLabels'),
  spec('networking.k8s.io/NetworkPolicy', 'spec/ingress/from/podSelector/matchLabels'),
  spec('networking.k8s.io/NetworkPolicy', 'spec/egress/to/podSelector/matchLabels'),
]

function reference(kind: string, referrers: readonly FieldSpec[]): NameReference {
  return { ...gvk(kind), referrers }
}

const RBAC = 'rbac.authorization.k8s.io'

const NAME_REFERENCES: readonly NameReference[] = [
  ...['Deployment', 'ReplicationController', 'ReplicaSet', 'StatefulSet'].map((kind) =>
    reference(kind, [spec('HorizontalPodAutoscaler', 'spec/scaleTargetRef/name')]),
  ),
  reference('v1:ConfigMap', [
    ...inPods(PODS, [
      'volumes/configMap/name',
      'containers/env/valueFrom/configMapKeyRef/name',
      'initContainers/env/valueFrom/configMapKeyRef/name',
      'containers/envFrom/configMapRef/name',
      'initContainers/envFrom/configMapRef/name',
      'volumes/projected/sources/configMap/name',
    ]),
    spec('Node', 'spec/configSource/configMap'),
    spec('Role', 'rules/resourceNames'),
    spec('ClusterRole', 'rules/resourceNames'),
    spec('Ingress', 'metadata/annotations/nginx.ingress.kubernetes.io\\/fastcgi-params-configmap'),
  ]),
  reference('v1:Secret', [
    ...inPods(PODS, [
      'volumes/secret/secretName',
      'containers/env/valueFrom/secretKeyRef/name',
      'initContainers/env/valueFrom/secretKeyRef/name',
      'containers/envFrom/secretRef/name',
      'initContainers/envFrom/secretRef/name',
      'imagePullSecrets/name',
      'volumes/projected/sources/secret/name',
    ]),
    spec('Ingress', 'spec/tls/secretName'),
    spec('Ingress', 'metadata/annotations/ingress.kubernetes.io\\/auth-secret'),
    spec('Ingress', 'metadata/annotations/nginx.ingress.kubernetes.io\\/auth-secret'),
    spec('Ingress', 'metadata/annotations/nginx.ingress.kubernetes.io\\/auth-tls-secret'),
    spec('ServiceAccount', 'imagePullSecrets/name'),
    ...['secretName', 'adminSecretName', 'userSecretName', 'secretRef'].map((name) => spec('StorageClass', `parameters/${name}`)),
    spec('Role', 'rules/resourceNames'),
    spec('ClusterRole', 'rules/resourceNames'),
    { ...spec('serving.knative.dev/Service', 'spec/template/spec/containers/env/valueFrom/secretKeyRef/name'), version: 'v1' },
    spec('PersistentVolume', 'spec/azureFile/secretName'),
  ]),
  reference('v1:Service', [
    spec('apps/StatefulSet', 'spec/serviceName'),
    ...[
      'rules/http/paths/backend/serviceName',
      'backend/serviceName',
      'rules/http/paths/backend/service/name',
      'defaultBackend/service/name',
    ].map((field) => spec('Ingress', `spec/${field}`)),
    spec('apiregistration.k8s.io/APIService', 'spec/service/name'),
    spec('admissionregistration.k8s.io/ValidatingWebhookConfiguration', 'webhooks/clientConfig/service'),
    spec('admissionregistration.k8s.io/MutatingWebhookConfiguration', 'webhooks/clientConfig/service'),
  ]),
  reference(`${RBAC}/Role`, [spec(`${RBAC}/RoleBinding`, 'roleRef/name')]),
  reference(`${RBAC}/ClusterRole`, [spec(`${RBAC}/RoleBinding`, 'roleRef/name'), spec(`${RBAC}/ClusterRoleBinding`, 'roleRef/name')]),
  reference('v1:ServiceAccount', [
    spec(`${RBAC}/RoleBinding`, 'subjects'),
    spec(`${RBAC}/ClusterRoleBinding`, 'subjects'),
    ...inPods(OTHER_PODS, ['serviceAccountName']),
  ]),
  reference('v1:PersistentVolumeClaim', inPods(OTHER_PODS, ['volumes/persistentVolumeClaim/claimName'])),
  reference('v1:PersistentVolume', [spec('PersistentVolumeClaim', 'spec/volumeName'), spec('ClusterRole', 'rules/resourceNames')]),
  {
    ...reference('v1:StorageClass', [
      spec('PersistentVolume', 'spec/storageClassName'),
      spec('PersistentVolumeClaim', 'spec/storageClassName'),
      spec('StatefulSet', 'spec/volumeClaimTemplates/spec/storageClassName'),
    ]),
    group: 'storage.k8s.io',
  },
  { ...reference('v1:PriorityClass', inPods(OTHER_PODS, ['priorityClassName'])), group: 'scheduling.k8s.io' },
  // The group is kustomize's own mistake: it never matches.
  { ...reference('v1:IngressClass', [spec('Ingress', 'spec/ingressClassName')]), group: 'networking.k8s.io/v1' },
  reference('admissionregistration.k8s.io/ValidatingAdmissionPolicy', [
    spec('admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding', 'spec/policyName'),
  ]),
]

const VARIABLE_FIELDS = ['containers', 'initContainers'].flatMap((containers) =>
  ['args', 'command', 'env/value', 'volumeMounts/mountPath'].map((field) => `${containers}/${field}`),
)
const VARIABLE_PODS = PODS.filter(([kind]) => kind !== 'v1:Pod' && kind !== 'PodTemplate').concat([['Pod', 'spec/']])

const VARIABLE_REFERENCES = [
  ...inPods(VARIABLE_PODS, VARIABLE_FIELDS),
  spec('CronJob', 'spec/jobTemplate/spec/template/volumes/nfs/server'),
  ...['DaemonSet', 'Deployment', 'Job', 'ReplicaSet'].map((kind) => spec(kind, 'spec/template/spec/volumes/nfs/server')),
  spec('Pod', 'spec/volumes/nfs/server'),
  spec('StatefulSet', 'spec/volumeClaimTemplates/spec/nfs/server'),
  spec('PersistentVolume', 'spec/nfs/server'),
  spec('Deployment', 'spec/template/metadata/annotations'),
  spec('Ingress', 'spec/rules/host'),
  spec('Ingress', 'spec/tls/hosts'),
  spec('Ingress', 'spec/tls/secretName'),
  spec('Service', 'spec/ports/port'),
  spec('Service', 'spec/ports/targetPort'),
  spec('', 'metadata/labels'),
  spec('', 'metadata/annotations'),
]

/** The tables of kustomize 5.8 (`api/internal/konfig/builtinpluginconsts`). */
export const DEFAULT_SPECS: Specs = {
  namePrefix: [spec('', 'metadata/name')],
  nameSuffix: [spec('', 'metadata/name')],
  namespace: [
    spec('Namespace', 'metadata/name', true),
    spec('apiregistration.k8s.io/APIService', 'spec/service/namespace', true),
    spec('apiextensions.k8s.io/CustomResourceDefinition', 'spec/conversion/webhook/clientConfig/service/namespace'),
  ],
  commonLabels: [...SELECTORS, ...TEMPLATE_LABELS],
  labels: [],
  templateLabels: TEMPLATE_LABELS,
  commonAnnotations: metadataOfTemplates('annotations', 'StatefulSet'),
  nameReference: NAME_REFERENCES,
  varReference: VARIABLE_REFERENCES,
  images: ['spec/', 'spec/template/spec/'].flatMap((prefix) =>
    ['containers[]/image', 'initContainers[]/image', 'volumes[]/image/reference'].map((field) => spec('', prefix + field, true)),
  ),
  replicas: ['Deployment', 'ReplicationController', 'ReplicaSet', 'StatefulSet'].map((kind) => spec(kind, 'spec/replicas', true)),
}
