import { basename, compareText, dirname } from '../../text/path.ts'
import type { Files } from '../unit.ts'
import type { Installed } from './installed.ts'

/** The ways in which people name the values of one environment, beside `values.yaml` or in a folder of their own. */
const NAMES = [/^values[-_.](.+)\.ya?ml$/, /^(.+)[-_.]values\.ya?ml$/]
const FOLDER = /^(.+)\.ya?ml$/

/** Values for the tests of the chart, or for people to read. */
const NO_ENVIRONMENT = /^(ci|lint|schema|examples?|samples?|template)$|schema|[-_.](ci|lint)$|^(ci|lint)[-_.]/i

/** More values files than this are not environments of one chart. */
const MAX_VARIANTS = 20

/** Values files by the name of their environment, the later ones win. */
type Variants = ReadonlyMap<string, readonly string[]>

/** The environments of each chart: those that objects of the workspace install it in, and those that its other values files name. */
export function variantsOf(files: Files, charts: ReadonlySet<string>, installed: readonly Installed[]): ReadonlyMap<string, Variants> {
  const variants = new Map<string, Map<string, readonly string[]>>()
  const used = new Set<string>()
  for (const { folder, name, values, own } of installed) {
    const known = values.flatMap((path) => (path !== undefined && files.has(path) ? [path] : []))
    if (!charts.has(folder) || own || known.length < values.length || known.length === 0) continue
    for (const path of known) used.add(path)
    const last = known.at(-1) ?? ''
    const layers = variants.get(folder) ?? new Map<string, readonly string[]>()
    variants.set(folder, layers)
    const environment = environmentOf(basename(last), false) ?? name
    if (layers.size < MAX_VARIANTS) layers.set(layers.has(environment) ? name : environment, known)
  }
  for (const path of [...files.keys()].sort(compareText)) {
    if (!/\.ya?ml$/.test(path)) continue
    const folder = dirname(path)
    const inFolder = basename(folder) === 'values' && charts.has(dirname(folder))
    const chart = inFolder ? dirname(folder) : folder
    const name = charts.has(chart) ? environmentOf(basename(path), inFolder) : undefined
    if (name === undefined || used.has(path)) continue
    const own = variants.get(chart) ?? new Map<string, readonly string[]>()
    variants.set(chart, own)
    if (!own.has(name) && own.size < MAX_VARIANTS) own.set(name, [path])
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
