import { items, text, texts, type Value } from './value.ts'

/** From the least to the most that is written. */
export const AUDIT_LEVELS = ['None', 'Metadata', 'Request', 'RequestResponse'] as const
export type AuditLevel = (typeof AUDIT_LEVELS)[number]

/** Undefined when `rule` says none that exists. */
export function levelOf(rule: Value): AuditLevel | undefined {
  const level = text(rule, 'level')
  return AUDIT_LEVELS.find((each) => each === level)
}

export function lower(level: AuditLevel, than: AuditLevel): boolean {
  return AUDIT_LEVELS.indexOf(level) < AUDIT_LEVELS.indexOf(than)
}

/** A set of requests that no rule takes in part for a reason that can be seen here. `undefined` is everything. */
interface Requests {
  readonly user: string | undefined
  readonly group: string | undefined
  readonly verb: string | undefined
  readonly target: Target
}

/** What requests are about. Semantics: ruleMatches in k8s.io/apiserver/pkg/audit/policy. */
type Target =
  | { readonly kind: 'all' }
  | { readonly kind: 'url'; readonly url: string }
  | { readonly kind: 'resource'; readonly namespace: string | undefined; readonly of: Resource | undefined }

interface Resource {
  readonly group: string
  /** `pods`, `pods/log`, `pods/*`, any parent with `/scale`, `*`. */
  readonly name: string
  readonly object: string | undefined
}

/** Beyond this the parts of a rule are not looked at one by one. */
const MAX_PARTS = 4096

/**
 * The parts of `rule` whose union it is; undefined when there are too many.
 * Semantics: no list means all, except that lists of namespaces or resources leave out what is no resource.
 */
function partsOf(rule: Value): readonly Requests[] | undefined {
  const users = orAny(texts(rule, 'users'))
  const groups = orAny(texts(rule, 'userGroups'))
  const verbs = orAny(texts(rule, 'verbs'))
  const targets = targetsOf(rule)
  if (users.length * groups.length * verbs.length * targets.length > MAX_PARTS) return undefined
  return users.flatMap((user) =>
    groups.flatMap((group) => verbs.flatMap((verb) => targets.map((target) => ({ user, group, verb, target })))),
  )
}

function orAny<T>(list: readonly T[]): readonly (T | undefined)[] {
  return list.length > 0 ? list : [undefined]
}

function targetsOf(rule: Value): readonly Target[] {
  const namespaces = texts(rule, 'namespaces')
  const resources = items(rule, 'resources')
  if (namespaces.length > 0 || resources.length > 0) {
    const of = resources.length > 0 ? resources.flatMap(resourcesOf) : [undefined]
    return orAny(namespaces).flatMap((namespace) => of.map((each): Target => ({ kind: 'resource', namespace, of: each })))
  }
  const urls = texts(rule, 'nonResourceURLs')
  return urls.length > 0 ? urls.map((url) => ({ kind: 'url', url })) : [{ kind: 'all' }]
}

/** Names of objects count only where resources are named. */
function resourcesOf(entry: Value): readonly Resource[] {
  const group = text(entry, 'group') ?? ''
  const names = texts(entry, 'resources')
  if (names.length === 0) return [{ group, name: '*', object: undefined }]
  return names.flatMap((name) => orAny(texts(entry, 'resourceNames')).map((object) => ({ group, name, object })))
}

/**
 * For each rule those before it that take, together, every request that fits it: their indices, in order.
 * Undefined when a request may come to it, or when that would take too long to tell.
 */
export function takersOf(rules: readonly Value[]): readonly (readonly number[] | undefined)[] {
  const parts = rules.map(partsOf)
  return parts.map((own, index) => {
    if (!own || own.length === 0) return undefined
    const takers = new Set<number>()
    for (const part of own) {
      const taker = parts.slice(0, index).findIndex((earlier) => earlier?.some((wide) => covers(wide, part)))
      if (taker < 0) return undefined
      takers.add(taker)
    }
    return [...takers].sort((one, other) => one - other)
  })
}

function covers(wide: Requests, narrow: Requests): boolean {
  if (wide.verb !== undefined && wide.verb !== narrow.verb) return false
  if (wide.user !== undefined && wide.user !== narrow.user) return false
  if (wide.group !== undefined && !isMember(narrow, wide.group)) return false
  return coversTarget(wide.target, narrow.target)
}

const ACCOUNT = /^system:serviceaccount:([^:]+):[^:]+$/
const ACCOUNTS_OF = 'system:serviceaccounts:'

/** Whether all of them carry `group`, by what authenticators give to everybody they let in. */
function isMember({ user, group }: Requests, wanted: string): boolean {
  if (group === wanted) return true
  const namespace = user === undefined ? undefined : ACCOUNT.exec(user)?.[1]
  const carried =
    namespace !== undefined
      ? ['system:serviceaccounts', ACCOUNTS_OF + namespace, 'system:authenticated']
      : group?.startsWith(ACCOUNTS_OF)
        ? ['system:serviceaccounts', 'system:authenticated']
        : group === 'system:serviceaccounts' || group === 'system:nodes'
          ? ['system:authenticated']
          : user === 'system:anonymous'
            ? ['system:unauthenticated']
            : []
  return carried.includes(wanted)
}

function coversTarget(wide: Target, narrow: Target): boolean {
  if (wide.kind === 'all') return true
  if (wide.kind === 'url') return narrow.kind === 'url' && coversUrl(wide.url, narrow.url)
  if (narrow.kind !== 'resource') return false
  if (wide.namespace !== undefined && wide.namespace !== narrow.namespace) return false
  return wide.of === undefined || (narrow.of !== undefined && coversResource(wide.of, narrow.of))
}

/** Semantics: only a trailing star stands for more. */
function coversUrl(wide: string, narrow: string): boolean {
  return wide === narrow || (wide.endsWith('*') && narrow.startsWith(wide.replace(/\*+$/, '')))
}

/** Semantics: `*` is everything of the group, `pods/*` the subresources and pods themselves. */
function coversResource(wide: Resource, narrow: Resource): boolean {
  if (wide.group !== narrow.group || (wide.object !== undefined && wide.object !== narrow.object)) return false
  if (wide.name === '*' || wide.name === narrow.name) return true
  const [parent, subresource] = narrow.name.split('/')
  if (parent === undefined || narrow.name === '*') return false
  if (wide.name === `${parent}/*`) return parent !== '*'
  return subresource !== undefined && subresource !== '*' && wide.name === `*/${subresource}`
}

/** Resources whose objects, or the answers about them, are credentials. */
export interface AuditedKind {
  readonly group: string
  readonly resource: string
}

export const CREDENTIALS: readonly AuditedKind[] = [
  { group: '', resource: 'secrets' },
  { group: '', resource: 'configmaps' },
  { group: '', resource: 'serviceaccounts/token' },
  { group: 'authentication.k8s.io', resource: 'tokenreviews' },
]

/** Whether requests about `kind` may fit `rule`, as far as what they are about says. */
export function isAbout(rule: Value, kind: AuditedKind): boolean {
  return targetsOf(rule).some(
    (target) =>
      target.kind === 'all' ||
      (target.kind === 'resource' &&
        (target.of === undefined ||
          coversResource({ ...target.of, object: undefined }, { group: kind.group, name: kind.resource, object: undefined }))),
  )
}

const READS: ReadonlySet<string> = new Set(['get', 'list', 'watch', 'delete', 'deletecollection'])

/** Whether bodies are written that hold what the object holds: those of requests that only read hold nothing, their answers do. */
export function logsValues(rule: Value): boolean {
  const level = levelOf(rule)
  if (level === 'RequestResponse') return true
  const verbs = texts(rule, 'verbs')
  return level === 'Request' && (verbs.length === 0 || verbs.some((verb) => !READS.has(verb)))
}

/** Whom and what a rule is about, in a few words. */
export function describeRule(rule: Value): string {
  const resources = items(rule, 'resources').flatMap((entry) => {
    const group = text(entry, 'group') ?? ''
    const names = texts(entry, 'resources')
    return names.length > 0 ? names.map((name) => (group ? `${name}.${group}` : name)) : [group ? `*.${group}` : 'the core group']
  })
  const about = [...resources, ...texts(rule, 'nonResourceURLs')]
  const named = about.length > 0 ? about : [...texts(rule, 'users'), ...texts(rule, 'userGroups'), ...texts(rule, 'namespaces')]
  if (named.length === 0) return texts(rule, 'verbs').length > 0 ? texts(rule, 'verbs').join(', ') : 'everything'
  return named.length > 3 ? `${named.slice(0, 3).join(', ')} …` : named.join(', ')
}
