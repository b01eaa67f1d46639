import type { Labels } from '../object.ts'
import { matchesSelector } from '../selector.ts'
import { or, type Tri } from '../tri.ts'
import { entries, get, isUnknown, items, text, type Value } from '../value.ts'
import { AGGREGATE_LABEL } from './built-in-roles.ts'
import { sameItems } from './keep.ts'
import type { PolicyRule } from './policy-rule.ts'
import type { RoleFacts } from './roles.ts'

export interface Aggregation {
  /** The aggregating roles with the rules that they get. */
  readonly rules: ReadonlyMap<RoleFacts, RoleFacts>
  /** For each role, the names of those that it is aggregated into, at any distance. */
  readonly parents: ReadonlyMap<string, ReadonlySet<string>>
}

/** Labels of which some values may not be in the files: what is asked of other labels is known nevertheless. */
interface RoleLabels {
  readonly known: Labels
  readonly open: readonly string[]
}

const NO_LABELS: RoleLabels = { known: {}, open: [] }

interface Child {
  readonly role: RoleFacts
  readonly matches: Tri
}

/**
 * Semantics: the ClusterRole aggregation controller: the rules of a role with an aggregationRule become those
 * of the roles that its selectors match, which may aggregate themselves. What is written beside an
 * aggregationRule is overwritten.
 */
export function aggregate(roles: readonly RoleFacts[], previous?: Aggregation): Aggregation {
  const labels = new Map<RoleFacts, RoleLabels | 'unknown'>()
  for (const role of roles) {
    const found = labelsOfRole(role)
    if (found !== NO_LABELS) labels.set(role, found)
  }
  const candidates = byLabels(labels, roles)
  const children = new Map<RoleFacts, readonly Child[]>()
  for (const parent of roles.filter(isAggregating)) {
    children.set(
      parent,
      candidates(parent).flatMap((role): Child[] => {
        const matches = role === parent ? false : selects(parent, labels.get(role) ?? NO_LABELS)
        return matches === false ? [] : [{ role, matches }]
      }),
    )
  }
  const parents = new Map<string, Set<string>>()
  const collected = [...children.keys()].map(
    (parent) => [parent, unlessSame(collect(parent, children), previous?.rules.get(parent))] as const,
  )
  for (const [parent, { aggregates }] of collected) {
    for (const { name } of aggregates) {
      const known = parents.get(name)
      if (known) known.add(parent.name)
      else parents.set(name, new Set([parent.name]))
    }
  }
  return { rules: new Map(collected), parents }
}

export function isAggregating(role: Pick<RoleFacts, 'object' | 'builtIn'>): boolean {
  return (role.builtIn?.from.length ?? 0) > 0 || (role.object !== undefined && get(role.object.body, 'aggregationRule') !== undefined)
}

/** What a role gets from all that is reachable, each role once: one that aggregates itself ends. */
function collect(parent: RoleFacts, children: ReadonlyMap<RoleFacts, readonly Child[]>): RoleFacts {
  const seen = new Map<RoleFacts, boolean>()
  const queue: { role: RoleFacts; sure: boolean }[] = [{ role: parent, sure: true }]
  const rules = new Map<PolicyRule, boolean>()
  let open = hasOpenSelectors(parent)
  for (let next = queue.pop(); next; next = queue.pop()) {
    for (const { role, matches } of children.get(next.role) ?? []) {
      const sure = next.sure && matches === true
      const before = seen.get(role)
      if (before === true || before === sure) continue
      seen.set(role, sure)
      queue.push({ role, sure })
      if (children.has(role)) open ||= hasOpenSelectors(role)
      else {
        open ||= role.open
        for (const each of role.rules) rules.set(each.rule, (rules.get(each.rule) ?? false) || (sure && each.sure))
      }
    }
  }
  return { ...parent, rules: [...rules].map(([rule, sure]) => ({ rule, sure })), open, aggregates: [...seen.keys()] }
}

function unlessSame(role: RoleFacts, previous: RoleFacts | undefined): RoleFacts {
  if (!previous || role.open !== previous.open || !sameItems(role.aggregates, previous.aggregates)) return role
  const { rules } = previous
  const same =
    rules.length === role.rules.length && role.rules.every(({ rule, sure }, i) => rule === rules[i]?.rule && sure === rules[i]?.sure)
  return same ? previous : role
}

/** The roles that a role's selectors may match, found by one label of each selector where it names one. */
function byLabels(
  labels: ReadonlyMap<RoleFacts, RoleLabels | 'unknown'>,
  all: readonly RoleFacts[],
): (parent: RoleFacts) => readonly RoleFacts[] {
  const index = new Map<string, RoleFacts[]>()
  for (const [role, found] of labels) {
    for (const pair of pairsOf(found)) {
      const list = index.get(pair)
      if (list) list.push(role)
      else index.set(pair, [role])
    }
  }
  return (parent) => {
    const wanted = (parent.builtIn?.from ?? []).map((name) => `${AGGREGATE_LABEL}${name}\ntrue`)
    for (const selector of parent.object ? items(parent.object.body, 'aggregationRule', 'clusterRoleSelectors') : []) {
      const [pair] = entries(selector, 'matchLabels')
      if (!pair || typeof pair[1] === 'object') return all
      wanted.push(`${pair[0]}\n${String(pair[1])}`)
    }
    return [...new Set([...wanted, '?'].flatMap((pair) => index.get(pair) ?? []))]
  }
}

function pairsOf(labels: RoleLabels | 'unknown'): string[] {
  if (labels === 'unknown') return ['?']
  return [...Object.entries(labels.known).map(([key, value]) => `${key}\n${value}`), ...(labels.open.length > 0 ? ['?'] : [])]
}

const labelsKnown = new WeakMap<RoleFacts, RoleLabels | 'unknown'>()

function labelsOfRole(role: RoleFacts): RoleLabels | 'unknown' {
  const before = labelsKnown.get(role)
  if (before) return before
  const labels = readLabels(role)
  labelsKnown.set(role, labels)
  return labels
}

function readLabels(role: RoleFacts): RoleLabels | 'unknown' {
  const written = role.object && get(role.object.body, 'metadata', 'labels')
  if (isUnknown(written)) return 'unknown'
  const known: Record<string, string> = {}
  const open: string[] = []
  for (const name of role.builtIn?.into ?? []) known[AGGREGATE_LABEL + name] = 'true'
  for (const [key, value] of entries(written)) {
    if (isUnknown(value)) open.push(key)
    else if (typeof value !== 'object') known[key] = String(value)
  }
  return open.length === 0 && Object.keys(known).length === 0 ? NO_LABELS : { known, open }
}

function hasOpenSelectors(role: RoleFacts): boolean {
  const rule = role.object && get(role.object.body, 'aggregationRule')
  return isUnknown(rule) || isUnknown(get(rule, 'clusterRoleSelectors')) || items(rule, 'clusterRoleSelectors').some(isUnknown)
}

function selects(role: RoleFacts, labels: RoleLabels | 'unknown'): Tri {
  const matches = (keys: readonly string[], of: (labels: Labels | 'unknown') => Tri): Tri =>
    labels === 'unknown' || keys.some((key) => labels.open.includes(key)) ? of('unknown') : of(labels.known)
  const builtIn = (role.builtIn?.from ?? []).map((name) => {
    const key = AGGREGATE_LABEL + name
    return matches([key], (found) => (found === 'unknown' ? found : found[key] === 'true'))
  })
  const selectors = role.object ? items(role.object.body, 'aggregationRule', 'clusterRoleSelectors') : []
  return or([...builtIn, ...selectors.map((selector) => matches(keysOf(selector), (found) => matchesSelector(selector, found)))])
}

function keysOf(selector: Value): string[] {
  const expressions = items(selector, 'matchExpressions').flatMap((expression) => text(expression, 'key') ?? [])
  return [...entries(selector, 'matchLabels').map(([key]) => key), ...expressions]
}
