import { isList, isMap, type Path, type Value } from '../../model/value.ts'
import type { TextEdit } from '../../text/edit.ts'
import { nameOf, type Refused, valueAt, type YamlChange } from './change.ts'
import {
  columnOf,
  commentsAbove,
  type Entry,
  entriesOf,
  extendedEnd,
  isBlankLine,
  isFirstOnLine,
  isFlow,
  lineBreak,
  lineStart,
  nextLine,
  skipGap,
} from './layout.ts'
import { childrenOf, findChild, keySpan, linkOf, valueSpan, type YamlTree } from './tree.ts'
import { entryLines, isPlain, linesOf, type Written, writeBelowKey, writeFlow, writeItem, writeKey, type YamlStyle } from './write.ts'

/** One document as it is edited. */
export interface Draftable {
  readonly text: string
  readonly tree: YamlTree
  readonly style: YamlStyle
}

/** A node on a path, and the collection whose text it stands in. */
interface Place {
  readonly node: number
  /** The node whose children are written where this one's are: itself, or what its alias stands for. */
  readonly holder: number
  readonly parent: number | undefined
  readonly value: Value
}

/** The edits of a text that make one change true. Whether they do nothing else is for the caller to check. */
export function placeChange(doc: Draftable, change: YamlChange): TextEdit[] | Refused {
  const places = placesOn(doc, change.path)
  const place = places[places.length - 1]
  if (place === undefined) return isEmptyDocument(doc) ? writeDocument(doc, change) : { refused: 'the document cannot be edited' }
  const rest = change.path.slice(places.length - 1)
  if (change.op === 'remove') return removeNode(doc, change.path, places)
  if (change.op === 'insert' && rest.length === 0 && isList(place.value)) return addItem(doc, place.holder, change.index, change.value)
  const value = build(rest, change.op === 'insert' ? [change.value] : change.value)
  if (rest.length === 0 || place.value === null) {
    const holder = places[places.length - 2]
    // What a merge brought in is overridden by a key of the map's own.
    if (holder && isMerged(doc, place, holder)) return addEntry(doc, holder.holder, String(change.path[places.length - 2]), value)
    return replaceValue(doc, place, value)
  }
  const below = build(rest.slice(1), change.op === 'insert' ? [change.value] : change.value)
  const step = rest[0]
  if (typeof step === 'number') return addItem(doc, place.holder, step, below)
  return addEntry(doc, place.holder, step ?? '', below)
}

/** The places from the root down to the last one that exists on the path. */
function placesOn(doc: Draftable, path: Path): Place[] {
  const { tree } = doc
  if (tree.positions.length === 0 || tree.body === undefined) return []
  const places: Place[] = [{ node: 0, holder: linkOf(tree, 0) ?? 0, parent: undefined, value: tree.body }]
  for (const [i, step] of path.entries()) {
    const above = places[places.length - 1]
    const node = above && findChild(tree, above.holder, step)
    const value = valueAt(tree.body, path.slice(0, i + 1))
    if (node === undefined || value === undefined) break
    places.push({ node, holder: linkOf(tree, node) ?? node, parent: above?.holder, value })
  }
  return places
}

function build(path: Path, value: Value): Value {
  return path.reduceRight((below: Value, step) => (typeof step === 'number' ? [below] : Object.fromEntries([[step, below]])), value)
}

/** Whether an entry of a map is a copy that a merge key made: it is written somewhere else. */
function isMerged(doc: Draftable, place: Place, holder: Place): boolean {
  return linkOf(doc.tree, place.node) !== undefined && !entriesOf(doc.text, doc.tree, holder.holder).some(({ node }) => node === place.node)
}

function isEmptyDocument({ text, tree }: Draftable): boolean {
  return tree.body === undefined && tree.problems.length === 0 && !/^[^\s#%\-.]/m.test(text)
}

/** Into a document of nothing but comments: below them. */
function writeDocument({ text, style }: Draftable, change: YamlChange): TextEdit[] {
  if (change.op === 'remove') return []
  const lines = linesOf(build(change.path, change.op === 'insert' ? [change.value] : change.value), 0, style)
  const end = /^\.\.\./m.exec(text)?.index ?? text.length
  const before = end > 0 && text.charAt(end - 1) !== '\n' && end > lineStart(text, end) ? style.eol : ''
  return [{ start: end, end, text: before + lines.join(style.eol) + style.eol }]
}

// ---- Values

/** Behind the dash or colon of a node, and behind the anchor there: where its value begins. */
function indicatorOf(doc: Draftable, place: Place): { end: number; column: number; tag: { start: number; end: number } | undefined } {
  const { text, tree } = doc
  const key = keySpan(tree, place.node)
  const value = valueSpan(tree, place.node)
  let end: number
  let column = 0
  if (key) {
    column = columnOf(text, key.start)
    end = skipGap(text, key.end, text.length)
    end = text.charAt(end) === ':' ? end + 1 : key.end
  } else if (place.parent !== undefined) {
    const entry = entriesOf(text, tree, place.parent).find(({ node }) => node === place.node)
    const dash = entry?.start ?? value.start
    column = columnOf(text, dash)
    end = text.charAt(dash) === '-' && dash < value.start ? dash + 1 : dash
  } else {
    const marker = /^(?:\ufeff)?(?:[%#][^\n]*\n|\s)*---/.exec(text.slice(0, value.start))
    end = marker ? marker[0].length : lineStart(text, value.start)
  }
  let tag: { start: number; end: number } | undefined
  const property = /[ \t]*([&!][^\s,[\]{}]*)/y
  for (;;) {
    property.lastIndex = end
    const match = property.exec(text)
    if (!match || property.lastIndex > value.start) break
    if (match[1]?.startsWith('!')) tag = { start: end, end: property.lastIndex }
    end = property.lastIndex
  }
  return { end, column, tag }
}

function replaceValue(doc: Draftable, place: Place, value: Value): TextEdit[] {
  const { text, tree, style } = doc
  const { end: from, column, tag } = indicatorOf(doc, place)
  const span = valueSpan(tree, place.node)
  // Nothing is written behind its indicator, wherever the spaces there end.
  const old = span.start === span.end ? { start: from, end: from } : span
  const untag: TextEdit[] = tag ? [{ ...tag, text: '' }] : []
  const oldText = text.slice(old.start, old.end)
  if (place.parent !== undefined && isFlow(text, valueSpan(tree, place.parent))) {
    const gap = old.start === from && old.start === old.end ? (text.charAt(from - 1) === ':' ? ' ' : ': ') : ''
    const quote = keepsQuotes(oldText, value)
    return [...untag, { start: old.start, end: old.end, text: gap + writeFlow(value, flowStyle(doc, place.parent), quote, true) }]
  }
  const isRoot = place.parent === undefined
  if (isRoot && isJson(text, tree, place.node)) return [{ ...old, text: writeFlow(value, { ...style, json: true }) }]
  const quote = keepsQuotes(oldText, value)
  const inline = place.parent === undefined || keySpan(tree, place.node) === undefined
  const written = isRoot
    ? writeRoot(value, isFirstOnLine(text, old.start) ? columnOf(text, old.start) : 0, style)
    : inline
      ? writeItem(value, column, style, quote)
      : writeBelowKey(value, column, style, quote)
  const block = (isMap(place.value) || isList(place.value)) && !isFlow(text, old) && linkOf(tree, place.node) === undefined
  if (block) return [...untag, ...replaceBlock(doc, old, from, column, written, isRoot)]
  if (/^[|>]/.test(oldText)) return [...untag, ...replaceBlockScalar(doc, old, written)]
  const gap = old.start === from && written.head !== '' && (!isRoot || text.charAt(from - 1) === '-') ? ' ' : ''
  const start = written.head === '' ? Math.min(from, old.start) : old.start
  const below = written.tail.map((line) => style.eol + line).join('')
  const behind = lineBreak(text, old.end)
  const comment = text.slice(old.end, behind)
  if (comment.trim() === '' || below === '') {
    return [...untag, { start: Math.max(start, tag?.end ?? 0), end: old.end, text: gap + written.head + below }]
  }
  return [
    ...untag,
    { start: Math.max(start, tag?.end ?? 0), end: old.end, text: gap + written.head },
    { start: behind, end: behind, text: below },
  ]
}

function writeRoot(value: Value, column: number, style: YamlStyle): Written {
  const [head = '', ...tail] = linesOf(value, column, style)
  return { head: head.slice(column), tail }
}

/** A block collection, with all comments inside it. */
function replaceBlock(
  doc: Draftable,
  old: { start: number; end: number },
  from: number,
  column: number,
  written: Written,
  root: boolean,
): TextEdit[] {
  const { text, style } = doc
  const below = written.tail.map((line) => style.eol + line).join('')
  const end = extendedEnd(text, old.end, root ? -1 : column)
  const sameLine = root || lineStart(text, old.start) === lineStart(text, from)
  if (sameLine) return [{ start: old.start, end, text: written.head + below }]
  const lineEnd = lineBreak(text, from)
  const head: TextEdit[] = written.head === '' ? [] : [{ start: from, end: from, text: ` ${written.head}` }]
  return [...head, { start: lineEnd, end, text: below }]
}

function replaceBlockScalar(doc: Draftable, old: { start: number; end: number }, written: Written): TextEdit[] {
  const { text, style } = doc
  const header = /^[|>][-+\d]*/.exec(text.slice(old.start, old.end))?.[0].length ?? 1
  const lineEnd = lineBreak(text, old.start)
  const end = text.charAt(old.end - 1) === '\n' ? Math.max(lineEnd, lineBreak(text, lineStart(text, old.end - 1))) : old.end
  return [
    { start: old.start, end: old.start + header, text: written.head },
    { start: lineEnd, end: Math.max(lineEnd, end), text: written.tail.map((line) => style.eol + line).join('') },
  ]
}

/** A string stays in the quotes that it has, unless they were only there because the old one needed them. */
function keepsQuotes(old: string, value: Value): '"' | "'" | undefined {
  if (typeof value !== 'string') return undefined
  const quote = old.startsWith('"') ? '"' : old.startsWith("'") ? "'" : undefined
  return quote && isPlain(old.slice(1, -1), true) ? quote : undefined
}

/** Whether a flow collection is written like JSON. */
function isJson(text: string, tree: YamlTree, collection: number): boolean {
  if (!isFlow(text, valueSpan(tree, collection))) return false
  const children = childrenOf(tree, collection)
  const quoted = children.map((child) => text.charAt(keySpan(tree, child)?.start ?? -1)).filter((char) => char !== '')
  if (quoted.length > 0) return quoted.every((char) => char === '"')
  const root = valueSpan(tree, 0)
  return isFlow(text, root) && collection !== 0 && isJson(text, tree, 0)
}

function flowStyle(doc: Draftable, collection: number): YamlStyle {
  return isJson(doc.text, doc.tree, collection) ? { ...doc.style, json: true } : doc.style
}

// ---- Adding

function addEntry(doc: Draftable, map: number, key: string, value: Value): TextEdit[] | Refused {
  const { text, tree, style } = doc
  const span = valueSpan(tree, map)
  if (isFlow(text, span)) {
    const flow = flowStyle(doc, map)
    return addToFlow(
      doc,
      map,
      undefined,
      `${writeKey(key, flow, true)}: ${writeFlow(value, flow, undefined, true)}`,
      Object.fromEntries([[key, value]]),
    )
  }
  return addLines(doc, map, entryLines(key, value, columnOf(text, span.start), style))
}

function addItem(doc: Draftable, list: number, index: number, value: Value): TextEdit[] | Refused {
  const { text, tree, style } = doc
  const span = valueSpan(tree, list)
  const entries = entriesOf(text, tree, list)
  const quote = typeof value === 'string' ? siblingQuote(text, tree, entries) : undefined
  if (isFlow(text, span)) return addToFlow(doc, list, entries[index], writeFlow(value, flowStyle(doc, list), quote, true), [value])
  const column = columnOf(text, span.start)
  const before = entries[index]
  const { head, tail } = writeItem(value, column, style, quote)
  const lines = [`${' '.repeat(column)}- ${head}`, ...tail]
  if (before === undefined) return addLines(doc, list, lines)
  if (!isFirstOnLine(text, before.start)) {
    const [first = '', ...others] = lines
    const rest = [...others, ' '.repeat(column)].map((line) => style.eol + line).join('')
    return [{ start: before.start, end: before.start, text: first.slice(column) + rest }]
  }
  const at = commentsAbove(text, before.start, entries[index - 1]?.end ?? 0)
  return [{ start: at, end: at, text: lines.map((line) => line + style.eol).join('') }]
}

function siblingQuote(text: string, tree: YamlTree, entries: readonly Entry[]): '"' | "'" | undefined {
  const last = entries[entries.length - 1]
  if (!last) return undefined
  const { start, end } = valueSpan(tree, last.node)
  return keepsQuotes(text.slice(start, end), '')
}

/** Lines at the end of a block collection, below the comments that belong to its last entry. */
function addLines(doc: Draftable, collection: number, lines: readonly string[]): TextEdit[] {
  const { text, tree, style } = doc
  const span = valueSpan(tree, collection)
  const at = extendedEnd(text, span.end, columnOf(text, span.start))
  return [{ start: at, end: at, text: lines.map((line) => style.eol + line).join('') }]
}

function addToFlow(doc: Draftable, collection: number, before: Entry | undefined, written: string, whole: Value): TextEdit[] {
  const { text, tree, style } = doc
  const span = valueSpan(tree, collection)
  const entries = entriesOf(text, tree, collection)
  const last = entries[entries.length - 1]
  if (before) {
    if (!isFirstOnLine(text, before.start)) return [{ start: before.start, end: before.start, text: `${written}, ` }]
    const at = commentsAbove(text, before.start, lineStart(text, entries[entries.indexOf(before) - 1]?.end ?? span.start + 1))
    return [{ start: at, end: at, text: `${' '.repeat(columnOf(text, before.start))}${written},${style.eol}` }]
  }
  if (!last) return fillFlow(doc, collection, written, whole)
  if (!isFirstOnLine(text, last.start) || lineStart(text, last.start) === lineStart(text, span.start)) {
    return [{ start: last.end, end: last.end, text: `, ${written}` }]
  }
  const line = `${style.eol}${' '.repeat(columnOf(text, last.start))}${written}`
  const comma = /^[ \t]*,/.exec(text.slice(last.end, lineBreak(text, last.end)))
  const at = lineBreak(text, last.end)
  const behind = text.slice(last.end + (comma?.[0].length ?? 0), at).trim()
  if (behind !== '' && !behind.startsWith('#')) return [{ start: last.end, end: last.end, text: `, ${written}` }]
  if (comma) return [{ start: at, end: at, text: `${line},` }]
  if (behind === '') return [{ start: last.end, end: last.end, text: `,${line}` }]
  return [
    { start: last.end, end: last.end, text: ',' },
    { start: at, end: at, text: line },
  ]
}

/** An empty `{}` or `[]`: a block where one may stand, else within its brackets. */
function fillFlow(doc: Draftable, collection: number, written: string, whole: Value): TextEdit[] {
  const { text, tree } = doc
  const span = valueSpan(tree, collection)
  const above = parentOf(tree, collection)
  const inFlow = above !== undefined && isFlow(text, valueSpan(tree, above))
  const small = isList(whole) && whole.every((item) => !isMap(item) && !isList(item))
  if (!inFlow && !small && above !== undefined) {
    return replaceValue(doc, { node: collection, holder: collection, parent: above, value: Array.isArray(whole) ? [] : {} }, whole)
  }
  if (above === undefined && !small && text.slice(0, span.start).trim() !== '{') {
    return replaceValue(doc, { node: collection, holder: collection, parent: undefined, value: {} }, whole)
  }
  const inner = text.slice(span.start + 1, span.end - 1)
  const pad = /^ +$/.test(inner) ? ' ' : ''
  return [{ start: span.start + 1, end: inner.trim() === '' ? span.end - 1 : span.start + 1, text: pad + written + pad }]
}

function parentOf(tree: YamlTree, node: number): number | undefined {
  let parent: number | undefined
  for (let at = 0; at < node; ) {
    const inside: number | undefined = childrenOf(tree, at).findLast((child) => child <= node)
    parent = at
    if (inside === undefined || inside === node) break
    at = inside
  }
  return node === 0 ? undefined : parent
}

// ---- Removing

function removeNode(doc: Draftable, path: Path, places: readonly Place[]): TextEdit[] | Refused {
  const { text, tree } = doc
  const place = places[path.length]
  const above = places[path.length - 1]
  if (!place || !above) return []
  const entries = entriesOf(text, tree, above.holder)
  const name = tree.keys[place.node]
  const step = path[path.length - 1]
  const gone =
    typeof step === 'number' ? entries.filter(({ node }) => node === place.node) : entries.filter(({ node }) => tree.keys[node] === name)
  if (gone.length === 0) return { refused: `${nameOf(path)} comes from a merge key` }
  const total = isList(above.value) ? above.value.length : isMap(above.value) ? Object.keys(above.value).length : 0
  if (total === 1) return empty(doc, above)
  if (isFlow(text, valueSpan(tree, above.holder))) return gone.flatMap((entry) => removeFromFlow(doc, entries, entry))
  return gone.flatMap((entry) => removeLines(doc, above, entries, entry))
}

/** The last entry goes: brackets stay. */
function empty(doc: Draftable, place: Place): TextEdit[] {
  const { text, tree } = doc
  const span = valueSpan(tree, place.holder)
  const brackets = isList(place.value) ? '[]' : '{}'
  if (isFlow(text, span)) return [{ start: span.start, end: span.end, text: brackets }]
  const parent = parentOf(tree, place.holder)
  const owner: Place = { ...place, node: place.holder, parent }
  const { end: from, column } = indicatorOf(doc, owner)
  return replaceBlock(doc, span, from, column, { head: brackets, tail: [] }, parent === undefined)
}

function removeLines(doc: Draftable, holder: Place, entries: readonly Entry[], entry: Entry): TextEdit[] {
  const { text } = doc
  const index = entries.indexOf(entry)
  const before = entries[index - 1]
  const column = columnOf(text, entry.start)
  let end = extendedEnd(text, entry.end, column)
  if (!isFirstOnLine(text, entry.start)) {
    // On the line of a dash: what follows takes its place there.
    const below = nextLine(text, end)
    const next = skipSpaces(text, below)
    return [{ start: entry.start, end: next, text: '' }]
  }
  const isTop = index === 0 && holder.holder === 0 && isMap(holder.value)
  const start = isTop ? lineStart(text, entry.start) : commentsAbove(text, entry.start, before?.end ?? 0)
  let next = nextLine(text, end)
  const blankAbove = start > 0 && isBlankLine(text, lineStart(text, start - 1)) && lineStart(text, start - 1) >= (before?.end ?? 0)
  while (blankAbove && next < text.length && isBlankLine(text, next)) next = nextLine(text, next)
  if (next > end || start === 0) return [{ start, end: next, text: '' }]
  // The last line has no line break: the one before it goes, and so does the text's last one.
  end = text.length
  return [{ start: lineBreak(text, start - 1) === start - 1 && text.charAt(start - 2) === '\r' ? start - 2 : start - 1, end, text: '' }]
}

function skipSpaces(text: string, from: number): number {
  let at = from
  while (text.charAt(at) === ' ' || text.charAt(at) === '\n' || text.charAt(at) === '\r') at++
  return at
}

function removeFromFlow(doc: Draftable, entries: readonly Entry[], entry: Entry): TextEdit[] {
  const { text } = doc
  const index = entries.indexOf(entry)
  const before = entries[index - 1]
  const after = entries[index + 1]
  const end = lineBreak(text, entry.end)
  const behind = /^[ \t]*,?[ \t]*(?:#.*)?$/.test(text.slice(entry.end, end))
  const ownLines = isFirstOnLine(text, entry.start) && behind && end < text.length
  if (ownLines) {
    const start = commentsAbove(text, entry.start, before ? lineStart(text, before.end) + 1 : lineStart(text, entry.start))
    const lines = { start, end: nextLine(text, end), text: '' }
    const hasComma = /^[ \t]*,/.test(text.slice(entry.end, end))
    if (after || hasComma || !before) return [lines]
    const comma = text.indexOf(',', before.end)
    return [{ start: before.end, end: comma + 1, text: '' }, lines]
  }
  if (after) return [{ start: entry.start, end: after.start, text: '' }]
  return [{ start: before?.end ?? entry.start, end: entry.end, text: '' }]
}
