// Compares the engine with a real Helm on every chart below a folder: HELM=<path of helm> npm run conformance:helm -- <folder>
import { spawnSync } from 'node:child_process'
import { build } from 'esbuild'

const outfile = 'out/conformance/differential.mjs'
await build({
  entryPoints: ['test/conformance/helm/differential.ts'],
  outfile,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url)' },
  logLevel: 'error',
})
process.exit(spawnSync(process.execPath, [outfile, ...process.argv.slice(2)], { stdio: 'inherit' }).status ?? 2)
