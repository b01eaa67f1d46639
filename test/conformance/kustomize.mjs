import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const here = fileURLToPath(new URL('.', import.meta.url))
const outfile = `${here}../../out/conformance/kustomize.mjs`
mkdirSync(`${here}../../out/conformance`, { recursive: true })
await build({
  entryPoints: [`${here}kustomize.ts`],
  outfile,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  packages: 'external',
  logLevel: 'error',
})
await import(outfile)
