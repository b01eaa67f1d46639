import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const root = process.env['KZT_SHARED'] ?? join(import.meta.dirname, '../../../shared')

/** The text of a file of the shared conformance data; undefined where the data is not at hand. */
export function sharedText(path: string): string | undefined {
  const file = join(root, 'conformance', path)
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined
}

/** The data of a JSON or JSON lines file; empty where it is not at hand. */
export function sharedCases<T>(path: string): T[] {
  const text = sharedText(path)
  if (text === undefined) return []
  return path.endsWith('.jsonl')
    ? text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as T)
    : (JSON.parse(text) as T[])
}
