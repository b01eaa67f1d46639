import { lstatSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { chmod, readdir, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

export type EntryKind = 'file' | 'folder' | 'link' | 'other'

/** What is asked of a file system to read a folder. Paths are absolute; failures are Node's errors with a `code`. */
export interface Disk {
  entries(folder: string): Promise<readonly { readonly name: string; readonly kind: EntryKind }[]>
  /** Follows links; `size` in bytes. */
  facts(path: string): Promise<{ readonly kind: EntryKind; readonly size: number }>
  realpath(path: string): Promise<string>
  read(path: string): Promise<Uint8Array>
}

export interface WritableDisk extends Disk {
  write(path: string, text: string): Promise<void>
  /** Fails when the file exists. */
  create(path: string, text: string): Promise<void>
  /** Readers see the old text or the new one, never a part; the file keeps its permissions. */
  replace(path: string, text: string): Promise<void>
}

interface Kinds {
  isFile(): boolean
  isDirectory(): boolean
  isSymbolicLink(): boolean
}

function kindOf(of: Kinds): EntryKind {
  return of.isFile() ? 'file' : of.isDirectory() ? 'folder' : of.isSymbolicLink() ? 'link' : 'other'
}

export const disk: WritableDisk = {
  entries: async (folder) => (await readdir(folder, { withFileTypes: true })).map((entry) => ({ name: entry.name, kind: kindOf(entry) })),
  facts: async (path) => {
    const found = await stat(path)
    return { kind: kindOf(found), size: found.size }
  },
  realpath: (path) => realpath(path),
  read: (path) => readFile(path),
  write: (path, text) => writeFile(path, text),
  create: (path, text) => writeFile(path, text, { flag: 'wx' }),
  replace: async (path, text) => {
    const { mode } = await stat(path)
    const beside = `${path}.kube-zero-trust-${process.pid}`
    try {
      await writeFile(beside, text, { flag: 'wx' })
      await chmod(beside, mode)
      await rename(beside, path)
    } catch (error) {
      await rm(beside, { force: true })
      throw error
    }
  },
}

const realFolders = new Map<string, string>()

/** Folders hold many files, and stay where they are as long as such a process lives. */
function realFolder(path: string): string {
  const known = realFolders.get(path) ?? realpathSync.native(path)
  realFolders.set(path, known)
  return known
}

/** For a process that has nothing else to do meanwhile: of many small files, waiting for each costs more than reading it. */
export const blockingDisk: WritableDisk = {
  ...disk,
  entries: async (folder) => readdirSync(folder, { withFileTypes: true }).map((entry) => ({ name: entry.name, kind: kindOf(entry) })),
  facts: async (path) => {
    const found = statSync(path)
    return { kind: kindOf(found), size: found.size }
  },
  realpath: async (path) =>
    lstatSync(path).isSymbolicLink() ? realpathSync.native(path) : join(realFolder(dirname(path)), basename(path)),
  read: async (path) => readFileSync(path),
}

/** Node's name for what went wrong (`EACCES`); '' when it is no failure of the file system. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}
