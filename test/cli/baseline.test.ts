import { describe, expect, test } from 'vitest'
import { compareToBaseline, readBaseline, writeBaseline } from '../../server/analysis/baseline.ts'
import { cli, POLICY, pod } from './command-line.ts'

const before = { '/w/policy.yaml': POLICY, '/w/a.yaml': pod('a', { privileged: true }), '/w/b/b.yaml': pod('b', { privileged: true }) }

async function baseline(files: Record<string, string> = before): Promise<string> {
  const { disk, code } = await cli('baseline write --output base.json', files)
  expect(code).toBe(0)
  return disk.text('/w/base.json') ?? ''
}

async function audit(files: Record<string, string>, args = '') {
  const { code, stdout } = await cli(`audit --format json --baseline base.json ${args}`.trim(), files)
  const { findings, summary } = JSON.parse(stdout)
  return { code, messages: findings.map(({ message }: { message: string }) => message), ...summary.baseline }
}

describe('a baseline', () => {
  test('is sorted, one entry a line, for people to read', async () => {
    expect(await baseline()).toMatch(
      /^\{\n {2}"version": 1,\n {2}"findings": \[\n {4}\{"rule":"stub-privileged","subject":"Pod\/shop\/a","file":"a\.yaml","fingerprint":"[0-9a-f]{14}"\},\n {4}\{.*b\/b\.yaml.*\}\n {2}\]\n\}\n$/,
    )
  })

  test.each<{
    name: string
    change: Record<string, string>
    args?: string
    code: number
    known: number
    gone: number
    messages?: string[]
  }>([
    { name: 'what is in it does not fail', change: {}, code: 0, known: 2, gone: 0 },
    {
      name: 'moved lines are not new',
      change: { '/w/a.yaml': `# a comment\n\n---\n${pod('a', { privileged: true })}` },
      code: 0,
      known: 2,
      gone: 0,
    },
    {
      name: 'what is new fails',
      change: { '/w/c.yaml': pod('c', { privileged: true }) },
      code: 1,
      known: 2,
      gone: 0,
      messages: ['Container `main` is privileged. Remove it.'],
    },
    { name: 'what is mended is gone', change: { '/w/a.yaml': pod('a') }, code: 0, known: 1, gone: 1 },
    { name: 'what was not looked at is not gone', change: { '/w/a.yaml': pod('a') }, args: 'b policy.yaml', code: 0, known: 1, gone: 0 },
    {
      name: 'what another rule says is not gone',
      change: { '/w/a.yaml': pod('a') },
      args: '--rule stub-latest',
      code: 0,
      known: 0,
      gone: 0,
    },
    {
      name: 'what is accepted by now is gone',
      change: { '/w/.kube-zero-trust.yaml': 'ignore: [{path: a.yaml, reason: x}]' },
      code: 0,
      known: 1,
      gone: 1,
    },
  ])('$name', async ({ change, args, messages = [], code, known, gone }) => {
    const files = { ...before, '/w/base.json': await baseline(), ...change }
    expect(await audit(files, args)).toEqual({ messages, code, known, gone })
  })

  test('text says what is known and gone', async () => {
    const files = { ...before, '/w/base.json': await baseline(), '/w/a.yaml': pod('a') }
    expect((await cli('audit --baseline base.json', files)).stdout).toContain(
      '1 finding is in the baseline and not shown. 1 entry of it is gone: write it again.',
    )
  })

  test('goes to standard output without a file, and nothing else does', async () => {
    expect((await cli('baseline write', before)).stdout).toBe(await baseline())
  })

  test('of nothing is not written', async () => {
    const { code, disk } = await cli('baseline write --output base.json', { '/w/x.yaml': 'a: 1' })
    expect(code).toBe(2)
    expect(disk.text('/w/base.json')).toBeUndefined()
  })

  test.each([
    ['{', 'This is no baseline: it is not JSON.'],
    ['[]', 'This is no baseline: it has no `findings`.'],
    ['{"version": 2, "findings": []}', 'This baseline is of another version: write it again.'],
    ['{"version": 1, "findings": [{"fingerprint": "x"}, {"rule": "x"}]}', 'Entry 2 of this baseline has no fingerprint.'],
  ])('%s is none', (text, problem) => {
    expect(readBaseline(text)).toEqual({ problem })
  })

  test('is read as it was written', () => {
    const entry = { fingerprint: 'f', rule: 'r', subject: 'Pod/a', file: 'a "b".yaml' }
    expect(readBaseline(writeBaseline([entry]))).toEqual([entry])
    expect(readBaseline(writeBaseline([]))).toEqual([])
    expect(compareToBaseline([entry], [{ fingerprint: 'g' }], () => true)).toEqual({
      fresh: [{ fingerprint: 'g' }],
      known: [],
      gone: [entry],
    })
  })
})
