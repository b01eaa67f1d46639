import type { Cell } from '../../syntax/go-template/provenance.ts'
import type { GoMap, GoValue } from '../../syntax/go-template/value.ts'
import type { ValueSource } from './source.ts'

/** A file of a chart. */
export interface ChartFile {
  /** Relative to the chart's folder. */
  readonly name: string
  /** In the workspace; absent for what is in a package. */
  readonly path?: string
  readonly text: string
  readonly bytes?: Uint8Array
}

/** What `Chart.yaml` says, and where. */
export interface Metadata {
  name: string
  readonly version: string
  readonly type: string
  readonly apiVersion: string
  readonly kubeVersion: string
  dependencies: Dependency[] | undefined
  /** The fields as templates see them, in the order of Go's struct, without dependencies. */
  readonly fields: Map<string, GoValue>
}

export interface Dependency {
  name: string
  readonly version: string
  readonly repository: string
  readonly condition: string
  readonly tags: readonly string[]
  readonly alias: string
  readonly importValues: readonly ImportValue[]
  enabled: boolean
  readonly cell: Cell
}

/** A value of the subchart's `exports`, or a pair of paths. */
export type ImportValue = string | { readonly child: string; readonly parent: string }

/** A loaded chart. Dependencies are chosen, renamed and dropped while values are processed; the rest stays as it is. */
export interface Chart {
  readonly metadata: Metadata
  /** The workspace folder, or the package that holds it. */
  readonly folder: string
  /** In a `.tgz`: nothing in it can be edited. */
  readonly packaged: boolean
  readonly templates: readonly ChartFile[]
  readonly files: readonly ChartFile[]
  readonly schema: ChartFile | undefined
  values: GoMap
  readonly valueSources: readonly ValueSource[]
  dependencies: Chart[]
  parent: Chart | undefined
}

export function chartPath(chart: Chart): string {
  return chart.parent ? `${chartPath(chart.parent)}/charts/${chart.metadata.name}` : chart.metadata.name
}

/** The keys that lead to a chart's values in those of the outermost one. */
export function valuesPrefix(chart: Chart): readonly string[] {
  return chart.parent ? [...valuesPrefix(chart.parent), chart.metadata.name] : []
}

export function isLibrary(chart: Chart): boolean {
  return chart.metadata.type.toLowerCase() === 'library'
}

/** Replaces the dependencies; they know their parent. */
export function setDependencies(chart: Chart, dependencies: readonly Chart[]): void {
  chart.dependencies = [...dependencies]
  for (const dependency of dependencies) dependency.parent = chart
}
