import { splitPath } from './fieldspec.ts'
import { isNull, ListNode, MapNode, type Node, type Origin } from './node.ts'
import { matchesSomewhere } from './regexp.ts'
import { scalarText } from './resource.ts'

/** Steps of a path like `spec.containers.[name=web].image`; `\.` is a dot in a step (`kyaml/utils/pathsplitter.go`). */
export function pathSteps(path: string): string[] {
  const split = splitPath(path, '.')
  const steps: string[] = []
  for (let i = 0; i < split.length; i++) {
    let step = split[i] ?? ''
    if (step.startsWith('[') && !step.endsWith(']')) {
      while (i < split.length - 1 && !step.endsWith(']')) step += `.${split[++i] ?? ''}`
      if (!step.includes('=')) step = step.replace(/^[[\]]+|[[\]]+$/g, '')
    }
    steps.push(step)
  }
  return steps.map((step) => step.trim()).filter((step) => step !== '')
}

function isCondition(step: string): boolean {
  return step.startsWith('[') && step.endsWith(']')
}

function condition(step: string): { field: string; value: string } | undefined {
  const equals = step.indexOf('=')
  return equals < 0 ? undefined : { field: step.slice(1, equals), value: step.slice(equals + 1, -1) }
}

function isIndex(step: string): boolean {
  return /^\d+$/.test(step)
}

/** The value at a path; undefined when there is none (kyaml's `PathGetter`). */
export function lookup(node: Node, steps: readonly string[]): Node | undefined {
  let at: Node | undefined = node
  for (const step of steps) {
    if (at === undefined || isNull(at)) return undefined
    if (isIndex(step) || step === '-') at = at.kind === 'list' ? at.items.at(step === '-' ? -1 : Number(step)) : undefined
    else if (isCondition(step)) {
      const wanted = condition(step)
      if (!wanted || at.kind !== 'list') return undefined
      at = at.items.find((item) =>
        wanted.field === '' ? item.kind === 'scalar' && item.text === wanted.value : hasField(item, wanted.field, wanted.value),
      )
    } else at = at.kind === 'map' ? at.get(step) : undefined
  }
  return at
}

function hasField(item: Node, field: string, value: string): boolean {
  const found = item.kind === 'map' ? item.get(field) : undefined
  return found !== undefined && scalarText(found) === value
}

export interface PathChange {
  readonly set: (node: Node) => Node
  /** What is made where nothing is; undefined to leave it. */
  readonly create: { readonly kind: Node['kind']; readonly by: Origin } | undefined
  /** How many values were found (or made). */
  found: number
  error?: string
}

/** Changes every value that a path leads to: `[field=pattern]` and `*` may match several items (kyaml's `PathMatcher`). */
export function changeAt(node: Node, steps: readonly string[], change: PathChange): Node {
  const [step, ...rest] = steps
  if (step === undefined) {
    change.found++
    return change.set(node)
  }
  if (isIndex(step)) return atIndex(node, Number(step), rest, change)
  if (isCondition(step)) return atMatches(node, step, rest, change)
  if (step === '*') return atEvery(node, rest, change)
  if (node.kind !== 'map') {
    if (!isNull(node)) change.error ??= `"${step}" is looked for in something that is no map.`
    return node
  }
  const field = node.get(step) ?? made(rest[0], change)
  if (!field) return node
  return node.with(step, changeAt(isNull(field) && rest.length > 0 ? (made(rest[0], change) ?? field) : field, rest, change))
}

function made(next: string | undefined, { create }: PathChange): Node | undefined {
  if (!create) return undefined
  const kind = next === undefined ? create.kind : isCondition(next) || isIndex(next) ? 'list' : 'map'
  if (kind === 'map') return new MapNode(create.by, new Map())
  return kind === 'list' ? new ListNode(create.by, []) : { kind: 'scalar', text: '', tag: '', quoted: false, from: create.by }
}

function atIndex(node: Node, index: number, rest: readonly string[], change: PathChange): Node {
  if (node.kind !== 'list') {
    change.error ??= `Item ${index} is looked for in something that is no list.`
    return node
  }
  const item = node.items[index] ?? (index === node.items.length ? made(rest[0], change) : undefined)
  if (!item) {
    change.error ??= `There is no item ${index}: the list has ${node.items.length}.`
    return node
  }
  const changed = changeAt(item, rest, change)
  return index < node.items.length ? node.with(index, changed) : new ListNode(node.from, [...node.items, changed])
}

function atMatches(node: Node, step: string, rest: readonly string[], change: PathChange): Node {
  const wanted = condition(step)
  if (!wanted || node.kind !== 'list') {
    change.error ??= wanted ? `${step} is looked for in something that is no list.` : `${step} is no condition: write [field=value].`
    return node
  }
  const { field, value } = wanted
  let matched = false
  let result: ListNode = node
  node.items.forEach((item, i) => {
    const held = field === '' ? (item.kind === 'scalar' ? item : undefined) : item.kind === 'map' ? item.get(field) : undefined
    if (!held || matchesSomewhere(value, scalarText(held).trim()) !== true) return
    matched = true
    result = result.with(i, changeAt(item, field === '' ? [] : rest, change))
  })
  if (matched || !change.create) return result
  const by = change.create.by
  const text: Node = { kind: 'scalar', text: value, tag: '', quoted: false, from: by }
  const item = field === '' ? text : new MapNode(by, new Map([[field, text]]))
  return new ListNode(node.from, [...node.items, changeAt(item, field === '' ? [] : rest, change)])
}

function atEvery(node: Node, rest: readonly string[], change: PathChange): Node {
  if (node.kind !== 'list') {
    if (!isNull(node)) change.error ??= '"*" is looked for in something that is no list.'
    return node
  }
  let result: ListNode = node
  node.items.forEach((item, i) => {
    result = result.with(i, changeAt(item, rest, change))
  })
  return result
}
