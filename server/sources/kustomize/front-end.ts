import { basename, compareText, dirname, join } from '../../text/path.ts'
import type { FrontEnd, Plan, UnitPlan } from '../front-end.ts'
import type { Files, NotEvaluated } from '../unit.ts'
import { localChart } from './charts.ts'
import { isRemote } from './loader.ts'
import { FILE_NAMES, isKustomization, type Kustomization, readKustomization } from './kustomization.ts'
import { inlineObjects } from './objects.ts'
import { items, map, scalar, scalars, text } from './reading.ts'
import { evaluateKustomization } from './unit.ts'

/**
 * One unit for each kustomization that no other one uses, named after its folder. What a kustomization reaches
 * belongs to the builds that reach it; a component that nobody switches on is counted, not judged.
 */
export const kustomizeFrontEnd: FrontEnd = {
  kind: 'kustomization',
  decides: ({ path }) => isKustomization(path),
  plan(files, taken) {
    const found = [...files.values()].filter(({ path }) => isKustomization(path) && !taken(path) && !isTemplate(path, files))
    return plan(files, found.sort((a, b) => compareText(a.path, b.path)).map(readKustomization))
  },
}

/** What one kustomization names: other kustomizations, files of its own, and folders of charts. */
interface Reach {
  readonly kustomizations: readonly string[]
  readonly files: readonly string[]
  readonly charts: readonly string[]
}

function plan(files: Files, kustomizations: readonly Kustomization[]): Plan {
  const reaches = new Map(kustomizations.map((each) => [each.file, reachOf(files, each)]))
  const used = new Set([...reaches.values()].flatMap((reach) => reach.kustomizations))
  const tops: Kustomization[] = []
  const covered = new Set<string>()
  const add = (top: Kustomization): void => {
    for (const path of closure(top.file, reaches)) covered.add(path)
    tops.push(top)
  }
  for (const each of kustomizations) if (!each.component && !used.has(each.file)) add(each)
  // Kustomizations that use each other in a circle have no top: the first of them stands for all.
  for (const each of kustomizations) if (!each.component && !covered.has(each.file)) add(each)
  const claimed = new Set([...reaches.values()].flatMap((reach) => reach.files))
  const charts = new Set([...covered].flatMap((path) => reaches.get(path)?.charts ?? []))
  return {
    units: tops.map(unitPlan),
    taken: (path) => (isKustomization(path) && !isTemplate(path, files)) || claimed.has(path) || (charts.size > 0 && isBelow(path, charts)),
    notEvaluated: kustomizations.flatMap((each) => unusedComponent(each, covered, reaches.get(each.file))),
  }
}

/** What a chart renders, whatever its name is. */
function isTemplate(path: string, files: Files): boolean {
  const at = path.lastIndexOf('/templates/')
  return at >= 0 ? files.has(`${path.slice(0, at)}/Chart.yaml`) : path.startsWith('templates/') && files.has('Chart.yaml')
}

function isBelow(path: string, folders: ReadonlySet<string>): boolean {
  for (let folder = dirname(path); folder !== ''; folder = dirname(folder)) if (folders.has(folder)) return true
  return false
}

function unitPlan({ file, folder }: Kustomization): UnitPlan {
  const variant = basename(folder)
  return {
    id: file,
    ...(variant === '' ? {} : { variant }),
    evaluate: (files, previous) => evaluateKustomization(files, file, previous),
  }
}

function unusedComponent({ component, file }: Kustomization, covered: ReadonlySet<string>, reach: Reach | undefined): NotEvaluated[] {
  if (!component || covered.has(file)) return []
  const count = reach?.files.length ?? 0
  const what = count === 0 ? 'its patches are' : count === 1 ? '1 file is' : `${count} files are`
  return [{ file, reason: `Kustomize component that no kustomization here switches on: ${what} not judged.` }]
}

/** Every file that a kustomization reaches, itself among them. */
function closure(file: string, reaches: ReadonlyMap<string, Reach>): ReadonlySet<string> {
  const reached = new Set([file])
  const queue = [file]
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    const reach = reaches.get(next)
    for (const path of reach?.files ?? []) reached.add(path)
    for (const path of reach?.kustomizations ?? []) {
      if (reached.has(path)) continue
      reached.add(path)
      queue.push(path)
    }
  }
  return reached
}

const FILE_LISTS = ['patchesStrategicMerge', 'configurations', 'crds'] as const
const FOLDER_LISTS = ['resources', 'bases', 'components'] as const
const PLUGIN_LISTS = ['generators', 'transformers', 'validators'] as const

function reachOf(files: Files, { root, folder }: Kustomization): Reach {
  const kustomizations: string[] = []
  const own: string[] = []
  const take = (path: string): void => {
    const resolved = path === '' || isRemote(path) ? undefined : join(folder, path)
    if (resolved === undefined) return
    if (files.has(resolved)) own.push(resolved)
    else
      for (const name of FILE_NAMES)
        if (files.has(resolved === '' ? name : `${resolved}/${name}`)) kustomizations.push(resolved === '' ? name : `${resolved}/${name}`)
  }
  for (const list of [...FOLDER_LISTS, ...FILE_LISTS])
    for (const entry of scalars(root, list)) if (!entry.text.includes('\n')) take(entry.text)
  for (const list of PLUGIN_LISTS) for (const entry of scalars(root, list)) if (inlineObjects(entry).length === 0) take(entry.text)
  for (const list of ['patches', 'patchesJson6902', 'replacements']) for (const entry of items(root, list)) take(text(entry, 'path'))
  for (const generator of [...items(root, 'configMapGenerator'), ...items(root, 'secretGenerator')]) {
    const paths = scalars(generator, 'files').map((entry) => entry.text.slice(entry.text.indexOf('=') + 1))
    for (const path of [...paths, ...scalars(generator, 'envs').map((entry) => entry.text), text(generator, 'env')]) take(path)
  }
  const charts = [...items(root, 'helmCharts'), ...items(root, 'helmChartInflationGenerator')]
  for (const chart of charts) {
    const values = [scalar(chart, 'valuesFile'), scalar(chart, 'values'), ...scalars(chart, 'additionalValuesFiles')]
    for (const entry of values) if (entry) take(entry.text)
  }
  take(text(map(root, 'openapi'), 'path'))
  const globals = map(root, 'helmGlobals')
  return { kustomizations, files: own, charts: charts.flatMap((chart) => localChart(chart, globals, folder, files) ?? []) }
}
