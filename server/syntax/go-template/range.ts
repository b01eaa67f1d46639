import { compareBytes } from '../go/utf8.ts'
import type { Engine } from './engine.ts'
import { formatValue } from './fmt.ts'
import { elementType, type GoValue, int, sortedKeys, UNTYPED_NIL } from './value.ts'

/** What one turn of a `range` is about, and whether Go sees the item through an interface. */
export interface RangeItem {
  readonly index: GoValue
  readonly item: GoValue
  readonly iface: boolean
}

/**
 * What a `range` runs over, in order; a text is the reason why it cannot. Semantics: `walkRange` of Go's engine.
 * @param variables how many it declares
 */
export function rangeItems(
  value: GoValue,
  variables: number,
  { rangeOverInt, budget }: Pick<Engine, 'rangeOverInt' | 'budget'>,
): readonly RangeItem[] | string {
  switch (value.kind) {
    case 'nil':
      return []
    case 'list': {
      const iface = elementType(value) === 'interface {}'
      return value.items.map((item, i) => ({ index: int(i, value.origin), item, iface }))
    }
    case 'map': {
      const iface = elementType(value) === 'interface {}'
      return sortedKeys(value, compareBytes).flatMap((key) => {
        const entry = value.entries.get(key)
        return entry ? [{ index: entry.key, item: entry.value, iface }] : []
      })
    }
    case 'int': {
      if (!rangeOverInt) break
      if (variables > 1) return `can't use ${value.value} to iterate over more than one variable`
      const count = Math.max(Number(value.value), 0)
      budget.allocate(count)
      return Array.from({ length: count }, (_, i) => ({ index: UNTYPED_NIL, item: { ...value, value: BigInt(i) }, iface: false }))
    }
  }
  return `range can't iterate over ${formatValue(value)?.text ?? ''}`
}
