import { isNull, type Node } from './node.ts'

/**
 * Lists whose items are told apart by keys, as kyaml's `ElementSetter` and `ElementMatcher` treat them, with
 * their treatment of items that lack a key.
 */

export function fieldText(item: Node, key: string): string | undefined {
  if (key === '') return item.kind === 'scalar' ? item.text : undefined
  const field = item.kind === 'map' ? item.get(key) : undefined
  return field && (field.kind === 'scalar' ? field.text : '')
}

/** The first item in which all keys have these values. */
export function findElement(items: readonly Node[], keys: readonly string[], values: readonly string[]): Node | undefined {
  return items.find((item) => (keys[0] === '' || item.kind === 'map') && keys.every((key, i) => fieldText(item, key) === (values[i] ?? '')))
}

/** Replaces every matching item, or appends where none matches. Without an element, removes them. */
export function setElement(items: readonly Node[], keys: readonly string[], values: readonly string[], element?: Node): Node[] {
  const result: Node[] = []
  const wantsMap = (keys[0] ?? '') !== '' && (values[0] ?? '') !== ''
  let found = false
  for (const item of items) {
    if (isNull(item) || (item.kind === 'map' && item.entries.size === 0)) continue
    if (item.kind !== 'map' && wantsMap) {
      result.push(item)
      continue
    }
    if (!matches(item, keys, values)) {
      if (values.length > 0) result.push(item)
      continue
    }
    found = true
    if (element) result.push(element)
  }
  if (element && !isNull(element) && !found) result.push(element)
  return result
}

function matches(item: Node, keys: readonly string[], values: readonly string[]): boolean {
  if (values.length === 0) return false
  return keys.every((key, i) => {
    const value = values[i]
    // A key beyond the known values counts as matched by the one before it.
    if (value === undefined) return true
    const text = fieldText(item, key)
    return text !== undefined && (value === '' ? key !== '' || text === '' : text === value)
  })
}

/** Sets each of `added` in `items`; those without a key are appended. */
export function appendElements(items: readonly Node[], added: readonly Node[], keys: readonly string[]): Node[] {
  let result = [...items]
  for (const element of added) {
    if ((keys[0] ?? '') === '') {
      result = setElement(result, [''], [fieldText(element, '') ?? ''], element)
      continue
    }
    const values: string[] = []
    for (const key of keys) {
      const text = fieldText(element, key)
      if (text === undefined) result.push(element)
      else values.push(text)
    }
    if (keys.length > 1) result = setElement(result, keys, values)
    result = setElement(result, keys, values, element)
  }
  return result
}

/** The values of the keys of all items, each combination once, in the order of the lists. */
export function elementValues(lists: readonly (readonly Node[])[], keys: readonly string[]): string[][] {
  const seen = new Set<string>()
  const result: string[][] = []
  for (const items of lists) {
    for (const item of items) {
      const values = keys.map((key) => fieldText(item, key) ?? '')
      const id = JSON.stringify(values)
      if (seen.has(id)) continue
      seen.add(id)
      result.push(values)
    }
  }
  return result
}

/** The keys that any item has, and the item's values for them: a port without protocol is told by its port alone. */
export function usedKeys(
  all: readonly (readonly string[])[],
  values: readonly string[],
  keys: readonly string[],
): { keys: readonly string[]; values: readonly string[] } {
  const used = new Set(keys.filter((_, i) => all.some((each) => (each[i] ?? '') !== '')))
  if (used.size === 0) return { keys, values }
  return { keys: keys.filter((key) => used.has(key)), values: values.filter((value, i) => value !== '' || used.has(keys[i] ?? '')) }
}

/** Combinations that differ only where one of them has no value are the same: it takes the other's. */
export function mergeValues(all: readonly (readonly string[])[]): readonly (readonly string[])[] {
  const result = [...all]
  for (let i = 0; i < result.length; i++) {
    for (let j = 0; j < result.length; j++) {
      const merged = mergeTwo(result[i] ?? [], result[j] ?? [])
      if (merged) result[i] = result[j] = merged
    }
  }
  return result
}

function mergeTwo(a: readonly string[], b: readonly string[]): string[] | undefined {
  let common = false
  const merged: string[] = []
  for (const [i, left] of a.entries()) {
    const right = b[i] ?? ''
    if (left === right) common = true
    else if (left !== '' && right !== '') return undefined
    merged.push(left || right)
  }
  return common ? merged : undefined
}
