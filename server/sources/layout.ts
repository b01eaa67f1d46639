import { isMap, items, text, texts, type Value } from '../model/value.ts'
import { parseYaml } from '../syntax/yaml/index.ts'
import { basename, compareText, dirname, join } from '../text/path.ts'
import type { Files, NotEvaluated, SourceFile } from './unit.ts'

/** Which files are plain manifests, and why the others are not evaluated as such. */
export interface Layout {
  readonly manifests: readonly SourceFile[]
  readonly notEvaluated: readonly NotEvaluated[]
}

interface Kustomization {
  readonly file: string
  readonly component: boolean
  /** Files and folders named as resources. */
  readonly resources: readonly string[]
  readonly components: readonly string[]
  readonly patches: readonly string[]
  /** Values, generator and configuration files: read by kustomize, no objects. */
  readonly others: readonly string[]
}

const KUSTOMIZATION = /(^|\/)kustomization(\.ya?ml)?$/i

export function isKustomization(path: string): boolean {
  return KUSTOMIZATION.test(path)
}

/**
 * A base's resources are plain manifests. What only an overlay or a component reaches, patches, and charts
 * need their own front end: until it is there they are counted, because judging them alone would be wrong.
 */
export function layoutOf(files: Files): Layout {
  const notEvaluated: NotEvaluated[] = []
  const charts = new Set([...files.keys()].filter((path) => basename(path) === 'Chart.yaml').map(dirname))
  const chartOf = chartLookup(charts)
  const kustomizations = [...files.values()]
    .filter((file) => isKustomization(file.path) && chartOf(file.path) === undefined)
    .map(readKustomization)
  const folders = new Map(kustomizations.map((kustomization) => [dirname(kustomization.file), kustomization]))

  const plain = new Set<string>()
  const elsewhere = new Set<string>()
  for (const kustomization of kustomizations) {
    const overlay = kustomization.component || kustomization.resources.some((path) => folders.has(path))
    const own = kustomization.resources.filter((path) => files.has(path))
    for (const path of own) (overlay ? elsewhere : plain).add(path)
    for (const path of [...kustomization.patches, ...kustomization.others]) elsewhere.add(path)
    const reason = reasonOf(kustomization, overlay, own.length)
    if (reason) notEvaluated.push({ file: kustomization.file, reason })
  }
  const manifests: SourceFile[] = []
  for (const file of files.values()) {
    if (!/\.(ya?ml|json)$/i.test(file.path) || isKustomization(file.path) || basename(file.path) === '.kube-zero-trust.yaml') continue
    if (chartOf(file.path) !== undefined || (elsewhere.has(file.path) && !plain.has(file.path))) continue
    manifests.push(file)
  }
  for (const chart of charts) {
    // A subchart is counted with its parent.
    if (chartOf(chart) === undefined)
      notEvaluated.push({
        file: chart === '' ? 'Chart.yaml' : `${chart}/Chart.yaml`,
        reason: 'Helm chart: its templates are not rendered.',
      })
  }
  manifests.sort((a, b) => compareText(a.path, b.path))
  return { manifests, notEvaluated }
}

/** The outermost chart folder above a path. */
function chartLookup(charts: ReadonlySet<string>): (path: string) => string | undefined {
  if (charts.size === 0) return () => undefined
  const known = new Map<string, string | undefined>()
  const chartAt = (folder: string): string | undefined => {
    if (known.has(folder)) return known.get(folder)
    const above = folder === '' ? undefined : chartAt(dirname(folder))
    const found = above ?? (charts.has(folder) ? folder : undefined)
    known.set(folder, found)
    return found
  }
  return (path) => (path === '' ? undefined : chartAt(dirname(path)))
}

function reasonOf(kustomization: Kustomization, overlay: boolean, own: number): string | undefined {
  const files = own === 1 ? '1 file' : `${own} files`
  if (kustomization.component) return `Kustomize component: ${files} and its patches are not built.`
  if (overlay) return `Kustomize overlay: it is not built; ${files} of its own are not judged, its bases are.`
  return kustomization.patches.length > 0 || kustomization.components.length > 0
    ? 'Kustomize patches are not applied: the resources are judged as they are written.'
    : undefined
}

const read = new WeakMap<SourceFile, Kustomization>()

function readKustomization(file: SourceFile): Kustomization {
  const known = read.get(file)
  if (known) return known
  const body = parseYaml(file.text).body
  const folder = dirname(file.path)
  const inside = (paths: readonly string[]): string[] => paths.map((path) => join(folder, path)).filter((path) => path !== undefined)
  const patchFiles = (key: string): string[] =>
    items(body, key)
      .map((patch) => (isMap(patch) ? text(patch, 'path') : typeof patch === 'string' ? patch : undefined))
      .filter((path) => path !== undefined && !path.includes('\n')) as string[]
  const kustomization: Kustomization = {
    file: file.path,
    component: text(body, 'kind') === 'Component',
    resources: inside([...texts(body, 'resources'), ...texts(body, 'bases')]),
    components: inside(texts(body, 'components')),
    patches: inside([...patchFiles('patches'), ...patchFiles('patchesStrategicMerge'), ...patchFiles('patchesJson6902')]),
    others: inside([
      ...['generators', 'transformers', 'validators', 'configurations', 'crds'].flatMap((key) => texts(body, key)),
      ...items(body, 'replacements')
        .map((item) => text(item, 'path'))
        .filter((path) => path !== undefined),
      ...['configMapGenerator', 'secretGenerator'].flatMap((key) => items(body, key).flatMap(generatorFiles)),
      ...items(body, 'helmCharts')
        .map((item) => text(item, 'valuesFile'))
        .filter((path) => path !== undefined),
    ]),
  }
  read.set(file, kustomization)
  return kustomization
}

function generatorFiles(generator: Value): string[] {
  const files = texts(generator, 'files').map((entry) => entry.slice(entry.indexOf('=') + 1))
  return [...files, ...texts(generator, 'envs'), ...[text(generator, 'env')].filter((path) => path !== undefined)]
}
