import { encodeUtf8 } from '../go/utf8.ts'
import { computedFrom, type Frame, nowhere, type Origin, passedOnIn } from './provenance.ts'
import { type GoText, originsOf, textOf } from './text.ts'

/**
 * Values as Go's templates know them. Scalars are immutable and carry their origin; lists and maps are
 * shared by reference, as in Go, and their items carry theirs.
 */
export type GoValue = GoNil | GoBool | GoInt | GoFloat | GoComplex | GoText | GoList | GoMap | GoStruct | GoTime

export interface GoNil {
  readonly kind: 'nil'
  /** Go's invalid value: literal nil, the result of a pipeline that held nil. Else a nil in an interface. */
  readonly untyped: boolean
  readonly origin: Origin
}

export interface GoBool {
  readonly kind: 'bool'
  readonly value: boolean
  readonly origin: Origin
}

export type IntType =
  | 'int'
  | 'int8'
  | 'int16'
  | 'int32'
  | 'int64'
  | 'uint'
  | 'uint8'
  | 'uint16'
  | 'uint32'
  | 'uint64'
  | 'time.Duration'
  | 'time.Month'

export interface GoInt {
  readonly kind: 'int'
  readonly type: IntType
  readonly value: bigint
  readonly origin: Origin
}

/** A `float64`. */
export interface GoFloat {
  readonly kind: 'float'
  readonly value: number
  readonly origin: Origin
}

export interface GoComplex {
  readonly kind: 'complex'
  readonly re: number
  readonly im: number
  readonly origin: Origin
}

export interface GoList {
  readonly kind: 'list'
  /** `[]interface {}`, `[]string`, `[]int`, `[]uint8`, `[][]interface {}`. */
  readonly type: string
  readonly items: GoValue[]
  readonly isNil?: boolean
  /** What a list of bytes says as text. */
  readonly text?: GoText
  readonly origin: Origin
}

export interface Entry {
  readonly key: GoText
  readonly value: GoValue
}

export interface GoMap {
  readonly kind: 'map'
  /** `map[string]interface {}` or a type of the engine's own. */
  readonly type: string
  readonly entries: Map<string, Entry>
  readonly isNil?: boolean
  readonly origin: Origin
}

export interface GoStruct {
  readonly kind: 'struct'
  readonly type: string
  readonly pointer: boolean
  readonly fields: ReadonlyMap<string, GoValue>
  /** What `String()` says, where the type has it. */
  readonly string?: string
  /** What it says only where Go can take its address: printed by an action, not given to a function. */
  readonly printed?: string
  /** A struct whose fields are this one's too. */
  readonly embedded?: GoStruct
  /** The names and fields that JSON has of it, where they are not the same. */
  readonly json?: readonly (readonly [string, GoValue])[]
  readonly origin: Origin
}

/** A `time.Time`; `zone` is the name of its location. */
export interface GoTime {
  readonly kind: 'time'
  /** Seconds since 1970 and nanoseconds in the second. */
  readonly seconds: bigint
  readonly nanos: number
  readonly zone: string
  readonly origin: Origin
}

export const UNTYPED_NIL: GoNil = { kind: 'nil', untyped: true, origin: nowhere() }

export const ANY_MAP = 'map[string]interface {}'
export const ANY_LIST = '[]interface {}'

export function nil(origin: Origin = nowhere()): GoNil {
  return { kind: 'nil', untyped: false, origin }
}

export function bool(value: boolean, origin: Origin): GoBool {
  return { kind: 'bool', value, origin }
}

export function int(value: bigint | number, origin: Origin, type: IntType = 'int'): GoInt {
  return { kind: 'int', type, value: typeof value === 'number' ? BigInt(value) : value, origin }
}

export function float(value: number, origin: Origin): GoFloat {
  return { kind: 'float', value, origin }
}

export function list(items: GoValue[], origin: Origin = nowhere(), type = ANY_LIST): GoList {
  return { kind: 'list', type, items, origin }
}

export function map(entries: Iterable<readonly [string, Entry]> = [], origin: Origin = nowhere(), type = ANY_MAP): GoMap {
  return { kind: 'map', type, entries: new Map(entries), origin }
}

export function strings(texts: readonly GoText[], origin: Origin = nowhere()): GoList {
  return list([...texts], origin, '[]string')
}

export function setEntry(target: GoMap, key: string, value: GoValue, keyText: GoText = textOf(key, nowhere())): void {
  target.entries.set(key, { key: keyText, value })
}

export function getEntry(target: GoMap, key: string): GoValue | undefined {
  return target.entries.get(key)?.value
}

/** `%T` */
export function typeOf(value: GoValue): string {
  switch (value.kind) {
    case 'nil':
      return value.untyped ? '<nil>' : 'interface {}'
    case 'bool':
      return 'bool'
    case 'float':
      return 'float64'
    case 'complex':
      return 'complex128'
    case 'string':
      return 'string'
    case 'time':
      return 'time.Time'
    case 'struct':
      return value.pointer ? `*${value.type}` : value.type
    default:
      return value.type
  }
}

/** `reflect.Kind` */
export function kindOf(value: GoValue): string {
  switch (value.kind) {
    case 'nil':
      return 'invalid'
    case 'int':
      return value.type === 'time.Duration' ? 'int64' : value.type === 'time.Month' ? 'int' : value.type
    case 'list':
      return 'slice'
    case 'map':
      return 'map'
    case 'time':
      return 'struct'
    case 'struct':
      return value.pointer ? 'ptr' : 'struct'
    default:
      return typeOf(value)
  }
}

/** The type of a map's or list's items; '' for anything else. */
export function elementType(value: GoValue): string {
  if (value.kind === 'list') return value.type.startsWith('[]') ? value.type.slice(2) : 'string'
  if (value.kind !== 'map') return ''
  return value.type.startsWith('map[string]')
    ? value.type.slice('map[string]'.length)
    : value.type === 'engine.files'
      ? '[]uint8'
      : 'interface {}'
}

/** The zero value of a type, for a key that a map does not have. */
export function zeroOf(type: string, origin: Origin): GoValue {
  switch (type) {
    case 'string':
      return { kind: 'string', text: '', pieces: [] }
    case 'bool':
      return bool(false, origin)
    case 'int':
    case 'int64':
      return int(0n, origin, type)
    case 'float64':
      return float(0, origin)
    default:
      if (type.startsWith('[]')) return { kind: 'list', type, items: [], isNil: true, origin }
      if (type.startsWith('map[')) return { kind: 'map', type, entries: new Map(), isNil: true, origin }
      return nil(origin)
  }
}

/** The origins of a value itself, not of what it holds. */
export function originsOfValue(value: GoValue): readonly Origin[] {
  return value.kind === 'string' ? originsOf(value) : [value.origin]
}

export function originOfValue(value: GoValue): Origin {
  return value.kind === 'string' ? computedFrom(originsOf(value), undefined, writtenBy(value)) : value.origin
}

/** The text itself where templates wrote it: what decided that is lost with its pieces. */
function writtenBy(text: GoText): GoText | undefined {
  return text.pieces.some(({ site, origin }) => site !== undefined || origin.kind === 'gate') ? text : undefined
}

/** One origin for what is computed from values. */
export function computedOf(values: readonly GoValue[]): Origin {
  return computedFrom(values.flatMap(originsOfValue))
}

/** A value passed on unchanged because of what others are. */
export function chosen<V extends GoValue>(value: V, because: readonly GoValue[]): V {
  const inputs = because.flatMap(originsOfValue)
  if (value.kind === 'list' || value.kind === 'map' || value.kind === 'struct') return value
  if (value.kind !== 'string') return { ...value, origin: computedFrom(inputs, value.origin) }
  return {
    ...value,
    pieces: (value as GoText).pieces.map((piece) => ({ ...piece, origin: computedFrom(inputs, piece.origin) })),
  }
}

/** A value that is put into a map inside a branch. A map stays the one that it is. */
export function putIn<V extends GoValue>(frame: Frame, value: V): V {
  if (value.kind !== 'string') {
    const origin = passedOnIn(frame, value.origin)
    return origin === value.origin ? value : { ...value, origin }
  }
  return { ...value, pieces: (value as GoText).pieces.map((piece) => ({ ...piece, origin: passedOnIn(frame, piece.origin) })) }
}

/** Whether a template takes the branch; the rule of `if` and of `not`. */
export function isTrue(value: GoValue): boolean {
  switch (value.kind) {
    case 'nil':
      return false
    case 'bool':
      return value.value
    case 'int':
      return value.value !== 0n
    case 'float':
      return value.value !== 0
    case 'complex':
      return value.re !== 0 || value.im !== 0
    case 'string':
      return value.text !== ''
    case 'list':
      return value.items.length > 0
    case 'map':
      return value.entries.size > 0
    default:
      return true
  }
}

export function sortedKeys(value: GoMap, compare: (a: string, b: string) => number): string[] {
  return [...value.entries.keys()].sort(compare)
}

/** The bytes of a list of bytes. */
export function bytesOf(value: GoList): Uint8Array {
  return value.text ? encodeUtf8(value.text.text) : Uint8Array.from(value.items, (item) => (item.kind === 'int' ? Number(item.value) : 0))
}
