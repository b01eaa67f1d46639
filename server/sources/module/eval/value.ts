import type { Span } from '../../../text/span.ts'
import type { Num } from './number.ts'
import { EMPTY_OBJECT, type Type } from './type.ts'

/** Where an expression stands. */
export interface Place extends Span {
  readonly file: string
}

/** Who has a say in a value: the place nearest to its use, and those that it came through. */
export interface Source extends Place {
  /** `written` is a literal, `file` the content of a file, `provider` a default that no text says. */
  readonly how: 'written' | 'computed' | 'file' | 'provider'
  readonly from: readonly Source[]
}

export type Data = undefined | null | string | boolean | Num | readonly Val[] | ReadonlyMap<string, Val>

/** What is known of a value that is not. */
export interface Unknowing {
  /** What would have to be known, for people. */
  readonly reason: string
  readonly notNull: boolean
  /** A text's pieces; undefined for one that is not known. */
  readonly parts?: readonly (string | undefined)[]
}

/** A value with its type, as Terraform has it. `data` is undefined while the value is unknown. Never changed. */
export interface Val {
  readonly type: Type
  readonly data: Data
  readonly unknown: Unknowing | undefined
  readonly sensitive: boolean
  readonly source: Source | undefined
  /** A text made of a structure keeps it, so that it can be taken apart although parts of it are unknown. */
  readonly encoded: Val | undefined
  /** The address of a resource that has more attributes than are configured: the provider computes them. */
  readonly open?: string
  /** Of an object that has a key that is not wholly known: what is, with a star for the part of a key that is not. */
  readonly partial?: Val
  /** Where the keys of an object are written. */
  readonly keys?: ReadonlyMap<string, Place>
}

export function val(type: Type, data: Data, source?: Source, sensitive = false): Val {
  return { type, data, unknown: undefined, sensitive, source, encoded: undefined }
}

export const text = (data: string, source?: Source): Val => val('string', data, source)
export const number = (data: Num, source?: Source): Val => val('number', data, source)
export const bool = (data: boolean, source?: Source): Val => val('bool', data, source)
export const NULL: Val = val('dynamic', null)

export function nullOf(type: Type): Val {
  return val(type, null)
}

export function unknownVal(type: Type, reason: string, notNull = false, parts?: Unknowing['parts']): Val {
  const unknown: Unknowing = parts ? { reason, notNull, parts } : { reason, notNull }
  return { type, data: undefined, unknown, sensitive: false, source: undefined, encoded: undefined }
}

export function tuple(items: readonly Val[], source?: Source): Val {
  return val({ kind: 'tuple', of: items.map(({ type }) => type) }, items, source)
}

export function list(of: Type, items: readonly Val[], source?: Source): Val {
  return val({ kind: 'list', of }, items, source)
}

export function map(of: Type, items: ReadonlyMap<string, Val>, source?: Source): Val {
  return val({ kind: 'map', of }, items, source)
}

/** Attributes are kept in the order of the alphabet, as Terraform has them. */
export function object(items: ReadonlyMap<string, Val>, source?: Source): Val {
  if (items.size === 0) return val(EMPTY_OBJECT, items, source)
  const sorted = sortKeys(items)
  return val(new ObjectType(sorted), sorted, source)
}

/** The content of a block: its arguments with the places of their names, and whether it has more than is written. */
export function blockOf(
  items: ReadonlyMap<string, Val>,
  keys: ReadonlyMap<string, Place>,
  open: string | undefined,
  source: Source | undefined,
): Val {
  const { type, data } = object(items)
  const made = { type, data, unknown: undefined, sensitive: false, source, encoded: undefined, keys }
  return open === undefined ? made : { ...made, open }
}

/** Most types are never asked for. */
class ObjectType {
  readonly kind = 'object'
  readonly #items: ReadonlyMap<string, Val>
  #of: ReadonlyMap<string, Type> | undefined

  constructor(items: ReadonlyMap<string, Val>) {
    this.#items = items
  }

  get of(): ReadonlyMap<string, Type> {
    if (this.#of) return this.#of
    const types = new Map<string, Type>()
    for (const [name, { type }] of this.#items) types.set(name, type)
    this.#of = types
    return types
  }
}

export function sortKeys<T>(items: ReadonlyMap<string, T>): ReadonlyMap<string, T> {
  let before: string | undefined
  for (const key of items.keys()) {
    if (before !== undefined && before > key) return new Map([...items].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
    before = key
  }
  return items
}

export function isKnown(value: Val): boolean {
  return value.data !== undefined
}

export function isNull(value: Val): boolean {
  return value.data === null
}

export function items(value: Val): readonly Val[] | undefined {
  return Array.isArray(value.data) ? (value.data as readonly Val[]) : undefined
}

export function entries(value: Val): ReadonlyMap<string, Val> | undefined {
  return value.data instanceof Map ? (value.data as ReadonlyMap<string, Val>) : undefined
}

/** Its parts, whatever it is. */
export function children(value: Val): Iterable<Val> {
  return items(value) ?? entries(value)?.values() ?? []
}

export function isWhollyKnown(value: Val): boolean {
  if (value.data === undefined) return false
  for (const child of children(value)) if (!isWhollyKnown(child)) return false
  return true
}

export function hasSensitive(value: Val): boolean {
  if (value.sensitive) return true
  for (const child of children(value)) if (hasSensitive(child)) return true
  return false
}

/** What makes a value unknown, for people. */
export function reasonOf(value: Val): string {
  if (value.unknown) return value.unknown.reason
  for (const child of children(value)) if (!isWhollyKnown(child)) return reasonOf(child)
  return ''
}

export function withSensitive(value: Val, sensitive: boolean): Val {
  return sensitive === value.sensitive ? value : { ...value, sensitive }
}

export function withSource(value: Val, source: Source | undefined): Val {
  return source === undefined ? value : { ...value, source }
}

/** The text that an unknown text is sure to begin with. */
export function prefixOf(value: Val): string {
  if (typeof value.data === 'string') return value.data
  return value.unknown?.parts?.[0] ?? ''
}

/** A name of which a part is not known has a star there: what follows it is often what tells its meaning. */
export function nameOf(value: Val): string | undefined {
  if (typeof value.data === 'string') return value.data
  return value.unknown?.parts?.map((part) => part ?? '*').join('')
}

/** The file that a text is the content of. */
export function fileOf(source: Source | undefined): string | undefined {
  let at = source
  while (at?.how === 'computed' && at.from.length === 1) at = at.from[0]
  return at?.how === 'file' ? at.file : undefined
}
