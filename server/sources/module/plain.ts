import { type Body, unknown, type Value } from '../../model/value.ts'
import { type Num, toDouble } from './eval/number.ts'
import { entries, items, reasonOf, type Val } from './eval/value.ts'

/** The plain data of a value, as rules read it. Keys with a NUL character cannot be told from unknown values and are left out. */
export function plainOf(value: Val): Value {
  const { data } = value
  if (data === undefined) return unknown(reasonOf(value))
  if (data === null || typeof data === 'string' || typeof data === 'boolean') return data
  const list = items(value)
  if (list) return list.map(plainOf)
  const map = entries(value)
  if (!map) return toDouble(data as Num)
  const result: Record<string, Value> = Object.create(null) as Record<string, Value>
  for (const [key, item] of map) if (!key.includes('\u0000')) result[key] = plainOf(item)
  return { ...result } as Body
}
