// `npm run generate`: writes everything that is derived from the rules. First what imports them, then what reads them.
import { mkdirSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('../..', import.meta.url))
mkdirSync(`${root}/out`, { recursive: true })

async function load(entry) {
  const outfile = `${root}/out/${entry}.mjs`
  await build({
    entryPoints: [`${root}/test/generate/${entry}.ts`],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    loader: { '.md': 'text' },
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    logLevel: 'warning',
  })
  return import(pathToFileURL(outfile).href)
}

const written = [...(await load('imports')).generate(root), ...(await load('metadata')).generate(root)]
console.log(written.length === 0 ? 'Everything is up to date.' : `Wrote ${written.join(', ')}.`)
