// Installs this folder's packages when its lock changed.
import { spawnSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { HERE } from './places.mjs'

export function install() {
  const installed = join(HERE, 'node_modules/.package-lock.json')
  const lock = join(HERE, 'package-lock.json')
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs) return
  const { status } = spawnSync('npm', ['ci', '--loglevel=error'], { cwd: HERE, stdio: 'inherit', shell: process.platform === 'win32' })
  if (status !== 0) throw new Error('The packages of test/editor cannot be installed.')
}
