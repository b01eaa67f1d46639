import { type Body, get, hasUnknown, isMap, texts, type Value } from '../value.ts'
import { type ApiTable, READ_VERBS, STORED_VERBS, verbsOfCustom } from './api-resources.ts'

/** What a `*` among the verbs becomes. */
export type VerbChoice = 'read' | 'write' | 'all'

/** `write` may not remove: it reads, creates and changes. */
const CHOICES: Readonly<Record<VerbChoice, readonly string[]>> = {
  read: READ_VERBS,
  write: STORED_VERBS.filter((verb) => verb !== 'delete' && verb !== 'deletecollection'),
  all: STORED_VERBS,
}

/** The rules that may stand instead of one rule. */
export interface Narrowed {
  /** Without `*` in verbs, and without `*` in apiGroups and resources where they could be spelled out. Never empty. */
  readonly rules: readonly Body[]
  /** Verbs that only the API server asks about (`bind`, `use` …) and that the `*` contained. */
  readonly dropped: readonly string[]
  /** Sensitive resources that a `*` among the resources contained and that are left out. */
  readonly excluded: readonly string[]
  /** Resources (`group/name`) that neither the table nor a CRD of the workspace knows: taken to have the verbs of a custom resource. */
  readonly assumed: readonly string[]
}

/** Why a rule cannot be narrowed, as the end of a sentence: "… because". */
export interface NotNarrowed {
  readonly reason: string
}

/** What a spelled-out `*` leaves out: each of these leads to other identities. */
const SENSITIVE: ReadonlySet<string> = new Set([
  '/secrets',
  '/pods/exec',
  '/pods/attach',
  '/pods/portforward',
  '/pods/proxy',
  '/pods/ephemeralcontainers',
  '/services/proxy',
  '/serviceaccounts/token',
  '/nodes/proxy',
])
const RBAC = 'rbac.authorization.k8s.io'

interface Pair {
  readonly group: string
  readonly resource: string
  readonly verbs: readonly string[]
}

/**
 * The valid, minimal rules that replace a rule with `*` in verbs, resources or apiGroups. Each of them grants
 * only what `rule` grants; with the choice `all` they grant everything that a request to a known resource can
 * ask of `rule`, but for `dropped` and `excluded`. A rule is split where its resources differ in verbs; other
 * fields (resourceNames) are kept. Verbs that can never match (`create` with resourceNames) are not written.
 */
export function narrowRule(rule: Value, choice: VerbChoice, table: ApiTable): Narrowed | NotNarrowed {
  if (!isMap(rule) || hasUnknown(rule)) return { reason: 'a part of the rule is not in the files' }
  const groups = texts(rule, 'apiGroups')
  const resources = texts(rule, 'resources')
  const verbs = texts(rule, 'verbs')
  if (get(rule, 'nonResourceURLs') !== undefined) return { reason: 'it is about paths, which have no table of verbs' }
  if (groups.length === 0 || resources.length === 0 || verbs.length === 0) return { reason: 'it grants nothing as it is' }
  const anyResource = resources.includes('*')
  if (anyResource && groups.includes('*')) return { reason: 'it is about every resource of every group' }
  const excluded: string[] = []
  const expanded = anyResource ? expand(groups, table, excluded) : undefined
  if (typeof expanded === 'string') return { reason: `the resources of the group ${expanded} are not all known` }
  const dropped = new Set<string>()
  const assumed: string[] = []
  const named = texts(rule, 'resourceNames').length > 0
  const pairs: Pair[] = []
  for (const { group, resource, served, virtual, sure } of expanded ?? inGroups(groups, resources, table)) {
    if (!sure) assumed.push(`${group}/${resource}`)
    let wanted: readonly string[] = verbs
    if (verbs.includes('*')) wanted = spelledOut(choice, served, virtual, verbs, dropped)
    else if (anyResource) wanted = verbs.filter((verb) => served.includes(verb) || virtual.includes(verb))
    if (named) wanted = wanted.filter((verb) => !neverNamed(verb, resource))
    if (wanted.length > 0) pairs.push({ group, resource, verbs: wanted })
  }
  if (pairs.length === 0) return { reason: 'nothing that it grants would be left' }
  return { rules: asRules(pairs, rule, groups, table), dropped: [...dropped], excluded, assumed }
}

interface Candidate {
  readonly group: string
  readonly resource: string
  readonly served: readonly string[]
  readonly virtual: readonly string[]
  /** The resource is in the table, or stands for all that have a subresource. */
  readonly sure: boolean
}

/** Every resource of the groups but the sensitive ones; the name of a group that the table does not cover. */
function expand(groups: readonly string[], table: ApiTable, excluded: string[]): Candidate[] | string {
  const found: Candidate[] = []
  for (const group of groups) {
    if (table.coverage(group) !== 'all') return group
    for (const { name, verbs, virtualVerbs } of table.resourcesOf(group)) {
      if (SENSITIVE.has(`${group}/${name}`) || group === RBAC) excluded.push(name)
      else if (verbs.length > 0) found.push({ group, resource: name, served: verbs, virtual: virtualVerbs, sure: true })
    }
  }
  return found
}

/**
 * Each resource in those of the groups that have it. A group of unknown resources may have it too, with the
 * same verbs; a resource that none is known to have is taken for a custom one. What no group can have grants
 * nothing, and is left out.
 */
function inGroups(groups: readonly string[], resources: readonly string[], table: ApiTable): Candidate[] {
  return resources.flatMap((resource): Candidate[] => {
    if (resource.startsWith('*/')) {
      return groups.map((group) => ({ group, resource, served: verbsOfPattern(resource, group, table), virtual: [], sure: true }))
    }
    const searched = groups.includes('*') ? table.groupsWith(resource) : groups
    const existing = searched.flatMap((group) => table.resource(group, resource) ?? [])
    const candidates = existing.map(({ group, verbs, virtualVerbs }) => ({
      group,
      resource,
      served: verbs,
      virtual: virtualVerbs,
      sure: true,
    }))
    const open = searched.filter((group) => table.resource(group, resource) === undefined && table.mayExist(group, resource))
    const sure = existing.length > 0
    const served = sure ? STORED_VERBS.filter((verb) => existing.some(({ verbs }) => verbs.includes(verb))) : verbsOfCustom(resource)
    const rest = sure || open.length > 0 || !groups.includes('*') ? open : groups
    return [...candidates, ...rest.map((group) => ({ group, resource, served, virtual: [], sure }))]
  })
}

/** The verbs of a subresource whatever it belongs to, such as scale. */
function verbsOfPattern(resource: string, group: string, table: ApiTable): readonly string[] {
  if (resource === '*/finalizers' || group === '*') return verbsOfCustom(resource)
  const found = new Set(table.resourcesOf(group).flatMap(({ name, verbs }) => (name.endsWith(resource.slice(1)) ? verbs : [])))
  return found.size === 0 ? verbsOfCustom(resource) : STORED_VERBS.filter((verb) => found.has(verb))
}

/** Verbs that stand beside the `*` were asked for by name; a resource with nothing but virtual verbs keeps them when all are wanted. */
function spelledOut(
  choice: VerbChoice,
  served: readonly string[],
  virtual: readonly string[],
  written: readonly string[],
  dropped: Set<string>,
): readonly string[] {
  const chosen = CHOICES[choice]
  const verbs = served.filter((verb) => chosen.includes(verb))
  if (choice !== 'all') {
    for (const verb of virtual) dropped.add(verb)
    return verbs
  }
  const kept = virtual.filter((verb) => served.length === 0 || written.includes(verb))
  for (const verb of virtual) if (!kept.includes(verb)) dropped.add(verb)
  return [...verbs, ...kept]
}

/** The name is not known when these are authorized, so a rule with resourceNames never allows them. */
function neverNamed(verb: string, resource: string): boolean {
  return verb === 'deletecollection' || (verb === 'create' && !resource.includes('/'))
}

/** As few rules as possible, in the order of the resources; none allows a verb that its resource does not have. */
function asRules(pairs: readonly Pair[], rule: Body, groups: readonly string[], table: ApiTable): Body[] {
  const byVerbs = new Map<string, Pair[]>()
  for (const pair of pairs) {
    const key = pair.verbs.join(' ')
    const same = byVerbs.get(key)
    if (same) same.push(pair)
    else byVerbs.set(key, [pair])
  }
  return [...byVerbs.values()].flatMap((same) => {
    const verbs = same[0]?.verbs ?? []
    return products(same, table).map(([held, resources]) => {
      const ordered = groups.includes('*') ? held : groups.filter((group) => held.includes(group))
      return { ...rule, apiGroups: ordered, resources, verbs }
    })
  })
}

/** Pairs as products of groups and resources, in which every other pair names nothing that exists. */
function products(pairs: readonly Pair[], table: ApiTable): [groups: string[], resources: string[]][] {
  const wanted = new Set(pairs.map(({ group, resource }) => `${group}/${resource}`))
  const result: [string[], string[]][] = []
  for (const { group, resource } of pairs) {
    const home = result.find(([groups, resources]) => {
      const all = [...new Set([...groups, group])].flatMap((g) => [...new Set([...resources, resource])].map((r) => [g, r] as const))
      return all.every(([g, r]) => wanted.has(`${g}/${r}`) || !table.mayExist(g, r))
    })
    if (!home) result.push([[group], [resource]])
    else {
      if (!home[0].includes(group)) home[0].push(group)
      if (!home[1].includes(resource)) home[1].push(resource)
    }
  }
  return result
}
