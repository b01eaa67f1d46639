import type { ApiTable } from './api-resources.ts'

/** A resource as a person writes it: `secrets`, `deployments.apps/scale`. */
export interface NamedResource {
  readonly group: string
  readonly resource: string
  readonly subresource?: string
  /** Whether its objects are in namespaces; true where nobody can tell. */
  readonly namespaced: boolean
}

/** What a word means by some table, a singular or a capital allowed; undefined when none knows it and no group is named. */
export function resourceNamed(written: string, tables: readonly ApiTable[]): NamedResource | undefined {
  const [first = '', subresource] = written.split('/')
  const dot = first.indexOf('.')
  const base = dot < 0 ? found(first, subresource, tables) : { group: first.slice(dot + 1), resource: first.slice(0, dot) }
  if (!base) return undefined
  const namespaced = tables.every((table) => table.isNamespaced(base.group, base.resource) !== false)
  return { ...base, ...(subresource ? { subresource } : {}), namespaced }
}

function found(
  word: string,
  subresource: string | undefined,
  tables: readonly ApiTable[],
): Pick<NamedResource, 'group' | 'resource'> | undefined {
  const lower = word.toLowerCase()
  for (const resource of [word, lower, `${lower}s`, `${lower}es`, lower.replace(/y$/, 'ies')]) {
    for (const table of tables) {
      const [group] = [...table.groupsWith(subresource ? `${resource}/${subresource}` : resource), ...table.groupsWith(resource)]
      if (group !== undefined) return { group, resource }
    }
  }
  return undefined
}
