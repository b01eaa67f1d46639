import { basename, compareText, dirname, join } from '../../text/path.ts'
import type { FrontEnd, Plan, UnitPlan } from '../front-end.ts'
import type { Files, SourceFile } from '../unit.ts'
import { CONFIGURATION, literal, treeOf, VARIABLE_VALUES } from './config.ts'
import { foldersOf } from './evaluation.ts'
import { installedCharts } from './helm/installed.ts'
import { isInstalled } from './installed.ts'
import { evaluateUnit } from './unit.ts'

/** More variants of one root module are samples. */
const MAX_VARIANTS = 12

/** Folders below a root module whose files of variables are for it. */
const VARIANT_FOLDERS = /^(?:env|envs|environments?|vars|tfvars|config|configs|variables|stages?)$/

/**
 * A unit for each folder with Terraform files that no other one calls as a module, and where it has several files of
 * variables, one for each of them.
 */
export const moduleFrontEnd: FrontEnd = {
  kind: 'module',
  decides: ({ path }) => CONFIGURATION.test(path),
  plan,
}

function plan(files: Files, taken: (path: string) => boolean): Plan {
  const folders = foldersOf(files)
  const roots = [...folders].filter(([, list]) => list.some(({ path }) => CONFIGURATION.test(path) && !taken(path) && !isInstalled(path)))
  const called = new Set<string>()
  for (const [folder, list] of roots) {
    for (const source of sourcesOf(list)) {
      const target = join(folder, source)
      if (target !== undefined && target !== folder) called.add(target)
    }
  }
  const tops = roots.filter(([folder]) => !called.has(folder))
  // Modules that call each other in a circle have no top: the first of them stands for all.
  const chosen = tops.length > 0 || roots.length === 0 ? tops : roots.slice(0, 1)
  const installed = installedCharts(
    roots.flatMap(([, list]) => list.filter(({ path }) => CONFIGURATION.test(path))),
    files,
  )
  return {
    units: chosen.sort(([a], [b]) => compareText(a, b)).flatMap(([folder, list]) => unitsOf(folder, list, folders)),
    // A chart that a module installs is rendered with the values of the module, not by itself.
    taken: (path) => CONFIGURATION.test(path) || VARIABLE_VALUES.test(path) || installed.has(path) || isInstalled(path),
    notEvaluated: [],
  }
}

/** The local modules that the files of a folder call. */
function sourcesOf(list: readonly SourceFile[]): string[] {
  return list
    .filter(({ path }) => CONFIGURATION.test(path))
    .flatMap((file) => treeOf(file).body.items)
    .flatMap((item) => (item.kind === 'block' && item.type.text === 'module' ? [literal(item.body, 'source')] : []))
    .filter((source) => source !== undefined)
    .filter((source) => /^\.\.?(?:\/|$)/.test(source))
}

function unitsOf(folder: string, list: readonly SourceFile[], folders: ReadonlyMap<string, readonly SourceFile[]>): UnitPlan[] {
  const configuration = list.map(({ path }) => path).filter((path) => CONFIGURATION.test(path))
  const named = configuration.find((path) => basename(path) === 'main.tf') ?? configuration.sort(compareText)[0] ?? folder
  const variants = variantFiles(folder, list, folders)
  if (variants.length === 0) return [unitPlan(named, folder, undefined)]
  return variants.slice(0, MAX_VARIANTS).map((path) => unitPlan(named, folder, path))
}

function variantFiles(folder: string, own: readonly SourceFile[], folders: ReadonlyMap<string, readonly SourceFile[]>): string[] {
  const inside = folder === '' ? '' : `${folder}/`
  const others = [...folders].filter(([other]) => other.startsWith(inside) && VARIANT_FOLDERS.test(other.slice(inside.length)))
  return [own, ...others.map(([, list]) => list)]
    .flat()
    .map(({ path }) => path)
    .filter(
      (path) => VARIABLE_VALUES.test(path) && !(dirname(path) === folder && /(?:(?:^|\/)terraform|\.auto)\.tfvars(?:\.json)?$/.test(path)),
    )
    .sort(compareText)
}

function unitPlan(named: string, folder: string, variables: string | undefined): UnitPlan {
  const variant = variables === undefined ? undefined : basename(variables).replace(VARIABLE_VALUES, '')
  const id = variant === undefined ? named : `${named}#${variant}`
  return {
    id,
    ...(variant === undefined ? {} : { variant }),
    evaluate: (files, previous) => evaluateUnit(files, { id, folder, variables }, previous),
  }
}
