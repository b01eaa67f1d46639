import type { SourceFile } from '../sources/unit.ts'

/** Where output goes. A reader that went away is no error: what is written to it is dropped. */
export interface Output {
  readonly isTerminal: boolean
  /** In characters. */
  readonly columns: number
  /** Settled when it may be forgotten, so that nothing is lost at the end of the process. Rejects with an `OutputError`. */
  write(text: string): Promise<void>
}

/** Output that cannot be written, e.g. because the disk is full. */
export class OutputError extends Error {
  /** @param code Node's name for it */
  constructor(code: string) {
    super(`Output cannot be written (${code}).`)
  }
}

/** The folder that a command works on, and the part of it that was named. */
export interface CliFolder {
  /** The paths of what was named. */
  readonly named: readonly string[]
  /** A path of the folder, as it is reached from the current folder. */
  shown(path: string): string
  /** Whether a path lies in what was named. */
  covers(path: string): boolean
  /** The files that may matter, and what could not be listed. */
  list(): Promise<{ readonly paths: readonly string[]; readonly problems: readonly SourceFile[] }>
  /** Files that do not exist are left out; what cannot be read comes with its problem. */
  read(paths: readonly string[], maxFileSize: number): AsyncIterable<SourceFile>
  /** Writes all of it or, when a file is no longer as it was read, nothing. */
  change(changes: readonly FileChange[]): Promise<{ readonly refused?: string }>
}

export interface FileChange {
  readonly path: string
  /** Undefined for a new file. */
  readonly before: string | undefined
  readonly after: string
}

/** What the command line asks of the world. */
export interface CliHost {
  readonly stdout: Output
  readonly stderr: Output
  readonly environment: Readonly<Record<string, string | undefined>>
  /** `2026-12-31` */
  readonly today: string
  /** @param paths as the user wrote them */
  open(paths: readonly string[]): Promise<CliFolder | { readonly problem: string }>
  /** What is in the current folder, as it was in a revision of its git repository. */
  openRevision(revision: string): Promise<CliFolder | { readonly problem: string }>
  /** Standard input, as a file of that path. */
  readInput(path: string, maxFileSize: number): Promise<SourceFile>
  /** All files of a chart, relative to its folder; or the reason why there are none. */
  readChart(path: string): Promise<readonly SourceFile[] | { readonly problem: string }>
  /** A file that the user named on the command line, wherever it is. Undefined when it does not exist. */
  readFile(path: string): Promise<SourceFile | undefined>
  writeFile(path: string, text: string): Promise<{ readonly problem?: string }>
}
