import { describe, expect, test } from 'vitest'
import { output } from '../../sources/chart/chart.ts'
import { TEMPLATES } from './table.ts'

describe.each(Object.entries(TEMPLATES))('%s', (_, rows) => {
  test.each(rows)('%s with %s', (template, values, expected) => {
    expect(output(template, values)).toBe(expected)
  })
})

test.each([
  ['{{ range 3 }}{{ . }}{{ end }}', '', '012'],
  ['{{ .Chart.nothing }}', '', ''],
])('Helm 4 also knows %s', (template, values, expected) => {
  expect(output(template, values, { helm: 4 })).toBe(expected)
  expect(output(template, values, { helm: 3 })).toMatch(/^Error: /)
})

test('what is random is the same every time, and for each place of its own', () => {
  const text = (): string => output('{{ randAlphaNum 8 }} {{ randAlphaNum 8 }} {{ uuidv4 }}')
  expect(text()).toBe(text())
  const [a, b] = text().split(' ')
  expect(a).toMatch(/^[a-zA-Z0-9]{8}$/)
  expect(a).not.toBe(b)
})
