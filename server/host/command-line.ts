import { basename, dirname, join, relative, resolve, sep } from 'node:path'
import { CONFIG_FILE } from '../analysis/config.ts'
import type { CliFolder, CliHost, FileChange, Output } from '../cli/host.ts'
import type { SourceFile } from '../sources/unit.ts'
import { tooLarge, unread } from '../sources/unread.ts'
import { readChartFolder } from './chart-folder.ts'
import { decode } from './decode.ts'
import { codeOf, type Disk, type WritableDisk } from './disk.ts'
import { absolute, isInside, listFolder } from './listing.ts'
import { readFiles } from './reading.ts'

/** What differs between a process and a test. */
export interface Surroundings {
  readonly disk: WritableDisk
  readonly cwd: string
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly stdout: Output
  readonly stderr: Output
  stdin(): AsyncIterable<Uint8Array>
  now(): Date
}

export function commandLineHost({ disk, cwd, environment, stdout, stderr, stdin, now }: Surroundings): CliHost {
  return {
    stdout,
    stderr,
    environment,
    today: now().toISOString().slice(0, 10),
    open: (paths) => openFolder(disk, cwd, paths),
    openRevision: (revision) => openRevision(disk, cwd, revision),
    readChart: (path) => readChartFolder(disk, resolve(cwd, path)),
    readInput: (path, maxFileSize) => readStream(stdin(), path, maxFileSize),
    async readFile(path) {
      try {
        return decode(path, await disk.read(resolve(cwd, path)))
      } catch (error) {
        return codeOf(error) === 'ENOENT' ? undefined : unread(path, `This file cannot be read (${codeOf(error)}).`)
      }
    },
    async writeFile(path, text) {
      try {
        await disk.write(resolve(cwd, path), text)
        return {}
      } catch (error) {
        return { problem: codeOf(error) }
      }
    },
  }
}

/** A configuration or a repository's root makes a folder the root that paths are relative to. */
const MARKERS = [CONFIG_FILE, '.git']

async function openFolder(disk: WritableDisk, cwd: string, paths: readonly string[]): Promise<CliFolder | { readonly problem: string }> {
  const named: string[] = []
  let top: string | undefined
  for (const path of paths) {
    try {
      const real = await disk.realpath(resolve(cwd, path))
      const { kind } = await disk.facts(real)
      const folder = kind === 'folder' ? real : dirname(real)
      top = top === undefined ? folder : commonFolder(top, folder)
      named.push(real)
    } catch (error) {
      return { problem: codeOf(error) === 'ENOENT' ? `There is no file or folder ${path}.` : `${path} cannot be read (${codeOf(error)}).` }
    }
  }
  const here = await disk.realpath(cwd).catch(() => cwd)
  const common = top ?? here
  const root = (await rootAbove(disk, common)) ?? (isInside(here, common) ? here : common)
  return { ...folderOf(disk, root, here, named), change: (changes) => changeFiles(disk, root, changes) }
}

async function openRevision(disk: Disk, cwd: string, revision: string): Promise<CliFolder | { readonly problem: string }> {
  const here = await disk.realpath(cwd)
  // Few commands need it, and it is large.
  const { revisionFiles } = await import('./git.ts')
  const files = await revisionFiles(disk, here, revision)
  if ('problem' in files) return files
  const root = (await rootAbove(disk, here)) ?? here
  return { ...folderOf(files.disk, root, here, [here]), change: async () => ({ refused: `${revision} is a state of the past.` }) }
}

function folderOf(disk: Disk, root: string, here: string, named: readonly string[]): Omit<CliFolder, 'change'> {
  const starts = named.map((path) => relative(root, path).split(sep).join('/'))
  return {
    named: starts,
    shown: (path) => relative(here, absolute(root, path)).split(sep).join('/') || '.',
    covers: (path) => starts.some((start) => start === '' || path === start || path.startsWith(`${start}/`)),
    list: () => listFolder(disk, root, starts),
    read: (wanted, maxFileSize) => readFiles(disk, root, wanted, maxFileSize),
  }
}

function commonFolder(a: string, b: string): string {
  let folder = a
  while (!isInside(folder, b) && dirname(folder) !== folder) folder = dirname(folder)
  return folder
}

async function rootAbove(disk: Disk, folder: string): Promise<string | undefined> {
  for (let at = folder; ; at = dirname(at)) {
    for (const marker of MARKERS) if (await exists(disk, join(at, marker))) return at
    if (dirname(at) === at) return undefined
  }
}

async function exists(disk: Disk, path: string): Promise<boolean> {
  try {
    await disk.facts(path)
    return true
  } catch {
    return false
  }
}

async function readStream(stream: AsyncIterable<Uint8Array>, path: string, maxFileSize: number): Promise<SourceFile> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of stream) {
    size += chunk.length
    if (size > maxFileSize) return tooLarge(path, maxFileSize)
    chunks.push(chunk)
  }
  return decode(path, Buffer.concat(chunks))
}

/** Everything is looked at before anything is written, and each file is replaced as a whole. */
async function changeFiles(disk: WritableDisk, root: string, changes: readonly FileChange[]): Promise<{ readonly refused?: string }> {
  const targets: { readonly target: string; readonly after: string; readonly isNew: boolean }[] = []
  for (const { path, before, after } of changes) {
    const written = absolute(root, path)
    if (before === undefined) {
      const folder = await disk.realpath(dirname(written)).catch(() => undefined)
      if (folder === undefined || !isInside(root, folder)) return { refused: `${path} cannot be written: there is no such folder.` }
      if (await exists(disk, written)) return { refused: `${path} exists by now.` }
      targets.push({ target: join(folder, basename(written)), after, isNew: true })
      continue
    }
    try {
      const target = await disk.realpath(written)
      if (!isInside(root, target) || decode(path, await disk.read(target)).text !== before)
        return { refused: `${path} has changed meanwhile.` }
      targets.push({ target, after, isNew: false })
    } catch (error) {
      return { refused: `${path} cannot be read (${codeOf(error)}).` }
    }
  }
  for (const { target, after, isNew } of targets) {
    try {
      await (isNew ? disk.create(target, after) : disk.replace(target, after))
    } catch (error) {
      return { refused: `${relative(root, target)} cannot be written (${codeOf(error)}).` }
    }
  }
  return {}
}
