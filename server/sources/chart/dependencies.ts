import { isCompatible } from '../../syntax/go/semver.ts'
import { textOf } from '../../syntax/go-template/text.ts'
import { getEntry, type GoMap, type GoValue, map, setEntry } from '../../syntax/go-template/value.ts'
import { type Coalescing, coalesceTables, coalesceValues, copyMapOf } from './coalesce.ts'
import { type Chart, type Dependency, setDependencies } from './model.ts'
import { Problems } from './problem.ts'

/** Chooses, renames and drops subcharts as `Chart.yaml` says, then takes their exported values over. */
export function processDependencies(chart: Chart, given: GoMap, helm: 3 | 4, problems: Problems): void {
  processEnabled(chart, given, '', helm, problems)
  processImports(chart, { helm, merge: true, problems })
}

function processEnabled(chart: Chart, given: GoMap, path: string, helm: 3 | 4, problems: Problems): void {
  const declared = chart.metadata.dependencies
  if (!declared) return
  const fits = (sub: Chart, { name, version }: Dependency): boolean =>
    sub.metadata.name === name && isCompatible(version, sub.metadata.version, helm)
  const present = chart.dependencies
  const chosen = present.filter((sub) => !declared.some((dependency) => fits(sub, dependency)))
  for (const dependency of declared) {
    const sub = present.find((each) => fits(each, dependency))
    if (sub) chosen.push(renamed(sub, dependency, helm))
    if (dependency.alias !== '') dependency.name = dependency.alias
  }
  setDependencies(chart, chosen)
  for (const dependency of declared) dependency.enabled = true
  // Warnings come when the values are made for good.
  const values = coalesceValues(chart, given, { helm, merge: false, problems: new Problems() })
  processTags(declared, values, problems)
  processConditions(declared, values, path, problems)
  const dropped = new Set(declared.filter(({ enabled }) => !enabled).map(({ name }) => name))
  setDependencies(
    chart,
    chart.dependencies.filter((sub) => !dropped.has(sub.metadata.name)),
  )
  for (const sub of chart.dependencies) processEnabled(sub, values, `${path}${sub.metadata.name}.`, helm, problems)
  chart.metadata.dependencies = declared.filter(({ name }) => !dropped.has(name))
}

/** Each use of a subchart has a name of its own; Helm 4 also gives each its own subcharts. */
function renamed(sub: Chart, { alias, cell }: Dependency, helm: 3 | 4): Chart {
  const metadata = { ...sub.metadata }
  if (helm === 4 && metadata.dependencies) metadata.dependencies = metadata.dependencies.map((dependency) => ({ ...dependency }))
  if (alias !== '') {
    metadata.name = alias
    const name = textOf(alias, { kind: 'cell', source: cell.source, parent: cell, step: 'alias' }, 0)
    Object.assign(metadata, { fields: new Map([...metadata.fields, ['Name', name]]) })
  }
  const copy: Chart = { ...sub, metadata }
  if (helm === 4)
    setDependencies(
      copy,
      sub.dependencies.map((each) => ({ ...each })),
    )
  return copy
}

function processTags(dependencies: readonly Dependency[], values: GoMap, problems: Problems): void {
  const tags = getEntry(values, 'tags')
  if (tags?.kind !== 'map') return
  for (const dependency of dependencies) {
    const found = dependency.tags.flatMap((tag) => {
      const value = getEntry(tags, tag)
      if (value !== undefined && value.kind !== 'bool') {
        problems.warning(`Warning: Tag '${tag}' for chart ${dependency.name} returned non-bool value`, dependency.cell)
      }
      return value?.kind === 'bool' ? [value.value] : []
    })
    dependency.enabled = found.includes(true) || !found.includes(false)
  }
}

function processConditions(dependencies: readonly Dependency[], values: GoMap, path: string, problems: Problems): void {
  for (const dependency of dependencies) {
    for (const condition of dependency.condition.trim().split(',')) {
      if (condition === '') continue
      const value = valueAt(values, `${path}${condition}`)
      if (value === undefined) continue
      if (value.kind === 'bool') {
        dependency.enabled = value.value
        break
      }
      problems.warning(`Warning: Condition path '${condition}' for chart ${dependency.name} returned non-bool value`, dependency.cell)
    }
  }
}

/** The value at a dotted path that is no table. */
export function valueAt(values: GoMap, path: string): GoValue | undefined {
  const steps = path.split('.')
  const last = steps.pop() ?? ''
  const table = steps.length === 0 ? values : tableAt(values, steps.join('.'))
  const value = table && getEntry(table, last)
  return value?.kind === 'map' ? undefined : value
}

export function tableAt(values: GoMap, path: string): GoMap | undefined {
  let at = values
  for (const step of path.split('.')) {
    const next = getEntry(at, step)
    if (next?.kind !== 'map') return undefined
    at = next
  }
  return at
}

function processImports(chart: Chart, options: Coalescing): void {
  for (const sub of chart.dependencies) processImports(sub, options)
  const declared = chart.metadata.dependencies
  if (!declared) return
  const values = coalesceValues(chart, map(), { ...options, problems: new Problems() })
  const imported = map()
  for (const { name, importValues, cell } of declared) {
    for (const each of importValues) {
      const child = typeof each === 'string' ? `exports.${each}` : each.child
      const parent = typeof each === 'string' ? '.' : each.parent
      const table = tableAt(values, `${name}.${child}`)
      if (!table) {
        options.problems.warning(`Warning: ImportValues missing table from chart ${name}: "${child}" is not a table`, cell)
        continue
      }
      coalesceTables(imported, parent === '.' ? table : nested(parent, table), '', options)
    }
  }
  // What the parent has itself wins over what it imports.
  chart.values = coalesceTables(copyMapOf(values), imported, '', options)
}

function nested(path: string, table: GoMap): GoMap {
  let at = table
  for (const step of path.split('.').reverse()) {
    const outer = map([], table.origin)
    setEntry(outer, step, at)
    at = outer
  }
  return at
}
