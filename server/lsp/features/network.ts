import type { Analysis } from '../../analysis/analyse.ts'
import type { EntryPoint } from '../../model/network/exposure.ts'
import { POLICY_KINDS } from '../../model/network/layers.ts'
import { additionOf, neighboursOf, policiesOf, selectedBy } from '../../model/network/neighbours.ts'
import { DIRECTIONS, type Policy } from '../../model/network/policy.ts'
import type { Reachability } from '../../model/network/reachability.ts'
import { isFull } from '../../model/network/rows.ts'
import { has, members } from '../../model/network/sets/bits.ts'
import { ALL, NONE } from '../../model/network/sets/connections.ts'
import { admits } from '../../model/network/ways-in.ts'
import { WORKLOAD_KINDS, type Workload, workloadOf } from '../../model/workload.ts'
import { code } from '../../report/markdown.ts'
import { type Counted, countEnds, listed } from '../../report/network/ends.ts'
import { peersNamed, portNamed } from '../../report/network/asked.ts'
import { explainReport } from '../../report/network/explain.ts'
import { explainMarkdown } from '../../report/network/explain-markdown.ts'
import { connectionsMarkdown } from '../../report/network/neighbours.ts'
import { count } from '../../report/printable.ts'
import type { Choice, Feature, Lens, View } from '../feature.ts'
import { networkHover } from './network-hover.ts'
import { inEnvironments, perEnvironment, type Seen, writtenIn } from './subjects.ts'

const KINDS = new Set([...WORKLOAD_KINDS, ...POLICY_KINDS])
const POLICIES = new Set(POLICY_KINDS)

/** Objects of one file that have lenses: nobody reads more, and they are to be there at once. */
const MOST = 200

/** Who can reach whom: said above workloads and policies, and explained. */
export const networkFeature: Feature = {
  name: 'network',
  hover: networkHover,
  lenses(analysis, file) {
    return writtenIn(analysis, file, ({ groupKind }) => KINDS.has(groupKind))
      .slice(0, MOST)
      .flatMap(({ seen, ...at }): Lens[] =>
        perEnvironment(seen, titlesOf).flatMap(({ of, environments, first: { object } }) =>
          of.map((title) => ({
            ...at,
            title: `${inEnvironments(environments)}${title}`,
            view: { view: 'connections', parameters: { of: object.id } },
          })),
        ),
      )
  },
  views: {
    connections: (analysis, { of = '' }) => connectionsView(analysis, of),
    explain: (analysis, { from = '', to = '', port = '' }) => explainView(analysis, from, to, port),
  },
  choices: {
    sender: (analysis) => [...workloadChoices(analysis), ...endChoices(analysis, ['fresh']), INTERNET],
    receiver: (analysis) => [...workloadChoices(analysis), ...endChoices(analysis, ['apiserver', 'name', 'virtual']), INTERNET],
  },
}

function titlesOf({ environment, object }: Seen): string[] | undefined {
  const { reachability, exposure } = environment.model.facts
  if (POLICIES.has(object.groupKind)) {
    const policies = policiesOf(reachability, object)
    if (policies.length === 0) return undefined
    const { must, may } = selectedBy(reachability, policies)
    const workloads = members(may).filter((index) => reachability.space.endpoints[index]?.workload)
    const certain = workloads.filter((index) => has(must, index)).length
    if (workloads.length === 0) return ['selects no workload of these files']
    return [`${counted('selects', certain, workloads.length - certain)}${adds(reachability, policies)}`]
  }
  const workload = workloadOf(object)
  const index = workload && reachability.indexOf(workload)
  if (!workload || index === undefined) return undefined
  const { reachedBy, reaches, internet } = neighboursOf(reachability, index)
  const web = internet.may === NONE ? '' : internet.must === NONE ? ', some of the internet' : ', the internet'
  const entries = outside(reachability, index, exposure.of(workload))
  return [
    isFull(reachability.row(index, 'ingress').must, reachability.space.ends)
      ? 'open to every pod'
      : ends('reached by', countEnds(reachability, reachedBy, index)),
    `${ends('reaches', countEnds(reachability, reaches, index))}${web}`,
    ...(entries.length > 0 ? [`from outside: ${listed(entries, 2)}`] : []),
    ...(reachability.dataplane.enforces ? [] : [`${reachability.dataplane.name} enforces no policies`]),
  ]
}

/** `, adds 3 connections and the internet`: what the rules of a policy allow and no other does. */
function adds(network: Reachability, policies: readonly Policy[]): string {
  const grants = policies.some((policy) => DIRECTIONS.some((direction) => policy[direction].some(({ action }) => action === 'allow')))
  const addition = grants && additionOf(network, policies)
  if (!addition) return ''
  const { pairs, outside } = addition
  const said = [...(pairs > 0 ? [count(pairs, 'connection')] : []), ...(outside ? ['addresses outside'] : [])]
  return `, adds ${said.join(' and ') || 'no connection'}`
}

/** What opens ways in that policies do not close. */
function outside(network: Reachability, index: number, entries: readonly EntryPoint[]): string[] {
  const ways = entries.filter(({ from }) => from === 'outside').map((entry) => ({ entry, admitted: admits(network, index, entry) }))
  const certain = new Set(ways.flatMap(({ entry: { via }, admitted }) => (admitted === true ? [`${via.kind} ${via.name}`] : [])))
  const perhaps = ways.flatMap(({ entry: { via }, admitted }) => (admitted === 'unknown' ? [`${via.kind} ${via.name}`] : []))
  return [...certain, ...[...new Set(perhaps)].filter((name) => !certain.has(name)).map((name) => `possibly ${name}`)]
}

/** `reached by 3 workloads, possibly 1 more`: what a lens has room for. */
function ends(verb: string, { certain, possible, everyPod }: Counted): string {
  if (everyPod) return `${everyPod === 'certain' ? '' : 'possibly '}${verb} every pod`
  return counted(verb, certain, possible)
}

function counted(verb: string, certain: number, possible: number): string {
  if (certain === 0 && possible > 0) return `possibly ${verb} ${count(possible, 'workload')}`
  return `${verb} ${count(certain, 'workload')}${possible > 0 ? `, possibly ${possible} more` : ''}`
}

function connectionsView(analysis: Analysis, id: string): View | undefined {
  const text = connectionsMarkdown(analysis, id)
  return text === undefined ? undefined : { title: `Connections of ${id.split('/').at(-1) ?? id}.md`, text }
}

function explainView(analysis: Analysis, from: string, to: string, port: string): View | undefined {
  const wanted = port.trim() === '' ? ALL : portNamed(port.trim())
  if (wanted === undefined || wanted === 'impossible')
    return { title: 'Explain Connection.md', text: `${code(port)} is no port: write 8080, or udp/53.\n` }
  const find = (reachability: Reachability) => {
    const [[source], [target]] = [peersNamed(from, reachability), peersNamed(to, reachability)]
    return source && target ? { from: source, to: target } : undefined
  }
  const report = explainReport(analysis, find, wanted)
  return report && { title: `${report.from} to ${report.to}.md`.replaceAll('/', ' '), text: explainMarkdown(report) }
}

const INTERNET: Choice = { value: 'internet', label: 'the internet', detail: 'addresses outside the cluster' }

/** Workloads of all environments, each once. */
function workloadChoices(analysis: Analysis): Choice[] {
  const found = new Map<string, Workload>()
  for (const { model } of analysis.environments) {
    for (const workload of model.facts.workloads) if (!found.has(workload.object.id)) found.set(workload.object.id, workload)
  }
  return [...found.values()].flatMap(({ object: { id, kind, namespace, name, file } }): Choice[] =>
    name === '' ? [] : [{ value: id, label: namespace === '' ? name : `${namespace}/${name}`, detail: `${kind}, ${file}` }],
  )
}

function endChoices(analysis: Analysis, types: readonly string[]): Choice[] {
  const found = new Map<string, Choice>()
  for (const { model } of analysis.environments) {
    const { space } = model.facts.reachability
    for (const { id, type, name, namespace, workload } of space.endpoints) {
      const own = type === 'pod' && !workload ? 'virtual' : type
      if (!types.includes(own)) continue
      const label = type === 'fresh' ? `${name} in ${namespace === '' ? 'the namespace that is left open' : namespace}` : name
      found.set(id, { value: id, label, detail: type === 'fresh' ? 'without labels' : 'not in these files' })
    }
  }
  return [...found.values()]
}
