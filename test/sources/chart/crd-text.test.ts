import { expect, test } from 'vitest'
import { withoutSchemas } from '../../../server/sources/chart/crd-text.ts'
import { parseYaml } from '../../../server/syntax/yaml/index.ts'

const CRD = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: backups.example.com
spec:
  group: example.com
  versions:
  - name: v1
    schema:
      openAPIV3Schema:
        description: |-
          A backup.

          openAPIV3Schema: is what this is
        type: object
        properties:
          spec: {type: object}
    served: true
  - name: v2
    schema:
      openAPIV3Schema: {type: object}
    served: true
  - name: v3
    schema:
      # What it holds.
      openAPIV3Schema:
        type: object
    served: false
  scope: Namespaced
`

test.each([
  ['as it is', CRD],
  ['with CRLF', CRD.replaceAll('\n', '\r\n')],
])('all but the schemas stays at its place, %s', (_, text) => {
  const less = withoutSchemas(text)
  expect(less).toHaveLength(text.length)
  expect(less).not.toContain('A backup.')
  const [whole, read] = [parseYaml(text), parseYaml(less)]
  expect(read.problems).toEqual([])
  const body = JSON.parse(JSON.stringify(whole.body)) as { spec: { versions: { schema: { openAPIV3Schema: unknown } }[] } }
  const [first, , third] = body.spec.versions
  if (!first || !third) throw new Error('no versions')
  first.schema.openAPIV3Schema = null
  third.schema.openAPIV3Schema = null
  expect(read.body).toEqual(body)
  for (const key of ['served: false', 'scope', '- name: v3', '# What it holds.']) expect(less.indexOf(key)).toBe(text.indexOf(key))
})

test.each([
  ['without a schema', 'kind: Pod\n'],
  ['with an empty one', 'schema:\n  openAPIV3Schema:\nserved: true\n'],
  ['with one in flow style', 'schema: {openAPIV3Schema: {type: object}}\n'],
])('a text %s is the same', (_, text) => {
  expect(withoutSchemas(text)).toBe(text)
})

test('a schema at the end of a text without a line end is blank too', () => {
  expect(parseYaml(withoutSchemas('a: 1\nopenAPIV3Schema:\n  type: object')).body).toEqual({ a: 1, openAPIV3Schema: null })
})
