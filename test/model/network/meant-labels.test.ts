import { expect, test } from 'vitest'
import { meantLabel } from '../../../server/model/network/meant-labels.ts'

const PODS = [{ app: 'cart', tier: 'back' }, { app: 'db1' }, { 'app.kubernetes.io/name': 'web' }]

test.each<[labels: Record<string, string>, meant: string | undefined]>([
  [{ app: 'catr' }, 'app: cart'],
  [{ app: 'carts' }, 'app: cart'],
  [{ app: 'catr', tier: 'back' }, 'app: cart'],
  [{ app: 'catr', tier: 'front' }, undefined],
  [{ ap: 'cart' }, 'app: cart'],
  [{ app: 'web' }, 'app.kubernetes.io/name: web'],
  [{ app: 'warehouse' }, undefined],
  [{ app: 'db2' }, undefined],
  [{}, undefined],
])('of %j', (matchLabels, meant) => {
  const found = meantLabel({ matchLabels }, PODS)
  expect(found && `${found.key}: ${found.value}`).toBe(meant)
})
