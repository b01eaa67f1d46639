import { resolveText } from './scalar.ts'
import { isNull, type MapNode, type Node, type Scalar } from './node.ts'
import { scalarText } from './resource.ts'
import type { FieldSpec } from './fieldspec.ts'
import type { Selector } from './selector.ts'

/** A field by its name, in any case: Go's JSON decoder, with which kustomize reads its files, does not mind. */
export function field(node: Node | undefined, name: string): Node | undefined {
  if (node?.kind !== 'map') return undefined
  const exact = node.get(name)
  if (exact) return isNull(exact) ? undefined : exact
  const lower = name.toLowerCase()
  for (const [key, value] of node.entries) if (key.toLowerCase() === lower) return isNull(value) ? undefined : value
  return undefined
}

export function scalar(node: Node | undefined, name: string): Scalar | undefined {
  const found = field(node, name)
  return found?.kind === 'scalar' && found.text !== '' ? found : undefined
}

export function text(node: Node | undefined, name: string): string {
  return scalar(node, name)?.text ?? ''
}

export function items(node: Node | undefined, name: string): readonly Node[] {
  const found = field(node, name)
  return found?.kind === 'list' ? found.items.filter((item) => !isNull(item)) : []
}

export function scalars(node: Node | undefined, name: string): readonly Scalar[] {
  return items(node, name).filter((item) => item.kind === 'scalar')
}

export function map(node: Node | undefined, name: string): MapNode | undefined {
  const found = field(node, name)
  return found?.kind === 'map' ? found : undefined
}

/** The scalars of a map, in the order of their keys: kustomize sorts what it reads into a Go map. */
export function pairs(node: Node | undefined, name: string): readonly (readonly [string, Scalar])[] {
  const found = [...(map(node, name)?.entries ?? [])].flatMap(([key, value]) => (value.kind === 'scalar' ? [[key, value] as const] : []))
  return found.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
}

export function flag(node: Node | undefined, name: string): boolean {
  const found = scalar(node, name)
  return found !== undefined && (resolveText(found.text) === true || /^(?:y|yes|on)$/i.test(found.text))
}

export function integer(node: Node | undefined, name: string): number {
  const found = scalar(node, name)
  const value = found ? resolveText(found.text) : 0
  return typeof value === 'number' ? Math.trunc(value) : 0
}

export function selectorOf(node: Node | undefined): Selector {
  const at = (name: string): string => text(node, name)
  return {
    group: at('group'),
    version: at('version'),
    kind: at('kind'),
    name: at('name'),
    namespace: at('namespace'),
    labelSelector: at('labelSelector'),
    annotationSelector: at('annotationSelector'),
  }
}

export function fieldSpecsOf(node: Node | undefined, name: string): FieldSpec[] {
  return items(node, name).map((item) => ({
    group: text(item, 'group'),
    version: text(item, 'version'),
    kind: text(item, 'kind'),
    path: text(item, 'path'),
    create: flag(item, 'create'),
  }))
}

/** The value of a scalar that may be missing. */
export function valueText(node: Node | undefined): string {
  return isNull(node) ? '' : scalarText(node)
}
