import { describe, expect, test } from 'vitest'
import { apiTable, KUBERNETES_API, removal, STORED_VERBS } from '../../../server/model/access/api-resources.ts'
import { BUILT_IN_BINDINGS, BUILT_IN_ROLES, builtInRole } from '../../../server/model/access/built-in-roles.ts'
import { type KubeObject, makeObject } from '../../../server/model/object.ts'
import type { Value } from '../../../server/model/value.ts'

const RBAC = 'rbac.authorization.k8s.io'

describe('the verbs of a resource', () => {
  test.each<[group: string, name: string, verbs: string | undefined]>([
    ['', 'pods', STORED_VERBS.join(' ')],
    ['', 'pods/log', 'get'],
    ['', 'pods/exec', 'get create'],
    ['', 'namespaces', 'get list watch create update patch delete'],
    ['', 'nodes/proxy', 'get create update patch delete'],
    ['', 'nodes/metrics', 'get'],
    ['', 'serviceaccounts/token', 'create'],
    ['apps', 'deployments/scale', 'get update patch'],
    ['', 'deployments', undefined],
    ['apps', 'Deployment', undefined],
    ['metrics.k8s.io', 'pods', 'get list'],
    ['cert-manager.io', 'certificates', STORED_VERBS.join(' ')],
    ['cert-manager.io', 'certificates/finalizers', 'update'],
    ['cert-manager.io', 'nothing/finalizers', undefined],
    ['', 'users', ''],
    ['authentication.k8s.io', 'userextras/scopes', ''],
  ])('%s/%s: %s', (group, name, verbs) => {
    expect(KUBERNETES_API.verbsOf(group, name)?.join(' ')).toBe(verbs)
  })

  test.each([
    [RBAC, 'clusterroles', 'bind escalate'],
    ['', 'serviceaccounts', 'impersonate'],
    ['certificates.k8s.io', 'signers', 'approve sign attest'],
    ['authentication.k8s.io', 'userextras/scopes', 'impersonate impersonate:user-info'],
    ['', 'pods', ''],
  ])('%s/%s has the virtual verbs %s', (group, name, verbs) => {
    expect(KUBERNETES_API.resource(group, name)?.virtualVerbs.join(' ')).toBe(verbs)
  })
})

describe('the groups of a resource', () => {
  test.each<[name: string, groups: string[]]>([
    ['deployments', ['apps']],
    ['events', ['', 'events.k8s.io']],
    ['deployments/finalizers', ['apps']],
    ['nothing', []],
  ])('%s: %j', (name, groups) => {
    expect(KUBERNETES_API.groupsWith(name)).toEqual(groups)
  })

  test('Kubernetes’ own groups are known wholly, those of custom resources in part', () => {
    expect(['', 'apps', 'argoproj.io', 'example.com', 'extensions', 'custom.metrics.k8s.io'].map(KUBERNETES_API.coverage)).toEqual([
      'all',
      'all',
      'some',
      'none',
      'removed',
      'dynamic',
    ])
  })

  test('what Kubernetes no longer serves leads to where it went', () => {
    expect(removal('extensions', 'deployments/scale')).toEqual({ since: 16, to: 'apps' })
    expect(removal('policy', 'podsecuritypolicies')).toEqual({ since: 25, to: '' })
    expect(removal('apps', 'deployments')).toBeUndefined()
  })
})

test('scope and kinds', () => {
  expect(KUBERNETES_API.isNamespaced('', 'namespaces')).toBe(false)
  expect(KUBERNETES_API.isNamespaced('', 'pods/exec')).toBe(true)
  expect(KUBERNETES_API.isNamespaced('example.com', 'foos')).toBeUndefined()
  expect(KUBERNETES_API.resourceOfKind('apps', 'Deployment')?.name).toBe('deployments')
  expect(KUBERNETES_API.resourcesOf('node.k8s.io').map(({ name }) => name)).toEqual(['runtimeclasses'])
})

test('the table saw all of the API', () => {
  const groups = ['', 'apps', 'batch', RBAC, 'networking.k8s.io', 'admissionregistration.k8s.io']
  expect(groups.map((group) => KUBERNETES_API.resourcesOf(group).length).reduce((a, b) => a + b)).toBeGreaterThan(80)
})

describe('CRDs of the workspace', () => {
  const crd = (spec: Value): KubeObject => {
    const body = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name: 'x' }, spec }
    const object = makeObject(body, 'crd.yaml', 'crd.yaml')
    if (!object) throw new Error('not an object')
    return object
  }
  const table = apiTable([
    crd({
      group: 'example.com',
      scope: 'Cluster',
      names: { plural: 'foos', kind: 'Foo' },
      versions: [{ name: 'v1', subresources: { status: {} } }, { name: 'v2' }],
    }),
    crd({ group: 'argoproj.io', scope: 'Namespaced', names: { plural: 'rollouts', kind: 'Rollout' }, subresources: { scale: {} } }),
    crd({ group: 'apps', scope: 'Namespaced', names: { plural: 'deployments', kind: 'Mine' } }),
    crd({ names: {} }),
  ])

  test('add their resources and declared subresources', () => {
    expect(table.resourcesOf('example.com').map(({ name, namespaced }) => [name, namespaced])).toEqual([
      ['foos', false],
      ['foos/status', false],
    ])
    expect(table.verbsOf('argoproj.io', 'rollouts/scale')).toEqual(['get', 'update', 'patch'])
    expect(table.groupsWith('foos')).toEqual(['example.com'])
  })

  test('leave what is known of their group, and Kubernetes’ own groups', () => {
    expect(table.verbsOf('argoproj.io', 'applications')).toEqual(STORED_VERBS)
    expect(table.resource('apps', 'deployments')?.kind).toBe('Deployment')
    expect(KUBERNETES_API.verbsOf('example.com', 'foos')).toBeUndefined()
  })
})

describe('built-in roles', () => {
  test('are those that people bind', () => {
    expect(BUILT_IN_ROLES.length).toBeGreaterThan(20)
    expect(builtInRole('edit')).toMatchObject({ into: ['admin'], from: ['edit'], readsSecrets: true, rules: [] })
    expect(builtInRole('view')).toMatchObject({ readsSecrets: false, harmless: false })
    expect(builtInRole('cluster-admin')?.rules?.[0]).toEqual({ apiGroups: ['*'], resources: ['*'], verbs: ['*'] })
    expect(builtInRole('system:certificates.k8s.io:kubelet-serving-approver')?.rules).toEqual([
      { apiGroups: ['certificates.k8s.io'], resources: ['signers'], verbs: ['approve'], resourceNames: ['kubernetes.io/kubelet-serving'] },
    ])
    expect(builtInRole('system:discovery')).toMatchObject({ harmless: true })
  })

  test('of controllers exist, with rules that are not known', () => {
    expect(builtInRole('system:controller:node-controller')).toMatchObject({ rules: undefined, everything: false })
    expect(builtInRole('reader')).toBeUndefined()
  })

  test('are bound to groups that every identity carries', () => {
    expect(BUILT_IN_BINDINGS.find(({ name }) => name === 'system:public-info-viewer')?.subjects).toEqual([
      { kind: 'Group', name: 'system:authenticated' },
      { kind: 'Group', name: 'system:unauthenticated' },
    ])
  })
})
