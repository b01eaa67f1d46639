import { describe, expect, it } from 'vitest'
import { join } from 'node:path'
import { readJson, readText } from './data.ts'
import { linesOf, mismatches } from './nca/map.ts'
import { load } from './nca/config.ts'
import { type Asked, ask, differences, network, QUERIES } from './nca/queries.ts'

interface Scheme {
  readonly scheme: string
  readonly configs: readonly { readonly name: string; readonly sources: readonly string[] }[]
  readonly queries: readonly {
    readonly name: string
    readonly type: string
    readonly configSets: readonly string[]
    readonly expected: number | null
    readonly expectedOutput: string | null
    readonly outputFormat: string
  }[]
}

const schemes = readJson<Scheme[]>('network/nca/index.json')

/** Answers that differ, each with what the dialect says. They are tests too: one that comes to agree is noticed. */
const MISSES: Readonly<Record<string, string>> = {
  'semantic_diff_istio-operation-regex-2':
    'The answer contradicts the one for `istio-test-operation-regex-equiv2`, which finds the same two policies not equivalent. In Istio `*` means that the value is not empty.',
  istio1_policy:
    'An empty list of namespaces is no condition in Istio (a list that is not set and one that is empty are the same message), so the rule is not empty.',
  redundancy_with_ingress:
    'A rule that another policy of the same tier repeats word for word changes nothing when it is removed; the answer counts fewer.',
  'onlineboutique-sidecars-connectivity':
    'Gateways and VirtualServices route requests and refuse none (istio#52619); their hosts are not taken for limits of who may connect.',
}

describe('queries about policies, as network-config-analyzer answers them', () => {
  let queries = 0
  for (const scheme of schemes) {
    const asked = (set: string): Asked => {
      const [name = '', ...rest] = set.split('/')
      const config = scheme.configs.find((config) => config.name === set) ?? scheme.configs.find((config) => config.name === name)
      if (!config) throw new Error(`no configuration ${set}`)
      return ask(load(scheme.scheme, config), set, config.name === set ? undefined : rest.join('/'))
    }
    scheme.queries.forEach((query, i) => {
      queries++
      const name = `${scheme.scheme
        .split('/')
        .at(-1)
        ?.replace(/-?scheme\.yaml$/, '')}: ${query.name} (${query.type} ${i})`
      const reason = MISSES[query.name]
      if (reason === undefined) it(name, () => check(query, asked))
      else it.fails(`${name} differs: ${reason}`, () => check(query, asked))
    })
  }
  it('saw the queries', () => expect(queries).toBeGreaterThan(100))
})

function check(query: Scheme['queries'][number], asked: (set: string) => Asked): void {
  const run = QUERIES[query.type]
  if (!run) throw new Error(`no query ${query.type}`)
  const sets = query.configSets.map(asked)
  const result = run(sets)
  if (query.expected !== null) expect(result).toBe(query.expected)
  if (query.expectedOutput === null || query.outputFormat === 'dot') return
  const report = readText(join('network/nca', query.expectedOutput))
  if (query.type === 'connectivityMap') {
    for (const { name, objects } of sets) {
      const lines = linesOf(report, query.outputFormat, name)
      if (lines) expect(mismatches(network(objects), lines).slice(0, 8)).toEqual([])
    }
  } else if (query.type === 'semanticDiff') {
    const [first, second] = sets
    const categories = [...report.matchAll(/^(.*) \(based on topology from config: .*\) :$/gm)].map(([, category]) => category)
    if (first && second) expect(differences(first, second).map(({ category }) => category)).toEqual(categories)
  }
}
