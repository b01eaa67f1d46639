import { isMap, type Path, type Value } from '../../../model/value.ts'
import { type Cell, flatten, type Origin } from '../../../syntax/go-template/provenance.ts'
import type { Piece } from '../../../syntax/go-template/text.ts'
import { editYaml, findNode, stringifyYaml, type YamlChange } from '../../../syntax/yaml/index.ts'
import type { FileEdit } from '../../unit.ts'
import { type Layer, pathInRoot } from '../layers.ts'
import { isOurs } from '../ours.ts'
import { decidedBy } from '../trace.ts'
import type { Attempt, Rendered } from './state.ts'

type ValueChange =
  | { readonly op: 'set'; readonly value: Value }
  | { readonly op: 'insert'; readonly index: number; readonly value: Value }
  | { readonly op: 'remove' }

/** The ways to change a value of the outermost chart's values: where it is written, then in the file of the variant. */
export function* changeValue(rendered: Rendered, path: Path, change: ValueChange): Iterable<Attempt> {
  const { layers } = rendered
  if (path.length === 0) return
  const writable = layers.filter(({ source, chart }) => source.file !== undefined && (chart === undefined || isOurs(chart)))
  const winning = layers.find((layer) => holds(layer, path))
  const home = winning && writable.includes(winning) ? winning : (nearest(writable, path) ?? writable.at(0))
  const given = writable.find(({ chart }) => chart === undefined)
  const places = home === undefined ? [] : given === undefined || given === home ? [home] : [home, given]
  for (const layer of places) {
    const edits = editLayer(layer, path.slice(layer.prefix.length), change, winning === layer || !winning)
    if (edits.length > 0) yield { edits }
  }
  if (places.length === 0 && change.op === 'set') yield* newValues(rendered, path, change.value)
}

function holds({ source, prefix }: Layer, path: Path): boolean {
  return startsWith(path, prefix) && findNode(source.tree, path.slice(prefix.length)) !== undefined
}

function startsWith(path: Path, start: Path): boolean {
  return start.every((step, i) => path[i] === step)
}

/** The chart's own layer that holds most of the way to a path. */
function nearest(layers: readonly Layer[], path: Path): Layer | undefined {
  let best: Layer | undefined
  let longest = -1
  for (const layer of layers) {
    if (layer.chart === undefined || !startsWith(path, layer.prefix)) continue
    let length = path.length
    while (length > layer.prefix.length && !holds(layer, path.slice(0, length))) length--
    // What overrides a subchart's value stands with its parent's values; what is written nowhere, with its own chart's.
    if (length > longest) {
      longest = length
      best = layer
    }
  }
  return best
}

function editLayer({ source }: Layer, below: Path, change: ValueChange, own: boolean): FileEdit[] {
  const { file, text, base } = source
  if (file === undefined || below.length === 0) return []
  const path = [...(source.at ?? []), ...below]
  // What a lower layer has is taken away with a null.
  const inDocument: YamlChange = change.op === 'remove' && !own ? { op: 'set', path, value: null } : { ...change, path }
  const result = editYaml(text, [inDocument])
  if ('refused' in result) return []
  return result.edits.map(({ start, end, text }) => ({ file, span: { start: base + start, end: base + end }, text }))
}

/** For a chart without values of its own. */
function* newValues({ rendering }: Rendered, path: Path, value: Value): Iterable<Attempt> {
  const { chart } = rendering
  if (!chart || chart.packaged || path.some((step) => typeof step === 'number')) return
  const body = path.reduceRight<Value>((inner, step) => ({ [step]: inner }), value)
  const file = chart.folder === '' ? 'values.yaml' : `${chart.folder}/values.yaml`
  yield { edits: [], created: [{ file, text: stringifyYaml(body) }] }
}

/** The paths of the values that decided, or took part in, a text; each once. */
export function valuesIn(rendered: Rendered, origins: Iterable<Origin>): Path[] {
  const paths = new Map<string, Path>()
  for (const origin of origins) {
    for (const each of flatten(origin)) {
      const path = each.kind === 'cell' && !each.isKey ? pathInRoot(rendered.layers, each) : undefined
      if (path) paths.set(JSON.stringify(path), path)
    }
  }
  return [...paths.values()]
}

/** The list or map of the values that a text was printed from. */
export function collectionIn(rendered: Rendered, all: readonly Piece[]): Path | undefined {
  let common: Path | undefined
  for (const { origin } of all) {
    const decided = decidedBy(origin)
    // What `toYaml` adds between the values is the function's own.
    if (decided.kind === 'literal') continue
    const path = decided.kind === 'cell' ? collectionOf(rendered, decided) : undefined
    if (!path) return undefined
    common = common ? commonStart(common, path) : path
  }
  return typeof common?.at(-1) === 'number' ? common.slice(0, -1) : common
}

function collectionOf(rendered: Rendered, cell: Cell): Path | undefined {
  const path = pathInRoot(rendered.layers, cell)
  return path && cell.isKey ? path.slice(0, -1) : path
}

function commonStart(a: Path, b: Path): Path {
  let length = 0
  while (length < a.length && a[length] === b[length]) length++
  return a.slice(0, length)
}

/** A value of the outermost chart as the layers have it, without what templates made of it. */
export function valueAt({ layers }: Rendered, path: Path): Value | undefined {
  for (const { source, prefix } of layers) {
    if (!startsWith(path, prefix)) continue
    let at: Value | undefined = source.tree.body
    for (const step of path.slice(prefix.length))
      at = isMap(at) || Array.isArray(at) ? (at as Record<string | number, Value>)[step] : undefined
    if (at !== undefined) return at
  }
  return undefined
}
