import type { SourceFile } from '../sources/unit.ts'
import { tooLarge, unread } from '../sources/unread.ts'
import { decode } from './decode.ts'
import { codeOf, type Disk } from './disk.ts'
import { absolute, isInside, OUTSIDE } from './listing.ts'

/** Files that are read ahead of the one that is asked for. */
const AHEAD = 16

/** All texts of a workspace together, in bytes: more does not fit into memory with what is made of it. */
const MAX_TOTAL = 512 * 1024 * 1024

/**
 * Reads files, in order. What does not exist (any more) or is no file is left out; what cannot or may not
 * be read comes with its problem.
 * @param root absolute, and no link itself
 * @param maxFileSize in bytes; asked before a file is read
 */
export async function* readFiles(
  disk: Disk,
  root: string,
  paths: readonly string[],
  maxFileSize: number,
  maxTotal = MAX_TOTAL,
): AsyncIterable<SourceFile> {
  let total = 0
  const ahead: Promise<SourceFile | undefined>[] = []
  const start = (path: string | undefined): void => {
    if (path !== undefined) ahead.push(readOne(disk, root, path, maxFileSize))
  }
  for (const path of paths.slice(0, AHEAD)) start(path)
  for (const [i, path] of paths.entries()) {
    const file = await ahead.shift()
    total += file?.text.length ?? 0
    if (total > maxTotal) {
      await Promise.all(ahead)
      yield unread(path, `The files before this one fill ${Math.round(maxTotal / 1024 / 1024)} MB: it and all after it are not read.`)
      return
    }
    start(paths[i + AHEAD])
    if (file) yield file
  }
}

async function readOne(disk: Disk, root: string, path: string, maxFileSize: number): Promise<SourceFile | undefined> {
  try {
    const target = await disk.realpath(absolute(root, path))
    if (!isInside(root, target)) return unread(path, OUTSIDE)
    const { kind, size } = await disk.facts(target)
    if (kind !== 'file') return undefined
    if (size > maxFileSize) return tooLarge(path, maxFileSize)
    const bytes = await disk.read(target)
    return bytes.length > maxFileSize ? tooLarge(path, maxFileSize) : decode(path, bytes)
  } catch (error) {
    const code = codeOf(error)
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    return unread(path, `This file cannot be read (${code || 'unknown error'}).`)
  }
}
