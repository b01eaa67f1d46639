import { type EnvironmentModel, environmentModel } from '../model/facts.ts'
import type { KubeObject } from '../model/object.ts'
import type { AnyRule } from '../model/rule.ts'
import { inferEnvironments } from '../sources/environments.ts'
import { isKustomization, type Layout, layoutOf } from '../sources/layout.ts'
import { evaluateManifest, type ManifestUnit } from '../sources/manifest.ts'
import type { Files, NotEvaluated, Problem, SourceFile, Unit } from '../sources/unit.ts'
import { basename, compareText } from '../text/path.ts'
import type { Config } from './config.ts'
import { Engine, type EnvironmentResults, type RawFinding } from './engine.ts'

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
  readonly layout: Layout
  readonly units: ReadonlyMap<string, Unit>
  readonly environments: readonly AnalysedEnvironment[]
  readonly problems: readonly Problem[]
  readonly notEvaluated: readonly NotEvaluated[]
  /** Units that were not simply kept from the revision before, for tests. */
  readonly evaluated: number
}

/**
 * Analyses a revision. With `previous` only what changed is computed again; the result is the same as
 * without it.
 */
export function analyse(files: Files, config: Config, rules: readonly AnyRule[], previous?: Analysis): Analysis {
  const engine = engineFor(config, rules, previous)
  const kept = previous && engine === previous.engine ? previous : undefined
  const layout = layoutFor(files, previous)
  let evaluated = 0
  const units = new Map<string, Unit>()
  let restructured = !previous
  for (const file of layout.manifests) {
    const before = previous?.units.get(file.path)
    if (before && previous?.files.get(file.path) === file) {
      units.set(file.path, before)
      continue
    }
    evaluated++
    const unit = evaluateManifest(file, before as ManifestUnit | undefined)
    units.set(file.path, unit)
    if (!before || !sameItems(before.objects, unit.objects)) restructured = true
  }
  if (previous && previous.units.size !== units.size) restructured = true
  const structure =
    previous && !restructured && previous.config.environments === config.environments
      ? previous.environments.map(({ name, units: old }) => ({ name, units: old.map((unit) => units.get(unit.id) ?? unit) }))
      : environmentsOf([...units.values()], config)
  const environments = structure.map(({ name, units }): AnalysedEnvironment => {
    const before = previous?.environments.find((environment) => environment.name === name)
    const incomplete = units.some((unit) => unit.problems.some((problem) => problem.incomplete))
    const model = environmentModel(name, objectsOf(units, before), incomplete, before?.model)
    const results = engine.ofEnvironment(model, kept?.environments.find((environment) => environment.name === name)?.results)
    return { name, units, model, results }
  })
  return {
    files,
    config,
    engine,
    layout,
    units,
    environments,
    problems: problemsOf(files, units, config),
    notEvaluated: layout.notEvaluated,
    evaluated,
  }
}

/** Findings of the rules that look at one object, unit by unit, and of the others, environment by environment. */
export function* rawFindings(analysis: Analysis): Iterable<{ raw: RawFinding; environments: readonly string[] }> {
  const names = environmentNames(analysis)
  for (const unit of analysis.units.values()) {
    for (const object of unit.objects) {
      const { findings } = analysis.engine.ofObject(object)
      if (findings.length > 0) for (const raw of findings) yield { raw, environments: names.get(unit.id) ?? [] }
    }
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
export function* incidents(
  analysis: Analysis,
): Iterable<{ file: string; skipped?: { rule: string; object: KubeObject }; failure?: string }> {
  const results = [
    ...[...analysis.units.values()].flatMap((unit) => unit.objects.map((object) => analysis.engine.ofObject(object))),
    ...analysis.environments.flatMap((environment) => [...environment.results.byRule.values()].map(({ results }) => results)),
  ]
  for (const { skipped, failures } of results) {
    for (const { rule, object } of skipped) yield { file: object.file, skipped: { rule: rule.name, object } }
    for (const { rule, file, message } of failures) yield { file, failure: `Rule ${rule} failed: ${message}` }
  }
}

function engineFor(config: Config, rules: readonly AnyRule[], previous: Analysis | undefined): Engine {
  const active = rules.filter((rule) => config.severities.get(rule.name) !== 'off')
  const old = previous?.engine
  const { minor, platform } = config.target
  const same = old && sameItems(old.rules, active) && old.target.minor === minor && old.target.platform === platform
  return same ? old : new Engine(active, config.target)
}

/** The roles of files depend on their paths and on kustomizations and charts, not on the text of manifests. */
function layoutFor(files: Files, previous: Analysis | undefined): Layout {
  if (!previous || files.size !== previous.files.size) return layoutOf(files)
  for (const [path, file] of files) {
    const before = previous.files.get(path)
    if (file === before) continue
    if (!before || isKustomization(path) || basename(path) === 'Chart.yaml') return layoutOf(files)
  }
  return {
    notEvaluated: previous.layout.notEvaluated,
    manifests: previous.layout.manifests.map((file) => files.get(file.path) as SourceFile),
  }
}

function environmentsOf(units: readonly Unit[], config: Config): readonly { name: string; units: readonly Unit[] }[] {
  const withObjects = units.filter((unit) => unit.objects.length > 0)
  if (config.environments.length === 0) return inferEnvironments(withObjects)
  const assigned = (unit: Unit): boolean => config.environments.some(({ paths }) => paths.ignores(unit.id))
  return config.environments.map(({ name, paths }) => ({
    name,
    units: withObjects.filter((unit) => paths.ignores(unit.id) || !assigned(unit)),
  }))
}

function objectsOf(units: readonly Unit[], before: AnalysedEnvironment | undefined): readonly KubeObject[] {
  const objects: KubeObject[] = []
  for (const unit of units) for (const object of unit.objects) objects.push(object)
  return before && sameItems(before.model.objects, objects) ? before.model.objects : objects
}

function problemsOf(files: Files, units: ReadonlyMap<string, Unit>, config: Config): readonly Problem[] {
  const problems: Problem[] = [...config.problems]
  for (const file of files.values()) {
    if (file.problem)
      problems.push({ file: file.path, span: { start: 0, end: 0 }, message: file.problem, severity: 'error', incomplete: true })
  }
  for (const unit of units.values()) if (unit.problems.length > 0) problems.push(...unit.problems)
  return problems.sort((a, b) => compareText(a.file, b.file) || a.span.start - b.span.start)
}

function sameItems(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a === b || (a.length === b.length && a.every((item, i) => item === b[i]))
}
