import { expect, test } from 'vitest'
import { looksJudged } from '../../client/sniff.ts'

test.each([
  ['a manifest', 'apiVersion: v1\nkind: Pod\n'],
  ['a later document', 'a: 1\n---\nkind: Pod\napiVersion: v1\n'],
  ['items of a list', 'items:\n- apiVersion: v1\n  kind: Pod\n'],
  ['JSON on one line', '{"kind":"Pod","apiVersion":"v1"}'],
  ['quoted keys', `"apiVersion": v1\r\n'kind' : Pod\r\n`],
  ['a template', 'apiVersion: {{ .Values.api }}\nkind: Ingress\n'],
])('takes %s for a manifest', (_, text) => {
  expect(looksJudged('a.yaml', text)).toBe(true)
})

test.each([
  ['an empty file', ''],
  ['a workflow', 'on: push\njobs: { test: { steps: [] } }\n'],
  ['a chart without a kind', 'apiVersion: v2\nname: shop\nmycustomkind: x\n'],
  ['words in comments and values', '# apiVersion: v1\n# kind: Pod\nsay: "the kind: and apiVersion: of it"\n'],
])('does not take %s for one', (_, text) => {
  expect(looksJudged('a.yaml', text)).toBe(false)
})

test('answers in time on long lines', () => {
  const text = ` ${', -'.repeat(300_000)}`
  const start = performance.now()
  expect(looksJudged('a.yaml', text)).toBe(false)
  expect(performance.now() - start).toBeLessThan(1000)
})

test.each([
  ['a managed cluster', 'resource "aws_eks_cluster" "main" {}\n'],
  ['an object', 'resource "kubernetes_deployment_v1" "cart" {}\n'],
  ['a chart', 'resource "helm_release" "cart" {}\n'],
  ['a module that makes a cluster', 'module "eks" {\n  source = "terraform-aws-modules/eks/aws"\n}\n'],
])('takes %s in Terraform for a reason to start', (_, text) => {
  expect(looksJudged('infra/main.tf', text)).toBe(true)
})

test('leaves Terraform alone that has no cluster', () => {
  expect(looksJudged('main.tf', 'resource "aws_s3_bucket" "a" {\n  bucket = "a"\n}\n')).toBe(false)
})
