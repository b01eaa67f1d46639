import type { Binding } from '../../server/model/access/bindings.ts'
import { STORED_VERBS } from '../../server/model/access/api-resources.ts'
import { allResourcesOf, ownGroups } from '../../server/model/access/own-groups.ts'
import { AGGREGATE_LABEL } from '../../server/model/access/built-in-roles.ts'
import { type Narrowed, narrowRule, type VerbChoice } from '../../server/model/access/narrow.ts'
import type { Subject } from '../../server/model/access/identity.ts'
import { leftTo } from '../../server/model/access/left.ts'
import { ownRole, readOnly, replaceRule } from '../../server/model/access/role-edits.ts'
import { holdersOf, isPart } from '../../server/model/access/role-holders.ts'
import { judged, waysTo } from '../../server/model/access/role-risks.ts'
import type { Facts } from '../../server/model/facts.ts'
import { describe, type KubeObject } from '../../server/model/object.ts'
import { defineRule, type Fix, type ObjectChange } from '../../server/model/rule.ts'
import { entries, get, isUnknown, items, type Path, text, texts, type Value } from '../../server/model/value.ts'
import { leavesOf, rulesAbout } from '../role-risks.ts'

export default defineRule<'object', 'access' | 'api' | 'escalation' | 'objects' | 'tokens'>({
  name: 'rbac-wildcard-verbs',
  title: 'Role grants every verb',
  pillar: 'identity',
  severity: 'warning',
  controls: { cis: ['5.1.3'], nsa: ['Auth'], nist80053: ['AC-6'], nist800207: ['6'], attack: ['T1098.006'], owasp: ['K02'] },
  since: '0.1.0',
  each: 'object',
  kinds: ['rbac.authorization.k8s.io/Role', 'rbac.authorization.k8s.io/ClusterRole'],
  reads: ['access', 'api', 'escalation', 'objects', 'tokens'],
  *check(role, { facts }) {
    // An attack path says it of the role that it goes through.
    if (isManagedByKubernetes(role) || facts.escalation.tellsOf(role)) return
    const own = ownGroups(facts.objects)
    const isOwn = ({ rule }: Wildcard): boolean => texts(rule, 'apiGroups').every((group) => own.has(group))
    // What is not the operator's own weighs more, so it is named first.
    const places = wildcards(role).sort((a, b) => Number(isOwn(a)) - Number(isOwn(b)))
    for (const [i, rule] of items(role.body, 'rules').entries()) {
      if (isUnknown(rule) || isUnknown(get(rule, 'verbs'))) yield { notEvaluated: role, path: ['rules', i, 'verbs'] }
    }
    const [first, ...others] = places
    if (!first) return
    const bindings = facts.access.bindingsOf(role)
    const unbound = bindings.length === 0 && !isPart(role, facts)
    const holders = holdersOf(role, facts)
    const operator = places.every(isOwn)
    yield {
      object: role,
      path: first.path,
      part: 'value',
      severity: unbound ? 'hint' : judged(operator ? 'information' : 'warning', holders, facts),
      message: `${describe(role)} grants every verb on ${resourcesOf(places)}, the ones to come included${boundTo(holders, role)}. Name the verbs that are needed.`,
      extent: bindings.flatMap(({ keys }) => keys),
      related: [
        ...others.map(({ path, rule }) => ({
          object: role,
          path,
          part: 'value' as const,
          message: `Also every verb on ${resourcesOf([{ path, rule }])}.`,
        })),
        ...waysTo(holders, facts),
      ],
    }
  },
  *fix({ object: role }, { facts }) {
    for (const choice of ['all', 'read', 'write'] as const) {
      const fix = narrowed(role, choice, facts)
      if (fix) yield fix
    }
    for (const binding of facts.access.bindingsOf(role)) yield* ownRoles(role, binding, facts)
  },
})

interface Wildcard {
  /** Of the `*`. */
  readonly path: Path
  readonly rule: Value
}

/** Rules about paths are left alone: their verbs are HTTP methods. The controller overwrites what stands beside an aggregation. */
function wildcards(role: KubeObject): Wildcard[] {
  if (get(role.body, 'aggregationRule') !== undefined) return []
  return items(role.body, 'rules').flatMap((rule, i): Wildcard[] => {
    const at = items(rule, 'verbs').indexOf('*')
    return at < 0 || items(rule, 'resources').length === 0 ? [] : [{ path: ['rules', i, 'verbs', at], rule }]
  })
}

function isManagedByKubernetes(role: KubeObject): boolean {
  return text(role.body, 'metadata', 'labels', 'kubernetes.io/bootstrapping') === 'rbac-defaults'
}

/** The built-in roles that a role is a part of, by its labels. */
function builtInsWith(role: KubeObject): string[] {
  return entries(role.body, 'metadata', 'labels').flatMap(([key, value]) =>
    key.startsWith(AGGREGATE_LABEL) && String(value) === 'true' ? [key.slice(AGGREGATE_LABEL.length)] : [],
  )
}

function resourcesOf(places: readonly Wildcard[]): string {
  const groups = new Set<string>()
  const names = new Set<string>()
  for (const { rule } of places) {
    const resources = texts(rule, 'resources')
    if (resources.includes('*')) for (const group of texts(rule, 'apiGroups')) groups.add(group)
    else for (const name of resources) names.add(`\`${name}\``)
  }
  if (groups.has('*')) return 'all resources'
  const all = [...(groups.size > 0 ? [allResourcesOf([...groups])] : []), ...names]
  return all.length > 3 ? `${all.slice(0, 3).join(', ')} and ${all.length - 3} more` : all.join(', ')
}

function boundTo(holders: readonly Subject[], role: KubeObject): string {
  const names = holders.map(subjectName)
  const builtIn = builtInsWith(role)
  if (names.length === 0)
    return builtIn.length > 0 ? `, to everybody who has \`${builtIn.join('`, `')}\`` : ', and nothing here is bound to it'
  return names.length > 2 ? `, to ${names[0]} and ${names.length - 1} others` : `, to ${names.join(' and ')}`
}

function subjectName({ kind, namespace, name }: Subject): string {
  return `${kind} \`${namespace === '' ? '' : `${namespace}/`}${name}\``
}

/** Undefined when a rule cannot be narrowed: then the page says what to do. */
function narrowed(role: KubeObject, choice: VerbChoice, facts: Pick<Facts, 'access' | 'api' | 'escalation'>): Fix | undefined {
  const changes: ObjectChange[] = []
  const results: Narrowed[] = []
  for (const { path, rule } of wildcards(role)) {
    const result = narrowRule(rule, choice, facts.api)
    if ('reason' in result) return undefined
    results.push(result)
    changes.push(...replaceRule(role, Number(path[1]), result.rules))
  }
  const dropped = [...new Set(results.flatMap((result) => result.dropped))]
  const unseen = results.some(({ assumed }) => assumed.length > 0)
  const builtIn = builtInsWith(role)
  const reach = builtIn.length > 0 ? `; changes \`${builtIn.join('`, `')}\` in every namespace` : ''
  return {
    title: `${titleOf(choice, dropped, unseen)}${reach}`,
    applicability: choice === 'all' && !unseen ? 'hardening' : 'assisted',
    changes,
    leaves: leavesOf(role, changes, facts),
  }
}

/** More is no choice, but a list. */
const MOST_OWN_ROLES = 3

/** Where several share a role, some of them may only read. */
function* ownRoles(role: KubeObject, binding: Binding, facts: Pick<Facts, 'access' | 'api'>): Iterable<Fix> {
  const subjects = binding.subjects.filter(({ applies }) => applies)
  if (subjects.length < 2 || binding.openSubjects.length > 0) return
  const rules = readOnly(items(role.body, 'rules'), facts.api)
  if (!rules || rules.length === 0) return
  const kind = binding.namespace === undefined ? 'ClusterRole' : 'Role'
  for (const subject of subjects.slice(0, MOST_OWN_ROLES)) {
    const name = `${role.name}-${subject.name.replace(/[^a-z0-9]+/gi, '-').toLowerCase()}`
    const taken = facts.access.bindings.some(({ object, namespace }) => object.name === name && namespace === binding.namespace)
    if (taken || facts.access.roles.get(kind, binding.namespace ?? '', name)) continue
    yield {
      title: `Give \`${subject.name}\` its own read-only ${kind}`,
      applicability: 'assisted',
      changes: ownRole(binding, subject, name, rules),
      leaves: rulesAbout(leftTo(subject, binding, rules, facts)),
      lessens: true,
    }
  }
}

function titleOf(choice: VerbChoice, dropped: readonly string[], unseen: boolean): string {
  const virtual = dropped.length > 0 ? `, ${dropped.join(', ')}` : ''
  const guess = unseen ? '; CRD not seen' : ''
  switch (choice) {
    case 'all':
      if (unseen) return `Spell out standard verbs${dropped.length > 0 ? `: drops ${dropped.join(', ')}` : ''}${guess}`
      return dropped.length > 0 ? `Spell out \`*\`: drops ${dropped.join(', ')} and verbs to come` : 'Spell out `*`: drops verbs to come'
    case 'read':
      return `Read-only: drops ${STORED_VERBS.slice(3).join(', ')}${virtual}${guess}`
    case 'write':
      return `Read and write, without removing: drops delete, deletecollection${virtual}${guess}`
  }
}
