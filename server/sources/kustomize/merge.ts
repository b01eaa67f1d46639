import { isMap, type Value } from '../../model/value.ts'
import { appendElements, elementValues, findElement, mergeValues, setElement, usedKeys } from './elements.ts'
import { isNull, ListNode, type MapNode, type Node, replacing, type Scalar } from './node.ts'
import { scalarText } from './resource.ts'
import type { Field, Schema, Schemas } from './schema.ts'

/** A strategic merge as kyaml's `merge2` does it, list items of the patch first. */
export type Merged = { readonly node: Node | undefined } | { readonly error: string }

const DIRECTIVE = '$patch'
type Directive = 'merge' | 'replace' | 'delete'

/** @returns the merged value, undefined when the patch deletes it */
export function strategicMerge(dest: MapNode, patch: MapNode, schemas: Schemas): Merged {
  const merge = new Merge(schemas)
  const node = merge.walk(dest, patch, undefined)
  return merge.error === undefined ? { node } : { error: merge.error }
}

class Merge {
  /** The first thing that kustomize would give up for. */
  error: string | undefined
  readonly #schemas: Schemas

  constructor(schemas: Schemas) {
    this.#schemas = schemas
  }

  walk(dest: Node | undefined, patch: Node | undefined, field: Field | undefined): Node | undefined {
    if (patch === undefined && dest !== undefined) return this.#alone(dest, field)
    const kind = isNull(dest) ? (isNull(patch) ? 'map' : patch?.kind) : dest?.kind
    for (const node of [dest, patch]) {
      if (!isNull(node) && node?.kind !== kind) {
        this.error ??= `A ${named(patch)} cannot be merged into a ${named(dest)}.`
        return dest
      }
    }
    if (kind === 'scalar') return patch === undefined ? dest : overriding(patch, dest)
    if (kind === 'list') {
      return field?.mergeKeys
        ? this.#mergedList(dest, patch, field.mergeKeys, field)
        : patch === undefined
          ? dest
          : dest === undefined
            ? patch
            : replacing(patch, dest)
    }
    return this.#map(dest, patch, this.#schemaOf(dest, patch, field))
  }

  #map(dest: Node | undefined, given: Node | undefined, schema: Schema | undefined): Node | undefined {
    const { directive, patch } = this.#directive(given)
    let base: Node | undefined
    if (isNull(dest)) {
      if (directive === 'delete') return undefined
      if (given === undefined) return dest && scalarText(dest) !== '' ? dest : undefined
      base = dest && patch ? replacing(patch, dest) : patch
    } else if (isNull(patch) && patch !== undefined) return undefined
    else if (directive === 'delete') return undefined
    else base = directive === 'replace' && patch && dest ? replacing(patch, dest) : dest
    if (base?.kind !== 'map') return base
    const from = patch?.kind === 'map' ? patch : undefined
    let result: MapNode = base
    for (const key of new Set([...base.entries.keys(), ...(from?.entries.keys() ?? [])])) {
      const old = base.get(key)
      const value = this.walk(old, from?.get(key), schema?.fields.get(key) ?? schema?.values)
      // A null that the base spells out stays; one in the patch removes.
      const kept = value !== undefined && (!isNull(value) || (value === old && from?.get(key) === undefined))
      result = kept ? result.with(key, value) : result.without(key)
    }
    return result
  }

  #mergedList(dest: Node | undefined, given: Node | undefined, keys: readonly string[], field: Field): Node | undefined {
    const { directive, patch } = this.#directive(given)
    let base: Node | undefined
    if (isNull(dest)) base = patch
    else if (isNull(patch) && patch !== undefined) return undefined
    else if (directive === 'delete') return undefined
    else base = directive === 'replace' && patch && dest ? replacing(patch, dest) : dest
    if (base?.kind !== 'list') return base
    const from = patch?.kind === 'list' ? patch.items : []
    const own = keys.length > 0 ? keys : ['']
    const lists = [from, base.items]
    const found = elementValues(lists, own)
    const all = own.length > 1 ? mergeValues(found) : found
    let rest: readonly Node[] = base.items
    let added: Node[] = []
    let last: readonly string[] = own
    for (const values of all) {
      const used = usedKeys(all, values, own)
      last = used.keys
      const exact = usedKeys([used.values], used.values, used.keys)
      const item = field.type ? { type: field.type } : undefined
      const old = findElement(base.items, exact.keys, exact.values)
      const merged = this.walk(old, findElement(from, exact.keys, exact.values), item)
      if (merged === undefined || isNull(merged) || (merged.kind === 'map' && merged.entries.size === 0)) {
        rest = setElement(rest, used.keys, used.values)
        continue
      }
      const keyed = withKeys(merged, used.keys, used.values)
      rest = rest.map((element) => (element === old ? keyed : element))
      added = setElement(added, used.keys, used.values, keyed)
    }
    const items = all.length > 0 ? appendElements(added, rest, last) : rest
    return sameItems(items, base.items) ? base : new ListNode(base.from, items)
  }

  /** What kyaml does to a value that the patch does not mention: empty nulls go, double items of merged lists fall together. */
  #alone(dest: Node, field: Field | undefined): Node | undefined {
    if (dest.kind === 'scalar') return isNull(dest) && dest.text === '' ? undefined : dest
    if (dest.kind === 'list') return field?.mergeKeys ? this.#mergedList(dest, undefined, field.mergeKeys, field) : dest
    const schema = this.#schemaOf(dest, undefined, field)
    if (!schema && !mayHoldNull(dest.value)) return dest
    let result = dest
    for (const [key, value] of dest.entries) {
      const kept = this.#alone(value, schema?.fields.get(key) ?? schema?.values)
      result = kept ? result.with(key, kept) : result.without(key)
    }
    return result
  }

  #schemaOf(dest: Node | undefined, patch: Node | undefined, field: Field | undefined): Schema | undefined {
    if (field?.type) return field.type()
    if (field) return { fields: new Map() }
    for (const node of [dest, patch]) {
      if (node?.kind !== 'map') continue
      const apiVersion = scalarText(node.get('apiVersion'))
      const kind = scalarText(node.get('kind'))
      const schema = apiVersion && kind ? this.#schemas(apiVersion, kind) : undefined
      if (schema) return schema
    }
    return undefined
  }

  /** The directive of a patch's map or list, and the patch without it. */
  #directive(patch: Node | undefined): { directive: Directive; patch: Node | undefined } {
    const marker = patch?.kind === 'list' ? patch.items.find(isListDirective) : patch
    const value = marker?.kind === 'map' ? marker.get(DIRECTIVE) : undefined
    if (value === undefined) return { directive: 'merge', patch }
    const directive = scalarText(value)
    if (directive !== 'merge' && directive !== 'replace' && directive !== 'delete') {
      this.error ??= `"${directive}" is no directive: ${DIRECTIVE} takes merge, replace or delete.`
      return { directive: 'merge', patch }
    }
    if (patch?.kind === 'map') return { directive, patch: patch.without(DIRECTIVE) }
    if (patch?.kind === 'list') return { directive, patch: new ListNode(patch.from, setElement(patch.items, [DIRECTIVE], [directive])) }
    return { directive, patch }
  }
}

function isListDirective(item: Node): boolean {
  return item.kind === 'map' && item.entries.size === 1 && item.get(DIRECTIVE) !== undefined
}

/** The patch's scalar in place of the old one, whose quotes it takes over: a number for a quoted text is text. */
function overriding(patch: Node, dest: Node | undefined): Node {
  if (patch.kind !== 'scalar' || dest?.kind !== 'scalar') return patch
  const value: Scalar = patch.quoted === dest.quoted ? patch : { ...patch, quoted: dest.quoted }
  return replacing(value, dest)
}

function withKeys(node: Node, keys: readonly string[], values: readonly string[]): Node {
  if (node.kind !== 'map') return node
  let result = node
  for (const [i, key] of keys.entries()) {
    const text = values[i] ?? ''
    if (text === '' || result.get(key) !== undefined) continue
    result = result.with(key, { kind: 'scalar', text, tag: '', quoted: false, from: node.from })
  }
  return result
}

function sameItems(a: readonly Node[], b: readonly Node[]): boolean {
  return a.length === b.length && a.every((item, i) => item === b[i])
}

function mayHoldNull(value: Value): boolean {
  if (value === null) return true
  if (Array.isArray(value)) return false
  return isMap(value) && Object.values(value).some(mayHoldNull)
}

function named(node: Node | undefined): string {
  return node?.kind ?? 'scalar'
}
