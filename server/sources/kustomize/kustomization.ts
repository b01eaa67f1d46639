import { basename, dirname } from '../../text/path.ts'
import type { SourceFile } from '../unit.ts'
import { type Doc, docsOf } from './document.ts'
import { isNull, MapNode, type Node, rootNode } from './node.ts'
import { field, text } from './reading.ts'

/** The names by which kustomize finds a kustomization in a folder. */
export const FILE_NAMES = ['kustomization.yaml', 'kustomization.yml', 'Kustomization'] as const

export function isKustomization(path: string): boolean {
  return (FILE_NAMES as readonly string[]).includes(basename(path))
}

export interface Kustomization {
  readonly file: string
  readonly folder: string
  readonly root: MapNode
  readonly component: boolean
  /** What kustomize refuses in the file itself. */
  readonly problems: readonly { readonly node: Node; readonly part: 'key' | 'value'; readonly message: string }[]
}

const TOP_FIELDS = new Set(
  [
    'apiVersion kind metadata openapi namePrefix nameSuffix namespace commonLabels labels commonAnnotations',
    'patchesStrategicMerge patchesJson6902 patches images imageTags replacements replicas vars sortOptions',
    'resources components crds bases configMapGenerator secretGenerator helmGlobals helmCharts',
    'helmChartInflationGenerator generatorOptions configurations generators transformers validators buildMetadata',
  ].flatMap((line) => line.toLowerCase().split(' ')),
)

const LISTS = [
  'labels patchesStrategicMerge patchesJson6902 patches images imageTags replacements replicas vars resources components',
  'crds bases configMapGenerator secretGenerator helmCharts configurations generators transformers validators buildMetadata',
].flatMap((line) => line.split(' '))

const read = new WeakMap<SourceFile, Kustomization>()

export function readKustomization(file: SourceFile): Kustomization {
  const known = read.get(file)
  if (known) return known
  const kustomization = make(file)
  read.set(file, kustomization)
  return kustomization
}

function make(file: SourceFile): Kustomization {
  const docs = docsOf(file)
  const doc = docs.find(({ body }) => body !== undefined) ?? (docs[0] as Doc)
  const node = rootNode(doc)
  const root = node?.kind === 'map' ? node : new MapNode({ doc, node: 0 }, new Map())
  const problems: { node: Node; part: 'key' | 'value'; message: string }[] = []
  if ([...root.entries].every(([key, value]) => isNull(value) || /^(?:apiVersion|kind)$/i.test(key))) {
    problems.push({ node: root, part: 'value', message: 'The kustomization is empty: kustomize refuses it.' })
  }
  for (const [key, value] of root.entries) {
    if (!TOP_FIELDS.has(key.toLowerCase()))
      problems.push({ node: value, part: 'key', message: `Kustomize knows no field "${key}" and refuses the file.` })
  }
  for (const name of LISTS) {
    const value = field(root, name)
    if (value && !isNull(value) && value.kind !== 'list')
      problems.push({ node: value, part: 'value', message: `"${name}" must be a list.` })
  }
  const kind = text(root, 'kind')
  if (kind !== '' && kind !== 'Kustomization' && kind !== 'Component') {
    problems.push({ node: field(root, 'kind') as Node, part: 'value', message: 'The kind must be Kustomization or Component.' })
  }
  return { file: file.path, folder: dirname(file.path), root, component: kind === 'Component', problems }
}
