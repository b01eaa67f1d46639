import { defineRule, type Found, type Skipped } from '../../server/model/rule.ts'
import type { KubeObject } from '../../server/model/object.ts'
import { admitsAll } from '../../server/model/cloud/resource.ts'
import { get, isList, isUnknown, items, type Path, text, type Value } from '../../server/model/value.ts'

/** What the front door of a website needs. */
const PUBLIC_PORTS = new Set([80, 443])
const EVERYBODY = new Set(['*', '0.0.0.0/0', '::/0', 'internet', 'any', '0.0.0.0'])

interface Opening {
  readonly path: Path
  /** From which ranges; undefined ones are absent. */
  readonly ranges: readonly { readonly value: Value | undefined; readonly path: Path }[]
  /** All of them when undefined. */
  readonly ports: readonly { readonly from: number; readonly to: number }[] | undefined | 'unknown'
}

export default defineRule({
  name: 'firewall-open',
  title: 'Firewall admits the whole internet to more than a website',
  pillar: 'network',
  severity: 'warning',
  controls: { cis: ['AWS 5.2', 'GCP 3.6', 'Azure 6.1'], nist80053: ['AC-4', 'SC-7'], nist800207: ['4'], attack: ['T1133', 'T1190'] },
  since: '0.1.0',
  each: 'object',
  kinds: [
    'terraform/aws_security_group',
    'terraform/aws_security_group_rule',
    'terraform/aws_vpc_security_group_ingress_rule',
    'terraform/google_compute_firewall',
    'terraform/azurerm_network_security_rule',
    'terraform/azurerm_network_security_group',
    'terraform/aws_default_security_group',
    'terraform/aws_eks_node_group',
  ],
  reads: [],
  *check(object) {
    for (const opening of openingsOf(object)) yield* judge(object, opening)
  },
})

function* judge(object: KubeObject, { ranges, ports, path }: Opening): Iterable<Found | Skipped> {
  const open = ranges.find(({ value }) => everybody(value) === true)
  if (!open) {
    const unknown = ranges.find(({ value }) => everybody(value) === undefined)
    if (unknown) yield { notEvaluated: object, path: unknown.path }
    return
  }
  if (ports === 'unknown') {
    yield { notEvaluated: object, path }
    return
  }
  const harmless = ports?.every(({ from, to }) => from === to && PUBLIC_PORTS.has(from))
  if (harmless && ports && ports.length > 0) return
  const what =
    ports === undefined || ports.some(({ from, to }) => from <= 0 && to >= 65535)
      ? 'every port'
      : `port ${ports.map(({ from, to }) => (from === to ? from : `${from}–${to}`)).join(', ')}`
  yield {
    object,
    path: open.path,
    part: 'value',
    discriminator: what,
    message: `\`${object.name}\` admits the whole internet to ${what}. Name the ranges or the security groups that need it.`,
  }
}

/** Whether a range, or one of a list, is everybody; undefined while it is unknown. */
function everybody(value: Value | undefined): boolean | undefined {
  if (isUnknown(value)) return undefined
  if (typeof value === 'string') return EVERYBODY.has(value.toLowerCase())
  if (!isList(value)) return false
  if (value.some((each) => typeof each === 'string' && EVERYBODY.has(each.toLowerCase()))) return true
  return admitsAll(value)
}

function* openingsOf(object: KubeObject): Iterable<Opening> {
  const spec: Path = ['spec']
  switch (object.kind) {
    case 'aws_eks_node_group':
      yield* remoteAccess(object)
      return
    case 'aws_security_group':
    case 'aws_default_security_group':
      for (const [i] of items(object.body, 'spec', 'ingress').entries())
        yield awsOpening(object, ['spec', 'ingress', i], ['cidr_blocks', 'ipv6_cidr_blocks'])
      return
    case 'aws_security_group_rule':
      if (text(object.body, 'spec', 'type') === 'ingress') yield awsOpening(object, spec, ['cidr_blocks', 'ipv6_cidr_blocks'])
      return
    case 'aws_vpc_security_group_ingress_rule':
      yield awsOpening(object, spec, ['cidr_ipv4', 'cidr_ipv6'], 'ip_protocol')
      return
    case 'google_compute_firewall':
      yield* googleOpenings(object)
      return
    case 'azurerm_network_security_rule':
      yield* azureOpenings(object, spec)
      return
    default:
      for (const [i] of items(object.body, 'spec', 'security_rule').entries()) yield* azureOpenings(object, ['spec', 'security_rule', i])
  }
}

function rangesAt(object: KubeObject, at: Path, names: readonly string[]): Opening['ranges'] {
  return names.map((name) => ({ value: get(object.body, ...at, name), path: [...at, name] }))
}

/** EKS opens SSH to everybody for a key without security groups. */
function* remoteAccess(object: KubeObject): Iterable<Opening> {
  const path: Path = ['spec', 'remote_access', 0]
  if (get(object.body, ...path, 'ec2_ssh_key') === undefined) return
  const groups = get(object.body, ...path, 'source_security_group_ids')
  if (groups !== undefined && !(isList(groups) && groups.length === 0)) return
  yield { path, ranges: [{ value: '0.0.0.0/0', path: [...path, 'ec2_ssh_key'] }], ports: [{ from: 22, to: 22 }] }
}

function awsOpening(object: KubeObject, path: Path, names: readonly string[], protocolName = 'protocol'): Opening {
  const ranges = rangesAt(object, path, names)
  const protocol = get(object.body, ...path, protocolName)
  const from = numberOf(get(object.body, ...path, 'from_port'))
  const to = numberOf(get(object.body, ...path, 'to_port'))
  if (isUnknown(protocol) || from === 'unknown' || to === 'unknown') return { path, ranges, ports: 'unknown' }
  // A ping opens no port.
  if (protocol === 'icmp' || protocol === 'icmpv6' || protocol === 'icmp6') return { path, ranges: [], ports: undefined }
  if (protocol === '-1' || protocol === 'all' || from === undefined) return { path, ranges, ports: undefined }
  return { path, ranges, ports: [{ from, to: to ?? from }] }
}

function numberOf(value: Value | undefined): number | undefined | 'unknown' {
  if (isUnknown(value)) return 'unknown'
  const number = typeof value === 'string' ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined
}

function portsOf(values: readonly Value[]): Opening['ports'] {
  const ports: { from: number; to: number }[] = []
  for (const value of values) {
    if (isUnknown(value)) return 'unknown'
    const match = /^(\d+)(?:-(\d+))?$/.exec(String(value))
    if (!match) return undefined
    ports.push({ from: Number(match[1]), to: Number(match[2] ?? match[1]) })
  }
  return ports
}

function* googleOpenings(object: KubeObject): Iterable<Opening> {
  const { body } = object
  const direction = get(body, 'spec', 'direction')
  if ((direction !== undefined && direction !== 'INGRESS') || get(body, 'spec', 'disabled') === true) return
  // Without any source the rule is for everybody.
  const sources = ['source_ranges', 'source_tags', 'source_service_accounts'].map((name) => get(body, 'spec', name))
  const ranges = sources.every((source) => source === undefined)
    ? [{ value: '0.0.0.0/0', path: ['spec', 'source_ranges'] }]
    : sources.slice(1).some((source) => source !== undefined) && sources[0] === undefined
      ? []
      : rangesAt(object, ['spec'], ['source_ranges'])
  for (const [i, allow] of items(body, 'spec', 'allow').entries()) {
    const protocol = get(allow, 'protocol')
    if (protocol === 'icmp') continue
    const ports = get(allow, 'ports')
    const path: Path = ['spec', 'allow', i]
    yield {
      path,
      ranges,
      ports: isUnknown(ports) || isUnknown(protocol) ? 'unknown' : ports === undefined ? undefined : portsOf(items(ports)),
    }
  }
}

function* azureOpenings(object: KubeObject, path: Path): Iterable<Opening> {
  const at = (name: string): Value | undefined => get(object.body, ...path, name)
  const [access, direction] = [at('access'), at('direction')]
  if (typeof access === 'string' && access.toLowerCase() !== 'allow') return
  if (typeof direction === 'string' && direction.toLowerCase() !== 'inbound') return
  const ranges = rangesAt(object, path, ['source_address_prefix', 'source_address_prefixes'])
  if (isUnknown(access) || isUnknown(direction) || String(at('protocol')).toLowerCase() === 'icmp') return
  const single = at('destination_port_range')
  const several = at('destination_port_ranges')
  if (isUnknown(several)) yield { path, ranges, ports: 'unknown' }
  else yield { path, ranges, ports: portsOf([...(single === undefined ? [] : [single]), ...items(several)]) }
}
