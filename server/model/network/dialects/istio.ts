import { actionOf, hasSelector, ROOT_NAMESPACE } from '../../mesh.ts'
import type { KubeObject } from '../../object.ts'
import type { Tri } from '../../tri.ts'
import { entries, get, hasUnknown, isUnknown, items, type Path, text, texts, type Value } from '../../value.ts'
import { every, type LabelTest } from '../labels.ts'
import { ANY_NAMESPACE, allOf, anyOf, EVERYTHING, NOTHING, type PeerTest, UNKNOWN_PEER } from '../peers.ts'
import { EVERY_PORT, type Policy, type PortTest, type Rule } from '../policy.ts'
import { patternMatches } from '../matching.ts'
import { parseCidrOrAddress } from '../sets/addresses.ts'
import { ALL, type Connections, difference, http, intersection, METHODS, NONE, ports, protocol, TCP, union } from '../sets/connections.ts'
import { ANY_STRING, endingWith, exactly, type Language, MAX_PATTERN, NO_STRING, startingWith, unite, without } from '../sets/languages.ts'
import { Reader } from './reader.ts'

export interface IstioPolicy {
  readonly policy: Policy
  /** `custom` is asked first, then `deny`, then `allow`. */
  readonly action: 'custom' | 'deny' | 'allow'
}

/** Semantics: security.istio.io/v1 AuthorizationPolicy. Undefined for those that only log or are tried out. */
export function readAuthorizationPolicy(object: KubeObject): IstioPolicy | undefined {
  const action = actionOf(object)
  const tried = entries(object.body, 'metadata', 'annotations').some(
    ([key, value]) => key === 'istio.io/dry-run' && String(value) === 'true',
  )
  if (tried || action === 'AUDIT') return undefined
  const reader = new Reader(object)
  const kind = action === 'DENY' ? 'deny' : action === 'CUSTOM' ? 'custom' : 'allow'
  if (kind === 'allow' && action !== 'ALLOW')
    reader.refuse(['spec', 'action'], `\`${action}\` is no action: it is ALLOW, DENY, AUDIT or CUSTOM. Istio refuses the policy.`)
  const rules = readRules(reader, kind)
  const policy = reader.policy({
    selects: allOf([subjects(reader), { op: 'mesh' }]),
    applies: { ingress: true, egress: false },
    isolates: { ingress: kind === 'allow', egress: false },
    ingress: rules,
    egress: [],
  })
  return { policy, action: kind }
}

/** Pods that a selector in a namespace, or in the root namespace, means. */
function subjects(reader: Reader): PeerTest {
  const { body, namespace } = reader.object
  const referenced = get(body, 'spec', 'targetRefs') ?? get(body, 'spec', 'targetRef')
  const labels = matchLabels(get(body, 'spec', 'selector', 'matchLabels'))
  const where = namespace === ROOT_NAMESPACE ? ANY_NAMESPACE : { own: namespace }
  const selected: PeerTest = { op: 'selected', dialect: 'kubernetes', where, labels }
  // A policy for a gateway or a Service is enforced by a proxy that is not in the files.
  return referenced === undefined ? selected : allOf([selected, UNKNOWN_PEER])
}

function matchLabels(value: Value | undefined): LabelTest {
  if (isUnknown(value)) return { op: 'unknown' }
  return every(
    entries(value).map(
      ([key, wanted]): LabelTest => ({ op: 'in', key, values: isUnknown(wanted) ? [] : [String(wanted)], open: isUnknown(wanted) }),
    ),
  )
}

function readRules(reader: Reader, kind: IstioPolicy['action']): Rule[] {
  const action = kind === 'allow' ? 'allow' : 'deny'
  const list = reader.list(['spec', 'rules'])
  if (list === 'unknown')
    return [{ action, path: ['spec', 'rules'], peer: EVERYTHING, peers: [], ports: EVERY_PORT, portPaths: [], uncertain: true }]
  return (list ?? []).map((rule, i): Rule => {
    const path = ['spec', 'rules', i]
    const from = items(rule, 'from')
    const to = items(rule, 'to')
    const peers = from.map((entry, j) => ({ path: [...path, 'from', j], test: readSource(get(entry, 'source'), reader.object.namespace) }))
    const sources = peers.length === 0 ? EVERYTHING : anyOf(peers.map(({ test }) => test))
    let base = to.length === 0 ? ALL : to.map((entry) => operation(get(entry, 'operation'))).reduce(union, NONE)
    let certain = base
    const conditions: PeerTest[] = []
    for (const condition of items(rule, 'when')) {
      const { peer, connections } = readCondition(condition)
      conditions.push(peer)
      base = intersection(base, connections.base)
      certain = intersection(certain, connections.certain)
    }
    if (hasUnknown(rule)) certain = NONE
    const ports: PortTest = { base, certain }
    // The answer of an external authorizer is not in the files.
    return {
      action,
      path,
      peer: allOf([sources, ...conditions]),
      peers,
      ports,
      portPaths: to.map((_, j) => [...path, 'to', j]),
      ...(kind === 'custom' ? { uncertain: true } : {}),
    }
  })
}

/** All fields of a source must hold; values of a field are alternatives. An account without a namespace is of the policy's own. */
function readSource(source: Value | undefined, home: string): PeerTest {
  if (isUnknown(source)) return UNKNOWN_PEER
  const parts: PeerTest[] = []
  const both = (field: string, negated: string, test: (values: readonly string[]) => PeerTest): void => {
    for (const [key, positive] of [
      [field, true],
      [negated, false],
    ] as const) {
      const values = texts(source, key)
      if (values.length === 0) continue
      parts.push(positive ? test(values) : { op: 'not', of: test(values) })
    }
  }
  both('principals', 'notPrincipals', (principals) => ({ op: 'identity', principals }))
  both('namespaces', 'notNamespaces', (namespaces) => ({ op: 'identity', namespaces }))
  both('serviceAccounts', 'notServiceAccounts', (accounts) => ({
    op: 'identity',
    principals: accounts.map(
      (account) => `cluster.local/ns/${account.includes('/') ? account.replace('/', '/sa/') : `${home}/sa/${account}`}`,
    ),
  }))
  both('ipBlocks', 'notIpBlocks', addressBlocks)
  // What a proxy in front says of the caller's address or token narrows in a way that is not modelled.
  for (const key of ['remoteIpBlocks', 'notRemoteIpBlocks', 'requestPrincipals', 'notRequestPrincipals']) {
    if (get(source, key) !== undefined) parts.push(UNKNOWN_PEER)
  }
  return allOf(parts)
}

function addressBlocks(blocks: readonly string[]): PeerTest {
  const cidrs = blocks.filter((block) => parseCidrOrAddress(block) !== undefined)
  return cidrs.length === 0 ? NOTHING : { op: 'cidr', cidrs, except: [] }
}

function operation(value: Value | undefined): Connections {
  if (isUnknown(value)) return ALL
  const language = (key: string, negated: string, fold: (text: string) => string): Language | undefined => {
    const wanted = texts(value, key)
    const unwanted = texts(value, negated)
    if (wanted.length === 0 && unwanted.length === 0) return undefined
    const all = (patterns: readonly string[]): Language[] => patterns.map((pattern) => patternLanguage(fold(pattern)))
    return all(unwanted).reduce(without, wanted.length === 0 ? ANY_STRING : all(wanted).reduce(unite, NO_STRING))
  }
  const same = (text: string): string => text
  const hosts = language('hosts', 'notHosts', (text) => text.toLowerCase())
  const paths = language('paths', 'notPaths', same)
  const [wanted, unwanted] = [texts(value, 'methods'), texts(value, 'notMethods')]
  const means = (patterns: readonly string[], method: string): boolean => patterns.some((pattern) => patternMatches(pattern, method))
  const methods = METHODS.filter((method) => (wanted.length === 0 || means(wanted, method)) && !means(unwanted, method))
  let connections = http({
    ...(hosts === undefined ? {} : { hosts }),
    ...(paths === undefined ? {} : { paths }),
    ...(wanted.length + unwanted.length === 0 ? {} : { methods }),
  })
  const listed = portsIn(value, 'ports')
  if (listed !== undefined) connections = intersection(connections, listed)
  const excluded = portsIn(value, 'notPorts')
  return excluded === undefined ? connections : difference(connections, excluded)
}

function portsIn(value: Value | undefined, key: string): Connections | undefined {
  const list = items(value, key)
  if (list.length === 0) return undefined
  return list.map((port) => (/^\d{1,5}$/.test(String(port)) ? ports(TCP, Number(port)) : NONE)).reduce(union, NONE)
}

/** Exact, `x*`, `*x`, `*`; templates with braces are read as if they accepted everything behind their fixed beginning. */
function patternLanguage(pattern: string): Language {
  if (pattern === '*') return without(ANY_STRING, exactly(''))
  const brace = pattern.indexOf('{')
  if (brace >= 0) return startingWith(pattern.slice(0, Math.min(brace, MAX_PATTERN)))
  if (pattern.endsWith('*')) return startingWith(pattern.slice(0, Math.min(pattern.length - 1, MAX_PATTERN)))
  if (pattern.startsWith('*')) return endingWith(pattern.slice(-Math.min(pattern.length - 1, MAX_PATTERN)))
  return exactly(pattern.slice(0, MAX_PATTERN))
}

/** One entry of `when`. Conditions on headers, tokens and names narrow in a way that is not modelled. */
function readCondition(condition: Value): {
  readonly peer: PeerTest
  readonly connections: { readonly base: Connections; readonly certain: Connections }
} {
  const all = { base: ALL, certain: ALL }
  const test = (of: (values: readonly string[]) => PeerTest): PeerTest => {
    const wanted = texts(condition, 'values')
    const unwanted = texts(condition, 'notValues')
    return allOf([
      ...(wanted.length > 0 ? [of(wanted)] : []),
      ...(unwanted.length > 0 ? [{ op: 'not', of: of(unwanted) } as PeerTest] : []),
    ])
  }
  switch (text(condition, 'key')) {
    case 'source.ip':
      return { peer: test(addressBlocks), connections: all }
    case 'source.namespace':
      return { peer: test((namespaces) => ({ op: 'identity', namespaces })), connections: all }
    case 'source.principal':
      return { peer: test((principals) => ({ op: 'identity', principals })), connections: all }
    case 'destination.port': {
      const wanted = portsIn(condition, 'values') ?? protocol(TCP)
      const connections = difference(wanted, portsIn(condition, 'notValues') ?? NONE)
      return { peer: EVERYTHING, connections: { base: connections, certain: connections } }
    }
    default:
      return { peer: EVERYTHING, connections: { base: ALL, certain: NONE } }
  }
}

/** Where a PeerAuthentication holds: the narrowest one that says something decides. */
export interface MutualTls {
  readonly policy: Policy
  readonly scope: 'workload' | 'namespace' | 'mesh'
}

/**
 * Semantics: security.istio.io/v1 PeerAuthentication: STRICT lets only peers with an identity in. Ports count with a
 * selector alone, and a selector does not count in the root namespace (`ComposePeerAuthentication`).
 */
export function readPeerAuthentication(object: KubeObject): MutualTls {
  const reader = new Reader(object)
  const { body, namespace } = object
  const selective = hasSelector(object)
  const mode = get(body, 'spec', 'mtls', 'mode')
  const byPort = selective ? entries(body, 'spec', 'portLevelMtls') : []
  const rules: Rule[] =
    selective && namespace === ROOT_NAMESPACE
      ? []
      : [
          ...byPort.flatMap(([port, value]) => modeRules(['spec', 'portLevelMtls', port], get(value, 'mode'), ports(TCP, Number(port)))),
          ...modeRules(['spec', 'mtls', 'mode'], mode, ALL),
        ]
  return {
    scope: selective ? 'workload' : namespace === ROOT_NAMESPACE ? 'mesh' : 'namespace',
    policy: reader.policy({
      selects: allOf([subjects(reader), { op: 'mesh' }]),
      applies: { ingress: true, egress: false },
      isolates: { ingress: false, egress: false },
      ingress: rules,
      egress: [],
    }),
  }
}

function modeRules(path: Path, mode: Value | undefined, connections: Connections): Rule[] {
  if (mode === undefined || mode === 'UNSET') return []
  const certain: Tri = mode === 'STRICT' ? true : mode === 'PERMISSIVE' || mode === 'DISABLE' ? false : 'unknown'
  const rule = { path, peers: [], ports: { base: connections, certain: connections }, portPaths: [] }
  return [
    ...(certain === false
      ? []
      : [
          {
            ...rule,
            action: 'deny' as const,
            peer: { op: 'not', of: { op: 'mesh' } } as PeerTest,
            ...(certain === 'unknown' ? { uncertain: true } : {}),
          },
        ]),
    { ...rule, action: 'pass', peer: EVERYTHING },
  ]
}
