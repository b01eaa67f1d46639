// Bundles what is shipped into dist/: `node esbuild.mjs` for production, `--watch` for development.
import { chmod, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as esbuild from 'esbuild'

const watch = process.argv.includes('--watch')

const shared = {
  bundle: true,
  minify: !watch,
  sourcemap: watch,
  logLevel: 'warning',
  metafile: true,
  legalComments: 'none',
  loader: { '.md': 'text' },
}
// Modules before CommonJS: what `require`s by a computed name cannot be bundled.
const node = { ...shared, platform: 'node', target: 'node20', mainFields: ['module', 'main'] }
const web = { ...shared, platform: 'browser', target: 'es2022', mainFields: ['browser', 'module', 'main'] }

const bundles = [
  { ...node, entryPoints: ['client/main-node.ts'], outfile: 'dist/client-node.cjs', format: 'cjs', external: ['vscode'] },
  { ...web, entryPoints: ['client/main-web.ts'], outfile: 'dist/client-web.js', format: 'cjs', external: ['vscode'] },
  { ...node, entryPoints: ['server/main-node.ts'], outfile: 'dist/server-node.cjs', format: 'cjs' },
  { ...web, entryPoints: ['server/main-web.ts'], outfile: 'dist/server-web.js', format: 'iife' },
  {
    ...node,
    entryPoints: [{ in: 'server/main-cli.ts', out: 'cli' }],
    outdir: 'dist',
    outExtension: { '.js': '.mjs' },
    format: 'esm',
    // What few commands need is in files of its own, and read by those alone.
    splitting: true,
    chunkNames: 'cli-[name]-[hash]',
    // Libraries written in CommonJS call `require`, which a module does not have.
    banner: {
      js: "#!/usr/bin/env node\nimport { createRequire as requireFrom } from 'node:module';\nconst require = requireFrom(import.meta.url);",
    },
  },
]

if (watch) {
  for (const bundle of bundles) await (await esbuild.context(bundle)).watch()
  console.log('Watching.')
} else {
  await rm('dist', { recursive: true, force: true })
  const results = await Promise.all(bundles.map((bundle) => esbuild.build(bundle))).catch(() => process.exit(1))
  await writeFile('dist/third-party-notices.txt', await notices(results.map(({ metafile }) => metafile)))
  await chmod('dist/cli.mjs', 0o755)
}

/** The licences of the libraries that went into the bundles: their terms ask for it. */
async function notices(metafiles) {
  const files = metafiles.flatMap(({ outputs }) => Object.values(outputs).flatMap(({ inputs }) => Object.keys(inputs)))
  const folders = files.map((file) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1]).filter((folder) => folder !== undefined)
  const texts = [...new Set(folders)].map(async (folder) => {
    const { name, version, license } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))
    const found = (await readdir(folder)).find((file) => /^licen[cs]e/i.test(file))
    const text = found ? await readFile(join(folder, found), 'utf8') : ''
    return `${name} ${version} (${license})\n\n${text.trim()}\n`
  })
  return (await Promise.all(texts)).sort().join(`\n${'-'.repeat(80)}\n\n`)
}
