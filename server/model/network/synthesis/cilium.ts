import type { Labels } from '../../object.ts'
import type { Body, Value } from '../../value.ts'
import type { PodPort } from '../intents/names.ts'
import type { Direction } from '../policy.ts'
import { API_SERVER_PORTS } from './kubernetes.ts'
import type { Draft, Opening, Peer } from './openings.ts'

/** Semantics: cilium.io/v2 CiliumNetworkPolicy: a rule that is empty allows nothing, and isolates. */
export function writeCiliumPolicy({ namespace, name, selector, directions, openings }: Draft): Value {
  const names = openings.some(({ peer }) => peer.type === 'host')
  const rules = (direction: Direction): Value => {
    const written = openings.filter((opening) => opening.direction === direction).flatMap((opening) => rulesOf(opening, names))
    return written.length > 0 ? written : [{}]
  }
  return {
    apiVersion: 'cilium.io/v2',
    kind: 'CiliumNetworkPolicy',
    metadata: { name, ...(namespace === '' ? {} : { namespace }) },
    spec: {
      endpointSelector: podsWith(selector?.labels ?? {}),
      ...Object.fromEntries(directions.map((direction) => [direction, rules(direction)])),
    },
  }
}

function rulesOf({ peer, ports, direction }: Opening, names: boolean): Value[] {
  const own = peer.type === 'apiserver' && direction === 'egress' ? API_SERVER_PORTS : ports
  return peersOf(peer, direction === 'ingress' ? 'from' : 'to').map((end): Value => {
    // Cilium learns the addresses of names from the answers that pass here.
    const answers: Body = peer.type === 'dns' && names && 'toEndpoints' in end ? { rules: { dns: [{ matchPattern: '*' }] } } : {}
    return own.length === 0 ? end : { ...end, toPorts: [{ ports: own.map(writePort), ...answers }] }
  })
}

function peersOf(peer: Peer, side: 'from' | 'to'): Body[] {
  switch (peer.type) {
    case 'pods':
      return [{ [`${side}Endpoints`]: [podsWith({ ...inNamespace(peer.namespace), ...peer.labels })] }]
    case 'namespace':
      return [{ [`${side}Endpoints`]: [{ matchLabels: inNamespace(peer.namespace) }] }]
    case 'everyPod':
      return [{ [`${side}Endpoints`]: [{ matchExpressions: [{ key: NAMESPACE, operator: 'Exists' }] }] }]
    case 'block':
      return [{ [`${side}CIDR`]: [peer.cidr] }]
    case 'host':
      return [{ toFQDNs: [{ matchName: peer.name }] }]
    case 'dns':
      return [
        { toEndpoints: [{ matchLabels: { ...inNamespace(peer.dns.namespace), ...peer.dns.labels } }] },
        ...(peer.dns.nodeLocal === undefined ? [] : [{ toEntities: ['host'] }]),
      ]
    case 'apiserver':
      return [{ [`${side}Entities`]: side === 'to' ? ['kube-apiserver'] : ['kube-apiserver', 'cluster'] }]
    case 'nodes':
      return [{ [`${side}Entities`]: ['host', 'remote-node'] }]
    case 'outside':
      // Connections through a Service's node port or load balancer may come from a node.
      return [{ [`${side}Entities`]: ['world', 'host', 'remote-node'] }]
  }
}

const NAMESPACE = 'k8s:io.kubernetes.pod.namespace'

function podsWith(labels: Labels): Body {
  return Object.keys(labels).length === 0 ? {} : { matchLabels: labels }
}

function inNamespace(name: string | undefined): Labels {
  return name === undefined ? {} : { [NAMESPACE]: name }
}

function writePort({ protocol, number, name }: PodPort): Value {
  return { port: String(number ?? name), protocol }
}
