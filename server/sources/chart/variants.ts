import { basename, compareText, dirname } from '../../text/path.ts'
import type { Files } from '../unit.ts'

/** The ways in which people name the values of one environment, beside `values.yaml` or in a folder of their own. */
const NAMES = [/^values[-_.](.+)\.ya?ml$/, /^(.+)[-_.]values\.ya?ml$/]
const FOLDER = /^(.+)\.ya?ml$/

/** Values for the tests of the chart, or for people to read. */
const NO_ENVIRONMENT = /^(ci|lint|schema|examples?|samples?|template)$|schema|[-_.](ci|lint)$|^(ci|lint)[-_.]/i

/** More values files than this are not environments of one chart. */
const MAX_VARIANTS = 20

/** The values files of each chart, by the name of their environment. */
export function variantsOf(files: Files, charts: ReadonlySet<string>): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const variants = new Map<string, Map<string, string>>()
  for (const path of [...files.keys()].sort(compareText)) {
    if (!/\.ya?ml$/.test(path)) continue
    const folder = dirname(path)
    const inFolder = basename(folder) === 'values' && charts.has(dirname(folder))
    const chart = inFolder ? dirname(folder) : folder
    const name = charts.has(chart) ? environmentOf(basename(path), inFolder) : undefined
    if (name === undefined) continue
    const own = variants.get(chart) ?? new Map<string, string>()
    variants.set(chart, own)
    if (!own.has(name) && own.size < MAX_VARIANTS) own.set(name, path)
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
