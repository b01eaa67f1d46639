import type { Labels } from '../../object.ts'
import type { Body, Value } from '../../value.ts'
import { NAME_LABEL } from '../endpoint.ts'
import type { PodPort } from '../intents/names.ts'
import type { Direction } from '../policy.ts'
import { type Draft, type Opening, type Peer, portKey } from './openings.ts'

/** Answers nobody should get but the node's own agents. */
export const METADATA = '169.254.169.254/32'

/** The API server listens on one of these behind its Service. */
export const API_SERVER_PORTS: readonly PodPort[] = [443, 6443].map((number) => ({ protocol: 'TCP', number, name: undefined }))

/** Semantics: networking.k8s.io/v1 NetworkPolicy. */
export function writeNetworkPolicy({ namespace, name, selector, directions, openings }: Draft): Value {
  const rules = (direction: Direction): Value => rulesOf(openings.filter((opening) => opening.direction === direction))
  const open = (direction: Direction): Body =>
    openings.some((opening) => opening.direction === direction) ? { [direction]: rules(direction) } : {}
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name, ...(namespace === '' ? {} : { namespace }) },
    spec: {
      podSelector: podsWith(selector?.labels ?? {}),
      policyTypes: directions.map((direction) => (direction === 'ingress' ? 'Ingress' : 'Egress')),
      ...open('ingress'),
      ...open('egress'),
    },
  }
}

/** Peers with the same ports share a rule. */
function rulesOf(openings: readonly Opening[]): Value {
  const byPorts = new Map<string, Opening[]>()
  for (const opening of openings) {
    const ports = portsOf(opening)
    const anyone = peersOf(opening.peer, opening.direction).length === 0
    const key = `${anyone ? 'anyone ' : ''}${ports.map(portKey).sort().join()}`
    const list = byPorts.get(key)
    if (list) list.push(opening)
    else byPorts.set(key, [opening])
  }
  return [...byPorts.values()].map((list): Value => {
    const [first] = list
    const peers = list.flatMap(({ peer, direction }) => peersOf(peer, direction))
    const ports = first ? portsOf(first) : []
    return {
      ...(peers.length > 0 ? { [first?.direction === 'egress' ? 'to' : 'from']: peers } : {}),
      ...(ports.length > 0 ? { ports: ports.map(writePort) } : {}),
    }
  })
}

function portsOf({ peer, ports, direction }: Opening): readonly PodPort[] {
  return peer.type === 'apiserver' && direction === 'egress' && ports.length <= 1 ? API_SERVER_PORTS : ports
}

/** No peers: anyone. */
function peersOf(peer: Peer, direction: Direction): Value[] {
  switch (peer.type) {
    case 'pods':
      return [{ ...inNamespace(peer.namespace), podSelector: podsWith(peer.labels) }]
    case 'namespace':
      return [inNamespace(peer.namespace)]
    case 'everyPod':
      return [{ namespaceSelector: {} }]
    case 'block':
      return [{ ipBlock: { cidr: peer.cidr } }]
    case 'dns':
      return [
        { ...inNamespace(peer.dns.namespace), podSelector: { matchLabels: peer.dns.labels } },
        ...(peer.dns.nodeLocal === undefined ? [] : [{ ipBlock: { cidr: `${peer.dns.nodeLocal}/32` } }]),
      ]
    case 'host':
      return [ANY_ADDRESS]
    case 'apiserver':
      return direction === 'egress' ? [ANY_ADDRESS] : []
    case 'nodes':
      return direction === 'egress' ? [ANY_ADDRESS] : []
    case 'outside':
      return []
  }
}

const ANY_ADDRESS: Value = { ipBlock: { cidr: '0.0.0.0/0', except: [METADATA] } }

function podsWith(labels: Labels): Body {
  return Object.keys(labels).length === 0 ? {} : { matchLabels: labels }
}

function inNamespace(name: string | undefined): Body {
  return name === undefined ? {} : { namespaceSelector: { matchLabels: { [NAME_LABEL]: name } } }
}

function writePort({ protocol, number, name }: PodPort): Value {
  return { port: number ?? name ?? 0, protocol }
}
