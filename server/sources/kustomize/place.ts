import type { Path } from '../../model/value.ts'
import { childNodes, countNodes, locateInScalar, spansOf } from '../../syntax/yaml/index.ts'
import type { Span } from '../../text/span.ts'
import { locateText } from '../chart/locate.ts'
import type { Location } from '../unit.ts'
import type { Doc } from './document.ts'
import type { Origin } from './node.ts'

/** Where the key or value of an origin is written; its value when it has no key. */
export function placeOf(origin: Pick<Origin, 'doc' | 'node'>, part: 'key' | 'value' = 'value'): Location {
  const spans = spansOf(origin.doc.tree, origin.node)
  return placeIn(origin.doc, part === 'key' ? (spans.key ?? spans.value) : spans.value)
}

/** Where a range of a document's text stands in its file. */
export function placeIn(doc: Doc, { start, end }: Span): Location {
  if (doc.rendered) return locateText(doc.rendered, { start, end }) ?? { file: doc.file, span: { start: 0, end: 0 } }
  const span = { start: doc.start + start, end: doc.start + end }
  if (!doc.inside) return { file: doc.file, span }
  const holder = doc.inside.doc
  return placeIn(holder, locateInScalar(holder.text, spansOf(holder.tree, doc.inside.node).value, span))
}

/** The path of a node in its document. */
export function pathOf({ doc, node }: Pick<Origin, 'doc' | 'node'>): Path {
  const path: (string | number)[] = []
  let at = 0
  while (at !== node) {
    const children = childNodes(doc.tree, at)
    const index = children.findIndex((child) => child.node <= node && node < child.node + countNodes(doc.tree, child.node))
    const child = children[index]
    if (!child) return path
    path.push(spansOf(doc.tree, child.node).key ? child.key : index)
    at = child.node
  }
  return path
}
