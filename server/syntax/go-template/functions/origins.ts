import type { Origin } from '../provenance.ts'
import { type GoValue, originsOfValue } from '../value.ts'

export { computedFrom } from '../provenance.ts'

/** The origins of everything that a value holds. */
export function originsOf(value: GoValue, into: Origin[] = []): Origin[] {
  if (value.kind === 'list') for (const item of value.items) originsOf(item, into)
  else if (value.kind === 'map') for (const entry of value.entries.values()) originsOf(entry.value, into)
  else into.push(...originsOfValue(value))
  return into
}
