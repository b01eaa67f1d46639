import { describe, expect, test } from 'vitest'
import { repository } from '../host/memory-repository.ts'
import { cli, pod } from './command-line.ts'

const policy = (port: number): string => `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: closed, namespace: shop }
spec: { podSelector: {}, ingress: [{ from: [{ podSelector: {} }], ports: [{ port: ${port} }] }] }
`

const COMMITS = [
  { files: { 'apps/pods.yaml': `${pod('web')}---\n${pod('cart')}`, 'other/pod.yaml': pod('other', { namespace: 'other' }) } },
  { files: { 'apps/pods.yaml': `${pod('web')}---\n${pod('cart')}`, 'apps/policy.yaml': policy(80) } },
  { branch: 'feature', files: { 'apps/pods.yaml': `${pod('web')}---\n${pod('cart')}`, 'apps/policy.yaml': policy(8080) } },
] as const

/** As they are now, a step behind what `feature` has. */
const NOW = { '/w/apps/pods.yaml': `${pod('web')}---\n${pod('cart')}`, '/w/apps/policy.yaml': policy(90) }

const WEB_TO_CART = 'shop/web (Pod) to shop/cart (Pod)'

describe('two states of a git repository', () => {
  test.each<[argv: string, said: string]>([
    ['diff HEAD', `Connections opened\n  + shop/cart (Pod) to shop/web (Pod): TCP 90\n  + ${WEB_TO_CART}: TCP 90\n`],
    ['diff HEAD', `Connections closed\n  - shop/cart (Pod) to shop/web (Pod): TCP 8080\n  - ${WEB_TO_CART}: TCP 8080\n`],
    ['diff main HEAD', `  + ${WEB_TO_CART}: TCP 8080\n`],
    ['diff main...feature feature', `  - ${WEB_TO_CART}: TCP 80\n`],
    ['diff HEAD~2 main', `  - every IPv4 address to shop/cart (Pod): every port`],
    ['diff @^^ HEAD^1', '  - every IPv4 address to shop/cart (Pod): every port'],
    ['diff refs/heads/feature HEAD', 'No connection, permission or finding differs.\n'],
    ['diff HEAD~1 -f markdown', '### Connections opened'],
    ['diff main apps', `  + ${WEB_TO_CART}: TCP 90\n`],
  ])('%s', async (argv, said) => {
    const { stdout, stderr } = await cli(argv, { ...(await repository(COMMITS)), ...NOW })
    expect(stderr).toBe('')
    expect(stdout).toContain(said)
  })

  test('only what is in the current folder counts', async () => {
    const files = { ...(await repository(COMMITS)), ...NOW }
    expect((await cli('diff HEAD~2', files)).stdout).toContain('other/other')
    expect((await cli('diff HEAD~2', files, { cwd: '/w/apps' })).stdout).not.toContain('other/other')
  })

  test('a link inside of the revision is followed, one that leads out is not', async () => {
    const linked = { 'real/pods.yaml': pod('web'), 'a/pods.yaml': { link: '../real/pods.yaml' }, 'b/p.yaml': { link: '../../x.yaml' } }
    const now = { '/w/real/pods.yaml': pod('web'), '/w/a/pods.yaml': pod('web'), '/w/b/p.yaml': { link: '/x.yaml' }, '/x.yaml': pod('x') }
    const { stdout, stderr } = await cli('diff HEAD', { ...(await repository([{ files: linked }])), ...now })
    expect(stderr).toBe('')
    expect(stdout).toBe('No connection, permission or finding differs.\n')
  })

  test('a linked worktree has a HEAD of its own', async () => {
    const { '/w/.git/HEAD': _, ...rest } = await repository(COMMITS)
    const linked = { '/l/.git': 'gitdir: /w/.git/worktrees/l\n', '/w/.git/worktrees/l/commondir': '../..\n' }
    const head = { '/w/.git/worktrees/l/HEAD': 'ref: refs/heads/main\n', '/w/.git/HEAD': 'ref: refs/heads/feature\n' }
    const { stdout } = await cli('diff HEAD feature', { ...rest, ...linked, ...head, '/l/x.yaml': '' }, { cwd: '/l' })
    expect(stdout).toContain(`  + ${WEB_TO_CART}: TCP 8080\n`)
  })

  test.each<[argv: string, said: string]>([
    ['diff nothing', 'There is no folder nothing, and as a revision: There is no revision nothing.'],
    ['diff HEAD~9', 'There is no revision HEAD~9.'],
    ['diff main...nothing', 'There is no revision main...nothing.'],
    ['diff', 'Name one or two revisions or folders'],
    ['diff apps', 'apps is a folder: name the one to compare it with.'],
  ])('%s: a mistake', async (argv, said) => {
    const { code, stderr } = await cli(argv, { ...(await repository(COMMITS)), ...NOW })
    expect(stderr).toContain(said)
    expect(code).toBe(2)
  })

  test('in a shallow clone it says why a revision is not there', async () => {
    const { stderr } = await cli('diff HEAD~9', { ...(await repository(COMMITS)), ...NOW, '/w/.git/shallow': 'abc\n' })
    expect(stderr).toContain('There is no revision HEAD~9. This clone is shallow')
  })

  test('without a repository', async () => {
    const { code, stderr } = await cli('diff main', { '/w/a.yaml': pod('web') })
    expect(stderr).toContain('There is no git repository here')
    expect(code).toBe(2)
  })
})
