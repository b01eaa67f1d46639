import { isList, isMap, type Path, type Value } from '../../model/value.ts'
import type { Span } from '../../text/span.ts'

export interface YamlProblem extends Span {
  readonly message: string
  /** The text says something else than its author sees, but all of it was understood. */
  readonly harmless?: boolean
}

/**
 * One document: its plain body, and beside it where each key and value is written, as offsets of the
 * document's own text. Positions are one typed array in the order of the text (a fifth of a syntax tree's
 * memory). `body` is undefined when nothing could be understood or the document is empty.
 */
export interface YamlTree {
  readonly body: Value | undefined
  readonly positions: Int32Array
  /** The key of each node below a map; '' below a list. */
  readonly keys: readonly string[]
  readonly problems: readonly YamlProblem[]
}

/** The columns of one node in `positions`. `LINK` is the node whose children stand in for an alias's own, or -1. */
export const COLUMNS = 6
export const KEY_START = 0
export const KEY_END = 1
export const VALUE_START = 2
export const VALUE_END = 3
export const NEXT = 4
export const LINK = 5

/** The key of the node of a `<<`, which no body has. Its children stand again, as links, below the map that they are merged into. */
export const MERGE_KEY = '\u0000<<'
/** Stands for the node of a value that has none: an anchor on a key. */
export const NO_NODE = -1

export interface NodeSpans {
  /** Undefined for the root and for list items. */
  readonly key: Span | undefined
  readonly value: Span
}

/**
 * Where the value at `path` is written. Undefined when it is absent. What an alias or a merge key brings in
 * is found where its anchor is written: that is the line a person would edit.
 */
export function findNode(tree: YamlTree, path: Path): NodeSpans | undefined {
  const node = findIndex(tree, path)
  if (node === undefined) return undefined
  const at = (column: number): number => tree.positions[node * COLUMNS + column] ?? 0
  return {
    key: at(KEY_END) > at(KEY_START) ? { start: at(KEY_START), end: at(KEY_END) } : undefined,
    value: { start: at(VALUE_START), end: at(VALUE_END) },
  }
}

function findIndex(tree: YamlTree, path: Path): number | undefined {
  if (tree.positions.length === 0) return undefined
  let node = 0
  for (const step of path) {
    const found = findChild(tree, node, step)
    if (found === undefined) return undefined
    node = found
  }
  return node
}

/** The tree of one node: spans stay those of the text. An alias of an anchor outside has no children here. */
export function subtree(tree: YamlTree, path: Path): YamlTree | undefined {
  const node = findIndex(tree, path)
  if (node === undefined) return undefined
  let body = tree.body
  for (const step of path) body = isList(body) ? body[Number(step)] : isMap(body) ? body[step] : undefined
  const end = tree.positions[node * COLUMNS + NEXT] ?? node + 1
  const positions = tree.positions.slice(node * COLUMNS, end * COLUMNS)
  for (let at = 0; at < positions.length; at += COLUMNS) {
    const link = positions[at + LINK] ?? -1
    positions[at + NEXT] = (positions[at + NEXT] ?? 0) - node
    positions[at + LINK] = link >= node && link < end ? link - node : -1
  }
  return { body, positions, keys: tree.keys.slice(node, end), problems: tree.problems }
}

/** Whether the node is an alias, or a copy that a merge key brought in; then the node that it takes its children from. */
export function linkOf(tree: YamlTree, node: number): number | undefined {
  const link = tree.positions[node * COLUMNS + LINK] ?? -1
  return link >= 0 ? link : undefined
}

/** Start and end of a node's value. */
export function valueSpan(tree: YamlTree, node: number): Span {
  return { start: tree.positions[node * COLUMNS + VALUE_START] ?? 0, end: tree.positions[node * COLUMNS + VALUE_END] ?? 0 }
}

/** The key of an entry of a map; undefined for the root and for list items. */
export function keySpan(tree: YamlTree, node: number): Span | undefined {
  const start = tree.positions[node * COLUMNS + KEY_START] ?? -1
  const end = tree.positions[node * COLUMNS + KEY_END] ?? -1
  return end > start ? { start, end } : undefined
}

/** The nodes directly below `parent` in the order of the text, not following links. */
export function childrenOf(tree: YamlTree, parent: number): number[] {
  const children: number[] = []
  const end = tree.positions[parent * COLUMNS + NEXT] ?? 0
  for (let child = parent + 1; child < end; child = tree.positions[child * COLUMNS + NEXT] ?? end) children.push(child)
  return children
}

/** The node below `parent` at one step, following a link; the last one of equal keys. */
export function findChild(tree: YamlTree, parent: number, step: string | number): number | undefined {
  const link = tree.positions[parent * COLUMNS + LINK] ?? -1
  const holder = link >= 0 ? link : parent
  const end = tree.positions[holder * COLUMNS + NEXT] ?? 0
  let found: number | undefined
  let index = 0
  for (let child = holder + 1; child < end; child = tree.positions[child * COLUMNS + NEXT] ?? end, index++) {
    // The last one of equal keys counts, as it does for the decoder.
    if (typeof step === 'number' ? index === step : tree.keys[child] === step) found = child
  }
  return found
}

/** The nodes directly below `parent` with their keys ('' below a list), following a link. */
export function childNodes(tree: YamlTree, parent: number): { readonly key: string; readonly node: number }[] {
  return childrenOf(tree, linkOf(tree, parent) ?? parent).map((node) => ({ key: tree.keys[node] ?? '', node }))
}

/** How many nodes are written below a node, and itself. */
export function countNodes(tree: YamlTree, node: number): number {
  return (tree.positions[node * COLUMNS + NEXT] ?? node + 1) - node
}

/** Where a node is written, and where what it stands for is: the same but for an alias. */
export function spansOf(tree: YamlTree, node: number): NodeSpans & { readonly anchor: Span } {
  return { key: keySpan(tree, node), value: valueSpan(tree, node), anchor: valueSpan(tree, linkOf(tree, node) ?? node) }
}

/** The path of the innermost node whose key or value contains `offset`, and which of the two; an empty path is the document. */
export function pathAt(tree: YamlTree, offset: number): { path: (string | number)[]; part: 'key' | 'value' } {
  const path: (string | number)[] = []
  let part: 'key' | 'value' = 'value'
  let node = 0
  if (tree.positions.length === 0) return { path, part }
  for (;;) {
    const end = tree.positions[node * COLUMNS + NEXT] ?? 0
    let inside: number | undefined
    let index = 0
    for (let child = node + 1; child < end; child = tree.positions[child * COLUMNS + NEXT] ?? end, index++) {
      const at = (column: number): number => tree.positions[child * COLUMNS + column] ?? 0
      const inKey = at(KEY_END) > at(KEY_START) && at(KEY_START) <= offset && offset <= at(KEY_END)
      if (!inKey && !(at(VALUE_START) <= offset && offset <= at(VALUE_END))) continue
      if (tree.keys[child] !== MERGE_KEY)
        path.push(tree.keys[child] !== '' || at(KEY_END) > at(KEY_START) ? (tree.keys[child] ?? '') : index)
      inside = child
      part = inKey ? 'key' : 'value'
      break
    }
    if (inside === undefined || part === 'key') return { path, part }
    node = inside
  }
}

/** Where the value at `path` is written: the path of its anchor when an alias or a merge brings it in. */
export function writtenPath(tree: YamlTree, path: Path): Path {
  let node = 0
  let written: Path = []
  for (const [i, step] of path.entries()) {
    const child = findChild(tree, node, step)
    if (child === undefined) return [...written, ...path.slice(i)]
    const link = linkOf(tree, child)
    written = link === undefined ? [...written, step] : pathTo(tree, link)
    node = link ?? child
  }
  return written
}

function pathTo(tree: YamlTree, target: number): Path {
  const path: (string | number)[] = []
  for (let node = 0; node !== target; ) {
    const children = childrenOf(tree, node)
    const index = children.findLastIndex((child) => child <= target)
    const next = children[index]
    if (next === undefined) return path
    path.push(keySpan(tree, next) ? (tree.keys[next] ?? '') : index)
    node = next
  }
  return path
}

/** Collects positions while a document is walked in the order of its text. */
export class TreeBuilder {
  #positions = new Int32Array(64 * COLUMNS)
  readonly keys: string[] = []

  get size(): number {
    return this.keys.length
  }

  open(key: string, keySpan: Span | undefined, value: Span): number {
    const node = this.keys.length
    const at = node * COLUMNS
    if (at + COLUMNS > this.#positions.length) {
      const larger = new Int32Array(this.#positions.length * 2)
      larger.set(this.#positions)
      this.#positions = larger
    }
    this.#positions[at + KEY_START] = keySpan?.start ?? -1
    this.#positions[at + KEY_END] = keySpan?.end ?? -1
    this.#positions[at + VALUE_START] = value.start
    this.#positions[at + VALUE_END] = value.end
    this.#positions[at + LINK] = -1
    this.keys.push(key)
    return node
  }

  close(node: number, valueEnd?: number): void {
    this.#positions[node * COLUMNS + NEXT] = this.keys.length
    if (valueEnd !== undefined) this.#positions[node * COLUMNS + VALUE_END] = valueEnd
  }

  valueEnd(node: number): number {
    return this.#positions[node * COLUMNS + VALUE_END] ?? 0
  }

  /** `node` takes its children from `target`. */
  link(node: number, target: number): void {
    if (target === NO_NODE) return
    const further = this.#positions[target * COLUMNS + LINK] ?? -1
    this.#positions[node * COLUMNS + LINK] = further >= 0 ? further : target
  }

  /** The children of a map as they stand, for a merge. */
  *children(parent: number): Iterable<{ node: number; key: string; keySpan: Span; value: Span }> {
    const link = this.#positions[parent * COLUMNS + LINK] ?? -1
    const holder = link >= 0 ? link : parent
    const end = this.#positions[holder * COLUMNS + NEXT] ?? 0
    for (let node = holder + 1; node < end; node = this.#positions[node * COLUMNS + NEXT] ?? end) {
      const at = (column: number): number => this.#positions[node * COLUMNS + column] ?? 0
      yield {
        node,
        key: this.keys[node] ?? '',
        keySpan: { start: at(KEY_START), end: at(KEY_END) },
        value: { start: at(VALUE_START), end: at(VALUE_END) },
      }
    }
  }

  positions(): Int32Array {
    return this.#positions.slice(0, this.keys.length * COLUMNS)
  }
}
