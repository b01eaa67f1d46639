import { describe, expect, test } from 'vitest'
import { evaluateManifest } from '../../server/sources/manifest.ts'

const problems = (text: string) => evaluateManifest({ path: 'a.yaml', text }).problems

describe('a template', () => {
  test.each([
    ['a name', 'apiVersion: v1\nkind: Pod\nmetadata:\n  name: {{ .Name }}\n', '{{ .Name }}'],
    ['a part of a name', 'apiVersion: v1\nkind: Pod\nmetadata:\n  name: {{ .Name }}-{{ .Index }}\n', '{{ .Name }}'],
    [
      'a condition',
      'apiVersion: v1\nkind: Pod\nmetadata:\n{{- if .Name }}\n  name: a\n{{- else }}\n  generateName: b\n{{- end }}\n',
      '{{- if .Name }}',
    ],
    [
      'lines of its own',
      'apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n{{ toYaml .Spec | indent 2 }}\n',
      '{{ toYaml .Spec | indent 2 }}',
    ],
    ['Jinja', 'apiVersion: v1\nkind: Pod\nmetadata:\n{% if name %}\n  name: {{ name }}\n{% endif %}\n', '{% if name %}'],
  ])('is no broken manifest: %s', (_, text, action) => {
    const [problem, ...others] = problems(text)
    expect(others).toEqual([])
    expect(problem).toMatchObject({ severity: 'information', incomplete: true, message: expect.stringContaining('template') })
    expect(text.slice(problem?.span.start, problem?.span.end)).toBe(action)
    expect(problems(text.replaceAll('\n', '\r\n'))).toHaveLength(1)
  })

  test.each([
    ['that is broken without', 'apiVersion: v1\nkind: Pod\nmetadata:\n  name: {{ .Name }}\n spec: "x\n'],
    ['in a string of a broken manifest', 'apiVersion: v1\nkind: ConfigMap\ndata:\n  a: "{{ $labels.pod }}"\n  b: [\n'],
  ])('is not what is wrong: %s', (_, text) => {
    const found = problems(text)
    expect(found.length).toBeGreaterThan(0)
    for (const { severity } of found) expect(severity).toBe('error')
  })

  test('in a string is no problem at all', () => {
    expect(problems('apiVersion: v1\nkind: ConfigMap\ndata:\n  a: "{{ $labels.pod }}"\n')).toEqual([])
  })

  test('that never ends costs no time', () => {
    const text = `apiVersion: v1\nkind: Pod\nmetadata: ${'{{ '.repeat(10_000)}\n`
    expect(problems(text).length).toBeGreaterThan(0)
  })
})

test('a file that is broken everywhere says so a few times, not thousands', () => {
  const found = problems(
    Array.from({ length: 1000 }, (_, i) => `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: c${i} }\nbad: [\n`).join('---\n'),
  )
  expect(found).toHaveLength(21)
  expect(found[20]?.message).toMatch(/ And 979 more like this in this file\.$/)
})
