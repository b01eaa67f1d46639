import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Writes those parts that changed, and says which. Paths are relative to `root`. */
export function writeAll(root: string, parts: ReadonlyMap<string, string>): readonly string[] {
  const changed = [...parts].filter(([path, text]) => read(root, path) !== text)
  for (const [path, text] of changed) writeFileSync(join(root, path), text)
  return changed.map(([path]) => path)
}

/** '' when there is no such file. */
export function read(root: string, path: string): string {
  const file = join(root, path)
  return existsSync(file) ? readFileSync(file, 'utf8') : ''
}
