import type { Location } from '../unit.ts'
import { type Doc, docsInside } from './document.ts'
import { isNilOrEmpty, type MapNode, mapAt, type Node, rootNode, type Scalar } from './node.ts'
import { placeIn, placeOf } from './place.ts'
import { makeResource, type Resource, scalarText } from './resource.ts'

export interface Objects {
  readonly resources: readonly Resource[]
  readonly problems: readonly (Location & { readonly message: string; readonly harmless?: boolean })[]
}

const read = new WeakMap<Doc, Objects>()

/** The objects of a document that is meant to hold nothing else. */
export function objectsOf(doc: Doc): Objects {
  const known = read.get(doc)
  if (known) return known
  const problems: (Location & { message: string; harmless?: boolean })[] = doc.tree.problems.map(({ message, harmless, ...span }) => ({
    ...placeIn(doc, span),
    message,
    ...(harmless ? { harmless } : {}),
  }))
  const resources: Resource[] = []
  const queue: (Node | undefined)[] = [rootNode(doc)]
  // Lists may hold lists; no file nests them deeper than its own nesting.
  for (let node = queue.shift(); node !== undefined || queue.length > 0; node = queue.shift()) {
    if (node === undefined || isNilOrEmpty(node)) continue
    const error = node.kind === 'map' ? errorOf(node) : 'Only objects can be resources.'
    if (error) {
      if (doc.tree.problems.length === 0) problems.push({ ...placeOf(node.from), message: error })
      continue
    }
    const map = node as MapNode
    const items = map.get('items')
    if (scalarText(map.get('kind')).endsWith('List') && items) queue.push(...(items.kind === 'list' ? items.items : []))
    else resources.push(makeResource(map))
  }
  const result: Objects = { resources, problems }
  read.set(doc, result)
  return result
}

export function resourcesOf(doc: Doc): readonly Resource[] {
  return objectsOf(doc).resources
}

function errorOf(node: MapNode): string | undefined {
  const kind = scalarText(node.get('kind'))
  if (kind === '') return 'This is no object: it has no kind.'
  if (kind.endsWith('List')) return undefined
  return scalarText(mapAt(node, 'metadata')?.get('name')) === '' ? 'Kustomize refuses an object without metadata.name.' : undefined
}

/** The objects that an entry holds itself, where others name a file. */
export function inlineObjects(entry: Scalar): readonly Resource[] {
  if (!/\n|:\s/.test(entry.text)) return []
  return docsInside(entry.text, entry.from).flatMap((doc) => resourcesOf(doc))
}
