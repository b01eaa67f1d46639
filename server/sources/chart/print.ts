import { trimSpace } from '../../syntax/go/unicode.ts'
import { extPath, matchPath } from '../../syntax/go/path.ts'
import { textOf } from '../../syntax/go-template/text.ts'
import { nowhere } from '../../syntax/go-template/provenance.ts'
import { type RenderedDocument, splitManifests } from './manifests.ts'
import { type Chart, chartPath } from './model.ts'
import type { Rendering } from './render.ts'

export interface PrintOptions {
  readonly includeCrds?: boolean
  readonly skipTests?: boolean
  readonly noHooks?: boolean
  /** Patterns of templates below the chart's folder. */
  readonly showOnly?: readonly string[]
}

/** What `helm template` prints; a pattern that fits nothing is an error. */
export function printManifests(rendering: Rendering, options: PrintOptions = {}): string | { readonly error: string } {
  const parts: string[] = []
  if (options.includeCrds && rendering.chart)
    for (const { source, text } of crdsOf(rendering.chart)) parts.push(`---\n# Source: ${source}\n${text}\n`)
  for (const document of rendering.documents) parts.push(printed(document))
  let output = `${trimSpace(parts.join(''))}\n`
  if (!options.noHooks) {
    for (const hook of rendering.hooks) {
      if (options.skipTests && hook.hook?.some((event) => event === 'test' || event === 'test-success')) continue
      output += printed(hook)
    }
  }
  return options.showOnly && options.showOnly.length > 0 ? showOnly(output, options.showOnly) : output
}

function printed({ template, text }: RenderedDocument): string {
  return `---\n# Source: ${template}\n${text.text}\n`
}

/** The files of `crds/`, which are never templates, of a chart and all below it. */
export function crdsOf(
  chart: Chart,
): { readonly chart: Chart; readonly source: string; readonly path: string | undefined; readonly text: string }[] {
  const own = chart.files
    .filter(({ name }) => name.startsWith('crds/') && ['.yaml', '.yml', '.json'].includes(extPath(name).toLowerCase()))
    .map(({ name, path, text }) => ({ chart, source: `${chartPath(chart)}/${name}`, path, text }))
  return [...own, ...chart.dependencies.flatMap(crdsOf)]
}

function showOnly(output: string, patterns: readonly string[]): string | { readonly error: string } {
  const documents = splitManifests(textOf(output, nowhere())).map(({ text }) => text)
  let result = ''
  for (const pattern of patterns) {
    const shown = documents.filter((document) => {
      const name = /# Source: [^/]+\/(.+)/.exec(document)?.[1]
      return name !== undefined && matchPath(pattern, name) === true
    })
    if (shown.length === 0) return { error: `could not find template ${pattern} in chart` }
    result += shown.map((document) => `---\n${document}\n`).join('')
  }
  return result
}
