import type { SourceFile } from '../sources/unit.ts'

/** What the language server asks of the world, for one workspace folder. */
export interface FolderHost {
  /** The files that may matter, relative to the folder, without ignored and vendored ones. */
  list(maxFileSize: number): Promise<readonly string[]>
  /** Whether a file would be listed, were it there: what a person opens may be ignored or vendored too. As of the last listing. */
  matters(path: string): boolean
  /** Files that do not exist are left out; what cannot be read comes with its problem. */
  read(paths: readonly string[]): AsyncIterable<SourceFile>
  later(run: () => void, ms: number): void
}

/** What differs between Node and a browser. */
export interface ServerHost {
  /** @param root the folder's URI, without a final slash */
  folder(root: string): FolderHost
  later(run: () => void, ms: number): void
  now(): Date
}
