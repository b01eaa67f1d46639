// Lays out in out/extension what is shipped, and nothing else; the suites run on it as well.
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from './places.mjs'

export const EXTENSION = join(ROOT, 'out/extension')

const SHIPPED = [
  'README.md',
  'CHANGELOG.md',
  'LICENSE',
  'client/images',
  'dist/client-node.cjs',
  'dist/client-web.js',
  'dist/server-node.cjs',
  'dist/server-web.js',
  'dist/third-party-notices.txt',
  'rules/config.schema.json',
  'syntaxes',
]

/**
 * Of no use to an editor. `type` would harm: VS Code for the Web since 1.100 takes every `.js` of such a package
 * for an ECMAScript module, which its web worker host cannot load, and before 1.100 it loads nothing but `.js`.
 */
const LEFT_OUT = ['type', 'private', 'scripts', 'devDependencies', 'bin', 'knip']

export function stage() {
  rmSync(EXTENSION, { recursive: true, force: true })
  mkdirSync(EXTENSION, { recursive: true })
  const wanted = (file) => !file.endsWith('.svg')
  for (const path of SHIPPED) cpSync(join(ROOT, path), join(EXTENSION, path), { recursive: true, filter: wanted })
  const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
  const shipped = Object.fromEntries(Object.entries(manifest).filter(([key]) => !LEFT_OUT.includes(key)))
  writeFileSync(join(EXTENSION, 'package.json'), `${JSON.stringify({ ...shipped, files: SHIPPED }, undefined, 2)}\n`)
  return manifest
}
