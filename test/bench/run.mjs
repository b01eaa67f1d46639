// Runs every benchmark in a process of its own. Times depend on the machine: compare ratios of one run.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { build } from 'esbuild'

const outfile = 'out/bench/bench.mjs'
await build({
  entryPoints: ['test/bench/bench.ts'],
  outfile,
  bundle: true,
  platform: 'node',
  mainFields: ['module', 'main'],
  format: 'esm',
  target: 'node20',
  loader: { '.md': 'text' },
  banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url)' },
  logLevel: 'error',
})

const corpus = resolve('../shared/corpus')
const folders = existsSync(corpus)
  ? readdirSync(corpus, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => join(corpus, name))
  : []

for (const what of ['1000', '10000', ...folders]) {
  for (const task of ['yaml', 'audit']) run(task, what)
}
for (const objects of ['1000', '10000']) run('keystrokes', objects)
run('access', '10000')
run('attack-paths', '10000')
run('network', '2000', '1000')
run('network', '10000', '5000')
run('overlays', '50')
run('terraform', '1000')
run('charts', '60')
// A folder of charts, e.g. a copy of a public repository's.
if (process.env.CHARTS) run('chart-audits', resolve(process.env.CHARTS))

function run(...args) {
  const { status } = spawnSync(process.execPath, ['--expose-gc', outfile, ...args], { stdio: 'inherit' })
  if (status !== 0) process.exitCode = 1
}
