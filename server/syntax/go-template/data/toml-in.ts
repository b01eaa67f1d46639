import { parse, TomlDate, TomlError } from 'smol-toml'
import type { Origin } from '../provenance.ts'
import { type GoText, textOf } from '../text.ts'
import { bool, float, type GoValue, int, list, map, originOfValue, setEntry } from '../value.ts'

/** A TOML document; its values come from the whole text. */
export function fromToml(text: GoText): GoValue | { readonly error: string } {
  try {
    return convert(parse(text.text, { integersAsBigInt: true }), originOfValue(text))
  } catch (error) {
    if (error instanceof TomlError) return { error: `toml: line ${error.line}: ${error.message.split('\n')[0] ?? ''}` }
    throw error
  }
}

function convert(value: unknown, origin: Origin): GoValue {
  if (typeof value === 'string') return textOf(value, origin)
  if (typeof value === 'boolean') return bool(value, origin)
  if (typeof value === 'bigint') return int(value, origin, 'int64')
  if (typeof value === 'number') return float(value, origin)
  if (value instanceof TomlDate) return { kind: 'time', seconds: BigInt(Math.floor(value.getTime() / 1000)), nanos: 0, zone: 'UTC', origin }
  if (Array.isArray(value))
    return list(
      value.map((item) => convert(item, origin)),
      origin,
    )
  const table = map([], origin)
  for (const [key, item] of Object.entries(value ?? {})) setEntry(table, key, convert(item, origin), textOf(key, origin))
  return table
}
