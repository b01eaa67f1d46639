// npm run conformance:helm -- <folder>: compares the engine with a real Helm on every chart below (HELM=<path of helm>).
// npm run conformance:provenance -- <folder>: changes their values one by one, and looks for output that does not name them.
import { spawnSync } from 'node:child_process'
import { build } from 'esbuild'

const [entry, ...args] = process.argv.slice(2)
const outfile = `out/conformance/${entry}.mjs`
await build({
  entryPoints: [`test/conformance/helm/${entry}.ts`],
  outfile,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url)' },
  logLevel: 'error',
})
process.exit(spawnSync(process.execPath, [outfile, ...args], { stdio: 'inherit' }).status ?? 2)
