import { type EnvironmentModel, FACT_NAMES, type FactName } from '../model/facts.ts'
import { identityOf, type KubeObject } from '../model/object.ts'
import type { AnyRule, Each, Fix, Found, Rule, Skipped, Stage, Target } from '../model/rule.ts'
import { get, type Path, type Value } from '../model/value.ts'
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

/** What a rule said of an environment, with what it had been given. */
interface RuleRun {
  readonly inputs: readonly unknown[]
  /** Lists of objects that it asked for by kind. */
  readonly asked: ReadonlyMap<string, readonly KubeObject[]>
  readonly results: RuleResults
}

export interface EnvironmentResults {
  readonly byRule: ReadonlyMap<AnyRule, RuleRun>
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
  /** What went wrong when rules were asked for fixes, in the order of its first time. */
  readonly mishaps = new Map<string, RuleFailure>()
  readonly #single: { readonly ofWorkloads: readonly AnyRule[]; readonly byKind: ReadonlyMap<string, readonly AnyRule[]> }
  readonly #crossing: readonly AnyRule[]
  readonly #facts: readonly FactName[]
  readonly #byObject = new WeakMap<KubeObject, RuleResults>()
  readonly #byUnit = new WeakMap<readonly KubeObject[], readonly RawFinding[]>()

  constructor(rules: readonly AnyRule[], target: Target) {
    this.rules = rules
    this.target = target
    const single = rules.filter(looksAtOneObject)
    const byKind = new Map<string, AnyRule[]>()
    for (const rule of single) {
      for (const kind of rule.each === 'object' ? (rule.kinds ?? []) : []) byKind.set(kind, [...(byKind.get(kind) ?? []), rule])
    }
    this.#single = { ofWorkloads: single.filter(({ each }) => each === 'workload'), byKind }
    this.#crossing = rules.filter((rule) => !looksAtOneObject(rule))
    const read = new Set(this.#crossing.flatMap(({ reads }) => reads))
    this.#facts = FACT_NAMES.filter((fact) => read.has(fact))
  }

  /** The ways out of a finding as its rule states them; none when it fails. */
  fixesOf({ rule, found }: RawFinding, { facts }: EnvironmentModel): readonly Fix[] {
    const { fix } = rule as unknown as Rule<Each, FactName, unknown>
    if (!fix) return []
    try {
      return [...fix.call(rule as never, found, { facts: facts as never, target: this.target })]
    } catch (error) {
      const failure = { rule: rule.name, file: found.object.file, message: messageOf(error) }
      this.mishaps.set(JSON.stringify(failure), failure)
      return []
    }
  }

  ofObject(object: KubeObject): RuleResults {
    const known = this.#byObject.get(object)
    if (known) return known
    const said = nothingYet()
    const context = { facts: {}, target: this.target }
    for (const rule of this.#single.byKind.get(object.groupKind) ?? []) this.#ask(rule, object, context, said)
    const workload = workloadOf(object)
    if (workload) for (const rule of this.#single.ofWorkloads) this.#ask(rule, workload, context, said)
    const results = isNothing(said) ? NOTHING : said
    this.#byObject.set(object, results)
    return results
  }

  /** Findings about single objects of a unit; the list of a unit that was kept is kept too. */
  ofUnit(objects: readonly KubeObject[]): readonly RawFinding[] {
    const known = this.#byUnit.get(objects)
    if (known) return known
    const findings = objects.flatMap((object) => this.ofObject(object).findings)
    this.#byUnit.set(objects, findings)
    return findings
  }

  /**
   * Yields between its pieces: one fact, or one rule.
   * @param earlier the environments that come before it, the nearest first
   */
  *ofEnvironment(
    model: EnvironmentModel,
    earlier: readonly EnvironmentModel[],
    previous: EnvironmentResults | undefined,
  ): Generator<void, EnvironmentResults> {
    const byRule = new Map<AnyRule, RuleRun>()
    const stage: Stage = { environment: model, earlier }
    for (const fact of this.#facts) {
      prepare(model, fact)
      yield
    }
    for (const rule of this.#crossing) {
      const before = previous?.byRule.get(rule)
      try {
        const inputs: unknown[] = [...factInputs(rule, model), ...subjectInputs(rule, stage)]
        byRule.set(rule, before && isSame(before, inputs, model) ? before : this.#run(rule, inputs, stage))
      } catch (error) {
        // A fact that cannot be computed is missing to the rules that ask for it, and to no other.
        const failures = [{ rule: rule.name, file: model.objects[0]?.file ?? '', message: messageOf(error) }]
        byRule.set(rule, { inputs: [], asked: new Map(), results: { findings: [], skipped: [], failures } })
      }
      yield
    }
    return { byRule }
  }

  #run(rule: AnyRule, inputs: readonly unknown[], stage: Stage): RuleRun {
    const model = stage.environment
    const asked = new Map<string, readonly KubeObject[]>()
    const objects = (kind: string): readonly KubeObject[] => {
      const list = model.facts.objects(kind)
      asked.set(kind, list)
      return list
    }
    // Which kinds a rule looks at is seen while it looks; all else that it reads, it declares.
    const facts = rule.reads.includes('objects') ? Object.create(model.facts, { objects: { value: objects } }) : model.facts
    return { inputs, asked, results: this.#check(rule, subjects(rule, stage), facts) }
  }

  #check(rule: AnyRule, subjects: readonly unknown[], facts: unknown): RuleResults {
    const said = nothingYet()
    const context = { facts, target: this.target }
    for (const subject of subjects) this.#ask(rule, subject, context, said)
    return isNothing(said) ? NOTHING : said
  }

  #ask(rule: AnyRule, subject: unknown, context: { readonly facts: unknown; readonly target: Target }, into: Said): void {
    this.checks++
    const { check } = rule as unknown as Rule<Each, FactName, unknown>
    try {
      for (const said of check.call(rule, subject as never, context as never)) {
        if (isSkipped(said)) into.skipped.push({ rule, object: said.notEvaluated, path: said.path })
        else into.findings.push({ rule, found: said, fingerprint: fingerprint(rule, said) })
      }
    } catch (error) {
      into.failures.push({ rule: rule.name, file: fileOf(subject), message: messageOf(error) })
    }
  }
}

/** Results while rules are asked. */
interface Said extends RuleResults {
  readonly findings: RawFinding[]
  readonly skipped: RuleResults['skipped'][number][]
  readonly failures: RuleFailure[]
}

function nothingYet(): Said {
  return { findings: [], skipped: [], failures: [] }
}

function isNothing({ findings, skipped, failures }: RuleResults): boolean {
  return findings.length + skipped.length + failures.length === 0
}

/** Computes a fact before a rule asks for it. One that fails, fails again for each rule that does. */
function prepare({ facts }: EnvironmentModel, fact: FactName): void {
  try {
    void facts[fact]
  } catch {}
}

/**
 * What rules said of a revision, told of the objects that have the places of the old ones. What is about a
 * value that is another one now is left out: nobody knows yet.
 */
export function carriedOver(results: EnvironmentResults | undefined, now: ReadonlyMap<KubeObject, KubeObject>): EnvironmentResults {
  const byRule = new Map<AnyRule, RuleRun>()
  for (const [rule, run] of results?.byRule ?? []) {
    const findings = run.results.findings.flatMap((raw): RawFinding[] => {
      const { found } = raw
      const object = now.get(found.object)
      if (object && !isSameValue(get(found.object.body, ...found.path), get(object.body, ...found.path))) return []
      const moved = object !== undefined || found.related?.some((note) => now.has(note.object))
      if (!moved) return [raw]
      const related = found.related?.map((note) => ({ ...note, object: now.get(note.object) ?? note.object }))
      return [{ ...raw, found: { ...found, object: object ?? found.object, ...(related ? { related } : {}) } }]
    })
    byRule.set(rule, { ...run, results: { ...run.results, findings } })
  }
  return { byRule }
}

/** Maps and lists may have changed inside. */
function isSameValue(before: Value | undefined, after: Value | undefined): boolean {
  return before === after || (typeof before === 'object' && typeof after === 'object' && before !== null && after !== null)
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function isSame(before: RuleRun, inputs: readonly unknown[], { facts }: EnvironmentModel): boolean {
  if (before.inputs.length !== inputs.length || before.inputs.some((input, i) => input !== inputs[i])) return false
  for (const [kind, list] of before.asked) if (facts.objects(kind) !== list) return false
  return true
}

function looksAtOneObject(rule: AnyRule): boolean {
  return rule.reads.length === 0 && (rule.each === 'object' || rule.each === 'workload')
}

function factInputs(rule: AnyRule, model: EnvironmentModel): readonly unknown[] {
  return rule.reads.filter((fact) => fact !== 'objects').map((fact) => model.facts[fact])
}

function subjectInputs(rule: AnyRule, { environment: model, earlier }: Stage): readonly unknown[] {
  switch (rule.each) {
    case 'object':
      return (rule.kinds ?? []).map((kind) => model.byKind.get(kind))
    case 'workload':
      return [model.facts.workloads]
    case 'namespace':
      return [model.facts.namespaces]
    case 'environment':
      return [model.name, model.incomplete, model.objects[0]]
    case 'stage':
      if (earlier.length === 0) return []
      return [model, ...earlier].flatMap((each) => [
        each.name,
        each.incomplete,
        ...(rule.kinds ?? []).map((kind) => each.byKind.get(kind)),
        ...(each === model ? [] : factInputs(rule, each)),
      ])
  }
}

function subjects(rule: AnyRule, stage: Stage): readonly unknown[] {
  const model = stage.environment
  switch (rule.each) {
    case 'object':
      return (rule.kinds ?? []).flatMap((kind) => model.byKind.get(kind) ?? [])
    case 'workload':
      return model.facts.workloads
    case 'namespace':
      return model.facts.namespaces.all
    case 'environment':
      return [{ name: model.name, incomplete: model.incomplete, first: model.objects[0] }]
    case 'stage':
      return stage.earlier.length > 0 ? [stage] : []
  }
}

function isSkipped(said: Found | Skipped): said is Skipped {
  return 'notEvaluated' in said
}

function fingerprint(rule: AnyRule, found: Found): string {
  return hash(`${rule.name}\n${found.about ?? identityOf(found.object)}\n${found.discriminator ?? ''}`)
}

function fileOf(subject: unknown): string {
  const { object, first } = subject as { object?: KubeObject; first?: KubeObject }
  return (object ?? first ?? (subject as KubeObject)).file ?? ''
}
