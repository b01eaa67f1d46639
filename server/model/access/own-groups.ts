import type { ObjectsByKind } from '../facts.ts'
import type { KubeObject } from '../object.ts'
import { text } from '../value.ts'

const known = new WeakMap<
  readonly KubeObject[],
  { readonly services: readonly KubeObject[]; readonly groups: ReadonlySet<string | undefined> }
>()

/** API groups that the files define or serve: who runs them is the one who needs most of them. */
export function ownGroups(of: ObjectsByKind): ReadonlySet<string | undefined> {
  const definitions = of('apiextensions.k8s.io/CustomResourceDefinition')
  const services = of('apiregistration.k8s.io/APIService')
  const before = known.get(definitions)
  if (before?.services === services) return before.groups
  const groups = new Set([...definitions, ...services].map(({ body }) => text(body, 'spec', 'group')))
  known.set(definitions, { services, groups })
  return groups
}

const MAX_GROUPS = 3

/** "all resources of `a`, `b`": what a `*` among resources stands for. */
export function allResourcesOf(groups: readonly string[]): string {
  if (groups.includes('*')) return 'all resources'
  const names = groups.map((group) => (group === '' ? 'the core group' : `\`${group}\``))
  const more = names.length - MAX_GROUPS
  return `all resources of ${more > 1 ? `${names.slice(0, MAX_GROUPS).join(', ')} and ${more} more groups` : names.join(', ')}`
}
