import { compareText } from '../../text/path.ts'
import { MapNode, mapAt, type Node, replacing } from './node.ts'
import { type Resource, withNode } from './resource.ts'

/** A generated object in the place of the one that it replaces, or merged into it (`resmap`'s `appendReplaceOrMerge`). */
export function absorbed(old: Resource, made: Resource): Resource {
  let node = made.node
  const before = mapAt(old.node, 'metadata')
  let metadata = mapAt(node, 'metadata')
  if (before && metadata) {
    for (const field of ['labels', 'annotations']) metadata = merged(metadata, before, field)
    for (const field of ['name', 'namespace']) {
      const kept = before.get(field)
      metadata = kept ? metadata.with(field, kept) : metadata.without(field)
    }
    node = node.with('metadata', metadata)
  }
  if (made.behavior === 'merge') for (const field of ['data', 'binaryData']) node = merged(node, old.node, field)
  const generator = made.behavior === 'replace' ? made.generator : old.generator
  return withNode({ ...old, needsHash: old.needsHash && made.needsHash, ...(generator ? { generator } : {}) }, node)
}

/** The entries of both, those of `made` first where a key is in both; no empty map. */
function merged(made: MapNode, old: MapNode, field: string): MapNode {
  const before = mapAt(old, field)?.entries ?? new Map<string, Node>()
  const own = mapAt(made, field)?.entries ?? new Map<string, Node>()
  const entries = new Map<string, Node>()
  for (const key of [...new Set([...before.keys(), ...own.keys()])].sort(compareText)) {
    const value = own.get(key)
    const kept = value ? replacing(value, before.get(key)) : before.get(key)
    if (kept?.kind === 'scalar') entries.set(key, { ...kept, tag: kept.tag === 'unknown' ? 'unknown' : 'str' })
  }
  if (entries.size === 0) return made.without(field)
  const holder = mapAt(made, field) ?? mapAt(old, field) ?? made
  return made.with(field, new MapNode(holder.from, entries))
}
