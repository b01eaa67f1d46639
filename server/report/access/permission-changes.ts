import type { Analysis } from '../../analysis/analyse.ts'
import type { Grant } from '../../model/access/access.ts'
import { type ApiTable, KUBERNETES_API, READ_VERBS } from '../../model/access/api-resources.ts'
import { identityOf, MASTERS, type Subject, subjectKey } from '../../model/access/identity.ts'
import { type Permission, permissionsOf, sayVerbs } from '../../model/access/permissions.ts'
import { compareText } from '../../text/path.ts'

/** What one state of a workspace lets somebody do, and the other does not. */
export interface PermissionChange {
  readonly subject: Subject
  /** As a reviewer reads it: ``lets `ci` read Secrets in `prod` ``, ``no longer lets …``. */
  readonly sentence: string
  /** `possible` when all of it depends on something that is not in the files. */
  readonly certainty: 'certain' | 'possible'
}

export interface PermissionChanges {
  readonly granted: readonly PermissionChange[]
  readonly revoked: readonly PermissionChange[]
}

type Row = Omit<Permission, 'grants'>

/**
 * The permissions that bindings of the files give in one state alone, in any environment. What a wider
 * permission of the other state covers is no change: a `*` that becomes a list of verbs grants nothing.
 */
export function permissionChanges(before: Analysis, after: Analysis): PermissionChanges {
  const [was, is] = [permissionsIn(before), permissionsIn(after)]
  const tables = [KUBERNETES_API, ...[...before.environments, ...after.environments].map(({ model }) => model.facts.api)]
  return { granted: missingFrom(was, is, 'lets', tables), revoked: missingFrom(is, was, 'no longer lets', tables) }
}

interface Held {
  readonly subject: Subject
  readonly rows: Row[]
}

function permissionsIn({ environments }: Analysis): ReadonlyMap<string, Held> {
  const found = new Map<string, Held>()
  for (const { model } of environments) {
    const { access } = model.facts
    for (const subject of access.subjects) {
      // Its members may do everything, whatever bindings say.
      if (subject.kind === 'Group' && subject.name === MASTERS) continue
      const own = access.grantsOf(identityOf(subject)).filter((grant) => isOwn(grant, subject))
      const key = subjectKey(subject)
      const held = found.get(key) ?? { subject, rows: [] }
      held.rows.push(...permissionsOf(own).permissions)
      found.set(key, held)
    }
  }
  return found
}

/** By a binding that names the subject: what its groups get is said of them. */
function isOwn({ binding }: Grant, subject: Subject): boolean {
  return binding?.keys.includes(subjectKey(subject)) ?? false
}

function missingFrom(
  known: ReadonlyMap<string, Held>,
  all: ReadonlyMap<string, Held>,
  verb: string,
  tables: readonly ApiTable[],
): PermissionChange[] {
  const changes = [...all].flatMap(([key, { subject, rows }]) => {
    const others = known.get(key)?.rows ?? []
    const fresh = rows.flatMap((row): Row[] => {
      const verbs = row.verbs.filter((each) => isAskable(row, each, tables) && !others.some((other) => covers(other, row, each)))
      return verbs.length > 0 ? [{ ...row, verbs }] : []
    })
    return together(fresh).map((group): PermissionChange => {
      const [first] = group
      const possible = group.every(({ sure }) => !sure)
      return {
        subject,
        sentence: `${verb} ${sayWho(subject, first.namespace)} ${sayWhatFor(group, tables)}${sayPlace(first)}`,
        certainty: possible ? 'possible' : 'certain',
      }
    })
  })
  const sorted = changes.sort((a, b) => compareText(a.sentence, b.sentence))
  return sorted.filter(({ sentence }, i) => sentence !== sorted[i - 1]?.sentence)
}

/** Whether a request with the verb can be made at all, as far as the tables know. */
function isAskable({ group, resource, namespace, names }: Row, verb: string, tables: readonly ApiTable[]): boolean {
  if (group === undefined || group === '*' || resource.startsWith('*')) return true
  // A Namespace counts as inside of itself; other objects of the cluster are in no namespace.
  if (
    namespace !== undefined &&
    !resource.startsWith('namespaces') &&
    tables.every((table) => table.isNamespaced(group, resource) === false)
  )
    return false
  // The name is not known when these are decided.
  if (names && (verb === 'deletecollection' || (verb === 'create' && !resource.includes('/')))) return false
  if (verb === '*' || verb.includes(':')) return true
  const known = tables.flatMap((table) => table.resource(group, resource) ?? [])
  if (known.length === 0) return tables.some((table) => table.mayExist(group, resource))
  return known.some(({ verbs, virtualVerbs }) => verbs.includes(verb) || virtualVerbs.includes(verb))
}

/** Whether one row allows all that another allows with a verb. */
function covers(wide: Row, row: Row, verb: string): boolean {
  if (row.sure && !wide.sure) return false
  if (wide.namespace !== undefined && wide.namespace !== row.namespace) return false
  if (!wide.verbs.includes(verb) && !wide.verbs.includes('*')) return false
  if ((wide.group === undefined) !== (row.group === undefined)) return false
  if (wide.group === undefined)
    return wide.resource === row.resource || (wide.resource.endsWith('*') && row.resource.startsWith(wide.resource.slice(0, -1)))
  if (wide.group !== '*' && wide.group !== row.group) return false
  const [, sub] = row.resource.split('/')
  if (wide.resource !== '*' && wide.resource !== row.resource && wide.resource !== `*/${sub}`) return false
  return wide.names === undefined || (row.names?.every((name) => wide.names?.includes(name)) ?? false)
}

/** Rows that make one sentence. */
function together(rows: readonly Row[]): (readonly [Row, ...Row[]])[] {
  const groups = new Map<string, [Row, ...Row[]]>()
  for (const row of rows) {
    const key = JSON.stringify([row.namespace ?? null, row.verbs, row.sure, row.group === undefined])
    const group = groups.get(key)
    if (group) group.push(row)
    else groups.set(key, [row])
  }
  return [...groups.values()]
}

/** A ServiceAccount at home needs no namespace; nobody takes a group for an account. */
function sayWho({ kind, namespace, name }: Subject, where: string | undefined): string {
  if (kind === 'ServiceAccount') return `\`${namespace === '' || namespace === where ? name : `${namespace}/${name}`}\``
  return `${kind === 'Group' ? 'group' : 'user'} \`${name}\``
}

function sayWhatFor(rows: readonly [Row, ...Row[]], tables: readonly ApiTable[]): string {
  const things = listed(rows.map((row) => sayWhat(row, tables)))
  return rows[0].verbs.includes('*') && things === EVERYTHING ? 'do everything' : `${sayVerb(rows[0].verbs)} ${things}`
}

const EVERYTHING = 'everything'

function sayVerb(verbs: readonly string[]): string {
  return verbs.length === 2 && verbs.includes('get') && verbs.every((verb) => READ_VERBS.includes(verb)) ? 'read' : sayVerbs(verbs)
}

/** `Secrets`, `NetworkPolicies`, `pods/exec`: the kind where a table knows it. */
function sayWhat({ group, resource, names }: Row, tables: readonly ApiTable[]): string {
  if (group === undefined) return resource === '*' ? 'every path' : `\`${resource}\``
  const of = group === '' ? 'the core group' : `\`${group}\``
  const thing =
    resource === '*'
      ? group === '*'
        ? 'everything'
        : `everything of ${of}`
      : (plural(group, resource, tables) ?? written(group, resource))
  return names ? `${thing} named ${names.map((name) => `\`${name}\``).join(', ')}` : thing
}

function plural(group: string, resource: string, tables: readonly ApiTable[]): string | undefined {
  const kind = tables.flatMap((table) => table.resource(group, resource)?.kind ?? []).find((each) => each !== '')
  if (!kind) return undefined
  const common = [...resource].findIndex((letter, i) => letter !== kind.charAt(i).toLowerCase())
  return common < 0 ? kind : kind.slice(0, common) + resource.slice(common)
}

function written(group: string, resource: string): string {
  const [name = '', ...rest] = resource.split('/')
  return `\`${[group === '' ? name : `${name}.${group}`, ...rest].join('/')}\``
}

function sayPlace({ namespace, group }: Row): string {
  if (group === undefined) return ''
  if (namespace === undefined) return ' in the whole cluster'
  return namespace === '' ? ' in its namespace' : ` in \`${namespace}\``
}

const SHOWN = 5

function listed(names: readonly string[]): string {
  if (names.length > SHOWN) return `${names.slice(0, SHOWN - 1).join(', ')} and ${names.length - SHOWN + 1} more`
  return names.length > 1 ? `${names.slice(0, -1).join(', ')} and ${names.at(-1)}` : (names[0] ?? '')
}
