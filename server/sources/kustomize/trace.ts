import type { Path } from '../../model/value.ts'
import { decodeScalar, locateInScalar, spansOf } from '../../syntax/yaml/index.ts'
import { contains, type Span } from '../../text/span.ts'
import type { Location, Origin as Told } from '../unit.ts'
import type { MapNode, Node, Origin } from './node.ts'
import { placeIn, placeOf } from './place.ts'

/** The node at a path of an object. */
export function nodeAt(root: MapNode, path: Path): Node | undefined {
  let at: Node | undefined = root
  for (const step of path) {
    if (at?.kind === 'map') at = at.get(String(step))
    else if (at?.kind === 'list' && typeof step === 'number') at = at.items[step]
    else return undefined
  }
  return at
}

/** Who wrote a value, the one that decides first, each place once. */
export function historyOf(node: Node): Origin[] {
  const history: Origin[] = []
  for (let origin: Origin | undefined = node.from; origin; origin = origin.before) {
    const { doc, node } = origin
    if (!history.some((known) => known.doc === doc && known.node === node)) history.push(origin)
  }
  return history
}

export function originsOf(root: MapNode, path: Path): readonly Told[] {
  const node = nodeAt(root, path)
  if (!node) return []
  return historyOf(node).map((origin, i) => ({
    ...placeOf(origin),
    role: i === 0 ? 'written' : 'contributes',
  }))
}

/** A key is where an entry of this name is written, which the field of a kustomization that sets the value is not. */
export function locateNode(root: MapNode, path: Path, part: 'key' | 'value'): Location | undefined {
  const node = nodeAt(root, path)
  if (!node) return undefined
  if (part === 'value') return placeOf(node.from)
  const key = path.at(-1)
  const own = historyOf(node).find(({ doc, node }) => doc.tree.keys[node] === key)
  return placeOf(own ?? node.from, 'key')
}

export function locateText(root: MapNode, path: Path, range: Span): Location | undefined {
  const node = nodeAt(root, path)
  if (!node) return undefined
  const { doc, node: index } = node.from
  const span = spansOf(doc.tree, index).value
  const text = node.kind === 'scalar' ? node.text : ''
  // A whole file, or a line of one, is not decoded.
  if (doc.body === undefined) {
    const plain = doc.text.slice(span.start, span.end) === text
    return placeIn(doc, plain ? { start: span.start + range.start, end: span.start + range.end } : span)
  }
  return placeIn(doc, decodeScalar(doc.text, span)?.value === text ? locateInScalar(doc.text, span, range) : span)
}

/** The innermost value that a place of a file has to do with; its path. */
export function findAt(root: MapNode, file: string, offset: number): { path: Path; part: 'key' | 'value'; size: number } | undefined {
  let best: { path: Path; part: 'key' | 'value'; size: number } | undefined
  const cursor = { start: offset, end: offset }
  const look = (node: Node, path: Path): void => {
    let inside = false
    for (const origin of historyOf(node)) {
      if (origin.doc.file !== file && !origin.doc.rendered) continue
      for (const part of ['value', 'key'] as const) {
        const place = placeOf(origin, part)
        if (place.file !== file || !contains(place.span, cursor)) continue
        inside = true
        const size = place.span.end - place.span.start
        if (!best || size < best.size || (size === best.size && path.length > best.path.length)) best = { path, part, size }
      }
    }
    // What a document has as it is lies inside its own span; of anything else every part may come from here.
    if (node.kind !== 'scalar' && node.own && !inside && !node.from.doc.rendered) return
    if (node.kind === 'map') for (const [key, child] of node.entries) look(child, [...path, key])
    if (node.kind === 'list') for (const [i, item] of node.items.entries()) look(item, [...path, i])
  }
  look(root, [])
  return best
}
