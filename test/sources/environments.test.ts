import { expect, test } from 'vitest'
import { Workspace } from '../../server/analysis/workspace.ts'
import { stubRules } from '../stub-rules.ts'

const deployment = (name: string): string => `apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name} }
spec: { template: { spec: { containers: [{ name: ${name}, image: "${name}:1" }] } } }
`

function environments(files: Readonly<Record<string, string>>): Record<string, string[]> {
  const workspace = new Workspace(stubRules)
  for (const [path, text] of Object.entries(files)) workspace.set({ path, text })
  return Object.fromEntries(workspace.analysis().environments.map(({ name, units }) => [name, units.map(({ id }) => id).sort()]))
}

test('overlays of one base are environments, each with what belongs to all', () => {
  expect(
    environments({
      'base/cart.yaml': deployment('cart'),
      'base/kustomization.yaml': 'resources: [cart.yaml]\n',
      'overlays/dev/kustomization.yaml': 'namespace: dev\nresources: [../../base]\n',
      'overlays/prod/kustomization.yaml': 'namespace: prod\nresources: [../../base]\n',
      'cluster.yaml': deployment('ingress'),
    }),
  ).toEqual({
    dev: ['cluster.yaml', 'overlays/dev/kustomization.yaml'],
    prod: ['cluster.yaml', 'overlays/prod/kustomization.yaml'],
  })
})

test('applications in folders of their own are one environment', () => {
  expect(
    environments({
      'apps/cart/cart.yaml': deployment('cart'),
      'apps/cart/kustomization.yaml': 'namespace: shop\nresources: [cart.yaml]\n',
      'apps/search/search.yaml': deployment('search'),
      'apps/search/kustomization.yaml': 'namespace: shop\nresources: [search.yaml]\n',
      'apps/blog/blog.yaml': deployment('blog'),
      'apps/blog/kustomization.yaml': 'namespace: blog\nresources: [blog.yaml]\n',
    }),
  ).toEqual({ default: ['apps/blog/kustomization.yaml', 'apps/cart/kustomization.yaml', 'apps/search/kustomization.yaml'] })
})

test('an application without overlays is in the environments of the others', () => {
  expect(
    environments({
      'cart/base/cart.yaml': deployment('cart'),
      'cart/base/kustomization.yaml': 'resources: [cart.yaml]\n',
      'cart/dev/kustomization.yaml': 'resources: [../base]\nnameSuffix: -dev\nnamespace: dev\n',
      'cart/prod/kustomization.yaml': 'resources: [../base]\nreplicas: [{ name: cart, count: 3 }]\n',
      'cart/test/kustomization.yaml': 'resources: [../base]\n',
      'search/search.yaml': deployment('search'),
      'search/kustomization.yaml': 'resources: [search.yaml]\n',
    }),
  ).toEqual({
    dev: ['cart/dev/kustomization.yaml', 'search/kustomization.yaml'],
    prod: ['cart/prod/kustomization.yaml', 'search/kustomization.yaml'],
    test: ['cart/test/kustomization.yaml', 'search/kustomization.yaml'],
  })
})
