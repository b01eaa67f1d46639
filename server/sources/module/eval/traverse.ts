import { convert } from './convert.ts'
import { Failure } from './failure.ts'
import { type Num, toDouble } from './number.ts'
import { elementType, kindOf, typeName } from './type.ts'
import { entries, isNull, items, reasonOf, tuple, list, unknownVal, type Val, withSensitive } from './value.ts'

/** `of.name`. */
export function getAttribute(of: Val, name: string): Val {
  if (isNull(of)) throw new Failure('Attempt to get attribute from null value', 'This value is null, so it does not have any attributes.')
  const kind = kindOf(of.type)
  if (kind === 'map' || kind === 'object') {
    const map = entries(of)
    const found = map?.get(name)
    if (found && !(of.open !== undefined && isNull(found))) return withSensitive(found, found.sensitive || of.sensitive)
    if (of.open !== undefined) return unknownVal('dynamic', `${of.open}.${name}`)
    if (kind === 'object' && typeof of.type === 'object' && of.type.kind === 'object' && !of.type.of.has(name))
      throw new Failure('Unsupported attribute', `This object does not have an attribute named ${JSON.stringify(name)}.`)
    if (map) throw new Failure('Missing map element', `This map does not have an element with the key ${JSON.stringify(name)}.`)
    const type = typeof of.type === 'object' && of.type.kind === 'object' ? (of.type.of.get(name) ?? 'dynamic') : elementType(of.type)
    return unknownVal(type, reasonOf(of))
  }
  if (of.data === undefined && kind === 'dynamic') return unknownVal('dynamic', `${reasonOf(of)}.${name}`)
  throw new Failure('Unsupported attribute', `This value does not have any attributes: it is a ${typeName(of.type)}.`)
}

/** `of[key]`. */
export function getIndex(of: Val, key: Val): Val {
  if (isNull(of)) throw new Failure('Attempt to index null value', 'This value is null, so it does not have any indices.')
  if (isNull(key)) throw new Failure('Invalid index', "Can't use a null value as an indexing key.")
  const kind = kindOf(of.type)
  const sensitive = of.sensitive || key.sensitive
  if (kind === 'dynamic' && of.data === undefined) return unknownVal('dynamic', reasonOf(of))
  if (kind === 'list' || kind === 'tuple') {
    const index = indexKey(key, 'number')
    if (index.data === undefined || of.data === undefined)
      return unknownVal(kind === 'list' ? elementType(of.type) : 'dynamic', reasonOf(index) || reasonOf(of))
    const found = items(of)?.[toDouble(index.data as Num)]
    if (!found) throw new Failure('Invalid index', 'The given key does not identify an element in this collection value.')
    return withSensitive(found, found.sensitive || sensitive)
  }
  if (kind === 'map' || kind === 'object') {
    const name = indexKey(key, 'string')
    if (name.data === undefined || of.data === undefined) return unknownVal(elementType(of.type), reasonOf(name) || reasonOf(of))
    const found = entries(of)?.get(name.data as string)
    if (!found) throw new Failure('Invalid index', 'The given key does not identify an element in this collection value.')
    return withSensitive(found, found.sensitive || sensitive)
  }
  if (kind === 'set')
    throw new Failure('Invalid index', "Elements of a set are identified only by their value and don't have any separate index or key.")
  throw new Failure('Invalid index', 'This value does not have any indices.')
}

function indexKey(key: Val, type: 'number' | 'string'): Val {
  try {
    return convert(key, type)
  } catch (error) {
    if (error instanceof Failure)
      throw new Failure('Invalid index', `The given key does not identify an element in this collection value: a ${type} is required.`)
    throw error
  }
}

/** `of[*]` and `of.*`: what `each` makes of every item. A value that is no list stands for a list of itself, null for none. */
export function splat(of: Val, each: (item: Val) => Val): Val {
  const kind = kindOf(of.type)
  const list_ = items(of)
  if (list_ && (kind === 'list' || kind === 'tuple' || kind === 'set')) {
    const results = list_.map(each)
    const [first] = results
    const uniform = kind !== 'tuple' && first !== undefined
    const result = uniform ? list(first.type, results) : kind === 'tuple' ? tuple(results) : list('dynamic', [])
    return withSensitive(result, of.sensitive)
  }
  if (isNull(of)) return tuple([])
  if (of.data === undefined && (kind === 'list' || kind === 'set' || kind === 'tuple' || kind === 'dynamic'))
    return unknownVal('dynamic', reasonOf(of))
  return tuple([each(of)])
}

/** Keys and values as `for` sees them; undefined while they are unknown. */
export function iterate(collection: Val): readonly (readonly [Val, Val])[] | undefined {
  if (isNull(collection))
    throw new Failure('Iteration over null value', "A null value cannot be used as the collection in a 'for' expression.")
  const kind = kindOf(collection.type)
  if (!['list', 'set', 'map', 'tuple', 'object', 'dynamic'].includes(kind))
    throw new Failure(
      'Iteration over non-iterable value',
      `A value of type ${typeName(collection.type)} cannot be used as the collection in a 'for' expression.`,
    )
  const list = items(collection)
  if (list) {
    return list.map((item, i) => {
      const value = withSensitive(item, item.sensitive || collection.sensitive)
      return [kind === 'set' ? value : { ...ZERO, data: i, source: item.source }, value] as const
    })
  }
  const map = entries(collection)
  return (
    map &&
    [...map].map(
      ([key, item]) => [{ ...EMPTY, data: key, source: item.source }, withSensitive(item, item.sensitive || collection.sensitive)] as const,
    )
  )
}

const ZERO: Val = { type: 'number', data: 0, unknown: undefined, sensitive: false, source: undefined, encoded: undefined }
const EMPTY: Val = { ...ZERO, type: 'string', data: '' }
