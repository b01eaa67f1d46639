import { dirname, join } from '../../text/path.ts'
import type { Files } from '../unit.ts'
import type { FileReader } from './eval/scope.ts'

const OUTSIDE = 'this path leaves the workspace, and what lies outside of it is not read.'

/** Files below and around a root module, inside the workspace only. Everything that is asked for is remembered. */
export class WorkspaceReader implements FileReader {
  readonly log = new Set<string>()
  readonly #files: Files
  readonly #root: string
  #folders: ReadonlyMap<string, readonly string[]> | undefined

  /** @param root the folder of the root module, which paths are relative to */
  constructor(files: Files, root: string) {
    this.#files = files
    this.#root = root
  }

  resolve(path: string): string | undefined {
    return join(this.#root, path)
  }

  read(path: string): { readonly text: string } | { readonly missing: string } {
    const resolved = this.resolve(path)
    if (resolved === undefined) return { missing: OUTSIDE }
    this.log.add(resolved)
    const file = this.#files.get(resolved)
    if (!file) return { missing: `no file exists at ${JSON.stringify(path)}` }
    return file.problem === undefined ? { text: file.text } : { missing: file.problem }
  }

  list(folder: string): readonly string[] {
    const resolved = this.resolve(folder)
    if (resolved === undefined) return []
    this.log.add(`${resolved}/`)
    const prefix = resolved === '' ? '' : `${resolved}/`
    return (this.#byFolder().get(resolved.split('/')[0] ?? '') ?? [])
      .filter((path) => path.startsWith(prefix))
      .map((path) => path.slice(prefix.length))
  }

  /** The files of each first folder: most listings need no others. */
  #byFolder(): ReadonlyMap<string, readonly string[]> {
    if (this.#folders) return this.#folders
    const folders = new Map<string, string[]>([['', []]])
    for (const path of this.#files.keys()) {
      folders.get('')?.push(path)
      const first = dirname(path) === '' ? '' : (path.split('/')[0] ?? '')
      if (first === '') continue
      const known = folders.get(first)
      if (known) known.push(path)
      else folders.set(first, [path])
    }
    this.#folders = folders
    return folders
  }
}
