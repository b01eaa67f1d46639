import type { NamedText } from '../sources/chart/load-values.ts'
import { printManifests } from '../sources/chart/print.ts'
import { type RenderOptions, type Rendering, renderChart } from '../sources/chart/render.ts'
import type { SetOption } from '../sources/chart/set.ts'
import { tracedValues } from '../sources/chart/traced.ts'
import type { Files } from '../sources/unit.ts'
import { LineIndex } from '../text/line-index.ts'
import { type Arguments, type Options, UsageError } from './arguments.ts'
import type { ExitCode } from './command.ts'
import type { CliHost } from './host.ts'

const SET_KINDS = ['set', 'set-string', 'set-json', 'set-file', 'set-literal'] as const

export const CHART_OPTIONS: Options = {
  values: {
    type: 'string',
    multiple: true,
    short: 'f',
    value: 'FILE',
    help: 'A values file; may be given several times, the last one wins.',
  },
  set: { type: 'string', multiple: true, value: 'KEY=VALUE', help: 'A value; may be given several times.' },
  'set-string': { type: 'string', multiple: true, value: 'KEY=VALUE', help: 'A value that is a string, whatever it looks like.' },
  'set-json': { type: 'string', multiple: true, value: 'KEY=JSON', help: 'A value in JSON.' },
  'set-file': { type: 'string', multiple: true, value: 'KEY=FILE', help: 'A value that is the content of a file.' },
  'set-literal': { type: 'string', multiple: true, value: 'KEY=VALUE', help: 'A value in which nothing is special.' },
  release: { type: 'string', value: 'NAME', help: 'The name of the release; release-name without it.' },
  namespace: { type: 'string', short: 'n', value: 'NAME', help: 'The namespace of the release; default without it.' },
  'is-upgrade': { type: 'boolean', help: 'As an upgrade instead of an installation.' },
  'helm-version': { type: 'string', value: '3|4', help: 'As which Helm; 3 without it.' },
  'kube-version': { type: 'string', value: 'VERSION', help: 'The version of Kubernetes that templates see.' },
  'api-versions': {
    type: 'string',
    multiple: true,
    short: 'a',
    value: 'API',
    help: 'An API that the cluster has beyond Kubernetes’ own.',
  },
  'include-crds': { type: 'boolean', help: 'With the custom resource definitions of the chart.' },
  'skip-tests': { type: 'boolean', help: 'Without tests.' },
  'no-hooks': { type: 'boolean', help: 'Without hooks.' },
  'show-only': { type: 'string', multiple: true, short: 's', value: 'TEMPLATE', help: 'Only what this template renders.' },
  provenance: { type: 'boolean', help: 'Instead of manifests, a line of JSON for each value: where it is written.' },
}

/** Prints what `helm template` would. */
export async function printChart(chart: string, args: Arguments, host: CliHost): Promise<ExitCode> {
  const found = await host.readChart(chart)
  if ('problem' in found) throw new UsageError(`${chart}: ${found.problem}.`)
  const folder = chart.replace(/\/+$/, '') || '/'
  const files = new Map(found.map((file) => [`${folder}/${file.path}`, { ...file, path: `${folder}/${file.path}` }]))
  const options = await optionsFrom(args, host)
  const rendering = renderChart(files, folder, options)
  for (const { message, fatal } of rendering.problems) if (!fatal) await host.stderr.write(`${message}\n`)
  if (rendering.failure) {
    await host.stderr.write(`Error: ${rendering.failure.message}\n`)
    return 2
  }
  if (args.flag('provenance')) {
    for (const line of provenanceLines(rendering, textsOf(files, options))) await host.stdout.write(`${line}\n`)
    return 0
  }
  const printed = printManifests(rendering, {
    includeCrds: args.flag('include-crds'),
    skipTests: args.flag('skip-tests'),
    noHooks: args.flag('no-hooks'),
    showOnly: args.texts('show-only'),
  })
  if (typeof printed !== 'string') {
    await host.stderr.write(`Error: ${printed.error}\n`)
    return 2
  }
  await host.stdout.write(printed)
  return 0
}

async function optionsFrom(args: Arguments, host: CliHost): Promise<RenderOptions> {
  const set = SET_KINDS.flatMap((kind) => args.texts(kind).map((text): SetOption => ({ kind, text })))
  const contents = await setFiles(args.texts('set-file'), host)
  const kubeVersion = args.text('kube-version')
  return {
    helm: args.choice('helm-version', ['3', '4']) === '4' ? 4 : 3,
    release: {
      name: args.text('release') ?? 'release-name',
      namespace: args.text('namespace') ?? 'default',
      isUpgrade: args.flag('is-upgrade'),
    },
    values: await valuesFrom(args.texts('values'), host),
    set,
    readFile: (path) => contents.get(path),
    apiVersions: args.texts('api-versions').flatMap((each) => each.split(',')),
    ...(kubeVersion === undefined ? {} : { kubeVersion }),
  }
}

const MAX_INPUT = 64 * 1024 * 1024

async function valuesFrom(paths: readonly string[], host: CliHost): Promise<NamedText[]> {
  const files: NamedText[] = []
  for (const path of paths) {
    const file = path === '-' ? await host.readInput('-', MAX_INPUT) : await host.readFile(path)
    if (!file) throw new UsageError(`There is no file ${path}.`)
    if (file.problem) throw new UsageError(`${path}: ${file.problem}`)
    files.push({ name: path, file: path, text: file.text })
  }
  return files
}

/** What stands behind the `=` of each pair, up to a comma that is not escaped. */
async function setFiles(options: readonly string[], host: CliHost): Promise<ReadonlyMap<string, string>> {
  const contents = new Map<string, string>()
  for (const path of options.flatMap((option) => option.split(/(?<!\\),/)).map((pair) => pair.slice(pair.indexOf('=') + 1))) {
    const file = await host.readFile(path)
    if (file && !file.problem) contents.set(path, file.text)
  }
  return contents
}

function textsOf(files: Files, { values = [] }: RenderOptions): ReadonlyMap<string, string> {
  return new Map([
    ...[...files.values()].map(({ path, text }) => [path, text] as const),
    ...values.map(({ name, text }) => [name, text] as const),
  ])
}

function provenanceLines(rendering: Rendering, texts: ReadonlyMap<string, string>): string[] {
  const indexes = new Map<string, LineIndex>()
  const shown = (file: string, offset: number): string => {
    const index = indexes.get(file) ?? new LineIndex(texts.get(file) ?? '')
    indexes.set(file, index)
    const { line, character } = index.position(offset)
    return `${file}:${line + 1}:${character + 1}`
  }
  return tracedValues(rendering).map(({ source, object, path, value, origins }) => {
    const from = origins.map(({ file, span, role }) => ({ at: shown(file, span.start), role }))
    return JSON.stringify({ source, object, path: path.join('.'), value, origins: from })
  })
}
