import type { Value } from '../../model/value.ts'

const WORDS = new Map<string, Value>([
  ...['y', 'Y', 'yes', 'Yes', 'YES', 'on', 'On', 'ON', 'true', 'True', 'TRUE'].map((word): [string, Value] => [word, true]),
  ...['n', 'N', 'no', 'No', 'NO', 'off', 'Off', 'OFF', 'false', 'False', 'FALSE'].map((word): [string, Value] => [word, false]),
  ...['', '~', 'null', 'Null', 'NULL'].map((word): [string, Value] => [word, null]),
])

const LONGEST_WORD = 5

const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/
const NOT_JSON = /^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/

/** What a plain scalar cannot be: JSON, which Kubernetes' decoder goes through, has no such number. */
export function isInfinite(source: string): boolean {
  const first = source.charCodeAt(0)
  // A dot or a sign.
  return (first === 46 || first === 43 || first === 45) && NOT_JSON.test(source)
}

/**
 * A plain scalar as kubectl reads it: goyaml v2, that is YAML 1.1 without sexagesimal numbers and with
 * timestamps left as text. Checked against `kubectl label --local`.
 */
export function resolvePlain(source: string): Value {
  const first = source.charCodeAt(0)
  // A digit, sign or dot begins a number; nothing else can.
  if ((first >= 48 && first <= 57) || first === 43 || first === 45 || first === 46) return resolveNumber(source) ?? source
  if (source.length > LONGEST_WORD) return source
  const word = WORDS.get(source)
  return word === undefined ? source : word
}

function resolveNumber(source: string): number | undefined {
  if (/^[1-9][0-9]{0,14}$/.test(source)) return Number(source)
  const integer = integerOf(source)
  if (integer !== undefined) return Number(integer)
  const plain = source.replaceAll('_', '')
  const number = FLOAT.test(source.startsWith('.') ? source : plain) ? Number(plain) : Number.NaN
  return Number.isFinite(number) ? number : undefined
}

const INTEGER = /^([-+]?)(0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+|[0-9]+)$/
const MAX_INT64 = 2n ** 63n - 1n
const MAX_UINT64 = 2n ** 64n - 1n

/** The exact integer that a plain scalar stands for; larger ones are read as floats, or as text. */
export function integerOf(source: string): bigint | undefined {
  const match = INTEGER.exec(source.replaceAll('_', ''))
  const digits = match?.[2]
  if (digits === undefined || source.startsWith('_')) return undefined
  if (/^0[0-9]/.test(digits) && /[89]/.test(digits)) return undefined
  const size = BigInt(/^0[0-7]/.test(digits) ? `0o${digits.slice(1)}` : digits)
  const limit = match?.[1] === '' ? MAX_UINT64 : match?.[1] === '-' ? MAX_INT64 + 1n : MAX_INT64
  return size > limit ? undefined : match?.[1] === '-' ? -size : size
}

/** The text of a key: JSON object keys are strings, and the decoder writes other scalars as JSON does. */
export function keyText(value: Value): string | undefined {
  if (typeof value === 'string') return value
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined
}
