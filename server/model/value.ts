/**
 * The plain data of an object as Kubernetes' decoder reads it, with one addition: a value may be
 * unknown (a placeholder that a later step fills in). Bodies are never changed once built.
 */
export type Value = null | boolean | number | string | readonly Value[] | Body | Unknown

export interface Body {
  readonly [key: string]: Value
}

/** No decoded document can hold this key: the front ends refuse keys with a NUL character. */
const UNKNOWN = '\u0000unknown'

/** A value that is written somewhere, but not in the files of the workspace. Plain data, so it survives a structured clone. */
export interface Unknown {
  readonly [UNKNOWN]: string
}

/** @param reason what would have to be known, e.g. `${REPLICAS}` */
export function unknown(reason: string): Unknown {
  return Object.freeze({ [UNKNOWN]: reason })
}

export function isUnknown(value: Value | undefined): value is Unknown {
  return typeof value === 'object' && value !== null && UNKNOWN in value
}

export function unknownReason(value: Unknown): string {
  return value[UNKNOWN]
}

export function isList(value: Value | undefined): value is readonly Value[] {
  return Array.isArray(value)
}

export function isMap(value: Value | undefined): value is Body {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isUnknown(value)
}

export type Path = readonly (string | number)[]

/**
 * The value at `path`: `undefined` when absent (null counts as absent, as it does for Kubernetes),
 * unknown when it or anything above it is unknown.
 */
export function get(value: Value | undefined, ...path: Path): Value | undefined {
  let at = value
  for (const step of path) {
    if (typeof at !== 'object' || at === null) return undefined
    if (isList(at)) at = typeof step === 'number' ? at[step] : undefined
    else {
      // Asked for millions of times: what every object inherits is told apart only where there is something.
      const next: Value | undefined = (at as Body)[step]
      if (next === undefined) return isUnknown(at) ? at : undefined
      if (typeof next === 'function' || (step === '__proto__' && !Object.hasOwn(at, step))) return undefined
      at = next
    }
  }
  return at === null ? undefined : at
}

/** The string at `path`; `undefined` when it is absent, unknown or of another type. */
export function text(value: Value | undefined, ...path: Path): string | undefined {
  const found = get(value, ...path)
  return typeof found === 'string' ? found : undefined
}

/** The items at `path`; empty when absent, unknown or of another type. */
export function items(value: Value | undefined, ...path: Path): readonly Value[] {
  const found = get(value, ...path)
  return isList(found) ? found : []
}

/** The entries at `path`; empty when absent, unknown or of another type. */
export function entries(value: Value | undefined, ...path: Path): [string, Value][] {
  const found = get(value, ...path)
  return isMap(found) ? Object.entries(found) : []
}

/** The strings among the items at `path`. */
export function texts(value: Value | undefined, ...path: Path): string[] {
  return items(value, ...path).filter((item) => typeof item === 'string')
}

/** Whether anything in `value` is unknown. */
export function hasUnknown(value: Value | undefined): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (isUnknown(value)) return true
  return (isList(value) ? value : Object.values(value)).some(hasUnknown)
}

export function equal(a: Value | undefined, b: Value | undefined): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return Number.isNaN(a) && Number.isNaN(b)
  if (isList(a) || isList(b)) {
    return isList(a) && isList(b) && a.length === b.length && a.every((item, i) => equal(item, b[i]))
  }
  const left = a as Body
  const right = b as Body
  const keys = Object.keys(left)
  return keys.length === Object.keys(right).length && keys.every((key) => Object.hasOwn(right, key) && equal(left[key], right[key]))
}
