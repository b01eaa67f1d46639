import { compareText } from '../../text/path.ts'
import { type Gvk, type Id, sameGvk } from './gvk.ts'
import { map, scalars, text } from './reading.ts'
import type { Log } from './log.ts'
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

const RANKS = ranksOf(FIRST, LAST)

function ranksOf(first: readonly string[], last: readonly string[]): ReadonlyMap<string, number> {
  return new Map([
    ...first.map((kind, i): [string, number] => [kind, i - first.length]),
    ...last.map((kind, i): [string, number] => [kind, i + 1]),
  ])
}

/** Types in the order of the output. */
export function compareTypes(a: Gvk, b: Gvk): number {
  return (RANKS.get(a.kind) ?? 0) - (RANKS.get(b.kind) ?? 0) || compareText(typeKey(a), typeKey(b))
}

/** The objects in the order of the output: kustomize's legacy order, unless the kustomization says otherwise. */
export function sortResources(resources: readonly Resource[], root: MapNode, log: Log): Resource[] {
  const options = map(root, 'sortOptions')
  const order = text(options, 'order')
  const legacy = map(options, 'legacySortOptions')
  if (options && order !== 'legacy') {
    if (order !== 'fifo') log.problem(options, 'The order must be fifo or legacy.')
    else if (legacy) log.problem(legacy, 'These options are for the legacy order only.', { part: 'key' })
    return [...resources]
  }
  const kinds = (name: string): string[] => scalars(legacy, name).map((item) => item.text)
  const ranks = legacy ? ranksOf(kinds('orderFirst'), kinds('orderLast')) : RANKS
  const keyed = resources.map((resource) => ({
    resource,
    rank: ranks.get(resource.id.kind) ?? 0,
    type: typeKey(resource.id),
    key: nameKey(resource.id),
  }))
  keyed.sort((a, b) => {
    if (a.rank !== b.rank) return a.rank - b.rank
    if (!sameGvk(a.resource.id, b.resource.id)) {
      const order = compareText(a.type, b.type)
      const namespaces = a.resource.id.kind === 'Namespace' && (a.resource.id.group === '' || b.resource.id.group === '')
      return namespaces ? -order : order
    }
    return compareText(a.key, b.key)
  })
  return keyed.map(({ resource }) => resource)
}

function typeKey({ group, version, kind }: Gvk): string {
  return `${group || '~G'}_${version || '~V'}_${kind || '~K'}`
}

function nameKey({ group, version, kind, namespace, name }: Id): string {
  return `${kind || '[noKind]'}.${version || '[noVer]'}.${group || '[noGrp]'}|${namespace || '~X'}|${name || '~N'}`
}
