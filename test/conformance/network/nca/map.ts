import { parse } from 'yaml'
import { testLabels } from '../../../../server/model/network/labels.ts'
import {
  type AddressMap,
  addressMap,
  combineMaps,
  everywhere,
  NO_ADDRESS,
  parseAddress,
  parseCidrOrAddress,
  unionAddresses,
  type Addresses,
  pieces,
} from '../../../../server/model/network/sets/addresses.ts'
import {
  ALL,
  type Connections,
  describeConnections,
  difference,
  http,
  icmp,
  intersection,
  METHODS,
  NONE,
  anyProtocolPorts,
  PROTOCOL_NUMBERS,
  protocol,
  sourcePorts,
  TCP,
  union,
} from '../../../../server/model/network/sets/connections.ts'
import {
  ANY_STRING,
  exactly,
  type Language,
  NO_STRING,
  startingWith,
  endingWith,
  unite,
  without,
} from '../../../../server/model/network/sets/languages.ts'
import type { Network, Pod } from './config.ts'

/** One line of a map: who, whom and what. */
interface Line {
  readonly from: string
  readonly to: string
  readonly connections: Connections
}

/** The lines of a text report for one configuration. */
export function linesOf(report: string, format: string, config: string): readonly Line[] | undefined {
  return format === 'yaml' || format === 'json' ? fromData(parse(report), config) : fromText(report, config)
}

function fromText(report: string, config: string): readonly Line[] | undefined {
  const lines: Line[] = []
  let section: Connections | undefined
  let seen = false
  for (const line of report.split('\n')) {
    const title = /^(?:For connections of type (TCP|non-TCP), )?final fw rules for query: .*?, config: (.*):$/.exec(line)
    if (title) {
      section = title[2] === config ? sectionOf(title[1]) : undefined
      seen ||= title[2] === config
      continue
    }
    const rule = /^src(?:_ns)?: (.*?) dst(?:_ns)?: (.*?) conn: (.*)$/.exec(line)
    if (!rule || section === undefined) continue
    const ends = /^(src.*?) (dst(?:_ns)?: .*?) conn: (.*)$/.exec(line)
    if (ends) lines.push({ from: ends[1] ?? '', to: ends[2] ?? '', connections: intersection(readConnections(ends[3] ?? ''), section) })
  }
  return seen ? lines : undefined
}

function sectionOf(kind: string | undefined): Connections {
  return kind === undefined ? ALL : kind === 'TCP' ? protocol(TCP) : difference(ALL, protocol(TCP))
}

function fromData(data: unknown, config: string): readonly Line[] | undefined {
  const lines: Line[] = []
  const entry = (data as { configs?: string[]; explanation?: Record<string, Record<string, unknown>[]>[] }[]).find(({ configs }) =>
    configs?.includes(config),
  )
  if (!entry) return undefined
  for (const part of entry.explanation ?? []) {
    for (const [key, rules] of Object.entries(part)) {
      const section = sectionOf(key === 'rules' ? undefined : key.startsWith('TCP') ? 'TCP' : 'non-TCP')
      for (const rule of rules ?? []) {
        const list = (name: string): string => ((rule[name] as string[] | undefined) ?? []).join(name.endsWith('pods') ? ', ' : ',')
        const end = (side: string): string =>
          rule[`${side}_ns`]
            ? `${side}_ns: [${list(`${side}_ns`)}] ${side}_pods: [${list(`${side}_pods`)}]`
            : `${side}: ${list(`${side}_ip_block`) || list(`${side}_dns_entry`)}`
        const connections = (rule['connection'] as unknown[])
          .map((part) => (typeof part === 'string' ? readConnections(part) : readFields(part as Record<string, unknown>)))
          .reduce<Connections>(union, NONE)
        lines.push({ from: end('src'), to: end('dst'), connections: intersection(connections, section) })
      }
    }
  }
  return lines
}

function readFields(fields: Record<string, unknown>): Connections {
  const text = Object.entries(fields).map(([key, value]) => `${key}:${Array.isArray(value) ? value.join(',') : String(value)}`)
  return readCube(text.join(','))
}

function readConnections(text: string): Connections {
  if (text === 'All connections') return ALL
  if (text === 'No connections' || text === '') return NONE
  if (text.startsWith('All but ')) return difference(ALL, readConnections(text.slice('All but '.length)))
  return text.slice(1, -1).split('},{').map(readCube).reduce(union, NONE)
}

function readCube(text: string): Connections {
  const fields = text.split(/,(?=(?:protocols|src_ports|dst_ports|methods|hosts|paths|icmp_type|icmp_code):)/)
  return fields.map(readField).reduce(intersection, ALL)
}

function readField(text: string): Connections {
  const colon = text.indexOf(':')
  const key = text.slice(0, colon)
  const written = text.slice(colon + 1)
  const negated = written.startsWith('all but ')
  const values = (negated ? written.slice('all but '.length) : written).split(/, ?/)
  const ranges = values.map((value) => value.split('-').map(Number) as [number, number?])
  switch (key) {
    case 'protocols':
      return signed(
        values
          .flatMap((value) => numbersOf(value))
          .map(protocol)
          .reduce(union, NONE),
        negated,
      )
    case 'dst_ports':
      return signed(ranges.map(([first, last]) => anyProtocolPorts(first, last ?? first)).reduce(union, NONE), negated)
    case 'src_ports':
      return signed(ranges.map(([first, last]) => sourcePorts(first, last ?? first)).reduce(union, NONE), negated)
    case 'icmp_type':
      return ranges.map(([type]) => union(icmp(1, type, undefined), icmp(58, type, undefined))).reduce(union, NONE)
    case 'methods':
      return http({ methods: METHODS.filter((method) => values.includes(method) !== negated) })
    case 'hosts':
      return http({ hosts: languageOf(values, negated) })
    case 'paths':
      return http({ paths: languageOf(values, negated) })
  }
  throw new Error(`no field ${key}`)
}

function signed(set: Connections, negated: boolean): Connections {
  return negated ? difference(ALL, set) : set
}

function numbersOf(value: string): number[] {
  const known = PROTOCOL_NUMBERS.get(value)
  if (known !== undefined) return [known]
  const [first = 0, last = first] = value.split('-').map(Number)
  return Array.from({ length: last - first + 1 }, (_, i) => first + i)
}

function languageOf(values: readonly string[], negated: boolean): Language {
  const sum = values.map(pattern).reduce(unite, NO_STRING)
  return negated ? without(ANY_STRING, sum) : sum
}

function pattern(text: string): Language {
  const difference = /^\((.*)\)-\((.*)\)$/.exec(text)
  if (difference) return without(pattern(difference[1] ?? ''), pattern(difference[2] ?? ''))
  if (text.endsWith('(/*)?')) {
    const prefix = text.slice(0, -'(/*)?'.length)
    return unite(exactly(prefix), startingWith(`${prefix}/`))
  }
  if (text === '*') return ANY_STRING
  if (text.endsWith('*')) return startingWith(text.slice(0, -1))
  return text.startsWith('*') ? endingWith(text.slice(1)) : exactly(text)
}

type End = { readonly pods: readonly number[] } | { readonly addresses: Addresses } | { readonly name: string }

function endOf(text: string, pods: readonly Pod[]): End {
  const inCluster = /_ns: \[(.*?)\] \w+_pods: \[(.*)\]$/.exec(text)
  if (inCluster) {
    const namespaces = (inCluster[1] ?? '').split(',')
    const selects = podTest(inCluster[2] ?? '')
    return { pods: pods.flatMap((pod, place) => (namespaces.includes(pod.endpoint.namespace) && selects(pod) ? [place] : [])) }
  }
  const written = text.replace(/^(src|dst): /, '')
  const addresses = written.split(',').map(block)
  if (addresses.every((part) => part !== undefined))
    return { addresses: addresses.reduce<Addresses>((sum, part) => unionAddresses(sum, part ?? NO_ADDRESS), NO_ADDRESS) }
  return { name: written }
}

function block(text: string): Addresses | undefined {
  const range = /^([\d.]+)-([\d.]+)$/.exec(text)
  if (!range) return parseCidrOrAddress(text)
  const [first, last] = [parseAddress(range[1] ?? ''), parseAddress(range[2] ?? '')]
  return first === undefined || last === undefined ? undefined : [first, last + 1n]
}

/** `*`, names of controllers, or conditions on labels. */
function podTest(text: string): (pod: Pod) => boolean {
  if (text === '*') return () => true
  const alternatives = text.split(/, (?![^(]*\))/)
  const tests = alternatives.map((alternative): ((pod: Pod) => boolean) => {
    const condition = /^\((.*) and (.*)\)$/.exec(alternative)
    if (condition) {
      const [a, b] = [podTest(condition[1] ?? ''), podTest(condition[2] ?? '')]
      return (pod) => a(pod) && b(pod)
    }
    const label = (key: string, values: readonly string[], negated: boolean) => (pod: Pod) =>
      (testLabels({ op: 'in', key, values }, pod.endpoint) === true) !== negated
    const has = /^(!?)has\((.*)\)$/.exec(alternative)
    if (has) return (pod) => (testLabels({ op: 'has', key: has[2] ?? '' }, pod.endpoint) === true) === (has[1] === '')
    const list = /^(\S+) (not )?in \((.*)\)$/.exec(alternative)
    if (list) return label(list[1] ?? '', (list[3] ?? '').split(','), list[2] !== undefined)
    const single = /^([^=!]+)(!?=)(.*)$/.exec(alternative)
    if (single) return label(single[1] ?? '', [single[3] ?? ''], single[2] === '!=')
    return (pod) => pod.owner === alternative
  })
  return (pod) => tests.some((test) => test(pod))
}

/** Where a network differs from the lines of a report, for people; empty when it does not. */
export function mismatches(network: Network, lines: readonly Line[]): string[] {
  const { pods, names } = network
  const between = new Map<number, Connections>()
  const outside = { ingress: pods.map(() => everywhere(NONE)), egress: pods.map(() => everywhere(NONE)) }
  const toNames = new Map<string, Connections>()
  for (const { from, to, connections } of lines) {
    const [source, target] = [endOf(from, pods), endOf(to, pods)]
    if ('addresses' in source && 'pods' in target)
      for (const place of target.pods) widen(outside.ingress, place, source.addresses, connections)
    else if ('pods' in source && 'addresses' in target)
      for (const place of source.pods) widen(outside.egress, place, target.addresses, connections)
    else if ('pods' in source && 'name' in target) {
      for (const place of source.pods)
        toNames.set(
          `${place} ${target.name}`,
          union(toNames.get(`${place} ${target.name}`) ?? NONE, intersection(connections, protocol(TCP))),
        )
    } else if ('pods' in source && 'pods' in target) {
      for (const a of source.pods) {
        for (const b of target.pods) between.set(a * pods.length + b, union(between.get(a * pods.length + b) ?? NONE, connections))
      }
    }
  }
  const found: string[] = []
  const note = (who: string, theirs: Connections, ours: Connections): void => {
    if (theirs !== ours) found.push(`${who}: ${describeConnections(theirs)} (${theirs}), not ${describeConnections(ours)} (${ours})`)
  }
  pods.forEach((from, i) => {
    pods.forEach((to, j) => {
      if (i !== j) note(`${from.id} => ${to.id}`, between.get(i * pods.length + j) ?? NONE, network.between(i, j))
    })
    for (const direction of ['ingress', 'egress'] as const) {
      const theirs = outside[direction][i] ?? everywhere(NONE)
      const v4 = (map: AddressMap): AddressMap =>
        lines.some(({ from, to }) => `${from}${to}`.includes('::')) ? map : combineMaps(map, V4, intersection)
      const ours = v4(network.outside(i, direction))
      for (const { first, value } of pieces(combineMaps(theirs, ours, (a, b) => (a === b ? NONE : union(a, b)))))
        if (value !== NONE) found.push(`${from.id} ${direction} ${first}`)
    }
    for (const name of names) note(`${from.id} => ${name}`, toNames.get(`${i} ${name}`) ?? NONE, network.toName(i, name))
  })
  return found
}

const V4 = addressMap([0n, 1n << 32n], ALL)

function widen(maps: AddressMap[], place: number, addresses: Addresses, connections: Connections): void {
  maps[place] = combineMaps(maps[place] ?? everywhere(NONE), addressMap(addresses, connections), union)
}
