import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { run } from '../../server/cli/run.ts'
import { commandLineHost } from '../../server/host/command-line.ts'
import { blockingDisk as disk } from '../../server/host/disk.ts'
import { POLICY, PRODUCT, pod } from './command-line.ts'

/** Only here the real file system is the point. */
let folder: string
let outside: string

beforeAll(() => {
  const base = realpathSync(mkdtempSync(join(tmpdir(), 'kube-zero-trust-')))
  folder = join(base, 'workspace')
  outside = join(base, 'outside')
  mkdirSync(join(folder, 'a', 'b'), { recursive: true })
  mkdirSync(outside)
})
afterAll(() => rmSync(join(folder, '..'), { recursive: true, force: true }))

const manifest = (data: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\ndata: ${data}\n`

function aliasBomb(): string {
  const levels = Array.from({ length: 12 }, (_, i) => `  l${i + 1}: &l${i + 1} [${Array(10).fill(`*l${i}`).join(', ')}]`)
  return manifest(`\n  l0: &l0 [x]\n${levels.join('\n')}`)
}

/** Each makes one file, which is one problem. */
const bad: readonly { name: string; file: string; make(path: string): void; problem: RegExp }[] = [
  {
    name: 'a binary file',
    file: 'binary.yaml',
    make: (path) => writeFileSync(path, Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 1, 2])),
    problem: /binary/,
  },
  {
    name: 'a file of 50 MB',
    file: 'large.yaml',
    make(path) {
      writeFileSync(path, manifest('{}'))
      truncateSync(path, 50 * 1024 * 1024)
    },
    problem: /larger than 8 MB/,
  },
  {
    name: 'invalid UTF-8',
    file: 'latin1.yaml',
    make: (path) => writeFileSync(path, Buffer.from(manifest('{a: "caf\u00e9"}'), 'latin1')),
    problem: /UTF-8/,
  },
  { name: 'flow lists 100,000 deep', file: 'deep.yaml', make: (path) => writeFileSync(path, manifest('['.repeat(100_000))), problem: /./ },
  {
    name: 'block lists that get deeper with every line',
    file: 'stairs.yaml',
    make: (path) => writeFileSync(path, manifest(`\n${Array.from({ length: 1000 }, (_, i) => `${' '.repeat(i + 1)}k:`).join('\n')}`)),
    problem: /./,
  },
  { name: 'an alias bomb', file: 'bomb.yaml', make: (path) => writeFileSync(path, aliasBomb()), problem: /alias/i },
  { name: 'an unclosed quote', file: 'quote.yaml', make: (path) => writeFileSync(path, manifest('{a: "b}')), problem: /quote/ },
  {
    name: 'a link out of the folder',
    file: 'out.yaml',
    make: (path) => symlinkSync(join(outside, 'secret.yaml'), path),
    problem: /out of the workspace/,
  },
  { name: 'a link to a folder outside', file: 'elsewhere', make: (path) => symlinkSync(outside, path), problem: /out of the workspace/ },
  { name: 'a link to itself', file: 'self.yaml', make: (path) => symlinkSync(path, path), problem: /leads to itself/ },
]

/** Each makes something that is no problem, and must not be followed, waited for or read twice. */
const harmless: readonly { name: string; make(path: string): void }[] = [
  { name: 'a/b/up', make: (path) => symlinkSync(folder, path) },
  { name: 'a/loop', make: (path) => symlinkSync(join(folder, 'a'), path) },
  { name: 'pipe.yaml', make: (path) => execFileSync('mkfifo', [path]) },
  {
    name: 'many-keys.yaml',
    make: (path) => writeFileSync(path, manifest(`\n${Array.from({ length: 100_000 }, (_, i) => `  k${i}: v`).join('\n')}`)),
  },
  { name: 'folder.yaml', make: (path) => mkdirSync(path) },
]

async function audit(
  path: string,
  problemOf?: string,
): Promise<{ code: number; report: { findings: { file: string }[]; problems: { file: string; message: string }[] } }> {
  let stdout = ''
  const output = { isTerminal: false, columns: 80, write: async () => undefined }
  const host = commandLineHost({
    // Root may read everything, so that permissions cannot be tested with permissions.
    disk: {
      ...disk,
      read: (file) => (file === problemOf ? Promise.reject(Object.assign(new Error('no'), { code: 'EACCES' })) : disk.read(file)),
    },
    cwd: folder,
    environment: {},
    stdout: {
      ...output,
      async write(text) {
        stdout += text
      },
    },
    stderr: output,
    stdin: () => {
      throw new Error('nobody reads it')
    },
    now: () => new Date('2026-03-01'),
  })
  const code = await run(['audit', path, '--format', 'json'], host, PRODUCT)
  return { code, report: JSON.parse(stdout) }
}

describe.skipIf(process.platform === 'win32')('bad input', () => {
  beforeAll(() => {
    writeFileSync(join(outside, 'secret.yaml'), pod('secret', { privileged: true }))
    writeFileSync(join(folder, 'a', 'b', 'good.yaml'), pod('good', { privileged: true }))
    writeFileSync(join(folder, 'a', 'b', 'policy.yaml'), POLICY)
    for (const { file, make } of bad) make(join(folder, file))
    for (const { name, make } of harmless) make(join(folder, name))
  })

  test('is one problem for each file, and everything else is analysed', async () => {
    const { code, report } = await audit('.')
    for (const { name, file, problem } of bad) {
      const own = report.problems.filter((candidate) => candidate.file === file)
      expect(own, name).toHaveLength(1)
      expect(own[0]?.message, name).toMatch(problem)
    }
    expect(report.problems).toHaveLength(bad.length)
    expect(report.findings.map(({ file }) => file)).toEqual(['a/b/good.yaml'])
    expect(code).toBe(1)
  })

  test('a file that may not be read is a problem too', async () => {
    const { code, report } = await audit('a', join(folder, 'a', 'b', 'good.yaml'))
    expect(report.problems.filter(({ file }) => file === 'a/b/good.yaml').map(({ message }) => message)).toEqual([
      'This file cannot be read (EACCES).',
    ])
    expect(report.findings).toEqual([])
    expect(code).toBe(0)
  })
})
