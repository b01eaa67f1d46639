import type { KubeObject } from '../object.ts'
import { and, or, type Tri } from '../tri.ts'
import { get, isList, isMap, isUnknown, type Path, type Value } from '../value.ts'

/** A request for an object or a collection of objects. */
export interface ResourceRequest {
  readonly verb: string
  readonly group: string
  readonly resource: string
  readonly subresource?: string
  /** Absent for collections and for `create`, where the name is not known when the request is authorized. */
  readonly name?: string
  /** Undefined for cluster-scoped objects and for all namespaces together; '' is the namespace that is left open. */
  readonly namespace?: string
}

/** A request for a path of the API server that is no resource. */
export interface PathRequest {
  readonly verb: string
  readonly path: string
}

export type Request = ResourceRequest | PathRequest

/** The strings of a list; `open` when others may be among them that are not in the files. */
export interface Strings {
  readonly list: readonly string[]
  readonly open: boolean
}

/** One rule of a role, as the authorizer reads it. */
export interface PolicyRule {
  /** Undefined for a rule that Kubernetes brings. */
  readonly object: KubeObject | undefined
  /** The role that states it; in an aggregated role, not the role that is bound. */
  readonly role: string
  readonly path: Path
  readonly verbs: Strings
  readonly groups: Strings
  readonly resources: Strings
  /** Empty for every name. */
  readonly names: Strings
  readonly urls: Strings
}

const NONE: Strings = { list: [], open: false }
const OPEN: Strings = { list: [], open: true }

/** A part that is not a list grants nothing: the API server refuses such an object. */
export function readPolicyRule(rule: Value, role: string, object: KubeObject | undefined, path: Path): PolicyRule {
  const strings = (key: string): Strings => {
    if (isUnknown(rule)) return OPEN
    const value = get(rule, key)
    if (value === undefined) return NONE
    if (isUnknown(value)) return OPEN
    if (!isList(value)) return NONE
    const list = value.filter((item) => typeof item === 'string')
    return { list, open: value.some(isUnknown) }
  }
  return {
    object,
    role,
    path,
    verbs: strings('verbs'),
    groups: strings('apiGroups'),
    resources: strings('resources'),
    names: isMap(rule) || isUnknown(rule) ? strings('resourceNames') : NONE,
    urls: strings('nonResourceURLs'),
  }
}

export function has(strings: Strings, value: string): Tri {
  return strings.list.includes(value) ? true : strings.open ? 'unknown' : false
}

/** Whether the list holds `value` or `*`. */
export function covers(strings: Strings, value: string): Tri {
  return or([has(strings, '*'), has(strings, value)])
}

/** Semantics: `RuleAllows` of Kubernetes' RBAC authorizer. */
export function ruleAllows(rule: PolicyRule, request: Request): Tri {
  if ('path' in request) return and([covers(rule.verbs, request.verb), coversPath(rule.urls, request.path)])
  const verb = covers(rule.verbs, request.verb)
  if (verb === false) return false
  const group = covers(rule.groups, request.group)
  if (group === false) return false
  return and([verb, group, coversResource(rule.resources, request), coversName(rule.names, request.name)])
}

// `*` stands for everything with its subresources, `*/sub` for one subresource of everything; nothing else is a pattern.
function coversResource(resources: Strings, { resource, subresource }: ResourceRequest): Tri {
  if (!subresource) return covers(resources, resource)
  return or([covers(resources, `${resource}/${subresource}`), has(resources, `*/${subresource}`)])
}

function coversName(names: Strings, name: string | undefined): Tri {
  if (names.list.length === 0 && !names.open) return true
  return has(names, name ?? '')
}

/** An entry that ends in stars is a prefix; a star elsewhere is itself. */
function coversPath(urls: Strings, path: string): Tri {
  const found = urls.list.some((url) => url === '*' || url === path || (url.endsWith('*') && path.startsWith(withoutStars(url))))
  return found ? true : urls.open ? 'unknown' : false
}

function withoutStars(url: string): string {
  let end = url.length
  while (end > 0 && url.charCodeAt(end - 1) === 42) end--
  return url.slice(0, end)
}
