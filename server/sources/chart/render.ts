import { basePath } from '../../syntax/go/path.ts'
import { isCompatible } from '../../syntax/go/semver.ts'
import { compareBytes } from '../../syntax/go/utf8.ts'
import type { Definition } from '../../syntax/go-template/ast.ts'
import { isEmpty } from '../../syntax/go-template/ast.ts'
import { Budget, GoError, LIMITS, LimitError, type Limits } from '../../syntax/go-template/errors.ts'
import type { Engine, TemplateSet } from '../../syntax/go-template/engine.ts'
import { execute } from '../../syntax/go-template/exec.ts'
import type { Call } from '../../syntax/go-template/function.ts'
import type { ParsedTemplate } from '../../syntax/go-template/parse.ts'
import { parsedTemplate } from '../../syntax/go-template/parsed.ts'
import type { Frame } from '../../syntax/go-template/provenance.ts'
import { type GoText, textOf } from '../../syntax/go-template/text.ts'
import { type GoMap, map, setEntry } from '../../syntax/go-template/value.ts'
import type { Files } from '../unit.ts'
import { capabilitiesOf, capabilitiesValue } from './capabilities.ts'
import { CoalesceError, coalesceValues } from './coalesce.ts'
import { chartMethods, type Release, releaseValue, type TemplateFile, templateFiles } from './context.ts'
import { processDependencies } from './dependencies.ts'
import { knownFunctions, lenientFunctions, withoutNoValue } from './functions.ts'
import { loadChart } from './load.ts'
import { loadValues, type NamedText } from './load-values.ts'
import { locateInSource } from './locate.ts'
import { type Manifests, sortManifests } from './manifests.ts'
import { mergeMaps } from './merge-values.ts'
import { execMessage, innermost, parseMessage } from './messages.ts'
import { type Chart, type Dependency, isLibrary } from './model.ts'
import { Problems, type ChartProblem, wholeFile } from './problem.ts'
import { validateValues } from './schema.ts'
import { assign, type SetOption } from './set.ts'
import type { ValueSource } from './source.ts'

export interface RenderOptions {
  readonly helm: 3 | 4
  readonly release: Release
  /** Values files, the later ones win. */
  readonly values?: readonly NamedText[]
  /** In the order of the command line; Helm applies them by kind. */
  readonly set?: readonly SetOption[]
  readonly kubeVersion?: string
  readonly apiVersions?: readonly string[]
  readonly limits?: Limits
  /**
   * For analysis, where values and cluster are not known for good: `required` and `fail` stop nothing, any
   * version of Kubernetes will do, and dependencies are taken from where they lie in the workspace.
   */
  readonly lenient?: boolean
  /** Called for each action and branch, with what it looked at. */
  readonly trace?: (frame: Frame, taken: boolean | undefined) => void
  /** For `--set-file`. */
  readonly readFile?: (path: string) => string | undefined
}

export interface MissingDependency {
  readonly chart: Chart
  readonly dependency: Dependency
}

export interface Rendering extends Manifests {
  readonly chart: Chart | undefined
  /** The values files that were given, the one that wins last. */
  readonly given: readonly ValueSource[]
  /** What templates see as `.Values` of the chart itself. */
  readonly values: GoMap
  /** Every template that was run, with its whole text. */
  readonly rendered: ReadonlyMap<string, GoText>
  readonly notes: GoText | undefined
  readonly templates: readonly TemplateFile[]
  /** Every file and, with a slash at its end, every folder that was looked at. */
  readonly reads: ReadonlySet<string>
  /** Dependencies that are switched on but not there. */
  readonly missing: readonly MissingDependency[]
  readonly problems: readonly ChartProblem[]
  /** What Helm would print instead of everything else. */
  readonly failure: ChartProblem | undefined
}

/** Renders a chart as `helm template` does, but goes on behind what makes Helm stop. Equal files give an equal result. */
export function renderChart(files: Files, folder: string, options: RenderOptions): Rendering {
  const problems = new Problems()
  const reads = new Set<string>()
  const sources: ValueSource[] = []
  const nothing = { ...NOTHING, values: map() }
  const done = (result: Omit<Rendering, 'given' | 'reads' | 'problems' | 'failure'>): Rendering => ({
    ...result,
    given: sources,
    reads,
    problems: problems.all,
    failure: problems.failure,
  })
  const { helm, lenient = false } = options
  const capabilities = capabilitiesOf(helm, options.kubeVersion, options.apiVersions ?? [])
  if (typeof capabilities === 'string') {
    problems.fatal(capabilities)
    return done(nothing)
  }
  const given = userValues(options, problems, sources)
  const chart = loadChart({ files, helm, problems, local: lenient, read: (path) => reads.add(path) }, folder)
  if (!chart) return done(nothing)
  if (!lenient) checkChart(chart, helm, problems)
  let values: GoMap
  try {
    processDependencies(chart, given, helm, problems)
    values = coalesceValues(chart, given, { helm, merge: false, problems })
  } catch (error) {
    if (!(error instanceof CoalesceError)) throw error
    problems.fatal(error.message, wholeFile(`${folder === '' ? '' : `${folder}/`}Chart.yaml`))
    return done({ ...nothing, chart })
  }
  validateValues(chart, values, { helm, problems, apart: lenient })
  const { kubeVersion } = chart.metadata
  if (!lenient && kubeVersion !== '' && !isCompatible(kubeVersion, capabilities.normalized, helm)) {
    problems.fatal(
      `chart requires kubeVersion: ${kubeVersion} which is incompatible with Kubernetes ${capabilities.kubeVersion}`,
      wholeFile(`${folder === '' ? '' : `${folder}/`}Chart.yaml`),
      false,
    )
  }
  const templates = templateFiles(chart, values, {
    release: releaseValue(options.release),
    capabilities: capabilitiesValue(capabilities, helm),
    helm,
    missed: (path) => reads.add(path),
  }).sort(byDepth)
  const rendered = runTemplates(templates, options, problems)
  const notes = rendered.get(`${chart.metadata.name}/templates/NOTES.txt`)
  for (const name of [...rendered.keys()]) if (name.endsWith('NOTES.txt')) rendered.delete(name)
  return done({ ...sortManifests(rendered, helm, problems), chart, values, rendered, notes, templates, missing: missingIn(chart) })
}

const NOTHING = { documents: [], hooks: [], chart: undefined, rendered: new Map(), notes: undefined, templates: [], missing: [] }

function missingIn(chart: Chart): MissingDependency[] {
  const present = new Set(chart.dependencies.map(({ metadata }) => metadata.name))
  const declared = chart.metadata.dependencies ?? []
  const own = declared.filter(({ name }) => !present.has(name)).map((dependency) => ({ chart, dependency }))
  return [...own, ...chart.dependencies.flatMap(missingIn)]
}

/** Deep paths first, and among equals the last name first: so Helm parses, runs and overrides. */
function byDepth(a: TemplateFile, b: TemplateFile): number {
  const depth = (name: string): number => name.split('/').length
  return depth(b.name) - depth(a.name) || compareBytes(b.name, a.name)
}

const SET_ORDER = ['set-json', 'set', 'set-string', 'set-file', 'set-literal'] as const

function userValues(
  { helm, values = [], set = [], readFile = () => undefined }: RenderOptions,
  problems: Problems,
  sources: ValueSource[],
): GoMap {
  let merged = map()
  for (const file of values) {
    const loaded = loadValues(file, helm)
    sources.push(...loaded.sources)
    if (loaded.problem) {
      const location = file.file === undefined ? undefined : { file: file.file, span: loaded.problem.span }
      problems.fatal(`failed to parse ${file.name}: ${loaded.problem.message}`, location)
    }
    merged = mergeMaps(merged, loaded.values)
  }
  for (const kind of SET_ORDER) {
    for (const option of set) {
      if (option.kind !== kind) continue
      const whole = kind === 'set-json' && option.text.trim().startsWith('{')
      if (whole && helm === 4) {
        merged = mergeMaps(merged, loadValues({ name: '--set-json', text: option.text }, 3).values)
        continue
      }
      const error = assign(option, merged, readFile)
      if (error !== undefined) {
        problems.fatal(kind === 'set-json' ? `failed parsing --set-json data ${option.text}` : `failed parsing --${kind} data: ${error}`)
      }
    }
  }
  return merged
}

function checkChart(chart: Chart, helm: 3 | 4, problems: Problems): void {
  const file = wholeFile(`${chart.folder === '' ? '' : `${chart.folder}/`}Chart.yaml`)
  if (isLibrary(chart)) problems.fatal('library charts are not installable', file, false)
  const present = new Set(chart.dependencies.map(({ metadata }) => metadata.name))
  const missing = (chart.metadata.dependencies ?? []).map(({ name }) => name).filter((name) => !present.has(name))
  if (missing.length === 0) return
  const an = helm === 4 ? 'an' : 'An'
  problems.fatal(
    `${an} error occurred while checking for chart dependencies. You may need to run \`helm dependency build\` to fetch missing dependencies: found in Chart.yaml, but missing in charts/ directory: ${missing.join(', ')}`,
    file,
  )
}

function parsed({ name, file }: TemplateFile, helm: 3 | 4): ParsedTemplate {
  return parsedTemplate({ name, text: file.text, ...(file.path === undefined ? {} : { file: file.path }) }, knownFunctions(helm))
}

function runTemplates(templates: readonly TemplateFile[], options: RenderOptions, problems: Problems): Map<string, GoText> {
  const definitions = new Map<string, Definition>()
  let broken = false
  for (const template of templates) {
    const result = parsed(template, options.helm)
    if (result.problem) {
      const { file } = template
      const location = file.path === undefined ? undefined : { file: file.path, span: result.problem }
      problems.fatal(parseMessage(template.name, result.problem), location)
      broken = true
    }
    // Of two definitions the later one wins, unless it is empty.
    for (const [name, definition] of result.definitions)
      if (!definitions.has(name) || !isEmpty(definition.root)) definitions.set(name, definition)
  }
  const engine: Engine = {
    functions: options.lenient ? lenientFunctions(knownFunctions(options.helm), say(problems)) : knownFunctions(options.helm),
    methods: chartMethods,
    budget: new Budget(options.limits ?? LIMITS),
    rangeOverInt: options.helm === 4,
    ...(options.trace ? { trace: options.trace } : {}),
  }
  const set: TemplateSet = { definitions, below: undefined }
  const rendered = new Map<string, GoText>()
  for (const template of templates) {
    if (basePath(template.name).startsWith('_') || !definitions.has(template.name)) continue
    const here = map([], template.data.origin, template.data.entries.get('Values')?.value.kind === 'map' ? valuesType(template) : undefined)
    setEntry(here, 'Name', textOf(template.name, here.origin))
    setEntry(here, 'BasePath', textOf(template.basePath, here.origin))
    setEntry(template.data, 'Template', here)
    try {
      rendered.set(template.name, withoutNoValue(execute(engine, set, template.name, template.data)))
    } catch (error) {
      if (!(error instanceof GoError)) throw error
      // What a broken file would have defined is missing because of it.
      if (broken && /no template "|template "[^"]*" not defined/.test(error.message)) continue
      report(template, error, options.helm, problems)
    }
  }
  return rendered
}

/** Where a call of `required` or `fail` stands is where its message belongs. */
function say(problems: Problems): (message: string, call: Call) => void {
  return (message, { frame, origin }) => {
    const location = locateInSource(frame.source, frame) ?? locateInSource(origin.source, origin)
    const known = problems.all.some((problem) => problem.message === message && problem.location?.file === location?.file)
    if (!known) problems.said(message, location)
  }
}

function valuesType(template: TemplateFile): string {
  const values = template.data.entries.get('Values')?.value
  return values?.kind === 'map' ? values.type : ''
}

function report(template: TemplateFile, error: GoError, helm: 3 | 4, problems: Problems): void {
  const { path } = template.file
  const file = path === undefined ? undefined : wholeFile(path)
  const incomplete = !template.name.endsWith('NOTES.txt')
  if (error instanceof LimitError) {
    const at = error.place && locateInSource(error.place.source, { start: error.place.pos, end: error.place.pos + 1 })
    problems.fatal(`${template.name}: ${error.message}`, at ?? file, incomplete)
    return
  }
  const place = innermost(error)
  problems.fatal(execMessage(error, helm), (place && locateInSource(place.source, place)) ?? file, incomplete)
}
