import { basename, compareText, dirname } from '../../text/path.ts'
import type { Files } from '../unit.ts'
import type { Given, Installed } from './installed.ts'
import type { SetOption } from './set.ts'

/** The ways in which people name the values of one environment, beside `values.yaml` or in a folder of their own. */
const NAMES = [/^values[-_.](.+)\.ya?ml$/, /^(.+)[-_.]values\.ya?ml$/]
const FOLDER = /^(.+)\.ya?ml$/

/** Values for the tests of the chart, or for people to read. */
const NO_ENVIRONMENT = /^(ci|lint|schema|examples?|samples?|template)$|schema|[-_.](ci|lint)$|^(ci|lint)[-_.]/i

/** More values files than this are not environments of one chart. */
const MAX_VARIANTS = 20

/** What one environment of a chart is installed with. */
export interface Variant {
  readonly release?: string
  /** The later ones win. */
  readonly values: readonly Given[]
  readonly set: readonly SetOption[]
  /** The object that says so. */
  readonly by?: string
}

/** Whether all values that a chart is installed with are in the workspace. */
export function isKnown({ values, open }: Installed, files: Files): boolean {
  return !open && values.every(({ path }) => path !== undefined && files.has(path))
}

/** The environments of each chart: those that objects of the workspace install it in, and those that its other values files name. */
export function variantsOf(
  files: Files,
  charts: ReadonlySet<string>,
  installed: readonly Installed[],
): ReadonlyMap<string, ReadonlyMap<string, Variant>> {
  const variants = new Map<string, Map<string, Variant>>()
  const used = new Set<string>()
  for (const each of installed) {
    const { folder, name, values, set, release, file } = each
    if (!charts.has(folder) || !isKnown(each, files) || values.length + set.length === 0) continue
    const own = variants.get(folder) ?? new Map<string, Variant>()
    variants.set(folder, own)
    const plain = values.flatMap(({ path = '', within, text }) => (within || text !== undefined ? [] : [path]))
    for (const path of plain) used.add(path)
    const environment = environmentOf(basename(plain.at(-1) ?? ''), false) ?? name
    if (own.size < MAX_VARIANTS) own.set(own.has(environment) ? name : environment, { release, values, set, by: file })
  }
  for (const path of [...files.keys()].sort(compareText)) {
    if (!/\.ya?ml$/.test(path)) continue
    const folder = dirname(path)
    const inFolder = basename(folder) === 'values' && charts.has(dirname(folder))
    const chart = inFolder ? dirname(folder) : folder
    const name = charts.has(chart) ? environmentOf(basename(path), inFolder) : undefined
    if (name === undefined || used.has(path)) continue
    const own = variants.get(chart) ?? new Map<string, Variant>()
    variants.set(chart, own)
    if (!own.has(name) && own.size < MAX_VARIANTS) own.set(name, { values: [{ path }], set: [] })
  }
  return variants
}

function environmentOf(file: string, inFolder: boolean): string | undefined {
  const patterns = inFolder ? [...NAMES, FOLDER] : NAMES
  for (const pattern of patterns) {
    const name = pattern.exec(file)?.[1]
    if (name !== undefined) return NO_ENVIRONMENT.test(name) ? undefined : name
  }
  return undefined
}
