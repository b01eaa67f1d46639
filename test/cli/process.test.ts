import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { pod } from './command-line.ts'

/** The command as a process of its own: what only pipes and ends of processes can get wrong. */
let folder: string
let command: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kube-zero-trust-'))
  command = join(folder, 'package', 'dist', 'cli.mjs')
  await build({
    entryPoints: [fileURLToPath(new URL('../../server/main-cli.ts', import.meta.url))],
    outfile: command,
    bundle: true,
    platform: 'node',
    mainFields: ['module', 'main'],
    format: 'esm',
    loader: { '.md': 'text' },
    banner: { js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);" },
  })
  writeFileSync(join(folder, 'package', 'package.json'), JSON.stringify({ version: '9.8.7' }))
  mkdirSync(join(folder, 'many'))
  for (let i = 0; i < 20; i++) {
    const pods = Array.from({ length: 50 }, (_, j) => pod(`p-${i}-${j}`, { privileged: true }))
    writeFileSync(join(folder, 'many', `${i}.yaml`), pods.join('---\n'))
  }
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function start(args: readonly string[], stdin = '') {
  const child = spawn(process.execPath, [command, ...args], { cwd: folder })
  let stderr = ''
  child.stderr.on('data', (chunk) => {
    stderr += chunk
  })
  child.stdin.end(stdin)
  const ended = new Promise<{ code: number | null; stderr: string }>((resolve) => child.on('close', (code) => resolve({ code, stderr })))
  return { child, ended }
}

async function finish(args: readonly string[], stdin = ''): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const { child, ended } = start(args, stdin)
  const chunks: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
  const { code, stderr } = await ended
  return { code, stderr, stdout: Buffer.concat(chunks).toString() }
}

describe('the command as a process', () => {
  test('tells its version', async () => {
    expect(await finish(['--version'])).toEqual({ code: 0, stdout: '9.8.7\n', stderr: '' })
  })

  test('writes all of a large report before it ends', async () => {
    const { code, stdout, stderr } = await finish(['audit', 'many', '--format', 'json'])
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' })
    expect(stdout.length).toBeGreaterThan(500_000)
    expect(JSON.parse(stdout).findings.length).toBeGreaterThan(1000)
  })

  test('does not complain when its reader goes away', async () => {
    const { child, ended } = start(['audit', 'many', '--format', 'json'])
    child.stdout.once('data', () => child.stdout.destroy())
    expect(await ended).toEqual({ code: 1, stderr: '' })
  })

  test('reads standard input', async () => {
    const { code, stdout } = await finish(['audit', '-'], pod('a', { privileged: true }))
    expect(code).toBe(1)
    expect(stdout).toContain('node-access stdin.yaml:')
  })

  test('bad usage is 2', async () => {
    expect((await finish(['audit', 'nope'])).code).toBe(2)
  })
})
