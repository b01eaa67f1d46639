import type { EnvironmentModel, FactName } from '../model/facts.ts'
import type { KubeObject } from '../model/object.ts'
import type { AnyRule, Each, Found, Rule, Skipped, Target } from '../model/rule.ts'
import type { Path } from '../model/value.ts'
import { workloadOf } from '../model/workload.ts'
import { hash } from '../text/hash.ts'

/** A finding before it has a place: which rule says what, and in which environment it was asked. */
export interface RawFinding {
  readonly rule: AnyRule
  readonly found: Found
  /** Survives edits that do not touch the matter: rule, what it is about, and the rule's discriminator. */
  readonly fingerprint: string
}

export interface RuleFailure {
  readonly rule: string
  readonly file: string
  readonly message: string
}

export interface RuleResults {
  readonly findings: readonly RawFinding[]
  readonly skipped: readonly { readonly rule: AnyRule; readonly object: KubeObject; readonly path: Path }[]
  readonly failures: readonly RuleFailure[]
}

const NOTHING: RuleResults = { findings: [], skipped: [], failures: [] }

/** What an environment's rules said, with what each of them had been given. */
export interface EnvironmentResults {
  readonly byRule: ReadonlyMap<AnyRule, { readonly inputs: readonly unknown[]; readonly results: RuleResults }>
}

/**
 * Runs rules. Rules that look at one object are cached by the object; the others run again when a fact or a
 * list that they read is another one than before. A rule that throws loses its own result, nothing else.
 */
export class Engine {
  readonly rules: readonly AnyRule[]
  readonly target: Target
  /** How often a rule was asked about a subject, for tests. */
  checks = 0
  readonly #single: readonly AnyRule[]
  readonly #crossing: readonly AnyRule[]
  readonly #byObject = new WeakMap<KubeObject, RuleResults>()

  constructor(rules: readonly AnyRule[], target: Target) {
    this.rules = rules
    this.target = target
    this.#single = rules.filter(looksAtOneObject)
    this.#crossing = rules.filter((rule) => !looksAtOneObject(rule))
  }

  ofObject(object: KubeObject): RuleResults {
    const known = this.#byObject.get(object)
    if (known) return known
    const kind = `${object.group}/${object.kind}`
    let results = NOTHING
    for (const rule of this.#single) {
      if (rule.each === 'workload') {
        const workload = workloadOf(object)
        if (workload) results = join(results, this.#check(rule, [workload], undefined))
      } else if (rule.kinds?.includes(kind)) results = join(results, this.#check(rule, [object], undefined))
    }
    this.#byObject.set(object, results)
    return results
  }

  ofEnvironment(model: EnvironmentModel, previous: EnvironmentResults | undefined): EnvironmentResults {
    const byRule = new Map<AnyRule, { inputs: readonly unknown[]; results: RuleResults }>()
    for (const rule of this.#crossing) {
      const inputs: unknown[] = [...rule.reads.map((fact) => model.facts[fact]), ...subjectInputs(rule, model)]
      const before = previous?.byRule.get(rule)
      const same = before?.inputs.length === inputs.length && before.inputs.every((input, i) => input === inputs[i])
      byRule.set(rule, before && same ? before : { inputs, results: this.#check(rule, subjects(rule, model), model) })
    }
    return { byRule }
  }

  #check(rule: AnyRule, subjects: readonly unknown[], model: EnvironmentModel | undefined): RuleResults {
    const findings: RawFinding[] = []
    const skipped: RuleResults['skipped'][number][] = []
    const failures: RuleFailure[] = []
    const { check } = rule as unknown as Rule<Each, FactName, unknown>
    for (const subject of subjects) {
      this.checks++
      try {
        const context = { facts: (model?.facts ?? {}) as never, target: this.target }
        for (const said of check.call(rule, subject as never, context)) {
          if (isSkipped(said)) skipped.push({ rule, object: said.notEvaluated, path: said.path })
          else findings.push({ rule, found: said, fingerprint: fingerprint(rule, said) })
        }
      } catch (error) {
        failures.push({ rule: rule.name, file: fileOf(subject), message: error instanceof Error ? error.message : String(error) })
      }
    }
    return findings.length + skipped.length + failures.length === 0 ? NOTHING : { findings, skipped, failures }
  }
}

function looksAtOneObject(rule: AnyRule): boolean {
  return rule.reads.length === 0 && (rule.each === 'object' || rule.each === 'workload')
}

function subjectInputs(rule: AnyRule, model: EnvironmentModel): readonly unknown[] {
  switch (rule.each) {
    case 'object':
      return (rule.kinds ?? []).map((kind) => model.byKind.get(kind))
    case 'workload':
      return [model.facts.workloads]
    case 'namespace':
      return [model.facts.namespaces]
    case 'environment':
      return [model.name, model.incomplete]
  }
}

function subjects(rule: AnyRule, model: EnvironmentModel): readonly unknown[] {
  switch (rule.each) {
    case 'object':
      return (rule.kinds ?? []).flatMap((kind) => model.byKind.get(kind) ?? [])
    case 'workload':
      return model.facts.workloads
    case 'namespace':
      return model.facts.namespaces.all
    case 'environment':
      return [model]
  }
}

function isSkipped(said: Found | Skipped): said is Skipped {
  return 'notEvaluated' in said
}

function fingerprint(rule: AnyRule, found: Found): string {
  return hash(`${rule.name}\n${found.about ?? found.object.id}\n${found.discriminator ?? ''}`)
}

function fileOf(subject: unknown): string {
  const object = (subject as { object?: KubeObject }).object ?? (subject as KubeObject)
  return object.file ?? ''
}

function join(a: RuleResults, b: RuleResults): RuleResults {
  if (a === NOTHING) return b
  if (b === NOTHING) return a
  return {
    findings: [...a.findings, ...b.findings],
    skipped: [...a.skipped, ...b.skipped],
    failures: [...a.failures, ...b.failures],
  }
}
