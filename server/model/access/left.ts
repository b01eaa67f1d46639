import type { Facts } from '../facts.ts'
import type { KubeObject } from '../object.ts'
import type { ObjectChange } from '../rule.ts'
import { type Body, get, isList, isMap, items, type Path, type Value } from '../value.ts'
import type { Grant } from './access.ts'
import type { Binding } from './bindings.ts'
import { identityOf, type Subject } from './identity.ts'
import { type PolicyRule, readPolicyRule } from './policy-rule.ts'
import { type PowerName, powersOf } from './powers.ts'
import { type RiskName, risksOf } from './risks.ts'

/** What those who have a role can still get at when it has changed. */
export interface Given {
  readonly risks: ReadonlySet<RiskName>
  readonly powers: ReadonlySet<PowerName | 'everything'>
  /** A verb, or a resource or group, of a rule that is left is `*`. */
  readonly wildcards: { readonly verbs: boolean; readonly resources: boolean }
}

export interface Left extends Given {
  /** Where attack paths that go through the role were told: what they kept silent about may be told. */
  readonly told: readonly KubeObject[]
}

type Asked = Pick<Facts, 'access' | 'escalation'>

/** Thinks changes of a role done, for everybody who is bound to it, or to what it is aggregated into. */
export function leftBy(role: KubeObject, changes: readonly ObjectChange[], { access, escalation }: Asked): Left {
  const own = changes.filter((change) => change.op !== 'create' && change.object === role)
  const rules = rulesOf(own.reduce(applied, role.body), role)
  const risks = new Set<RiskName>()
  const powers = new Set<PowerName | 'everything'>()
  for (const rule of rules) for (const { name } of powersOf(rule)) powers.add(name)
  for (const grants of heldWith(role, access)) {
    const after = withRules(grants, role, rules)
    for (const { name } of risksOf(after)) risks.add(name)
    for (const { rule } of after) for (const { name } of powersOf(rule)) powers.add(name)
  }
  return {
    risks,
    powers,
    wildcards: wildcardsIn(rules),
    told: escalation
      .attackPaths()
      .filter(({ steps }) => steps.some(({ edge }) => edge.evidence.some(({ grant }) => grant.rule.object === role)))
      .flatMap(({ cut }) => cut?.object ?? []),
  }
}

/** What one subject of a binding can still get at when it has these rules instead of what the binding gives it. */
export function leftTo(subject: Subject, binding: Binding, rules: readonly Value[], { access }: Pick<Facts, 'access'>): Given {
  const grants = access.grantsOf(identityOf(subject))
  const [old] = grants.filter((grant) => grant.binding === binding)
  const own = rules.map((rule, i) => readPolicyRule(rule, '', undefined, ['rules', i]))
  const after = [...grants.filter((grant) => grant.binding !== binding), ...(old ? own.map((rule) => ({ ...old, rule })) : [])]
  return {
    risks: new Set(risksOf(after).map(({ name }) => name)),
    powers: new Set(after.flatMap(({ rule }) => powersOf(rule).map(({ name }) => name))),
    wildcards: wildcardsIn(own),
  }
}

/** What an object gives as it is, to whoever has something by it. */
export function givenBy(object: KubeObject, { escalation }: Pick<Facts, 'escalation'>): Given {
  const rules = rulesOf(object.body, object)
  return {
    risks: new Set(escalation.risksThrough(object).map(({ risk }) => risk.name)),
    powers: new Set(rules.flatMap((rule) => powersOf(rule).map(({ name }) => name))),
    wildcards: wildcardsIn(rules),
  }
}

function wildcardsIn(rules: readonly PolicyRule[]): Given['wildcards'] {
  return {
    verbs: rules.some(({ verbs }) => verbs.list.includes('*')),
    resources: rules.some(({ groups, resources }) => groups.list.includes('*') || resources.list.some((name) => name.startsWith('*'))),
  }
}

/** Grants of other rules as they are, and once for each binding what the role then states. */
function withRules(grants: readonly Grant[], role: KubeObject, rules: readonly PolicyRule[]): readonly Grant[] {
  let last: Grant | undefined
  return grants.flatMap((grant): Grant[] => {
    if (grant.rule.object !== role) return [grant]
    const known = last !== undefined && last.binding === grant.binding && last.role === grant.role
    last = grant
    return known ? [] : rules.map((rule) => ({ ...grant, rule }))
  })
}

/** What everybody has who has something by the role. */
function heldWith(role: KubeObject, access: Facts['access']): readonly (readonly Grant[])[] {
  const known = access.roles.of(role)
  const bound = [role, ...(known ? access.roles.aggregatedInto(known) : [])]
  const bindings = access.bindings.filter((binding) =>
    bound.some((each) => (each === role ? binding.role.object === role : binding.role.facts === each)),
  )
  return bindings.flatMap(({ subjects }) =>
    subjects.filter(({ applies }) => applies).map((subject) => access.grantsOf(identityOf(subject))),
  )
}

function rulesOf(body: Value, role: KubeObject): PolicyRule[] {
  return items(body, 'rules').map((rule, i) => readPolicyRule(rule, role.name, role, ['rules', i]))
}

/** A body after a change; one that leads nowhere changes nothing. */
function applied(body: Body, change: ObjectChange): Body {
  if (change.op === 'create') return body
  const after = at(body, change.path, (value) => {
    if (change.op === 'set') return change.value
    if (change.op === 'remove') return undefined
    const list = isList(value) ? [...value] : []
    list.splice(change.index, 0, change.value)
    return list
  })
  return isMap(after) ? after : body
}

function at(value: Value | undefined, path: Path, change: (value: Value | undefined) => Value | undefined): Value | undefined {
  const [step, ...rest] = path
  if (step === undefined) return change(value)
  const inner = at(get(value, step), rest, change)
  if (typeof step === 'number') {
    const list = isList(value) ? [...value] : []
    list.splice(step, 1, ...(inner === undefined ? [] : [inner]))
    return list
  }
  const { [step]: _, ...others } = isMap(value) ? value : {}
  return inner === undefined ? others : { ...others, [step]: inner }
}
