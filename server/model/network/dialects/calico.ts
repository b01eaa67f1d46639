import type { KubeObject } from '../../object.ts'
import { get, isUnknown, items, type Path, text, texts, type Value } from '../../value.ts'
import { ANY_LABELS, type Labelled, type LabelTest, NO_LABELS, testLabels, UNKNOWN_LABELS } from '../labels.ts'
import { allOf, anyOf, EVERYTHING, type PeerTest, type Selected, UNKNOWN_PEER } from '../peers.ts'
import type { Direction, Policy, PortList, PortTest, Rule } from '../policy.ts'
import { type Addresses, NO_ADDRESS, parseCidrOrAddress, unionAddresses } from '../sets/addresses.ts'
import {
  ALL,
  type Connections,
  difference,
  http,
  icmp,
  intersection,
  NONE,
  PROTOCOL_NUMBERS,
  ports as portRange,
  protocol as wholeProtocol,
  sourcePorts,
  union,
} from '../sets/connections.ts'
import { exactly, startingWith, unite } from '../sets/languages.ts'
import { isSelectorError, parseCalicoSelector } from './calico-selector.ts'
import { fixedPorts, joinPorts, possiblePorts, Reader } from './reader.ts'

/** The groups under which Calico's kinds are written: its API, and the custom resources behind it. */
export const CALICO_GROUPS: readonly string[] = ['projectcalico.org', 'crd.projectcalico.org']

/** Also endpoints of hosts and global network sets. */
const ANYWHERE: Selected['where'] = { labels: ANY_LABELS, outside: true }

/** A policy of Calico with its place: its tier, and the order there. */
export interface CalicoPolicy {
  readonly policy: Policy
  readonly tier: string
  /** Lower goes first; those without one come last. */
  readonly order: number | undefined
}

/** Semantics: projectcalico.org/v3 NetworkPolicy and GlobalNetworkPolicy. */
export function readCalicoPolicy(object: KubeObject): CalicoPolicy {
  const reader = new Reader(object)
  const scope = object.kind === 'GlobalNetworkPolicy' ? undefined : object.namespace
  const order = get(object.body, 'spec', 'order')
  if (order !== undefined && typeof order !== 'number' && !isUnknown(order))
    reader.refuse(['spec', 'order'], '`order` is a number; Calico refuses the policy.')
  const ingress = rules(reader, 'ingress', scope)
  const egress = rules(reader, 'egress', scope)
  const types = texts(object.body, 'spec', 'types')
  const written = types.length > 0 ? types : egress.length === 0 ? ['Ingress'] : ingress.length === 0 ? ['Egress'] : ['Ingress', 'Egress']
  const directions = { ingress: written.includes('Ingress'), egress: written.includes('Egress') }
  return {
    tier: text(object.body, 'spec', 'tier') || 'default',
    order: typeof order === 'number' ? order : undefined,
    policy: reader.policy({ selects: subjects(reader, scope), applies: directions, isolates: directions, ingress, egress }),
  }
}

/** A profile is a policy for the endpoints that carry it, asked after all tiers. */
export function readCalicoProfile(object: KubeObject): Policy {
  const reader = new Reader(object)
  return reader.policy({
    selects: { op: 'profile', name: object.name },
    applies: { ingress: true, egress: true },
    isolates: { ingress: true, egress: true },
    ingress: rules(reader, 'ingress', undefined),
    egress: rules(reader, 'egress', undefined),
  })
}

function subjects(reader: Reader, scope: string | undefined): PeerTest {
  const accounts = reader.object.body
  const where = scope === undefined ? namespaces(reader, ['spec', 'namespaceSelector'], ANYWHERE) : { own: scope }
  const labels = selector(reader, ['spec', 'selector']) ?? ANY_LABELS
  const account =
    get(accounts, 'spec', 'serviceAccountSelector') === undefined ? undefined : selector(reader, ['spec', 'serviceAccountSelector'])
  const all: PeerTest = { op: 'selected', dialect: 'calico', where, labels, ...(account ? { accounts: { labels: account } } : {}) }
  const hostsOnly = get(reader.object.body, 'spec', 'doNotTrack') === true || get(reader.object.body, 'spec', 'preDNAT') === true
  const ends: PeerTest = { op: 'type', types: hostsOnly ? ['host'] : ['pod', 'fresh', 'host'] }
  return allOf([all, ends])
}

function selector(reader: Reader, path: Path): LabelTest | undefined {
  const written = get(reader.object.body, ...path)
  if (written === undefined) return undefined
  if (isUnknown(written)) return UNKNOWN_LABELS
  const result = typeof written === 'string' ? parseCalicoSelector(written) : undefined
  if (result && !isSelectorError(result)) return result
  reader.refuse(
    path,
    `Calico cannot read this selector and refuses the policy${result ? `: ${result.error} (at character ${result.at + 1})` : ''}.`,
  )
  return UNKNOWN_LABELS
}

/** Where a namespace selector looks. `all()` is true in namespaces, `global()` outside of them, where there are no labels. */
function namespaces(reader: Reader, path: Path, absent: Selected['where']): Selected['where'] {
  const test = selector(reader, path)
  if (test === undefined) return absent
  return { labels: replace(test, 'global', NO_LABELS), outside: testLabels(replace(test, 'all', NO_LABELS), NO_LABEL) === true }
}

const NO_LABEL: Labelled = { labels: {}, open: false, unknownKeys: [] }

function replace(test: LabelTest, op: LabelTest['op'], by: LabelTest): LabelTest {
  if (test.op === op) return by
  if (test.op === 'not') return { op: 'not', of: replace(test.of, op, by) }
  if (test.op === 'and' || test.op === 'or') return { op: test.op, of: test.of.map((part) => replace(part, op, by)) }
  return test
}

function rules(reader: Reader, direction: Direction, scope: string | undefined): Rule[] {
  const list = reader.list(['spec', direction])
  if (list === 'unknown')
    return [
      {
        action: 'allow',
        path: ['spec', direction],
        peer: EVERYTHING,
        peers: [],
        ports: { base: ALL, certain: ALL },
        portPaths: [],
        uncertain: true,
      },
    ]
  return (list ?? []).flatMap((rule, i): Rule[] => {
    const path = ['spec', direction, i]
    const action = actionOf(reader, path)
    if (action === 'log') return []
    const [peerKey, ownKey] = direction === 'ingress' ? ['source', 'destination'] : ['destination', 'source']
    const family = familyOf(reader, [...path, 'ipVersion'])
    const peer = entity(reader, [...path, peerKey as string], scope)
    const own = entity(reader, [...path, ownKey as string], scope)
    const base = baseOf(reader, path)
    const ports = portsOf(reader, path, base)
    const peers = get(rule, peerKey as string) === undefined ? [] : [{ path: [...path, peerKey as string], test: peer }]
    return [
      {
        action: action === 'unknown' ? 'allow' : action,
        path,
        peer: allOf([peer, family]),
        peers,
        ports,
        portPaths: ['source', 'destination'].flatMap((key) => (get(rule, key, 'ports') === undefined ? [] : [[...path, key, 'ports']])),
        ...(own.op === 'everything' ? {} : { subject: own }),
        ...(action === 'unknown' || isUnknown(rule) ? { uncertain: true } : {}),
      },
    ]
  })
}

function actionOf(reader: Reader, path: Path): 'allow' | 'deny' | 'pass' | 'log' | 'unknown' {
  const written = get(reader.object.body, ...path, 'action')
  switch (written) {
    case 'Allow':
      return 'allow'
    case 'Deny':
      return 'deny'
    case 'Pass':
      return 'pass'
    case 'Log':
      return 'log'
  }
  if (!isUnknown(written))
    reader.refuse(
      written === undefined ? path : [...path, 'action'],
      `\`${String(written ?? '')}\` is no action: it is Allow, Deny, Log or Pass. Calico refuses the policy.`,
    )
  return 'unknown'
}

const V4_ONLY: PeerTest = anyOf([
  { op: 'type', types: ['pod', 'fresh', 'host', 'node', 'apiserver', 'name'] },
  { op: 'cidr', cidrs: ['0.0.0.0/0'], except: [], pods: false },
])
const V6_ONLY: PeerTest = anyOf([
  { op: 'type', types: ['pod', 'fresh', 'host', 'node', 'apiserver', 'name'] },
  { op: 'cidr', cidrs: ['::/0'], except: [], pods: false },
])

function familyOf(reader: Reader, path: Path): PeerTest {
  const version = get(reader.object.body, ...path)
  if (version === undefined) return EVERYTHING
  if (version === 4) return V4_ONLY
  if (version === 6) return V6_ONLY
  if (!isUnknown(version)) reader.refuse(path, '`ipVersion` is 4 or 6; Calico refuses the policy.')
  return UNKNOWN_PEER
}

/** One end of a rule. All of its fields must hold. */
function entity(reader: Reader, path: Path, scope: string | undefined): PeerTest {
  const { body } = reader.object
  const entity = get(body, ...path)
  if (isUnknown(entity)) return UNKNOWN_PEER
  const parts: PeerTest[] = []
  const labels = selector(reader, [...path, 'selector'])
  const unwanted = selector(reader, [...path, 'notSelector'])
  const account = get(entity, 'serviceAccounts')
  const names = texts(account, 'names')
  const accountLabels = selector(reader, [...path, 'serviceAccounts', 'selector'])
  const outer = get(entity, 'namespaceSelector')
  const implied = scope !== undefined && (labels !== undefined || unwanted !== undefined || account !== undefined)
  if (labels !== undefined || account !== undefined || outer !== undefined || implied) {
    const where = namespaces(reader, [...path, 'namespaceSelector'], scope === undefined ? ANYWHERE : { own: scope })
    const accounts =
      account === undefined
        ? {}
        : { accounts: { ...(names.length > 0 ? { names } : {}), ...(accountLabels ? { labels: accountLabels } : {}) } }
    parts.push({ op: 'selected', dialect: 'calico', where, labels: labels ?? ANY_LABELS, ...accounts })
  }
  if (unwanted !== undefined) parts.push({ op: 'not', of: { op: 'selected', dialect: 'calico', where: ANYWHERE, labels: unwanted } })
  const nets = blocks(reader, [...path, 'nets'])
  if (nets !== undefined) parts.push(nets)
  const notNets = blocks(reader, [...path, 'notNets'])
  if (notNets !== undefined) parts.push({ op: 'not', of: notNets })
  const service = text(entity, 'services', 'name')
  if (service) parts.push({ op: 'service', namespace: text(entity, 'services', 'namespace') ?? scope ?? '', name: service })
  return allOf(parts)
}

function blocks(reader: Reader, path: Path): PeerTest | undefined {
  const list = reader.list(path)
  if (list === undefined || list.length === 0) return undefined
  if (list === 'unknown') return UNKNOWN_PEER
  const cidrs: string[] = []
  for (const [i, block] of list.entries()) {
    if (isUnknown(block)) return UNKNOWN_PEER
    if (typeof block === 'string' && parseCidrOrAddress(block)) cidrs.push(block)
    else reader.refuse([...path, i], `\`${String(block)}\` is no address block like 10.0.0.0/8; Calico refuses the policy.`)
  }
  return { op: 'cidr', cidrs, except: [] }
}

/** The addresses of a NetworkSet or GlobalNetworkSet. */
export function addressesOfSet(object: KubeObject): Addresses {
  return texts(object.body, 'spec', 'nets').reduce<Addresses>(
    (sum, block) => unionAddresses(sum, parseCidrOrAddress(block) ?? NO_ADDRESS),
    NO_ADDRESS,
  )
}

/** Protocol, ICMP and HTTP of a rule, as an upper and a lower bound. */
function baseOf(reader: Reader, path: Path): { base: Connections; certain: Connections } {
  const { body } = reader.object
  const wanted = protocols(reader, [...path, 'protocol'])
  const unwanted = protocols(reader, [...path, 'notProtocol'])
  if (wanted === 'unknown' || unwanted === 'unknown') return { base: ALL, certain: NONE }
  let base = difference(wanted ?? ALL, unwanted ?? NONE)
  const family = icmpFamily(body, path)
  const included = get(body, ...path, 'icmp')
  const excluded = get(body, ...path, 'notICMP')
  if (isUnknown(included) || isUnknown(excluded)) return { base, certain: NONE }
  if (included !== undefined) base = intersection(base, icmpOf(included, family))
  if (excluded !== undefined) base = difference(base, icmpOf(excluded, family))
  const requests = get(body, ...path, 'http')
  if (requests === undefined) return { base, certain: base }
  // Without application layer policy the data plane ignores HTTP matches.
  return { base, certain: intersection(base, isUnknown(requests) ? NONE : httpOf(requests)) }
}

function icmpFamily(body: Value, path: Path): readonly number[] {
  const protocol = get(body, ...path, 'protocol')
  if (protocol === 'ICMP' || protocol === 1 || protocol === '1') return [1]
  return protocol === 'ICMPv6' || protocol === 58 || protocol === '58' ? [58] : [1, 58]
}

function icmpOf(value: Value, families: readonly number[]): Connections {
  const type = get(value, 'type')
  const code = get(value, 'code')
  const number = (found: Value | undefined): number | undefined => (typeof found === 'number' ? found : undefined)
  return families.map((family) => icmp(family, number(type), number(code))).reduce(union, NONE)
}

function httpOf(value: Value): Connections {
  const methods = texts(value, 'methods')
  const paths = items(value, 'paths').map((path) => {
    const exact = text(path, 'exact')
    return exact === undefined ? startingWith(text(path, 'prefix') ?? '') : exactly(exact)
  })
  return http({
    ...(methods.length > 0 ? { methods } : {}),
    ...(paths.length > 0 ? { paths: paths.reduce(unite) } : {}),
  })
}

function protocols(reader: Reader, path: Path): Connections | 'unknown' | undefined {
  const written = get(reader.object.body, ...path)
  if (written === undefined) return undefined
  if (isUnknown(written)) return 'unknown'
  const number = protocolNumber(written)
  if (number !== undefined) return wholeProtocol(number)
  reader.refuse(
    path,
    `\`${String(written)}\` is no protocol: it is TCP, UDP, SCTP, UDPLite, ICMP, ICMPv6 or a number. Calico refuses the policy.`,
  )
  return 'unknown'
}

function protocolNumber(written: Value): number | undefined {
  if (typeof written === 'string') {
    for (const [name, number] of PROTOCOL_NUMBERS) if (name.toLowerCase() === written.toLowerCase()) return number
    return /^\d{1,3}$/.test(written) ? protocolNumber(Number(written)) : undefined
  }
  return typeof written === 'number' && Number.isInteger(written) && written >= 0 && written <= 255 ? written : undefined
}

function portsOf(reader: Reader, path: Path, { base, certain }: { base: Connections; certain: Connections }): PortTest {
  const read = (end: 'source' | 'destination', key: 'ports' | 'notPorts'): PortList | undefined =>
    portList(reader, path, [...path, end, key], end === 'source')
  const ports = read('destination', 'ports')
  const notPorts = read('destination', 'notPorts')
  const sources = read('source', 'ports')
  const notSources = read('source', 'notPorts')
  return {
    base,
    certain,
    ...(ports ? { ports } : {}),
    ...(notPorts ? { notPorts } : {}),
    ...(sources ? { sources } : {}),
    ...(notSources ? { notSources } : {}),
  }
}

function portList(reader: Reader, rule: Path, path: Path, source: boolean): PortList | undefined {
  const list = reader.list(path)
  if (list === undefined || list.length === 0) return undefined
  if (list === 'unknown') return possiblePorts(ALL)
  const protocol = get(reader.object.body, ...rule, 'protocol')
  const number = protocol === undefined || isUnknown(protocol) ? undefined : protocolNumber(protocol)
  if (protocol === undefined) reader.refuse(path, 'A rule with ports needs a `protocol`: TCP, UDP or SCTP. Calico refuses the policy.')
  if (number === undefined) return possiblePorts(ALL)
  return joinPorts(list.map((entry, i) => portEntry(reader, [...path, i], entry, number, source)))
}

function portEntry(reader: Reader, path: Path, entry: Value, protocol: number, source: boolean): PortList {
  const between = (first: number, last: number): PortList =>
    fixedPorts(source ? sourcePorts(first, last) : portRange(protocol, first, last))
  if (isUnknown(entry)) return possiblePorts(ALL)
  if (typeof entry === 'number') {
    if (Number.isInteger(entry) && entry >= 0 && entry <= 65_535) return between(entry, entry)
  } else if (typeof entry === 'string') {
    const range = /^(\d{1,5})(?::(\d{1,5}))?$/.exec(entry)
    if (range) {
      const first = Number(range[1])
      const last = Number(range[2] ?? range[1])
      if (first <= last && last <= 65_535) return between(first, last)
    } else if (/^[a-zA-Z0-9_.-]{1,128}$/.test(entry)) {
      return { ...fixedPorts(NONE), named: [{ name: entry, protocol: nameOf(protocol) }] }
    }
  }
  reader.refuse(
    path,
    `${JSON.stringify(entry)} is no port: write a number, a range like "8000:8080", or the name of a container's port. Calico refuses the policy.`,
  )
  return possiblePorts(ALL)
}

function nameOf(protocol: number): string {
  for (const [name, number] of PROTOCOL_NUMBERS) if (number === protocol) return name
  return String(protocol)
}
