import type { Tri } from '../tri.ts'
import type { Endpoint } from './endpoint.ts'
import {
  type Addresses,
  EVERY_V4,
  intersectAddresses,
  isAddressSubset,
  NO_ADDRESS,
  parseCidrOrAddress,
  unionAddresses,
  withoutAddresses,
} from './sets/addresses.ts'
import type { Semantics } from './space.ts'

/** What can be said of one endpoint and one written value, without knowing addresses or names that only a cluster has. */

function blocks(...cidrs: string[]): Addresses {
  return cidrs.reduce<Addresses>((sum, cidr) => unionAddresses(sum, parseCidrOrAddress(cidr) ?? NO_ADDRESS), NO_ADDRESS)
}

/** Where clusters take the addresses of pods and nodes from. */
export const PRIVATE_V4: Addresses = blocks('10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10')
export const PRIVATE: Addresses = unionAddresses(PRIVATE_V4, blocks('fc00::/7'))

/** No host of the internet has these. */
const SPECIAL: Addresses = unionAddresses(
  PRIVATE,
  blocks(
    '0.0.0.0/8',
    '127.0.0.0/8',
    '169.254.0.0/16',
    '192.0.0.0/24',
    '192.0.2.0/24',
    '198.18.0.0/15',
    '198.51.100.0/24',
    '203.0.113.0/24',
    '224.0.0.0/3',
    '::/8',
    'fe80::/10',
    'ff00::/8',
  ),
)
export const PUBLIC_V4: Addresses = withoutAddresses(EVERY_V4, SPECIAL)
const HOSTS_V4: Addresses = unionAddresses(PUBLIC_V4, PRIVATE_V4)

/** The addresses of blocks without the excepted ones; what is no block counts as none. */
export function readBlock(cidrs: readonly string[], except: readonly string[]): Addresses {
  const excepted = blocks(...except)
  return withoutAddresses(blocks(...cidrs), excepted)
}

/** Whether an address block means an endpoint. */
export function cidrMatches(block: Addresses, endpoint: Endpoint, semantics: Semantics): Tri {
  switch (endpoint.type) {
    case 'name':
      if (isAddressSubset(PUBLIC_V4, block)) return true
      return intersectAddresses(withoutAddresses(block, SPECIAL), block).length > 0 ? 'unknown' : false
    case 'node':
    case 'apiserver':
      if (isAddressSubset(HOSTS_V4, block)) return semantics.cidrMatchesPods === false ? 'unknown' : true
      return block.length > 0 ? 'unknown' : false
    case 'set':
      return false
    default:
      return podMatches(block, endpoint.addresses, semantics)
  }
}

/** Whether an address block means a pod with these addresses; none when nobody knows them. */
export function podMatches(block: Addresses, addresses: Addresses, semantics: Semantics): Tri {
  const contained = semantics.cidrMatchesPods === false ? false : containment(block, addresses)
  return contained === true && semantics.cidrMatchesPods !== true ? 'unknown' : contained
}

function containment(block: Addresses, addresses: Addresses): Tri {
  if (addresses.length > 0) return intersectAddresses(addresses, block).length > 0
  if (isAddressSubset(PRIVATE_V4, block)) return true
  return intersectAddresses(PRIVATE, block).length > 0 ? 'unknown' : false
}

/** Exact, `x*`, `*x` or `*`, as Istio writes patterns. */
export function patternMatches(pattern: string, value: string): boolean {
  if (pattern === '*') return value !== ''
  if (pattern.endsWith('*')) return value.startsWith(pattern.slice(0, -1))
  if (pattern.startsWith('*')) return value.endsWith(pattern.slice(1))
  return pattern === value
}

/**
 * Whether DNS patterns mean a host name, which may itself be a pattern. Semantics: cilium.io/v2 `toFQDNs`: `*`
 * stands for any characters of one label, a leading `**.` for any number of labels.
 */
export function nameMatches(patterns: readonly string[], name: string): Tri {
  const wanted = name.toLowerCase().replace(/\.$/, '')
  for (const pattern of patterns) {
    const written = pattern.toLowerCase().replace(/\.$/, '')
    if (written === wanted || written === '*') return true
    if (fits(written, wanted)) return true
  }
  return wanted.includes('*') && patterns.some((pattern) => fits(wanted, pattern.toLowerCase())) ? 'unknown' : false
}

function fits(pattern: string, name: string): boolean {
  if (!pattern.includes('*')) return false
  const deep = pattern.startsWith('**.')
  const wanted = (deep ? pattern.slice(3) : pattern).split('.')
  const labels = name.split('.')
  if (deep ? labels.length <= wanted.length : labels.length !== wanted.length) return false
  const offset = labels.length - wanted.length
  return wanted.every((glob, i) => globMatches(glob, labels[offset + i] as string))
}

/** `*` stands for any characters. Takes time in proportion to both lengths at most. */
function globMatches(glob: string, value: string): boolean {
  let star = -1
  let resume = 0
  let i = 0
  for (let at = 0; at < value.length; ) {
    if (glob[i] === '*') {
      star = i++
      resume = at
    } else if (i < glob.length && glob[i] === value[at]) {
      i++
      at++
    } else if (star >= 0) {
      i = star + 1
      at = ++resume
    } else return false
  }
  while (glob[i] === '*') i++
  return i === glob.length
}
