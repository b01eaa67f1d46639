import git, { type PromiseFsClient, type ReadCommitResult } from 'isomorphic-git'
import { dirname, join, relative, resolve, sep } from 'node:path'
import type { Disk, EntryKind } from './disk.ts'

/** The files of a revision, at the paths at which a checkout of it would have them. Nothing is checked out. */
export interface RevisionFiles {
  readonly disk: Disk
}

/** More links in a row than this lead in a circle. */
const MAX_LINKS = 20

/** Where a repository keeps its objects and branches, and which folder it is of; `head` is the folder of `HEAD`. */
interface Repository {
  readonly top: string
  readonly gitdir: string
  readonly head: string
}

/**
 * A revision of the repository around a folder: a branch, a tag, a commit, `HEAD`, with `~2` and `^` behind it, or
 * where two of them parted (`main...feature`).
 * @param folder absolute, and no link itself
 */
export async function revisionFiles(disk: Disk, folder: string, revision: string): Promise<RevisionFiles | { readonly problem: string }> {
  const repository = await repositoryAbove(disk, folder)
  if (!repository) return { problem: `There is no git repository here, so ${revision} is no revision of it.` }
  const source = new Source(disk, repository)
  try {
    const commit = await source.commit(revision)
    return commit
      ? { disk: source.files(commit.commit.tree) }
      : { problem: `There is no revision ${revision}.${await shallow(disk, repository)}` }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return { problem: `${revision} cannot be read: ${why}${await shallow(disk, repository)}` }
  }
}

/** Pipelines often fetch the last commit alone. */
async function shallow(disk: Disk, { gitdir }: Repository): Promise<string> {
  const found = await disk.facts(join(gitdir, 'shallow')).catch(() => undefined)
  return found ? ' This clone is shallow: fetch its history (with actions/checkout, `fetch-depth: 0`).' : ''
}

/** Semantics: gitrepository-layout: `.git` is a folder, or a file that names one; a linked worktree shares all but `HEAD`. */
async function repositoryAbove(disk: Disk, folder: string): Promise<Repository | undefined> {
  for (let top = folder; ; top = dirname(top)) {
    const found = join(top, '.git')
    const kind = (await disk.facts(found).catch(() => undefined))?.kind
    if (kind === 'folder') return { top, gitdir: found, head: found }
    const named = kind === 'file' ? /^gitdir: (.+)$/m.exec(await textOf(disk, found))?.[1] : undefined
    if (named !== undefined) {
      const head = resolve(top, named.trim())
      const common = await textOf(disk, join(head, 'commondir')).catch(() => '.')
      return { top, gitdir: resolve(head, common.trim()), head }
    }
    if (dirname(top) === top) return undefined
  }
}

async function textOf(disk: Disk, path: string): Promise<string> {
  return new TextDecoder().decode(await disk.read(path))
}

interface Entry {
  readonly name: string
  readonly kind: EntryKind
  readonly oid: string
}

class Source {
  readonly #disk: Disk
  readonly #repository: Repository
  readonly #asked: { readonly fs: PromiseFsClient; readonly gitdir: string; readonly cache: object }
  readonly #trees = new Map<string, Promise<readonly Entry[]>>()
  readonly #blobs = new Map<string, Promise<Uint8Array>>()

  constructor(disk: Disk, repository: Repository) {
    this.#disk = disk
    this.#repository = repository
    // Otherwise every object reads the index of its pack again.
    this.#asked = { fs: readOnly(disk), gitdir: repository.gitdir, cache: {} }
  }

  /** Undefined when there is none. */
  async commit(revision: string): Promise<ReadCommitResult | undefined> {
    const [first, second] = revision.split('...')
    if (first === undefined || second === undefined) return this.#single(revision)
    const ends = await Promise.all([first || 'HEAD', second || 'HEAD'].map((end) => this.#single(end)))
    const oids = ends.flatMap((end) => end?.oid ?? [])
    if (oids.length < 2) return undefined
    const bases: unknown = await git.findMergeBase({ ...this.#asked, oids })
    const base: unknown = Array.isArray(bases) ? bases[0] : undefined
    return typeof base === 'string' ? this.#read(base) : undefined
  }

  async #single(revision: string): Promise<ReadCommitResult | undefined> {
    const parts = /^(.+?)((?:[~^]\d*)*)$/.exec(revision)
    const oid = await this.#oidOf(parts?.[1] ?? revision)
    let commit = oid === undefined ? undefined : await this.#read(oid)
    for (const [, sign, number] of (parts?.[2] ?? '').matchAll(/([~^])(\d*)/g)) {
      const count = number === '' ? 1 : Number(number)
      const steps = sign === '~' ? Array.from({ length: Math.min(count, 100_000) }, () => 0) : count === 0 ? [] : [count - 1]
      for (const parent of steps) {
        const above = commit?.commit.parent[parent]
        if (above === undefined) return undefined
        commit = await this.#read(above)
      }
    }
    return commit
  }

  async #oidOf(name: string): Promise<string | undefined> {
    if (name === 'HEAD' || name === '@') return this.#head()
    const ref = await git.resolveRef({ ...this.#asked, ref: name }).catch(() => undefined)
    return ref ?? (await git.expandOid({ ...this.#asked, oid: name.toLowerCase() }).catch(() => undefined))
  }

  async #head(): Promise<string | undefined> {
    const text = (await textOf(this.#disk, join(this.#repository.head, 'HEAD'))).trim()
    const ref = /^ref: (.+)$/.exec(text)?.[1]
    return ref === undefined ? text : this.#oidOf(ref)
  }

  #read(oid: string): Promise<ReadCommitResult> {
    return git.readCommit({ ...this.#asked, oid })
  }

  #tree(oid: string): Promise<readonly Entry[]> {
    let tree = this.#trees.get(oid)
    if (!tree) {
      tree = git
        .readTree({ ...this.#asked, oid })
        .then((found) => found.tree.map(({ path, mode, type, oid }) => ({ name: path, kind: kindOf(mode, type), oid })))
      this.#trees.set(oid, tree)
    }
    return tree
  }

  /** Asked for its size first, and then for its bytes. */
  #blob(oid: string): Promise<Uint8Array> {
    let blob = this.#blobs.get(oid)
    if (!blob) {
      blob = git.readBlob({ ...this.#asked, oid }).then((found) => found.blob)
      this.#blobs.set(oid, blob)
    }
    return blob
  }

  files(root: string): Disk {
    const { top } = this.#repository
    const namesOf = (path: string): readonly string[] => {
      const below = relative(top, path)
      return below === '' ? [] : below.split(sep)
    }
    const find = async (names: readonly string[]): Promise<Entry> => {
      let at: Entry = { name: '', kind: 'folder', oid: root }
      for (const name of names) {
        const found = at.kind === 'folder' ? (await this.#tree(at.oid)).find((entry) => entry.name === name) : undefined
        if (!found) throw Object.assign(new Error('There is no such file.'), { code: 'ENOENT' })
        at = found
      }
      return at
    }
    const realpath = async (path: string): Promise<string> => {
      let at = top
      let links = 0
      const rest = [...namesOf(path)]
      while (rest.length > 0) {
        const name = rest.shift() as string
        const next = join(at, name)
        // What lies outside of the repository is nowhere.
        const names = namesOf(next)
        if (names[0] === '..') return next
        const entry = await find(names)
        if (entry.kind !== 'link') at = next
        else if (++links > MAX_LINKS) throw Object.assign(new Error('This link leads to itself.'), { code: 'ELOOP' })
        else rest.unshift(...new TextDecoder().decode(await this.#blob(entry.oid)).split('/'))
      }
      return at
    }
    const target = async (path: string): Promise<Entry> => find(namesOf(await realpath(path)))
    return {
      entries: async (folder) => this.#tree((await target(folder)).oid),
      facts: async (path) => {
        const { kind, oid } = await target(path)
        return { kind, size: kind === 'file' ? (await this.#blob(oid)).length : 0 }
      },
      realpath,
      read: async (path) => {
        const { oid } = await target(path)
        const bytes = await this.#blob(oid)
        this.#blobs.delete(oid)
        return bytes
      },
    }
  }
}

function kindOf(mode: string, type: string): EntryKind {
  if (mode === '120000') return 'link'
  return type === 'tree' ? 'folder' : type === 'blob' ? 'file' : 'other'
}

/** A disk as isomorphic-git wants it. It never writes: what asks it to fails. */
function readOnly(disk: Disk): PromiseFsClient {
  const refuse = async (): Promise<never> => {
    throw Object.assign(new Error('Nothing is written.'), { code: 'EROFS' })
  }
  const stat = async (path: string): Promise<object> => {
    const { kind, size } = await disk.facts(path)
    const is = (wanted: EntryKind) => () => kind === wanted
    return { size, mode: 0o644, isFile: is('file'), isDirectory: is('folder'), isSymbolicLink: () => false }
  }
  return {
    promises: {
      readFile: async (path: string, options?: string | { readonly encoding?: string }) => {
        const bytes = await disk.read(path)
        const encoding = typeof options === 'string' ? options : options?.encoding
        return encoding === undefined ? bytes : new TextDecoder().decode(bytes)
      },
      readdir: async (path: string) => (await disk.entries(path)).map(({ name }) => name),
      stat,
      lstat: stat,
      readlink: refuse,
      symlink: refuse,
      writeFile: refuse,
      unlink: refuse,
      mkdir: refuse,
      rmdir: refuse,
    },
  }
}
