import type { KubeObject } from '../../object.ts'
import { get, isUnknown, items, type Path, type Value } from '../../value.ts'
import { ANY_LABELS } from '../labels.ts'
import { directions } from '../isolation.ts'
import { anyOf, EVERYTHING, type PeerTest, UNKNOWN_PEER } from '../peers.ts'
import { type Direction, EVERY_PORT, type Policy, type PortList, type PortTest, type Rule, type WrittenPeer } from '../policy.ts'
import { isAddressSubset, parseCidr } from '../sets/addresses.ts'
import { ALL } from '../sets/connections.ts'
import { anyPort, fixedPorts, joinPorts, KUBERNETES_PROTOCOLS, portsBetween, possiblePorts, Reader } from './reader.ts'

/** Semantics: networking.k8s.io/v1 NetworkPolicy, and the API server's validation of it. */
export function readNetworkPolicy(object: KubeObject): Policy {
  const reader = new Reader(object)
  const namespace = object.namespace
  const written = directions(object)
  checkTypes(reader)
  const ingress = rules(reader, 'ingress', 'from', namespace)
  const egress = rules(reader, 'egress', 'to', namespace)
  return reader.policy({
    selects: {
      op: 'selected',
      dialect: 'kubernetes',
      where: { own: namespace },
      labels: reader.labelSelector(['spec', 'podSelector'], ANY_LABELS),
    },
    applies: written,
    isolates: { ingress: written.ingress !== false, egress: written.egress !== false },
    ingress,
    egress,
  })
}

function checkTypes(reader: Reader): void {
  const path = ['spec', 'policyTypes']
  for (const [i, type] of items(reader.object.body, ...path).entries()) {
    if (typeof type === 'string' && type !== 'Ingress' && type !== 'Egress')
      reader.refuse(
        [...path, i],
        `\`${type}\` is no policy type: it is \`Ingress\` or \`Egress\`, with a capital letter. The API server refuses the policy.`,
        ['Ingress', 'Egress'].find((each) => each.toLowerCase() === type.toLowerCase()),
      )
  }
}

function rules(reader: Reader, direction: Direction, peersKey: 'from' | 'to', namespace: string): Rule[] {
  const list = reader.list(['spec', direction])
  if (list === undefined) return []
  if (list === 'unknown') return [uncertainRule(['spec', direction])]
  return list.map((rule, i): Rule => {
    const path = ['spec', direction, i]
    if (isUnknown(rule)) return uncertainRule(path)
    const peers = readPeers(reader, [...path, peersKey], namespace)
    const ports = readPorts(reader, [...path, 'ports'])
    return { action: 'allow', path, peer: anyOf(peers.length === 0 ? [EVERYTHING] : peers.map(({ test }) => test)), peers, ...ports }
  })
}

/** A rule of which nothing is known. */
export function uncertainRule(path: Path): Rule {
  return { action: 'allow', path, peer: EVERYTHING, peers: [], ports: EVERY_PORT, portPaths: [], uncertain: true }
}

function readPeers(reader: Reader, path: Path, namespace: string): WrittenPeer[] {
  const list = reader.list(path)
  if (list === 'unknown') return [{ path, test: UNKNOWN_PEER }]
  return (list ?? []).map((peer, i) => ({ path: [...path, i], test: readPeer(reader, [...path, i], peer, namespace) }))
}

function readPeer(reader: Reader, path: Path, peer: Value, namespace: string): PeerTest {
  if (isUnknown(peer)) return UNKNOWN_PEER
  const block = get(peer, 'ipBlock')
  const pods = get(peer, 'podSelector')
  const namespaces = get(peer, 'namespaceSelector')
  if (block === undefined && pods === undefined && namespaces === undefined) {
    reader.refuse(
      path,
      'A peer needs `podSelector`, `namespaceSelector` or `ipBlock`; the API server refuses the policy. For every peer leave out the list.',
    )
    return UNKNOWN_PEER
  }
  if (block !== undefined) {
    if (pods !== undefined || namespaces !== undefined)
      reader.refuse(path, 'A peer with `ipBlock` can have no selectors: the API server refuses the policy. Write two peers.')
    return readBlock(reader, [...path, 'ipBlock'])
  }
  const labels = reader.labelSelector([...path, 'podSelector'], ANY_LABELS)
  if (namespaces === undefined) return { op: 'selected', dialect: 'kubernetes', where: { own: namespace }, labels }
  const outer = reader.labelSelector([...path, 'namespaceSelector'], ANY_LABELS)
  return { op: 'selected', dialect: 'kubernetes', where: { labels: outer, outside: false }, labels }
}

function readBlock(reader: Reader, path: Path): PeerTest {
  const block = get(reader.object.body, ...path)
  const cidr = get(block, 'cidr')
  const except = reader.list([...path, 'except'])
  if (isUnknown(block) || isUnknown(cidr) || except === 'unknown') return UNKNOWN_PEER
  const outer = typeof cidr === 'string' ? parseCidr(cidr) : undefined
  if (typeof cidr !== 'string' || !outer) {
    reader.refuse(
      cidr === undefined ? path : [...path, 'cidr'],
      `${cidr === undefined ? 'An `ipBlock` needs a `cidr`' : `\`${String(cidr)}\` is no address block like 10.0.0.0/8`}; the API server refuses the policy.`,
    )
    return UNKNOWN_PEER
  }
  const kept: string[] = []
  for (const [i, part] of (except ?? []).entries()) {
    if (isUnknown(part)) return { op: 'and', of: [{ op: 'cidr', cidrs: [cidr], except: [] }, UNKNOWN_PEER] }
    const inner = typeof part === 'string' ? parseCidr(part) : undefined
    if (typeof part !== 'string' || !inner)
      reader.refuse([...path, 'except', i], `\`${String(part)}\` is no address block like 10.0.0.0/8; the API server refuses the policy.`)
    else if (!isAddressSubset(inner, outer) || inner.every((at, j) => at === outer[j]))
      reader.refuse([...path, 'except', i], `\`${part}\` must be a part of \`${cidr}\` and smaller; the API server refuses the policy.`)
    else kept.push(part)
  }
  return { op: 'cidr', cidrs: [cidr], except: kept }
}

function readPorts(reader: Reader, path: Path): { ports: PortTest; portPaths: readonly Path[] } {
  const list = reader.list(path)
  if (list === 'unknown') return { ports: { base: ALL, certain: ALL, ports: possiblePorts(ALL) }, portPaths: [path] }
  if (list === undefined || list.length === 0) return { ports: EVERY_PORT, portPaths: [] }
  return {
    ports: { base: ALL, certain: ALL, ports: joinPorts(list.map((entry, i) => readPort(reader, [...path, i], entry))) },
    portPaths: list.map((_, i) => [...path, i]),
  }
}

function readPort(reader: Reader, path: Path, entry: Value): PortList {
  if (isUnknown(entry)) return possiblePorts(anyPort('unknown'))
  const protocol = reader.protocol([...path, 'protocol'], KUBERNETES_PROTOCOLS)
  const port = get(entry, 'port')
  const end = get(entry, 'endPort')
  if (end !== undefined && !isUnknown(end) && typeof port !== 'number')
    reader.refuse([...path, 'endPort'], '`endPort` needs `port` as a number; the API server refuses the policy.')
  if (port === undefined) return protocol === 'unknown' ? possiblePorts(anyPort(protocol)) : fixedPorts(anyPort(protocol))
  if (typeof port === 'string') {
    if (!reader.portName([...path, 'port'], port)) return possiblePorts(anyPort(protocol))
    if (protocol === 'unknown') return possiblePorts(anyPort(protocol))
    return { ...fixedPorts(0), named: [{ name: port, protocol }] }
  }
  const first = reader.portNumber([...path, 'port'])
  const last = end === undefined ? first : reader.portNumber([...path, 'endPort'])
  if (first === undefined || last === undefined || first === 'unknown' || last === 'unknown' || protocol === 'unknown')
    return possiblePorts(anyPort(protocol))
  if (last < first) {
    reader.refuse([...path, 'endPort'], `\`endPort\` ${last} is below \`port\` ${first}; the API server refuses the policy.`)
    return possiblePorts(anyPort(protocol))
  }
  return fixedPorts(portsBetween(protocol, first, last))
}
