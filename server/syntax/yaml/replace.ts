import { isList, isMap, type Value } from '../../model/value.ts'
import type { TextEdit } from '../../text/edit.ts'
import type { Span } from '../../text/span.ts'
import { isJson, marginOf, writeInFlow } from './flow.ts'
import { columnOf, entriesOf, extendedEnd, isFirstOnLine, isFlow, lineBreak, lineStart, skipGap } from './layout.ts'
import type { Editable, Place } from './place.ts'
import { keySpan, linkOf, valueSpan } from './tree.ts'
import { isPlain, linesOf, type Written, writeBelowKey, writeFlow, writeItem, type YamlStyle } from './write.ts'

export function replaceValue(doc: Editable, place: Place, value: Value): TextEdit[] {
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
    const entry = keySpan(tree, place.node)?.start ?? old.start
    const margin = isFirstOnLine(text, entry) ? marginOf(text, entry) : undefined
    return [...untag, { start: old.start, end: old.end, text: gap + writeInFlow(doc, place.parent, value, margin, quote) }]
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

/** Behind the dash or colon of a node, and behind the anchor there: where its value begins. */
export function indicatorOf(doc: Editable, place: Place): { end: number; column: number; tag: Span | undefined } {
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
  let tag: Span | undefined
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

function writeRoot(value: Value, column: number, style: YamlStyle): Written {
  const [head = '', ...tail] = linesOf(value, column, style)
  return { head: head.slice(column), tail }
}

/** A block collection, with all comments inside it. */
export function replaceBlock(doc: Editable, old: Span, from: number, column: number, written: Written, root: boolean): TextEdit[] {
  const { text, style } = doc
  const below = written.tail.map((line) => style.eol + line).join('')
  const end = extendedEnd(text, old.end, root ? -1 : column)
  const sameLine = root || lineStart(text, old.start) === lineStart(text, from)
  if (sameLine) return [{ start: old.start, end, text: written.head + below }]
  const lineEnd = lineBreak(text, from)
  const head: TextEdit[] = written.head === '' ? [] : [{ start: from, end: from, text: ` ${written.head}` }]
  return [...head, { start: lineEnd, end, text: below }]
}

function replaceBlockScalar(doc: Editable, old: Span, written: Written): TextEdit[] {
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
export function keepsQuotes(old: string, value: Value): '"' | "'" | undefined {
  if (typeof value !== 'string') return undefined
  const quote = old.startsWith('"') ? '"' : old.startsWith("'") ? "'" : undefined
  return quote && isPlain(old.slice(1, -1), true) ? quote : undefined
}
