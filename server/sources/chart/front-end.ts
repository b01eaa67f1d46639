import { items, text } from '../../model/value.ts'
import { parseYaml } from '../../syntax/yaml/index.ts'
import { basename, compareText, dirname } from '../../text/path.ts'
import type { FrontEnd, Plan, UnitPlan } from '../front-end.ts'
import type { Files, NotEvaluated, SourceFile } from '../unit.ts'
import { type Installed, installedBy, mayInstall } from './installed.ts'
import { localFolder } from './load.ts'
import { chartFile } from './outside.ts'
import { ChartUnit, evaluateChart, type Installation } from './unit.ts'
import { isKnown, type Variant, variantsOf } from './variants.ts'

/**
 * One unit for each chart that no other one brings in, and each of its values files. A subchart belongs to the
 * chart round it, and a library chart to those that use it.
 */
export const chartFrontEnd: FrontEnd = {
  kind: 'chart',
  decides: (file) => /(^|\/)(Chart|requirements)\.yaml$/.test(file.path) || mayInstall(file),
  plan,
}

/** A folder with a `Chart.yaml`. */
interface Found {
  readonly folder: string
  readonly name: string
  readonly library: boolean
  /** The folders of charts in the workspace that it takes in. */
  readonly uses: readonly string[]
}

function plan(files: Files, taken: (path: string) => boolean): Plan {
  const folders = new Set([...files.keys()].filter((path) => basename(path) === 'Chart.yaml').map(dirname))
  const charts = [...folders].filter((folder) => !isSubchart(folder, folders)).map((folder) => read(files, folder))
  const used = new Set(charts.flatMap((chart) => chart.uses.filter((folder) => folder !== chart.folder)))
  // A kustomization renders the charts that it names, with its own values.
  const installed = charts.filter(({ folder, library }) => !library && !used.has(folder) && !taken(chartFile(folder)))
  const belongs = belongsToChart(folders)
  const objects = folders.size === 0 ? [] : [...files.values()].filter(({ path }) => !belongs(path)).flatMap(installedBy)
  const variants = variantsOf(files, new Set(installed.map(({ folder }) => folder)), objects)
  return {
    units: installed.flatMap((chart) => unitsOf(chart, variants.get(chart.folder) ?? new Map())),
    taken: belongs,
    notEvaluated: [...charts.flatMap((chart) => unusedLibrary(chart, used)), ...objects.flatMap((each) => notKnown(each, files, folders))],
  }
}

/** Values that are not in the workspace are not guessed. */
function notKnown(installed: Installed, files: Files, folders: ReadonlySet<string>): NotEvaluated[] {
  const { file, object, folder, open } = installed
  if (!folders.has(folder) || isKnown(installed, files)) return []
  const why = open ? 'with values that are in the cluster' : 'with a values file that is not in the workspace'
  return [{ file, reason: `${object} installs the chart ${folder} ${why}: what it renders to there is not judged.` }]
}

function unusedLibrary({ folder, library }: Found, used: ReadonlySet<string>): NotEvaluated[] {
  if (!library || used.has(folder)) return []
  return [{ file: chartFile(folder), reason: 'Helm library chart that no chart here uses: it renders nothing by itself.' }]
}

/** `charts/x` of a chart. */
function isSubchart(folder: string, folders: ReadonlySet<string>): boolean {
  const above = dirname(folder)
  return basename(above) === 'charts' && folders.has(dirname(above))
}

function read(files: Files, folder: string): Found {
  const file = files.get(chartFile(folder))
  const body = file && bodyOf(file)
  const requirements = files.get(folder === '' ? 'requirements.yaml' : `${folder}/requirements.yaml`)
  const dependencies = [...items(body, 'dependencies'), ...items(requirements && bodyOf(requirements), 'dependencies')]
  return {
    folder,
    name: text(body, 'name') ?? (basename(folder) || 'chart'),
    library: text(body, 'type') === 'library',
    uses: dependencies.flatMap((each) => localFolder(folder, text(each, 'repository') ?? '') ?? []),
  }
}

const bodies = new WeakMap<SourceFile, ReturnType<typeof parseYaml>['body']>()

function bodyOf(file: SourceFile) {
  if (!bodies.has(file)) bodies.set(file, parseYaml(file.text).body)
  return bodies.get(file)
}

function unitsOf({ folder, name }: Found, variants: ReadonlyMap<string, Variant>): UnitPlan[] {
  const id = chartFile(folder)
  const unit = (suffix: string, { release = name, ...given }: Variant): Omit<UnitPlan, 'variant'> => {
    const installation: Installation = { id: id + suffix, folder, release, ...given }
    return {
      id: installation.id,
      made: (unit) => unit instanceof ChartUnit && unit.isOf(installation),
      evaluate: (files, previous) => evaluateChart(files, installation, previous),
    }
  }
  const own = unit('', { values: [], set: [] })
  if (variants.size === 0) return [own]
  const named = [...variants].sort(([a], [b]) => compareText(a, b))
  return [{ ...own, variant: 'default' }, ...named.map(([variant, given]) => ({ ...unit(`#${variant}`, given), variant }))]
}

/** What Helm itself looks for in a chart. */
const OWN = /^(templates|crds|charts|ci|files)\/|^[^/]+$/

/** Whether a path is inside a chart. A chart that is the whole workspace claims only what is Helm's. */
function belongsToChart(folders: ReadonlySet<string>): (path: string) => boolean {
  if (folders.size === 0) return () => false
  const known = new Map<string, boolean>([['', false]])
  const inside = (folder: string): boolean => {
    const before = known.get(folder)
    if (before !== undefined) return before
    const found = folders.has(folder) || inside(dirname(folder))
    known.set(folder, found)
    return found
  }
  return (path) => inside(dirname(path)) || (folders.has('') && OWN.test(path))
}
