import { printManifests } from '../../../server/sources/chart/print.ts'
import { type RenderOptions, type Rendering, renderChart } from '../../../server/sources/chart/render.ts'
import type { Files } from '../../../server/sources/unit.ts'

/** Files of a chart in the folder `app`; a `Chart.yaml` is there unless another one is given. */
export function chartFiles(texts: Readonly<Record<string, string>>): Files {
  const all = { 'Chart.yaml': 'apiVersion: v2\nname: app\nversion: 1.0.0\nappVersion: "2.1"\n', ...texts }
  return new Map(Object.entries(all).map(([path, text]) => [`app/${path}`, { path: `app/${path}`, text }]))
}

export type Rest = Partial<Omit<RenderOptions, 'values'>> & { readonly values?: string }

export function rendered(texts: Readonly<Record<string, string>>, { values, ...rest }: Rest = {}): Rendering {
  return renderChart(chartFiles(texts), 'app', {
    helm: 3,
    release: { name: 'rel', namespace: 'ns' },
    ...(values === undefined ? {} : { values: [{ name: 'given.yaml', file: 'given.yaml', text: values }] }),
    ...rest,
  })
}

/** What `helm template` prints, or the message that it ends with. */
export function printed(texts: Readonly<Record<string, string>>, options?: Rest): string {
  const rendering = rendered(texts, options)
  if (rendering.failure) return `Error: ${rendering.failure.message}`
  const text = printManifests(rendering)
  return typeof text === 'string' ? text : `Error: ${text.error}`
}

/** What one template in a ConfigMap's place prints. */
export function output(template: string, values = '', options: Rest = {}): string {
  const rendering = rendered({ 'templates/x.txt': template, 'values.yaml': values }, options)
  return rendering.failure ? `Error: ${rendering.failure.message}` : (rendering.rendered.get('app/templates/x.txt')?.text ?? '')
}
