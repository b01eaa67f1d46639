import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { rules } from '../../rules/index.ts'
import { pages } from '../../rules/pages.ts'
import { readMarkers } from '../rules/markers.ts'
import { readPage } from '../rules/page.ts'

export interface TestFile {
  readonly path: string
  readonly text: string
}

export interface TestWorkspace {
  readonly name: string
  /** The rule whose page it is from. */
  readonly rule?: string
  readonly files: readonly TestFile[]
}

/** The cases of all pages, without their markers. */
export function pageWorkspaces(): readonly TestWorkspace[] {
  return rules.flatMap(({ name }) => {
    const { flagged, notFlagged } = readPage(pages.get(name) ?? '')
    return [...flagged, ...notFlagged].map((each) => ({
      name: `${name}: ${each.name}`,
      rule: name,
      files: each.files.map(({ path, text }) => ({ path, text: readMarkers(text).text })),
    }))
  })
}

const MAX_BYTES = 60_000

/**
 * Real manifests, a workspace a folder of the collection, where it lies beside the project or where `SHARED`
 * says. Empty without it.
 */
export function corpusWorkspaces(): readonly TestWorkspace[] {
  const corpus = join(process.env['SHARED'] ?? fileURLToPath(new URL('../../../shared', import.meta.url)), 'corpus')
  if (!existsSync(corpus)) return []
  return readdirSync(corpus, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => {
      const paths = readdirSync(join(corpus, name), { recursive: true, encoding: 'utf8' })
        .filter((path) => /\.ya?ml$/.test(path))
        .sort()
      const files = paths
        .map((path) => ({ path, text: readFileSync(join(corpus, name, path), 'utf8') }))
        .filter(({ text }) => text.length <= MAX_BYTES)
      return { name, files }
    })
}

/** A fixed seed makes every run the same; `SEED` and `RUNS` look further. */
const PARAMETERS = { seed: Number(process.env['SEED'] ?? 1) } as const

export function runs(count: number): { seed: number; numRuns: number } {
  return { ...PARAMETERS, numRuns: Number(process.env['RUNS'] ?? count) }
}
