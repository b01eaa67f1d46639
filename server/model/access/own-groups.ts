import type { ObjectsByKind } from '../facts.ts'
import { text } from '../value.ts'

/** API groups that the files define or serve: who runs them is the one who needs most of them. */
export function ownGroups(of: ObjectsByKind): ReadonlySet<string | undefined> {
  const definitions = ['apiextensions.k8s.io/CustomResourceDefinition', 'apiregistration.k8s.io/APIService'].flatMap(of)
  return new Set(definitions.map(({ body }) => text(body, 'spec', 'group')))
}

const MAX_GROUPS = 3

/** "all resources of `a`, `b`": what a `*` among resources stands for. */
export function allResourcesOf(groups: readonly string[]): string {
  if (groups.includes('*')) return 'all resources'
  const names = groups.map((group) => (group === '' ? 'the core group' : `\`${group}\``))
  const more = names.length - MAX_GROUPS
  return `all resources of ${more > 1 ? `${names.slice(0, MAX_GROUPS).join(', ')} and ${more} more groups` : names.join(', ')}`
}
