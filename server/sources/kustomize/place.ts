import { type NodeSpans, spansOf } from '../../syntax/yaml/index.ts'
import type { Span } from '../../text/span.ts'
import type { Location } from '../unit.ts'
import type { Doc } from './document.ts'
import type { Origin } from './node.ts'

/** Where the key or value of an origin is written; its value when it has no key. */
export function placeOf(origin: Origin, part: 'key' | 'value' = 'value'): Location {
  const spans: NodeSpans = spansOf(origin.doc.tree, origin.node)
  return placeIn(origin.doc, part === 'key' ? (spans.key ?? spans.value) : spans.value)
}

/** Where a range of a document's text stands in its file. */
export function placeIn(doc: Doc, span: Span): Location {
  if (doc.inside) return placeOf(doc.inside)
  return { file: doc.file, span: { start: doc.start + span.start, end: doc.start + span.end } }
}
