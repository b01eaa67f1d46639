import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { SourceFile } from '../../../server/sources/unit.ts'

/** The folders of charts below a folder, without those inside a chart. */
export function chartsBelow(folder: string): string[] {
  if (existsSync(join(folder, 'Chart.yaml'))) return [folder]
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap((entry) => chartsBelow(join(folder, entry.name)))
    .sort()
}

/** All files of a chart, by their paths in it. */
export function filesOf(folder: string): Map<string, SourceFile> {
  const files = new Map<string, SourceFile>()
  for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()) {
    let bytes: Buffer
    try {
      bytes = readFileSync(join(folder, path))
    } catch {
      continue
    }
    const text = bytes.toString('utf8')
    const isText = Buffer.from(text, 'utf8').equals(bytes)
    files.set(path, { path, text, ...(isText ? {} : { bytes: new Uint8Array(bytes) }) })
  }
  return files
}
