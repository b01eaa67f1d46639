import type { Output } from '../../server/cli/host.ts'
import { run } from '../../server/cli/run.ts'
import { commandLineHost } from '../../server/host/command-line.ts'
import { type MemoryDisk, memoryDisk } from '../host/memory-disk.ts'
import { stubRules } from '../stub-rules.ts'

export interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
  readonly disk: MemoryDisk
}

export interface Setting {
  /** The folder that the command runs in. */
  readonly cwd?: string
  readonly stdin?: string
  readonly terminal?: boolean
  readonly environment?: Readonly<Record<string, string>>
  readonly today?: string
}

export const PRODUCT = {
  version: '1.2.3',
  rules: stubRules,
  pages: new Map([['stub-latest', '# Image moves\n\n## Why\n\nBecause `latest` **moves**.\n\n```yaml a.yaml\nimage: x\n#      ^\n```\n']]),
}

/** Runs the command line on a disk in memory; a disk goes on with what the run before left. */
export async function cli(argv: string, files: Parameters<typeof memoryDisk>[0] | MemoryDisk, setting: Setting = {}): Promise<Ran> {
  const disk = 'realpath' in files ? (files as MemoryDisk) : memoryDisk(files)
  const { cwd = '/w', stdin = '', terminal = false, environment = {}, today = '2026-03-01' } = setting
  const output = (): Output & { text: string } => ({
    text: '',
    isTerminal: terminal,
    columns: 80,
    async write(text) {
      this.text += text
    },
  })
  const stdout = output()
  const stderr = output()
  const host = commandLineHost({
    disk,
    cwd,
    environment,
    stdout,
    stderr,
    stdin: async function* () {
      yield new TextEncoder().encode(stdin)
    },
    now: () => new Date(`${today}T12:00:00Z`),
  })
  const code = await run(argv === '' ? [] : argv.split(' '), host, PRODUCT)
  return { code, stdout: stdout.text, stderr: stderr.text, disk }
}

export function pod(name: string, options: { image?: string; privileged?: boolean; namespace?: string } = {}): string {
  const { image = 'web:1', privileged = false, namespace = 'shop' } = options
  return `apiVersion: v1
kind: Pod
metadata:
  name: ${name}
  namespace: ${namespace}
spec:
  containers:
    - name: main
      image: ${image}
${privileged ? '      securityContext:\n        privileged: true\n' : ''}`
}

/** Keeps the one finding about absence out of tests that are about others. */
export const POLICY = `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: deny
  namespace: shop
spec:
  podSelector: {}
`
