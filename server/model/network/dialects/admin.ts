import type { KubeObject } from '../../object.ts'
import { get, isUnknown, items, type Path, type Value } from '../../value.ts'
import { ANY_LABELS, NO_LABELS } from '../labels.ts'
import { anyOf, EVERYTHING, NOTHING, type PeerTest, UNKNOWN_PEER } from '../peers.ts'
import {
  type Action,
  type Direction,
  EVERY_PORT,
  type Policy,
  type PortList,
  type PortTest,
  type Rule,
  type WrittenPeer,
} from '../policy.ts'
import { parseCidr } from '../sets/addresses.ts'
import { ALL } from '../sets/connections.ts'
import { anyPort, fixedPorts, joinPorts, KUBERNETES_PROTOCOLS, portsBetween, possiblePorts, Reader } from './reader.ts'

/** A policy for the whole cluster with its place: the tier, and its priority there. */
export interface AdminPolicy {
  readonly policy: Policy
  readonly tier: 'admin' | 'baseline'
  /** Lower goes first. Undefined when it is unknown or refused. */
  readonly priority: number | undefined
}

interface Version {
  readonly allow: string
  readonly ports: 'ports' | 'protocols'
  readonly passes: boolean
}

const ALPHA_1: Version = { allow: 'Allow', ports: 'ports', passes: true }
const BASELINE: Version = { allow: 'Allow', ports: 'ports', passes: false }
const ALPHA_2: Version = { allow: 'Accept', ports: 'protocols', passes: true }

/** Semantics: policy.networking.k8s.io: AdminNetworkPolicy and BaselineAdminNetworkPolicy v1alpha1, ClusterNetworkPolicy v1alpha2. */
export function readAdminPolicy(object: KubeObject): AdminPolicy {
  const reader = new Reader(object)
  const { kind } = object
  if (kind === 'ClusterNetworkPolicy') {
    const tier = get(object.body, 'spec', 'tier')
    if (tier !== 'Admin' && tier !== 'Baseline' && !isUnknown(tier))
      reader.refuse(['spec', 'tier'], '`tier` is `Admin` or `Baseline`; the API server refuses the policy.')
    return { tier: tier === 'Baseline' ? 'baseline' : 'admin', priority: priorityOf(reader), policy: read(reader, ALPHA_2) }
  }
  if (kind === 'BaselineAdminNetworkPolicy') {
    if (object.name !== 'default')
      reader.refuse(
        ['metadata', 'name'],
        'A cluster has one BaselineAdminNetworkPolicy, and its name is `default`; the API server refuses this one.',
      )
    return { tier: 'baseline', priority: 0, policy: read(reader, BASELINE) }
  }
  return { tier: 'admin', priority: priorityOf(reader), policy: read(reader, ALPHA_1) }
}

function priorityOf(reader: Reader): number | undefined {
  const written = get(reader.object.body, 'spec', 'priority')
  if (typeof written === 'number' && Number.isInteger(written) && written >= 0 && written <= 1000) return written
  if (!isUnknown(written))
    reader.refuse(['spec', 'priority'], '`priority` is a number from 0 (first) to 1000; the API server refuses the policy.')
  return undefined
}

function read(reader: Reader, version: Version): Policy {
  const ingress = rules(reader, 'ingress', 'from', version)
  const egress = rules(reader, 'egress', 'to', version)
  return reader.policy({
    selects: selected(reader, ['spec', 'subject']),
    applies: { ingress: ingress.length > 0, egress: egress.length > 0 },
    isolates: { ingress: false, egress: false },
    ingress,
    egress,
  })
}

/** `namespaces` or `pods`, exactly one of them. The selectors are no pointers, so one that is left out is empty and selects everything. */
function selected(reader: Reader, path: Path): PeerTest {
  const holder = get(reader.object.body, ...path)
  if (isUnknown(holder)) return UNKNOWN_PEER
  const namespaces = get(holder, 'namespaces')
  const pods = get(holder, 'pods')
  if ((namespaces === undefined) === (pods === undefined)) {
    reader.refuse(path, 'Exactly one of `namespaces` and `pods` says which pods are meant; the API server refuses the policy.')
    return NOTHING
  }
  const inside = pods === undefined ? [...path, 'namespaces'] : [...path, 'pods', 'namespaceSelector']
  const outer = reader.labelSelector(inside, ANY_LABELS)
  const labels = pods === undefined ? ANY_LABELS : reader.labelSelector([...path, 'pods', 'podSelector'], ANY_LABELS)
  return { op: 'selected', dialect: 'kubernetes', where: { labels: outer, outside: false }, labels }
}

function rules(reader: Reader, direction: Direction, peersKey: 'from' | 'to', version: Version): Rule[] {
  const list = reader.list(['spec', direction])
  if (list === 'unknown')
    return [{ action: 'allow', path: ['spec', direction], peer: EVERYTHING, peers: [], ports: EVERY_PORT, portPaths: [], uncertain: true }]
  return (list ?? []).flatMap((rule, i): Rule[] => {
    const path = ['spec', direction, i]
    const action = actionOf(reader, [...path, 'action'], version)
    const peers = readPeers(reader, [...path, peersKey], direction, version)
    const { ports, portPaths } = readPorts(reader, [...path, version.ports], version)
    const peer = anyOf(peers.map(({ test }) => test))
    if (isUnknown(rule) || action === 'unknown') return [{ action: 'allow', path, peer, peers, ports, portPaths, uncertain: true }]
    const closed = peers.some(({ path }) => version === ALPHA_2 && isForeign(get(reader.object.body, ...path)))
    if (!closed) return [{ action, path, peer, peers, ports, portPaths }]
    // A peer that an implementation does not know makes the rule fail closed.
    return action === 'allow' ? [] : [{ action: 'deny', path, peer: EVERYTHING, peers, ports: EVERY_PORT, portPaths }]
  })
}

function actionOf(reader: Reader, path: Path, version: Version): Action | 'unknown' {
  const written = get(reader.object.body, ...path)
  if (isUnknown(written)) return 'unknown'
  if (written === version.allow) return 'allow'
  if (written === 'Deny') return 'deny'
  if (written === 'Pass' && version.passes) return 'pass'
  reader.refuse(
    path,
    `\`${String(written ?? '')}\` is no action here: it is ${version.allow}, Deny${version.passes ? ' or Pass' : ''}. The API server refuses the policy.`,
  )
  return 'unknown'
}

const PEER_KEYS = ['namespaces', 'pods', 'nodes', 'networks', 'domainNames']

function isForeign(peer: Value | undefined): boolean {
  return !isUnknown(peer) && !PEER_KEYS.some((key) => get(peer, key) !== undefined)
}

function readPeers(reader: Reader, path: Path, direction: Direction, version: Version): WrittenPeer[] {
  const list = reader.list(path)
  if (list === 'unknown') return [{ path, test: UNKNOWN_PEER }]
  if (list === undefined || list.length === 0) {
    reader.refuse(path, 'A rule needs at least one peer; the API server refuses the policy.')
    return []
  }
  return list.map((peer, i) => ({ path: [...path, i], test: readPeer(reader, [...path, i], peer, direction, version) }))
}

function readPeer(reader: Reader, path: Path, peer: Value, direction: Direction, version: Version): PeerTest {
  if (isUnknown(peer)) return UNKNOWN_PEER
  const written = PEER_KEYS.filter((key) => get(peer, key) !== undefined)
  if (written.length > 1 || (written.length === 0 && version !== ALPHA_2)) {
    reader.refuse(path, 'A peer says exactly one of `namespaces`, `pods`, `nodes` and `networks`; the API server refuses the policy.')
    return UNKNOWN_PEER
  }
  const [key] = written
  if (direction === 'ingress' && key !== 'namespaces' && key !== 'pods' && key !== undefined) {
    reader.refuse([...path, key], `\`${key}\` can only be a peer of egress rules; the API server refuses the policy.`)
    return UNKNOWN_PEER
  }
  switch (key) {
    case undefined:
      return NOTHING
    case 'nodes': {
      const test = reader.labelSelector([...path, 'nodes'], NO_LABELS)
      return { op: 'nodes', some: test.op !== 'all' }
    }
    case 'networks': {
      const cidrs: string[] = []
      for (const [i, block] of items(peer, 'networks').entries()) {
        if (isUnknown(block)) return UNKNOWN_PEER
        if (typeof block === 'string' && parseCidr(block)) cidrs.push(block)
        else
          reader.refuse(
            [...path, 'networks', i],
            `\`${String(block)}\` is no address block like 10.0.0.0/8; the API server refuses the policy.`,
          )
      }
      return { op: 'cidr', cidrs, except: [], ...(version === ALPHA_2 ? { pods: true } : {}) }
    }
    case 'domainNames':
      // A leading star stands for one or more labels.
      return { op: 'names', patterns: items(peer, 'domainNames').map((name) => String(name).replace(/^\*\./, '**.')) }
    default:
      return selected(reader, path)
  }
}

function readPorts(reader: Reader, path: Path, version: Version): { ports: PortTest; portPaths: readonly Path[] } {
  const list = reader.list(path)
  if (list === 'unknown') return { ports: { base: ALL, certain: ALL, ports: possiblePorts(ALL) }, portPaths: [path] }
  if (list === undefined || list.length === 0) return { ports: EVERY_PORT, portPaths: [] }
  const read = version === ALPHA_2 ? readProtocol : readPort
  return {
    ports: { base: ALL, certain: ALL, ports: joinPorts(list.map((entry, i) => read(reader, [...path, i], entry))) },
    portPaths: list.map((_, i) => [...path, i]),
  }
}

/** The name of a port stands for whatever protocol the pod gives it. */
function named(name: Value | undefined): PortList {
  return typeof name === 'string' ? { ...fixedPorts(0), named: [{ name, protocol: undefined }] } : possiblePorts(anyPort('unknown'))
}

function readPort(reader: Reader, path: Path, entry: Value): PortList {
  if (isUnknown(entry)) return possiblePorts(anyPort('unknown'))
  const name = get(entry, 'namedPort')
  if (name !== undefined) return named(name)
  const key = get(entry, 'portRange') === undefined ? 'portNumber' : 'portRange'
  if (get(entry, key) === undefined) {
    reader.refuse(path, 'A port says `portNumber`, `portRange` or `namedPort`; the API server refuses the policy.')
    return possiblePorts(anyPort('unknown'))
  }
  const protocol = reader.protocol([...path, key, 'protocol'], KUBERNETES_PROTOCOLS)
  const first = reader.portNumber([...path, key, key === 'portRange' ? 'start' : 'port'])
  const last = key === 'portRange' ? reader.portNumber([...path, key, 'end']) : first
  return range(reader, [...path, key], protocol, first, last)
}

function readProtocol(reader: Reader, path: Path, entry: Value): PortList {
  if (isUnknown(entry)) return possiblePorts(anyPort('unknown'))
  const name = get(entry, 'destinationNamedPort')
  if (name !== undefined) return named(name)
  const key = ['tcp', 'udp', 'sctp'].find((key) => get(entry, key) !== undefined)
  if (!key) {
    reader.refuse(path, 'A protocol says `tcp`, `udp`, `sctp` or `destinationNamedPort`; the API server refuses the policy.')
    return possiblePorts(anyPort('unknown'))
  }
  const at = [...path, key, 'destinationPort']
  const protocol = key.toUpperCase()
  const port = get(entry, key, 'destinationPort')
  if (port === undefined) return fixedPorts(anyPort(protocol))
  if (isUnknown(port)) return possiblePorts(anyPort(protocol))
  if (get(port, 'range') === undefined) {
    const number = reader.portNumber([...at, 'number'])
    return range(reader, at, protocol, number, number)
  }
  return range(reader, at, protocol, reader.portNumber([...at, 'range', 'start']), reader.portNumber([...at, 'range', 'end']))
}

function range(
  reader: Reader,
  path: Path,
  protocol: string | 'unknown',
  first: number | 'unknown' | undefined,
  last: number | 'unknown' | undefined,
): PortList {
  if (first === undefined || last === undefined || first === 'unknown' || last === 'unknown' || protocol === 'unknown')
    return possiblePorts(anyPort(protocol))
  if (last < first) {
    reader.refuse(path, `The range ends at ${last}, before it begins at ${first}; the API server refuses the policy.`)
    return possiblePorts(anyPort(protocol))
  }
  return fixedPorts(portsBetween(protocol, first, last))
}
