import type { Path } from '../../../model/value.ts'
import type { Frame } from '../../../syntax/go-template/provenance.ts'
import type { GoText, Piece } from '../../../syntax/go-template/text.ts'
import { childNodes, editYaml, findChild, findNode, stringifyYaml, type YamlChange } from '../../../syntax/yaml/index.ts'
import type { TextEdit } from '../../../text/edit.ts'
import { contains } from '../../../text/span.ts'
import type { FileEdit } from '../../unit.ts'
import type { ChartDocument, Entry } from '../objects.ts'
import { isOurs } from '../ours.ts'
import type { Attempt, Rendered } from './state.ts'

/** A place in a file of the chart. */
interface Place {
  readonly file: string
  /** The file's text. */
  readonly text: string
  readonly offset: number
}

/** What a new entry goes with: the branch that its siblings' parent is written in, and how far that is moved to the right. */
interface Anchor {
  readonly frame: Frame
  readonly shift: number
}

/**
 * The ways to make a change in the templates: it is made in the rendered document, and each edit is taken to
 * the literal text that stands there. Nothing where the document was not written literally.
 */
export function* changeTemplate(rendered: Rendered, { document, prefix }: Entry, change: YamlChange): Iterable<Attempt> {
  const inDocument = { ...change, path: [...prefix, ...change.path] }
  const result = editYaml(document.text.text, [inDocument])
  if ('refused' in result || result.edits.length === 0) return
  const shapes = [...shapesOf(document.text.text, result.edits), ...besideSiblings(document, inDocument)]
  for (const anchor of anchorsOf(document, inDocument)) yield* inShapes(rendered, document, shapes, anchor, change.op === 'remove')
}

/** An item of a list may also go where its neighbour is written, whatever branch that is in. */
function anchorsOf(document: ChartDocument, change: YamlChange): (Anchor | undefined)[] {
  if (change.op !== 'insert') return [anchorOf(document, change.path.slice(0, -1))]
  return [anchorOf(document, change.path), anchorOf(document, [...change.path, Math.max(0, change.index - 1)])]
}

function* inShapes(
  rendered: Rendered,
  document: ChartDocument,
  shapes: readonly (readonly TextEdit[])[],
  anchor: Anchor | undefined,
  withActions: boolean,
): Iterable<Attempt> {
  for (const edits of shapes) {
    for (const side of ['before', 'after'] as const) {
      const written = edits.map((edit) => inTemplate(document, edit, side, anchor, withActions))
      const known = written.filter((edit) => edit !== undefined && isWritable(rendered, edit.file))
      if (known.length === written.length) yield { edits: known.filter((edit) => edit !== undefined) }
    }
  }
}

/** Whether a template is written here, and is no copy of somebody else's. */
export function isWritable({ rendering }: Rendered, path: string): boolean {
  return rendering.templates.some(({ file, chart }) => file.path === path && isOurs(chart))
}

/** The nearest list or map at or above a path that has its key, or that of its first entry, in literal text. */
function anchorOf({ text, tree }: ChartDocument, path: Path): Anchor | undefined {
  for (let depth = path.length; depth >= 0; depth--) {
    const above = path.slice(0, depth)
    const node = findNode(tree, above)
    if (!node) continue
    const key = node.key ?? findNode(tree, [...above, ...firstStep(tree, above)])?.key
    if (!key) return undefined
    const found = pieceAt(text, key.start)
    const place = found && literalAt(found.piece, key.start - found.start)
    if (!place || !found.piece.site) return undefined
    return { frame: found.piece.site, shift: columnOf(text.text, key.start) - columnOf(place.text, place.offset) }
  }
  return undefined
}

function firstStep(tree: ChartDocument['tree'], path: Path): Path {
  const node = indexOf(tree, path)
  const [first] = node === undefined ? [] : childNodes(tree, node)
  return first ? [first.key === '' ? 0 : first.key] : []
}

function columnOf(text: string, offset: number): number {
  return offset - (text.lastIndexOf('\n', offset - 1) + 1)
}

/** A new entry behind any other one of its map, from the last to the first. */
function besideSiblings({ text: { text }, tree }: ChartDocument, change: YamlChange): (readonly TextEdit[])[] {
  const key = change.path.at(-1)
  const above = change.path.slice(0, -1)
  if (change.op !== 'set' || typeof key !== 'string' || findNode(tree, change.path)) return []
  return childrenAt(tree, above).flatMap((name) => {
    const node = findNode(tree, [...above, name])
    if (!node?.key || text.slice(node.key.end, node.value.start).includes('{')) return []
    const lineEnd = text.indexOf('\n', node.value.end)
    const at = lineEnd < 0 ? text.length : lineEnd
    const pad = ' '.repeat(columnOf(text, node.key.start))
    const lines = stringifyYaml({ [key]: change.value })
      .trimEnd()
      .split('\n')
    return text.slice(node.value.end, at).trim() === ''
      ? [[{ start: at, end: at, text: lines.map((line) => `\n${pad}${line}`).join('') }]]
      : []
  })
}

const MAX_SIBLINGS = 6

function childrenAt(tree: ChartDocument['tree'], path: Path): string[] {
  const node = indexOf(tree, path)
  return node === undefined
    ? []
    : childNodes(tree, node)
        .map(({ key }) => key)
        .reverse()
        .slice(0, MAX_SIBLINGS)
}

function indexOf(tree: ChartDocument['tree'], path: Path): number | undefined {
  let node: number | undefined = 0
  for (const step of path) node = node === undefined ? undefined : findChild(tree, node, step)
  return node
}

/** A line can be inserted before the line end above it or behind it; templates trim one or the other away. */
function shapesOf(text: string, edits: readonly TextEdit[]): (readonly TextEdit[])[] {
  const shifted = edits.map((edit): TextEdit => {
    const { start, end, text: inserted } = edit
    if (start !== end) return edit
    if (inserted.endsWith('\n') && text.charAt(start - 1) === '\n') {
      return { start: start - 1, end: end - 1, text: `\n${inserted.slice(0, -1)}` }
    }
    if (inserted.startsWith('\n') && text.charAt(start) === '\n') return { start: start + 1, end: end + 1, text: `${inserted.slice(1)}\n` }
    return edit
  })
  return shifted.every((edit, i) => edit === edits[i]) ? [edits] : [edits, shifted]
}

function inTemplate(
  document: ChartDocument,
  edit: TextEdit,
  side: 'before' | 'after',
  anchor: Anchor | undefined,
  withActions: boolean,
): FileEdit | undefined {
  if (edit.start === edit.end) {
    const place = anchor && insertionPlace(document.text, edit.start, side, anchor.frame)
    return place && { file: place.file, span: { start: place.offset, end: place.offset }, text: moved(edit.text, -anchor.shift) }
  }
  const first = pieceAt(document.text, edit.start)
  const last = pieceAt(document.text, edit.end - 1)
  const start = first && literalAt(first.piece, edit.start - first.start)
  const end = last && literalAt(last.piece, edit.end - last.start)
  if (!start || !end || start.file !== end.file || end.offset < start.offset) return undefined
  // What a template computes is not replaced by what it came to.
  if (!withActions && start.text.slice(start.offset, end.offset).includes('{{')) return undefined
  return { file: start.file, span: { start: start.offset, end: end.offset }, text: moved(edit.text, -(anchor?.shift ?? 0)) }
}

/** Lines with another indentation, the first one aside. */
function moved(text: string, by: number): string {
  if (by === 0) return text
  const [first = '', ...lines] = text.split('\n')
  const more = lines.map((line) => (line === '' ? line : by > 0 ? ' '.repeat(by) + line : line.replace(new RegExp(`^ {0,${-by}}`), '')))
  return [first, ...more].join('\n')
}

/** Where a new entry is written whenever its parent is, and at no other time. */
function insertionPlace(text: GoText, offset: number, side: 'before' | 'after', outer: Frame): Place | undefined {
  if (side === 'after') {
    const next = pieceAt(text, offset)
    return next && next.piece.site === outer ? literalAt(next.piece, offset - next.start) : undefined
  }
  const found = pieceAt(text, offset - 1)
  if (!found) return undefined
  let place = literalAt(found.piece, offset - found.start)
  let frame = found.piece.site
  // Behind what an action printed is behind the action; behind the last line of a branch, behind its end.
  for (; frame && (!place || frame !== outer); frame = frame.parent) {
    const { source, whole } = frame
    if (frame === outer || source.file === undefined) return undefined
    place = { file: source.file, text: source.text, offset: whole.end }
  }
  return frame === outer ? place : undefined
}

/** The piece that holds the character at an offset. */
function pieceAt({ pieces }: GoText, offset: number): { readonly piece: Piece; readonly start: number } | undefined {
  let start = 0
  for (const piece of pieces) {
    if (piece.length > 0 && start <= offset && offset < start + piece.length) return { piece, start }
    start += piece.length
  }
  return undefined
}

/** Where a character of a piece is written, unless it is a part of an action. */
function literalAt({ origin, at, site }: Piece, delta: number): Place | undefined {
  if (at < 0 || origin.kind !== 'literal' || origin.source.file === undefined) return undefined
  const inAction = site?.parent !== undefined && site.source === origin.source && contains(site, origin)
  return inAction ? undefined : { file: origin.source.file, text: origin.source.text, offset: origin.start + at + delta }
}
