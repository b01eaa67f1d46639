import { isList, type Path, type Value } from '../../model/value.ts'
import type { TextEdit } from '../../text/edit.ts'
import type { Refused, YamlChange } from './change.ts'
import { addEntry, addItem } from './insert.ts'
import { lineStart } from './layout.ts'
import { type Editable, isMerged, placesOn } from './place.ts'
import { removeNode } from './remove.ts'
import { replaceValue } from './replace.ts'
import { linesOf } from './write.ts'

/** The edits of a text that make one change true. Whether they do nothing else is for the caller to check. */
export function rewrite(doc: Editable, change: YamlChange): TextEdit[] | Refused {
  const places = placesOn(doc.tree, change.path)
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

function build(path: Path, value: Value): Value {
  return path.reduceRight((below: Value, step) => (typeof step === 'number' ? [below] : Object.fromEntries([[step, below]])), value)
}

function isEmptyDocument({ text, tree }: Editable): boolean {
  return tree.body === undefined && tree.problems.length === 0 && !/^[^\s#%\-.]/m.test(text)
}

/** Into a document of nothing but comments: below them. */
function writeDocument({ text, style }: Editable, change: YamlChange): TextEdit[] {
  if (change.op === 'remove') return []
  const lines = linesOf(build(change.path, change.op === 'insert' ? [change.value] : change.value), 0, style)
  const end = /^\.\.\./m.exec(text)?.index ?? text.length
  const before = end > 0 && text.charAt(end - 1) !== '\n' && end > lineStart(text, end) ? style.eol : ''
  return [{ start: end, end, text: before + lines.join(style.eol) + style.eol }]
}
