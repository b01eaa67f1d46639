import { equal, get, isMap, type Path, type Value } from '../../model/value.ts'
import { editYaml, type YamlChange } from '../../syntax/yaml/index.ts'
import { applyEdits } from '../../text/edit.ts'
import type { FileEdit } from '../unit.ts'
import type { Doc } from './document.ts'
import { isNull, type MapNode, type Node, type Origin, plainOf } from './node.ts'
import { pathOf } from './place.ts'
import { historyOf, nodeAt } from './trace.ts'

/** A change of a built object. */
export type Change =
  | { readonly op: 'set'; readonly path: Path; readonly value: Value }
  | { readonly op: 'remove'; readonly path: Path }
  | { readonly op: 'insert'; readonly path: Path; readonly index: number; readonly value: Value }

export interface DocChange {
  readonly doc: Doc
  readonly change: YamlChange
}

interface Refused {
  readonly refused: string
}

/** The same change in the documents where the value is written, each by its own path. */
export function whereWritten(root: MapNode, change: Change): readonly DocChange[] | Refused {
  if (change.path.length === 0) return { refused: 'the whole object cannot be changed where it is written' }
  if (change.op === 'remove') return removals(root, change.path)
  if (change.op === 'insert') return insertion(root, change)
  const node = nodeAt(root, change.path)
  if (node && !isNull(node)) return replacement(node, change.path, change.value)
  return addition(root, change.path, change.value)
}

/** Whether a document says at an origin what the build says: nothing was done to the value on the way. */
function saysTheSame({ doc, node }: Origin, value: Node): boolean {
  return equal(get(doc.body, ...pathOf({ doc, node })) ?? null, plainOf(value))
}

function replacement(node: Node, path: Path, value: Value): readonly DocChange[] | Refused {
  const { from } = node
  if (saysTheSame(from, node)) return [{ doc: from.doc, change: { op: 'set', path: pathOf(from), value } }]
  const special = ofField(node, path, value)
  return special ?? { refused: 'a transformer makes the value of what is written' }
}

/** Fields of a kustomization that are no value themselves but decide one: a literal, parts of an image. */
function ofField(node: Node, path: Path, value: Value): readonly DocChange[] | undefined {
  const { doc, node: index } = node.from
  const at = pathOf(node.from)
  const field = at.at(-1)
  if (typeof value !== 'string' || node.kind !== 'scalar') return undefined
  const literal = get(doc.body, ...at)
  const key = String(path.at(-1))
  if (at.includes('literals') && typeof literal === 'string' && literal.startsWith(`${key}=`)) {
    return [{ doc, change: { op: 'set', path: at, value: `${key}=${value}` } }]
  }
  if (at[0] !== 'images' || (field !== 'newTag' && field !== 'digest')) return undefined
  const old = imageParts(node.text)
  const wanted = imageParts(value)
  if (!old || !wanted || old.name !== wanted.name || doc.tree.keys[index] !== field) return undefined
  const parent = at.slice(0, -1)
  const entry = get(doc.body, ...parent)
  if (!isMap(entry)) return undefined
  const changes: YamlChange[] = []
  for (const [part, text] of [
    ['newTag', wanted.tag],
    ['digest', wanted.digest],
  ] as const) {
    if (text !== '') changes.push({ op: 'set', path: [...parent, part], value: text })
    else if (part in entry) changes.push({ op: 'remove', path: [...parent, part] })
  }
  return changes.map((change) => ({ doc, change }))
}

function imageParts(image: string): { name: string; tag: string; digest: string } | undefined {
  const match = /^(.*?)(?::([^:/@]+))?(?:@(.+))?$/.exec(image)
  return match ? { name: match[1] ?? '', tag: match[2] ?? '', digest: match[3] ?? '' } : undefined
}

/** Into the innermost map that is there. */
function addition(root: MapNode, path: Path, value: Value): readonly DocChange[] | Refused {
  for (let length = path.length - 1; length >= 0; length--) {
    const holder = nodeAt(root, path.slice(0, length))
    if (!holder || isNull(holder)) continue
    if (holder.kind !== 'map') return { refused: 'there is no map to hold the value' }
    return [{ doc: holder.from.doc, change: { op: 'set', path: [...pathOf(holder.from), ...path.slice(length)], value } }]
  }
  return { refused: 'there is nothing to hold the value' }
}

function insertion(root: MapNode, { path, index, value }: Change & { readonly op: 'insert' }): readonly DocChange[] | Refused {
  const list = nodeAt(root, path)
  if (!list || isNull(list)) return addition(root, path, [value])
  if (list.kind !== 'list') return { refused: 'there is no list to hold the value' }
  const { doc } = list.from
  const written = get(doc.body, ...pathOf(list.from))
  // Where the list was merged, its own document counts other items.
  const at = list.own ? index : Array.isArray(written) ? written.length : 0
  return [{ doc, change: { op: 'insert', path: pathOf(list.from), index: at, value } }]
}

/** From every document that writes the value: what a patch says is gone only when the base does not say it either. */
function removals(root: MapNode, path: Path): readonly DocChange[] | Refused {
  const node = nodeAt(root, path)
  if (!node) return []
  const history = historyOf(node)
  const [first] = history
  if (!first || !saysTheSame(first, node)) return { refused: 'a transformer writes the value' }
  return history.map(({ doc, node }): DocChange => ({ doc, change: { op: 'remove', path: pathOf({ doc, node }) } }))
}

/** The edits that make changes of several documents true. */
export function editDocs(changes: readonly DocChange[]): readonly FileEdit[] | Refused {
  const byDoc = new Map<Doc, YamlChange[]>()
  for (const { doc, change } of changes) {
    if (doc.rendered) return { refused: 'a chart renders it' }
    const list = byDoc.get(doc)
    const same = list?.some((known) => JSON.stringify(known) === JSON.stringify(change))
    if (list && !same) list.push(change)
    else if (!list) byDoc.set(doc, [change])
  }
  const edits: FileEdit[] = []
  const outer: DocChange[] = []
  for (const [doc, list] of byDoc) {
    const result = editYaml(doc.text, list)
    if ('refused' in result) return result
    if (doc.inside) outer.push(inHolder(doc, doc.inside, applyEdits(doc.text, result.edits)))
    else
      edits.push(
        ...result.edits.map(({ start, end, text }) => ({ file: doc.file, span: { start: doc.start + start, end: doc.start + end }, text })),
      )
  }
  if (outer.length === 0) return edits
  const rest = editDocs(outer)
  return 'refused' in rest ? rest : [...edits, ...rest]
}

/** A document inside a string is changed by changing the string. */
function inHolder(doc: Doc, { doc: holder, node }: NonNullable<Doc['inside']>, text: string): DocChange {
  const path = pathOf({ doc: holder, node })
  const whole = String(get(holder.body, ...path) ?? '')
  return { doc: holder, change: { op: 'set', path, value: whole.slice(0, doc.start) + text + whole.slice(doc.start + doc.text.length) } }
}
