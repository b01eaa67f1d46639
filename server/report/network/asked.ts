import { DNS_ID, isDns } from '../../model/network/dns.ts'
import type { Endpoint } from '../../model/network/endpoint.ts'
import type { Reachability } from '../../model/network/reachability.ts'
import { parseAddress } from '../../model/network/sets/addresses.ts'
import { type Connections, PROTOCOL_NUMBERS, ports } from '../../model/network/sets/connections.ts'
import { describe } from '../../model/object.ts'
import type { NamedPeer } from './explain.ts'

/** `8080`, `udp/53`, `53/udp`; undefined for what is no port, `impossible` for a number that none can have. */
export function portNamed(word: string): Connections | 'impossible' | undefined {
  const parts = /^(?:(tcp|udp|sctp)\/)?(\d+)(?:\/(tcp|udp|sctp))?$/i.exec(word)
  if (!parts) return undefined
  const number = Number(parts[2])
  if (number < 1 || number > 65_535) return 'impossible'
  return ports(PROTOCOL_NUMBERS.get((parts[1] ?? parts[3] ?? 'TCP').toUpperCase()) ?? 6, number)
}

/** An address of the internet that stands for all that no policy names. */
const SOMEWHERE_OUTSIDE = '1.1.1.1'

/**
 * The ends that a word may mean: a workload by name, `namespace/name` or `Kind/namespace/name`; an address; `internet`,
 * `dns`, `apiserver`, `nodes`; the id of an endpoint.
 */
export function peersNamed(word: string, reachability: Reachability): NamedPeer[] {
  const address = parseAddress(word === 'internet' ? SOMEWHERE_OUTSIDE : word)
  if (address !== undefined) return [{ name: word === 'internet' ? `the internet (${SOMEWHERE_OUTSIDE})` : word, peer: address }]
  const { endpoints } = reachability.space
  const parts = word.split('/')
  const [name, namespace, kind] = [parts.at(-1), parts.at(-2), parts.at(-3)]
  const found = endpoints.flatMap(({ workload }, peer): NamedPeer[] => {
    const object = workload?.object
    if (!object || object.name !== name || parts.length > 3) return []
    if (namespace !== undefined && object.namespace !== namespace) return []
    if (kind !== undefined && object.kind.toLowerCase() !== kind.toLowerCase()) return []
    return [{ name: describe(object), peer }]
  })
  return found.length > 0 ? found : special(word, reachability)
}

function special(word: string, { space }: Reachability): NamedPeer[] {
  const index = space.endpoints.findIndex(({ id, type, workload }) => {
    if (word === 'dns') return id === DNS_ID || (workload !== undefined && isDns(workload))
    return id === word || (word === 'apiserver' ? type === 'apiserver' : word === 'nodes' && type === 'node')
  })
  const endpoint = space.endpoints[index]
  return endpoint ? [{ name: nameOf(endpoint), peer: index }] : []
}

function nameOf({ type, name, namespace, workload }: Endpoint): string {
  if (workload) return describe(workload.object)
  if (type === 'fresh') return `a new pod in ${namespace || 'the namespace that is left open'}`
  return type === 'node' ? 'the nodes' : name
}
