import type { Tri } from '../tri.ts'
import type { Endpoint } from './endpoint.ts'
import { type Bound, matchRule, type Part, ruleDependsOnSubject } from './parts.ts'
import type { Action, Direction, Policy, Rule } from './policy.ts'
import { disjoint, EMPTY_ROW, type Group, intersectRows, type Row, subtractRows, uniformRow, unionRows } from './rows.ts'
import { combineMaps, NOWHERE } from './sets/addresses.ts'
import { type Bits, forEachBit, forEachShared, has, or, wordsOf } from './sets/bits.ts'
import { ALL, type Connections, difference, NONE, union } from './sets/connections.ts'
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
  /** Whether pods of a mesh can take connections past it. */
  readonly bypassed?: boolean
  readonly tiers: readonly Tier[]
  /** What becomes of connections that no tier decides. */
  readonly end: 'allow' | 'deny'
}

/** What is certainly and what is possibly allowed; the first is part of the second, and the same object where they are equal. */
export interface Bounds {
  readonly must: Row
  readonly may: Row
}

/** After more changes than this everything is looked at again. */
const MAX_CHANGES = 50

const NOBODY: readonly Say[] = []

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
  /** Tells policies apart, also between revisions. */
  readonly id: number
  /** Its rules look at the endpoint itself. */
  readonly looks: boolean
}

type PerEndpoint<T> = Readonly<Record<Direction, T[]>>

/**
 * Computes rows for one layer. A row depends on which policies have a say and on nothing else of its endpoint
 * (but named ports and rules with conditions of their own), so endpoints with the same policies share it. What
 * an edit of policies does not concern is kept from the revision before.
 */
export class LayerRows {
  readonly layer: Layer
  readonly #space: Space
  readonly #says: PerEndpoint<readonly Say[]>
  readonly #rows: PerEndpoint<Bounds | undefined>
  /** By what a row depends on. Shared by the revisions of a space. */
  readonly #byKey: Map<string, Bounds>
  /** By rule, and by what of the endpoint the rule looks at. */
  readonly #parts: WeakMap<Rule, Map<string, Record<Bound, Part>>>
  readonly #full: Bounds
  /** What no policy has decided yet when the first is asked. */
  readonly #domain: Row
  /** How many rows were computed rather than found, for tests. */
  computed = 0

  constructor(space: Space, layer: Layer, previous?: LayerRows) {
    this.layer = layer
    this.#space = space
    const kept = previous?.isLike(space, layer) ? previous : undefined
    this.#byKey = kept ? kept.#byKey : new Map()
    this.#parts = kept ? kept.#parts : new WeakMap()
    const full = uniformRow(ALL, space.ends)
    this.#full = kept ? kept.#full : { must: full, may: full }
    this.#domain = layer.domain === ALL ? this.#full.must : uniformRow(layer.domain, space.ends)
    const changed = kept && this.#concerned(kept)
    this.#says = { ingress: this.#whoSays('ingress', kept, changed), egress: this.#whoSays('egress', kept, changed) }
    const rows = (direction: Direction): (Bounds | undefined)[] => {
      const list = kept && changed ? [...kept.#rows[direction]] : []
      if (changed) forEachBit(changed, (index) => delete list[index])
      return list
    }
    this.#rows = { ingress: rows('ingress'), egress: rows('egress') }
  }

  /** Whether rows of this layer can serve another one that differs in policies only. */
  isLike(space: Space, { end, domain, tiers }: Layer): boolean {
    const own = this.layer
    return (
      this.#space.shape === space.shape &&
      own.end === end &&
      own.domain === domain &&
      own.tiers.length === tiers.length &&
      own.tiers.every(({ name }, i) => name === tiers[i]?.name)
    )
  }

  /** The endpoints that policies which came or went may select; undefined when most of them changed. */
  #concerned(previous: LayerRows): Bits | undefined {
    const before = new Set(previous.layer.tiers.flatMap(({ policies }) => policies))
    const after = new Set(this.layer.tiers.flatMap(({ policies }) => policies))
    const changed = [...[...after].filter((policy) => !before.has(policy)), ...[...before].filter((policy) => !after.has(policy))]
    if (changed.length > MAX_CHANGES) return undefined
    return changed.map(({ selects }) => this.#space.match(selects).may).reduce(or, this.#space.none)
  }

  /** The policies with a say for an endpoint, in the order in which they are asked. */
  says(index: number, direction: Direction): readonly Say[] {
    return this.#says[direction][index] ?? []
  }

  row(index: number, direction: Direction): Bounds {
    const known = this.#rows[direction][index]
    if (known) return known
    const bounds = this.#find(index, direction)
    this.#rows[direction][index] = bounds
    return bounds
  }

  #find(index: number, direction: Direction): Bounds {
    const says = this.says(index, direction)
    if (says.length === 0 && this.layer.end === 'allow') return this.#full
    const key = this.#key(index, direction, says)
    const known = this.#byKey.get(key)
    if (known) return known
    this.computed++
    const bounds = this.#compute(index, direction, says)
    // Edits leave rows behind that nobody asks for any more.
    if (this.#byKey.size > 4 * this.#space.endpoints.length + 1000) this.#byKey.delete(this.#byKey.keys().next().value ?? key)
    this.#byKey.set(key, bounds)
    return bounds
  }

  /** The row if only some policies and rules had a say: for questions about what one of them adds. */
  rowWith(index: number, direction: Direction, says: readonly Say[], skip?: Rule): Bounds {
    return this.#compute(index, direction, says, skip)
  }

  #whoSays(direction: Direction, previous: LayerRows | undefined, changed: Bits | undefined): (readonly Say[])[] {
    const fresh = new Map<number, Say[]>()
    const listOf = (index: number): Say[] => {
      let list = fresh.get(index)
      if (!list) {
        list = []
        fresh.set(index, list)
      }
      return list
    }
    const words = changed ? wordsOf(changed) : []
    this.layer.tiers.forEach(({ policies }, tier) => {
      for (const policy of policies) {
        const applies = policy.applies[direction]
        if (applies === false) continue
        const { must, may } = this.#space.match(policy.selects)
        const [id, looks] = [identify(policy), dependsOnSubject(policy, direction)]
        const sure: Say = { policy, tier, certain: true, id, looks }
        const perhaps: Say = { policy, tier, certain: false, id, looks }
        const visit = (index: number): void => {
          listOf(index).push(applies === true && has(must, index) ? sure : perhaps)
        }
        if (changed) forEachShared(may, changed, words, visit)
        else forEachBit(may, visit)
      }
    })
    const result = previous && changed ? [...previous.#says[direction]] : this.#space.endpoints.map((): readonly Say[] => NOBODY)
    if (changed) forEachBit(changed, (index) => (result[index] = NOBODY))
    for (const [index, says] of fresh) result[index] = says
    return result
  }

  #bypasses(index: number, direction: Direction): Connections {
    return this.layer.bypassed && direction === 'ingress' ? (this.#space.endpoints[index]?.bypasses ?? NONE) : NONE
  }

  #key(index: number, direction: Direction, says: readonly Say[]): string {
    const endpoint = this.#space.endpoints[index] as Endpoint
    const bypasses = this.#bypasses(index, direction)
    let key: string = bypasses === NONE ? direction : `${direction}:${bypasses}`
    let tier = 0
    for (const say of says) {
      while (tier < say.tier) {
        key += '|'
        tier++
      }
      key += `${say.certain ? ' ' : ' ?'}${say.id}`
      if (say.looks) key += this.#own(say.policy, endpoint, index, direction)
    }
    return key
  }

  /** What of an endpoint itself a policy looks at. */
  #own(policy: Policy, endpoint: Endpoint, index: number, direction: Direction): string {
    return `(${policy[direction].map((rule) => this.#condition(rule, index)).join('')};${portsOf(endpoint)})`
  }

  /** What of an endpoint itself a rule looks at. */
  #ofSubject(rule: Rule, endpoint: Endpoint, index: number): string {
    return `${this.#condition(rule, index)};${portsOf(endpoint)}`
  }

  #condition({ subject }: Rule, index: number): string {
    if (subject === undefined) return ''
    const { must, may } = this.#space.match(subject)
    return has(must, index) ? 'y' : has(may, index) ? '?' : 'n'
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
      let undecided = this.#domain
      let allowed = EMPTY_ROW
      for (const { isolated, runs } of tiers) {
        const closes = isolated === true || (isolated === 'unknown' && bound === 'must')
        let passed = EMPTY_ROW
        runs.forEach((run, i) => {
          // A lower bound of what is allowed needs certain permissions and possible refusals, an upper one the reverse.
          const granted = sum(run, bound)
          const taken = run.action === 'allow' ? granted : sum(run, bound === 'must' ? 'may' : 'must')
          if (run.action === 'allow') allowed = unionRows(allowed, this.#undecided(undecided, granted))
          if (run.action === 'pass') passed = unionRows(passed, this.#undecided(undecided, granted))
          if (!closes || i + 1 < runs.length) undecided = subtractRows(undecided, taken)
        })
        undecided = closes ? passed : unionRows(undecided, passed)
      }
      return this.layer.end === 'allow' ? unionRows(allowed, undecided) : allowed
    }
    const rest = union(difference(ALL, this.layer.domain), this.#bypasses(index, direction))
    const complete = (row: Row): Row => (rest === NONE ? row : unionRows(row, uniformRow(rest, this.#space.ends)))
    const must = complete(bounded('must'))
    return { must, may: exact ? must : complete(bounded('may')) }
  }

  /** The part of what rules match that is still to be decided. */
  #undecided(undecided: Row, matched: Row): Row {
    return undecided === this.#full.must ? matched : intersectRows(undecided, matched)
  }

  /** What rules of one action match together. */
  #sum(rules: readonly Candidate[], direction: Direction, index: number, bound: Bound): { row: Row; exact: boolean } {
    let exact = true
    const groups: Group[] = []
    let addresses = NOWHERE
    for (const { rule, certain } of rules) {
      const part = this.#part(rule, direction, index, bound)
      if (!part.exact) exact = false
      if (bound === 'must' && !certain) continue
      groups.push(...part.groups)
      addresses =
        addresses === NOWHERE ? part.addresses : part.addresses === NOWHERE ? addresses : combineMaps(addresses, part.addresses, union)
    }
    return { row: { groups: disjoint(groups), addresses }, exact }
  }

  #part(rule: Rule, direction: Direction, index: number, bound: Bound): Part {
    const endpoint = this.#space.endpoints[index] as Endpoint
    const own = ruleDependsOnSubject(rule, direction) ? this.#ofSubject(rule, endpoint, index) : ''
    let byOwn = this.#parts.get(rule)
    if (!byOwn) {
      byOwn = new Map()
      this.#parts.set(rule, byOwn)
    }
    let parts = byOwn.get(own)
    if (!parts) {
      const must = matchRule(this.#space, rule, direction, index, 'must')
      parts = { must, may: must.exact ? must : matchRule(this.#space, rule, direction, index, 'may') }
      byOwn.set(own, parts)
    }
    return parts[bound]
  }
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

const portTexts = new WeakMap<Endpoint, string>()

function portsOf(endpoint: Endpoint): string {
  let text = portTexts.get(endpoint)
  if (text === undefined) {
    text = endpoint.ports.map(({ name, protocol, number }) => `${name}=${protocol}${number}`).join() + (endpoint.portsOpen ? '*' : '')
    portTexts.set(endpoint, text)
  }
  return text
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
