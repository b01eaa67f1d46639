import { isList, isMap, type Path } from '../../model/value.ts'
import type { TextEdit } from '../../text/edit.ts'
import { nameOf, type Refused } from './change.ts'
import { removeFromFlow } from './flow.ts'
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
} from './layout.ts'
import { type Editable, type Place, parentOf } from './place.ts'
import { indicatorOf, replaceBlock } from './replace.ts'
import { valueSpan } from './tree.ts'

export function removeNode(doc: Editable, path: Path, places: readonly Place[]): TextEdit[] | Refused {
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
function empty(doc: Editable, place: Place): TextEdit[] {
  const { text, tree } = doc
  const span = valueSpan(tree, place.holder)
  const brackets = isList(place.value) ? '[]' : '{}'
  if (isFlow(text, span)) return [{ start: span.start, end: span.end, text: brackets }]
  const parent = parentOf(tree, place.holder)
  const owner: Place = { ...place, node: place.holder, parent }
  const { end: from, column } = indicatorOf(doc, owner)
  return replaceBlock(doc, span, from, column, { head: brackets, tail: [] }, parent === undefined)
}

function removeLines(doc: Editable, holder: Place, entries: readonly Entry[], entry: Entry): TextEdit[] {
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
