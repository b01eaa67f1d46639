import type { Analysis } from '../../analysis/analyse.ts'
import { type Neighbour, neighboursOf, policiesFor, policiesOf, selectedBy } from '../../model/network/neighbours.ts'
import type { Reachability } from '../../model/network/reachability.ts'
import { has, members } from '../../model/network/sets/bits.ts'
import { describeConnections, NONE } from '../../model/network/sets/connections.ts'
import type { KubeObject } from '../../model/object.ts'
import { admits } from '../../model/network/ways-in.ts'
import { type Workload, workloadOf } from '../../model/workload.ts'
import { byEnvironment, type Lines, linesOf } from '../access/grants.ts'
import { code, link, literal } from '../markdown.ts'
import { groupEnds } from './ends.ts'

/** Who reaches a workload and whom it reaches, or what a policy selects, as a document; undefined when no object has the id. */
export function connectionsMarkdown(analysis: Analysis, id: string): string | undefined {
  const lines = linesOf(analysis)
  const find = (objects: readonly KubeObject[]): KubeObject | undefined => objects.find((object) => object.id === id)
  const environments = analysis.environments.filter(({ model }) => find(model.objects) !== undefined)
  const first = environments[0] && find(environments[0].model.objects)
  if (!first) return undefined
  const answers = byEnvironment({ ...analysis, environments }, ({ model: { objects, facts } }) => {
    const object = find(objects)
    const workload = object && workloadOf(object)
    const sections = workload
      ? workloadSections(facts, workload, lines)
      : policySections(facts.reachability, policiesOf(facts.reachability, object ?? first), lines)
    return { sections }
  })
  const blocks = answers.flatMap(({ environments: names, sections }) => [
    ...(answers.length > 1 ? [`## ${literal(names.join(', '))}`] : []),
    ...sections,
  ])
  return `${[`# ${literal(first.kind)} ${code(first.namespace === '' ? first.name : `${first.namespace}/${first.name}`)}`, ...blocks].join('\n\n')}\n`
}

function workloadSections(
  {
    reachability,
    exposure,
  }: { readonly reachability: Reachability; readonly exposure: Analysis['environments'][number]['model']['facts']['exposure'] },
  workload: Workload,
  lines: Lines,
): string[] {
  const index = reachability.indexOf(workload)
  if (index === undefined) return ['No policy of the files sees its pods.']
  const { reachedBy, reaches, internet } = neighboursOf(reachability, index)
  const web =
    internet.may === NONE
      ? []
      : [`| the internet | ${describeConnections(internet.may)} | ${internet.must === internet.may ? '' : 'some of it'} |`]
  const ways = exposure.of(workload).map((entry) => {
    const admitted = admits(reachability, index, entry)
    const how = admitted === true ? 'let in' : admitted === false ? 'closed by policies' : 'possibly let in'
    return `- ${objectLink(entry.via, lines)} from ${entry.from === 'outside' ? 'outside' : entry.from === 'internal' ? 'the internal network' : 'the API server'}${entry.port === undefined ? '' : ` on ${entry.protocol} ${entry.port}`}: ${how}`
  })
  const policies = policiesFor(reachability, workload).filter(({ object }) => object.unit !== '')
  return [
    '### Reached by',
    table(reachability, reachedBy, index, []),
    '### Reaches',
    table(reachability, reaches, index, web),
    ...(ways.length > 0 ? ['### Ways in', [...new Set(ways)].join('\n')] : []),
    '### Policies',
    policies.length === 0 ? 'No policy selects it.' : policies.map(({ object }) => `- ${objectLink(object, lines)}`).join('\n'),
    ...(reachability.dataplane.enforces
      ? []
      : [`${code(reachability.dataplane.name)} enforces no policies: as long as it is used, every pod is reached.`]),
  ]
}

function table(network: Reachability, neighbours: readonly Neighbour[], index: number, more: readonly string[]): string {
  const rows = groupEnds(network, neighbours, index).flatMap(({ names, connections, certain }) =>
    names.map((name) => `| ${name} | ${describeConnections(connections)} | ${certain ? '' : 'possibly'} |`),
  )
  const all = [...rows, ...more]
  return all.length === 0 ? 'Nothing.' : ['| Who | On | |', '| --- | --- | --- |', ...all].join('\n')
}

function policySections(network: Reachability, policies: ReturnType<typeof policiesOf>, lines: Lines): string[] {
  const { must, may } = selectedBy(network, policies)
  const rows = members(may).flatMap((index) => {
    const endpoint = network.space.endpoints[index]
    if (!endpoint?.workload) return []
    return [`- ${objectLink(endpoint.workload.object, lines)}${has(must, index) ? '' : ': possibly'}`]
  })
  return ['### Selects', rows.length === 0 ? 'No workload.' : rows.join('\n')]
}

function objectLink(object: KubeObject, lines: Lines): string {
  const at = lines(object, ['metadata', 'name'])
  const name = `${literal(object.kind)} ${code(object.namespace === '' ? object.name : `${object.namespace}/${object.name}`)}`
  return at ? `${name} (${link(at.file, at.line, `${at.file}:${at.line}`)})` : name
}
