import { isList, isMap, type Value } from '../../model/value.ts'
import type { TextEdit } from '../../text/edit.ts'
import { addToFlow, flowStyle, writeInFlow } from './flow.ts'
import { columnOf, commentsAbove, type Entry, entriesOf, extendedEnd, isFirstOnLine, isFlow } from './layout.ts'
import { type Editable, parentOf } from './place.ts'
import { keepsQuotes, replaceValue } from './replace.ts'
import { valueSpan, type YamlTree } from './tree.ts'
import { entryLines, writeItem, writeKey } from './write.ts'

/** A key that the map does not have. */
export function addEntry(doc: Editable, map: number, key: string, value: Value): TextEdit[] {
  const { text, tree, style } = doc
  const span = valueSpan(tree, map)
  if (!isFlow(text, span)) return addLines(doc, map, entryLines(key, value, columnOf(text, span.start), style))
  const write = (margin: string | undefined): string =>
    `${writeKey(key, flowStyle(doc, map), true)}: ${writeInFlow(doc, map, value, margin)}`
  const entries = entriesOf(text, tree, map)
  return entries.length > 0
    ? addToFlow(doc, map, entries, undefined, write)
    : fillFlow(doc, map, write(undefined), Object.fromEntries([[key, value]]))
}

/** An item before the one at `index`, or at the end. */
export function addItem(doc: Editable, list: number, index: number, value: Value): TextEdit[] {
  const { text, tree, style } = doc
  const span = valueSpan(tree, list)
  const entries = entriesOf(text, tree, list)
  const quote = typeof value === 'string' ? siblingQuote(text, tree, entries) : undefined
  if (isFlow(text, span)) {
    const write = (margin: string | undefined): string => writeInFlow(doc, list, value, margin, quote)
    return entries.length > 0 ? addToFlow(doc, list, entries, entries[index], write) : fillFlow(doc, list, write(undefined), [value])
  }
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
function addLines(doc: Editable, collection: number, lines: readonly string[]): TextEdit[] {
  const { text, tree, style } = doc
  const span = valueSpan(tree, collection)
  const at = extendedEnd(text, span.end, columnOf(text, span.start))
  return [{ start: at, end: at, text: lines.map((line) => style.eol + line).join('') }]
}

/** An empty `{}` or `[]`: a block where one may stand, else within its brackets. */
function fillFlow(doc: Editable, collection: number, written: string, whole: Value): TextEdit[] {
  const { text, tree } = doc
  const span = valueSpan(tree, collection)
  const above = parentOf(tree, collection)
  const inFlow = above !== undefined && isFlow(text, valueSpan(tree, above))
  const small = isList(whole) && whole.every((item) => !isMap(item) && !isList(item))
  if (!inFlow && !small && above !== undefined) {
    return replaceValue(doc, { node: collection, holder: collection, parent: above, value: Array.isArray(whole) ? [] : {} }, whole)
  }
  const inner = text.slice(span.start + 1, span.end - 1)
  const pad = /^ +$/.test(inner) ? ' ' : ''
  return [{ start: span.start + 1, end: inner.trim() === '' ? span.end - 1 : span.start + 1, text: pad + written + pad }]
}
