import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  addressMap,
  atAddress,
  combineMaps,
  includesAddress,
  intersectAddresses,
  parseAddress,
  parseCidr,
  pieces,
  toCidrs,
  unionAddresses,
  withoutAddresses,
} from '../../../server/model/network/sets/addresses.ts'
import {
  ALL,
  atPort,
  type Connections,
  describeConnections,
  difference,
  http,
  icmp,
  intersection,
  METHODS,
  NONE,
  ports,
  protocol,
  sourcePorts,
  TCP,
  toPorts,
  UDP,
  union,
} from '../../../server/model/network/sets/connections.ts'
import {
  ANY_STRING,
  endingWith,
  exactly,
  includes,
  intersect,
  type Language,
  NO_STRING,
  startingWith,
  unite,
  without,
} from '../../../server/model/network/sets/languages.ts'

const sets: fc.Arbitrary<Connections> = fc.letrec<{ set: Connections }>((tie) => ({
  set: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom(
      NONE,
      ALL,
      protocol(TCP),
      protocol(UDP),
      icmp(1, 8, undefined),
      http({ methods: ['GET'] }),
      http({ paths: startingWith('/a') }),
    ),
    fc
      .tuple(fc.constantFrom(TCP, UDP), fc.integer({ min: 1, max: 9 }), fc.integer({ min: 0, max: 5 }))
      .map(([number, first, size]) => ports(number, first, first + size)),
    fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 0, max: 5 })).map(([first, size]) => sourcePorts(first, first + size)),
    fc.tuple(fc.constantFrom(union, intersection, difference), tie('set'), tie('set')).map(([apply, a, b]) => apply(a, b)),
  ),
})).set

describe('sets of connections', () => {
  it('are the same number when they are equal, however they came about', () => {
    fc.assert(
      fc.property(sets, sets, sets, (a, b, c) => {
        expect(union(a, union(b, c))).toBe(union(union(c, a), b))
        expect(intersection(a, union(b, c))).toBe(union(intersection(a, b), intersection(c, a)))
        expect(difference(a, union(b, c))).toBe(difference(difference(a, b), c))
        expect(difference(ALL, difference(ALL, a))).toBe(a)
        expect(union(difference(a, b), intersection(a, b))).toBe(a)
      }),
      { numRuns: 300 },
    )
  })
  it('every range as a whole is everything', () => {
    expect(union(ports(TCP, 1, 100), ports(TCP, 101, 65_535))).toBe(protocol(TCP))
    expect(http({ methods: METHODS })).toBe(ALL)
    expect(union(http({ paths: startingWith('/') }), http({ paths: without(ANY_STRING, startingWith('/')) }))).toBe(ALL)
  })
  it('say their ports', () => {
    const set = union(union(ports(TCP, 80), ports(TCP, 81, 90)), ports(UDP, 53))
    expect(toPorts(set)).toEqual({ TCP: [[80, 90]], UDP: [[53, 53]] })
    expect(describeConnections(set)).toBe('TCP 80-90 and UDP 53')
    expect(atPort(set, TCP, 85)).toBe(ALL)
    expect(atPort(set, UDP, 85)).toBe(NONE)
    expect(atPort(intersection(set, http({ methods: ['GET'] })), TCP, 85)).not.toBe(ALL)
  })
})

const patterns: fc.Arbitrary<readonly [Language, (text: string) => boolean]> = fc
  .tuple(fc.constantFrom('exact', 'prefix', 'suffix'), fc.string({ unit: fc.constantFrom('a', 'b', '/'), maxLength: 4 }))
  .map(([kind, text]) => {
    if (kind === 'exact') return [exactly(text), (other) => other === text]
    return kind === 'prefix' ? [startingWith(text), (other) => other.startsWith(text)] : [endingWith(text), (other) => other.endsWith(text)]
  })

describe('sets of strings', () => {
  it('contain what their parts say', () => {
    const words = fc.string({ unit: fc.constantFrom('a', 'b', '/', 'c'), maxLength: 7 })
    fc.assert(
      fc.property(patterns, patterns, patterns, words, ([a, inA], [b, inB], [c, inC], word) => {
        expect(includes(unite(a, intersect(b, c)), word)).toBe(inA(word) || (inB(word) && inC(word)))
        expect(includes(without(unite(a, b), c), word)).toBe((inA(word) || inB(word)) && !inC(word))
      }),
      { numRuns: 500 },
    )
  })
  it('are the same number when they are equal', () => {
    fc.assert(
      fc.property(patterns, patterns, ([a], [b]) => {
        expect(without(ANY_STRING, without(ANY_STRING, a))).toBe(a)
        expect(without(a, b)).toBe(intersect(a, without(ANY_STRING, b)))
        expect(intersect(without(a, b), b)).toBe(NO_STRING)
      }),
      { numRuns: 300 },
    )
  })
})

describe('addresses', () => {
  it.each([
    ['10.0.0.0/8', '10.0.0.0', '10.255.255.255'],
    ['10.1.2.3/8', '10.0.0.0', '10.255.255.255'],
    ['0.0.0.0/0', '0.0.0.0', '255.255.255.255'],
    ['203.0.113.9/32', '203.0.113.9', '203.0.113.9'],
    ['2001:db8::/32', '2001:db8::', '2001:db8:ffff:ffff:ffff:ffff:ffff:ffff'],
    ['::/0', '::', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
    ['::ffff:10.0.0.0/104', '::ffff:a00:0', '::ffff:aff:ffff'],
  ])('reads %s', (text, first, last) => {
    const inside = pieces(addressMap(parseCidr(text) ?? [], ALL)).filter(({ value }) => value === ALL)
    expect(inside.map((piece) => [piece.first, piece.last])).toEqual([[first, last]])
  })
  it.each([
    '10.0.0.0',
    '10.0.0.0/33',
    '10.0.0/8',
    '010.0.0.0/8',
    '10.0.0.0/-1',
    '2001:db8::/129',
    'fe80::1%eth0/64',
    'localhost/8',
    '/8',
    '1.2.3.4/ 8',
    '0x0a.0.0.0/8',
  ])('refuses %s', (text) => expect(parseCidr(text)).toBeUndefined())
  it('written as blocks are the same addresses', () => {
    const blocks = fc
      .tuple(fc.integer({ min: 0, max: 255 }), fc.integer({ min: 0, max: 255 }), fc.integer({ min: 8, max: 32 }))
      .map(([a, b, length]) => parseCidr(`10.${a}.${b}.0/${length}`) ?? [])
    fc.assert(
      fc.property(blocks, blocks, blocks, (a, b, c) => {
        const set = withoutAddresses(unionAddresses(a, b), c)
        const again = toCidrs(set).reduce<readonly bigint[]>((sum, text) => unionAddresses(sum, parseCidr(text) ?? []), [])
        expect(again).toEqual(set)
        expect(intersectAddresses(set, c)).toEqual([])
      }),
    )
  })
  it('carry what is allowed with them', () => {
    const map = combineMaps(
      addressMap(parseCidr('10.0.0.0/8') ?? [], ports(TCP, 80)),
      addressMap(parseCidr('10.1.0.0/16') ?? [], ports(TCP, 81)),
      union,
    )
    const at = (text: string): string => describeConnections(atAddress(map, parseAddress(text) ?? 0n))
    expect(['9.255.255.255', '10.0.0.1', '10.1.0.0', '10.1.255.255', '10.2.0.0', '11.0.0.0'].map(at)).toEqual([
      'nothing',
      'TCP 80',
      'TCP 80-81',
      'TCP 80-81',
      'TCP 80',
      'nothing',
    ])
    expect(includesAddress(parseCidr('10.0.0.0/8') ?? [], parseAddress('10.9.9.9') ?? 0n)).toBe(true)
  })
})
