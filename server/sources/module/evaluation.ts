import { compareText, dirname } from '../../text/path.ts'
import type { Files, NotEvaluated, Problem, SourceFile } from '../unit.ts'
import { CONFIGURATION, type ModuleConfig, readModule, treeOf, VARIABLE_VALUES } from './config.ts'
import { evaluate } from './eval/expression.ts'
import { Exhausted, Failure } from './eval/failure.ts'
import { Budget, type Env, type Scope } from './eval/scope.ts'
import type { Val } from './eval/value.ts'
import { type Evaluation, ModuleInstance } from './instance.ts'
import { installedModules } from './installed.ts'
import { LOCK_FILE, lockedVersions, type ProviderVersion } from './providers.ts'
import { WorkspaceReader } from './reader.ts'

/** Configuration files of a workspace, by their folder. */
export type Folders = ReadonlyMap<string, readonly SourceFile[]>

const grouped = new WeakMap<Files, Folders>()

export function foldersOf(files: Files): Folders {
  const known = grouped.get(files)
  if (known) return known
  const folders = new Map<string, SourceFile[]>()
  for (const file of files.values()) {
    if (!CONFIGURATION.test(file.path) && !VARIABLE_VALUES.test(file.path)) continue
    const folder = dirname(file.path)
    const list = folders.get(folder)
    if (list) list.push(file)
    else folders.set(folder, [file])
  }
  grouped.set(files, folders)
  return folders
}

const LITERALS: Scope = {
  reference() {
    throw new Failure('Variables not allowed', 'Variables may not be used here.')
  },
}

/** Evaluates a root module with one set of variables. Everything wrong becomes a problem; it never throws. */
export class ModuleEvaluation implements Evaluation {
  readonly world: { readonly files: WorkspaceReader; readonly budget: Budget }
  readonly root: string
  modules = 0
  required: ReadonlyMap<string, ProviderVersion> = new Map()
  #installed: ReadonlyMap<string, string> | undefined
  #locked: ReadonlyMap<string, string> | undefined
  readonly problems: Problem[] = []
  readonly notEvaluated: NotEvaluated[] = []
  readonly #folders: Folders
  readonly #configs = new Map<string, ModuleConfig | undefined>()
  readonly #reads = new Set<string>()
  readonly #said = new Set<string>()
  exhausted = false

  constructor(files: Files, root: string, budget = new Budget()) {
    this.root = root
    this.#folders = foldersOf(files)
    this.world = { files: new WorkspaceReader(files, root), budget }
  }

  get reads(): readonly string[] {
    return [...new Set([...this.#reads, ...this.world.files.log])].sort(compareText)
  }

  get installed(): ReadonlyMap<string, string> {
    this.#installed ??= installedModules(this.world.files)
    return this.#installed
  }

  get locked(): ReadonlyMap<string, string> {
    if (this.#locked) return this.#locked
    const file = this.world.files.read(LOCK_FILE)
    this.#locked = 'text' in file ? lockedVersions(file.text) : new Map()
    return this.#locked
  }

  load(folder: string): ModuleConfig | undefined {
    if (this.#configs.has(folder)) return this.#configs.get(folder)
    this.#reads.add(folder === '' ? '/' : `${folder}/`)
    const files = (this.#folders.get(folder) ?? []).filter(({ path }) => CONFIGURATION.test(path))
    const config = files.length === 0 ? undefined : readModule(folder, files)
    for (const { path } of files) this.#reads.add(path)
    for (const { path, tree } of config?.files ?? []) this.#syntax(path, tree.problems)
    this.#configs.set(folder, config)
    return config
  }

  #syntax(file: string, problems: readonly { start: number; end: number; message: string }[]): void {
    for (const { start, end, message } of problems)
      this.problems.push({ file, span: { start, end }, message, severity: 'error', incomplete: true })
  }

  failed(failure: Failure): void {
    const { at } = failure
    if (!at || !isCertain(failure)) return
    const key = `${at.file}:${at.start}:${failure.message}`
    if (this.#said.has(key)) return
    this.#said.add(key)
    this.problems.push({
      file: at.file,
      span: { start: at.start, end: at.end },
      message: `${failure.title}: ${failure.message}`,
      severity: 'warning',
    })
  }

  skipped(
    file: string,
    block: { readonly start: number; readonly end: number; readonly labels: readonly { readonly end: number }[] },
    reason: string,
  ): void {
    const key = `${file}:${block.start}:${reason}`
    if (this.#said.has(key)) return
    this.#said.add(key)
    this.problems.push({
      file,
      span: { start: block.start, end: block.labels[block.labels.length - 1]?.end ?? block.end },
      message: reason,
      severity: 'warning',
    })
  }

  /** The values of a file of variables. */
  values(file: SourceFile): ReadonlyMap<string, Val> {
    this.#reads.add(file.path)
    const tree = treeOf(file)
    this.#syntax(file.path, tree.problems)
    const env: Env = { scope: LITERALS, world: this.world, file: file.path, locals: undefined }
    const values = new Map<string, Val>()
    for (const item of tree.body.items) {
      if (item.kind !== 'attribute') continue
      const value = this.guarded(() => evaluate(item.value, env))
      if (value) values.set(item.name.text, value)
    }
    return values
  }

  /** Runs what may fail or take too long. */
  guarded<T>(run: () => T): T | undefined {
    try {
      return run()
    } catch (error) {
      if (error instanceof Failure) this.failed(error)
      else if (error instanceof Exhausted) this.#stop(error)
      else throw error
      return undefined
    }
  }

  #stop(error: Exhausted): void {
    this.exhausted = true
    const [file = this.root] = (this.#folders.get(this.root) ?? []).map(({ path }) => path)
    if (this.notEvaluated.some(({ reason }) => reason.startsWith(error.message))) return
    this.notEvaluated.push({ file, reason: `${error.message} The rest of this module is not evaluated.` })
  }
}

/**
 * Whether the text is wrong whatever its values are. Others depend on them: the values of a module that somebody else
 * calls are not the ones that it is looked at with here, and a file may be what a build makes.
 */
function isCertain({ title, message }: Failure): boolean {
  if (message.includes('leaves the workspace')) return true
  return /^(?:Cycle|Nested too deeply|Reference to undeclared|Call to unknown function|Invalid type specification|Invalid value for variable|Invalid reference|Not enough function arguments|Too many function arguments)/.test(
    title,
  )
}

/** Variable values in the order in which later ones win: `terraform.tfvars`, `*.auto.tfvars`, and the files that are named. */
function variableFiles(files: readonly SourceFile[], named: readonly SourceFile[]): SourceFile[] {
  const rank = (path: string): number => (path.endsWith('terraform.tfvars') ? 0 : path.endsWith('terraform.tfvars.json') ? 1 : 2)
  const own = files.filter((file) => /(?:(?:^|\/)terraform|\.auto)\.tfvars(?:\.json)?$/.test(file.path) && !named.includes(file))
  return [...own.sort((a, b) => rank(a.path) - rank(b.path) || compareText(a.path, b.path)), ...named]
}

/** @param named files of variables that are given besides those that Terraform reads by itself, the last one wins */
export function evaluateModule(
  files: Files,
  folder: string,
  named: readonly string[] = [],
  budget?: Budget,
): { readonly evaluation: ModuleEvaluation; readonly root: ModuleInstance | undefined } {
  const evaluation = new ModuleEvaluation(files, folder, budget)
  const config = evaluation.load(folder)
  if (!config) return { evaluation, root: undefined }
  const values = new Map<string, Val>()
  const given = named.flatMap((path) => files.get(path) ?? [])
  for (const file of variableFiles(foldersOf(files).get(folder) ?? [], given)) {
    for (const [name, value] of evaluation.values(file)) values.set(name, value)
  }
  return { evaluation, root: new ModuleInstance(config, evaluation, '', (name) => values.get(name)) }
}
