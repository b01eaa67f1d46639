import { type Body, type Path, unknown, type Value } from '../../model/value.ts'
import type { Place, Source, Val } from './eval/value.ts'
import { entries, items, reasonOf } from './eval/value.ts'
import { plainOf } from './plain.ts'

/** A part of an object: its plain value, and where it and its key are written. */
export interface Node {
  readonly source: Source | undefined
  /** The value that it was made of. */
  readonly from: Val | undefined
  readonly key: Place | undefined
  readonly children: ReadonlyMap<string, Node> | readonly Node[] | undefined
  /** Of a node without children. */
  readonly scalar: Value
  /** The block whose arguments the children are. */
  readonly block: boolean
  /** What Terraform calls it, where that is another name. */
  readonly name: string
}

export function leaf(scalar: Value, from: Val | undefined, key: Place | undefined, name = ''): Node {
  return { source: from?.source, from, key, children: undefined, scalar, block: false, name }
}

export function branch(
  children: ReadonlyMap<string, Node> | readonly Node[],
  from: Val | undefined,
  key: Place | undefined,
  name = '',
  block = false,
): Node {
  return { source: from?.source, from, key, children, scalar: null, block, name }
}

/** A value as it is, key by key. */
export function asWritten(value: Val, key: Place | undefined, name = ''): Node {
  // A text that stands for a structure is read as that: where only parts are unknown the others can be judged.
  if (value.encoded) return { ...asWritten(value.encoded, key, name), source: value.source, from: value }
  const list = items(value)
  if (list)
    return branch(
      list.map((item) => asWritten(item, undefined)),
      value,
      key,
      name,
    )
  const map = entries(value)
  if (!map) return leaf(value.data === undefined ? unknown(reasonOf(value)) : plainOf(value), value, key, name)
  const children = new Map<string, Node>()
  for (const [field, item] of map)
    if (!field.includes('\u0000')) children.set(field, asWritten(item, value.keys?.get(field) ?? item.source, field))
  return branch(children, value, key, name, value.open !== undefined)
}

export function bodyOf(node: Node): Value {
  const { children } = node
  if (children === undefined) return node.scalar
  if (Array.isArray(children)) return (children as readonly Node[]).map(bodyOf)
  const body: Record<string, Value> = {}
  for (const [key, child] of children as ReadonlyMap<string, Node>) body[key] = bodyOf(child)
  return body as Body
}

export function childOf(node: Node, step: string | number): Node | undefined {
  const { children } = node
  if (children === undefined) return undefined
  if (Array.isArray(children)) return typeof step === 'number' ? (children as readonly Node[])[step] : undefined
  return (children as ReadonlyMap<string, Node>).get(String(step))
}

export function findNode(root: Node, path: Path): Node | undefined {
  let node: Node | undefined = root
  for (const step of path) {
    node = childOf(node, step)
    if (!node) return undefined
  }
  return node
}

/** Every node with its path, outer ones first. */
export function* walkTree(node: Node, path: Path = []): Iterable<{ readonly node: Node; readonly path: Path }> {
  yield { node, path }
  const { children } = node
  if (children === undefined) return
  if (Array.isArray(children)) for (const [i, child] of (children as readonly Node[]).entries()) yield* walkTree(child, [...path, i])
  else for (const [key, child] of children as ReadonlyMap<string, Node>) yield* walkTree(child, [...path, key])
}
