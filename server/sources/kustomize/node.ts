import { type Body, isList, isMap, unknown, type Value } from '../../model/value.ts'
import { childNodes, countNodes, spansOf } from '../../syntax/yaml/index.ts'
import type { Doc } from './document.ts'
import { resolveText, type Tag } from './scalar.ts'

/**
 * Who wrote a value: a node of a document (of a base, a patch, or the field of a kustomization), and who had
 * written it before.
 */
export interface Origin {
  readonly doc: Doc
  readonly node: number
  readonly before?: Origin
}

/** Values while they are built. Never changed once made: what transformers leave alone is shared between builds. */
export type Node = Scalar | MapNode | ListNode

/** A scalar as text and tag, because kustomize compares, joins and replaces texts. */
export interface Scalar {
  readonly kind: 'scalar'
  readonly text: string
  /** '' for what is resolved by its text when it is written out. */
  readonly tag: Tag
  /** Written with quotes or as a block: text in any case. Whoever replaces the value inherits it. */
  readonly quoted: boolean
  readonly from: Origin
}

export class MapNode {
  readonly kind = 'map'
  readonly from: Origin
  /** Just as its document has it, with everything below. */
  readonly own: boolean
  #size: number | undefined
  #entries: ReadonlyMap<string, Node> | undefined
  #value: Value | undefined

  /** Without entries, the node is the document's own and its entries are made when somebody asks for them. */
  constructor(from: Origin, entries: ReadonlyMap<string, Node> | undefined, value?: Body) {
    this.from = from
    this.own = entries === undefined
    this.#entries = entries
    this.#value = value
  }

  get entries(): ReadonlyMap<string, Node> {
    if (this.#entries) return this.#entries
    const entries = new Map<string, Node>()
    const body = this.#value as Body
    for (const { key, node } of childNodes(this.from.doc.tree, this.from.node)) {
      if (Object.hasOwn(body, key)) entries.set(key, ownNode(this.from.doc, node, body[key] as Value))
    }
    this.#entries = entries
    return entries
  }

  get value(): Value {
    this.#value ??= Object.fromEntries([...this.entries].map(([key, node]) => [key, plainOf(node)])) as Body
    return this.#value
  }

  get size(): number {
    this.#size ??= sizeOfAll(this.from, this.own, () => this.entries.values())
    return this.#size
  }

  get(key: string): Node | undefined {
    return this.entries.get(key)
  }

  with(key: string, node: Node): MapNode {
    return this.entries.get(key) === node ? this : new MapNode(this.from, new Map(this.entries).set(key, node))
  }

  without(key: string): MapNode {
    if (!this.entries.has(key)) return this
    const entries = new Map(this.entries)
    entries.delete(key)
    return new MapNode(this.from, entries)
  }
}

export class ListNode {
  readonly kind = 'list'
  readonly from: Origin
  /** Just as its document has it, with everything below. */
  readonly own: boolean
  #size: number | undefined
  #items: readonly Node[] | undefined
  #value: Value | undefined

  constructor(from: Origin, items: readonly Node[] | undefined, value?: readonly Value[]) {
    this.from = from
    this.own = items === undefined
    this.#items = items
    this.#value = value
  }

  get items(): readonly Node[] {
    if (this.#items) return this.#items
    const values = this.#value as readonly Value[]
    this.#items = childNodes(this.from.doc.tree, this.from.node).map(({ node }, i) => ownNode(this.from.doc, node, values[i] ?? null))
    return this.#items
  }

  get value(): Value {
    this.#value ??= this.items.map(plainOf)
    return this.#value
  }

  get size(): number {
    this.#size ??= sizeOfAll(this.from, this.own, () => this.items)
    return this.#size
  }

  with(index: number, node: Node): ListNode {
    return this.items[index] === node ? this : new ListNode(this.from, this.items.with(index, node))
  }
}

/** The root of a document; undefined when it is empty or nothing of it could be read. */
export function rootNode(doc: Doc): Node | undefined {
  return doc.body === undefined ? undefined : ownNode(doc, 0, doc.body)
}

function ownNode(doc: Doc, node: number, value: Value): Node {
  const from: Origin = { doc, node }
  if (isList(value)) return new ListNode(from, undefined, value)
  if (isMap(value)) return new MapNode(from, undefined, value)
  const { start, end } = spansOf(doc.tree, node).anchor
  if (typeof value === 'string') {
    const first = doc.text.charAt(start)
    const quoted = end > start && (first === '"' || first === "'" || first === '|' || first === '>')
    return { kind: 'scalar', text: value, tag: 'str', quoted, from }
  }
  const text = doc.text.slice(start, end)
  const tag =
    value === null ? 'null' : typeof value === 'boolean' ? 'bool' : Number.isInteger(value) && !/[.eE]/.test(text) ? 'int' : 'float'
  return { kind: 'scalar', text: resolveText(text) === value ? text : String(value ?? ''), tag, quoted: false, from }
}

/** Plain data, as it comes out of the build. */
export function plainOf(node: Node): Value {
  if (node.kind !== 'scalar') return node.value
  if (node.quoted || node.tag === 'str') return node.text
  if (node.tag === 'null') return null
  if (node.tag === 'unknown') return unknown(node.text)
  return resolveText(node.text)
}

/** Text that a transformer or generator wrote. */
export function textNode(text: string, from: Origin): Scalar {
  return { kind: 'scalar', text, tag: 'str', quoted: false, from }
}

export function isNull(node: Node | undefined): boolean {
  return node === undefined || (node.kind === 'scalar' && node.tag === 'null')
}

/** Whether kustomize sees nothing there: absent, null, or an empty map or list. */
export function isNilOrEmpty(node: Node | undefined): boolean {
  if (isNull(node)) return true
  return node?.kind === 'map' ? node.entries.size === 0 : node?.kind === 'list' ? node.items.length === 0 : false
}

export function mapAt(node: Node | undefined, ...path: readonly string[]): MapNode | undefined {
  let at = node
  for (const step of path) at = at?.kind === 'map' ? at.get(step) : undefined
  return at?.kind === 'map' ? at : undefined
}

/** `node` as the new value where `old` was: the old one's writers are kept in its history. */
export function replacing<T extends Node>(node: T, old: Node | undefined): T {
  if (!old || old === node || node.from.before) return node
  const from: Origin = { ...node.from, before: old.from }
  if (node.kind === 'scalar') return { ...node, from }
  return (node.kind === 'map' ? new MapNode(from, node.entries) : new ListNode(from, node.items)) as T
}

/** How many values a node holds, parts that it shares counted each time: what a walk over it costs. */
export function sizeOf(node: Node): number {
  return node.kind === 'scalar' ? 1 : node.size
}

function sizeOfAll(from: Origin, own: boolean, children: () => Iterable<Node>): number {
  if (own) return countNodes(from.doc.tree, from.node)
  let size = 1
  for (const child of children()) size += sizeOf(child)
  return size
}
