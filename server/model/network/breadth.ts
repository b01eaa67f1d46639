import { PUBLIC_V4 } from './matching.ts'
import { type Addresses, addressCount, EVERY_V6, intersectAddresses, parseAddress } from './sets/addresses.ts'

/** More of the internet than any one organisation has: over a /8 of IPv4, over a /16 of IPv6. */
export function isInternet(addresses: Addresses): boolean {
  const v4 = addressCount(intersectAddresses(addresses, PUBLIC_V4))
  const v6 = addressCount(intersectAddresses(addresses, EVERY_V6))
  return v4 > 1n << 24n || v6 > 1n << 112n
}

/** Where clouds answer every pod with credentials of its node, by what has to be excepted. */
export const METADATA: readonly { readonly cidr: string; readonly address: bigint }[] = ['169.254.169.254/32', 'fd00:ec2::254/128'].flatMap(
  (cidr) => {
    const address = parseAddress(cidr.slice(0, cidr.indexOf('/')))
    return address === undefined ? [] : [{ cidr, address }]
  },
)
