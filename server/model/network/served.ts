import { get, items, type Path } from '../value.ts'
import type { Endpoint } from './endpoint.ts'
import { type Direction, DIRECTIONS, type Policy, type Rule } from './policy.ts'
import { isEmpty, members } from './sets/bits.ts'
import type { Space } from './space.ts'

/** A port as a rule of a NetworkPolicy writes it, and the pods on which it would be. */
export interface WrittenPort {
  readonly direction: Direction
  readonly path: Path
  readonly protocol: string
  readonly port: number | string
  /** The pods that are connected to; all that the rule is about. */
  readonly servers: readonly Endpoint[]
  readonly rule: Rule
}

/** The single ports of a NetworkPolicy, of rules whose servers are pods of the files and nobody else. */
export function* writtenPorts(policy: Policy, space: Space): Iterable<WrittenPort> {
  const selected = space.match(policy.selects)
  for (const direction of DIRECTIONS) {
    if (policy.applies[direction] !== true) continue
    for (const rule of policy[direction]) {
      const peer = direction === 'ingress' ? selected : space.match(rule.peer)
      if (direction === 'egress' && (rule.peers.length === 0 || space.match(rule.peer).mayAddresses.length > 0)) continue
      if (isEmpty(peer.must)) continue
      const all = members(peer.may).flatMap((index) => space.endpoints[index] ?? [])
      const servers = all.filter(({ type }) => type !== 'fresh')
      if (servers.length === 0 || servers.some(({ workload, portsOpen }) => !workload || portsOpen)) continue
      for (const [i, entry] of items(policy.object.body, ...rule.path, 'ports').entries()) {
        const port = get(entry, 'port')
        const protocol = get(entry, 'protocol') ?? 'TCP'
        if (typeof protocol !== 'string' || (typeof port !== 'number' && typeof port !== 'string')) continue
        yield { direction, path: [...rule.path, 'ports', i, 'port'], protocol, port, servers, rule }
      }
    }
  }
}

/** `cart`, or `cart and 3 more`. */
export function saidServers(servers: readonly Pick<Endpoint, 'name'>[]): string {
  const [first] = servers
  return `\`${first?.name ?? ''}\`${servers.length > 1 ? ` and ${servers.length - 1} more` : ''}`
}
