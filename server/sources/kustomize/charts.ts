import { equal } from '../../model/value.ts'
import { parseYaml, spansOf } from '../../syntax/yaml/index.ts'
import { join } from '../../text/path.ts'
import type { NamedText } from '../chart/load-values.ts'
import { crdsOf } from '../chart/print.ts'
import { type Rendering, renderChart } from '../chart/render.ts'
import type { Files } from '../unit.ts'
import { docsOf, renderedDoc } from './document.ts'
import type { Loader } from './loader.ts'
import type { MapNode, Node } from './node.ts'
import { objectsOf } from './objects.ts'
import { field, flag, map, scalar, scalars, text } from './reading.ts'
import type { Resource } from './resource.ts'

/** The chart is not in the workspace. */
interface Elsewhere {
  readonly unknown: string
}

/**
 * What a chart of the workspace renders, for an entry of `helmCharts` or of the field before it
 * (`api/internal/builtins/HelmChartInflationGenerator.go`). Nothing is pulled.
 */
export function inflate(entry: MapNode, root: Node | undefined, files: Files, loader: Loader): readonly Resource[] | Elsewhere {
  const { log } = loader
  const name = text(entry, 'name') || text(entry, 'chartName')
  const at = field(entry, 'name') ?? field(entry, 'chartName') ?? entry
  const namespace = text(root, 'namespace')
  const folder = chartFolder(entry, map(root, 'helmGlobals'), loader.folder)
  if (folder === undefined) return { unknown: `The chart ${name} is outside of the workspace.` }
  log.reads.add(`${folder}/Chart.yaml`)
  if (!files.has(`${folder}/Chart.yaml`)) {
    if (text(entry, 'repo') || text(entry, 'chartRepoUrl')) return { unknown: `The chart ${name} is on a server: it is not rendered.` }
    log.problem(at, `There is no chart in "${folder}", and no "repo" to get it from.`, { incomplete: true })
    return { unknown: `The chart ${name} is missing.` }
  }
  log.reads.add(`${folder}/`)
  for (const path of files.keys()) if (path.startsWith(`${folder}/`)) log.reads.add(path)
  const kubeVersion = text(entry, 'kubeVersion')
  const rendering = renderChart(files, folder, {
    helm: 3,
    release: { name: text(entry, 'releaseName') || name, namespace: text(entry, 'namespace') || namespace || 'default' },
    values: valuesOf(entry, `${folder}/values.yaml`, files, loader, at),
    apiVersions: scalars(entry, 'apiVersions').map((version) => version.text),
    ...(kubeVersion === '' ? {} : { kubeVersion }),
  })
  const { failure } = rendering
  if (failure) {
    log.problem(at, `Helm stops: ${failure.message}`, { incomplete: true })
    if (failure.location) log.problem(failure.location, failure.message, { incomplete: true })
  }
  return objectsIn(rendering, entry, files, loader)
}

function chartFolder(entry: Node, globals: Node | undefined, folder: string): string | undefined {
  const name = text(entry, 'name') || text(entry, 'chartName')
  const version = text(entry, 'version') || text(entry, 'chartVersion')
  const repo = text(entry, 'repo') || text(entry, 'chartRepoUrl')
  const home = text(globals, 'chartHome') || text(entry, 'chartHome') || 'charts'
  return join(folder, [home, ...(version && repo ? [`${name}-${version}`] : []), name].join('/'))
}

/** Where the chart of an entry would be, and whether it is there. */
export function localChart(entry: Node, globals: Node | undefined, folder: string, files: Files): string | undefined {
  const found = chartFolder(entry, globals, folder)
  return found !== undefined && files.has(`${found}/Chart.yaml`) ? found : undefined
}

/** Values files in Helm's order: the later ones win. */
function valuesOf(entry: MapNode, ownPath: string, files: Files, loader: Loader, at: Node): NamedText[] {
  const named = scalar(entry, 'valuesFile') ?? scalar(entry, 'values')
  const inline = map(entry, 'valuesInline') ?? map(entry, 'valuesLocal')
  const added = scalars(entry, 'additionalValuesFiles').flatMap((path) => {
    const file = loader.read(path)
    return file && file !== 'remote' ? [{ name: path.text, file: file.path, text: file.text }] : []
  })
  const written = inline && inline.entries.size > 0 ? inlineValues(inline, files) : undefined
  const merge = text(entry, 'valuesMerge') || 'override'
  if (written && merge === 'replace') return [written, ...added]
  const file = named ? loader.read(named) : files.get(ownPath)
  if (!named && !file) loader.log.problem(at, 'The chart has no values.yaml: kustomize wants one, or a "valuesFile".')
  const first = file && file !== 'remote' ? [{ name: file.path, file: file.path, text: file.text }] : []
  if (!written) return [...first, ...added]
  return merge === 'merge' ? [written, ...first, ...added] : [...first, written, ...added]
}

/** The inline values as a file of their own, whose places are those in the kustomization. */
function inlineValues(node: MapNode, files: Files): NamedText {
  const { doc, node: index } = node.from
  const file = files.get(doc.file)
  if (file && !doc.inside && !doc.rendered && node.own) {
    const { start, end } = spansOf(doc.tree, index).value
    const text = file.text.slice(0, doc.start + start).replace(/[^\n]/g, ' ') + file.text.slice(doc.start + start, doc.start + end)
    if (equal(parseYaml(text).body ?? null, node.value)) return { name: 'valuesInline', file: file.path, text }
  }
  return { name: 'valuesInline', text: JSON.stringify(node.value) }
}

/** In the order in which Helm prints them. */
function objectsIn(rendering: Rendering, entry: MapNode, files: Files, loader: Loader): readonly Resource[] {
  const { chart, documents, hooks, templates } = rendering
  const crds = chart && flag(entry, 'includeCRDs') ? crdsOf(chart) : []
  const skipTests = flag(entry, 'skipTests')
  const isTest = (events: readonly string[] | undefined): boolean => events?.some((event) => event.startsWith('test')) ?? false
  const run = flag(entry, 'skipHooks') ? [] : hooks.filter(({ hook }) => !(skipTests && isTest(hook)))
  const paths = new Map(templates.map(({ name, file }) => [name, file.path]))
  const docs = [
    ...crds.flatMap(({ path }) => {
      const file = path === undefined ? undefined : files.get(path)
      return file ? docsOf(file) : []
    }),
    ...[...documents, ...run].map(({ template, text, tree }) => renderedDoc(paths.get(template) ?? loader.log.file, text, tree)),
  ]
  return docs.flatMap((doc) => {
    const { resources, problems } = objectsOf(doc)
    for (const { message, harmless, ...place } of problems) if (!harmless) loader.log.problem(place, message, { incomplete: true })
    return resources.map((resource) => ({ ...resource, fromChart: true }))
  })
}
