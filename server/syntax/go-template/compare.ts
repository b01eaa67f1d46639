import { compareBytes } from '../go/utf8.ts'
import { GoError } from './errors.ts'
import { plain, sprintf } from './fmt.ts'
import { nowhere } from './provenance.ts'
import { textOf } from './text.ts'
import { type GoValue, typeOf } from './value.ts'

type BasicKind = 'bool' | 'complex' | 'int' | 'float' | 'string' | 'uint' | undefined

function basicKind(value: GoValue): BasicKind {
  switch (value.kind) {
    case 'bool':
    case 'complex':
    case 'float':
    case 'string':
      return value.kind
    case 'int':
      return value.type.startsWith('uint') ? 'uint' : 'int'
    default:
      return undefined
  }
}

function isNil(value: GoValue): boolean {
  return value.kind === 'nil' || ((value.kind === 'list' || value.kind === 'map') && value.isNil === true)
}

/** Go names the types since 1.24. */
function incompatible(a: GoValue, b: GoValue, namesTypes: boolean): GoError {
  return new GoError(`incompatible types for comparison${namesTypes ? `: ${typeOf(a)} and ${typeOf(b)}` : ''}`)
}

/** What `%s` makes of a value that is no string. */
function asString(value: GoValue): string {
  return sprintf(textOf('%s', value.kind === 'string' ? nowhere() : value.origin), [value]).text
}

/** `eq` of two values. Throws what Go answers for values that cannot be compared. */
export function equalValues(a: GoValue, b: GoValue, namesTypes = true): boolean {
  const kinds = [basicKind(a), basicKind(b)] as const
  if (a.kind === 'int' && b.kind === 'int') return a.value === b.value
  if (kinds[0] !== kinds[1]) {
    if (a.kind === 'nil' || b.kind === 'nil') return false
    throw incompatible(a, b, namesTypes)
  }
  if (a.kind === 'bool' && b.kind === 'bool') return a.value === b.value
  if (a.kind === 'float' && b.kind === 'float') return a.value === b.value
  if (a.kind === 'string' && b.kind === 'string') return a.text === b.text
  if (a.kind === 'complex' && b.kind === 'complex') return a.re === b.re && a.im === b.im
  if (a.kind !== b.kind && a.kind !== 'nil' && b.kind !== 'nil') {
    throw new GoError(`non-comparable types ${asString(a)}: ${typeOf(a)}, ${typeOf(b)}: ${plain(b)}`)
  }
  if (isNil(a) || isNil(b)) return isNil(a) === isNil(b)
  if (b.kind === 'list' || b.kind === 'map') throw new GoError(`non-comparable type ${asString(b)}: ${typeOf(b)}`)
  if (a.kind === 'struct' && b.kind === 'struct' && !a.pointer && !b.pointer) {
    return a.type === b.type && [...a.fields].every(([name, field]) => equalValues(field, b.fields.get(name) ?? field))
  }
  return a === b
}

/** `lt`. */
export function lessThan(a: GoValue, b: GoValue, namesTypes = true): boolean {
  const kind = basicKind(a)
  const other = basicKind(b)
  if (kind === undefined || other === undefined) throw new GoError('invalid type for comparison')
  if (a.kind === 'int' && b.kind === 'int') return a.value < b.value
  if (kind !== other) throw incompatible(a, b, namesTypes)
  if (a.kind === 'float' && b.kind === 'float') return a.value < b.value
  if (a.kind === 'string' && b.kind === 'string') return compareBytes(a.text, b.text) < 0
  throw new GoError('invalid type for comparison')
}

/** `reflect.DeepEqual` of two values in interfaces: types count. */
export function deepEqual(a: GoValue, b: GoValue): boolean {
  if (a.kind === 'nil' || b.kind === 'nil') return a.kind === b.kind
  if (typeOf(a) !== typeOf(b)) return false
  if (a.kind === 'list' && b.kind === 'list') {
    if (a === b) return true
    return (
      Boolean(a.isNil) === Boolean(b.isNil) &&
      a.items.length === b.items.length &&
      a.items.every((item, i) => deepEqual(item, b.items[i] ?? item))
    )
  }
  if (a.kind === 'map' && b.kind === 'map') {
    if (a === b) return true
    if (Boolean(a.isNil) !== Boolean(b.isNil) || a.entries.size !== b.entries.size) return false
    return [...a.entries].every(([key, { value }]) => {
      const other = b.entries.get(key)
      return other !== undefined && deepEqual(value, other.value)
    })
  }
  if (a.kind === 'struct' && b.kind === 'struct') {
    return a === b || [...a.fields].every(([name, field]) => deepEqual(field, b.fields.get(name) ?? field))
  }
  if (a.kind === 'time' && b.kind === 'time') return a.seconds === b.seconds && a.nanos === b.nanos && a.zone === b.zone
  return basicKind(a) === basicKind(b) && equalValues(a, b)
}
