import type { Grant } from './access.ts'
import { READ_VERBS, STORED_VERBS } from './api-resources.ts'

/** What somebody may do with one kind of object, or with paths, in one place. */
export interface Permission {
  /** Undefined for the whole cluster; '' is the namespace that is left open. */
  readonly namespace: string | undefined
  /** Undefined when it is about paths. */
  readonly group: string | undefined
  /** With its subresource; `*` for all; the path when it is about paths. */
  readonly resource: string
  /** Undefined for every name. */
  readonly names: readonly string[] | undefined
  /** In the order in which people write them; `*` alone when it is among them. */
  readonly verbs: readonly string[]
  /** What grants it. */
  readonly grants: readonly Grant[]
  /** False when all of it depends on something that is not in the files. */
  readonly sure: boolean
}

/** More than any role that a person reads; what exceeds it is cut, and said. */
const MOST_ROWS = 5000

interface Row {
  readonly permission: Omit<Permission, 'verbs' | 'grants' | 'sure'>
  readonly verbs: Set<string>
  readonly grants: Set<Grant>
  sure: boolean
}

/** What grants amount to, a row for each kind of object, sorted; `cut` when there is more than anybody can read. */
export function permissionsOf(grants: readonly Grant[]): { readonly permissions: readonly Permission[]; readonly cut: boolean } {
  const rows = new Map<string, Row>()
  let cut = false
  for (const grant of grants) {
    for (const permission of spelledOut(grant)) {
      const names = permission.names?.join(',') ?? '*'
      const key = `${permission.namespace ?? '*'}\n${permission.group ?? '/'}\n${permission.resource}\n${names}`
      let row = rows.get(key)
      if (!row) {
        if (rows.size >= MOST_ROWS) {
          cut = true
          break
        }
        row = { permission, verbs: new Set(), grants: new Set(), sure: false }
        rows.set(key, row)
      }
      for (const verb of grant.rule.verbs.list) row.verbs.add(verb)
      row.grants.add(grant)
      row.sure ||= grant.sure
    }
  }
  const permissions = [...rows.values()].map(({ permission, verbs, grants, sure }) => ({
    ...permission,
    verbs: ordered(verbs),
    grants: [...grants],
    sure,
  }))
  return { permissions: permissions.sort(compare), cut }
}

function* spelledOut({ rule, namespace }: Grant): Iterable<Row['permission']> {
  const names = rule.names.list.length > 0 ? [...rule.names.list].sort() : undefined
  for (const group of rule.groups.list) {
    for (const resource of rule.resources.list) yield { namespace, group, resource, names }
  }
  // Paths are granted for the whole cluster or not at all.
  if (namespace === undefined) for (const url of rule.urls.list) yield { namespace, group: undefined, resource: url, names: undefined }
}

const ORDER: readonly string[] = STORED_VERBS

function ordered(verbs: ReadonlySet<string>): string[] {
  if (verbs.has('*')) return ['*']
  const place = (verb: string): number => (ORDER.includes(verb) ? ORDER.indexOf(verb) : ORDER.length)
  return [...verbs].sort((a, b) => place(a) - place(b) || (a < b ? -1 : 1))
}

function compare(a: Permission, b: Permission): number {
  const key = ({ namespace, group, resource, names }: Permission): string =>
    [namespace === undefined ? '' : `n${namespace}`, group === undefined ? '~' : group, resource, names?.join() ?? ''].join('\n')
  const [left, right] = [key(a), key(b)]
  return left < right ? -1 : left > right ? 1 : 0
}

/** `get, list and watch`, `do everything with`, `read`: verbs as a person says them. */
export function sayVerbs(verbs: readonly string[]): string {
  if (verbs.includes('*')) return 'do everything with'
  const reads = READ_VERBS.every((verb) => verbs.includes(verb))
  const writes = STORED_VERBS.every((verb) => verbs.includes(verb))
  const rest = verbs.filter((verb) => !(writes ? ORDER.includes(verb) : reads && READ_VERBS.includes(verb)))
  const said = [...(writes ? ['read and write'] : reads ? ['read'] : []), ...rest]
  return said.length > 1 ? `${said.slice(0, -1).join(', ')} and ${said.at(-1)}` : (said[0] ?? '')
}

/** `deployments.apps`, `pods/exec`, `everything of apps`: what a permission is about. */
export function sayResource({ group, resource, names }: Pick<Permission, 'group' | 'resource' | 'names'>): string {
  const kind = resource === '*' ? (group === '*' ? 'everything' : `everything of ${group || 'the core group'}`) : withGroup(resource, group)
  return names ? `${kind} named ${names.join(', ')}` : kind
}

function withGroup(resource: string, group: string | undefined): string {
  if (!group) return resource
  const [name = '', ...rest] = resource.split('/')
  return [`${name}.${group}`, ...rest].join('/')
}
