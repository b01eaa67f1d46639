import { isList, isMap, type Value } from '../../model/value.ts'
import type { TextEdit } from '../../text/edit.ts'
import { commentsAbove, type Entry, isFirstOnLine, isFlow, lineBreak, lineStart, nextLine } from './layout.ts'
import type { Editable } from './place.ts'
import { childrenOf, keySpan, valueSpan, type YamlTree } from './tree.ts'
import { writeFlow, writeKey, type YamlStyle } from './write.ts'

/** Whether a flow collection is written like JSON. */
export function isJson(text: string, tree: YamlTree, collection: number): boolean {
  if (!isFlow(text, valueSpan(tree, collection))) return false
  const children = childrenOf(tree, collection)
  const quoted = children.map((child) => text.charAt(keySpan(tree, child)?.start ?? -1)).filter((char) => char !== '')
  if (quoted.length > 0) return quoted.every((char) => char === '"')
  // A document of two brackets may be either: JSON is both.
  return collection === 0 || isJson(text, tree, 0)
}

/**
 * A value as an entry of a flow collection.
 * @param margin the white space before the entry, when it begins a line: JSON goes on over several lines then
 */
export function writeInFlow(doc: Editable, collection: number, value: Value, margin: string | undefined, quote?: '"' | "'"): string {
  const style = flowStyle(doc, collection)
  if (margin === undefined || !style.json) return writeFlow(value, style, quote, true)
  const outer = marginOf(doc.text, valueSpan(doc.tree, collection).start)
  const step = margin.startsWith(outer) && margin.length > outer.length ? margin.slice(outer.length) : '  '
  return writeLines(value, style, margin, step)
}

export function flowStyle(doc: Editable, collection: number): YamlStyle {
  return isJson(doc.text, doc.tree, collection) ? { ...doc.style, json: true } : doc.style
}

function writeLines(value: Value, style: YamlStyle, margin: string, step: string): string {
  const inner = margin + step
  const entries = isMap(value)
    ? Object.entries(value).map(([key, item]) => `${writeKey(key, style, true)}: ${writeLines(item, style, inner, step)}`)
    : isList(value)
      ? value.map((item) => writeLines(item, style, inner, step))
      : []
  if (entries.length === 0) return writeFlow(value, style, undefined, true)
  const [open, close] = isMap(value) ? ['{', '}'] : ['[', ']']
  return `${open}${entries.map((entry) => `${style.eol}${inner}${entry}`).join(',')}${style.eol}${margin}${close}`
}

/** The white space that the line of an offset begins with. */
export function marginOf(text: string, offset: number): string {
  return /^[ \t]*/.exec(text.slice(lineStart(text, offset), offset))?.[0] ?? ''
}

/**
 * Adds to a flow collection that has entries, at its end or before one of them.
 * @param write the new entry, given the white space before it when it begins a line
 */
export function addToFlow(
  doc: Editable,
  collection: number,
  entries: readonly Entry[],
  before: Entry | undefined,
  write: (margin: string | undefined) => string,
): TextEdit[] {
  const { text, tree, style } = doc
  const open = valueSpan(tree, collection).start
  if (before) {
    if (!isFirstOnLine(text, before.start)) return [{ start: before.start, end: before.start, text: `${write(undefined)}, ` }]
    const above = entries[entries.indexOf(before) - 1]?.end ?? open + 1
    const at = commentsAbove(text, before.start, lineStart(text, above))
    const margin = marginOf(text, before.start)
    return [{ start: at, end: at, text: `${margin}${write(margin)},${style.eol}` }]
  }
  const last = entries[entries.length - 1]
  if (!last) return []
  const end = lineBreak(text, last.end)
  const comma = /^[ \t]*,/.exec(text.slice(last.end, end))
  const behind = text.slice(last.end + (comma?.[0].length ?? 0), end).trim()
  const isOnLineOfItsOwn = isFirstOnLine(text, last.start) && lineStart(text, last.start) !== lineStart(text, open)
  if (!isOnLineOfItsOwn || (behind !== '' && !behind.startsWith('#'))) {
    return [{ start: last.end, end: last.end, text: `, ${write(undefined)}` }]
  }
  const margin = marginOf(text, last.start)
  const line = `${style.eol}${margin}${write(margin)}`
  if (comma) return [{ start: end, end, text: `${line},` }]
  if (behind === '') return [{ start: last.end, end: last.end, text: `,${line}` }]
  return [
    { start: last.end, end: last.end, text: ',' },
    { start: end, end, text: line },
  ]
}

export function removeFromFlow(doc: Editable, entries: readonly Entry[], entry: Entry): TextEdit[] {
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
