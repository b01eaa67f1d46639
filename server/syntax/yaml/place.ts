import type { Path, Value } from '../../model/value.ts'
import { valueAt } from './change.ts'
import { entriesOf } from './layout.ts'
import { childrenOf, findChild, linkOf, type YamlTree } from './tree.ts'
import type { YamlStyle } from './write.ts'

/** One document as it is edited. */
export interface Editable {
  readonly text: string
  readonly tree: YamlTree
  readonly style: YamlStyle
}

/** A node on a path, and the collection whose text it stands in. */
export interface Place {
  readonly node: number
  /** The node whose children are written where this one's are: itself, or what its alias stands for. */
  readonly holder: number
  readonly parent: number | undefined
  readonly value: Value
}

/** The places from the root down to the last one that exists on the path. */
export function placesOn(tree: YamlTree, path: Path): Place[] {
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

/** Whether an entry of a map is a copy that a merge key made: it is written somewhere else. */
export function isMerged(doc: Editable, place: Place, holder: Place): boolean {
  return linkOf(doc.tree, place.node) !== undefined && !entriesOf(doc.text, doc.tree, holder.holder).some(({ node }) => node === place.node)
}

export function parentOf(tree: YamlTree, node: number): number | undefined {
  let parent: number | undefined
  for (let at = 0; at < node; ) {
    const inside: number | undefined = childrenOf(tree, at).findLast((child) => child <= node)
    parent = at
    if (inside === undefined || inside === node) break
    at = inside
  }
  return node === 0 ? undefined : parent
}
