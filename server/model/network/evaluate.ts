import type { Tri } from '../tri.ts'
import type { Endpoint } from './endpoint.ts'
import type { Action, Direction, Policy, PortList, Rule } from './policy.ts'
import { EMPTY_ROW, type Group, intersectRows, type Row, subtractRows, uniformRow, unionRows } from './rows.ts'
import { type AddressMap, addressMap, combineMaps, everywhere } from './sets/addresses.ts'
import { and, type Bits, forEachBit, has, isEmpty, or } from './sets/bits.ts'
import { ALL, asSources, type Connections, difference, intersection, NONE, union } from './sets/connections.ts'
import type { Space } from './space.ts'

/** Policies that are asked one after the other; what they neither allow nor deny goes to the next tier. */
export interface Tier {
  readonly name: string
  readonly policies: readonly Policy[]
}

/** Tiers in order. Several layers must all allow a connection. */
export interface Layer {
  readonly name: string
  /** What it has a say in; the rest is allowed as far as this layer is concerned. */
  readonly domain: Connections
  readonly tiers: readonly Tier[]
  /** What becomes of connections that no tier decides. */
  readonly end: 'allow' | 'deny'
}

/** What is certainly and what is possibly allowed; the first is part of the second, and the same object where they are equal. */
export interface Bounds {
  readonly must: Row
  readonly may: Row
}

type Bound = 'must' | 'may'

/** A rule's connections with the endpoints that it matches (which may overlap), and with addresses. */
interface Part {
  readonly groups: readonly Group[]
  readonly addresses: AddressMap
  /** The same for both bounds. */
  readonly exact: boolean
}

const identifiers = new WeakMap<Policy, number>()
let nextIdentifier = 1

function identify(policy: Policy): number {
  let id = identifiers.get(policy)
  if (id === undefined) {
    id = nextIdentifier++
    identifiers.set(policy, id)
  }
  return id
}

/** A policy that has a say for one endpoint: certainly, or perhaps. */
export interface Say {
  readonly policy: Policy
  readonly tier: number
  readonly certain: boolean
}

/**
 * Computes rows for one layer. A row depends on which policies have a say and on nothing else of its endpoint
 * (but named ports and rules with conditions of their own), so endpoints with the same policies share it, also
 * with the layer of the revision before.
 */
export class LayerRows {
  readonly layer: Layer
  readonly #space: Space
  readonly #says: Readonly<Record<Direction, readonly (readonly Say[])[]>>
  /** Shared by the revisions of a space. */
  readonly #rows: Map<string, Bounds>
  readonly #parts: WeakMap<Rule, Record<Bound, Part>>
  readonly #full: Bounds
  /** How many rows were computed rather than found, for tests. */
  computed = 0

  constructor(space: Space, layer: Layer, previous?: LayerRows) {
    this.layer = layer
    this.#space = space
    const kept = previous && previous.#space === space && previous.layer.end === layer.end && previous.layer.domain === layer.domain
    this.#rows = kept ? previous.#rows : new Map()
    this.#parts = kept ? previous.#parts : new WeakMap()
    const full = uniformRow(ALL, space.ends)
    this.#full = kept ? previous.#full : { must: full, may: full }
    this.#says = { ingress: this.#whoSays('ingress'), egress: this.#whoSays('egress') }
  }

  /** The policies with a say for an endpoint, in the order in which they are asked. */
  says(index: number, direction: Direction): readonly Say[] {
    return this.#says[direction][index] ?? []
  }

  row(index: number, direction: Direction): Bounds {
    const says = this.says(index, direction)
    if (says.length === 0 && this.layer.end === 'allow') return this.#full
    const key = this.#key(index, direction, says)
    const known = this.#rows.get(key)
    if (known) return known
    this.computed++
    const bounds = this.#compute(index, direction, says)
    // Edits leave rows behind that nobody asks for any more.
    if (this.#rows.size > 4 * this.#space.endpoints.length + 1000) this.#rows.delete(this.#rows.keys().next().value ?? key)
    this.#rows.set(key, bounds)
    return bounds
  }

  /** The row if only some policies and rules had a say: for questions about what one of them adds. */
  rowWith(index: number, direction: Direction, says: readonly Say[], skip?: Rule): Bounds {
    return this.#compute(index, direction, says, skip)
  }

  #whoSays(direction: Direction): readonly (readonly Say[])[] {
    const result: Say[][] = this.#space.endpoints.map(() => [])
    this.layer.tiers.forEach(({ policies }, tier) => {
      for (const policy of policies) {
        const applies = policy.applies[direction]
        if (applies === false) continue
        const { must, may } = this.#space.match(policy.selects)
        const sure: Say = { policy, tier, certain: true }
        const perhaps: Say = { policy, tier, certain: false }
        forEachBit(may, (index) => result[index]?.push(applies === true && has(must, index) ? sure : perhaps))
      }
    })
    return result
  }

  #key(index: number, direction: Direction, says: readonly Say[]): string {
    const endpoint = this.#space.endpoints[index] as Endpoint
    let key: string = direction
    let tier = 0
    for (const say of says) {
      while (tier < say.tier) {
        key += '|'
        tier++
      }
      key += `${say.certain ? ' ' : ' ?'}${identify(say.policy)}`
      if (dependsOnSubject(say.policy, direction)) key += this.#own(say.policy, endpoint, index, direction)
    }
    return key
  }

  /** What of an endpoint itself a policy looks at. */
  #own(policy: Policy, endpoint: Endpoint, index: number, direction: Direction): string {
    const conditions = policy[direction].map(({ subject }) =>
      subject === undefined
        ? ''
        : has(this.#space.match(subject).must, index)
          ? 'y'
          : has(this.#space.match(subject).may, index)
            ? '?'
            : 'n',
    )
    const ports = endpoint.ports.map(({ name, protocol, number }) => `${name}=${protocol}${number}`)
    return `(${conditions.join('')};${ports.join()}${endpoint.portsOpen ? '*' : ''})`
  }

  #compute(index: number, direction: Direction, says: readonly Say[], skip?: Rule): Bounds {
    const tiers = [...tiersOf(says, direction, skip)]
    let exact = says.every(({ certain }) => certain) && tiers.every(({ isolated }) => isolated !== 'unknown')
    const sum = (run: Run, bound: Bound): Row => {
      const result = this.#sum(run.rules, direction, index, bound)
      if (!result.exact) exact = false
      return result.row
    }
    const bounded = (bound: Bound): Row => {
      let undecided: Row = uniformRow(this.layer.domain, this.#space.ends)
      let allowed = EMPTY_ROW
      for (const { isolated, runs } of tiers) {
        const closes = isolated === true || (isolated === 'unknown' && bound === 'must')
        let passed = EMPTY_ROW
        runs.forEach((run, i) => {
          // A lower bound of what is allowed needs certain permissions and possible refusals, an upper one the reverse.
          const granted = sum(run, bound)
          const taken = run.action === 'allow' ? granted : sum(run, bound === 'must' ? 'may' : 'must')
          if (run.action === 'allow') allowed = unionRows(allowed, intersectRows(undecided, granted))
          if (run.action === 'pass') passed = unionRows(passed, intersectRows(undecided, granted))
          if (!closes || i + 1 < runs.length) undecided = subtractRows(undecided, taken)
        })
        undecided = closes ? passed : unionRows(undecided, passed)
      }
      return this.layer.end === 'allow' ? unionRows(allowed, undecided) : allowed
    }
    const rest = difference(ALL, this.layer.domain)
    const complete = (row: Row): Row => (rest === NONE ? row : unionRows(row, uniformRow(rest, this.#space.ends)))
    const must = complete(bounded('must'))
    return { must, may: exact ? must : complete(bounded('may')) }
  }

  /** What rules of one action match together. */
  #sum(rules: readonly Candidate[], direction: Direction, index: number, bound: Bound): { row: Row; exact: boolean } {
    let exact = true
    const byConnections = new Map<Connections, Bits>()
    let addresses = everywhere(NONE)
    for (const { rule, certain } of rules) {
      const part = this.#part(rule, direction, index, bound)
      if (!part.exact) exact = false
      if (bound === 'must' && !certain) continue
      for (const { connections, endpoints } of part.groups) {
        const known = byConnections.get(connections)
        byConnections.set(connections, known ? or(known, endpoints) : endpoints)
      }
      addresses = combineMaps(addresses, part.addresses, union)
    }
    const groups = [...byConnections].map(([connections, endpoints]) => ({ connections, endpoints }))
    if (groups.length < 2) return { row: { groups, addresses }, exact }
    const row = groups.map((group): Row => ({ groups: [group], addresses: everywhere(NONE) })).reduce(unionRows)
    return { row: { groups: row.groups, addresses }, exact }
  }

  #part(rule: Rule, direction: Direction, index: number, bound: Bound): Part {
    if (ruleDependsOnSubject(rule, direction)) return this.#match(rule, direction, index, bound)
    let parts = this.#parts.get(rule)
    if (!parts) {
      parts = { must: this.#match(rule, direction, index, 'must'), may: this.#match(rule, direction, index, 'may') }
      this.#parts.set(rule, parts)
    }
    return parts[bound]
  }

  #match(rule: Rule, direction: Direction, index: number, bound: Bound): Part {
    const space = this.#space
    const peer = space.match(rule.peer)
    const own = rule.subject === undefined ? undefined : space.match(rule.subject)
    const { base, certain } = rule.ports
    if (own && !has(own.may, index)) return { groups: [], addresses: everywhere(NONE), exact: true }
    const uncertain = rule.uncertain === true || (own !== undefined && !has(own.must, index))
    if (uncertain && bound === 'must') return { groups: [], addresses: everywhere(NONE), exact: false }
    let exact = !uncertain && peer.must === peer.may && peer.mustAddresses === peer.mayAddresses && base === certain
    let connections = bound === 'must' ? certain : base
    let split: readonly Group[] | undefined
    for (const [list, ofDestination, positive] of [
      [rule.ports.ports, true, true],
      [rule.ports.notPorts, true, false],
      [rule.ports.sources, false, true],
      [rule.ports.notSources, false, false],
    ] as const) {
      if (!list) continue
      const ofPeer = ofDestination === (direction === 'egress')
      // An excluded port narrows: the lower bound needs all that may be excluded.
      const wide = positive === (bound === 'may')
      if (list.possible !== NONE) exact = false
      const fixed = wide ? union(list.fixed, list.possible) : list.fixed
      const apply = positive ? intersection : difference
      const named = list.named.map(({ name, protocol }) => space.namedPort(name, protocol))
      if (named.some(({ must, may }) => must.length !== may.length || must.some(([c, set], i) => c !== may[i]?.[0] || set !== may[i]?.[1])))
        exact = false
      const groups = named
        .flatMap(({ must, may }) => (wide ? may : must))
        .map(([c, set]): readonly [Connections, Bits] => [ofDestination ? c : asSources(c), set])
      if (!ofPeer || groups.length === 0) {
        const resolved = ofPeer
          ? NONE
          : groups.filter(([, set]) => has(set, index)).reduce((sum, [c]) => union(sum, c), NONE as Connections)
        const value = union(fixed, resolved)
        connections = apply(connections, value)
        split = split?.map((group) => ({ ...group, connections: apply(group.connections, value) }))
        continue
      }
      const byPort = groups
        .map(([c, set]): Row => ({ groups: [{ connections: c, endpoints: and(set, space.ends) }], addresses: everywhere(NONE) }))
        .reduce(unionRows, uniformRow(fixed, space.ends)).groups
      const before: readonly Group[] = split ?? [{ connections, endpoints: space.ends }]
      const covered = byPort.reduce((sum, { endpoints }) => or(sum, endpoints), space.none)
      split = before.flatMap((group) => [
        ...byPort.map((port) => ({
          connections: apply(group.connections, port.connections),
          endpoints: and(group.endpoints, port.endpoints),
        })),
        { connections: apply(group.connections, NONE), endpoints: andNotIn(group.endpoints, covered) },
      ])
      connections = apply(connections, fixed)
    }
    const endpoints = bound === 'must' ? peer.must : peer.may
    const addresses = bound === 'must' ? peer.mustAddresses : peer.mayAddresses
    const groups = (split ?? [{ connections, endpoints }])
      .map((group) => ({ connections: group.connections, endpoints: split ? and(group.endpoints, endpoints) : endpoints }))
      .filter((group) => group.connections !== NONE && !isEmpty(group.endpoints))
    return { groups, addresses: addressMap(addresses, connections), exact }
  }
}

function andNotIn(a: Bits, b: Bits): Bits {
  return a.map((word, i) => word & ~(b[i] as number))
}

/** A rule, and whether its policy certainly has a say. */
interface Candidate {
  readonly rule: Rule
  readonly certain: boolean
}

/** Rules of the same action that follow each other: their order among themselves does not matter. */
interface Run {
  readonly action: Action
  readonly rules: readonly Candidate[]
}

function* tiersOf(
  says: readonly Say[],
  direction: Direction,
  skip: Rule | undefined,
): Iterable<{ readonly isolated: Tri; readonly runs: readonly Run[] }> {
  for (let at = 0; at < says.length; ) {
    const tier = (says[at] as Say).tier
    const runs: { action: Action; rules: Candidate[] }[] = []
    let isolated: Tri = false
    for (; at < says.length && says[at]?.tier === tier; at++) {
      const { policy, certain } = says[at] as Say
      const isolates = policy.isolates[direction]
      if (isolates === true && certain) isolated = true
      else if (isolates !== false && isolated === false) isolated = 'unknown'
      for (const rule of policy[direction]) {
        if (rule === skip) continue
        const last = runs.at(-1)
        if (last?.action === rule.action) last.rules.push({ rule, certain })
        else runs.push({ action: rule.action, rules: [{ rule, certain }] })
      }
    }
    yield { isolated, runs }
  }
}

function names(list: PortList | undefined): boolean {
  return list !== undefined && list.named.length > 0
}

/** Whether what a rule allows depends on the pod that its policy selects. */
function ruleDependsOnSubject(rule: Rule, direction: Direction): boolean {
  const { ports, notPorts, sources, notSources } = rule.ports
  return rule.subject !== undefined || (direction === 'ingress' ? names(ports) || names(notPorts) : names(sources) || names(notSources))
}

const dependent = new WeakMap<Policy, Record<Direction, boolean>>()

function dependsOnSubject(policy: Policy, direction: Direction): boolean {
  let known = dependent.get(policy)
  if (!known) {
    known = {
      ingress: policy.ingress.some((rule) => ruleDependsOnSubject(rule, 'ingress')),
      egress: policy.egress.some((rule) => ruleDependsOnSubject(rule, 'egress')),
    }
    dependent.set(policy, known)
  }
  return known[direction]
}
