import { expect, test } from 'vitest'
import { mistyped } from '../../server/text/nearest.ts'

test.each([
  ['shop-tsl', ['shop-tls'], 'shop-tls'],
  ['databse', ['cache', 'database'], 'database'],
  ['replica', ['replicas'], 'replicas'],
  ['shop', ['shop-tls'], undefined],
  ['shop-tls', ['shop'], undefined],
  ['db-1', ['db-2'], undefined],
  ['prometheus-client-cert', ['prometheus-server-cert'], undefined],
  ['a', ['b'], undefined],
  ['x', [], undefined],
])('%s among %j is %s', (word, words, expected) => {
  expect(mistyped(word, words)).toBe(expected)
})
