// `npm run package`: makes kube-zero-trust-<version>.vsix.
import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { install } from './install.mjs'
import { ROOT } from './places.mjs'
import { EXTENSION, stage } from './stage.mjs'

/** @returns the file */
export function pack() {
  const { name, version } = stage()
  const vsix = join(ROOT, `${name}-${version}.vsix`)
  const vsce = createRequire(import.meta.url).resolve('@vscode/vsce/vsce')
  const options = ['--no-dependencies', '--allow-missing-repository', '--no-rewrite-relative-links', '--out', vsix]
  const { status } = spawnSync(process.execPath, [vsce, 'package', ...options], { cwd: EXTENSION, stdio: 'inherit' })
  if (status !== 0) throw new Error('The extension cannot be packaged.')
  return vsix
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  install()
  pack()
}
