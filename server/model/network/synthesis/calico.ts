import type { Labels } from '../../object.ts'
import type { Body, Value } from '../../value.ts'
import type { Direction } from '../policy.ts'
import { METADATA } from './kubernetes.ts'
import type { Draft, Opening, Peer } from './openings.ts'

/** Semantics: projectcalico.org/v3 NetworkPolicy. */
export function writeCalicoPolicy({ namespace, name, selector, directions, openings }: Draft): Value {
  const open = (direction: Direction): Body => {
    const rules = openings.filter((opening) => opening.direction === direction).flatMap(rulesOf)
    return rules.length > 0 ? { [direction]: rules } : {}
  }
  return {
    apiVersion: 'projectcalico.org/v3',
    kind: 'NetworkPolicy',
    metadata: { name, ...(namespace === '' ? {} : { namespace }) },
    spec: {
      selector: expression(selector?.labels ?? {}),
      types: directions.map((direction) => (direction === 'ingress' ? 'Ingress' : 'Egress')),
      ...open('ingress'),
      ...open('egress'),
    },
  }
}

/** A rule has one protocol and one peer. */
function rulesOf({ peer, ports, direction }: Opening): Value[] {
  const ends = peersOf(peer)
  const protocols = [...new Set(ports.map(({ protocol }) => protocol))]
  const anyPort = protocols.length === 0 || (peer.type === 'apiserver' && direction === 'egress')
  return ends.flatMap((end): Value[] => {
    if (anyPort) return [{ action: 'Allow', ...(direction === 'ingress' ? source(end) : destination(end, {})) }]
    return protocols.map((protocol): Value => {
      const own = { ports: ports.filter((port) => port.protocol === protocol).map(({ number, name }): Value => number ?? name ?? 0) }
      return {
        action: 'Allow',
        protocol,
        ...(direction === 'ingress' ? { ...source(end), ...destination({}, own) } : destination(end, own)),
      }
    })
  })
}

function source(end: Body): Body {
  return Object.keys(end).length > 0 && !('services' in end) ? { source: end } : {}
}

function destination(end: Body, ports: Body): Body {
  const both = { ...end, ...ports }
  return Object.keys(both).length > 0 ? { destination: both } : {}
}

function peersOf(peer: Peer): Body[] {
  switch (peer.type) {
    case 'pods':
      return [{ ...inNamespace(peer.namespace), selector: expression(peer.labels) }]
    case 'namespace':
      return [inNamespace(peer.namespace)]
    case 'everyPod':
      return [{ namespaceSelector: 'all()' }]
    case 'block':
      return [{ nets: [peer.cidr] }]
    case 'host':
      return [{ nets: ['0.0.0.0/0'], notNets: [METADATA] }]
    case 'dns':
      return [
        { ...inNamespace(peer.dns.namespace), selector: expression(peer.dns.labels) },
        ...(peer.dns.nodeLocal === undefined ? [] : [{ nets: [`${peer.dns.nodeLocal}/32`] }]),
      ]
    case 'apiserver':
      return [{ services: { name: 'kubernetes', namespace: 'default' } }]
    case 'nodes':
    case 'outside':
      return [{}]
  }
}

function inNamespace(name: string | undefined): Body {
  return name === undefined ? {} : { namespaceSelector: `projectcalico.org/name == '${name}'` }
}

function expression(labels: Labels): string {
  const pairs = Object.entries(labels).map(([key, value]) => `${key} == '${value}'`)
  return pairs.length === 0 ? 'all()' : pairs.join(' && ')
}
