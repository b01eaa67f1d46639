import type { KubeObject } from '../../model/object.ts'
import type { ObjectChange } from '../../model/rule.ts'
import type { Path } from '../../model/value.ts'
import type { Span } from '../../text/span.ts'
import type { Files, Location, NotEvaluated, Origin, Problem, Rewriting, Unit } from '../unit.ts'
import { Uses } from './cursor.ts'
import { gapsOf, unmadeKinds } from './gaps.ts'
import type { Given } from './installed.ts'
import { layersOf, otherPlaces } from './layers.ts'
import type { NamedText } from './load-values.ts'
import type { SetOption } from './set.ts'
import { objectsOf } from './objects.ts'
import { chartFile, placeOfDocument } from './outside.ts'
import { type Rendering, type RenderOptions, renderChart } from './render.ts'
import { locatePath, locateWithin, originsOf } from './trace.ts'
import { rewriteChart } from './writing/rewrite.ts'
import type { Rendered } from './writing/state.ts'

/** A chart, and the values that it is installed with. */
export interface Installation {
  readonly id: string
  readonly folder: string
  readonly release: string
  /** The later ones win. */
  readonly values: readonly Given[]
  readonly set: readonly SetOption[]
  /** The file of the object that installs it so. */
  readonly by?: string
}

/** As which Helm charts are rendered for analysis. */
export const HELM = 3

/** Renders a chart for analysis. Objects that are the same as in `previous` are kept. */
export function evaluateChart(files: Files, installation: Installation, previous: Unit | undefined): ChartUnit {
  const rendered = renderFor(files, installation, previous?.objects ?? [])
  const reads = new Set([
    ...rendered.rendering.reads,
    ...filesOf(installation),
    ...(installation.by === undefined ? [] : [installation.by]),
  ])
  // The unit outlives this revision of the workspace: it holds on to the files of its own.
  const own = new Map([...files].filter(([path]) => reads.has(path)))
  return new ChartUnit(installation, [...reads], { ...rendered, files: own })
}

function renderFor(files: Files, installation: Installation, previous: readonly KubeObject[]): Rendered {
  const rendering = renderChart(files, installation.folder, optionsFor(files, installation))
  const objects = objectsOf(rendering, installation.id, (document) => placeOfDocument(document).file, previous)
  return { files, rendering, objects, layers: rendering.chart ? layersOf(rendering.chart, rendering.given) : [] }
}

function filesOf({ values }: Installation): string[] {
  return values.flatMap(({ path }) => path ?? [])
}

function optionsFor(files: Files, { values, set, release }: Installation): RenderOptions {
  // The namespace is a stand-in, which never gets into an object.
  return {
    helm: HELM,
    lenient: true,
    release: { name: release, namespace: 'default' },
    values: values.flatMap((given) => layerOf(files, given)),
    set,
  }
}

function layerOf(files: Files, { path, within, text }: Given): NamedText[] {
  const file = path === undefined ? undefined : files.get(path)
  if (!file || path === undefined) return []
  // Of a text inside a text nobody can tell the places.
  if (text !== undefined) return [{ name: path, text }]
  return [{ name: path, file: path, text: file.text, ...(within ? { within } : {}) }]
}

/** What a chart brings into a cluster with one layering of values. */
export class ChartUnit implements Unit {
  readonly kind = 'chart'
  readonly id: string
  readonly reads: readonly string[]
  readonly objects: readonly KubeObject[]
  readonly problems: readonly Problem[]
  readonly notEvaluated: readonly NotEvaluated[]
  readonly unmade: ReadonlySet<string>
  readonly #installation: Installation
  readonly #rendered: Rendered
  #uses: Uses | undefined

  constructor(installation: Installation, reads: readonly string[], rendered: Rendered) {
    this.id = installation.id
    this.reads = reads
    this.objects = [...rendered.objects.keys()]
    this.problems = problemsOf(rendered.rendering, installation.folder)
    this.notEvaluated = gapsOf(rendered.rendering, installation.folder, filesOf(installation))
    this.unmade = unmadeKinds(rendered.rendering)
    this.#installation = installation
    this.#rendered = rendered
  }

  get folder(): string {
    return this.#installation.folder
  }

  /** The values files beside the chart's own. */
  get values(): readonly string[] {
    return filesOf(this.#installation)
  }

  /** Whether the chart is installed so here. */
  isOf(installation: Installation): boolean {
    return JSON.stringify(installation) === JSON.stringify(this.#installation)
  }

  /** What the templates render, for who renders the chart himself. */
  get rendering(): Rendering {
    return this.#rendered.rendering
  }

  locate(object: KubeObject, path: Path, part: 'key' | 'value'): Location | undefined {
    const entry = this.#rendered.objects.get(object)
    return entry && locatePath(entry, path, part, placeOfDocument(entry.document))
  }

  origins(object: KubeObject, path: Path): readonly Origin[] {
    const entry = this.#rendered.objects.get(object)
    if (!entry) return []
    return originsOf(entry, path, placeOfDocument(entry.document), (cell) => otherPlaces(this.#rendered.layers, cell))
  }

  locateWithin(object: KubeObject, path: Path, range: Span): Location | undefined {
    const entry = this.#rendered.objects.get(object)
    return entry && locateWithin(entry, path, range, placeOfDocument(entry.document))
  }

  at(file: string, offset: number): { object: KubeObject; path: Path; part: 'key' | 'value' } | undefined {
    this.#uses ??= new Uses(this.#rendered.objects)
    return this.#uses.at(file, offset)
  }

  rewrite(changes: readonly ObjectChange[]): readonly Rewriting[] | { readonly refused: string } {
    const installation = this.#installation
    return rewriteChart(changes, {
      rendered: this.#rendered,
      render: (files) => renderFor(files, installation, this.objects),
      folder: installation.folder,
      variant: filesOf(installation).at(-1),
    })
  }
}

function problemsOf({ problems }: Rendering, folder: string): Problem[] {
  return problems.map(({ message, fatal, incomplete, location, said }) => ({
    ...(location ?? { file: chartFile(folder), span: { start: 0, end: 0 } }),
    message,
    // What an author asks for is given by whoever installs the chart.
    severity: fatal && !said ? 'error' : 'warning',
    ...(fatal && incomplete ? { incomplete: true } : {}),
  }))
}
