import { isList, isMap, type Path, type Value } from '../../model/value.ts'
import type { ListNode } from '../../syntax/go-template/ast.ts'
import { type Cell, cellPath, flatten, type Frame, type Gate, type Origin } from '../../syntax/go-template/provenance.ts'
import { type GoText, type Piece, slice } from '../../syntax/go-template/text.ts'
import { findNode, locateInScalar, type NodeSpans } from '../../syntax/yaml/index.ts'
import type { Span } from '../../text/span.ts'
import type { Location, Origin as Told } from '../unit.ts'
import { basename } from '../../text/path.ts'
import { contentOf, contentSpan } from './content.ts'
import { locateInSource } from './locate.ts'
import type { ChartDocument, Entry } from './objects.ts'
import { locateCell } from './source.ts'

/** What a text was decided by: one value, a run of a template, or an action that computed it. */
export type Decision =
  | { readonly kind: 'cell'; readonly cell: Cell; readonly range: Span | undefined }
  | { readonly kind: 'literal'; readonly location: Location }
  | { readonly kind: 'action'; readonly location: Location | undefined }

export function nodeOf({ document, prefix }: Entry, path: Path): NodeSpans | undefined {
  return findNode(document.tree, [...prefix, ...path])
}

/** The value at a path as it was rendered. */
export function valueIn(entry: Entry, path: Path): Value | undefined {
  let at: Value | undefined = entry.document.tree.body
  for (const step of [...entry.prefix, ...path]) at = isList(at) ? at[Number(step)] : isMap(at) ? at[step] : undefined
  return at
}

/** Where the key or value at a path is written; `outside` stands for what is in no file of the workspace. */
export function locatePath(entry: Entry, path: Path, part: 'key' | 'value', outside: Location): Location | undefined {
  const node = nodeOf(entry, path)
  if (!node) return undefined
  // What is left empty is as good as its key.
  const isEmpty = node.value.start === node.value.end
  const span = part === 'key' || isEmpty ? (node.key ?? node.value) : node.value
  const value = part === 'key' || isEmpty ? '' : valueIn(entry, path)
  const cell = part === 'key' && !isEmpty && typeof valueIn(entry, path) === 'string' ? deciding(entry.document, node.value) : undefined
  const inValues = cell && locateCell({ ...cell, isKey: true })
  if (inValues) return inValues
  const found = isList(value) || isMap(value) ? locateCollection(entry.document, span) : locateRange(entry.document, span)
  return found ?? outside
}

/** The one value that a text is, or was computed from: who wants to name it and not to show it points at its key. */
function deciding(document: ChartDocument, span: Span): Cell | undefined {
  let cell: Cell | undefined
  for (const { origin } of piecesIn(document.text, span)) {
    const decided = decidedBy(origin)
    const inputs = decided.kind === 'computed' ? decided.inputs : [decided]
    for (const input of inputs) {
      if (input.kind !== 'cell' || (cell && !isSameCell(input, cell))) return undefined
      cell = input
    }
  }
  return cell
}

/** A range of the decoded string at a path. */
export function locateWithin(entry: Entry, path: Path, range: Span, outside: Location): Location | undefined {
  const node = nodeOf(entry, path)
  if (!node) return undefined
  return locateRange(entry.document, locateInScalar(entry.document.text.text, node.value, range)) ?? outside
}

function locateRange(document: ChartDocument, span: Span): Location | undefined {
  const decision = decisionOf(document, span)
  if (decision.kind !== 'cell') return decision.location
  const site = siteIn(document, piecesIn(document.text, span)[0])
  // Who wants another label does not rename the chart.
  return (isOfChart(decision.cell) ? site : undefined) ?? locateCell(decision.cell, decision.range) ?? site
}

function isOfChart({ source }: Cell): boolean {
  return source.file !== undefined && basename(source.file) === 'Chart.yaml'
}

/** From the first to the last place of a list or map; that of the one value that it was printed from. */
function locateCollection(document: ChartDocument, span: Span): Location | undefined {
  const all = piecesIn(document.text, span)
  const parent = commonCell(all)
  if (parent) return locateCell(parent)
  const first = locateRange(document, { start: span.start, end: span.start + 1 })
  const last = locateRange(document, { start: span.end - 1, end: span.end })
  if (!first || first.file !== last?.file) return undefined
  return { file: first.file, span: { start: Math.min(first.span.start, last.span.start), end: Math.max(first.span.end, last.span.end) } }
}

/** The list or map that all pieces are parts of. */
export function commonCell(all: readonly Piece[]): Cell | undefined {
  let common: Cell | undefined
  for (const { origin } of all) {
    const decided = decidedBy(origin)
    // What `toYaml` adds between the values is the function's own.
    if (decided.kind === 'literal' && common) continue
    if (decided.kind !== 'cell') return undefined
    const own = decided.isKey && decided.parent ? decided.parent : decided
    common = common ? commonAncestor(common, own) : own
    if (!common) return undefined
  }
  return common?.parent ? common : undefined
}

function commonAncestor(a: Cell, b: Cell): Cell | undefined {
  const above = new Set<Cell>()
  for (let at: Cell | undefined = a; at; at = at.parent) above.add(at)
  for (let at: Cell | undefined = b; at; at = at.parent) if (above.has(at)) return at
  return undefined
}

/** The pieces of a key or value, without its quotes. */
export function piecesIn(text: GoText, span: Span): readonly Piece[] {
  const content = contentOf(text, span).pieces.filter(({ origin }) => origin.kind !== 'gate')
  const written = content.filter(({ length }) => length > 0)
  if (written.length > 0) return written
  // Of an empty string there is the value that left it empty, or nothing but its quotes.
  if (content.length > 0) return content
  return slice(text, span.start, Math.max(span.end, span.start + 1)).pieces.filter(({ length }) => length > 0)
}

/** The origin that was passed on unchanged, e.g. by `default`. */
export function decidedBy(origin: Origin): Origin {
  return origin.kind === 'computed' && origin.chosen ? decidedBy(origin.chosen) : origin
}

/** What decided a range of a document, its quotes aside. */
export function decisionOf(document: ChartDocument, span: Span): Decision {
  const all = piecesIn(document.text, span)
  const [first] = all
  if (!first) return { kind: 'action', location: undefined }
  const decided = decidedBy(first.origin)
  const { start, end } = contentSpan(document.text.text, span)
  if (decided.kind === 'cell' && all.every(({ origin }) => isSameCell(decidedBy(origin), decided))) {
    const range = all.length === 1 && first.at >= 0 && end > start ? { start: first.at, end: first.at + first.length } : undefined
    return { kind: 'cell', cell: decided, range }
  }
  if (all.every(({ origin }) => decidedBy(origin).kind === 'literal' || origin.kind === 'file')) {
    const places = all.map((piece) => ownPlace(piece))
    const location = inOrder(all, places) ? union(places) : undefined
    if (location) return { kind: 'literal', location }
  }
  const places = all.map((piece) => literalIn(document, piece) ?? siteIn(document, piece))
  return { kind: 'action', location: union(places) ?? places.find((place) => place !== undefined) }
}

function isSameCell(origin: Origin, cell: Cell): boolean {
  if (origin === cell) return true
  if (origin.kind !== 'cell' || origin.source !== cell.source || origin.isKey !== cell.isKey) return false
  const path = cellPath(cell)
  const other = cellPath(origin)
  return path.length === other.length && path.every((step, i) => step === other[i])
}

function ownPlace({ origin, at, length }: Piece): Location | undefined {
  const decided = decidedBy(origin)
  if (decided.kind === 'file') return { file: decided.file, span: { start: Math.max(at, 0), end: Math.max(at, 0) + length } }
  if (decided.kind !== 'literal') return undefined
  const whole = { start: decided.start, end: decided.end }
  return locateInSource(decided.source, at < 0 ? whole : { start: decided.start + at, end: decided.start + at + length })
}

/** Text that was put together from several places, or from a variable that was set before, is in none of them. */
function inOrder(all: readonly Piece[], places: readonly (Location | undefined)[]): boolean {
  return places.every((place, i) => {
    const start = place?.span.start ?? 0
    return all.length === 1 || (start >= (places[i - 1]?.span.end ?? 0) && start >= (all[i]?.site?.start ?? 0))
  })
}

/** A literal of the document's own template that stands where it is printed, and not in a variable that was set before. */
function literalIn(document: ChartDocument, piece: Piece): Location | undefined {
  const place = ownPlace(piece)
  const { site } = piece
  if (!place || place.file !== document.file || !site) return undefined
  return place.span.start >= site.start ? place : undefined
}

/** The action of the document's own template that wrote a piece, else the innermost one that is in a file. */
function siteIn({ file }: ChartDocument, piece: Piece | undefined): Location | undefined {
  let innermost: Location | undefined
  for (let frame = piece?.site; frame; frame = frame.parent) {
    const found = locateInSource(frame.source, frame)
    if (found && found.file === file && frame.parent) return found
    innermost ??= found
  }
  return innermost
}

/** Undefined when the places are not all known, or in several files. */
function union(places: readonly (Location | undefined)[]): Location | undefined {
  const [first] = places
  if (!first) return undefined
  let { start, end } = first.span
  for (const place of places) {
    if (place?.file !== first.file) return undefined
    start = Math.min(start, place.span.start)
    end = Math.max(end, place.span.end)
  }
  return { file: first.file, span: { start, end } }
}

/** All who have a say in the value at a path, the one that decides first; for one that is absent, what keeps it out. */
export function originsOf(entry: Entry, path: Path, outside: Location, layersOf: (cell: Cell) => readonly Location[]): readonly Told[] {
  const node = nodeOf(entry, path)
  if (!node) return gatesFor(entry, path).flatMap(gateOrigins)
  const { document } = entry
  const first = locatePath(entry, path, 'value', outside)
  const told: Told[] = first ? [{ ...first, role: 'written' }] : []
  const add = (place: Location | undefined): void => {
    const known =
      place && told.some(({ file, span }) => file === place.file && span.start === place.span.start && span.end === place.span.end)
    if (place && !known) told.push({ ...place, role: 'contributes' })
  }
  const all = piecesIn(document.text, node.value)
  const cells = new Set<Cell>()
  for (const { origin } of all) for (const each of flatten(origin)) if (each.kind === 'cell') cells.add(each)
  for (const cell of [...cells].slice(0, MAX_ORIGINS)) {
    add(locateCell(cell))
    for (const place of layersOf(cell)) add(place)
  }
  for (const piece of all.slice(0, MAX_ORIGINS)) if (!literalIn(document, piece)) add(siteIn(document, piece))
  return told.slice(0, MAX_ORIGINS)
}

/** Of a whole map nobody reads more. */
const MAX_ORIGINS = 12

/** The branches that were not taken where the value would stand, and that would write its key. */
export function gatesFor(entry: Entry, path: Path): readonly Gate[] {
  for (let depth = path.length - 1; depth >= 0; depth--) {
    const above = nodeOf(entry, path.slice(0, depth))
    const key = path[depth]
    if (!above) continue
    const { text } = entry.document
    const { start, end } = depth === 0 ? { start: 0, end: text.text.length } : widened(text.text, above.value)
    return slice(text, start, end).pieces.flatMap(({ origin }) =>
      origin.kind === 'gate' && typeof key === 'string' && mentions(origin.branch.list, key) ? [origin] : [],
    )
  }
  return []
}

/** A span with the white space round it, where branches before the first and behind the last entry stand. */
export function widened(text: string, span: Span): Span {
  let { start, end } = span
  while (start > 0 && /\s/.test(text.charAt(start - 1))) start--
  while (end < text.length && /\s/.test(text.charAt(end))) end++
  return { start, end }
}

/** Whether text of a branch writes a key. */
function mentions(list: ListNode, key: string): boolean {
  return list.nodes.some((node) => {
    if (node.kind === 'text') return node.text.includes(`${key}:`)
    if (node.kind !== 'if' && node.kind !== 'with' && node.kind !== 'range') return false
    return mentions(node.list, key) || (node.otherwise !== undefined && mentions(node.otherwise, key))
  })
}

function gateOrigins({ frame }: Gate): Told[] {
  const action = locateInSource(frame.source, frame)
  const cells = cellsRead(frame).flatMap((cell): Told[] => {
    const place = locateCell(cell)
    return place ? [{ ...place, role: 'gate' }] : []
  })
  return [...cells, ...(action ? [{ ...action, role: 'gate' } as const] : [])]
}

/** The values that a condition looked at. */
export function cellsRead(frame: Frame): readonly Cell[] {
  const cells: Cell[] = []
  for (const read of frame.reads ?? []) for (const origin of flatten(read)) if (origin.kind === 'cell') cells.push(origin)
  return cells
}
