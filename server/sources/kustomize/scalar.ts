import type { Value } from '../../model/value.ts'

export type Tag = '' | 'str' | 'int' | 'float' | 'bool' | 'null' | 'unknown'

const WORDS: ReadonlyMap<string, Value> = new Map<string, Value>([
  ...['true', 'True', 'TRUE'].map((word): [string, Value] => [word, true]),
  ...['false', 'False', 'FALSE'].map((word): [string, Value] => [word, false]),
  ...['', '~', 'null', 'Null', 'NULL'].map((word): [string, Value] => [word, null]),
])

const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/
const BASED = /^([-+]?)(?:0b([01]+)|0x([0-9a-fA-F]+)|0o?([0-7]+))$/

/** What a plain scalar of this text is for kustomize's decoder, go-yaml v3. */
export function resolveText(text: string): Value {
  const word = WORDS.get(text)
  if (word !== undefined) return word
  if (!/^[-+.0-9]/.test(text)) return text
  const plain = text.replaceAll('_', '')
  const based = BASED.exec(plain)
  if (based) {
    const [, sign, binary, hex, octal] = based
    const number = binary ? Number.parseInt(binary, 2) : hex ? Number.parseInt(hex, 16) : Number.parseInt(octal ?? '', 8)
    return (sign === '-' ? -number : number) + 0
  }
  if (!FLOAT.test(plain)) return text
  const number = Number(plain)
  return Number.isFinite(number) ? number + 0 : text
}
