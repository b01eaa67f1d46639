import type { Labels } from '../object.ts'
import { and as andTri, not, or as orTri, type Tri } from '../tri.ts'
import { add, and, andNot, type Bits, bits, equalBits, or } from './sets/bits.ts'

/**
 * A question about labels, in the one form into which the selectors of every dialect are read. `open`: one of
 * the values is unknown, so any value may be meant.
 */
export type LabelTest =
  | { readonly op: 'all' }
  | { readonly op: 'none' }
  | { readonly op: 'unknown' }
  /** Calico: outside of all namespaces. True of all labels. */
  | { readonly op: 'global' }
  | { readonly op: 'has'; readonly key: string }
  | { readonly op: 'in'; readonly key: string; readonly values: readonly string[]; readonly open?: boolean }
  | { readonly op: 'contains' | 'starts' | 'ends'; readonly key: string; readonly value: string }
  | { readonly op: 'not'; readonly of: LabelTest }
  | { readonly op: 'and' | 'or'; readonly of: readonly LabelTest[] }

export const ANY_LABELS: LabelTest = { op: 'all' }
export const NO_LABELS: LabelTest = { op: 'none' }
export const UNKNOWN_LABELS: LabelTest = { op: 'unknown' }

/** Simplified, so that tests that say the same are more often the same text. */
export function every(of: readonly LabelTest[]): LabelTest {
  const rest = of.filter((test) => test.op !== 'all')
  if (rest.some((test) => test.op === 'none')) return NO_LABELS
  return rest.length === 0 ? ANY_LABELS : rest.length === 1 ? (rest[0] as LabelTest) : { op: 'and', of: rest }
}

/** What is known of the labels of something. */
export interface Labelled {
  readonly labels: Labels
  /** It may carry further labels. */
  readonly open: boolean
  /** Keys that it certainly carries, with values that nobody can know (`pod-template-hash`). */
  readonly unknownKeys: readonly string[]
  /** Keys that it may carry, put there by something that may or may not be in the cluster. */
  readonly maybeKeys?: readonly string[]
}

export function testLabels(test: LabelTest, subject: Labelled): Tri {
  switch (test.op) {
    case 'all':
    case 'global':
      return true
    case 'none':
      return false
    case 'unknown':
      return 'unknown'
    case 'not':
      return not(testLabels(test.of, subject))
    case 'and':
      return andTri(test.of.map((part) => testLabels(part, subject)))
    case 'or':
      return orTri(test.of.map((part) => testLabels(part, subject)))
  }
  const value = Object.hasOwn(subject.labels, test.key) ? subject.labels[test.key] : undefined
  if (value === undefined) {
    if (subject.unknownKeys.includes(test.key)) return test.op === 'has' ? true : 'unknown'
    return subject.open || subject.maybeKeys?.includes(test.key) ? 'unknown' : false
  }
  switch (test.op) {
    case 'has':
      return true
    case 'in':
      return test.values.includes(value) ? true : test.open ? 'unknown' : false
    case 'contains':
      return value.includes(test.value)
    case 'starts':
      return value.startsWith(test.value)
    case 'ends':
      return value.endsWith(test.value)
  }
}

/** Certainly matching and possibly matching members; the first is part of the second. */
export interface Match {
  readonly must: Bits
  readonly may: Bits
}

/** Of label tests by their text; more are forgotten, because every edit of a selector leaves one behind. */
const MAX_MEMO = 20_000

/** Answers label tests for many things at once, with one set of bits for each label. */
export class LabelIndex {
  readonly all: Match
  readonly none: Match
  readonly #size: number
  readonly #byKey = new Map<string, Bits>()
  readonly #byLabel = new Map<string, Bits>()
  /** Keys with their values, for tests that look into values. */
  readonly #values = new Map<string, Set<string>>()
  readonly #unknownKeys = new Map<string, Bits>()
  readonly #maybeKeys = new Map<string, Bits>()
  readonly #open: Bits
  readonly #memo = new WeakMap<LabelTest, Match>()
  readonly #byText = new Map<string, Match>()

  constructor(members: readonly Labelled[]) {
    this.#size = members.length
    this.#open = bits(this.#size)
    const all = bits(this.#size)
    members.forEach((member, index) => {
      add(all, index)
      if (member.open) add(this.#open, index)
      for (const [key, value] of Object.entries(member.labels)) {
        this.#add(this.#byKey, key, index)
        this.#add(this.#byLabel, `${key}\n${value}`, index)
        const values = this.#values.get(key)
        if (values) values.add(value)
        else this.#values.set(key, new Set([value]))
      }
      for (const key of member.maybeKeys ?? []) this.#add(this.#maybeKeys, key, index)
      for (const key of member.unknownKeys) if (!Object.hasOwn(member.labels, key)) this.#add(this.#unknownKeys, key, index)
    })
    const empty = bits(this.#size)
    this.all = { must: all, may: all }
    this.none = { must: empty, may: empty }
  }

  match(test: LabelTest): Match {
    const known = this.#memo.get(test)
    if (known) return known
    const text = JSON.stringify(test)
    const match = this.#byText.get(text) ?? certainly(this.#compute(test))
    if (this.#byText.size > MAX_MEMO) this.#byText.clear()
    this.#byText.set(text, match)
    this.#memo.set(test, match)
    return match
  }

  #compute(test: LabelTest): Match {
    switch (test.op) {
      case 'all':
      case 'global':
        return this.all
      case 'none':
        return this.none
      case 'unknown':
        return { must: this.none.must, may: this.all.may }
      case 'not': {
        const { must, may } = this.match(test.of)
        return { must: andNot(this.all.must, may), may: andNot(this.all.may, must) }
      }
      case 'and':
        return test.of.map((part) => this.match(part)).reduce(both, this.all)
      case 'or':
        return test.of.map((part) => this.match(part)).reduce(either, this.none)
      case 'has': {
        const certain = or(this.#of(this.#byKey, test.key), this.#of(this.#unknownKeys, test.key))
        return { must: certain, may: or(or(certain, this.#open), this.#of(this.#maybeKeys, test.key)) }
      }
      case 'in': {
        const must = test.values.map((value) => this.#of(this.#byLabel, `${test.key}\n${value}`)).reduce(or, this.none.must)
        return { must, may: or(test.open ? or(must, this.#of(this.#byKey, test.key)) : must, this.#hidden(test.key)) }
      }
      default: {
        const wanted = [...(this.#values.get(test.key) ?? [])].filter((value) => accepts(test.op, value, test.value))
        const must = wanted.map((value) => this.#of(this.#byLabel, `${test.key}\n${value}`)).reduce(or, this.none.must)
        return { must, may: or(must, this.#hidden(test.key)) }
      }
    }
  }

  /** Members whose value of a key cannot be known. */
  #hidden(key: string): Bits {
    const maybe = or(this.#open, this.#of(this.#maybeKeys, key))
    return or(this.#of(this.#unknownKeys, key), andNot(maybe, this.#of(this.#byKey, key)))
  }

  #of(map: ReadonlyMap<string, Bits>, key: string): Bits {
    return map.get(key) ?? this.none.must
  }

  #add(map: Map<string, Bits>, key: string, index: number): void {
    let set = map.get(key)
    if (!set) {
      set = bits(this.#size)
      map.set(key, set)
    }
    add(set, index)
  }
}

function accepts(op: 'contains' | 'starts' | 'ends', value: string, part: string): boolean {
  return op === 'contains' ? value.includes(part) : op === 'starts' ? value.startsWith(part) : value.endsWith(part)
}

/** With one set for both, where they are equal: that nothing is uncertain is then seen at once. */
export function certainly(match: Match): Match {
  return match.must !== match.may && equalBits(match.must, match.may) ? { must: match.must, may: match.must } : match
}

export function both(a: Match, b: Match): Match {
  const must = and(a.must, b.must)
  return { must, may: a.must === a.may && b.must === b.may ? must : and(a.may, b.may) }
}

export function either(a: Match, b: Match): Match {
  const must = or(a.must, b.must)
  return { must, may: a.must === a.may && b.must === b.may ? must : or(a.may, b.may) }
}
