import {
  type AuditLevel,
  CREDENTIALS,
  describeRule,
  isAbout,
  levelOf,
  logsValues,
  lower,
  takersOf,
} from '../../server/model/audit-policy.ts'
import type { KubeObject } from '../../server/model/object.ts'
import { defineRule, type Fix, type Found } from '../../server/model/rule.ts'
import { entries, hasUnknown, items, texts, type Value } from '../../server/model/value.ts'

/** What never comes to these rules, because the one at `taker` takes it and logs less of it. */
interface Lost {
  readonly kind: 'lost'
  readonly taker: number
  readonly rules: readonly Meant[]
}

interface Meant {
  readonly index: number
  readonly level: AuditLevel
}

interface Idle {
  readonly kind: 'idle'
  readonly index: number
}

interface Exempt {
  readonly kind: 'exempt'
  readonly index: number
  readonly group: string
}

type Data = Lost | Idle | Exempt

export default defineRule<'object', never, Data>({
  name: 'audit-policy-rule-shadowed',
  title: 'Audit rule that no request comes to',
  pillar: 'monitoring',
  severity: 'warning',
  controls: { cis: ['3.2.2'], nist80053: ['AU-2', 'AU-12(3)'], nist800207: ['7'], attack: ['T1562.008'], owasp: ['K10'] },
  since: '0.1.0',
  each: 'object',
  kinds: ['audit.k8s.io/Policy'],
  reads: [],
  *check(policy) {
    const all = items(policy.body, 'rules')
    // A rule that is not known may take anything, so that what follows it cannot be told.
    const unread = all.findIndex((rule) => hasUnknown(rule) || levelOf(rule) === undefined)
    if (unread >= 0) yield { notEvaluated: policy, path: ['rules', unread] }
    const rules = unread < 0 ? all : all.slice(0, unread)
    const exempt = exempted(policy, rules)
    yield* exempt
    // What else is lost to a rule that leaves out too many is lost for the same reason.
    yield* shadowed(policy, rules, new Set(exempt.map(({ data }) => (data?.kind === 'exempt' ? data.index : -1))))
  },
  *fix({ object, data }) {
    const rules = items(object.body, 'rules')
    if (data?.kind === 'lost') yield* moveBefore(object, rules, data)
    else if (data?.kind === 'idle') {
      yield {
        title: 'Remove the rule that does nothing',
        applicability: 'safe',
        changes: [{ op: 'remove', object, path: ['rules', data.index] }],
      }
    } else if (data) {
      const groups = texts(rules[data.index], 'userGroups')
      const path = groups.length > 1 ? ['rules', data.index, 'userGroups', groups.indexOf(data.group)] : ['rules', data.index]
      yield {
        title: `Log what \`${data.group}\` do as the rules below say; the log grows`,
        applicability: 'hardening',
        changes: [{ op: 'remove', object, path }],
      }
    }
  },
})

function* shadowed(policy: KubeObject, rules: readonly Value[], said: ReadonlySet<number>): Iterable<Found<Data>> {
  const lost = new Map<number, Meant[]>()
  for (const [index, takers] of takersOf(rules).entries()) {
    const rule = rules[index]
    if (rule === undefined || !takers) continue
    const level = meant(rule)
    const taker = takers.find((each) => lower(levelAt(rules, each), level))
    if (taker !== undefined) lost.set(taker, [...(lost.get(taker) ?? []), { index, level }])
    else yield idle(policy, rules, index, takers)
  }
  for (const [taker, shadows] of lost) if (!said.has(taker)) yield losing(policy, rules, { kind: 'lost', taker, rules: shadows })
}

/** What a rule should log where it is the first: nobody is helped by the values of Secrets in a log. */
function meant(rule: Value): AuditLevel {
  const level = levelOf(rule) ?? 'None'
  return logsValues(rule) && CREDENTIALS.some((kind) => isAbout(rule, kind)) ? 'Metadata' : level
}

function levelAt(rules: readonly Value[], index: number): AuditLevel {
  return levelOf(rules[index] ?? null) ?? 'None'
}

function losing(policy: KubeObject, rules: readonly Value[], data: Lost): Found<Data> {
  const [first, ...others] = data.rules
  const level = levelAt(rules, data.taker)
  const about = describeRule(rules[first?.index ?? 0] ?? null)
  const count = others.length > 0 ? `This rule and ${others.length} more never apply` : 'This rule never applies'
  const instead = level === 'None' ? 'nothing of it is logged' : `only \`${level}\` is logged`
  return {
    object: policy,
    path: ['rules', first?.index ?? 0, 'level'],
    part: 'value',
    severity: level === 'None' ? 'warning' : 'information',
    discriminator: `${about} at ${first?.level}`,
    message: `${count}: the first rule that a request fits decides, and one before takes all of \`${about}\`, so that ${instead}. Put the narrower rule first.`,
    related: [
      { object: policy, path: ['rules', data.taker, 'level'], part: 'value', message: 'Decides instead.' },
      ...others.map(({ index }) => ({
        object: policy,
        path: ['rules', index, 'level'],
        part: 'value' as const,
        message: 'Never applies either.',
      })),
    ],
    data,
  }
}

function idle(policy: KubeObject, rules: readonly Value[], index: number, takers: readonly number[]): Found<Data> {
  const about = describeRule(rules[index] ?? null)
  return {
    object: policy,
    path: ['rules', index, 'level'],
    part: 'value',
    severity: 'hint',
    unnecessary: true,
    discriminator: `${about} at ${levelAt(rules, index)}, again`,
    message: `This rule does nothing: what comes before takes all of \`${about}\`, and logs no less of it. Remove it.`,
    related: takers.map((taker) => ({
      object: policy,
      path: ['rules', taker, 'level'],
      part: 'value' as const,
      message: 'Decides instead.',
    })),
    data: { kind: 'idle', index },
  }
}

/** Groups so wide that without them a log says little of an intrusion. */
const WIDE = /^system:(authenticated|unauthenticated|masters|serviceaccounts)$/
const LIMITS = ['users', 'verbs', 'resources', 'namespaces', 'nonResourceURLs'] as const

/** Who is left out of the whole log, whatever the rules below say. */
function exempted(policy: KubeObject, rules: readonly Value[]): Found<Data>[] {
  return rules.flatMap((rule, index) => {
    if (levelOf(rule) !== 'None' || LIMITS.some((limit) => items(rule, limit).length > 0)) return []
    const logging = rules.slice(index + 1).filter((other) => levelOf(other) !== 'None').length
    if (logging === 0) return []
    return texts(rule, 'userGroups').flatMap((group, at) => (WIDE.test(group) ? [exempting(policy, index, at, group, logging)] : []))
  })
}

function exempting(policy: KubeObject, index: number, at: number, group: string, logging: number): Found<Data> {
  return {
    object: policy,
    path: ['rules', index, 'userGroups', at],
    part: 'value',
    discriminator: `exempt ${group}`,
    message: `Nothing that \`${group}\` do is logged: this rule takes all their requests before the ${logging === 1 ? 'rule that logs' : `${logging} rules that log`}. Leave out what is noise (verbs and resources), not whom.`,
    data: { kind: 'exempt', index, group },
  }
}

function* moveBefore(object: KubeObject, rules: readonly Value[], { taker, rules: moved }: Lost): Iterable<Fix> {
  yield {
    title:
      moved.length > 1
        ? `Put ${moved.length} rules before the one that takes their requests`
        : 'Put the rule before the one that takes its requests',
    applicability: 'safe',
    changes: [
      ...moved.map(({ index, level }) => ({
        op: 'insert' as const,
        object,
        path: ['rules'],
        index: taker,
        value: { ...Object.fromEntries(entries(rules[index])), level },
      })),
      ...moved.map(({ index }) => ({ op: 'remove' as const, object, path: ['rules', index] })),
    ],
  }
}
