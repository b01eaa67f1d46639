import { type EnvironmentModel, environmentModel, settle } from '../model/facts.ts'
import type { KubeObject } from '../model/object.ts'
import type { AnyRule } from '../model/rule.ts'
import { stageOf } from '../model/stage.ts'
import type { Path } from '../model/value.ts'
import { type Environment, inferEnvironments, type Member } from '../sources/environments.ts'
import { planWorkspace, type WorkspacePlan } from '../sources/front-end.ts'
import { FRONT_ENDS } from '../sources/index.ts'
import type { Files, NotEvaluated, Problem, SourceFile, Unit } from '../sources/unit.ts'
import { compareText } from '../text/path.ts'
import type { Config } from './config.ts'
import { carriedOver, Engine, type EnvironmentResults, type RawFinding } from './engine.ts'

/** One environment with its facts and what the rules said about it. */
export interface AnalysedEnvironment {
  readonly name: string
  readonly units: readonly Unit[]
  readonly model: EnvironmentModel
  readonly results: EnvironmentResults
}

/** Everything known of one revision of the workspace. Immutable. */
export interface Analysis {
  readonly files: Files
  readonly config: Config
  readonly engine: Engine
  readonly plan: WorkspacePlan
  /** By id. */
  readonly units: ReadonlyMap<string, Unit>
  /** Identities that more than one unit defines: a change of one of them may divide the environments anew. */
  readonly shared: ReadonlySet<string>
  readonly environments: readonly AnalysedEnvironment[]
  readonly problems: readonly Problem[]
  readonly notEvaluated: readonly NotEvaluated[]
  /** Units that were not simply kept from the revision before, for tests. */
  readonly evaluated: number
  /** What crosses objects is still that of the revision before. */
  readonly draft: boolean
}

/** An analysis that is under way. */
export interface Running {
  /**
   * What is known at once: units, objects and what rules say of single objects are of this revision; what rules
   * say across objects is that of the revision before, as far as it is about something that is still there.
   */
  draft(): Analysis
  /** The rest of the work, a piece at each step. */
  readonly rest: Iterator<void, Analysis>
}

/**
 * Analyses a revision. With `previous` only what changed is computed again; the result is the same as
 * without it.
 * @param progress told how many units are evaluated, of how many
 */
export function analyse(
  files: Files,
  config: Config,
  rules: readonly AnyRule[],
  previous?: Analysis,
  progress?: (done: number, total: number) => void,
): Analysis {
  const { rest } = begin(files, config, rules, previous, progress)
  for (;;) {
    const step = rest.next()
    if (step.done) return step.value
  }
}

/** Evaluates what changed, and leaves what crosses objects for later. */
export function begin(
  files: Files,
  config: Config,
  rules: readonly AnyRule[],
  previous?: Analysis,
  progress?: (done: number, total: number) => void,
): Running {
  const engine = engineFor(config, rules, previous)
  const changes = previous && changesBetween(previous.files, files)
  const plan = previous && changes && !changesPlan(changes, previous.files, files) ? previous.plan : planWorkspace(files, FRONT_ENDS)
  const { units, replaced, evaluated } = evaluateUnits(plan, files, changes, previous, progress)
  const kept =
    previous && previous.plan === plan && previous.config.environments === config.environments && staysApart(replaced, previous.shared)
  const shared = kept ? previous.shared : sharedIds(units)
  const structure = kept
    ? previous.environments.map(({ name, units: old }) => ({ name, units: old.map((unit) => units.get(unit.id) ?? unit) }))
    : environmentsOf(plan, units, files, config)
  const models = structure.map(({ name, units }) => {
    const before = previous?.environments.find((environment) => environment.name === name)
    const incomplete = units.some((unit) => isIncomplete(unit, files))
    const objects = kept && before ? replaceObjects(before.model.objects, replaced) : objectsOf(units)
    return { name, units, before, model: environmentModel(name, objects, incomplete, before?.model) }
  })
  const known = {
    files,
    config,
    engine,
    plan,
    units,
    shared,
    problems: problemsOf(files, units, config),
    notEvaluated: [...plan.notEvaluated, ...[...units.values()].flatMap((unit) => unit.notEvaluated)],
    evaluated,
  }
  return {
    draft: () => {
      const now = successors(previous, units)
      const environments = models.map(({ name, units, before, model }) => ({
        name,
        units,
        model,
        results: carriedOver(before?.results, now),
      }))
      return { ...known, environments, draft: true }
    },
    rest: (function* () {
      const stages = stagesOf(models.map(({ model }) => model))
      const environments: AnalysedEnvironment[] = []
      for (const { name, units, before, model } of models) {
        const old = engine === previous?.engine ? before?.results : undefined
        environments.push({ name, units, model, results: yield* engine.ofEnvironment(model, stages.get(model) ?? [], old) })
      }
      for (const { model } of models) settle(model)
      return { ...known, environments, draft: false }
    })(),
  }
}

/** For each object that was evaluated again, the one that has its place now. */
function successors(previous: Analysis | undefined, units: ReadonlyMap<string, Unit>): ReadonlyMap<KubeObject, KubeObject> {
  const result = new Map<KubeObject, KubeObject>()
  for (const unit of units.values()) {
    const before = previous?.units.get(unit.id)
    if (!before || before.objects === unit.objects) continue
    const byId = new Map(unit.objects.map((object) => [object.id, object]))
    for (const object of before.objects) {
      const now = byId.get(object.id)
      if (now && now !== object) result.set(object, now)
    }
  }
  return result
}

interface Changes {
  /** Files with another text, and files that came or went. */
  readonly texts: ReadonlySet<string>
  /** Those of them that came or went. */
  readonly paths: readonly string[]
}

function changesBetween(before: Files, after: Files): Changes {
  const texts = new Set<string>()
  const paths: string[] = []
  if (before === after) return { texts, paths }
  for (const [path, file] of after) {
    const old = before.get(path)
    if (old === file) continue
    texts.add(path)
    if (!old) paths.push(path)
  }
  if (after.size - paths.length < before.size) {
    for (const path of before.keys()) {
      if (after.has(path)) continue
      texts.add(path)
      paths.push(path)
    }
  }
  return { texts, paths }
}

/** Which units there are depends on the paths of files and on the texts that a front end names, not on manifests. */
function changesPlan({ texts, paths }: Changes, before: Files, after: Files): boolean {
  const decides = (file: SourceFile | undefined): boolean => file !== undefined && FRONT_ENDS.some((frontEnd) => frontEnd.decides(file))
  return paths.length > 0 || [...texts].some((path) => decides(before.get(path)) || decides(after.get(path)))
}

interface Evaluated {
  readonly units: Map<string, Unit>
  readonly evaluated: number
  /** The objects of evaluated units that have another body than before; undefined when objects came, went or moved. */
  readonly replaced: ReadonlyMap<KubeObject, KubeObject> | undefined
}

function evaluateUnits(
  plan: WorkspacePlan,
  files: Files,
  changes: Changes | undefined,
  previous: Analysis | undefined,
  progress?: (done: number, total: number) => void,
): Evaluated {
  const units = new Map<string, Unit>()
  const replaced = new Map<KubeObject, KubeObject>()
  let evaluated = 0
  let moved = previous?.units.size !== plan.units.length
  for (const { id, evaluate, made } of plan.units) {
    const before = previous?.units.get(id)
    if (before && changes && !concerns(changes, before) && made?.(before) !== false) {
      units.set(id, before)
      continue
    }
    evaluated++
    progress?.(units.size, plan.units.length)
    const unit = evaluate(files, before)
    units.set(id, unit)
    if (!before || before.objects.length !== unit.objects.length) moved = true
    // A unit without objects belongs to an environment only for what it may hold.
    else if (unit.objects.length === 0 && isIncomplete(unit, files) !== isIncomplete(before, previous?.files ?? files)) moved = true
    for (const [i, object] of unit.objects.entries()) {
      const old = before?.objects[i]
      if (old?.id !== object.id) moved = true
      else if (old !== object) replaced.set(old, object)
    }
  }
  return { units, evaluated, replaced: moved ? undefined : replaced }
}

/** Whether the environments stay as they are: no identity came or went, and no changed one is defined elsewhere too. */
function staysApart(
  replaced: ReadonlyMap<KubeObject, KubeObject> | undefined,
  shared: ReadonlySet<string>,
): replaced is ReadonlyMap<KubeObject, KubeObject> {
  if (!replaced) return false
  for (const { id } of replaced.keys()) if (shared.has(id)) return false
  return true
}

function sharedIds(units: ReadonlyMap<string, Unit>): ReadonlySet<string> {
  const known = new Set<string>()
  const shared = new Set<string>()
  for (const { objects } of units.values()) {
    for (const { id } of objects) {
      if (known.has(id)) shared.add(id)
      else known.add(id)
    }
  }
  return shared
}

function concerns({ texts, paths }: Changes, unit: Unit): boolean {
  if (texts.size === 0) return false
  return unit.reads.some((read) => texts.has(read) || (read.endsWith('/') && paths.some((path) => read === '/' || path.startsWith(read))))
}

/** The units that read a file. */
export function unitsReading(analysis: Analysis, path: string): readonly Unit[] {
  return readersOf(analysis).get(path) ?? []
}

const readers = new WeakMap<ReadonlyMap<string, Unit>, ReadonlyMap<string, readonly Unit[]>>()

function readersOf({ units }: Analysis): ReadonlyMap<string, readonly Unit[]> {
  const known = readers.get(units)
  if (known) return known
  const index = new Map<string, Unit[]>()
  for (const unit of units.values()) {
    for (const path of unit.reads) {
      const list = index.get(path)
      if (list) list.push(unit)
      else index.set(path, [unit])
    }
  }
  readers.set(units, index)
  return index
}

/** Findings of the rules that look at one object, unit by unit, and of the others, environment by environment. */
export function* rawFindings(analysis: Analysis): Iterable<{ raw: RawFinding; environments: readonly string[] }> {
  const names = environmentNames(analysis)
  for (const unit of analysis.units.values()) {
    for (const raw of analysis.engine.ofUnit(unit.objects)) yield { raw, environments: names.get(unit.id) ?? [] }
  }
  for (const environment of analysis.environments) {
    for (const { results } of environment.results.byRule.values()) {
      for (const raw of results.findings) yield { raw, environments: [environment.name] }
    }
  }
}

/** The environments that each unit belongs to, by unit id. */
function environmentNames(analysis: Analysis): ReadonlyMap<string, readonly string[]> {
  const names = new Map<string, string[]>()
  for (const { name, units } of analysis.environments) {
    for (const unit of units) {
      const list = names.get(unit.id)
      if (list) list.push(name)
      else names.set(unit.id, [name])
    }
  }
  return names
}

/** Subjects that a rule could not judge, and rules that failed. */
export function* incidents(analysis: Analysis): Iterable<{
  file: string
  skipped?: { rule: string; object: KubeObject; path: Path }
  failure?: { rule: string; message: string }
}> {
  const results = [
    ...[...analysis.units.values()].flatMap((unit) => unit.objects.map((object) => analysis.engine.ofObject(object))),
    ...analysis.environments.flatMap((environment) => [...environment.results.byRule.values()].map(({ results }) => results)),
  ]
  for (const { skipped, failures } of results) {
    for (const { rule, object, path } of skipped) yield { file: object.file, skipped: { rule: rule.name, object, path } }
    for (const { rule, file, message } of failures) yield { file, failure: { rule, message } }
  }
  for (const { rule, file, message } of analysis.engine.mishaps.values()) yield { file, failure: { rule, message } }
}

function engineFor(config: Config, rules: readonly AnyRule[], previous: Analysis | undefined): Engine {
  const active = rules.filter((rule) => config.severities.get(rule.name) !== 'off')
  const old = previous?.engine
  const { minor, platform } = config.target
  const same = old && sameItems(old.rules, active) && old.target.minor === minor && old.target.platform === platform
  return same ? old : new Engine(active, config.target)
}

/** How many environments one is compared with. */
const MAX_EARLIER = 4

/** For each environment those of the same files that come before it, by their names, the nearest first. */
function stagesOf(models: readonly EnvironmentModel[]): ReadonlyMap<EnvironmentModel, readonly EnvironmentModel[]> {
  const staged = models.flatMap((model) => {
    const stage = stageOf(model.name)
    return stage === undefined ? [] : [{ model, stage }]
  })
  if (staged.every(({ stage }) => stage === staged[0]?.stage)) return new Map()
  const files = new Map(staged.map(({ model }) => [model, new Set(model.objects.map(({ file }) => file))]))
  const share = (a: EnvironmentModel, b: EnvironmentModel): boolean => [...(files.get(a) ?? [])].some((file) => files.get(b)?.has(file))
  const latestFirst = [...staged].sort((a, b) => b.stage - a.stage)
  return new Map(
    staged.map(({ model, stage }) => {
      const earlier = latestFirst.filter((other) => other.stage < stage && share(model, other.model))
      return [model, earlier.slice(0, MAX_EARLIER).map((other) => other.model)]
    }),
  )
}

/** Whether a file should have been read and was not. One that is no manifest may well be binary. */
function isUnread(file: SourceFile | undefined): boolean {
  return file?.problem !== undefined && (file.bytes === undefined || /\.(ya?ml|json)$/i.test(file.path))
}

/** Whether what a unit seems not to have may stand where it was not understood or could not be read. */
function isIncomplete(unit: Unit, files: Files): boolean {
  return unit.problems.some((problem) => problem.incomplete) || unit.reads.some((path) => isUnread(files.get(path)))
}

function environmentsOf(plan: WorkspacePlan, units: ReadonlyMap<string, Unit>, files: Files, config: Config): readonly Environment[] {
  const members = plan.units.flatMap(({ id, variant }): Member[] => {
    const unit = units.get(id)
    return unit && (unit.objects.length > 0 || isIncomplete(unit, files)) ? [{ unit, variant }] : []
  })
  if (config.environments.length === 0) return inferEnvironments(members)
  const assigned = (unit: Unit): boolean => config.environments.some(({ paths }) => paths.ignores(unit.id))
  return config.environments.map(({ name, paths }) => ({
    name,
    units: members.filter(({ unit }) => paths.ignores(unit.id) || !assigned(unit)).map(({ unit }) => unit),
  }))
}

/** An object that several files define alike is in the cluster once. */
function objectsOf(units: readonly Unit[]): readonly KubeObject[] {
  const objects: KubeObject[] = []
  const ids = new Set<string>()
  for (const unit of units) {
    for (const object of unit.objects) {
      if (object.name !== '' && ids.has(object.id)) continue
      ids.add(object.id)
      objects.push(object)
    }
  }
  return objects
}

function replaceObjects(objects: readonly KubeObject[], replaced: ReadonlyMap<KubeObject, KubeObject> | undefined): readonly KubeObject[] {
  if (!replaced || replaced.size === 0) return objects
  return objects.map((object) => replaced.get(object) ?? object)
}

function problemsOf(files: Files, units: ReadonlyMap<string, Unit>, config: Config): readonly Problem[] {
  const problems: Problem[] = [...config.problems]
  for (const file of files.values()) {
    if (isUnread(file))
      problems.push({ file: file.path, span: { start: 0, end: 0 }, message: file.problem ?? '', severity: 'error', incomplete: true })
  }
  for (const unit of units.values()) for (const problem of unit.problems) problems.push(problem)
  problems.sort((a, b) => compareText(a.file, b.file) || a.span.start - b.span.start || compareText(a.message, b.message))
  // Several builds of one base find the same.
  return problems.filter((problem, i) => !isSameProblem(problem, problems[i - 1]))
}

function isSameProblem(a: Problem, b: Problem | undefined): boolean {
  return a.file === b?.file && a.span.start === b.span.start && a.span.end === b.span.end && a.message === b.message
}

function sameItems(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a === b || (a.length === b.length && a.every((item, i) => item === b[i]))
}
