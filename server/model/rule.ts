import type { EnvironmentModel, FactName, Facts, NamespaceFacts } from './facts.ts'
import type { KubeObject } from './object.ts'
import type { Path, Value } from './value.ts'
import type { Workload } from './workload.ts'

export const PILLARS = ['verification', 'identity', 'encryption', 'monitoring', 'network', 'compliance'] as const
export type Pillar = (typeof PILLARS)[number]

/** From the most to the least pressing. `off` is only for configuration. */
export const SEVERITIES = ['error', 'warning', 'information', 'hint'] as const
export type Severity = (typeof SEVERITIES)[number]

/**
 * A place that does not move when text does: a key or value of a subject. When `path` is absent in the
 * subject, the nearest thing above it that is written stands for it. `range` is a part of the decoded string,
 * and is shown in reports: never the value of a secret.
 */
export interface Anchor {
  readonly object: KubeObject
  readonly path: Path
  readonly part: 'key' | 'value'
  readonly range?: { readonly start: number; readonly end: number }
}

/** What a rule says. */
export interface Found<D = unknown> extends Anchor {
  /** Who, what, and what to do about it, naming the offender. Never a secret's value. */
  readonly message: string
  /** `possible` when an exoneration is unknown: shown one level lower, and it fails no gate by default. */
  readonly certainty?: 'certain' | 'possible'
  /** Where this case differs from the rule's own level. */
  readonly severity?: Severity
  /** Tells findings of one rule on one subject apart: a verb and resource, a container's name. Never an index or a line. */
  readonly discriminator?: string
  /** When the finding is about something else than the anchor's object, e.g. `namespace shop`. */
  readonly about?: string
  readonly related?: readonly (Anchor & { readonly message: string })[]
  /** Whom it is about, by name: a fix that `lessens` the finding leaves fewer of them. */
  readonly extent?: readonly string[]
  /** The item does nothing: shown faded. */
  readonly unnecessary?: boolean
  /** What `fix` needs to know. */
  readonly data?: D
}

/** A rule's premise is unknown at `path`: the subject is counted, not judged. */
export interface Skipped {
  readonly notEvaluated: KubeObject
  readonly path: Path
}

/** What must become true, in terms of objects. */
export type ObjectChange =
  | { readonly op: 'set'; readonly object: KubeObject; readonly path: Path; readonly value: Value }
  | {
      readonly op: 'remove'
      readonly object: KubeObject
      readonly path: Path
      /** Only where a value of a chart says whether it is there: that value is changed, and what else it decides comes with it. */
      readonly switched?: true
    }
  | { readonly op: 'insert'; readonly object: KubeObject; readonly path: Path; readonly index: number; readonly value: Value }
  | { readonly op: 'create'; readonly beside: KubeObject; readonly body: Value }

/**
 * `safe`: nothing that worked stops and nobody gains access. `hardening`: what relied on the weakness may
 * stop, and the title says what. `assisted`: it needs a choice or grants something.
 */
export type Applicability = 'safe' | 'hardening' | 'assisted'

export interface Fix {
  /** Exactly what is done, in the imperative. */
  readonly title: string
  readonly applicability: Applicability
  readonly changes: readonly ObjectChange[]
  /** Rules whose findings it may leave behind (a TLS block leaves an unresolved Secret). */
  readonly leaves?: readonly string[]
  /** The finding may stay, about fewer: its `extent` becomes smaller. */
  readonly lessens?: true
}

/** Identifiers of controls in public frameworks that a rule gives evidence for. */
export interface Controls {
  readonly cis?: readonly string[]
  readonly nsa?: readonly string[]
  readonly nist80053?: readonly string[]
  readonly nist800207?: readonly string[]
  readonly attack?: readonly string[]
  readonly owasp?: readonly string[]
}

/** An environment as a whole. */
export interface EnvironmentSubject extends Pick<EnvironmentModel, 'name' | 'incomplete'> {
  /** In the order of files: where a finding about the whole of it stands. */
  readonly first: KubeObject | undefined
}

interface Subjects {
  readonly object: KubeObject
  readonly workload: Workload
  readonly namespace: NamespaceFacts
  readonly environment: EnvironmentSubject
  readonly stage: Stage
}
export type Each = keyof Subjects

/** An environment beside those that things pass before they come to it. It asks the facts of each; `reads` says which. */
export interface Stage {
  readonly environment: EnvironmentModel
  /** The nearest first; never empty. */
  readonly earlier: readonly EnvironmentModel[]
}

/** What a rule may ask besides its subject. */
export interface RuleContext<K extends FactName> {
  readonly facts: Pick<Facts, K>
  readonly target: Target
}

/** The cluster that the manifests are for, as configured. */
export interface Target {
  /** Minor version, e.g. 31 for Kubernetes 1.31. */
  readonly minor: number
  readonly platform: string | undefined
}

export interface Rule<E extends Each = Each, K extends FactName = FactName, D = unknown> {
  /** Kebab-case name of the problem; reads well after "allow". */
  readonly name: string
  /** One line for lists: what is wrong. */
  readonly title: string
  readonly pillar: Pillar
  /** The level in the profile `recommended`. */
  readonly severity: Severity
  /** Said in the profile `strict` alone, unless the configuration gives it a level. */
  readonly strictOnly?: boolean
  /** Shown in the audit only, never in the editor. */
  readonly auditOnly?: boolean
  /**
   * Says that something is missing. Withheld while text of the environment is broken, and it must hold in
   * every environment that contains its object.
   */
  readonly absence?: boolean
  /** Of a rule about absence the kinds that it says are nowhere: not said where a chart makes them with other values. */
  readonly nowhere?: readonly string[]
  readonly controls: Controls
  /** The version that brought it. */
  readonly since: string
  /** What `check` is called for, once each. */
  readonly each: E
  /** For `each: 'object'`: which, as `group/Kind` (`/Secret` for the core group). For `each: 'stage'`: the kinds it compares. */
  readonly kinds?: readonly string[]
  /** The facts it asks. A rule that reads none is cached by object. */
  readonly reads: readonly K[]
  check(subject: Subjects[E], context: RuleContext<K>): Iterable<Found<D> | Skipped>
  /** The ways out, best first. */
  fix?(finding: Found<D>, context: RuleContext<K>): Iterable<Fix>
}

/** A rule whose type parameters are forgotten, as the engine sees all of them. */
export type AnyRule = Rule<Each, FactName, never>

/** Keeps the types of a rule together: an undeclared fact does not compile. */
export function defineRule<E extends Each, K extends FactName = never, D = undefined>(rule: Rule<E, K, D>): AnyRule {
  return rule as unknown as AnyRule
}
