import { join } from '../../text/path.ts'
import type { Files, SourceFile } from '../unit.ts'
import { FILE_NAMES } from './kustomization.ts'
import type { Log } from './log.ts'
import type { Scalar } from './node.ts'

/** What a path in a kustomization leads to. */
export type Found =
  | { readonly type: 'file'; readonly file: SourceFile }
  | { readonly type: 'folder'; readonly kustomization: SourceFile; readonly folder: string }
  | { readonly type: 'remote' }
  /** Told as a problem already. */
  | { readonly type: 'nothing' }

/** Reads the files of a workspace for one kustomization, and notes every path that was asked for. */
export class Loader {
  readonly folder: string
  readonly log: Log
  readonly #files: Files

  constructor(files: Files, folder: string, log: Log) {
    this.#files = files
    this.folder = folder
    this.log = log
  }

  /** A resource or component: a file, or a folder with a kustomization. */
  find(entry: Scalar, wanted: 'either' | 'folder' = 'either'): Found {
    const path = this.#resolve(entry)
    if (path === 'remote') return { type: 'remote' }
    if (path === undefined) return { type: 'nothing' }
    const file = wanted === 'either' ? this.#get(path) : undefined
    if (file) return this.#usable(file, entry) ? { type: 'file', file } : { type: 'nothing' }
    const found = this.kustomizationIn(path)
    if (found.length === 1 && found[0]) return { type: 'folder', kustomization: found[0], folder: path }
    if (found.length > 1) {
      this.log.problem(entry, `There are ${found.length} kustomizations in "${path || '.'}": kustomize wants one.`, { incomplete: true })
    } else
      this.#missing(
        entry,
        wanted === 'either' ? 'There is no such file, nor a folder with a kustomization' : 'There is no folder with a kustomization',
      )
    return { type: 'nothing' }
  }

  /** The content of a file that is no resource: a patch, a generator's source, a configuration. */
  read(entry: Scalar, path = entry.text): SourceFile | 'remote' | undefined {
    const resolved = this.#resolve(entry, path)
    if (resolved === 'remote' || resolved === undefined) return resolved
    const file = this.#get(resolved)
    if (!file) this.#missing(entry, 'There is no such file')
    return file && this.#usable(file, entry) ? file : undefined
  }

  /** Whether there is such a file, without a word about it. */
  peek(path: string): boolean {
    const resolved = join(this.folder, path)
    return resolved !== undefined && this.#get(resolved) !== undefined
  }

  kustomizationIn(folder: string): SourceFile[] {
    return FILE_NAMES.flatMap((name) => this.#get(folder === '' ? name : `${folder}/${name}`) ?? [])
  }

  #get(path: string): SourceFile | undefined {
    this.log.reads.add(path)
    return this.#files.get(path)
  }

  #resolve(entry: Scalar, path = entry.text): string | 'remote' | undefined {
    if (isRemote(path)) return 'remote'
    const resolved = join(this.folder, path)
    if (resolved !== undefined) return resolved
    this.log.leaves ||= !path.startsWith('/')
    const why = path.startsWith('/')
      ? 'is absolute: kustomize takes only relative paths'
      : 'leads out of the workspace: what stands there is not known'
    this.log.problem(entry, `"${path}" ${why}.`, { incomplete: true })
    return undefined
  }

  #usable(file: SourceFile, entry: Scalar): boolean {
    const inside = this.folder === '' || file.path.startsWith(`${this.folder}/`)
    if (!inside) {
      this.log.problem(
        entry,
        'Kustomize refuses files outside of the kustomization\u2019s folder, unless it runs with --load-restrictor LoadRestrictionsNone.',
        {
          severity: 'warning',
        },
      )
    }
    return true
  }

  #missing(entry: Scalar, message: string): void {
    this.log.problem(entry, `${message}: "${entry.text}".`, { incomplete: true })
  }
}

/** Whether kustomize would fetch a path from a server (`api/internal/git/repospec.go`). */
export function isRemote(path: string): boolean {
  const rest = path.replace(/^git::/i, '')
  return /^(?:https?|ssh|file):\/\//i.test(rest) || /^github\.com[/:]/i.test(rest) || /^[a-zA-Z][a-zA-Z0-9-]*@[^/]+[:/]/.test(rest)
}
