import { ROLE_KINDS } from '../../server/model/access/access.ts'
import { narrowRule } from '../../server/model/access/narrow.ts'
import { allResourcesOf, ownGroups } from '../../server/model/access/own-groups.ts'
import { replaceRule } from '../../server/model/access/role-edits.ts'
import { holdersOf, isPart } from '../../server/model/access/role-holders.ts'
import { judged, waysTo } from '../../server/model/access/role-risks.ts'
import { isBootstrap } from '../../server/model/access/roles.ts'
import { describe, type KubeObject } from '../../server/model/object.ts'
import { defineRule, type Severity } from '../../server/model/rule.ts'
import { get, isUnknown, items, type Path, texts, type Value } from '../../server/model/value.ts'
import { leavesOf } from '../role-risks.ts'

/** Subresources that lead to other identities wherever they are. */
const SENSITIVE: ReadonlySet<string> = new Set(['*/exec', '*/attach', '*/token', '*/proxy', '*/ephemeralcontainers'])

interface Wildcard {
  readonly index: number
  readonly rule: Value
  readonly path: Path
  /** Undefined when it is a `*` among the groups. */
  readonly resource: string | undefined
}

export default defineRule<'object', 'access' | 'api' | 'escalation' | 'objects' | 'tokens'>({
  name: 'rbac-wildcard-resources',
  title: 'Role grants resources that it does not name',
  pillar: 'identity',
  severity: 'warning',
  controls: { cis: ['5.1.3'], nist80053: ['AC-6'], nist800207: ['6'], owasp: ['K02'] },
  since: '0.1.0',
  each: 'object',
  kinds: ROLE_KINDS,
  reads: ['access', 'api', 'escalation', 'objects', 'tokens'],
  *check(role, { facts }) {
    if (isBootstrap(role) || facts.escalation.tellsOf(role)) return
    for (const [i, rule] of items(role.body, 'rules').entries()) {
      if (isUnknown(rule) || isUnknown(get(rule, 'resources'))) yield { notEvaluated: role, path: ['rules', i, 'resources'] }
    }
    const own = ownGroups(facts.objects)
    const found = wildcards(role).sort((a, b) => weight(a, own) - weight(b, own))
    const [first, ...others] = found
    if (!first) return
    const bound = facts.access.bindingsOf(role).length > 0 || isPart(role, facts)
    yield {
      object: role,
      path: first.path,
      part: 'value',
      severity: bound ? judged(severityOf(first, own), holdersOf(role, facts), facts) : 'hint',
      message: messageOf(role, first),
      related: [
        ...others.map(({ path, resource }) => ({
          object: role,
          path,
          part: 'value' as const,
          message: `Also ${resource === undefined ? 'every API group' : `\`${resource}\``}.`,
        })),
        ...waysTo(holdersOf(role, facts), facts),
      ],
    }
  },
  *fix({ object: role }, { facts }) {
    const found = wildcards(role)
    const narrowed = found.map(({ rule, index }) => ({ index, result: narrowRule(rule, 'all', facts.api) }))
    const changes = narrowed.flatMap(({ index, result }) => ('reason' in result ? [] : replaceRule(role, index, result.rules)))
    if (narrowed.length === 0 || narrowed.some(({ result }) => 'reason' in result)) return
    const results = narrowed.flatMap(({ result }) => ('reason' in result ? [] : [result]))
    const excluded = [...new Set(results.flatMap((result) => result.excluded))]
    const assumed = results.some((result) => result.assumed.length > 0)
    if (assumed) return
    const groupsOnly = found.every(({ resource }) => resource === undefined)
    yield {
      title: groupsOnly
        ? `Name the API groups: ${[...new Set(results.flatMap(({ rules }) => rules.flatMap((rule) => texts(rule, 'apiGroups'))))].map((group) => `\`${group || "''"}\``).join(', ')}`
        : `Name the resources${excluded.length > 0 ? `: leaves out ${excluded.join(', ')}` : ', and none to come'}`,
      applicability: groupsOnly ? 'hardening' : 'assisted',
      changes,
      leaves: leavesOf(role, changes, facts),
    }
  },
})

/** A rule with `*` among the verbs too is told by the rule about those. */
function wildcards(role: KubeObject): Wildcard[] {
  if (get(role.body, 'aggregationRule') !== undefined) return []
  return items(role.body, 'rules').flatMap((rule, index): Wildcard[] => {
    const resources = items(rule, 'resources')
    if (resources.length === 0 || texts(rule, 'verbs').includes('*')) return []
    const at = resources.findIndex((resource) => resource === '*' || SENSITIVE.has(String(resource)))
    if (at >= 0) return [{ index, rule, path: ['rules', index, 'resources', at], resource: String(resources[at]) }]
    const group = items(rule, 'apiGroups').indexOf('*')
    return group < 0 ? [] : [{ index, rule, path: ['rules', index, 'apiGroups', group], resource: undefined }]
  })
}

function weight(wildcard: Wildcard, own: ReadonlySet<string | undefined>): number {
  return ['warning', 'information', 'hint'].indexOf(severityOf(wildcard, own))
}

/** Reading one group that is not the core group shows no secrets; an operator's own resources are its business. */
function severityOf({ rule, resource }: Wildcard, own: ReadonlySet<string | undefined>): Severity {
  if (resource === undefined) return 'hint'
  const groups = texts(rule, 'apiGroups')
  const reads = texts(rule, 'verbs').every((verb) => ['get', 'list', 'watch'].includes(verb))
  if (resource === '*' && groups.every((group) => own.has(group))) return reads ? 'hint' : 'information'
  return reads && resource === '*' && !groups.includes('') && !groups.includes('*') ? 'information' : 'warning'
}

function messageOf(role: KubeObject, { rule, resource }: Wildcard): string {
  const verbs = texts(rule, 'verbs').join(', ')
  if (resource === undefined)
    return `${describe(role)} grants ${verbs} on ${texts(rule, 'resources').join(', ')} in every API group, those of custom resources to come included. Name the group.`
  const groups = texts(rule, 'apiGroups')
  const secrets = resource === '*' && ['', '*'].some((group) => groups.includes(group)) ? ', Secrets included' : ''
  const all = groups.includes('*')
    ? 'all resources and subresources that there are and will be'
    : `${allResourcesOf(groups)} that there are and will be`
  const what = resource === '*' ? all : `\`${resource}\`, whatever it belongs to`
  return `${describe(role)} grants ${verbs} on ${what}${secrets}. Name the resources that are needed.`
}
