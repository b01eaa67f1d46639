import { describe, expect, test } from 'vitest'
import { CONFIG_FILE, readConfig } from '../../server/analysis/config.ts'
import { stubRules } from '../stub-rules.ts'

const read = (text: string) => readConfig({ path: CONFIG_FILE, text }, {}, stubRules)

describe('the version of Kubernetes', () => {
  test.each([
    ['"1.30"', 30],
    ['1.30', 30],
    ['1.3', 3],
    ['v1.31', 31],
    ['"1.29.4"', 29],
    ['1.29.4', 29],
  ])('%s is minor version %i', (written, minor) => {
    const { target, problems } = read(`target: { kubernetes: ${written} }\n`)
    expect(target.minor).toBe(minor)
    expect(problems).toEqual([])
  })

  test.each(['latest', '130', '2.1', '[1.30]', '{}'])('%s is none', (written) => {
    expect(read(`target: { kubernetes: ${written} }\n`).problems).toHaveLength(1)
  })
})

describe('an entry with an expiry', () => {
  const entry = (expires: string) => read(`ignore:\n- { rule: stub-latest, reason: test, expires: ${expires} }\n`)

  test.each(['2026-12-31', '"2026-12-31"', '2028-02-29'])('holds until %s', (day) => {
    const { accepted, problems } = entry(day)
    expect(accepted.map(({ expires }) => expires)).toEqual([day.replaceAll('"', '')])
    expect(problems).toEqual([])
  })

  test.each(['soon', '"2026-13-45"', '2027-02-29', '31.12.2026', '20261231'])('does not count when there is no day %s', (day) => {
    const { accepted, problems } = entry(day)
    expect(accepted).toEqual([])
    expect(problems).toHaveLength(1)
  })
})
