import { isList, isMap, type Path, type Value } from '../../model/value.ts'

/**
 * What must become true of a document. Indices of lists are those of the document before any of the
 * changes: several items of one list can be removed, or inserted at one place in order, without counting.
 */
export type YamlChange =
  /** Creates the maps and lists above `path` that are missing. A value of null counts as missing. */
  | { readonly op: 'set'; readonly path: Path; readonly value: Value }
  /** Of a key or a list item. A collection stays, empty. */
  | { readonly op: 'remove'; readonly path: Path }
  /** Into the list at `path`, before the item at `index` or at the end; creates the list. */
  | { readonly op: 'insert'; readonly path: Path; readonly index: number; readonly value: Value }

export interface Refused {
  readonly refused: string
}

/** The document after one change, whose path is about `body`; what did not change is shared. */
export function applyChange(body: Value | undefined, change: YamlChange): { readonly body: Value | undefined } | Refused {
  const last = change.path[change.path.length - 1]
  if (change.op === 'set') return update(body, change.path, 0, () => ({ body: change.value }))
  if (change.op === 'insert') {
    return update(body, change.path, 0, (old) => {
      const list = old ?? []
      if (!isList(list)) return { refused: `${nameOf(change.path)} is no list` }
      const index = Math.max(0, Math.min(change.index, list.length))
      return { body: [...list.slice(0, index), change.value, ...list.slice(index)] }
    })
  }
  if (last === undefined) return { refused: 'a whole document cannot be removed' }
  if (!exists(body, change.path)) return { body }
  return update(body, change.path.slice(0, -1), 0, (old) => {
    if (isList(old)) return { body: old.filter((_, i) => i !== last) }
    return { body: Object.fromEntries(Object.entries(old ?? {}).filter(([key]) => key !== last)) }
  })
}

type Updated = { readonly body: Value | undefined } | Refused

function update(at: Value | undefined, path: Path, depth: number, change: (old: Value | undefined) => Updated): Updated {
  const step = path[depth]
  if (step === undefined) return change(at)
  const old = at ?? (typeof step === 'number' ? [] : {})
  if (typeof step === 'number') {
    if (!isList(old)) return { refused: `${nameOf(path.slice(0, depth))} is no list` }
    if (step < 0 || step > old.length) return { refused: `${nameOf(path.slice(0, depth))} has no item ${step}` }
    const result = update(old[step], path, depth + 1, change)
    return 'refused' in result ? result : { body: [...old.slice(0, step), result.body ?? null, ...old.slice(step + 1)] }
  }
  if (!isMap(old)) return { refused: `${nameOf(path.slice(0, depth))} is no map` }
  const result = update(Object.hasOwn(old, step) ? old[step] : undefined, path, depth + 1, change)
  if ('refused' in result) return result
  return { body: withEntry(old, step, result.body ?? null) }
}

/** Assigning `__proto__` would change the prototype; defining it does not. */
function withEntry(map: { readonly [key: string]: Value }, key: string, value: Value): Value {
  return Object.fromEntries([...Object.entries(map).filter(([name]) => name !== key), [key, value]])
}

export function valueAt(body: Value | undefined, path: Path): Value | undefined {
  let at = body
  for (const step of path) {
    if (isList(at)) at = typeof step === 'number' ? at[step] : undefined
    else if (isMap(at)) at = typeof step === 'string' && Object.hasOwn(at, step) ? at[step] : undefined
    else return undefined
  }
  return at
}

function exists(body: Value | undefined, path: Path): boolean {
  return valueAt(body, path) !== undefined
}

/** A path as a message names it. */
export function nameOf(path: Path): string {
  if (path.length === 0) return 'the document'
  const text = path.map((step, i) => (typeof step === 'number' ? `[${step}]` : i === 0 ? step : `.${step}`)).join('')
  return `\`${text}\``
}

/** A change with the indices that its lists have after `earlier`, whose indices like its own are those before all of them. */
export function afterChanges(change: YamlChange, earlier: readonly YamlChange[]): YamlChange | Refused {
  const path: (string | number)[] = []
  for (const [i, step] of change.path.entries()) {
    if (typeof step === 'string') {
      path.push(step)
      continue
    }
    const shift = shiftOf(change.path.slice(0, i), step, false, earlier)
    if (shift === undefined) return { refused: `${nameOf(change.path.slice(0, i + 1))} is removed by another change` }
    path.push(step + shift)
  }
  if (change.op !== 'insert') return { ...change, path }
  const shift = shiftOf(change.path, change.index, true, earlier) ?? 0
  return { ...change, path, index: change.index + shift }
}

/** By how much the item at `index` of a list moved; undefined when it is gone. */
function shiftOf(list: Path, index: number, inserting: boolean, earlier: readonly YamlChange[]): number | undefined {
  let shift: number | undefined = 0
  const removed = new Set<number>()
  for (const change of earlier) {
    const at = change.path[list.length]
    if (change.op === 'set' && change.path.length <= list.length && startsWith(list, change.path)) {
      // The list is another one now: its indices are those of the new value.
      shift = 0
      removed.clear()
    } else if (change.op === 'insert' && change.path.length === list.length && startsWith(list, change.path)) {
      if (change.index <= index && shift !== undefined) shift++
    } else if (
      change.op === 'remove' &&
      change.path.length === list.length + 1 &&
      startsWith(change.path, list) &&
      typeof at === 'number'
    ) {
      if (removed.has(at)) continue
      removed.add(at)
      if (at === index && !inserting) shift = undefined
      else if (at < index && shift !== undefined) shift--
    }
  }
  return shift
}

function startsWith(path: Path, start: Path): boolean {
  return start.every((step, i) => path[i] === step)
}
