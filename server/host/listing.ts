import { join as joinNative, sep } from 'node:path'
import type { SourceFile } from '../sources/unit.ts'
import { compareText, dirname } from '../text/path.ts'
import { CHART_FILE, ChartFolders, IGNORE_FILE, IgnoreLists, isCandidate, isSkippedFolder } from './candidates.ts'
import { codeOf, type Disk, type EntryKind } from './disk.ts'
import { decode } from './decode.ts'
import { unread } from '../sources/unread.ts'

export interface Listing {
  /** The files that may matter, sorted, relative to the root. */
  readonly paths: readonly string[]
  /** What could not be listed, by path. */
  readonly problems: readonly SourceFile[]
  /** Those that were read on the way. */
  readonly lists: IgnoreLists
  readonly charts: ChartFolders
}

/** Enough for any repository that a person works in; a disk that was opened by mistake ends here. */
const LIMITS = { files: 50_000, folders: 200_000 }

/** Stands for the root where a path is needed: patterns cannot be asked about `.`. */
const ROOT = '(root)'

/** Folders that are read at the same time. */
const AT_ONCE = 16

/**
 * Lists the files that may matter at or below `starts`, relative to `root` ('' is the root itself). What is
 * named there is listed even if it is ignored or of a name that is left out elsewhere. Links to files
 * inside the root are files; no other link is followed.
 * @param root absolute, and no link itself
 */
export async function listFolder(disk: Disk, root: string, starts: readonly string[], limits = LIMITS): Promise<Listing> {
  const listing = new Lister(disk, root, limits)
  for (const start of [...new Set(starts)].sort(compareText)) await listing.add(start)
  return listing.result()
}

class Lister {
  readonly #disk: Disk
  readonly #root: string
  readonly #limits: typeof LIMITS
  readonly #paths = new Set<string>()
  readonly #problems = new Map<string, SourceFile>()
  readonly #folders = new Set<string>()
  readonly #charts = new ChartFolders()
  #lists = new IgnoreLists()

  constructor(disk: Disk, root: string, limits: typeof LIMITS) {
    this.#disk = disk
    this.#root = root
    this.#limits = limits
  }

  result(): Listing {
    const byPath = (a: SourceFile, b: SourceFile): number => compareText(a.path, b.path)
    return {
      paths: [...this.#paths].sort(compareText),
      problems: [...this.#problems.values()].sort(byPath),
      lists: this.#lists,
      charts: this.#charts,
    }
  }

  async add(start: string): Promise<void> {
    let kind: EntryKind
    try {
      kind = start === '' ? 'folder' : (await this.#disk.facts(absolute(this.#root, start))).kind
    } catch (error) {
      this.#problem(start, `This cannot be read (${codeOf(error)}).`)
      return
    }
    if (kind === 'file' && isCandidate(start)) this.#paths.add(start)
    if (kind !== 'folder') return
    this.#lists = await this.#listsAbove(start)
    await this.#walk(start, this.#lists)
  }

  /** The ignore lists above a start; none when they would ignore the start itself, which somebody has named. */
  async #listsAbove(start: string): Promise<IgnoreLists> {
    const lists = new IgnoreLists()
    let folder = ''
    for (const name of start === '' ? [] : start.split('/')) {
      await this.#readList(lists, folder)
      folder = folder === '' ? name : `${folder}/${name}`
      if (lists.ignores(folder, 'folder')) return new IgnoreLists()
    }
    return lists
  }

  async #walk(start: string, lists: IgnoreLists): Promise<void> {
    let open = [start]
    while (open.length > 0) {
      const below: string[] = []
      for (let at = 0; at < open.length; at += AT_ONCE) {
        const found = await Promise.all(open.slice(at, at + AT_ONCE).map((folder) => this.#folder(folder, lists)))
        for (const folders of found) for (const folder of folders) below.push(folder)
        if (this.#paths.size >= this.#limits.files || this.#folders.size >= this.#limits.folders) {
          this.#cut(open[at] ?? start)
          return
        }
      }
      open = below
    }
  }

  /** Takes in the files of one folder and answers the folders in it. */
  async #folder(folder: string, lists: IgnoreLists): Promise<string[]> {
    if (this.#folders.has(folder)) return []
    this.#folders.add(folder)
    try {
      const entries = await this.#disk.entries(absolute(this.#root, folder))
      if (entries.some(({ name, kind }) => name === IGNORE_FILE && kind === 'file')) await this.#readList(lists, folder)
      // Folders are walked from the top down, so that a chart is known before what is below it.
      if (entries.some(({ name, kind }) => name === CHART_FILE && kind !== 'folder')) this.#charts.add(folder)
      const below: string[] = []
      for (const { name, kind } of [...entries].sort((a, b) => compareText(a.name, b.name))) {
        const path = folder === '' ? name : `${folder}/${name}`
        if (kind === 'folder' && !isSkippedFolder(path) && !lists.ignores(path, 'folder')) below.push(path)
        if (kind === 'file' && this.#matters(path) && !lists.ignores(path, 'file')) this.#paths.add(path)
        if (kind === 'link' && !isSkippedFolder(path) && !lists.ignores(path, 'file')) await this.#link(path)
      }
      return below
    } catch (error) {
      this.#problem(folder || ROOT, `This folder cannot be read (${codeOf(error)}).`)
      return []
    }
  }

  #matters(path: string): boolean {
    return isCandidate(path) || this.#charts.reads(path)
  }

  /** A folder inside is walked where it is; following links to it would read it twice, or without end. */
  async #link(path: string): Promise<void> {
    try {
      const target = await this.#disk.realpath(absolute(this.#root, path))
      const { kind } = await this.#disk.facts(target)
      const matters = kind === 'folder' || (kind === 'file' && this.#matters(path))
      if (!isInside(this.#root, target)) {
        if (matters) this.#problem(path, OUTSIDE)
      } else if (kind === 'file' && matters) this.#paths.add(path)
    } catch (error) {
      if (this.#matters(path)) this.#problem(path, codeOf(error) === 'ELOOP' ? 'This link leads to itself.' : 'This link leads nowhere.')
    }
  }

  async #readList(lists: IgnoreLists, folder: string): Promise<void> {
    const path = folder === '' ? IGNORE_FILE : `${folder}/${IGNORE_FILE}`
    try {
      const target = await this.#disk.realpath(absolute(this.#root, path))
      if (isInside(this.#root, target)) lists.add(dirname(path), decode(path, await this.#disk.read(target)).text)
    } catch {
      // There is none, or it cannot be read: then it ignores nothing, and more is analysed rather than less.
    }
  }

  #cut(folder: string): void {
    const { files, folders } = this.#limits
    const what = this.#paths.size >= files ? `${files} files` : `${folders} folders`
    this.#problem(folder || ROOT, `There are more than ${what}: from this folder on not everything is read. Audit a smaller folder.`)
  }

  #problem(path: string, message: string): void {
    this.#problems.set(path, unread(path, message))
  }
}

export const OUTSIDE = 'This link leads out of the workspace; it is not followed.'

/** Both absolute and without links. */
export function isInside(root: string, path: string): boolean {
  return path === root || path.startsWith(root.endsWith(sep) ? root : root + sep)
}

export function absolute(root: string, path: string): string {
  return path === '' ? root : joinNative(root, ...path.split('/'))
}
