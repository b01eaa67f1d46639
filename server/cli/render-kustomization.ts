import { DEFAULT_MAX_FILE_SIZE } from '../analysis/config.ts'
import { type Built, buildKustomization } from '../sources/kustomize/build.ts'
import { FILE_NAMES, isKustomization } from '../sources/kustomize/kustomization.ts'
import { printObjects } from '../sources/kustomize/print.ts'
import type { Problem, SourceFile } from '../sources/unit.ts'
import { LineIndex } from '../text/line-index.ts'
import { UsageError } from './arguments.ts'
import type { ExitCode } from './command.ts'
import type { CliFolder, CliHost } from './host.ts'

/** Prints what `kubectl kustomize` would, and tells what it would stop for. */
export async function printKustomization(path: string, host: CliHost): Promise<ExitCode> {
  const { built, folder, files } = await build(path, host)
  await host.stdout.write(printObjects(built.objects).text)
  const told = [
    ...built.problems.map((problem) => `${place(problem, folder, files)}: ${problem.severity}: ${problem.message}`),
    ...built.notEvaluated.map(({ file, reason }) => `${folder.shown(file)}: ${reason}`),
  ]
  if (told.length > 0) await host.stderr.write(`${told.join('\n')}\n`)
  return built.problems.some(({ severity }) => severity === 'error') ? 1 : 0
}

interface Outcome {
  readonly built: Built
  readonly folder: CliFolder
  readonly files: ReadonlyMap<string, SourceFile>
}

/** How far above the named folder its bases may stand. */
const MAX_CLIMB = 16

/** Builds with the nearest root that holds all bases. */
async function build(path: string, host: CliHost): Promise<Outcome> {
  for (let climb = 0; ; climb++) {
    const above = climb === 0 ? [] : [`${path.replace(/\/[^/]*\.ya?ml$/, '')}/${'../'.repeat(climb)}`]
    const folder = await host.open([path, ...above])
    if ('problem' in folder) throw new UsageError(folder.problem)
    const outcome = await buildIn(folder)
    if (!outcome) throw new UsageError(`There is no kustomization and no chart in ${path}.`)
    if (!outcome.built.leaves || climb >= MAX_CLIMB) return outcome
  }
}

/** Reads what the build asks for until it asks for nothing more that exists. */
async function buildIn(folder: CliFolder): Promise<Outcome | undefined> {
  const [start = ''] = folder.named
  const candidates = isKustomization(start) ? [start] : FILE_NAMES.map((name) => (start === '' ? name : `${start}/${name}`))
  let files = new Map<string, SourceFile>()
  const asked = new Set<string>()
  const read = async (paths: readonly string[]): Promise<boolean> => {
    const wanted = paths.filter((path) => !asked.has(path))
    for (const path of wanted) asked.add(path)
    const before = files.size
    // What is built of files is remembered by their map.
    files = new Map(files)
    for await (const file of folder.read(wanted, DEFAULT_MAX_FILE_SIZE)) files.set(file.path, file)
    return files.size > before
  }
  await read(candidates)
  const top = candidates.find((path) => files.has(path))
  if (top === undefined) return undefined
  let listed: readonly string[] | undefined
  /** What is asked for by name, and what lies in the folders of charts. */
  const wanted = async ({ reads }: Built): Promise<string[]> => {
    const folders = reads.filter((path) => path.endsWith('/'))
    if (folders.length > 0) listed ??= (await folder.list()).paths
    const inside = (listed ?? []).filter((path) => folders.some((folder) => path.startsWith(folder)))
    return [...reads.filter((path) => !path.endsWith('/')), ...inside]
  }
  let built = buildKustomization(files, top)
  while (await read(await wanted(built))) built = buildKustomization(files, top)
  return { built, folder, files }
}

function place({ file, span }: Problem, folder: CliFolder, files: ReadonlyMap<string, SourceFile>): string {
  const { line, character } = new LineIndex(files.get(file)?.text ?? '').position(span.start)
  return `${folder.shown(file)}:${line + 1}:${character + 1}`
}
