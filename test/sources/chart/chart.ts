import { gzipSync, strToU8 } from 'fflate'
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

/** What one template prints, whatever it is; or the message that Helm ends with. */
export function output(template: string, values = '', options: Rest = {}): string {
  const rendering = rendered({ 'templates/x.txt': template, 'values.yaml': values }, options)
  return rendering.rendered.get('app/templates/x.txt')?.text ?? `Error: ${rendering.failure?.message}`
}

/** A packed chart: a tar file, compressed. */
export function packed(texts: Readonly<Record<string, string>>): Uint8Array {
  const blocks = Object.entries(texts).flatMap(([name, text]) => {
    const content = strToU8(text)
    const header = new Uint8Array(512)
    const put = (at: number, value: string): void => header.set(strToU8(value), at)
    put(0, name)
    put(100, '0000644\0')
    put(124, `${content.length.toString(8).padStart(11, '0')}\0`)
    put(148, '        ')
    put(156, '0')
    put(257, 'ustar\x0000')
    put(
      148,
      `${header
        .reduce((sum, byte) => sum + byte, 0)
        .toString(8)
        .padStart(6, '0')}\0 `,
    )
    const padded = new Uint8Array(Math.ceil(content.length / 512) * 512)
    padded.set(content)
    return [header, padded]
  })
  const whole = new Uint8Array(blocks.reduce((sum, block) => sum + block.length, 1024))
  let at = 0
  for (const block of blocks) {
    whole.set(block, at)
    at += block.length
  }
  return gzipSync(whole)
}
