import { describe, expect, test } from 'vitest'
import { type Body, get, unknown, type Value } from '../../server/model/value.ts'

describe('the value at a path', () => {
  const reason = unknown('${REPLICAS}')
  const value: Value = { list: [{ name: 'a' }], no: null, zero: 0, empty: '', open: reason }

  test.each<[string, readonly (string | number)[], Value | undefined]>([
    ['is found in maps and lists', ['list', 0, 'name'], 'a'],
    ['may be falsy', ['zero'], 0],
    ['may be empty', ['empty'], ''],
    ['is absent when it is null', ['no'], undefined],
    ['is absent below null', ['no', 'x'], undefined],
    ['is absent below a scalar', ['zero', 'x'], undefined],
    ['is absent beyond a list', ['list', 1], undefined],
    ['is absent in a list by name', ['list', 'length'], undefined],
    ['is unknown where it is', ['open'], reason],
    ['is unknown below what is', ['open', 'a', 'b'], reason],
    ['is not what every object inherits', ['constructor'], undefined],
    ['is not the prototype', ['__proto__'], undefined],
    ['is not in the prototype', ['__proto__', 'toString'], undefined],
  ])('%s', (_, path, expected) => {
    expect(get(value, ...path)).toBe(expected)
  })

  test('may have a name that every object inherits', () => {
    const own = JSON.parse('{"__proto__": "a", "constructor": "b"}') as Body
    expect([get(own, '__proto__'), get(own, 'constructor')]).toEqual(['a', 'b'])
  })
})
