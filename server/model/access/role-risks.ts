import { isKnownController } from '../controllers.ts'
import type { Facts } from '../facts.ts'
import { describe, type KubeObject } from '../object.ts'
import type { Anchor, Found, Severity } from '../rule.ts'
import { items } from '../value.ts'
import type { Workload } from '../workload.ts'
import { ANONYMOUS, AUTHENTICATED, describeSubject, type Subject, UNAUTHENTICATED } from './identity.ts'
import { anchorOf, type Escalation } from './paths.ts'
import { type Power, type PowerName, powersOf } from './powers.ts'
import type { Risk, RiskLevel, RiskName } from './risks.ts'

/** A risk, and somebody who has it. */
export interface HeldRisk {
  readonly subject: Subject
  readonly risk: Risk
}

/** What a role, or a binding of a role that Kubernetes brings, leads to: one problem, however many have it. */
export interface RoleRisk extends Anchor {
  readonly severity: Severity
  readonly certainty: 'certain' | 'possible'
  /** Certain and severe ones first. */
  readonly held: readonly HeldRisk[]
  /** The first of them. */
  readonly worst: HeldRisk
  /** How the outside gets to those who have it. */
  readonly ways: readonly (Anchor & { readonly message: string })[]
  /** Everybody who has it is a controller that needs it. */
  readonly controllers: boolean
}

type Asked = Pick<Facts, 'escalation' | 'tokens'>

const SEVERITY: Readonly<Record<RiskLevel, Severity>> = { critical: 'warning', high: 'warning', medium: 'information', low: 'hint' }

/**
 * Whether an object gives somebody one of these risks. Silent where something else says it already: a `*` in
 * the rule, an attack path that goes through it, or, for a lesser risk, that its holders take over the cluster
 * in a simpler way.
 * @param accept leaves out what is no problem for a rule
 */
export function roleRisk(
  object: KubeObject,
  names: readonly RiskName[],
  { escalation, tokens }: Asked,
  accept: (held: HeldRisk) => boolean = () => true,
): RoleRisk | undefined {
  const held = escalation
    .risksThrough(object)
    .filter(({ subject, risk }) => names.includes(risk.name) && !isEverybody(subject) && !isToldElsewhere(risk))
    .filter(({ subject, risk }) => !isLesser(subject, risk, escalation))
    .filter(accept)
    .sort((a, b) => weight(b.risk) - weight(a.risk))
  const [worst] = held
  const evidence = worst?.risk.evidence[0]
  const anchor = evidence && anchorOf(evidence)
  if (!worst || !evidence || !anchor || escalation.tellsOf(object)) return undefined
  const holders = held.map(({ subject }) => subject)
  const controllers = holders.every((subject) => isController(subject, tokens))
  return {
    ...anchor,
    severity: judged(SEVERITY[worst.risk.level], holders, { escalation, tokens }),
    ways: waysTo(holders, { escalation, tokens }),
    certainty: worst.risk.sure ? 'certain' : 'possible',
    held,
    worst,
    controllers,
  }
}

/** A power that does nothing alone, and everything together with one that somebody may add. */
export interface HalfRisk extends Anchor {
  readonly power: Power
}

/** Whether a role that somebody has gives one of these powers, and nobody who has it the other half of what it takes. */
export function halfRisk(
  role: KubeObject,
  powers: readonly PowerName[],
  whole: readonly RiskName[],
  { access, escalation }: Pick<Facts, 'access' | 'escalation'>,
): HalfRisk | undefined {
  const known = access.roles.of(role)
  if (!known || access.bindingsOf(role).length === 0 || escalation.tellsOf(role)) return undefined
  if (escalation.risksThrough(role).some(({ risk }) => whole.includes(risk.name))) return undefined
  for (const { rule } of known.rules) {
    if (rule.object !== role || rule.verbs.list.includes('*') || rule.resources.list.includes('*')) continue
    const power = powersOf(rule).find(({ name, names, sure }) => sure && names === undefined && powers.some((wanted) => wanted === name))
    const at = power && items(role.body, ...rule.path, 'verbs').findIndex((verb) => typeof verb === 'string' && power.verbs.includes(verb))
    if (power && at !== undefined) return { object: role, path: [...rule.path, 'verbs', at], part: 'value', power }
  }
  return undefined
}

const LEVELS: readonly RiskLevel[] = ['low', 'medium', 'high', 'critical']

function weight({ level, sure }: Risk): number {
  return LEVELS.indexOf(level) + (sure ? 10 : 0)
}

/** That they have anything is told at the binding. */
function isEverybody({ kind, name }: Subject): boolean {
  if (kind === 'User') return name === ANONYMOUS
  return kind === 'Group' && (name === AUTHENTICATED || name === UNAUTHENTICATED || name.startsWith('system:serviceaccounts'))
}

const USER_FACING = ['cluster-admin', 'admin', 'edit', 'view']

/**
 * Other rules are about `*`, about bindings that make administrators, and about what is aggregated into the roles
 * for people; that those roles grant what they grant is no news.
 */
function isToldElsewhere({ evidence }: Risk): boolean {
  const grant = evidence[0]?.grant
  if (!grant) return true
  const { rule, role } = grant
  if (USER_FACING.includes(role.name) && role.builtIn) return true
  return rule.object !== undefined && (rule.verbs.list.includes('*') || rule.resources.list.includes('*'))
}

/** Whoever may take over the cluster can do the rest anyway. */
function isLesser(subject: Subject, { level }: Risk, escalation: Escalation): boolean {
  if (level === 'critical') return false
  return escalation.risksOf(subject).some((other) => other.level === 'critical' && other.namespace === undefined && other.sure)
}

/** Whether a subject is a known controller, or a part of Kubernetes. */
export function isController(subject: Subject, tokens: Facts['tokens']): boolean {
  if (subject.kind !== 'ServiceAccount') return subject.name.startsWith('system:')
  const workloads = programsOf(subject, tokens)
  // What installs or cleans up with the account of a controller is a part of it.
  const lasting = workloads.filter(({ object }) => object.kind !== 'Job' && object.kind !== 'CronJob')
  const judged = lasting.length > 0 ? lasting : workloads
  return judged.length > 0 && judged.every(isKnownController)
}

/** What runs as an account: in its namespace, else, where nothing does, what leaves its namespace open. */
export function programsOf({ kind, namespace, name }: Subject, tokens: Facts['tokens']): readonly Workload[] {
  if (kind !== 'ServiceAccount') return []
  const there = tokens.holdersOf(namespace, name)
  return there.length > 0 ? there : tokens.holdersOf('', name)
}

/**
 * A level, one less where nobody but known controllers is concerned, and one less where policies let nobody
 * connect to the programs: what they may do is judged by who can get at them.
 */
export function judged(severity: Severity, holders: readonly Subject[], { escalation, tokens }: Asked): Severity {
  if (holders.length === 0) return severity
  const known = holders.every((subject) => isController(subject, tokens)) ? lower(severity) : severity
  const alone = holders.every((subject) => {
    const programs = programsOf(subject, tokens)
    return programs.length > 0 && programs.every((program) => escalation.reachOf(program).by === 'nobody')
  })
  return alone ? lower(known) : known
}

/** More is no help. */
const MOST_WAYS = 3

/** What opens the programs of those who have something to the outside, or another that connects to them. */
export function waysTo(holders: readonly Subject[], { escalation, tokens }: Asked): (Anchor & { readonly message: string })[] {
  return [...new Set(holders.flatMap((subject) => programsOf(subject, tokens)))].slice(0, MOST_WAYS).flatMap((program) => {
    const { by, entry } = escalation.reachOf(program)
    if (!entry) return []
    const way = `${entry.via.kind} \`${entry.via.name}\` opens \`${entry.workload.object.name}\` to the outside`
    const message =
      by === 'over' ? `${way}, and that can connect to \`${program.object.name}\`, which has this.` : `${way}, which has this.`
    return [{ object: entry.via, path: entry.path, part: 'value' as const, message }]
  })
}

/** One level less. */
export function lower(severity: Severity): Severity {
  return severity === 'error' ? 'warning' : severity === 'warning' ? 'information' : 'hint'
}

/** A finding about it; what it is put together with, and what binds it, is related. */
export function foundRisk(found: RoleRisk, message: string): Found<undefined> {
  const { object, path, part, severity, certainty, worst, held } = found
  const halves = worst.risk.evidence.slice(1).flatMap((evidence) => {
    const anchor = anchorOf(evidence)
    return anchor ? [{ ...anchor, message: 'It takes this as well.' }] : []
  })
  const bindings = [...new Set(held.flatMap(({ risk }) => risk.evidence[0]?.grant.binding ?? []))].filter(
    (binding) => binding.object !== object,
  )
  return {
    object,
    path,
    part,
    severity,
    certainty,
    message,
    related: [
      ...halves,
      ...bindings.map((binding) => ({
        object: binding.object,
        path: ['roleRef', 'name'],
        part: 'value' as const,
        message: `${describe(binding.object)} binds it.`,
      })),
      ...found.ways,
    ],
  }
}

/** `ServiceAccount shop/cart`, `Group devs and 2 others`: who has it, for a message. */
export function sayHolders(held: readonly HeldRisk[]): string {
  const names = [...new Set(held.map(({ subject }) => describeSubject(subject).replace(' ', ' `')))]
  const [first = ''] = names
  const others = names.length - 1
  return `${first}\`${others === 0 ? '' : ` and ${others === 1 ? 'one other' : `${others} others`}`}`
}

/** `in the whole cluster`, `in \`shop\`` and the like, as the end of "it can …". */
export function sayWhere(namespace: string | undefined): string {
  if (namespace === undefined) return 'in the whole cluster'
  return namespace === '' ? 'in its namespace' : `in \`${namespace}\``
}
