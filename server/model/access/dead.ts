import { nearest } from '../../text/nearest.ts'
import { hasUnknown, isList, isMap, type Path, texts, type Value } from '../value.ts'
import { type ApiTable, removal, STORED_VERBS } from './api-resources.ts'

/** A part of a rule that matches no request there is. */
export interface DeadPart {
  /** Below the rule; empty for all of it. */
  readonly path: Path
  /** As the end of "… grants nothing: …". */
  readonly why: string
  /** What tells it from other parts of the rule. */
  readonly name: string
  /** Nothing of the rule is left without it. */
  readonly whole: boolean
  /** It granted something in older versions. */
  readonly removed?: boolean
  /** What grants what was probably meant. */
  readonly meant?: { readonly field: 'apiGroups' | 'resources'; readonly value: string; readonly instead: string }
}

/** Where a rule counts: a Role, or a ClusterRole that is bound in namespaces only, reaches nothing outside of its namespace. */
export interface Scope {
  readonly namespaced: boolean
  /** As the end of "…: it is bound …". */
  readonly because: string
}

const WRITTEN_ON_ITSELF = ['get', 'update', 'patch', 'delete']

/**
 * What of a rule grants nothing. Only what is certain: groups that the table does not know wholly may have any
 * resource, and a rule with unknown parts is left alone.
 */
export function deadParts(rule: Value, scope: Scope, table: ApiTable, minor: number): DeadPart[] {
  if (!isMap(rule) || hasUnknown(rule)) return []
  const urls = texts(rule, 'nonResourceURLs')
  const groups = texts(rule, 'apiGroups')
  const resources = texts(rule, 'resources')
  const verbs = texts(rule, 'verbs')
  const missing = missingField(rule, urls, groups, resources, verbs)
  if (missing) return [{ path: [], why: missing, name: 'rule', whole: true }]
  if (urls.length > 0) return deadUrls(urls, scope)
  const parts: DeadPart[] = []
  const live: { readonly group: string; readonly resource: string }[] = []
  for (const [i, resource] of resources.entries()) {
    const holders = groups.filter((group) => group === '*' || mayMatch(group, resource, table, minor))
    const reached = holders.filter((group) => !isOutOfReach(group, resource, verbs, scope, table))
    for (const group of reached) live.push({ group, resource })
    if (reached.length > 0) continue
    parts.push({ path: ['resources', i], name: resource, whole: false, ...explain(resource, groups, holders.length > 0, scope, table) })
  }
  if (live.length === 0) return parts.map((part) => ({ ...part, whole: true }))
  parts.push(...deadVerbs(verbs, live, texts(rule, 'resourceNames').length > 0, table))
  const whole = parts.filter(({ path }) => path[0] === 'verbs').length === verbs.length
  return whole ? parts.map((part) => ({ ...part, whole })) : parts
}

function explain(
  resource: string,
  groups: readonly string[],
  exists: boolean,
  scope: Scope,
  table: ApiTable,
): Pick<DeadPart, 'why' | 'removed' | 'meant'> {
  if (exists) return { why: `${resource} are in no namespace, and ${scope.because}` }
  for (const group of groups) {
    const gone = removal(group, resource)
    if (gone)
      return {
        why: `${group}/${resource} are gone since Kubernetes 1.${gone.since}${gone.to ? `, and in \`${gone.to}\` now` : ''}`,
        removed: true,
      }
  }
  const meant = meantBy(resource, groups, table)
  return { why: reasonFor(resource, groups, table), ...(meant ? { meant } : {}) }
}

function missingField(
  rule: Value,
  urls: readonly string[],
  groups: readonly string[],
  resources: readonly string[],
  verbs: readonly string[],
): string | undefined {
  for (const field of ['verbs', 'apiGroups', 'resources', 'resourceNames', 'nonResourceURLs']) {
    const value = isMap(rule) ? rule[field] : undefined
    if (value !== undefined && value !== null && !isList(value)) return `\`${field}\` is no list, and the API server refuses the role`
  }
  if (verbs.length === 0) return 'it names no verb'
  if (urls.length > 0)
    return groups.length + resources.length > 0 ? 'paths and resources cannot share a rule, and the API server refuses the role' : undefined
  if (resources.length === 0) return 'it names no resource'
  return groups.length === 0 ? 'it names no API group; that of Kubernetes’ core is `""`' : undefined
}

function deadUrls(urls: readonly string[], scope: Scope): DeadPart[] {
  const outside = scope.namespaced ? `paths are in no namespace, and ${scope.because}` : undefined
  const parts = urls.flatMap((url, i): DeadPart[] => {
    const star = url.indexOf('*')
    const inside = star >= 0 && star < url.length - 1 && !/^\*+$/.test(url.slice(star)) ? '`*` is a wildcard only at the end' : undefined
    const why = outside ?? inside
    return why ? [{ path: ['nonResourceURLs', i], why, name: url, whole: false }] : []
  })
  return parts.length === urls.length ? parts.map((part) => ({ ...part, whole: true })) : parts
}

function mayMatch(group: string, resource: string, table: ApiTable, minor: number): boolean {
  if (resource === '*') return true
  const gone = removal(group, resource)
  if (gone) return minor < gone.since
  if (resource.startsWith('*/'))
    return (
      table.coverage(group) !== 'all' ||
      table.resourcesOf(group).some(({ name }) => name.endsWith(resource.slice(1))) ||
      resource === '*/finalizers'
    )
  return table.mayExist(group, resource)
}

/** Objects of the cluster are out of reach of a namespace, but for the Namespace itself. */
function isOutOfReach(group: string, resource: string, verbs: readonly string[], { namespaced }: Scope, table: ApiTable): boolean {
  if (!namespaced || table.isNamespaced(group, resource) !== false) return false
  const [base] = resource.split('/')
  return group !== '' || base !== 'namespaces' || !verbs.some((verb) => verb === '*' || WRITTEN_ON_ITSELF.includes(verb))
}

function reasonFor(resource: string, groups: readonly string[], table: ApiTable): string {
  const listed = groups.map((group) => `\`${group || '""'}\``).join(', ')
  if (resource.endsWith('/*')) return `\`${resource}\` is no pattern: subresources are named one by one`
  if (/[*?[]/.test(resource)) return `\`${resource}\` is no pattern: \`*\` stands for all resources, or before a slash`
  const home = homeOf(resource, table)
  if (home !== undefined) return `${resource} are in the API group \`${home || '""'}\`, not in ${listed}`
  return `there is no resource \`${resource}\` in ${listed}`
}

function homeOf(resource: string, table: ApiTable): string | undefined {
  return table.groupsWith(resource).find((group) => table.coverage(group) === 'all')
}

/** The group that has the resource, or the resource of which the kind or another form was written. */
function meantBy(resource: string, groups: readonly string[], table: ApiTable): DeadPart['meant'] {
  const home = homeOf(resource, table)
  const [group] = groups
  if (home !== undefined)
    return groups.length === 1 && group !== undefined ? { field: 'apiGroups', value: home, instead: group } : undefined
  const names = groups.flatMap((each) => table.resourcesOf(each).filter(({ verbs }) => verbs.length > 0))
  const byKind = names.find(({ kind }) => kind !== '' && kind.toLowerCase() === resource.toLowerCase())
  const value =
    byKind?.name ??
    nearest(
      resource,
      names.map(({ name }) => name),
    )
  return value === undefined ? undefined : { field: 'resources', value, instead: resource }
}

/** Verbs that none of the resources can be asked for. */
function deadVerbs(
  verbs: readonly string[],
  live: readonly { readonly group: string; readonly resource: string }[],
  named: boolean,
  table: ApiTable,
): DeadPart[] {
  const known = live.map(({ group, resource }) => (resource.startsWith('*') || group === '*' ? undefined : table.resource(group, resource)))
  return verbs.flatMap((verb, i): DeadPart[] => {
    if (verb === '*' || verb.startsWith('impersonate-on:')) return []
    const lower = verb.toLowerCase()
    if (verb !== lower && STORED_VERBS.some((each) => each === lower))
      return [dead(i, verb, `verbs are written in small letters, \`${lower}\``)]
    if (known.every((resource) => resource !== undefined && !resource.verbs.includes(verb) && !resource.virtualVerbs.includes(verb)))
      return [dead(i, verb, `\`${verb}\` is nothing that ${sayResources(live)} can be asked for`)]
    const never =
      verb === 'deletecollection' || (verb === 'create' && live.every(({ resource }) => !resource.includes('/') && resource !== '*'))
    if (named && never) return [dead(i, verb, `no name is known when \`${verb}\` is decided, so \`resourceNames\` never match`)]
    return []
  })
}

function dead(i: number, name: string, why: string): DeadPart {
  return { path: ['verbs', i], why, name, whole: false }
}

function sayResources(live: readonly { readonly resource: string }[]): string {
  const names = [...new Set(live.map(({ resource }) => resource))]
  return names.length > 2 ? `${names[0]} and ${names.length - 1} more` : names.join(' or ')
}
