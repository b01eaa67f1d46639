import { readdir, readFile, realpath, stat } from 'node:fs/promises'

export type EntryKind = 'file' | 'folder' | 'link' | 'other'

/** What is asked of a file system to read a folder. Paths are absolute; failures are Node's errors with a `code`. */
export interface Disk {
  entries(folder: string): Promise<readonly { readonly name: string; readonly kind: EntryKind }[]>
  /** Follows links; `size` in bytes. */
  facts(path: string): Promise<{ readonly kind: EntryKind; readonly size: number }>
  realpath(path: string): Promise<string>
  read(path: string): Promise<Uint8Array>
}

interface Kinds {
  isFile(): boolean
  isDirectory(): boolean
  isSymbolicLink(): boolean
}

function kindOf(of: Kinds): EntryKind {
  return of.isFile() ? 'file' : of.isDirectory() ? 'folder' : of.isSymbolicLink() ? 'link' : 'other'
}

export const disk: Disk = {
  entries: async (folder) => (await readdir(folder, { withFileTypes: true })).map((entry) => ({ name: entry.name, kind: kindOf(entry) })),
  facts: async (path) => {
    const found = await stat(path)
    return { kind: kindOf(found), size: found.size }
  },
  realpath: (path) => realpath(path),
  read: (path) => readFile(path),
}

/** Node's name for what went wrong (`EACCES`); '' when it is no failure of the file system. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}
