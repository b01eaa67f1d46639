import { isList, isMap, type Path } from '../../../model/value.ts'
import { type Cell, cellPath } from '../../../syntax/go-template/provenance.ts'
import type { Span } from '../../../text/span.ts'
import { otherPlaces } from '../../chart/layers.ts'
import type { Entry } from '../../chart/objects.ts'
import { placeOfDocument } from '../../chart/outside.ts'
import { commonCell, decisionOf, locatePath, locateWithin, nodeOf, originsOf, piecesIn, valueIn } from '../../chart/trace.ts'
import type { Location, Origin } from '../../unit.ts'
import type { Source, Val } from '../eval/value.ts'
import type { ChartRelease } from './release.ts'
import type { GivenValues } from './values.ts'

/** A value of a chart's object that the module decides. */
export interface Decided {
  readonly value: Val
  readonly given: GivenValues
  /** Where it is in the document of values. */
  readonly path: Path
}

/** Undefined where the chart itself decides: in a template, or in values of its own. */
export function decidedByModule({ values }: ChartRelease, entry: Entry, path: Path): Decided | undefined {
  const node = nodeOf(entry, path)
  if (!node) return undefined
  const value = valueIn(entry, path)
  const cell = isList(value) || isMap(value) ? commonCell(piecesIn(entry.document.text, node.value)) : cellOf(entry, node.value)
  const given = cell && values.given.get(cell.source.name)
  if (!cell || !given || cell.source.file !== undefined) return undefined
  const at = cellPath(cell)
  return { value: given.at(at), given, path: at }
}

function cellOf(entry: Entry, span: Span): Cell | undefined {
  const decision = decisionOf(entry.document, span)
  return decision.kind === 'cell' ? decision.cell : undefined
}

export function locateInRelease(release: ChartRelease, entry: Entry, path: Path, part: 'key' | 'value'): Location | undefined {
  const outside = placeOfDocument(entry.document)
  if (part === 'key') return locatePath(entry, path, part, outside)
  const decided = decidedByModule(release, entry, path)
  return decided ? placeOf(decided) : locatePath(entry, path, part, outside)
}

function placeOf({ value, given, path }: Decided): Location | undefined {
  const { source } = value
  return given.locate(path) ?? (source && { file: source.file, span: { start: source.start, end: source.end } })
}

export function locateWithinRelease(release: ChartRelease, entry: Entry, path: Path, range: Span): Location | undefined {
  const decided = decidedByModule(release, entry, path)
  return decided ? placeOf(decided) : locateWithin(entry, path, range, placeOfDocument(entry.document))
}

/** The place that decides first: the module's, where it came from, and the template that writes it. */
export function originsInRelease(release: ChartRelease, entry: Entry, path: Path): readonly Origin[] {
  const told = originsOf(entry, path, placeOfDocument(entry.document), (cell) => otherPlaces(release.rendered.layers, cell))
  const decided = decidedByModule(release, entry, path)
  if (!decided) return told
  const exact = decided.given.locate(decided.path)
  const places = [...(exact ? [exact] : []), ...chainOf(decided.value.source).reverse()]
  const own = places.map((place, i): Origin => ({ ...place, role: i === 0 ? 'written' : 'contributes' }))
  return [...own, ...told.map((origin): Origin => (origin.role === 'written' ? { ...origin, role: 'contributes' } : origin))]
}

function chainOf(source: Source | undefined): Location[] {
  const places: Location[] = []
  for (let at = source, steps = 0; at && steps < 50; at = at.from[0], steps++)
    places.push({ file: at.file, span: { start: at.start, end: at.end } })
  return places
}
