import type { Analysis } from '../analysis/analyse.ts'
import { CONFIG_FILE, DEFAULT_MAX_FILE_SIZE, PROFILES } from '../analysis/config.ts'
import { wantedFiles } from '../analysis/wanted.ts'
import { Workspace } from '../analysis/workspace.ts'
import type { SourceFile } from '../sources/unit.ts'
import { basename } from '../text/path.ts'
import { type Arguments, type Options, UsageError } from './arguments.ts'
import type { Product } from './command.ts'
import type { CliFolder, CliHost } from './host.ts'
import type { Progress } from './progress.ts'

/** The options of every command that reads a workspace. */
export const WORKSPACE_OPTIONS: Options = {
  config: { type: 'string', value: 'FILE', help: `The configuration, instead of ${CONFIG_FILE}.` },
  profile: { type: 'string', value: PROFILES.join('|'), help: 'How much is reported; wins over the configuration.' },
  environment: { type: 'string', value: 'NAME', help: 'Only what is found in this environment.' },
}

export const PATHS_HELP = [
  'Paths are folders and files; without one it is the current folder, and "-" is standard input. Only what is named is read: rules that look across files see no more than that.',
  `Paths in the output and in ${CONFIG_FILE} are relative to the nearest folder at or above what is named that holds a ${CONFIG_FILE} or a .git, else to the current folder or, elsewhere, to what is named. Files that .gitignore ignores are left out, and so are folders such as node_modules, vendor and dist, unless you name them.`,
]

export interface Loaded {
  readonly folder: CliFolder
  readonly analysis: Analysis
  /** The whole analysis, or only the environment that was asked for. */
  readonly asked: Analysis
}

/** Reads and analyses what the arguments name. Throws a usage error when that does not exist. */
export async function load(args: Arguments, host: CliHost, product: Product, progress: Progress): Promise<Loaded> {
  const profile = args.choice('profile', PROFILES)
  const named = args.paths.filter((path) => path !== '-')
  const piped = args.paths.includes('-')
  const folder = await host.open(named.length === 0 ? ['.'] : named)
  if ('problem' in folder) throw new UsageError(folder.problem)
  const { paths, problems } = piped && named.length === 0 ? { paths: [], problems: [] } : await folder.list()
  const listed = new Set(paths)
  const config = await configOf(args, host, folder, listed)
  const overrides = { ...(profile ? { profile } : {}), ...(config ? { configFile: config.path } : {}) }
  const workspace = new Workspace(product.rules, {}, overrides)
  if (config) workspace.set(config)
  const { maxFileSize } = workspace.config
  for (const problem of problems) workspace.set(problem)
  for await (const file of folder.read(paths, maxFileSize)) {
    workspace.set(file)
    progress('Reading', workspace.files.size, paths.length)
  }
  if (piped) workspace.set(await host.readInput(freePath('stdin.yaml', listed), maxFileSize))
  const analysis = await analyseAll(workspace, folder, new Set(paths), (done, total) => progress('Analysing', done, total))
  const environment = args.text('environment')
  return { folder, analysis, asked: environment === undefined ? analysis : onlyEnvironment(analysis, environment) }
}

/** Files that name files that name files: more rounds than any repository needs. */
const MAX_ROUNDS = 20

/** Analyses, reads what turns out to be needed besides, and analyses again, until nothing is missing that exists. */
async function analyseAll(
  workspace: Workspace,
  folder: CliFolder,
  asked: Set<string>,
  progress: (done: number, total: number) => void,
): Promise<Analysis> {
  for (let round = 0; ; round++) {
    const analysis = workspace.analysis(progress)
    const wanted = wantedFiles(analysis).filter((path) => !asked.has(path))
    let found = false
    for (const path of wanted) asked.add(path)
    for await (const file of folder.read(wanted, workspace.config.maxFileSize)) {
      workspace.set(file)
      found = true
    }
    if (!found || round >= MAX_ROUNDS) return analysis
  }
}

/** The configuration is read first: it says what is too large to be read. */
async function configOf(args: Arguments, host: CliHost, folder: CliFolder, listed: ReadonlySet<string>): Promise<SourceFile | undefined> {
  const path = args.text('config')
  if (path === undefined) {
    for await (const file of folder.read([CONFIG_FILE], DEFAULT_MAX_FILE_SIZE)) return file
    return undefined
  }
  const file = await host.readFile(path)
  if (!file) throw new UsageError(`There is no file ${path}.`)
  if (file.problem) throw new UsageError(`${path}: ${file.problem}`)
  // It may be anywhere: problems in it are shown by its name, which no file of the folder may have.
  return { path: freePath(basename(file.path.replaceAll('\\', '/')), listed), text: file.text }
}

function freePath(path: string, taken: ReadonlySet<string>): string {
  let free = path
  for (let i = 1; taken.has(free); i++) free = `${i}-${path}`
  return free
}

/** Throws a usage error when there is no such environment. */
function onlyEnvironment(analysis: Analysis, name: string): Analysis {
  const environments = analysis.environments.filter((environment) => environment.name === name)
  const units = environments.flatMap((environment) => environment.units)
  if (environments.length === 0) {
    const names = analysis.environments.map((environment) => environment.name)
    throw new UsageError(
      `There is no environment "${name}". ${names.length === 0 ? 'There is none at all.' : `There is ${names.join(', ')}.`}`,
    )
  }
  return { ...analysis, environments, units: new Map(units.map((unit) => [unit.id, unit])) }
}
