import { dirname } from '../text/path.ts'
import type { Analysis } from './analyse.ts'

/**
 * Files that units asked for and that nobody handed over: they may exist under names that no listing of
 * candidates knows, or where it does not look. The host reads them and the analysis is made again, until no
 * more of them are found.
 */
export function wantedFiles({ files, units }: Analysis): string[] {
  const wanted = new Set<string>()
  for (const unit of units.values()) for (const path of unit.reads) if (!path.endsWith('/') && !files.has(path)) wanted.add(path)
  if (wanted.size === 0) return []
  const folders = new Set<string>()
  for (const path of files.keys()) {
    for (let folder = dirname(path); folder !== '' && !folders.has(folder); folder = dirname(folder)) folders.add(folder)
  }
  return [...wanted].filter((path) => !folders.has(path))
}
