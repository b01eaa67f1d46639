import { expect, test } from 'vitest'
import { modelOf } from './files.ts'

const pod = (spec: string, rest = ''): string =>
  `apiVersion: v1\nkind: Pod\nmetadata: { namespace: shop, name: web }\nspec: ${spec}\n${rest}`
const account = (extra: string): string => `---\napiVersion: v1\nkind: ServiceAccount\nmetadata: { namespace: shop, name: web }\n${extra}\n`
const secret =
  '---\napiVersion: v1\nkind: Secret\ntype: kubernetes.io/service-account-token\nmetadata: { namespace: shop, name: old, annotations: { kubernetes.io/service-account.name: admin } }\n'
const mount = 'containers: [{ name: a, volumeMounts: [{ name: v, mountPath: /v }] }]'

test.each<[title: string, files: string, tokens: string[]]>([
  ['every pod gets that of the default account', pod('{ containers: [] }'), ['default mounted true']],
  ['the pod says no', pod('{ automountServiceAccountToken: false }', account('automountServiceAccountToken: true')), []],
  [
    'the pod says yes, whatever its account says',
    pod('{ serviceAccountName: web, automountServiceAccountToken: true }', account('automountServiceAccountToken: false')),
    ['web mounted true'],
  ],
  ['the account says no', pod('{ serviceAccountName: web }', account('automountServiceAccountToken: false')), []],
  ['the account says nothing', pod('{ serviceAccount: web }', account('')), ['web mounted true']],
  ['the account is not in the files', pod('{ serviceAccountName: web }'), ['web mounted unknown']],
  [
    'what the pod says is not in the files',
    pod("{ serviceAccountName: web, automountServiceAccountToken: '{{ x }}' }"),
    ['web mounted unknown'],
  ],
  ['its account is not in the files', pod("{ serviceAccountName: '{{ x }}' }"), []],
  [
    'a projected token for the API server',
    pod(
      `{ automountServiceAccountToken: false, ${mount}, volumes: [{ name: v, projected: { sources: [{ serviceAccountToken: { path: t } }] } }] }`,
    ),
    ['default projected true'],
  ],
  [
    'a projected token for somebody else',
    pod(
      `{ automountServiceAccountToken: false, ${mount}, volumes: [{ name: v, projected: { sources: [{ serviceAccountToken: { audience: vault } }] } }] }`,
    ),
    [],
  ],
  [
    'a projected token that no container mounts',
    pod(
      '{ automountServiceAccountToken: false, containers: [], volumes: [{ name: v, projected: { sources: [{ serviceAccountToken: {} }] } }] }',
    ),
    [],
  ],
  [
    'a Secret that holds the token of another account',
    pod(`{ automountServiceAccountToken: false, ${mount}, volumes: [{ name: v, secret: { secretName: old } }] }`, secret),
    ['admin secret true'],
  ],
  [
    'a Secret that holds a token, in the environment',
    pod(
      '{ automountServiceAccountToken: false, containers: [{ name: a, env: [{ name: T, valueFrom: { secretKeyRef: { name: old, key: token } } }] }] }',
      secret,
    ),
    ['admin secret true'],
  ],
])('%s', (_, files, expected) => {
  const { facts } = modelOf(files)
  const tokens = facts.workloads.flatMap((workload) => facts.tokens.of(workload))
  expect(tokens.map(({ name, via, held }) => `${name} ${via} ${held}`)).toEqual(expected)
  for (const { namespace, name } of tokens) expect(facts.tokens.holdersOf(namespace, name)).toHaveLength(1)
})
