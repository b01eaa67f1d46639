import { describe, expect, test, vi } from 'vitest'
import { incidents } from '../../server/analysis/analyse.ts'
import { findingsOf } from '../../server/analysis/findings.ts'
import { proposeFixes } from '../../server/analysis/fix.ts'
import { defineRule } from '../../server/model/rule.ts'
import { analyseFiles, TODAY } from '../rules/spec.ts'
import { stubRules } from '../stub-rules.ts'

const POD = {
  path: 'a.yaml',
  text: 'apiVersion: v1\nkind: Pod\nmetadata: { name: a }\nspec: { containers: [{ name: a, image: "web:latest" }] }\n',
}
const of = { pillar: 'verification', severity: 'warning', controls: {}, since: '0.1.0', title: 'A rule' } as const

vi.mock('../../server/model/services.ts', async (load) => ({
  ...(await load<object>()),
  servicesOf: () => {
    throw new Error('no services')
  },
}))

describe('a mistake in the program', () => {
  test('in a fact is a problem of the rules that ask for it, and the others go on', () => {
    const asking = defineRule<'workload', 'services'>({ ...of, name: 'stub-asking', each: 'workload', reads: ['services'], *check() {} })
    const analysis = analyseFiles([asking, ...stubRules], [POD])
    expect([...incidents(analysis)].flatMap(({ file, failure }) => (failure ? [{ file, ...failure }] : []))).toEqual([
      { file: 'a.yaml', rule: 'stub-asking', message: 'no services' },
    ])
    expect(findingsOf(analysis, { today: TODAY }).findings.map(({ rule }) => rule.name)).toContain('stub-latest')
  })

  test('in a fix leaves its finding without one, and is told', () => {
    const failing = defineRule({
      ...of,
      name: 'stub-failing-fix',
      each: 'workload',
      reads: [],
      *check({ object }) {
        yield { object, path: ['metadata', 'name'], part: 'value', message: 'It is there.' }
      },
      fix: () => {
        throw new Error('no way out')
      },
    })
    const analysis = analyseFiles([failing, ...stubRules], [POD])
    const { findings } = findingsOf(analysis, { today: TODAY })
    const found = findings.find(({ rule }) => rule.name === 'stub-failing-fix')
    expect(found && proposeFixes(analysis, found)).toEqual([])
    expect([...incidents(analysis)].flatMap(({ failure }) => failure ?? [])).toEqual([{ rule: 'stub-failing-fix', message: 'no way out' }])
  })
})
