import { isMap, items, text, texts, type Value } from '../../model/value.ts'
import { parseYaml } from '../../syntax/yaml/index.ts'
import { dirname, join } from '../../text/path.ts'
import type { FrontEnd, Plan } from '../front-end.ts'
import type { Files, NotEvaluated, SourceFile } from '../unit.ts'

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

function isKustomization(path: string): boolean {
  return KUSTOMIZATION.test(path)
}

/**
 * A base's resources are plain manifests. What only an overlay or a component reaches, and patches, are
 * counted, because judging them alone would be wrong.
 */
export const kustomizeFrontEnd: FrontEnd = {
  kind: 'kustomization',
  decides: isKustomization,
  plan(files, taken) {
    return plan(files, [...files.values()].filter((file) => isKustomization(file.path) && !taken(file.path)).map(readKustomization))
  },
}

function plan(files: Files, kustomizations: readonly Kustomization[]): Plan {
  const folders = new Set(kustomizations.map(({ file }) => dirname(file)))
  const notEvaluated: NotEvaluated[] = []
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
  return {
    units: [],
    taken: (path) => isKustomization(path) || (elsewhere.has(path) && !plain.has(path)),
    notEvaluated,
  }
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
