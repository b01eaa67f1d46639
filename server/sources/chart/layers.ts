import { equal, type Path } from '../../model/value.ts'
import { type Cell, cellPath } from '../../syntax/go-template/provenance.ts'
import type { Location } from '../unit.ts'
import type { Chart } from './model.ts'
import { isValueSource, locateCell, type ValueSource } from './source.ts'

/** A document of values, and below which key of the outermost chart's values it stands. */
export interface Layer {
  readonly source: ValueSource
  readonly prefix: Path
  /** The chart whose own defaults they are; undefined for those that somebody gave. */
  readonly chart: Chart | undefined
}

/** All documents that values come from, those that win first. */
export function layersOf(chart: Chart, given: readonly ValueSource[]): readonly Layer[] {
  const layers = [...given].reverse().map((source): Layer => ({ source, prefix: [], chart: undefined }))
  const visit = (each: Chart, prefix: Path): void => {
    for (const source of [...each.valueSources].reverse()) layers.push({ source, prefix, chart: each })
    for (const sub of each.dependencies) visit(sub, [...prefix, sub.metadata.name])
  }
  visit(chart, [])
  return layers
}

/** A value of a document. */
export function cellAt(source: ValueSource, path: Path): Cell {
  let cell: Cell = { kind: 'cell', source, parent: undefined, step: '' }
  for (const step of path) cell = { kind: 'cell', source, parent: cell, step }
  return cell
}

function isFrom(layer: Layer, cell: Cell): boolean {
  const { source } = cell
  if (layer.source === source) return true
  return isValueSource(source) && source.file !== undefined && sameDocument(layer.source, source)
}

function sameDocument(a: ValueSource, b: ValueSource): boolean {
  return a.file === b.file && a.base === b.base && equal([...(a.at ?? [])], [...(b.at ?? [])])
}

/** The path of a cell in the values of the outermost chart; undefined for what is no value: a field of `Chart.yaml`. */
export function pathInRoot(layers: readonly Layer[], cell: Cell): Path | undefined {
  const layer = layers.find((each) => isFrom(each, cell))
  return layer && [...layer.prefix, ...cellPath(cell)]
}

/** Where else the same value is written: in the layers that are overruled, or that it takes part in. */
export function otherPlaces(layers: readonly Layer[], cell: Cell): Location[] {
  const path = pathInRoot(layers, cell)
  if (!path) return []
  return layers.flatMap((layer) => {
    const { source, prefix } = layer
    if (isFrom(layer, cell) || !prefix.every((step, i) => path[i] === step) || path.length <= prefix.length) return []
    return locateCell(cellAt(source, path.slice(prefix.length))) ?? []
  })
}
