import { firstDocument } from '../../syntax/yaml/index.ts'
import { extPath } from '../../syntax/go/path.ts'
import { map } from '../../syntax/go-template/value.ts'
import { Memo } from '../../text/memo.ts'
import { compareText, join } from '../../text/path.ts'
import type { Files } from '../unit.ts'
import { readArchive } from './archive.ts'
import { type IgnoreRules, parseIgnore } from './ignore.ts'
import { type LoadedValues, loadValues, readDocument } from './load-values.ts'
import { readMetadata } from './metadata.ts'
import { type Chart, type ChartFile, setDependencies } from './model.ts'
import { type Problems, wholeFile } from './problem.ts'
import type { ValueSource } from './source.ts'

/** Charts in charts in charts: nobody needs more. */
const MAX_DEPTH = 20

export interface Loader {
  readonly files: Files
  readonly helm: 3 | 4
  readonly problems: Problems
  /** Dependencies with a `file://` repository are taken from where they lie, as if they had been packed. */
  readonly local: boolean
  /** Told every file and, with a slash at its end, every folder that was looked at. */
  readonly read: (path: string) => void
}

/** Loads the chart in a folder of the workspace. Undefined when it is none; the reason is then among the problems. */
export function loadChart(loader: Loader, folder: string): Chart | undefined {
  return loadFolder(folder, { ...loader, folder, packaged: false, depth: 0 })
}

function loadFolder(folder: string, loading: Loading): Chart | undefined {
  const listed = chartFiles(loading.files, folder)
  loading.read(folder === '' ? '/' : `${folder}/`)
  for (const { path } of listed) if (path !== undefined) loading.read(path)
  const ignore = listed.find(({ name }) => name === '.helmignore')
  const rules = parseIgnore(ignore?.text ?? '')
  if (typeof rules === 'string') {
    loading.problems.fatal(rules, ignore?.path === undefined ? undefined : wholeFile(ignore.path))
    return undefined
  }
  return loadFiles(withoutIgnored(listed, rules), { ...loading, folder })
}

/** All files below a folder, in the order in which Helm walks it. */
function chartFiles(files: Files, folder: string): ChartFile[] {
  const prefix = folder === '' ? '' : `${folder}/`
  const found: ChartFile[] = []
  for (const file of files.values()) {
    if (!file.path.startsWith(prefix)) continue
    const text = file.text.charCodeAt(0) === 0xfeff ? file.text.slice(1) : file.text
    found.push({ name: file.path.slice(prefix.length), path: file.path, text, ...(file.bytes ? { bytes: file.bytes } : {}) })
  }
  return found.sort((a, b) => compareSegments(a.name, b.name))
}

function compareSegments(a: string, b: string): number {
  const left = a.split('/')
  const right = b.split('/')
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const compared = compareText(left[i] ?? '', right[i] ?? '')
    if (compared !== 0) return compared
  }
  return left.length - right.length
}

function withoutIgnored(files: readonly ChartFile[], rules: IgnoreRules): ChartFile[] {
  const ignored = new Map<string, boolean>()
  const folderIgnored = (folder: string): boolean => {
    if (folder === '') return false
    const known = ignored.get(folder)
    if (known !== undefined) return known
    const slash = folder.lastIndexOf('/')
    const result = folderIgnored(slash < 0 ? '' : folder.slice(0, slash)) || rules.ignores(folder, true)
    ignored.set(folder, result)
    return result
  }
  return files.filter(({ name }) => {
    const slash = name.lastIndexOf('/')
    return !folderIgnored(slash < 0 ? '' : name.slice(0, slash)) && !rules.ignores(name, false)
  })
}

interface Loading extends Loader {
  readonly folder: string
  readonly packaged: boolean
  readonly depth: number
}

function loadFiles(files: readonly ChartFile[], loading: Loading): Chart | undefined {
  const { problems, folder, packaged, helm } = loading
  const named = (name: string): ChartFile | undefined => files.find((file) => file.name === name)
  const chartFile = named('Chart.yaml')
  const at = (file: ChartFile | undefined) => (file?.path === undefined ? undefined : wholeFile(file.path))
  if (!chartFile) {
    problems.fatal('Chart.yaml file is missing', wholeFile(folder))
    return undefined
  }
  const requirements = named('requirements.yaml')
  const metadata = readMetadata(documentOf(chartFile), requirements && documentOf(requirements))
  if (typeof metadata === 'string') {
    problems.fatal(metadata, at(chartFile))
    return undefined
  }
  const values = chartValues(named('values.yaml'), helm, problems)
  const chart: Chart = {
    metadata,
    folder,
    packaged,
    templates: files.filter(({ name }) => name.startsWith('templates/')),
    files: files.filter(({ name }) => isOther(name, metadata.apiVersion)),
    schema: named('values.schema.json'),
    values: values.values,
    valueSources: values.sources,
    dependencies: [],
    parent: undefined,
  }
  const own = loadSubcharts(files, metadata.name, loading)
  setDependencies(chart, loading.local && !packaged ? [...own, ...loadLocal(chart, own, loading)] : own)
  return chart
}

/** The declared dependencies that lie elsewhere in the workspace and have not been copied into the chart. */
function loadLocal({ metadata }: Chart, present: readonly Chart[], loading: Loading): Chart[] {
  const names = new Set(present.map((sub) => sub.metadata.name))
  const folders = new Set<string>()
  for (const { name, repository } of metadata.dependencies ?? []) {
    const folder = localFolder(loading.folder, repository)
    if (folder !== undefined && !names.has(name)) folders.add(folder)
  }
  if (loading.depth >= MAX_DEPTH) return []
  return [...folders].flatMap((folder) => loadFolder(folder, { ...loading, depth: loading.depth + 1 }) ?? [])
}

/** The folder that a `file://` repository means, seen from the chart that names it. */
export function localFolder(chart: string, repository: string): string | undefined {
  return repository.startsWith('file://') ? join(chart, repository.slice('file://'.length)) : undefined
}

const documents = new Memo<ValueSource>(10_000_000)

function documentOf(file: ChartFile): ValueSource {
  return documents.get(`${file.name} ${file.path ?? ''}\n${file.text}`, () => readFirst(file))
}

function readFirst(file: ChartFile): ValueSource {
  return readDocument(
    { name: file.name, text: file.text, ...(file.path === undefined ? {} : { file: file.path }) },
    file.text,
    firstDocument(file.text),
  )
}

function chartValues(file: ChartFile | undefined, helm: 3 | 4, problems: Problems): LoadedValues {
  if (!file) return { values: map(), sources: [] }
  const loaded = loadValues({ name: file.name, text: file.text, ...(file.path === undefined ? {} : { file: file.path }) }, helm)
  if (loaded.problem) {
    const { message, span } = loaded.problem
    problems.fatal(`cannot load values.yaml: ${message}`, file.path === undefined ? undefined : { file: file.path, span })
  }
  return loaded
}

/** The files that `.Files` offers. */
function isOther(name: string, apiVersion: string): boolean {
  if (['Chart.yaml', 'Chart.lock', 'values.yaml', 'values.schema.json'].includes(name)) return false
  if (name === 'requirements.yaml' || name === 'requirements.lock') return apiVersion === 'v1'
  return !name.startsWith('templates/') && (!name.startsWith('charts/') || extPath(name) === '.prov')
}

function loadSubcharts(files: readonly ChartFile[], parent: string, loading: Loading): Chart[] {
  const groups = new Map<string, ChartFile[]>()
  for (const file of files) {
    if (!file.name.startsWith('charts/') || extPath(file.name) === '.prov') continue
    const inner = file.name.slice('charts/'.length)
    const name = inner.split('/')[0] ?? ''
    if (name.startsWith('_') || name.startsWith('.')) continue
    const group = groups.get(name)
    if (group) group.push(file)
    else groups.set(name, [file])
  }
  if (groups.size > 0 && loading.depth >= MAX_DEPTH) {
    loading.problems.fatal(`charts are nested deeper than ${MAX_DEPTH} levels`, wholeFile(loading.folder))
    return []
  }
  return [...groups].flatMap(([name, group]) => loadSubchart(name, group, parent, loading) ?? [])
}

function loadSubchart(name: string, group: readonly ChartFile[], parent: string, loading: Loading): Chart | undefined {
  const before = loading.problems.all.length
  const folder = `${loading.folder === '' ? '' : `${loading.folder}/`}charts/${name}`
  const inner = { ...loading, folder, depth: loading.depth + 1 }
  let chart: Chart | undefined
  const [first] = group
  if (extPath(name) === '.tgz') {
    const unpacked = readArchive(first?.bytes ?? new Uint8Array(0))
    if (typeof unpacked === 'string') inner.problems.fatal(unpacked, wholeFile(first?.path ?? folder))
    else chart = loadFiles(unpacked, { ...inner, packaged: true })
  } else {
    const prefix = `charts/${name}/`
    const files = group.filter((file) => file.name.startsWith(prefix)).map((file) => ({ ...file, name: file.name.slice(prefix.length) }))
    chart = loadFiles(files, inner)
  }
  // Helm says in which chart the broken one is.
  const added = loading.problems.all.splice(before)
  for (const problem of added) {
    const message = problem.fatal ? `error unpacking subchart ${name} in ${parent}: ${problem.message}` : problem.message
    loading.problems.all.push({ ...problem, message })
  }
  return chart
}
