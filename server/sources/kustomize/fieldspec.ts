import { type Gvk, isSelected } from './gvk.ts'
import { ListNode, MapNode, type Node, type Origin, textNode } from './node.ts'
import { gvkOf } from './resource.ts'

/** Where a transformer writes: a field of the objects that `Gvk` selects. */
export interface FieldSpec extends Gvk {
  /** Steps joined by `/`; lists are passed through unnamed, `[]` says that a field is a list. */
  readonly path: string
  readonly create: boolean
}

/** Reports what kustomize would refuse the build for. The value is left as it is. */
export type Report = (message: string) => void

export interface Write {
  /** The new value of a field that is there (or was just created). */
  readonly set: (node: Node) => Node
  /** What an absent field is created as, when its spec says so. */
  readonly create?: 'scalar' | 'map'
  /** Who is named as the writer of what is created. */
  readonly by: Origin
  readonly report: Report
}

/** Splits a path at `/`; `\/` is a slash in a step. */
export function splitPath(path: string, separator = '/'): string[] {
  const parts = path.split(separator)
  if (parts.length > 1 && parts[0] === '') parts.shift()
  const steps: string[] = []
  for (const part of parts) {
    const last = steps.at(-1)
    if (last?.endsWith('\\')) steps[steps.length - 1] = `${last.slice(0, -1)}${separator}${part}`
    else steps.push(part)
  }
  return steps
}

const split = new Map<string, readonly string[]>()

function stepsOf(path: string): readonly string[] {
  const known = split.get(path)
  if (known) return known
  const steps = splitPath(path)
  if (split.size < 5_000) split.set(path, steps)
  return steps
}

export function applySpecs(node: MapNode, specs: readonly FieldSpec[], write: Write): MapNode {
  let result = node
  for (const spec of specs) result = applySpec(result, spec, write)
  return result
}

export function applySpec(node: MapNode, spec: FieldSpec, write: Write): MapNode {
  if (!isSelected(gvkOf(node), spec)) return node
  const result = walk(node, stepsOf(spec.path), 0, spec, write)
  return result.kind === 'map' ? result : node
}

function walk(node: Node, steps: readonly string[], at: number, spec: FieldSpec, write: Write): Node {
  const step = steps[at]
  if (step === undefined) return write.set(node)
  if (node.kind === 'scalar') {
    if (node.tag !== 'null') write.report(`"${spec.path}" cannot be followed: there is a scalar where a map is expected.`)
    return node
  }
  if (node.kind === 'list') {
    let result: ListNode = node
    node.items.forEach((item, i) => {
      result = result.with(i, walk(item, steps, at, spec, write))
    })
    return result
  }
  return walkMap(node, step, steps, at, spec, write)
}

function walkMap(node: MapNode, step: string, steps: readonly string[], at: number, spec: FieldSpec, write: Write): Node {
  const isList = step.endsWith('[]')
  const name = isList ? step.slice(0, -2) : step
  const creates = spec.create && write.create !== undefined && !isList
  const kind = isList ? 'list' : creates ? (at === steps.length - 1 ? write.create : 'map') : undefined
  let field = node.get(name)
  if (!field) {
    if (!creates || !kind) return node
    field = empty(kind, write.by)
  } else if (field.kind === 'scalar' && field.tag === 'null' && kind) {
    field = empty(kind, field.from)
  }
  return node.with(name, walk(field, steps, at + 1, spec, write))
}

function empty(kind: 'scalar' | 'map' | 'list', from: Origin): Node {
  return kind === 'map' ? new MapNode(from, new Map()) : kind === 'list' ? new ListNode(from, []) : textNode('', from)
}

/** Adds specs that are not there yet: equal path, and selected by one that is. */
export function mergeSpecs(specs: readonly FieldSpec[], incoming: readonly FieldSpec[]): readonly FieldSpec[] {
  if (incoming.length === 0) return specs
  const result = [...specs]
  for (const spec of incoming) {
    if (!result.some((known) => known.path === spec.path && isSelected(known, spec))) result.push(spec)
  }
  return result
}
