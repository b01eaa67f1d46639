import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { basename, join, relative } from 'node:path'
import { equal, isList, isMap, type Value } from '../../server/model/value.ts'
import { buildKustomization } from '../../server/sources/kustomize/build.ts'
import { printObjects } from '../../server/sources/kustomize/print.ts'
import type { Files, SourceFile } from '../../server/sources/unit.ts'
import { parseYaml, splitDocuments } from '../../server/syntax/yaml/index.ts'

/**
 * Builds every kustomization under the given folders with a real kustomize and with ours, and compares objects,
 * their order and generated names. `KUSTOMIZE` is the program: a kubectl or a kustomize. With `HELM`, a Helm 3, what
 * names charts of its folder is compared too.
 */

const ORACLE = process.env['KUSTOMIZE'] ?? 'kubectl'
/** A folder in which answers of the program are kept between runs. */
const CACHE = process.env['KUSTOMIZE_CACHE']
const HELM = process.env['HELM']
const VERBOSE = process.env['VERBOSE'] !== undefined
const ONLY = process.env['ONLY']

type Outcome = 'equal' | 'equal but for layout' | 'differs' | 'remote' | 'needs more' | 'oracle failed' | 'both failed' | 'component'

interface Result {
  readonly folder: string
  readonly outcome: Outcome
  readonly detail: string
}

/** Files read from the disk when they are asked for. */
class DiskFiles extends Map<string, SourceFile> {
  readonly #root: string

  constructor(root: string) {
    super()
    this.#root = root
  }

  override get(path: string): SourceFile | undefined {
    const known = super.get(path)
    if (known) return known
    const full = join(this.#root, path)
    if (!existsSync(full) || !statSync(full).isFile()) return undefined
    const bytes = readFileSync(full)
    const text = decode(bytes)
    const file: SourceFile = text === undefined ? { path, text: '', problem: 'binary', bytes } : { path, text }
    super.set(path, file)
    // A chart reads all of its folder.
    if (basename(path) === 'Chart.yaml') {
      const folder = join(full, '..')
      for (const entry of readdirSync(folder, { recursive: true, encoding: 'utf8' })) this.get(relative(this.#root, join(folder, entry)))
    }
    return file
  }

  override has(path: string): boolean {
    return this.get(path) !== undefined
  }
}

function decode(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

function kustomizationsUnder(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.name !== 'node_modules' && entry.name !== '.git')
    .flatMap((entry) => {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) return kustomizationsUnder(path)
      return /^(?:kustomization\.ya?ml|Kustomization)$/.test(entry.name) && entry.isFile() ? [path] : []
    })
    .sort()
}

interface Answer {
  readonly output?: string
  readonly error?: string
}

/** Files outside of a kustomization's folder are allowed where the program refuses them at first. */
async function askOracle(folder: string, charts: boolean): Promise<Answer> {
  const options = charts && HELM ? ['--enable-helm', '--helm-command', HELM] : []
  const answer = await ask(folder, options)
  return answer.error?.includes('security; file') ? ask(folder, [...options, '--load-restrictor', 'LoadRestrictionsNone']) : answer
}

function ask(folder: string, more: readonly string[]): Promise<Answer> {
  const command = [basename(ORACLE) === 'kubectl' ? 'kustomize' : 'build', folder, ...more]
  const key =
    CACHE &&
    join(
      CACHE,
      createHash('sha256')
        .update(`${ORACLE}\n${command.join('\n')}`)
        .digest('hex'),
    )
  if (key && existsSync(key)) return Promise.resolve(JSON.parse(readFileSync(key, 'utf8')) as Answer)
  return new Promise((resolve) => {
    execFile(ORACLE, command, { timeout: 60_000, maxBuffer: 256 << 20 }, (error, stdout, stderr) => {
      const answer = error ? { error: (stderr || error.message).replace(/^# Warning.*\n/gm, '').trim() } : { output: stdout }
      if (key) writeFileSync(key, JSON.stringify(answer))
      resolve(answer)
    })
  })
}

function bodiesOf(output: string): Value[] {
  return splitDocuments(output).flatMap(({ start, end }) => parseYaml(output.slice(start, end)).body ?? [])
}

async function compare(root: string, file: string, files: Files): Promise<Result> {
  const folder = join(file, '..')
  const path = relative(root, file)
  const name = relative(join(root, '..'), folder)
  const result = (outcome: Outcome, detail = ''): Result => ({ folder: name, outcome, detail })
  if (/^kind:\s*Component\s*$/m.test(files.get(path)?.text ?? '')) return result('component')
  const built = buildKustomization(files, path)
  const remote = built.notEvaluated.filter(({ reason }) => reason.includes('on a server'))
  if (remote.length > 0) return result('remote', remote[0]?.reason)
  const { output, error } = await askOracle(
    folder,
    built.reads.some((path) => path.endsWith('/Chart.yaml')),
  )
  const errors = built.problems.filter(({ severity }) => severity === 'error')
  const told = errors.map(({ file, message }) => `${file}: ${message}`).join('\n')
  if (output === undefined) {
    const more = built.notEvaluated[0]?.reason
    return errors.length > 0
      ? result('both failed', `${error}\n--- ours\n${told}`)
      : more
        ? result('needs more', more)
        : result('oracle failed', error ?? '')
  }
  const theirs = bodiesOf(output)
  const ours = built.objects.map(({ node }) => node.value)
  const difference = differenceOf(theirs, ours)
  if (difference === undefined && errors.length > 0) return result('differs', `Equal, but a problem is told:\n${told}`)
  if (difference !== undefined) return result('differs', [difference, told, ...built.notEvaluated.map(({ reason }) => reason)].join('\n'))
  const printed = printObjects(built.objects).text
  return printed === output ? result('equal') : result('equal but for layout', firstLine(output, printed))
}

function differenceOf(theirs: readonly Value[], ours: readonly Value[]): string | undefined {
  if (theirs.length === ours.length && theirs.every((object, i) => equal(object, ours[i]))) return undefined
  const names = (objects: readonly Value[]): string[] => objects.map(nameOf)
  const [a, b] = [names(theirs), names(ours)]
  const missing = a.filter((name) => !b.includes(name))
  const extra = b.filter((name) => !a.includes(name))
  if (missing.length + extra.length > 0) return `missing: ${missing.slice(0, 5).join(', ')}\nextra: ${extra.slice(0, 5).join(', ')}`
  const i = theirs.findIndex((object, i) => !equal(object, ours[i]))
  if (a[i] !== b[i]) return `order: ${a[i]} is expected at ${i}, found ${b[i]}`
  return `${a[i]}: ${firstDifference(theirs[i], ours[i], '')}`
}

function firstLine(theirs: string, ours: string): string {
  const found = ours.split('\n')
  const i = theirs.split('\n').findIndex((line, i) => line !== found[i])
  return `line ${i + 1}\n  expected ${JSON.stringify(theirs.split('\n')[i]?.slice(0, 200))}\n  found    ${JSON.stringify(found[i]?.slice(0, 200))}`
}

function nameOf(object: Value): string {
  const at = (value: Value | undefined, key: string): Value | undefined => (isMap(value) ? value[key] : undefined)
  const metadata = at(object, 'metadata')
  return `${String(at(object, 'apiVersion'))} ${String(at(object, 'kind'))} ${String(at(metadata, 'namespace') ?? '')}/${String(at(metadata, 'name'))}`
}

function firstDifference(theirs: Value | undefined, ours: Value | undefined, path: string): string {
  if (isMap(theirs) && isMap(ours)) {
    for (const key of new Set([...Object.keys(theirs), ...Object.keys(ours)])) {
      if (!equal(theirs[key], ours[key])) return firstDifference(theirs[key], ours[key], `${path}.${key}`)
    }
  }
  if (isList(theirs) && isList(ours) && theirs.length === ours.length) {
    const i = theirs.findIndex((item, i) => !equal(item, ours[i]))
    return firstDifference(theirs[i], ours[i], `${path}[${i}]`)
  }
  return `${path}\n  expected ${excerpt(theirs)}\n  found    ${excerpt(ours)}`
}

function excerpt(value: Value | undefined): string {
  return (JSON.stringify(value) ?? 'nothing').slice(0, 400)
}

async function main(folders: readonly string[]): Promise<number> {
  if (folders.length === 0) {
    console.log('usage: npm run conformance:kustomize -- <folder of a repository> ...')
    return 2
  }
  if (CACHE) mkdirSync(CACHE, { recursive: true })
  const results: Result[] = []
  for (const root of folders) {
    const files = new DiskFiles(root)
    const found = kustomizationsUnder(root).filter((file) => !ONLY || file.includes(ONLY))
    for (let i = 0; i < found.length; i += 2) {
      results.push(...(await Promise.all(found.slice(i, i + 2).map((file) => compare(root, file, files)))))
    }
  }
  for (const { folder, outcome, detail } of results) {
    if (outcome === 'differs' || (VERBOSE && outcome !== 'equal')) console.log(`${outcome}: ${folder}\n${detail.replace(/^/gm, '    ')}`)
  }
  const counts = new Map<Outcome, number>()
  for (const { outcome } of results) counts.set(outcome, (counts.get(outcome) ?? 0) + 1)
  console.log([...counts].map(([outcome, count]) => `${outcome}: ${count}`).join(', '))
  return (counts.get('differs') ?? 0) > 0 ? 1 : 0
}

process.exitCode = await main(process.argv.slice(2))
