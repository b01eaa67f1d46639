import { type KubeObject, type Labels, labelsOf } from './object.ts'
import { type Body, get, isMap, items, type Path, text, type Value } from './value.ts'

/** Something that runs pods: the object, and the pod template inside it. */
export interface Workload {
  readonly object: KubeObject
  /** Path of the pod template: the map that holds the pod's `metadata` and `spec`. Empty for a Pod. */
  readonly templatePath: Path
  /** Path of the pod spec. */
  readonly specPath: Path
  readonly spec: Body
  /** The labels of its pods. */
  readonly labels: Labels | 'unknown'
  readonly annotations: Labels | 'unknown'
  readonly containers: readonly Container[]
}

export interface Container {
  readonly name: string
  readonly type: 'container' | 'init' | 'ephemeral'
  readonly path: Path
  readonly body: Value
}

const TEMPLATE = ['spec', 'template']

/** Where each kind keeps its pod template. Custom kinds are those that people run instead of the built-in ones. */
const TEMPLATES: ReadonlyMap<string, Path> = new Map<string, Path>([
  ['/Pod', []],
  ['/ReplicationController', TEMPLATE],
  ['/PodTemplate', ['template']],
  ['apps/Deployment', TEMPLATE],
  ['apps/ReplicaSet', TEMPLATE],
  ['apps/StatefulSet', TEMPLATE],
  ['apps/DaemonSet', TEMPLATE],
  ['extensions/Deployment', TEMPLATE],
  ['extensions/DaemonSet', TEMPLATE],
  ['extensions/ReplicaSet', TEMPLATE],
  ['batch/Job', TEMPLATE],
  ['batch/CronJob', ['spec', 'jobTemplate', 'spec', 'template']],
  ['argoproj.io/Rollout', TEMPLATE],
  ['serving.knative.dev/Service', TEMPLATE],
  ['serving.knative.dev/Configuration', TEMPLATE],
  ['serving.knative.dev/Revision', []],
  ['apps.openshift.io/DeploymentConfig', TEMPLATE],
  ['apps.kruise.io/CloneSet', TEMPLATE],
  ['apps.kruise.io/StatefulSet', TEMPLATE],
  ['apps.kruise.io/DaemonSet', TEMPLATE],
  ['keda.sh/ScaledJob', ['spec', 'jobTargetRef', 'template']],
])

/** Every kind that `workloadOf` knows, as `group/Kind`. */
export const WORKLOAD_KINDS: readonly string[] = [...TEMPLATES.keys()]

const known = new WeakMap<KubeObject, Workload | null>()

/** The workload that an object is, or undefined when it runs no pods or its pod spec is unknown. */
export function workloadOf(object: KubeObject): Workload | undefined {
  const found = known.get(object)
  if (found !== undefined) return found ?? undefined
  const workload = read(object)
  known.set(object, workload ?? null)
  return workload
}

function read(object: KubeObject): Workload | undefined {
  const templatePath = TEMPLATES.get(object.groupKind)
  if (!templatePath) return undefined
  const template = get(object.body, ...templatePath)
  const specPath = [...templatePath, 'spec']
  const spec = get(object.body, ...specPath)
  if (!isMap(template) || !isMap(spec)) return undefined
  return {
    object,
    templatePath,
    specPath,
    spec,
    labels: labelsOf(template, 'metadata', 'labels'),
    annotations: labelsOf(template, 'metadata', 'annotations'),
    containers: [
      ...containers(spec, specPath, 'initContainers', 'init'),
      ...containers(spec, specPath, 'containers', 'container'),
      ...containers(spec, specPath, 'ephemeralContainers', 'ephemeral'),
    ],
  }
}

function containers(spec: Body, specPath: Path, key: string, type: Container['type']): Container[] {
  return items(spec, key).map((body, i) => ({
    name: text(body, 'name') ?? '',
    type,
    path: [...specPath, key, i],
    body,
  }))
}

/** `serviceAccountName`, its deprecated alias, or the default; undefined when it is unknown. */
export function serviceAccountOf(workload: Workload): string | undefined {
  const name = get(workload.spec, 'serviceAccountName') ?? get(workload.spec, 'serviceAccount') ?? 'default'
  return typeof name === 'string' ? name || 'default' : undefined
}

const byAccount = new WeakMap<readonly Workload[], ReadonlyMap<string, readonly Workload[]>>()

/** Of a list, the workloads that name a ServiceAccount, or use it because they name none. */
export function workloadsUsing(workloads: readonly Workload[], namespace: string, account: string): readonly Workload[] {
  let index = byAccount.get(workloads)
  if (!index) {
    const lists = new Map<string, Workload[]>()
    for (const workload of workloads) {
      const key = `${workload.object.namespace}/${serviceAccountOf(workload)}`
      const list = lists.get(key)
      if (list) list.push(workload)
      else lists.set(key, [workload])
    }
    index = lists
    byAccount.set(workloads, index)
  }
  return index.get(`${namespace}/${account}`) ?? []
}
