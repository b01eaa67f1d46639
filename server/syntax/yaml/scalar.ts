import type { Value } from '../../model/value.ts'

const WORDS = new Map<string, Value>([
  ...['y', 'Y', 'yes', 'Yes', 'YES', 'on', 'On', 'ON', 'true', 'True', 'TRUE'].map((word): [string, Value] => [word, true]),
  ...['n', 'N', 'no', 'No', 'NO', 'off', 'Off', 'OFF', 'false', 'False', 'FALSE'].map((word): [string, Value] => [word, false]),
  ...['', '~', 'null', 'Null', 'NULL'].map((word): [string, Value] => [word, null]),
])

const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/
const NOT_JSON = /^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/

/** What a plain scalar cannot be: JSON, which Kubernetes' decoder goes through, has no such number. */
export function isInfinite(source: string): boolean {
  return NOT_JSON.test(source)
}

/**
 * A plain scalar as kubectl reads it: goyaml v2, that is YAML 1.1 without sexagesimal numbers and with
 * timestamps left as text. Checked against `kubectl label --local`.
 */
export function resolvePlain(source: string): Value {
  const first = source.charCodeAt(0)
  // A digit, sign or dot begins a number; nothing else can.
  if ((first >= 48 && first <= 57) || first === 43 || first === 45 || first === 46) return resolveNumber(source) ?? source
  const word = WORDS.get(source)
  return word === undefined ? source : word
}

function resolveNumber(source: string): number | undefined {
  const plain = source.replaceAll('_', '')
  const sign = plain.startsWith('-') ? -1 : 1
  const digits = plain.replace(/^[-+]/, '')
  const based = /^0b[01]+$/.test(digits)
    ? Number.parseInt(digits.slice(2), 2)
    : /^0x[0-9a-fA-F]+$/.test(digits)
      ? Number.parseInt(digits.slice(2), 16)
      : /^0o[0-7]+$/.test(digits)
        ? Number.parseInt(digits.slice(2), 8)
        : /^0[0-7]+$/.test(digits)
          ? Number.parseInt(digits, 8)
          : undefined
  const number = based !== undefined ? sign * based : FLOAT.test(plain) ? Number(plain) : Number.NaN
  return Number.isFinite(number) ? number + 0 : undefined
}

/** The text of a key: JSON object keys are strings, and the decoder writes other scalars as JSON does. */
export function keyText(value: Value): string | undefined {
  if (typeof value === 'string') return value
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined
}
