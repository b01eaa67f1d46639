import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { rules } from '../../../rules/index.ts'
import { findingsOf } from '../../../server/analysis/findings.ts'
import { Workspace } from '../../../server/analysis/workspace.ts'
import { environmentModel, type Facts } from '../../../server/model/facts.ts'
import { hostsIn } from '../../../server/model/network/intents/hosts.ts'
import type { Reachability } from '../../../server/model/network/reachability.ts'
import { parseAddress } from '../../../server/model/network/sets/addresses.ts'
import {
  type Connections,
  describeConnections,
  difference,
  NONE,
  ports,
  TCP,
  UDP,
  union,
} from '../../../server/model/network/sets/connections.ts'
import { type PolicyDialect, synthesise, type Synthesis } from '../../../server/model/network/synthesis/synthesis.ts'
import { type KubeObject, makeObject } from '../../../server/model/object.ts'
import { CONFORMANCE, inDefault, reach, readJson, readObjects, readText } from './data.ts'

interface Case {
  readonly case: string
  readonly mode: 'connections' | 'netpols' | 'netpols-slice'
  readonly manifests: readonly string[]
  readonly expected: string
  readonly expectedConnectionCount?: number
}

const FOLDER = 'network/synthesis'
const AVAILABLE = existsSync(join(CONFORMANCE, FOLDER, 'index.json'))
const CASES = AVAILABLE ? readJson<{ cases: readonly Case[] }>(`${FOLDER}/index.json`).cases : []

const objectsOf = ({ manifests }: Case): KubeObject[] => manifests.flatMap((path) => readObjects(`${FOLDER}/${path}`)).map(inDefault)

function synthesised(objects: readonly KubeObject[], dialect: PolicyDialect): { readonly facts: Facts; readonly result: Synthesis } {
  const { facts } = environmentModel('test', objects, false)
  const request = {
    workloads: facts.workloads,
    namespaces: facts.namespaces.all.filter(({ workloads }) => workloads.length > 0).map(({ name }) => name),
    directions: ['ingress', 'egress'] as const,
    dialect,
  }
  return { facts, result: synthesise(request, facts.objects, facts) }
}

function policiesOf(result: Synthesis): KubeObject[] {
  return result.policies.flatMap(({ body }) => makeObject(body, 'made', 'made') ?? [])
}

/** DNS is compared by itself: ours asks the cluster's server, the data any pod. */
const DNS = [53, 5353].flatMap((port) => [ports(UDP, port), ports(TCP, port)]).reduce(union)

const OUTSIDE = parseAddress('93.184.216.34') ?? 0n

/** Every connection between workloads, and from outside. */
function connectionsOf(reachability: Reachability): Map<string, Connections> {
  const { endpoints } = reachability.space
  const found = new Map<string, Connections>()
  const put = (key: string, connections: Connections): void => {
    const rest = difference(connections, DNS)
    if (rest !== NONE) found.set(key, rest)
  }
  const name = (index: number): string => `${endpoints[index]?.namespace}/${endpoints[index]?.name}`
  reachability.forEachPair((from, to, must) => {
    if (endpoints[from]?.workload && endpoints[to]?.workload && from !== to) put(`${name(from)} -> ${name(to)}`, must)
  })
  endpoints.forEach(({ workload }, index) => {
    if (workload) put(`outside -> ${name(index)}`, reachability.allowedAddress(index, 'ingress', OUTSIDE).must)
  })
  return found
}

function say(connections: ReadonlyMap<string, Connections>): string[] {
  return [...connections].map(([pair, set]) => `${pair}: ${describeConnections(set)}`).sort()
}

describe.skipIf(!AVAILABLE)('policies for known connections', () => {
  for (const dialect of ['kubernetes', 'calico', 'cilium'] as const) {
    it.each(CASES.filter(({ mode }) => mode !== 'connections'))(`$case, as ${dialect}`, (entry) => {
      const objects = objectsOf(entry)
      const expected = readObjects(`${FOLDER}/${entry.expected}`).map(inDefault)
      const { result } = synthesised(objects, dialect)
      expect(result.lost.map(({ why, intent }) => `${why}: ${intent.evidence[0]?.message}`)).toEqual([])
      expect(say(connectionsOf(reach([...objects, ...policiesOf(result)]).reachability))).toEqual(
        say(connectionsOf(reach([...objects, ...expected]).reachability)),
      )
    })
  }

  it.each(CASES.filter(({ case: name }) => /OnlineBoutiqueYAML|Sockshop/.test(name)))('$case: nothing else is opened', (entry) => {
    const { result } = synthesised(objectsOf(entry), 'kubernetes')
    expect(result.surplus()).toEqual([])
  })
})

describe.skipIf(!AVAILABLE)('what is left to say once they are applied', () => {
  it.each(CASES.filter(({ case: name }) => /OnlineBoutiqueYAML|Sockshop/.test(name)))('$case', ({ manifests }) => {
    const workspace = new Workspace(rules)
    for (const path of manifests) workspace.set({ path, text: readText(`${FOLDER}/${path}`) })
    const before = workspace.analysis()
    const [environment] = before.environments
    const { facts } = environment?.model ?? environmentModel('none', [], false)
    const namespaces = facts.namespaces.all.filter(({ workloads }) => workloads.length > 0).map(({ name }) => name)
    const request = { workloads: facts.workloads, namespaces, directions: ['ingress', 'egress'] as const, dialect: 'kubernetes' as const }
    const { policies } = synthesise(request, facts.objects, facts)
    workspace.set({ path: 'policies.yaml', text: policies.map(({ body }) => stringify(body)).join('---\n') })
    const { findings } = findingsOf(workspace.analysis(), { today: '2026-01-01' })
    const left = findings.filter(({ rule }) => rule.pillar === 'network').map(({ rule }) => rule.name)
    // Both have a door for everybody, which policies of pods cannot and shall not close.
    expect(left).toEqual(['service-exposed'])
  })
})

interface Connection {
  readonly source: { readonly resource: { readonly name: string } } | null
  readonly target: { readonly resource: { readonly name: string } }
}

describe.skipIf(!AVAILABLE)('known connections', () => {
  it.each(CASES.filter(({ mode, expected }) => mode === 'connections' && expected.endsWith('.json')))('$case', (entry) => {
    const expected = readJson<readonly Connection[]>(`${FOLDER}/${entry.expected}`)
      .flatMap(({ source, target }) =>
        source?.resource.name ? [`${source.resource.name} -> ${target.resource.name}`] : [`outside -> ${target.resource.name}`],
      )
      .sort()
    const { intents } = environmentModel('test', objectsOf(entry), false).facts
    const found = intents.all.flatMap(({ from, to }) =>
      to.type === 'workload' ? [`${from.type === 'workload' ? from.workload.object.name : from.type} -> ${to.workload.object.name}`] : [],
    )
    expect(found.sort()).toEqual(expected)
    expect(found).toHaveLength(entry.expectedConnectionCount ?? -1)
  })
})

interface Recognition {
  readonly value: string
  readonly address: string
  readonly isAddress: boolean
}

describe.skipIf(!AVAILABLE)('addresses in values', () => {
  const rows = AVAILABLE ? readJson<readonly Recognition[]>(`${FOLDER}/address_recognition.json`) : []
  it.each(rows)('$value', ({ value, address, isAddress }) => {
    const found = hostsIn(value).map(({ host, port }) => (port === undefined ? host : `${host}:${port}`))
    if (isAddress) expect(found).toContain(address)
    else expect(found).toEqual([])
  })
})

interface Malformed {
  readonly file: string
  readonly workloads?: number
  readonly services?: number
  readonly connections?: number
}

describe.skipIf(!AVAILABLE)('broken files', () => {
  const rows = AVAILABLE ? readJson<{ malformed: readonly Malformed[] }>(`${FOLDER}/index.json`).malformed : []
  it.each(rows)('$file', ({ file, workloads, services, connections }) => {
    const { facts } = environmentModel('test', readObjects(`${FOLDER}/${file}`), false)
    // What follows a broken place is read on here, where the tool of these data stops.
    if (workloads !== undefined) expect(facts.workloads.length).toBeGreaterThanOrEqual(workloads)
    if (services !== undefined) expect(facts.services.all.length).toBeGreaterThanOrEqual(services)
    if (connections !== undefined) expect(facts.intents.all).toHaveLength(connections)
  })
})
