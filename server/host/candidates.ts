import ignore, { type Ignore } from 'ignore'
import { CONFIG_FILE } from '../analysis/config.ts'
import { basename, compareText, dirname } from '../text/path.ts'
import { harmlessPatterns } from '../text/patterns.ts'

/** Names of files that a front end reads. One that reads other files adds theirs here. */
const READ = /\.(ya?ml|json|tf|tofu|tfvars|tftpl)$|^kustomization$|^\.terraform\.lock\.hcl$/i

/** Large or frequent files that are never manifests, so that nobody has to parse them to find out. */
const NEVER: ReadonlySet<string> = new Set([
  'angular.json',
  'biome.json',
  'composer.json',
  'jsconfig.json',
  'lerna.json',
  'npm-shrinkwrap.json',
  'nx.json',
  'package-lock.json',
  'package.json',
  'pnpm-lock.yaml',
  'renovate.json',
  'tsconfig.json',
  'turbo.json',
])

/** Folders of tools and of other people's sources. Somebody who means one names it. */
const SKIPPED_FOLDERS: ReadonlySet<string> = new Set([
  '.cache',
  '.direnv',
  '.git',
  '.gradle',
  '.hg',
  '.svn',
  '.terragrunt-cache',
  '.tox',
  '.venv',
  '__pycache__',
  'bower_components',
  'dist',
  'node_modules',
  'site-packages',
  'third_party',
  'vendor',
])

export const IGNORE_FILE = '.gitignore'

/** What `terraform init` has installed: of its folder only that counts, and that whatever is ignored. */
const INSTALLED = /(?:^|\/)\.terraform(?:\/modules(?:\/.*)?)?$/
/** What modules bring along for people who work on them. */
const BESIDE_MODULES = /^(?:\..*|docs?|examples?|fixtures|tests?|wrappers)$/
const MODULE_FILE = /\.(?:tf|tofu|tftpl)$|\.(?:tf|tofu)\.json$|^modules\.json$/

/** An ignore file with more than this is no list that a person wrote. */
const MAX_IGNORE_FILE = 256 * 1024

/** Files of a chart that its templates have no use for. A packaged subchart is one that they do. */
const NOT_IN_CHART = /\.(md|png|jpe?g|gif|svg|ico|webp|pdf|mp4|zip|gz|tgz|tar|jar|woff2?|prov)$|^(LICENSE|OWNERS|Makefile|Dockerfile)$/i

/** The folders that hold a chart: below them almost any file may be read by a template. */
export class ChartFolders {
  readonly #folders = new Set<string>()

  add(folder: string): void {
    this.#folders.add(folder)
  }

  /** Whether a chart may read a file. Of one that is the whole workspace only what is in its own folders counts. */
  reads(path: string): boolean {
    if (this.#folders.size === 0) return false
    const packed = path.endsWith('.tgz') && basename(dirname(path)) === 'charts'
    if (!packed && NOT_IN_CHART.test(basename(path))) return false
    for (let folder = dirname(path); folder !== ''; folder = dirname(folder)) if (this.#folders.has(folder)) return true
    return this.#folders.has('') && /^(templates|crds|charts|files|config)\/|^[^/]+$/.test(path)
  }
}

/** Whether a file may matter, by its name alone. */
export function isCandidate(path: string): boolean {
  const name = basename(path)
  if (/(?:^|\/)\.terraform\//.test(path)) return INSTALLED.test(dirname(path)) && MODULE_FILE.test(name)
  return name === CONFIG_FILE || (READ.test(name) && !NEVER.has(name) && !/^tsconfig\..+\.json$/.test(name))
}

/** Whether a folder is left out wherever it is, by its name alone. */
export function isSkippedFolder(path: string): boolean {
  const name = basename(path)
  if (/(?:^|\/)\.terraform(?:\/|$)/.test(path)) return !INSTALLED.test(path) || (name !== '.terraform' && BESIDE_MODULES.test(name))
  return SKIPPED_FOLDERS.has(name)
}

/**
 * The `.gitignore` files of a folder, nested: of all patterns about a path those of the nearest file count.
 * What is below an ignored folder cannot be taken back, so ask from the top down and stop there.
 */
export class IgnoreLists {
  readonly #lists = new Map<string, Ignore>()

  /** @param folder where the list is, '' for the workspace folder */
  add(folder: string, text: string): void {
    if (text.length > MAX_IGNORE_FILE) return
    this.#lists.set(folder, ignore({ ignorecase: false }).add(harmlessPatterns(text.split(/\r?\n/))))
  }

  /** Whether a path is ignored, provided that the folders above it are not. */
  ignores(path: string, what: 'file' | 'folder'): boolean {
    if (this.#lists.size === 0 || path === CONFIG_FILE || INSTALLED.test(path) || INSTALLED.test(dirname(path))) return false
    const slash = what === 'folder' ? '/' : ''
    for (let folder = dirname(path); ; folder = dirname(folder)) {
      const list = this.#lists.get(folder)
      const below = folder === '' ? path : path.slice(folder.length + 1)
      const said = list?.test(below + slash)
      if (said?.unignored) return false
      // What the list says of a folder above was overruled there, or nobody would ask.
      if (said?.ignored && !(dirname(below) !== '' && list?.ignores(`${dirname(below)}/`))) return true
      if (folder === '') return false
    }
  }
}

/** Whether a file would matter, were it there: its name, and the folders and ignore lists above it. */
export function wouldMatter(path: string, lists: IgnoreLists, charts = new ChartFolders()): boolean {
  if (!isCandidate(path) && !charts.reads(path)) return false
  for (let slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
    const folder = path.slice(0, slash)
    if (isSkippedFolder(folder) || lists.ignores(folder, 'folder')) return false
  }
  return !lists.ignores(path, 'file')
}

/** The files that may matter among all files of a folder: no ignored, vendored or built ones. */
export function candidates(paths: readonly string[], lists: IgnoreLists): string[] {
  const known = new Map<string, boolean>([['', false]])
  const leftOut = (folder: string): boolean => {
    const before = known.get(folder)
    if (before !== undefined) return before
    const out = leftOut(dirname(folder)) || isSkippedFolder(folder) || lists.ignores(folder, 'folder')
    known.set(folder, out)
    return out
  }
  const charts = chartsAmong(paths)
  const matters = (path: string): boolean => isCandidate(path) || charts.reads(path)
  return paths.filter((path) => matters(path) && !leftOut(dirname(path)) && !lists.ignores(path, 'file')).sort(compareText)
}

export function chartsAmong(paths: readonly string[]): ChartFolders {
  const charts = new ChartFolders()
  for (const path of paths) if (basename(path) === CHART_FILE) charts.add(dirname(path))
  return charts
}

export const CHART_FILE = 'Chart.yaml'
