import { describe, expect, it } from 'vitest'
import { isSelectorError, parseCalicoSelector } from '../../../server/model/network/dialects/calico-selector.ts'
import { testLabels } from '../../../server/model/network/labels.ts'
import type { Labels } from '../../../server/model/object.ts'
import { readJson } from './data.ts'

interface Selectors {
  readonly valid: readonly { readonly selector: string; readonly matches: readonly Labels[]; readonly rejects: readonly Labels[] }[]
  readonly invalid: readonly string[]
}

const { valid, invalid } = readJson<Selectors>('network/calico/selectors.json')

describe('selectors mean what they mean to Calico', () => {
  for (const { selector, matches, rejects } of valid) {
    it(`reads ${JSON.stringify(selector)}`, () => {
      const test = parseCalicoSelector(selector)
      if (isSelectorError(test)) throw new Error(test.error)
      for (const [labels, expected] of [
        ...matches.map((labels) => [labels, true] as const),
        ...rejects.map((labels) => [labels, false] as const),
      ]) {
        expect([labels, testLabels(test, { labels, open: false, unknownKeys: [] })]).toEqual([labels, expected])
      }
    })
  }
  for (const selector of invalid) {
    it(`refuses ${JSON.stringify(selector)}`, () => expect(isSelectorError(parseCalicoSelector(selector))).toBe(true))
  }
  it('saw the selectors', () => expect(valid.length + invalid.length).toBeGreaterThan(50))
})
