import type { Location } from '../unit.ts'
import type { ChartDocument } from './objects.ts'
import type { Chart, Dependency } from './model.ts'
import { wholeFile } from './problem.ts'
import { locateCell } from './source.ts'

/** The file of the workspace that stands for a document, and the place in it for what is written nowhere else. */
export function placeOfDocument({ chart, file }: ChartDocument): Location {
  return file === undefined ? placeOfPackage(chart) : wholeFile(file)
}

/** The line that brings a packaged chart in: its entry among the dependencies of the chart round it. */
function placeOfPackage(chart: Chart): Location {
  let below = chart
  while (below.parent?.packaged) below = below.parent
  const { parent } = below
  const dependency = parent?.metadata.dependencies?.find(({ name }) => name === below.metadata.name)
  return (dependency && placeOfDependency(dependency)) ?? wholeFile(chartFile((parent ?? below).folder))
}

/** The name that a dependency is declared by. */
export function placeOfDependency({ cell, alias }: Dependency): Location | undefined {
  return locateCell({ kind: 'cell', source: cell.source, parent: cell, step: alias === '' ? 'name' : 'alias' })
}

export function chartFile(folder: string): string {
  return folder === '' ? 'Chart.yaml' : `${folder}/Chart.yaml`
}
