// Bundles the suite for the extension hosts that run it, into out/editor.
import { join } from 'node:path'
import { build } from 'esbuild'
import { ROOT } from './places.mjs'

export const NODE_SUITE = 'out/editor/node.cjs'
export const WEB_SUITE = 'out/editor/web.js'

export async function buildSuites() {
  const suite = join(ROOT, 'test/editor/suite')
  const shared = { bundle: true, format: 'cjs', sourcemap: 'inline', logLevel: 'warning' }
  await Promise.all([
    build({
      ...shared,
      platform: 'node',
      target: 'node20',
      external: ['vscode', 'mocha'],
      entryPoints: [join(suite, 'index-node.ts')],
      outfile: join(ROOT, NODE_SUITE),
    }),
    build({
      ...shared,
      platform: 'browser',
      target: 'es2022',
      external: ['vscode'],
      entryPoints: [join(suite, 'index-web.ts')],
      outfile: join(ROOT, WEB_SUITE),
    }),
  ])
}
