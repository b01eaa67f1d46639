import { describe, expect, it } from 'vitest'
import { type CloudResource, cloudResource, isKnownModule, majorsOf } from '../../server/model/cloud/resource.ts'
import { moduleOf, namesResource, refersTo } from '../../server/model/cloud/references.ts'
import { isEverybody, restricts, statementsOf } from '../../server/model/cloud/policy.ts'
import { makeObject } from '../../server/model/object.ts'
import { unknown, type Value } from '../../server/model/value.ts'

function resource(kind: string, name: string, body: Record<string, Value>): CloudResource {
  const object = makeObject({ apiVersion: 'terraform/v1', kind, metadata: { name }, ...body }, 'main.tf', 'main.tf')
  const found = object && cloudResource(object)
  if (!found) throw new Error('no resource')
  return found
}

describe('the major versions that a constraint lets in', () => {
  it.each<[string, number, number]>([
    ['', 0, Number.POSITIVE_INFINITY],
    ['5.31.0', 5, 5],
    ['= 5.31.0', 5, 5],
    ['~> 5.0', 5, 5],
    ['~> 5.31.0', 5, 5],
    ['~> 5', 5, Number.POSITIVE_INFINITY],
    ['>= 4.0', 4, Number.POSITIVE_INFINITY],
    ['>= 4.0, < 6.0', 4, 5],
    ['>= 4.0, < 6.0.0, != 5.1.0', 4, 5],
    ['>= 3.43, < 7', 3, 6],
    ['> 4.1, <= 6.2', 4, 6],
    ['< 5.40', 0, 5],
    ['v3.0.1', 3, 3],
    ['nonsense', 0, Number.POSITIVE_INFINITY],
  ])('%j', (constraint, least, most) => {
    expect(majorsOf(constraint)).toEqual({ least, most })
  })

  it.each<[string | undefined, boolean | undefined]>([
    ['~> 3.90', false],
    ['~> 4.0', true],
    ['>= 3.0', undefined],
    [undefined, undefined],
  ])('tell whether %j is 4 or later', (version, expected) => {
    const body = version === undefined ? {} : { provider: { version } }
    expect(resource('google_container_cluster', 'google_container_cluster.main', { spec: {}, ...body }).since(4)).toBe(expected)
  })
})

describe('an argument', () => {
  it.each<[string, Value, string, Value | undefined, boolean]>([
    ['of a block', { vpc_config: [{ open: false }] }, 'vpc_config.open', false, true],
    ['of a block in JSON', { vpc_config: { open: false } }, 'vpc_config.open', false, true],
    ['that is absent', { vpc_config: [{}] }, 'vpc_config.open', true, false],
    ['whose block is absent', {}, 'vpc_config.open', true, false],
    ['that is null', { open: null }, 'open', true, false],
    ['that is a text of a switch', { open: 'false' }, 'open', false, true],
    ['whose block is unknown', { vpc_config: unknown('var.x') }, 'vpc_config.open', unknown('var.x'), true],
  ])('%s', (_, spec, path, value, written) => {
    expect(resource('aws_eks_cluster', 'aws_eks_cluster.main', { spec }).read(path, true)).toMatchObject({ value, written })
  })

  it.each<[string, string | undefined, Record<string, Value>, string, Value | undefined]>([
    ['terraform-aws-modules/eks/aws', '~> 21.0', {}, 'vpc_config.endpoint_public_access', false],
    ['terraform-aws-modules/eks/aws', '~> 21.0', { endpoint_public_access: true }, 'vpc_config.endpoint_public_access', true],
    ['terraform-aws-modules/eks/aws', '20.1.0', { cluster_endpoint_public_access: true }, 'vpc_config.endpoint_public_access', true],
    ['terraform-aws-modules/eks/aws', '20.1.0', { endpoint_public_access: true }, 'vpc_config.endpoint_public_access', false],
    ['terraform-google-modules/kubernetes-engine/google', '~> 36.0', {}, 'private_cluster_config.enable_private_nodes', false],
    [
      'terraform-google-modules/kubernetes-engine/google//modules/private-cluster',
      '36.1.0',
      {},
      'private_cluster_config.enable_private_nodes',
      true,
    ],
    ['Azure/aks/azurerm', '9.4.1', { private_cluster_enabled: true }, 'private_cluster_enabled', true],
  ])('of the module %s %s with %j', (source, version, spec, path, value) => {
    const call = resource('module', 'module.cluster', { spec, source: { source, ...(version === undefined ? {} : { version }) } })
    expect(call.read(path).value).toEqual(value)
  })

  it.each([
    ['terraform-aws-modules/eks/aws', '>= 20.0'],
    ['terraform-aws-modules/eks/aws', '~> 12.0'],
    ['terraform-aws-modules/eks/aws', '~> 99.0'],
    ['terraform-aws-modules/eks/aws', undefined],
    ['terraform-aws-modules/vpc/aws', '5.0.0'],
  ])('of the module %s %s is not told', (source, version) => {
    expect(isKnownModule(source, version)).toBe(false)
  })
})

describe('a reference', () => {
  it.each<[string, string, boolean]>([
    ['aws_iam_role.app.arn', 'aws_iam_role.app', true],
    ['aws_iam_role.app2.arn', 'aws_iam_role.app', false],
    ['aws_iam_role.app.arn', 'aws_iam_role.app[0]', true],
    ['aws_iam_role.app["a"].arn', 'aws_iam_role.app["b"]', false],
    ['module.x.aws_iam_role.app.arn', 'module.x.aws_iam_role.app', true],
    ['var.role', 'aws_iam_role.app', false],
  ])('%s to %s', (reason, address, expected) => {
    expect(refersTo(unknown(reason), address)).toBe(expected)
  })

  it.each<[string, boolean]>([
    ['aws_iam_role.app.arn', true],
    ['data.aws_iam_role.app.arn', true],
    ['module.m.aws_iam_role.app.arn', true],
    ['var.role_arn', false],
    ['each.value', false],
  ])('%s names a resource: %s', (reason, expected) => {
    expect(namesResource(unknown(reason))).toBe(expected)
  })

  it('is made in a module', () => {
    expect(['aws_x.y', 'module.a.aws_x.y', 'module.a.module.b.aws_x.y'].map((name) => moduleOf({ name }))).toEqual([
      '',
      'module.a.',
      'module.a.module.b.',
    ])
  })
})

describe('a policy', () => {
  it.each<[Value, boolean]>([
    ['*', true],
    [{ AWS: '*' }, true],
    [{ AWS: ['a', '*'] }, true],
    [['a', '*'], true],
    [{ AWS: 'arn:aws:iam::123456789012:root' }, false],
    [unknown('x'), false],
  ])('is for everybody: %j %s', (principal, expected) => {
    expect(isEverybody(principal)).toBe(expected)
  })

  it.each<[Value | undefined, boolean]>([
    [undefined, false],
    [{}, false],
    [{ 'ForAllValues:StringEquals': { 'aws:username': 'x' } }, false],
    [{ StringEquals: { 'aws:username': 'x' } }, true],
    [unknown('x'), true],
  ])('shuts somebody out: %j %s', (condition, expected) => {
    expect(restricts(condition)).toBe(expected)
  })

  it.each<[Value | undefined, number | 'unknown']>([
    [undefined, 0],
    ['{"Statement": [{}, {}]}', 2],
    ['{"Statement": {}}', 1],
    ['no JSON', 'unknown'],
    [{ Statement: [{}] }, 1],
    [unknown('var.policy'), 'unknown'],
  ])('has statements: %j %s', (policy, expected) => {
    const statements = statementsOf(policy, [])
    expect(statements === 'unknown' ? statements : statements.length).toBe(expected)
  })
})
