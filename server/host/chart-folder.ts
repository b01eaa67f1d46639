import { readArchive } from '../sources/chart/archive.ts'
import type { SourceFile } from '../sources/unit.ts'
import { codeOf, type Disk } from './disk.ts'
import { absolute } from './listing.ts'

/** More than this is no chart. */
const LIMITS = { files: 20_000, bytes: 256 * 1024 * 1024, depth: 30 }

/**
 * All files of a chart as Helm loads it, whatever ignore lists say: links are followed. A chart may be packed.
 * @param path absolute
 */
export async function readChartFolder(disk: Disk, path: string): Promise<readonly SourceFile[] | { readonly problem: string }> {
  try {
    const { kind } = await disk.facts(path)
    if (kind === 'folder') return await walk(disk, path)
    const files = readArchive(await disk.read(path))
    return typeof files === 'string' ? { problem: files } : files.map(({ name, bytes }) => sourceFile(name, bytes))
  } catch (error) {
    return { problem: codeOf(error) === 'ENOENT' ? 'there is no such file or folder' : codeOf(error) || String(error) }
  }
}

async function walk(disk: Disk, root: string): Promise<readonly SourceFile[] | { readonly problem: string }> {
  const files: SourceFile[] = []
  let bytes = 0
  const open: { path: string; depth: number }[] = [{ path: '', depth: 0 }]
  for (let folder = open.pop(); folder; folder = open.pop()) {
    for (const { name } of await disk.entries(absolute(root, folder.path))) {
      const path = folder.path === '' ? name : `${folder.path}/${name}`
      const { kind, size } = await disk.facts(absolute(root, path))
      bytes += kind === 'file' ? size : 0
      if (files.length >= LIMITS.files || bytes > LIMITS.bytes || folder.depth > LIMITS.depth)
        return { problem: 'the folder is too large to be a chart' }
      if (kind === 'folder') open.push({ path, depth: folder.depth + 1 })
      if (kind === 'file') files.push(sourceFile(path, await disk.read(absolute(root, path))))
    }
  }
  return files.sort((a, b) => (a.path < b.path ? -1 : 1))
}

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const lossy = new TextDecoder('utf-8', { ignoreBOM: true })

function sourceFile(path: string, bytes: Uint8Array): SourceFile {
  try {
    return { path, text: strict.decode(bytes) }
  } catch {
    return { path, text: lossy.decode(bytes), bytes }
  }
}
