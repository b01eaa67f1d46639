import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkNarrowing } from './narrowing.ts'

const names = ['pods', 'pods/log', 'pods/exec', 'services', 'secrets', 'configmaps', 'deployments', 'deployments/scale', 'jobs', 'widgets']
const rule = fc.record({
  groups: fc.uniqueArray(fc.constantFrom('', 'apps', 'batch', 'widgets.example.com'), { minLength: 1, maxLength: 2 }),
  resources: fc.oneof(
    { weight: 3, arbitrary: fc.uniqueArray(fc.constantFrom(...names), { minLength: 1, maxLength: 4 }) },
    { weight: 1, arbitrary: fc.constant(['*']) },
  ),
  verbs: fc.constantFrom(['*'], ['*'], ['get', 'list']),
  named: fc.boolean(),
  flow: fc.boolean(),
})
type Rule = typeof rule extends fc.Arbitrary<infer T> ? T : never

/** A rule with a comment wherever one may stand, in flow or block style. */
function written({ groups, resources, verbs, named, flow }: Rule, i: number): string {
  const list = (field: string, values: readonly string[]): string => {
    const quoted = values.map((value) => (value === '' || value === '*' ? `"${value}"` : value))
    return flow
      ? `${field}: [${quoted.join(', ')}] # ${field} of ${i}\n`
      : `${field}: # ${field} of ${i}\n${quoted.map((value) => `      - ${value}\n`).join('')}`
  }
  const parts = [
    list('apiGroups', groups),
    list('resources', resources),
    ...(named ? [list('resourceNames', ['one'])] : []),
    list('verbs', verbs),
  ]
  return `  # Rule ${i}.\n  - ${parts.join('    ')}`
}

function role(one: Rule, bound: boolean): string {
  const head = 'apiVersion: rbac.authorization.k8s.io/v1\n'
  const binding = `---\n${head}kind: ClusterRoleBinding\nmetadata: { name: r }\nroleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: r }\nsubjects:\n  - { kind: ServiceAccount, name: a, namespace: shop }\n  - { kind: ServiceAccount, name: b, namespace: shop }\n`
  return `# All of it.\n${head}kind: ClusterRole\nmetadata:\n  name: r # its name\nrules:\n${written(one, 1)}  # Kept.\n  - { apiGroups: [""], resources: [endpoints], verbs: [delete] } # as it is\n${bound ? binding : ''}`
}

describe('the text of a narrowed rule', () => {
  test('is valid, as short as can be, and has every comment that was there', () => {
    let checked = 0
    const unproved: string[] = []
    fc.assert(
      fc.property(rule, fc.boolean(), (one, bound) => {
        const result = checkNarrowing([{ path: 'role.yaml', text: role(one, bound) }])
        checked += result.checked
        unproved.push(...result.unproved)
      }),
      { numRuns: 60 },
    )
    expect(unproved).toEqual([])
    expect(checked).toBeGreaterThan(60)
  })
})
