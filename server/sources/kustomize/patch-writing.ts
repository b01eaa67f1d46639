import { type Body, equal, get, isList, isMap, type Path, text as textOf, type Value } from '../../model/value.ts'
import type { YamlChange } from '../../syntax/yaml/index.ts'
import type { Doc } from './document.ts'
import { type MapNode, type Node, plainOf } from './node.ts'
import { builtInSchemas, type Field, type Schema } from './schema.ts'
import { nodeAt } from './trace.ts'
import type { Change } from './written.ts'

/** A strategic merge patch for some changes of an object, without what names the object; undefined when it cannot say them. */
export function mergePatch(root: MapNode, changes: readonly Change[]): Body | undefined {
  const schema = builtInSchemas(textOf(root.value, 'apiVersion') ?? '', textOf(root.value, 'kind') ?? '')
  let patch: Value = {}
  for (const change of changes) {
    const next = add(patch, root, change, [], schema, undefined)
    if (next === undefined) return undefined
    patch = next
  }
  return isMap(patch) ? patch : undefined
}

/** The patch with a change added, below a path of the object. Undefined when a list on the way is not merged by keys. */
function add(
  patch: Value | undefined,
  node: Node | undefined,
  change: Change,
  at: Path,
  schema: Schema | undefined,
  field: Field | undefined,
): Value | undefined {
  const step = change.path[at.length]
  if (step === undefined) {
    if (change.op === 'set') return replacing(change.value, node, field)
    if (change.op === 'remove') return null
    if (!field?.mergeKeys) return undefined
    return [...(isList(patch) ? patch : []), change.value]
  }
  if (typeof step === 'number') return addToItem(patch, node, change, at, step, field)
  const below = schema?.fields.get(step) ?? schema?.values
  const child = node?.kind === 'map' ? node.get(step) : undefined
  const value = add(isMap(patch) ? patch[step] : undefined, child, change, [...at, step], below?.type?.(), below)
  return value === undefined ? undefined : { ...(isMap(patch) ? patch : {}), [step]: value }
}

function addToItem(
  patch: Value | undefined,
  node: Node | undefined,
  change: Change,
  at: Path,
  index: number,
  field: Field | undefined,
): Value | undefined {
  const item = node?.kind === 'list' ? node.items[index] : undefined
  const keys = field?.mergeKeys ?? []
  if (item?.kind !== 'map' || keys.length === 0) return undefined
  const identity: Record<string, Value> = {}
  for (const key of keys) {
    const value = item.get(key)
    if (value) identity[key] = plainOf(value)
  }
  if (Object.keys(identity).length === 0) return undefined
  const list = isList(patch) ? patch : []
  const known = list.findIndex((each) => Object.entries(identity).every(([key, value]) => get(each, key) === value))
  const old = list[known] ?? identity
  const removes = change.op === 'remove' && change.path.length === at.length + 1
  const value = removes ? { ...identity, $patch: 'delete' } : add(old, item, change, [...at, index], field?.type?.(), undefined)
  if (value === undefined) return undefined
  return known < 0 ? [...list, value] : list.with(known, value)
}

/** A map that replaces another one says so; a list that is merged by keys cannot be replaced by one without them. */
function replacing(value: Value, old: Node | undefined, field: Field | undefined): Value | undefined {
  if (isMap(value) && old?.kind === 'map' && [...old.entries.keys()].some((key) => !(key in value))) return { ...value, $patch: 'replace' }
  if (isList(value) && field?.mergeKeys) return [...value, { $patch: 'replace' }]
  return value
}

/** The operations of a JSON patch for some changes, applied after every other patch. */
export function jsonPatch(root: MapNode, changes: readonly Change[]): Value[] {
  return changes.flatMap((change): Value[] => {
    const path = pointer(change.path)
    if (change.op === 'remove') return [{ op: 'remove', path }]
    if (change.op === 'insert') {
      const list = nodeAt(root, change.path)
      const length = list?.kind === 'list' ? list.items.length : 0
      return list?.kind === 'list'
        ? [{ op: 'add', path: `${path}/${change.index >= length ? '-' : change.index}`, value: change.value }]
        : [...parents(root, change.path), { op: 'add', path, value: [change.value] }]
    }
    return [...parents(root, change.path), { op: nodeAt(root, change.path) ? 'replace' : 'add', path, value: change.value }]
  })
}

/** The maps above a value that have to be made first. */
function parents(root: MapNode, path: Path): Value[] {
  const operations: Value[] = []
  for (let length = 1; length < path.length; length++) {
    if (!nodeAt(root, path.slice(0, length))) operations.push({ op: 'add', path: pointer(path.slice(0, length)), value: {} })
  }
  return operations
}

function pointer(path: Path): string {
  return path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}

/** The changes that add a patch to an existing one for the same object. */
export function intoPatch(doc: Doc, patch: Body, apiVersion: string, kind: string): readonly YamlChange[] {
  const changes: YamlChange[] = []
  const walk = (old: Value | undefined, value: Value, path: Path, schema: Schema | undefined): void => {
    if (equal(old, value)) return
    if (!isMap(value) || !isMap(old) || '$patch' in value) {
      changes.push({ op: 'set', path, value })
      return
    }
    for (const [key, item] of Object.entries(value)) {
      const field = schema?.fields.get(key) ?? schema?.values
      const keys = field?.mergeKeys
      const before = old[key]
      if (isList(item) && isList(before) && keys && keys.length > 0) list(before, item, [...path, key], keys, field?.type?.())
      else walk(before, item, [...path, key], field?.type?.())
    }
  }
  const list = (old: readonly Value[], added: readonly Value[], path: Path, keys: readonly string[], schema: Schema | undefined): void => {
    for (const item of added) {
      const index = old.findIndex((each) => keys.every((key) => get(item, key) === undefined || get(each, key) === get(item, key)))
      if (index < 0) changes.push({ op: 'insert', path, index: old.length, value: item })
      else walk(old[index], item, [...path, index], schema)
    }
  }
  walk(doc.body, patch, [], builtInSchemas(apiVersion, kind))
  return changes
}
