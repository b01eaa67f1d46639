import { compareText } from '../../text/path.ts'
import { type Gvk, type Id, sameGvk } from './gvk.ts'
import { map, scalars, text } from './reading.ts'
import type { MapNode } from './node.ts'
import type { Resource } from './resource.ts'

const FIRST = [
  'Namespace',
  'ResourceQuota',
  'StorageClass',
  'CustomResourceDefinition',
  'ServiceAccount',
  'PodSecurityPolicy',
  'Role',
  'ClusterRole',
  'RoleBinding',
  'ClusterRoleBinding',
  'ConfigMap',
  'Secret',
  'Endpoints',
  'Service',
  'LimitRange',
  'PriorityClass',
  'PersistentVolume',
  'PersistentVolumeClaim',
  'Deployment',
  'StatefulSet',
  'CronJob',
  'PodDisruptionBudget',
]
const LAST = ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration']

/** The objects in the order of the output: kustomize's legacy order, unless the kustomization says otherwise. */
export function sortResources(resources: readonly Resource[], root: MapNode): Resource[] {
  const options = map(root, 'sortOptions')
  if (options && text(options, 'order') !== 'legacy') return [...resources]
  const legacy = map(options, 'legacySortOptions')
  const first = legacy ? scalars(legacy, 'orderFirst').map((item) => item.text) : FIRST
  const last = legacy ? scalars(legacy, 'orderLast').map((item) => item.text) : LAST
  const ranks = new Map<string, number>([
    ...first.map((kind, i): [string, number] => [kind, i - first.length]),
    ...last.map((kind, i): [string, number] => [kind, i + 1]),
  ])
  const keyed = resources.map((resource) => ({
    resource,
    rank: ranks.get(resource.id.kind) ?? 0,
    type: typeKey(resource.id),
    key: nameKey(resource.id),
  }))
  keyed.sort((a, b) => {
    if (a.rank !== b.rank) return a.rank - b.rank
    if (!sameGvk(a.resource.id, b.resource.id)) {
      const order = bytewise(a.type, b.type)
      const namespaces = a.resource.id.kind === 'Namespace' && (a.resource.id.group === '' || b.resource.id.group === '')
      return namespaces ? -order : order
    }
    return bytewise(a.key, b.key)
  })
  return keyed.map(({ resource }) => resource)
}

function typeKey({ group, version, kind }: Gvk): string {
  return `${group || '~G'}_${version || '~V'}_${kind || '~K'}`
}

function nameKey({ group, version, kind, namespace, name }: Id): string {
  return `${kind || '[noKind]'}.${version || '[noVer]'}.${group || '[noGrp]'}|${namespace || '~X'}|${name || '~N'}`
}

/** Names are ASCII, where code units and bytes are the same. */
const bytewise = compareText
