/** `previous` where it holds the same items in the same order, else `list`: whoever compares answers by identity sees no change. */
export function keep<T>(list: readonly T[], previous: readonly T[] | undefined): readonly T[] {
  return previous !== undefined && sameItems(list, previous) ? previous : list
}

export function sameItems<T>(a: readonly T[], b: readonly T[]): boolean {
  return a === b || (a.length === b.length && a.every((item, i) => item === b[i]))
}

/** The answers of `map`, those of `previous` where they hold the same items; `previous` itself where nothing differs. */
export function keepLists<K, V>(
  map: ReadonlyMap<K, readonly V[]>,
  previous: ReadonlyMap<K, readonly V[]> | undefined,
): ReadonlyMap<K, readonly V[]> {
  if (!previous) return map
  const result = new Map<K, readonly V[]>()
  let same = map.size === previous.size
  for (const [key, list] of map) {
    const kept = keep(list, previous.get(key))
    if (kept === list) same = false
    result.set(key, kept)
  }
  return same ? previous : result
}

/** Where two lists of the same length differ: what was there, and what is there now. */
export type Replaced<T> = readonly { readonly old: T; readonly now: T }[]

/** Place by place; undefined when the lists are of different length, so that anything may have moved. */
export function replacedIn<T>(before: readonly T[], after: readonly T[]): Replaced<T> | undefined {
  if (before.length !== after.length) return undefined
  const found: { readonly old: T; readonly now: T }[] = []
  for (let i = 0; i < after.length; i++) {
    const [old, now] = [before[i], after[i]]
    if (old !== now && old !== undefined && now !== undefined) found.push({ old, now })
  }
  return found
}

/** Lists by key. */
export interface Index<K, V> {
  get(key: K): readonly V[] | undefined
}

/** A map, and the few keys that are different in a later revision: copying all of it would be most of the work of an edit. */
class Patched<K, V> implements Index<K, V> {
  readonly base: ReadonlyMap<K, readonly V[]>
  readonly over: ReadonlyMap<K, readonly V[] | undefined>

  constructor(base: ReadonlyMap<K, readonly V[]>, over: ReadonlyMap<K, readonly V[] | undefined>) {
    this.base = base
    this.over = over
  }

  get(key: K): readonly V[] | undefined {
    return this.over.size > 0 && this.over.has(key) ? this.over.get(key) : this.base.get(key)
  }
}

const MOST_PATCHED = 50

function patched<K, V>(index: Patched<K, V>, changes: ReadonlyMap<K, readonly V[] | undefined>): Patched<K, V> {
  const over = new Map([...index.over, ...changes])
  if (over.size <= MOST_PATCHED) return new Patched(index.base, over)
  const base = new Map(index.base)
  for (const [key, list] of over) {
    if (list) base.set(key, list)
    else base.delete(key)
  }
  return new Patched(base, new Map())
}

/** An index, and the keys whose list is another one than before; undefined when all may be. */
export interface Grouped<K, V> {
  readonly index: Patched<K, V>
  readonly touched: ReadonlySet<K> | undefined
}

/**
 * Items by key. Lists that hold the same items as before are the same lists.
 * @param replaced the items that are others than when `before` was made
 */
export function grouped<K, V>(
  items: readonly V[],
  keysOf: (item: V) => readonly K[],
  before: Patched<K, V> | undefined,
  replaced: Replaced<V> | undefined,
): Grouped<K, V> {
  if (!before || !replaced) return regrouped(items, keysOf, before)
  const keys = new Set(replaced.flatMap(({ old, now }) => [...keysOf(old), ...keysOf(now)]))
  if (keys.size === 0) return { index: before, touched: keys }
  const inPlace = replaced.every(({ old, now }) => sameItems(keysOf(old), keysOf(now)))
  const changes = new Map<K, readonly V[] | undefined>()
  if (inPlace) {
    const successor = new Map(replaced.map(({ old, now }) => [old, now]))
    for (const key of keys)
      changes.set(
        key,
        before.get(key)?.map((item) => successor.get(item) ?? item),
      )
  } else {
    const lists = new Map<K, V[]>()
    for (const item of items) for (const key of keysOf(item)) if (keys.has(key)) add(lists, key, item)
    for (const key of keys) changes.set(key, lists.get(key))
  }
  return { index: patched(before, changes), touched: keys }
}

function regrouped<K, V>(items: readonly V[], keysOf: (item: V) => readonly K[], before: Patched<K, V> | undefined): Grouped<K, V> {
  const groups = new Map<K, readonly V[]>()
  const lists = groups as Map<K, V[]>
  for (const item of items) for (const key of keysOf(item)) add(lists, key, item)
  if (!before) return { index: new Patched(groups, new Map()), touched: undefined }
  const touched = new Set<K>()
  for (const [key, list] of groups) {
    const kept = keep(list, before.get(key))
    if (kept === list) touched.add(key)
    else groups.set(key, kept)
  }
  for (const key of before.base.keys()) if (!groups.has(key)) touched.add(key)
  for (const key of before.over.keys()) if (!groups.has(key)) touched.add(key)
  return { index: new Patched(groups, new Map()), touched }
}

function add<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key)
  if (list) list.push(value)
  else map.set(key, [value])
}
