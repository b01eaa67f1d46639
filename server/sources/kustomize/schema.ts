import { type Body, get, isMap, text, texts, type Value } from '../../model/value.ts'

/** What a strategic merge has to know of a type: which of its lists are merged, by which keys, and the types below. */
export interface Schema {
  readonly fields: ReadonlyMap<string, Field>
  /** The type of every value of a map with free keys. */
  readonly values?: Field
}

export interface Field {
  /** Set for lists that are merged: by these keys of their items, or by value where there are none. */
  readonly mergeKeys?: readonly string[]
  /** The type of the field, or of the items of a list. */
  readonly type?: () => Schema
}

/** The type of an object; undefined when nothing is known of it, so that its lists are replaced. */
export type Schemas = (apiVersion: string, kind: string) => Schema | undefined

function schema(fields: Record<string, Field>): Schema {
  return { fields: new Map(Object.entries(fields)) }
}

const by = (...mergeKeys: string[]): Field => ({ mergeKeys })
const of = (type: () => Schema): Field => ({ type })

const CONDITIONS = schema({ conditions: by('type') })
const META = schema({ finalizers: by(), ownerReferences: by('uid') })
const MOUNTS = { env: by('name'), volumeDevices: by('devicePath'), volumeMounts: by('mountPath') }
const CONTAINER = schema({ ...MOUNTS, ports: by('containerPort', 'protocol') })
const VOLUME = schema({
  ephemeral: of(() => schema({ volumeClaimTemplate: of(() => schema({ metadata: of(() => META) })) })),
})
const POD = schema({
  containers: { ...by('name'), type: () => CONTAINER },
  initContainers: { ...by('name'), type: () => CONTAINER },
  ephemeralContainers: { ...by('name'), type: () => schema(MOUNTS) },
  hostAliases: by('ip'),
  imagePullSecrets: by('name'),
  topologySpreadConstraints: by('topologyKey', 'whenUnsatisfiable'),
  volumes: { ...by('name'), type: () => VOLUME },
})
const TEMPLATE = schema({ metadata: of(() => META), spec: of(() => POD) })
const WORKLOAD_SPEC = schema({ template: of(() => TEMPLATE) })

const PLAIN = object({})
const WORKLOAD = object({ spec: WORKLOAD_SPEC, status: CONDITIONS })
const CLAIM = object({ status: CONDITIONS })

function object(parts: Record<string, Schema>): Schema {
  const fields = Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, of(() => part)]))
  return schema({ metadata: of(() => META), ...fields })
}

function withField(base: Schema, name: string, field: Field): Schema {
  return { fields: new Map(base.fields).set(name, field) }
}

/**
 * Kinds of Kubernetes 1.21, whose API kustomize compiles in, with the patch strategies of that API. A kind
 * or version that is younger is unknown to kustomize: its lists are replaced.
 */
const KINDS: ReadonlyMap<string, Schema> = new Map<string, Schema>([
  ['apps/v1 Deployment', WORKLOAD],
  ['apps/v1 DaemonSet', WORKLOAD],
  ['apps/v1 ReplicaSet', WORKLOAD],
  [
    'apps/v1 StatefulSet',
    object({
      spec: withField(
        WORKLOAD_SPEC,
        'volumeClaimTemplates',
        of(() => CLAIM),
      ),
      status: CONDITIONS,
    }),
  ],
  ['batch/v1 Job', WORKLOAD],
  ...['batch/v1 CronJob', 'batch/v1beta1 CronJob'].map((kind): [string, Schema] => [
    kind,
    object({ spec: schema({ jobTemplate: of(() => object({ spec: WORKLOAD_SPEC })) }) }),
  ]),
  ['v1 Pod', object({ spec: POD, status: schema({ conditions: by('type'), podIPs: by('ip') }) })],
  ['v1 PodTemplate', object({ template: TEMPLATE })],
  ['v1 ReplicationController', WORKLOAD],
  ['v1 Service', object({ spec: schema({ ports: by('port', 'protocol') }), status: CONDITIONS })],
  ['v1 ServiceAccount', withField(PLAIN, 'secrets', by('name'))],
  ['v1 Namespace', CLAIM],
  ['v1 Node', object({ spec: schema({ podCIDRs: by() }), status: schema({ addresses: by('type'), conditions: by('type') }) })],
  ['v1 PersistentVolumeClaim', CLAIM],
  ['v1 ComponentStatus', withField(PLAIN, 'conditions', by('type'))],
  ...['policy/v1', 'policy/v1beta1'].map((version): [string, Schema] => [`${version} PodDisruptionBudget`, CLAIM]),
  ...['v1', 'v1beta1'].flatMap((version): [string, Schema][] => [
    [`apiregistration.k8s.io/${version} APIService`, CLAIM],
    [`storage.k8s.io/${version} CSINode`, object({ spec: schema({ drivers: by('name') }) })],
    [`admissionregistration.k8s.io/${version} MutatingWebhookConfiguration`, withField(PLAIN, 'webhooks', by('name'))],
    [`admissionregistration.k8s.io/${version} ValidatingWebhookConfiguration`, withField(PLAIN, 'webhooks', by('name'))],
  ]),
  ...[
    'v1 Binding ConfigMap Endpoints Event LimitRange PersistentVolume ResourceQuota Secret',
    'apiextensions.k8s.io/v1 CustomResourceDefinition',
    'apiextensions.k8s.io/v1beta1 CustomResourceDefinition',
    'apps/v1 ControllerRevision',
    'autoscaling/v1 HorizontalPodAutoscaler Scale',
    'autoscaling/v2beta1 HorizontalPodAutoscaler',
    'autoscaling/v2beta2 HorizontalPodAutoscaler',
    'certificates.k8s.io/v1 CertificateSigningRequest',
    'certificates.k8s.io/v1beta1 CertificateSigningRequest',
    'coordination.k8s.io/v1 Lease',
    'coordination.k8s.io/v1beta1 Lease',
    'discovery.k8s.io/v1 EndpointSlice',
    'discovery.k8s.io/v1beta1 EndpointSlice',
    'events.k8s.io/v1 Event',
    'events.k8s.io/v1beta1 Event',
    'extensions/v1beta1 Ingress',
    'flowcontrol.apiserver.k8s.io/v1beta1 FlowSchema PriorityLevelConfiguration',
    'networking.k8s.io/v1 Ingress IngressClass NetworkPolicy',
    'networking.k8s.io/v1beta1 Ingress IngressClass',
    'node.k8s.io/v1 RuntimeClass',
    'node.k8s.io/v1beta1 RuntimeClass',
    'policy/v1beta1 PodSecurityPolicy',
    'rbac.authorization.k8s.io/v1 ClusterRole ClusterRoleBinding Role RoleBinding',
    'rbac.authorization.k8s.io/v1beta1 ClusterRole ClusterRoleBinding Role RoleBinding',
    'scheduling.k8s.io/v1 PriorityClass',
    'scheduling.k8s.io/v1beta1 PriorityClass',
    'storage.k8s.io/v1 CSIDriver StorageClass VolumeAttachment',
    'storage.k8s.io/v1beta1 CSIDriver CSIStorageCapacity StorageClass VolumeAttachment',
  ].flatMap((line): [string, Schema][] => {
    const [apiVersion, ...kinds] = line.split(' ')
    return kinds.map((kind): [string, Schema] => [`${apiVersion} ${kind}`, PLAIN])
  }),
])

/** What kustomize knows of a kustomization's own lists, whatever schema is given to it. */
const KUSTOMIZATION = schema({ configMapGenerator: by('name'), secretGenerator: by('name') })

export function builtInSchemas(apiVersion: string, kind: string): Schema | undefined {
  return apiVersion === 'kustomize.config.k8s.io/v1beta1' && kind === 'Kustomization' ? KUSTOMIZATION : KINDS.get(`${apiVersion} ${kind}`)
}

/** The types of an `openapi` file, in the form of Kubernetes' own: `definitions` with patch strategies as extensions. */
export function schemasOf(document: Value | undefined): Schemas {
  const definitions = get(document, 'definitions')
  const made = new Map<string, Schema>()
  const named = (reference: string): Schema | undefined => {
    const name = reference.replace('#/definitions/', '')
    const known = made.get(name)
    if (known) return known
    const definition = get(definitions, name)
    if (!isMap(definition)) return undefined
    const fields = new Map<string, Field>()
    const result: { fields: Map<string, Field>; values?: Field } = { fields }
    made.set(name, result)
    fill(result, definition)
    return result
  }
  const fill = (result: { fields: Map<string, Field>; values?: Field }, definition: Value): void => {
    for (const [key, property] of Object.entries((get(definition, 'properties') ?? {}) as Body)) result.fields.set(key, field(property))
    const values = get(definition, 'additionalProperties')
    if (isMap(values)) result.values = field(values)
  }
  const typeOf = (value: Value | undefined): (() => Schema) | undefined => {
    if (!isMap(value)) return undefined
    const reference = text(value, '$ref')
    const empty: Schema = { fields: new Map() }
    if (reference !== undefined) return () => named(reference) ?? empty
    return () => {
      const result = { fields: new Map<string, Field>() }
      fill(result, value)
      return result
    }
  }
  const field = (property: Value): Field => {
    const items = get(property, 'items')
    const type = typeOf(isMap(items) ? items : property)
    const merges = (text(property, 'x-kubernetes-patch-strategy') ?? '').split(',').includes('merge')
    const key = text(property, 'x-kubernetes-patch-merge-key')
    const keys = texts(property, 'x-kubernetes-list-map-keys')
    return {
      ...(merges ? { mergeKeys: keys.length > 0 ? keys : key === undefined ? [] : [key] } : {}),
      ...(type ? { type } : {}),
    }
  }
  const byKind = new Map<string, string>()
  for (const [name, definition] of Object.entries((isMap(definitions) ? definitions : {}) as Body)) {
    const kinds = get(definition, 'x-kubernetes-group-version-kind')
    for (const kind of Array.isArray(kinds) ? kinds : []) {
      const group = text(kind, 'group')
      byKind.set(`${group ? `${group}/` : ''}${text(kind, 'version') ?? ''} ${text(kind, 'kind') ?? ''}`, name)
    }
  }
  return (apiVersion, kind) => {
    const name = byKind.get(`${apiVersion} ${kind}`)
    return name === undefined ? undefined : named(name)
  }
}
