import { inNamespace, type KubeObject, makeObject } from '../../../model/object.ts'
import { isList, isMap, isUnknown, unknownReason, type Value } from '../../../model/value.ts'
import { join } from '../../../text/path.ts'
import { objectsOf, type Entry } from '../../chart/objects.ts'
import { chartFile, placeOfDocument } from '../../chart/outside.ts'
import { layersOf } from '../../chart/layers.ts'
import { loadValues } from '../../chart/load-values.ts'
import { type Rendering, renderChart } from '../../chart/render.ts'
import { NAMESPACE } from '../../chart/unknown.ts'
import type { Rendered } from '../../chart/writing/state.ts'
import type { Files, Problem, SourceFile } from '../../unit.ts'
import { entries, isKnown, isNull, type Val } from '../eval/value.ts'
import type { ResourceInstance } from '../instance.ts'
import { type ReleaseValues, valuesOf } from './values.ts'

/** A `helm_release` of a chart in the workspace, rendered with the values that the module gives it. */
export interface ChartRelease {
  readonly resource: ResourceInstance
  readonly folder: string
  readonly values: ReleaseValues
  readonly rendered: Rendered
  /** What it was made of: equal ones give an equal result. */
  readonly key: string
  readonly chartFiles: readonly SourceFile[]
  render(files: Files): Rendered
}

const HELM = 3

/**
 * Undefined where the chart comes from elsewhere, or is not known.
 * @param root the folder that Terraform runs in, which paths of charts are relative to
 */
export function releaseOf(
  resource: ResourceInstance,
  unit: string,
  root: string,
  files: Files,
  previous: readonly ChartRelease[],
): ChartRelease | undefined {
  if (resource.type !== 'helm_release') return undefined
  const arguments_ = entries(resource.value)
  const folder = localChart(arguments_, root, files)
  if (folder === undefined) return undefined
  const namespace = namespaceOf(arguments_?.get('namespace'))
  const name = textIn(arguments_, 'name') ?? 'release-name'
  const values = valuesOf(resource.value, resource.address, files)
  const key = JSON.stringify([folder, name, namespace, values.texts, values.set])
  const chartFiles = filesBelow(files, folder)
  const old = previous.find((each) => each.key === key && each.resource.address === resource.address)
  const render = (changed: Files): Rendered => {
    // What the module reads as a file is read again.
    const texts = values.texts.map((each) =>
      each.file === undefined ? each : { ...each, text: changed.get(each.file)?.text ?? each.text },
    )
    const rendering = renderChart(changed, folder, {
      helm: HELM,
      lenient: true,
      release: { name, namespace: namespace ?? 'default' },
      values: texts,
      set: values.set,
    })
    const given = texts.flatMap((each) => loadValues(each, HELM).sources)
    const layers = rendering.chart ? layersOf(rendering.chart, given) : []
    return { files: changed, rendering, objects: objectsIn(rendering, unit, namespace), layers }
  }
  const rendered = old && sameFiles(old.chartFiles, chartFiles) ? old.rendered : render(files)
  return { resource, folder, values, rendered, key, chartFiles, render }
}

function sameFiles(a: readonly SourceFile[], b: readonly SourceFile[]): boolean {
  return a.length === b.length && a.every((file, i) => file === b[i])
}

function filesBelow(files: Files, folder: string): SourceFile[] {
  const prefix = folder === '' ? '' : `${folder}/`
  return [...files.values()].filter(({ path }) => path.startsWith(prefix))
}

/** A chart with a repository is on a server, whatever is called like it here. */
function localChart(arguments_: ReadonlyMap<string, Val> | undefined, root: string, files: Files): string | undefined {
  const chart = textIn(arguments_, 'chart')
  const repository = arguments_?.get('repository')
  if (chart === undefined || (repository && !isNull(repository))) return undefined
  const folder = join(root, chart)
  return folder !== undefined && files.has(chartFile(folder)) ? folder : undefined
}

function textIn(arguments_: ReadonlyMap<string, Val> | undefined, name: string): string | undefined {
  const data = arguments_?.get(name)?.data
  return typeof data === 'string' ? data : undefined
}

/** Undefined while it is not known. */
function namespaceOf(value: Val | undefined): string | undefined {
  if (!value || isNull(value)) return 'default'
  return isKnown(value) && typeof value.data === 'string' ? value.data : undefined
}

/** What the release brings, in its namespace where that is known. */
function objectsIn(rendering: Rendering, unit: string, namespace: string | undefined): ReadonlyMap<KubeObject, Entry> {
  const objects = objectsOf(rendering, unit, (document) => placeOfDocument(document).file, [])
  if (namespace === undefined) return objects
  const placed = new Map<KubeObject, Entry>()
  for (const [object, entry] of objects) placed.set(inNamespace(withNamespace(object, namespace), namespace), entry)
  return placed
}

/** Where the chart writes the namespace of the release, it is known here. */
function withNamespace(object: KubeObject, namespace: string): KubeObject {
  const body = replaced(object.body, namespace)
  return body === object.body ? object : (makeObject(body, object.unit, object.file) ?? object)
}

function replaced(value: Value, namespace: string): Value {
  if (isUnknown(value)) return unknownReason(value) === NAMESPACE ? namespace : value
  if (isList(value)) {
    const items = value.map((item) => replaced(item, namespace))
    return items.some((item, i) => item !== value[i]) ? items : value
  }
  if (!isMap(value)) return value
  let changed = false
  const result: Record<string, Value> = {}
  for (const [key, item] of Object.entries(value)) {
    const now = replaced(item, namespace)
    if (now !== item) changed = true
    if (key === '__proto__') return value
    result[key] = now
  }
  return changed ? result : value
}

/** What is wrong with the chart, said where it is written, else at the release. */
export function problemsOf({ rendered, resource }: ChartRelease): Problem[] {
  const { file, block } = resource.declared
  const span = { start: block.start, end: block.labels.at(-1)?.end ?? block.type.end }
  return rendered.rendering.problems.map(({ message, fatal, incomplete, location, said }) => ({
    ...(location ?? { file, span }),
    message,
    severity: fatal && !said ? 'error' : 'warning',
    ...(fatal && incomplete ? { incomplete: true } : {}),
  }))
}
