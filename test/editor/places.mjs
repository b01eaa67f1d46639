import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The checkout. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url))
export const HERE = fileURLToPath(new URL('.', import.meta.url))
/** Not under version control. */
export const SHOTS = join(ROOT, 'out/shots')

/** A copy of a folder that may be changed, and is removed. */
export function copyOf(folder) {
  const parent = mkdtempSync(join(tmpdir(), 'workspace-'))
  const copy = join(parent, 'shop')
  cpSync(folder, copy, { recursive: true })
  return { folder: copy, remove: () => rmSync(parent, { recursive: true, force: true }) }
}
