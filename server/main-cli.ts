import './host/short-lived.ts'
import { readFileSync } from 'node:fs'
import { pages } from '../rules/pages.ts'
import { rules } from '../rules/index.ts'
import { run } from './cli/run.ts'
import { commandLineHost } from './host/command-line.ts'
import { blockingDisk } from './host/disk.ts'
import { processOutput } from './host/process-output.ts'

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }

const host = commandLineHost({
  disk: blockingDisk,
  cwd: process.cwd(),
  environment: process.env,
  stdout: processOutput(process.stdout),
  stderr: processOutput(process.stderr),
  stdin: () => process.stdin,
  now: () => new Date(),
})

// Not `process.exit`: what was written to a pipe would be cut.
process.exitCode = await run(process.argv.slice(2), host, { version, rules, pages })
