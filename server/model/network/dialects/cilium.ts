import type { KubeObject } from '../../object.ts'
import { get, hasUnknown, isList, isMap, isUnknown, items, type Path, text, type Value } from '../../value.ts'
import { ANY_LABELS, every, type LabelTest } from '../labels.ts'
import { ANY_NAMESPACE, allOf, anyOf, EVERYTHING, NOTHING, type PeerTest, type Selected, UNKNOWN_PEER } from '../peers.ts'
import { type Direction, EVERY_PORT, type Policy, type PortList, type PortTest, type Rule, type WrittenPeer } from '../policy.ts'
import { parseCidrOrAddress } from '../sets/addresses.ts'
import { ALL, type Connections, icmp, NONE, union } from '../sets/connections.ts'
import { anyPort, fixedPorts, joinPorts, KUBERNETES_PROTOCOLS, portsBetween, possiblePorts, Reader } from './reader.ts'

/** What one object of Cilium says: its refusals go before the permissions of all policies. */
export interface CiliumPolicies {
  readonly denies: readonly Policy[]
  readonly allows: readonly Policy[]
}

/** Semantics: cilium.io/v2 CiliumNetworkPolicy and CiliumClusterwideNetworkPolicy. */
export function readCiliumPolicy(object: KubeObject): CiliumPolicies {
  const paths: Path[] = [
    ...(get(object.body, 'spec') === undefined ? [] : [['spec']]),
    ...items(object.body, 'specs').map((_, i) => ['specs', i]),
  ]
  const denies: Policy[] = []
  const allows: Policy[] = []
  for (const path of paths) {
    const block = new Block(object, path)
    const deny = block.read('Deny')
    if (deny) denies.push(deny)
    const allow = block.read('')
    if (allow) allows.push(allow)
  }
  return { denies, allows }
}

const SELECTOR_KEYS = ['Endpoints', 'Entities', 'CIDR', 'CIDRSet', 'Nodes', 'Groups', 'Services', 'FQDNs', 'Requires']

class Block {
  readonly #reader: Reader
  readonly #path: Path
  /** Undefined for a clusterwide policy. */
  readonly #namespace: string | undefined

  constructor(object: KubeObject, path: Path) {
    this.#reader = new Reader(object)
    this.#path = path
    this.#namespace = object.kind === 'CiliumClusterwideNetworkPolicy' ? undefined : object.namespace
  }

  /** The part of the block that denies, or the one that allows. Undefined when there is none. */
  read(suffix: 'Deny' | ''): Policy | undefined {
    const ingress = this.#rules('ingress', suffix)
    const egress = this.#rules('egress', suffix)
    if (ingress === undefined && egress === undefined) return undefined
    // Written out, it counts for a direction without rules as well.
    const isolates = (direction: Direction, rules: readonly Rule[] | undefined): boolean => {
      const written = get(this.#reader.object.body, ...this.#path, 'enableDefaultDeny', direction)
      return written === true || (rules !== undefined && written !== false)
    }
    const closed = { ingress: isolates('ingress', ingress), egress: isolates('egress', egress) }
    return this.#reader.policy({
      selects: this.#subjects(),
      applies: { ingress: ingress !== undefined || closed.ingress, egress: egress !== undefined || closed.egress },
      isolates: closed,
      ingress: ingress ?? [],
      egress: egress ?? [],
    })
  }

  #subjects(): PeerTest {
    const body = this.#reader.object.body
    if (get(body, ...this.#path, 'nodeSelector') !== undefined) return { op: 'type', types: ['node'] }
    const path = [...this.#path, 'endpointSelector']
    if (get(body, ...path) === undefined) {
      this.#reader.refuse(this.#path, 'A policy needs an `endpointSelector` (`{}` for all pods); Cilium refuses it.')
      return NOTHING
    }
    return this.#endpoints(path)
  }

  /** Undefined when no rule is written, which is not the same as a rule that matches nothing. */
  #rules(direction: Direction, suffix: 'Deny' | ''): readonly Rule[] | undefined {
    const path = [...this.#path, `${direction}${suffix}`]
    const list = this.#reader.list(path)
    if (list === undefined) return undefined
    const action = suffix === 'Deny' ? 'deny' : 'allow'
    if (list === 'unknown') return [{ action, path, peer: EVERYTHING, peers: [], ports: EVERY_PORT, portPaths: [], uncertain: true }]
    if (list.length === 0) return undefined
    return list.flatMap((rule, i) => this.#rule(direction, action, [...path, i], rule))
  }

  #rule(direction: Direction, action: 'allow' | 'deny', path: Path, rule: Value): Rule[] {
    if (isUnknown(rule)) return [{ action, path, peer: EVERYTHING, peers: [], ports: EVERY_PORT, portPaths: [], uncertain: true }]
    const prefix = direction === 'ingress' ? 'from' : 'to'
    const written = SELECTOR_KEYS.filter((key) => get(rule, `${prefix}${key}`) !== undefined)
    const limited = get(rule, 'toPorts') !== undefined || get(rule, 'icmps') !== undefined
    const [first, second] = written.filter((key) => key !== 'Requires' && items(rule, `${prefix}${key}`).length > 0)
    if (first !== undefined && second !== undefined)
      this.#reader.refuse(
        [...path, `${prefix}${second}`],
        `A rule cannot have \`${prefix}${first}\` and \`${prefix}${second}\`; Cilium refuses the policy. Write two rules.`,
      )
    // An empty rule turns default deny on and allows nothing.
    if (written.length === 0 && !limited) return []
    const peers = written.filter((key) => key !== 'Requires').flatMap((key) => this.#peers(path, `${prefix}${key}`, key))
    const peer = written.length === 0 ? EVERYTHING : anyOf(peers.map(({ test }) => test))
    const { ports, portPaths } = this.#ports(path, action)
    return [{ action, path, peer, peers, ports, portPaths, ...(written.includes('Requires') ? { uncertain: true } : {}) }]
  }

  #peers(rule: Path, field: string, key: string): WrittenPeer[] {
    const path = [...rule, field]
    const list = this.#reader.list(path)
    if (list === undefined) return []
    if (list === 'unknown') return [{ path, test: UNKNOWN_PEER }]
    return list.map((entry, i) => ({ path: [...path, i], test: isUnknown(entry) ? UNKNOWN_PEER : this.#peer(key, [...path, i], entry) }))
  }

  #peer(key: string, path: Path, entry: Value): PeerTest {
    switch (key) {
      case 'Endpoints':
        return this.#endpoints(path)
      case 'Entities':
        return this.#entity(path, entry)
      case 'CIDR':
        return this.#block(path, entry, [])
      case 'CIDRSet': {
        const cidr = get(entry, 'cidr')
        if (cidr === undefined || isUnknown(cidr) || hasUnknown(get(entry, 'except'))) return UNKNOWN_PEER
        return this.#block([...path, 'cidr'], cidr, items(entry, 'except').map(String))
      }
      case 'FQDNs': {
        const pattern = text(entry, 'matchName') ?? text(entry, 'matchPattern')
        if (pattern === undefined) return UNKNOWN_PEER
        const names: PeerTest = { op: 'names', patterns: [pattern] }
        // Names are only learned from answers that Cilium's DNS proxy has seen.
        return this.#seesDns() ? names : allOf([names, UNKNOWN_PEER])
      }
      case 'Services': {
        const name = text(entry, 'k8sService', 'serviceName')
        const namespace = text(entry, 'k8sService', 'namespace') ?? this.#namespace ?? ''
        return name === undefined ? UNKNOWN_PEER : { op: 'service', namespace, name }
      }
      case 'Nodes':
        return { op: 'nodes', some: true }
      default:
        return UNKNOWN_PEER
    }
  }

  #seesDns(): boolean {
    return items(this.#reader.object.body, ...this.#path, 'egress').some((rule) =>
      items(rule, 'toPorts').some((ports) => items(ports, 'rules', 'dns').length > 0),
    )
  }

  #block(path: Path, cidr: Value, except: readonly string[]): PeerTest {
    if (isUnknown(cidr)) return UNKNOWN_PEER
    if (typeof cidr !== 'string' || !parseCidrOrAddress(cidr)) {
      this.#reader.refuse(path, `\`${String(cidr)}\` is no address block like 10.0.0.0/8; Cilium refuses the policy.`)
      return UNKNOWN_PEER
    }
    return { op: 'cidr', cidrs: [cidr], except, pods: false }
  }

  #entity(path: Path, entry: Value): PeerTest {
    switch (entry) {
      case 'all':
        return EVERYTHING
      case 'cluster':
        return { op: 'type', types: ['pod', 'fresh', 'host', 'node', 'apiserver'] }
      case 'world':
        return anyOf([WORLD_V4, WORLD_V6, { op: 'names', patterns: ['*'] }])
      case 'world-ipv4':
        return anyOf([WORLD_V4, { op: 'names', patterns: ['*'] }])
      case 'world-ipv6':
        return WORLD_V6
      case 'host':
      case 'remote-node':
        return { op: 'nodes', some: false }
      case 'kube-apiserver':
        return { op: 'type', types: ['apiserver'] }
      case 'ingress':
      case 'init':
      case 'health':
      case 'unmanaged':
      case 'none':
        return NOTHING
    }
    this.#reader.refuse(path, `\`${String(entry)}\` is no entity that Cilium knows; it refuses the policy.`)
    return UNKNOWN_PEER
  }

  /** A selector over endpoints, whose labels carry the source and may name the namespace and the account. */
  #endpoints(path: Path): PeerTest {
    const selector = get(this.#reader.object.body, ...path)
    if (isUnknown(selector)) return UNKNOWN_PEER
    const test = this.#reader.labelSelector(path, ANY_LABELS)
    const parts = test.op === 'and' ? test.of : [test]
    const namespaces: LabelTest[] = []
    const labels: LabelTest[] = []
    const accounts: string[][] = []
    for (const part of parts) {
      const key = keyOf(part)
      if (key === undefined) labels.push(part)
      else if (key === 'io.kubernetes.pod.namespace') namespaces.push(withKey(part, 'kubernetes.io/metadata.name'))
      else if (key.startsWith(NAMESPACE_LABELS)) namespaces.push(withKey(part, key.slice(NAMESPACE_LABELS.length)))
      else if (key === 'io.cilium.k8s.policy.serviceaccount' && part.op === 'in') accounts.push([...part.values])
      else if (key === 'io.cilium.k8s.policy.cluster') labels.push({ op: 'unknown' })
      else if (key.startsWith('reserved:')) return this.#entity(path, key.slice('reserved:'.length))
      else labels.push(withKey(part, key))
    }
    const [names] = accounts
    const where: Selected['where'] =
      namespaces.length > 0
        ? { labels: every(namespaces), outside: false }
        : this.#namespace === undefined
          ? ANY_NAMESPACE
          : { own: this.#namespace }
    return { op: 'selected', dialect: 'kubernetes', where, labels: every(labels), ...(names ? { accounts: { names } } : {}) }
  }

  #ports(rule: Path, action: 'allow' | 'deny'): { ports: PortTest; portPaths: readonly Path[] } {
    const path = [...rule, 'toPorts']
    const list = this.#reader.list(path)
    const icmps = this.#icmps(rule)
    if (list === 'unknown') return { ports: { base: ALL, certain: ALL, ports: possiblePorts(ALL) }, portPaths: [path] }
    if (list === undefined || list.length === 0) {
      return icmps === NONE ? { ports: EVERY_PORT, portPaths: [] } : { ports: { base: icmps, certain: icmps }, portPaths: [] }
    }
    const lists = list.map((entry, i): PortList => {
      const ports = this.#portList([...path, i, 'ports'])
      // What an HTTP, Kafka or DNS rule lets through is a part that is not modelled, so it is possible and not certain.
      const narrowed = action === 'allow' && isMap(entry) && NARROWING.some((key) => narrows(entry, key))
      return narrowed ? { ...ports, fixed: NONE, possible: union(ports.fixed, ports.possible), named: [] } : ports
    })
    return {
      ports: { base: ALL, certain: ALL, ports: joinPorts([...lists, fixedPorts(icmps)]) },
      portPaths: list.map((_, i) => [...path, i]),
    }
  }

  #icmps(rule: Path): Connections {
    let result: Connections = NONE
    for (const entry of items(this.#reader.object.body, ...rule, 'icmps')) {
      for (const field of items(entry, 'fields')) {
        const type = get(field, 'type')
        const family = text(field, 'family') === 'IPv6' ? 58 : 1
        result = union(result, icmp(family, typeof type === 'number' ? type : undefined, undefined))
      }
    }
    return result
  }

  #portList(path: Path): PortList {
    const list = this.#reader.list(path)
    if (list === 'unknown') return possiblePorts(ALL)
    if (list === undefined || list.length === 0) return fixedPorts(anyPort('unknown'))
    return joinPorts(list.map((entry, i) => this.#port([...path, i], entry)))
  }

  #port(path: Path, entry: Value): PortList {
    if (isUnknown(entry)) return possiblePorts(anyPort('unknown'))
    const written = get(entry, 'protocol')
    const protocols =
      written === undefined || written === 'ANY' ? KUBERNETES_PROTOCOLS : typeof written === 'string' ? [written.toUpperCase()] : []
    if (isUnknown(written)) return possiblePorts(anyPort('unknown'))
    const port = get(entry, 'port')
    const end = get(entry, 'endPort')
    if (isUnknown(port) || isUnknown(end)) return possiblePorts(protocols.map(anyPort).reduce(union, NONE))
    const whole = fixedPorts(protocols.map(anyPort).reduce(union, NONE))
    if (port === undefined || String(port) === '0') return whole
    if (/^\d+$/.test(String(port))) {
      const first = Number(port)
      const last = typeof end === 'number' && end > first ? end : first
      if (last <= 65_535) return fixedPorts(protocols.map((protocol) => portsBetween(protocol, first, last)).reduce(union, NONE))
    } else if (typeof port === 'string' && /^[a-z0-9-]{1,15}$/i.test(port)) {
      return { ...fixedPorts(NONE), named: protocols.map((protocol) => ({ name: port, protocol })) }
    }
    this.#reader.refuse([...path, 'port'], `${JSON.stringify(port)} is no port; Cilium refuses the policy.`)
    return possiblePorts(protocols.map(anyPort).reduce(union, NONE))
  }
}

const WORLD_V4: PeerTest = { op: 'cidr', cidrs: ['0.0.0.0/0'], except: [], pods: false }
const WORLD_V6: PeerTest = { op: 'cidr', cidrs: ['::/0'], except: [], pods: false }
const NAMESPACE_LABELS = 'io.cilium.k8s.namespace.labels.'
const NARROWING = ['rules', 'serverNames', 'listener']

/** Whether a part of `toPorts` lets only some requests through. A pattern for every name narrows nothing. */
function narrows(entry: Value, key: string): boolean {
  const part = get(entry, key)
  if (part === undefined) return false
  if (key !== 'rules' || !isMap(part)) return true
  return Object.values(part).some((rules) => isList(rules) && rules.length > 0 && !rules.some((rule) => text(rule, 'matchPattern') === '*'))
}

/** The key of a test without the source that Cilium puts before it; undefined when there is none. */
function keyOf(test: LabelTest): string | undefined {
  if (test.op === 'not') return keyOf(test.of)
  if (test.op !== 'in' && test.op !== 'has') return undefined
  return test.key.replace(/^(k8s|any|container|unspec)[:.](?=.)/, '')
}

function withKey(test: LabelTest, key: string): LabelTest {
  if (test.op === 'not') return { op: 'not', of: withKey(test.of, key) }
  return test.op === 'in' || test.op === 'has' ? { ...test, key } : test
}
