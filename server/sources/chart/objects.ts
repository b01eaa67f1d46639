import { type KubeObject, makeObject } from '../../model/object.ts'
import { equal, type Path, text as textAt, type Value } from '../../model/value.ts'
import { type GoText, textOf } from '../../syntax/go-template/text.ts'
import { parseYaml, splitDocuments, type YamlTree } from '../../syntax/yaml/index.ts'
import { Memo } from '../../text/memo.ts'
import { holdsPlaceholders, markPlaceholders } from '../placeholder.ts'
import { unfold } from '../unfold.ts'
import { withoutSchemas } from './crd-text.ts'
import type { Chart } from './model.ts'
import { crdsOf } from './print.ts'
import type { Rendering } from './render.ts'
import { bodyOf } from './unknown.ts'

/** A document that a chart brings into the cluster: rendered, or a file of `crds/` as it is. */
export interface ChartDocument {
  readonly text: GoText
  readonly tree: YamlTree
  /** The chart that it is of. */
  readonly chart: Chart
  /** The template or file in the workspace; undefined for what is in a package. */
  readonly file: string | undefined
  /** As Helm names it: `chart/templates/x.yaml`. */
  readonly source: string
}

/** One object, and where it stands in its document: at the top, or among the items of a `List`. */
export interface Entry {
  readonly document: ChartDocument
  readonly prefix: Path
}

/** The objects of a chart in the order in which Helm installs them. Those that are as they were are kept. */
export function objectsOf(
  rendering: Rendering,
  unit: string,
  fileOf: (document: ChartDocument) => string,
  previous: readonly KubeObject[],
): Map<KubeObject, Entry> {
  const before = new Map<string, KubeObject[]>()
  for (const object of previous) before.set(object.id, [...(before.get(object.id) ?? []), object])
  const objects = new Map<KubeObject, Entry>()
  for (const document of documentsOf(rendering)) {
    for (const { body, prefix } of unfold(withUnknowns(document))) {
      const object = makeObject(body, unit, fileOf(document))
      if (!object) continue
      const old = before.get(object.id)?.shift()
      objects.set(old && isSame(old, object) ? old : object, { document, prefix })
    }
  }
  return objects
}

/** The objects as they are rendered. */
export function entriesOf(rendering: Rendering): Entry[] {
  return documentsOf(rendering).flatMap((document) => unfold(document.tree.body).map(({ prefix }) => ({ document, prefix })))
}

function isSame(a: KubeObject, b: KubeObject): boolean {
  return a.unit === b.unit && a.file === b.file && a.apiVersion === b.apiVersion && equal(a.body, b.body)
}

function withUnknowns({ text, tree }: ChartDocument): Value | undefined {
  const body = bodyOf(text, tree)
  const isPlain = body === undefined || textAt(body, 'kind') === 'CustomResourceDefinition' || !holdsPlaceholders(body)
  return isPlain ? body : markPlaceholders(body)
}

/** Everything that an installation brings; tests are run by hand, and go again. */
function documentsOf({ chart, documents, hooks, templates }: Rendering): ChartDocument[] {
  if (!chart) return []
  const byName = new Map(templates.map((template) => [template.name, template]))
  const lasting = hooks.filter(({ hook }) => !hook?.some((event) => event === 'test' || event === 'test-success'))
  const rendered = [...documents, ...lasting].flatMap(({ template, text, tree }): ChartDocument[] => {
    const from = byName.get(template)
    return from ? [{ text, tree, chart: from.chart, file: from.file.path, source: template }] : []
  })
  return [...crdsOf(chart).flatMap(crdDocuments), ...rendered]
}

const crdTrees = new Memo<YamlTree>(20_000_000)

function crdDocuments({ chart, source, path, text }: ReturnType<typeof crdsOf>[number]): ChartDocument[] {
  return splitDocuments(text).map(({ start, end }) => {
    const part = text.slice(start, end)
    const origin = { kind: 'file', file: path ?? source } as const
    return { text: textOf(part, origin, start), tree: crdTrees.get(part, () => parseYaml(withoutSchemas(part))), chart, file: path, source }
  })
}
