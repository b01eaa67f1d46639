import { describe, expect, test } from 'vitest'
import { binding, rbac, role } from '../model/access/files.ts'
import { cli } from './command-line.ts'

const FILES = {
  '/w/rbac.yaml': rbac(
    role('shop/reader', 'get core pods', 'get apps deployments'),
    binding('shop/readers', 'shop/reader', 'ServiceAccount web'),
  ),
}

describe('who-can', () => {
  test.each<[argv: string, said: string]>([
    ['who-can get pods', 'ServiceAccount shop/web\n  in shop: RoleBinding shop/readers (rbac.yaml:'],
    ['who-can get deployment -n shop rbac.yaml', 'These can get deployments.apps in shop:'],
    ['who-can get foos.example.com', 'These can get foos.example.com:'],
    ['who-can get /version', 'Group system:unauthenticated'],
  ])('%s', async (argv, said) => {
    const { code, stdout } = await cli(argv, FILES)
    expect(stdout).toContain(said)
    expect(code).toBe(0)
  })

  test.each<[argv: string, said: string]>([
    ['who-can get', 'Name a verb and a resource'],
    ['who-can get nonsense', 'No resource "nonsense" is known here.'],
    ['who-can get nodes -n shop', 'nodes are in no namespace'],
    ['who-can get pods nowhere', 'nowhere'],
    ['who-can get pods -f yaml', '--format must be one of text, json, mermaid'],
  ])('%s: a mistake', async (argv, said) => {
    const { code, stderr } = await cli(argv, FILES)
    expect(stderr).toContain(said)
    expect(code).toBe(2)
  })

  test('as data', async () => {
    const { stdout } = await cli('who-can get pods -n prod --format json', FILES)
    expect(JSON.parse(stdout)).toMatchObject({ request: { verb: 'get', resource: 'pods', namespace: 'prod' }, answers: [{ open: [] }] })
  })
})

describe('permissions', () => {
  test.each<[argv: string, said: string]>([
    ['permissions shop/web', 'ServiceAccount shop/web may\n\nin shop\n  pods: get'],
    ['permissions ServiceAccount/shop/web', 'ServiceAccount shop/web may'],
    ['permissions system:serviceaccount:shop:web', 'ServiceAccount shop/web may'],
    ['permissions User/ann rbac.yaml', 'User ann may do nothing of its own'],
    ['permissions Group/devs --all', 'selfsubjectaccessreviews'],
    ['permissions shop/web -f mermaid', 'flowchart LR'],
  ])('%s', async (argv, said) => {
    const { code, stdout } = await cli(argv, FILES)
    expect(stdout).toContain(said)
    expect(code).toBe(0)
  })

  test.each(['permissions', 'permissions web', 'permissions a/b/c'])('%s: a mistake', async (argv) => {
    const { code, stderr } = await cli(argv, FILES)
    expect(stderr).toContain('shop/cart for a ServiceAccount')
    expect(code).toBe(2)
  })
})

test('attack-paths', async () => {
  const { code, stdout } = await cli('attack-paths', FILES)
  expect(stdout).toContain('No path from outside')
  expect(code).toBe(0)
})
