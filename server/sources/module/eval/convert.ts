import { compareBytes } from '../../../syntax/go/utf8.ts'
import { equals } from './equal.ts'
import { Failure } from './failure.ts'
import { compareNumbers, type Num, numberText, parseNumber } from './number.ts'
import { elementType, isPrimitive, kindOf, sameType, type Type, typeName, unify } from './type.ts'
import { entries, items, list, map, nullOf, object, sortKeys, tuple, type Val, val } from './value.ts'

/** A type as it is declared: objects may have attributes that can be left out. */
export interface Constraint {
  readonly type: Type
  readonly optional?: ReadonlyMap<string, Val | undefined>
  /** For the attributes of an object and the items of a collection. */
  readonly inner?: ReadonlyMap<string, Constraint>
}

class CannotConvert extends Failure {
  constructor(detail: string) {
    super('Invalid value for type', detail)
  }
}

/** Reads a value as a type, the way Terraform does without being asked. Throws a `Failure` that says why it cannot. */
export function convert(value: Val, type: Type): Val {
  if (type === 'dynamic' || sameType(value.type, type)) return value
  if (value.data === null) return { ...nullOf(type), source: value.source, sensitive: value.sensitive }
  if (isPrimitive(type)) return convertPrimitive(value, type)
  if (typeof type === 'string') return value
  if (value.data === undefined) return convertUnknown(value, type)
  const result = type.kind === 'map' || type.kind === 'object' ? toEntries(value, type) : toItems(value, type)
  return { ...result, source: value.source, sensitive: value.sensitive, ...(value.keys ? { keys: value.keys } : {}) }
}

function convertUnknown(value: Val, type: Type): Val {
  if (value.type !== 'dynamic' && !convertible(value.type, type)) throw cannot(value.type, type)
  return { ...value, type }
}

function convertible(from: Type, to: Type): boolean {
  const kinds = [kindOf(from), kindOf(to)]
  const sequence = ['list', 'set', 'tuple']
  const mapping = ['map', 'object']
  return (
    kinds.every((kind) => sequence.includes(kind)) ||
    kinds.every((kind) => mapping.includes(kind)) ||
    kinds.every((kind) => ['string', 'number', 'bool', 'dynamic'].includes(kind))
  )
}

function cannot(from: Type, to: Type): Failure {
  const target =
    typeof to === 'object' && to.kind !== 'tuple' && to.kind !== 'object' && to.of === 'dynamic'
      ? `${to.kind} of any single type`
      : typeName(to)
  return new CannotConvert(`cannot convert ${typeName(from)} to ${target}`)
}

function convertPrimitive(value: Val, type: Type): Val {
  const { data } = value
  if (value.type !== 'dynamic' && !isPrimitive(value.type)) throw cannot(value.type, type)
  if (data === undefined) {
    if ((value.type === 'bool' && type === 'number') || (value.type === 'number' && type === 'bool')) throw cannot(value.type, type)
    return { ...value, type }
  }
  if (type === 'string') return { ...value, type, data: typeof data === 'boolean' ? String(data) : numberText(data as Num) }
  if (type === 'number' && typeof data === 'string') {
    const number = parseNumber(data)
    if (number === undefined)
      throw new CannotConvert(`cannot convert ${JSON.stringify(data)} to number; given string must be a decimal representation of a number`)
    return { ...value, type, data: number }
  }
  if (type === 'bool' && (data === 'true' || data === 'false')) return { ...value, type, data: data === 'true' }
  if (type === 'bool' && (data === '1' || data === '0')) return { ...value, type, data: data === '1' }
  if (type === 'bool' && typeof data === 'string')
    throw new CannotConvert(`cannot convert ${JSON.stringify(data)} to bool; only the strings "true" or "false" are allowed`)
  throw cannot(value.type, type)
}

function toItems(value: Val, type: Exclude<Type, string>): Val {
  const from = items(value)
  if (!from) throw cannot(value.type, type)
  if (type.kind === 'tuple') {
    if (from.length !== type.of.length) throw new CannotConvert(`tuple of length ${type.of.length} required`)
    return tuple(from.map((item, i) => convert(item, type.of[i] ?? 'dynamic')))
  }
  if (type.kind !== 'list' && type.kind !== 'set') throw cannot(value.type, type)
  const of = type.of === 'dynamic' ? common(from, elementType(value.type)) : type.of
  if (of === undefined) throw new CannotConvert(`all ${type.kind} elements must have the same type`)
  const converted = from.map((item) => convert(item, of))
  return type.kind === 'list' ? list(of, converted) : setOf(of, converted)
}

/** The type that all can be read as; that of an empty collection is kept. */
function common(values: readonly Val[], empty: Type): Type | undefined {
  if (values.length === 0) return empty
  return unify(values.map(({ type }) => type))
}

function toEntries(value: Val, type: Exclude<Type, string>): Val {
  const from = entries(value)
  if (!from) throw cannot(value.type, type)
  if (type.kind === 'map') {
    const of = type.of === 'dynamic' ? common([...from.values()], elementType(value.type)) : type.of
    if (of === undefined) throw new CannotConvert('all map elements must have the same type')
    return map(of, sortKeys(new Map([...from].map(([key, item]) => [key, within(key, () => convert(item, of))]))))
  }
  if (type.kind !== 'object') throw cannot(value.type, type)
  const result = new Map<string, Val>()
  for (const [name, wanted] of type.of) {
    const item = from.get(name)
    if (item === undefined) throw new CannotConvert(`attribute ${JSON.stringify(name)} is required`)
    result.set(
      name,
      within(name, () => convert(item, wanted)),
    )
  }
  return object(result)
}

function within<T>(name: string, run: () => T): T {
  try {
    return run()
  } catch (error) {
    if (error instanceof CannotConvert) throw new CannotConvert(`element ${JSON.stringify(name)}: ${error.message}`)
    throw error
  }
}

/** A set: each value once, in the order of the values. */
export function setOf(of: Type, values: readonly Val[]): Val {
  const type: Type = { kind: 'set', of }
  const seen = new Set<unknown>()
  const kept: Val[] = []
  for (const value of values) {
    const simple = value.data !== undefined && (typeof value.data !== 'object' || value.data === null)
    if (simple ? seen.has(value.data) : kept.some((other) => equals(other, value) === true)) continue
    if (simple) seen.add(value.data)
    kept.push(value)
  }
  return val(type, kept.sort(compareItems))
}

function compareItems(a: Val, b: Val): number {
  if (a.data === undefined || b.data === undefined) return a.data === b.data ? 0 : a.data === undefined ? 1 : -1
  if (a.data === null || b.data === null) return a.data === b.data ? 0 : a.data === null ? 1 : -1
  if (typeof a.data === 'string' && typeof b.data === 'string') return compareBytes(a.data, b.data)
  if (a.type === 'number' && b.type === 'number') return compareNumbers(a.data as Num, b.data as Num)
  if (typeof a.data === 'boolean' && typeof b.data === 'boolean') return Number(a.data) - Number(b.data)
  return 0
}

/** Reads a value as a declared type: attributes that may be left out are filled in, those that are not declared are left out. */
export function conform(value: Val, constraint: Constraint): Val {
  return convert(fill(value, constraint), constraint.type)
}

function fill(value: Val, constraint: Constraint): Val {
  const { type, inner, optional } = constraint
  if (!inner || typeof type === 'string' || value.data === null || value.data === undefined) return value
  const each = inner.get('*')
  const list = items(value)
  if (list) {
    const filled = list.map((item, i) => {
      const of = each ?? inner.get(String(i))
      return of ? fill(item, of) : item
    })
    const result = typeof value.type === 'object' && value.type.kind === 'set' ? setOf(elementType(value.type), filled) : tuple(filled)
    return { ...result, source: value.source, sensitive: value.sensitive }
  }
  const map = entries(value)
  if (!map) return value
  const result = new Map<string, Val>()
  for (const [key, item] of map) {
    const of = each ?? inner.get(key)
    if (!each && !of) continue
    result.set(key, of ? fill(item, of) : item)
  }
  for (const [name, standard] of optional ?? []) {
    const given = result.get(name)
    if (given && given.data !== null) continue
    const wanted = inner.get(name)
    const filled = standard === undefined ? (given ?? nullOf(wanted?.type ?? 'dynamic')) : standard
    if (standard !== undefined || !given) result.set(name, wanted ? fill(filled, wanted) : filled)
  }
  return { ...object(result), source: value.source, sensitive: value.sensitive, ...(value.keys ? { keys: value.keys } : {}) }
}
