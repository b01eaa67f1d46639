import { equal } from '../../model/value.ts'
import { isNull, ListNode, type MapNode, type Node, replacing, plainOf } from './node.ts'
import { scalarText } from './resource.ts'

export interface Operation {
  readonly op: string
  readonly path: string
  readonly from: string
  readonly value: Node | undefined
  /** Where the operation stands. */
  readonly node: Node
}

/** The operations of a JSON patch; undefined when the value is no list of them. */
export function operationsOf(node: Node | undefined): Operation[] | undefined {
  if (node?.kind !== 'list') return undefined
  const operations: Operation[] = []
  for (const item of node.items) {
    if (item.kind !== 'map') return undefined
    const at = (key: string): string => scalarText(item.get(key))
    operations.push({ op: at('op'), path: at('path'), from: at('from'), value: item.get('value'), node: item })
  }
  return operations
}

export type Patched = { readonly node: MapNode } | { readonly error: string; readonly operation: Operation }

class Failure {
  readonly message: string
  constructor(message: string) {
    this.message = message
  }
}

/**
 * RFC 6902 as `evanphx/json-patch` 4 applies it: indices may be negative, and replacing an absent key of a
 * map adds it. All operations or none.
 */
export function applyOperations(node: MapNode, operations: readonly Operation[]): Patched {
  let result: Node = node
  for (const operation of operations) {
    const next = applyOperation(result, operation)
    if (next instanceof Failure) return { error: next.message, operation }
    result = next
  }
  if (result.kind !== 'map')
    return { error: 'The patch makes something else than an object of it.', operation: operations.at(-1) as Operation }
  return { node: result }
}

function applyOperation(root: Node, { op, path, from, value, node }: Operation): Node | Failure {
  const nothing: Node = { kind: 'scalar', text: 'null', tag: 'null', quoted: false, from: node.from }
  switch (op) {
    case 'add':
      return at(root, pointer(path), path, (container, key) => insert(container, key, value ?? nothing, path))
    case 'replace':
      if (path === '') return value ?? nothing
      return at(root, pointer(path), path, (container, key) => replace(container, key, value ?? nothing, path))
    case 'remove':
      return at(root, pointer(path), path, (container, key) => remove(container, key, path))
    case 'move': {
      const moved = find(root, from)
      if (moved instanceof Failure) return moved
      const without = at(root, pointer(from), from, (container, key) => remove(container, key, from))
      if (without instanceof Failure) return without
      return at(without, pointer(path), path, (container, key) => insert(container, key, moved ?? nothing, path))
    }
    case 'copy': {
      const copied = find(root, from)
      if (copied instanceof Failure) return copied
      return at(root, pointer(path), path, (container, key) => insert(container, key, copied ?? nothing, path))
    }
    case 'test': {
      const found = path === '' ? root : find(root, path)
      if (found instanceof Failure) return found
      return equal(isNull(found) ? null : plainOf(found as Node), value ? plainOf(value) : null)
        ? root
        : new Failure(`The value at ${path} is another one.`)
    }
    default:
      return new Failure(op === '' ? 'The operation has no "op".' : `"${op}" is no operation of a JSON patch.`)
  }
}

function pointer(path: string): string[] {
  return path
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
}

function missing(path: string): Failure {
  return new Failure(`There is nothing at ${path || '""'}.`)
}

/** Changes the container that the last step of a path is in. */
function at(
  node: Node,
  steps: readonly string[],
  path: string,
  change: (container: MapNode | ListNode, key: string) => Node | Failure,
): Node | Failure {
  const [step, ...rest] = steps
  if (step === undefined || isNull(node) || node.kind === 'scalar') return missing(path)
  if (rest.length === 0) return change(node, step)
  const child = node.kind === 'map' ? node.get(step) : node.items[index(step, node.items.length) ?? -1]
  if (!child) return missing(path)
  const changed = at(child, rest, path, change)
  if (changed instanceof Failure) return changed
  return node.kind === 'map' ? node.with(step, changed) : node.with(index(step, node.items.length) ?? 0, changed)
}

function find(root: Node, path: string): Node | undefined | Failure {
  let found: Node | undefined
  const result = at(root, pointer(path), path, (container, key) => {
    if (container.kind === 'map') found = container.get(key)
    else {
      const i = index(key, container.items.length)
      if (i === undefined) return missing(path)
      found = container.items[i]
    }
    return container
  })
  return result instanceof Failure ? result : found
}

function index(step: string, length: number): number | undefined {
  if (!/^[-+]?\d+$/.test(step)) return undefined
  const i = Number(step)
  const positive = i < 0 ? i + length : i
  return positive >= 0 && positive < length ? positive : undefined
}

function insert(container: MapNode | ListNode, key: string, value: Node, path: string): Node | Failure {
  if (container.kind === 'map') return container.with(key, replacing(value, container.get(key)))
  const length = container.items.length
  const i = key === '-' ? length : index(key, length + 1)
  if (i === undefined) return missing(path)
  return new ListNode(container.from, container.items.toSpliced(i, 0, value))
}

function replace(container: MapNode | ListNode, key: string, value: Node, path: string): Node | Failure {
  if (container.kind === 'map') return container.with(key, replacing(value, container.get(key)))
  const i = index(key, container.items.length)
  return i === undefined ? missing(path) : container.with(i, replacing(value, container.items[i]))
}

function remove(container: MapNode | ListNode, key: string, path: string): Node | Failure {
  if (container.kind === 'map') return container.get(key) ? container.without(key) : missing(path)
  const i = index(key, container.items.length)
  return i === undefined ? missing(path) : new ListNode(container.from, container.items.toSpliced(i, 1))
}
