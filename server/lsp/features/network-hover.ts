import type { Endpoint } from '../../model/network/endpoint.ts'
import type { EntryPoint } from '../../model/network/exposure.ts'
import { POLICY_KINDS } from '../../model/network/layers.ts'
import {
  addedBy,
  connects,
  type Loss,
  type Neighbour,
  neighboursOf,
  policiesFor,
  policiesOf,
  selectedBy,
} from '../../model/network/neighbours.ts'
import { matchRule } from '../../model/network/parts.ts'
import type { Direction, Policy, Rule } from '../../model/network/policy.ts'
import { DIRECTIONS } from '../../model/network/policy.ts'
import type { Reachability } from '../../model/network/reachability.ts'
import { isFull } from '../../model/network/rows.ts'
import { has, isEmpty, members } from '../../model/network/sets/bits.ts'
import { type Connections, describeConnections, NONE, union } from '../../model/network/sets/connections.ts'
import { atAddress } from '../../model/network/sets/addresses.ts'
import { admits } from '../../model/network/ways-in.ts'
import type { KubeObject } from '../../model/object.ts'
import type { Path } from '../../model/value.ts'
import { type Workload, workloadOf } from '../../model/workload.ts'
import { code } from '../../report/markdown.ts'
import { endName, groupEnds, listed, sayEnds } from '../../report/network/ends.ts'
import { count } from '../../report/printable.ts'
import type { Place } from '../feature.ts'
import { isHead, perEnvironment, sections, seenAt } from './subjects.ts'

/** Who reaches a workload and whom it reaches; whom a policy selects and what it allows; what a rule adds. */
export function networkHover(place: Place): readonly string[] {
  const seen = seenAt(place)
  const whole = perEnvironment(seen, ({ environment, object, path }): readonly string[] | undefined => {
    if (!isHead(path) && !isSelector(path)) return undefined
    const { reachability, exposure } = environment.model.facts
    if (isPolicy(object)) return policyLines(reachability, policiesOf(reachability, object))
    const workload = isHead(path) ? workloadOf(object) : undefined
    return workload && workloadLines(reachability, workload, exposure.of(workload))
  })
  const rules = perEnvironment(seen, ({ environment, object, path }) =>
    isPolicy(object) ? ruleLines(environment.model.facts.reachability, object, path) : undefined,
  )
  return [...sections(whole, '  \n'), ...sections(rules, '  \n')]
}

function isPolicy({ groupKind }: KubeObject): boolean {
  return POLICIES.has(groupKind)
}

const POLICIES = new Set(POLICY_KINDS)

function isSelector(path: Path): boolean {
  return path.length === 2 && path[0] === 'spec' && (path[1] === 'podSelector' || path[1] === 'selector' || path[1] === 'endpointSelector')
}

function workloadLines(network: Reachability, workload: Workload, entries: readonly EntryPoint[]): string[] | undefined {
  const index = network.indexOf(workload)
  if (index === undefined) return undefined
  const { reachedBy, reaches, internet } = neighboursOf(network, index)
  const web = { names: ['the internet'], connections: internet.must, certain: true, more: internet.must !== internet.may }
  const to = [
    ...groupEnds(network, reaches, index).map(sayEnds),
    ...(internet.must !== NONE
      ? [sayEnds(web)]
      : internet.may !== NONE
        ? [`some addresses of the internet on ${describeConnections(internet.may)}`]
        : []),
  ]
  const from = groupEnds(network, reachedBy, index).map(sayEnds)
  const policies = policiesFor(network, workload).filter(({ object }) => object.unit !== '')
  const open = DIRECTIONS.filter((direction) => isFull(network.row(index, direction).must, network.space.ends))
  return [
    `Reached by ${from.length === 0 ? 'no pod' : from.join('; ')}.${open.includes('ingress') ? ' No policy limits its ingress.' : ''}`,
    `Reaches ${to.length === 0 ? 'nothing' : to.join('; ')}.${open.includes('egress') ? ' No policy limits its egress.' : ''}`,
    ...waysIn(network, index, entries),
    ...(policies.length === 0 ? [] : [`Selected by ${listed(policies.map(({ object }) => `${object.kind} ${code(object.name)}`))}.`]),
    ...enforcement(network),
  ]
}

function enforcement({ dataplane }: Reachability): string[] {
  return dataplane.enforces ? [] : [`${code(dataplane.name)} enforces no policies: as long as it is used, every pod is reached.`]
}

function waysIn(network: Reachability, index: number, entries: readonly EntryPoint[]): string[] {
  const outside = entries.filter(({ from }) => from === 'outside')
  const texts = outside.map((entry) => {
    const { via, port, protocol } = entry
    const admitted = admits(network, index, entry)
    const where = `${via.kind} ${code(via.name)}${port === undefined ? '' : ` on ${protocol} ${port}`}`
    return admitted === false
      ? `${where} would open it to the outside, but policies do not let its controller in`
      : `${admitted === true ? 'Reached' : 'Possibly reached'} from outside through ${where}`
  })
  return [...new Set(texts)].map((text) => `${text}.`)
}

function policyLines(network: Reachability, policies: readonly Policy[]): string[] | undefined {
  if (policies.length === 0) return undefined
  const { must, may } = selectedBy(network, policies)
  const { endpoints } = network.space
  const home = policies[0]?.object.namespace ?? ''
  const named = (wanted: (index: number) => boolean): string[] =>
    members(may).flatMap((index) => {
      const endpoint = endpoints[index]
      return endpoint?.workload && wanted(index) ? [endName(endpoint, home)] : []
    })
  const certain = named((index) => has(must, index))
  const perhaps = named((index) => !has(must, index))
  const invalid = policies.some((policy) => policy.invalid)
  return [
    `Selects ${certain.length === 0 ? 'no workload of these files' : `${count(certain.length, 'workload')}: ${listed(certain)}`}${perhaps.length === 0 ? '' : `; possibly ${listed(perhaps)}`}.`,
    ...DIRECTIONS.flatMap((direction) => directionLine(network, policies, direction)),
    ...(invalid ? ['The API server refuses it: it is not in force.'] : []),
    ...enforcement(network),
  ]
}

function directionLine(network: Reachability, policies: readonly Policy[], direction: Direction): string[] {
  const concerned = policies.filter(({ applies }) => applies[direction] !== false)
  if (concerned.length === 0) return []
  const rules = concerned.flatMap((policy) => policy[direction].map((rule) => ({ policy, rule })))
  const isolates = concerned.some((policy) => policy.isolates[direction] === true)
  const said = rules.slice(0, MOST_RULES).map(({ policy, rule }) => sayRule(network, policy, rule, direction))
  const rest = rules.length > MOST_RULES ? [`${rules.length - MOST_RULES} more rules`] : []
  const name = direction === 'ingress' ? 'Ingress' : 'Egress'
  if (rules.length === 0) return isolates ? [`${name}: allows nothing; what no other policy allows is closed.`] : []
  return [`${name}: ${[...said, ...rest].join('; ')}${isolates ? '; what no policy allows is closed' : ''}.`]
}

const MOST_RULES = 4

const ACTIONS = { allow: 'allows', deny: 'denies', pass: 'passes on' } as const

/** ``allows `frontend` on TCP 8080``: what a rule matches at the pods of its policy. */
function sayRule(network: Reachability, policy: Policy, rule: Rule, direction: Direction): string {
  const { space } = network
  const [index] = members(selectedBy(network, [policy]).may)
  const part = (bound: 'must' | 'may') => matchRule(space, rule, direction, index ?? 0, bound)
  const [must, may] = [part('must'), part('may')]
  const found = new Map<number, { must: Connections; may: Connections }>()
  const put = (bound: 'must' | 'may', { groups }: typeof must): void => {
    for (const { connections, endpoints } of groups) {
      for (const other of members(endpoints)) {
        const known = found.get(other) ?? { must: NONE, may: NONE }
        known[bound] = union(known[bound], connections)
        found.set(other, known)
      }
    }
  }
  put('must', must)
  put('may', may)
  const isShown = (endpoint: Endpoint | undefined): boolean => endpoint?.type !== 'node' && (direction === 'egress' || connects(endpoint))
  const shown = [...found].filter(([other]) => isShown(space.endpoints[other]))
  const neighbours = shown.map(([other, allowed]): Neighbour => ({ index: other, ...allowed }))
  const ends = groupEnds(network, neighbours, -1, policy.object.namespace).map(sayEnds)
  const outside = addressText(may.addresses)
  return `${ACTIONS[rule.action]} ${[...ends, ...(outside ? [outside] : [])].join(' and ') || 'no pod of these files'}`
}

/** What a rule says of addresses outside the cluster. */
function addressText(addresses: ReturnType<typeof matchRule>['addresses']): string | undefined {
  const values = [...new Set(addresses.values)].filter((value) => value !== NONE)
  if (values.length === 0) return undefined
  const all = addresses.values.length === 1 && atAddress(addresses, 0n) !== NONE
  return `${all ? 'every address' : 'some addresses'} outside on ${describeConnections(values.reduce(union))}`
}

function ruleLines(network: Reachability, object: KubeObject, path: Path): readonly string[] | undefined {
  for (const policy of policiesOf(network, object)) {
    for (const direction of DIRECTIONS) {
      const rule = policy[direction].find(({ path: at }) => isWithin(path, at))
      if (!rule) continue
      const lines = [`This rule ${sayRule(network, policy, rule, direction)}.`, ...added(network, policy, rule, direction)]
      const peer = rule.peers.find(({ path: at }) => isWithin(path, at))
      return peer && rule.peers.length > 1 ? [...lines, sayPeer(network, policy, peer)] : lines
    }
  }
  return undefined
}

function isWithin(path: Path, outer: Path): boolean {
  return path.length >= outer.length && outer.every((step, i) => path[i] === step)
}

function sayPeer(network: Reachability, policy: Policy, { test }: Rule['peers'][number]): string {
  const { must, may } = network.space.match(test)
  const names = (wanted: (index: number) => boolean): string[] =>
    members(may).flatMap((index) => {
      const endpoint = network.space.endpoints[index]
      return endpoint?.workload && wanted(index) ? [endName(endpoint, policy.object.namespace)] : []
    })
  const [certain, perhaps] = [names((index) => has(must, index)), names((index) => !has(must, index))]
  if (certain.length + perhaps.length === 0) return 'This peer means no workload of these files.'
  return `This peer means ${[...(certain.length > 0 ? [listed(certain)] : []), ...(perhaps.length > 0 ? [`possibly ${listed(perhaps)}`] : [])].join(', ')}.`
}

function added(network: Reachability, policy: Policy, rule: Rule, direction: Direction): string[] {
  if (rule.action !== 'allow') return []
  if (isEmpty(selectedBy(network, [policy]).may)) return ['Its policy selects no pod.']
  const losses = addedBy(network, policy, rule).filter(({ index, other }) => isBetweenWorkloads(network, index, other))
  if (losses.length === 0)
    return ['Removing it closes no connection between these workloads: other rules allow the same, or nothing matches it.']
  const home = policy.object.namespace
  const name = (index: number): string => {
    const endpoint = network.space.endpoints[index]
    return endpoint ? endName(endpoint, home) : ''
  }
  const pair = ({ index, other, connections }: Loss): string => {
    const [from, to] = direction === 'ingress' ? [other, index] : [index, other]
    return `${name(from)} → ${name(to)} on ${describeConnections(connections)}`
  }
  return [`Removing it would close ${listed(losses.map(pair))}.`]
}

function isBetweenWorkloads({ space: { endpoints } }: Reachability, a: number, b: number): boolean {
  return endpoints[a]?.workload !== undefined && endpoints[b]?.workload !== undefined
}
