import ipaddr from 'ipaddr.js'
import { failed, invalidArgument } from '../failure.ts'
import { type Num, toBigInt, toDouble } from '../number.ts'
import { list, text, type Val } from '../value.ts'
import { define, type FunctionTable, str } from './define.ts'

interface Block {
  readonly base: bigint
  readonly bits: number
  readonly width: 32 | 128
}

function parseBlock(given: string): Block {
  try {
    // What is tried first would be refused with an exception, which is slow.
    const [address, bits] = given.includes(':') ? ipaddr.IPv6.parseCIDR(given) : ipaddr.IPv4.parseCIDR(given)
    const width = address.kind() === 'ipv4' ? 32 : 128
    let value = 0n
    for (const byte of address.toByteArray()) value = value * 256n + BigInt(byte)
    const host = BigInt(width - bits)
    return { base: (value >> host) << host, bits, width }
  } catch {
    throw invalidArgument(`Invalid value for "prefix" parameter: invalid CIDR expression: ${given}.`)
  }
}

function printAddress(value: bigint, width: 32 | 128): string {
  const bytes: number[] = []
  for (let i = width / 8 - 1; i >= 0; i--) bytes.push(Number((value >> BigInt(i * 8)) & 255n))
  const address = ipaddr.fromByteArray(bytes)
  return address.kind() === 'ipv4' ? address.toString() : (address as ipaddr.IPv6).toRFC5952String()
}

function subnet(prefix: string, newBits: Num, number: Num): string {
  const { base, bits, width } = parseBlock(prefix)
  const more = toDouble(newBits)
  const index = toBigInt(number)
  if (bits + more > width || more < 0) throw failed(`insufficient address space to extend prefix of ${bits} by ${more}`)
  if (index === undefined || index >= 1n << BigInt(more) || index < -(1n << BigInt(more)))
    throw failed(`prefix extension of ${more} does not accommodate a subnet numbered ${index}`)
  const at = index < 0n ? (1n << BigInt(more)) + index : index
  return `${printAddress(base + (at << BigInt(width - bits - more)), width)}/${bits + more}`
}

function host(prefix: string, number: Num): string {
  const { base, bits, width } = parseBlock(prefix)
  const index = toBigInt(number)
  const room = 1n << BigInt(width - bits)
  if (index === undefined || index >= room || index < -room) throw failed(`prefix of ${bits} does not accommodate a host numbered ${index}`)
  return printAddress(index < 0n ? base + room + index : base + index, width)
}

function subnets(prefix: string, sizes: readonly Val[]): Val[] {
  const { base, bits, width } = parseBlock(prefix)
  let at = base
  return sizes.map((size) => {
    const length = bits + toDouble((size.data ?? 0) as Num)
    if (length > width || length < bits) throw failed('would extend prefix beyond the address')
    const step = 1n << BigInt(width - length)
    const start = ((at + step - 1n) / step) * step
    if (start + step > base + (1n << BigInt(width - bits))) throw failed('not enough remaining address space')
    at = start + step
    return text(`${printAddress(start, width)}/${length}`)
  })
}

const num = (value: Val | undefined): Num => (value?.data ?? 0) as Num

export const networks: FunctionTable = {
  cidrhost: define('prefix:string hostnum:number -> string', ([prefix, number]) => text(host(str(prefix), num(number)))),
  cidrnetmask: define('prefix:string -> string', ([prefix]) => {
    const { bits, width } = parseBlock(str(prefix))
    if (width !== 32) throw failed('only IPv4 networks have a netmask')
    return text(printAddress(((1n << BigInt(bits)) - 1n) << BigInt(32 - bits), 32))
  }),
  cidrsubnet: define('prefix:string newbits:number netnum:number -> string', ([prefix, bits, number]) =>
    text(subnet(str(prefix), num(bits), num(number))),
  ),
  cidrsubnets: define('prefix:string newbits:number... -> strings', ([prefix, ...sizes]) => list('string', subnets(str(prefix), sizes))),
}
