/**
 * Sets of strings, for the HTTP part of a connection (methods, paths, hosts): what exact values, prefixes and
 * suffixes describe, closed under union, intersection and difference. A set is the number of its minimal
 * automaton, so equal sets are equal numbers.
 */
export type Language = number

export const NO_STRING: Language = 0
export const ANY_STRING: Language = 1

interface Automaton {
  readonly accepts: readonly boolean[]
  /** By state: where a character leads; `other` for every character that is not listed. */
  readonly edges: readonly ReadonlyMap<number, number>[]
  readonly other: readonly number[]
}

/** Longer patterns are not modelled: their automata would cost more than they tell. */
export const MAX_PATTERN = 512

const known = new Map<string, Language>()
const automata: Automaton[] = []

for (const accepting of [false, true]) intern({ accepts: [accepting], edges: [new Map()], other: [0] })

export function exactly(text: string): Language {
  const dead = text.length + 1
  return intern({
    accepts: Array.from({ length: dead + 1 }, (_, state) => state === text.length),
    edges: Array.from({ length: dead + 1 }, (_, state) => new Map(state < text.length ? [[text.charCodeAt(state), state + 1]] : [])),
    other: Array.from({ length: dead + 1 }, () => dead),
  })
}

export function startingWith(text: string): Language {
  const dead = text.length + 1
  return intern({
    accepts: Array.from({ length: dead + 1 }, (_, state) => state === text.length),
    edges: Array.from({ length: dead + 1 }, (_, state) => new Map(state < text.length ? [[text.charCodeAt(state), state + 1]] : [])),
    other: Array.from({ length: dead + 1 }, (_, state) => (state === text.length ? state : dead)),
  })
}

/** The automaton of Knuth, Morris and Pratt: a state is how much of `text` the input ends with. */
export function endingWith(text: string): Language {
  const edges: Map<number, number>[] = []
  let fallback = 0
  for (let state = 0; state <= text.length; state++) {
    const next = new Map(state === 0 ? [] : edges[fallback])
    if (state < text.length) {
      const character = text.charCodeAt(state)
      const after = next.get(character) ?? 0
      next.set(character, state + 1)
      if (state > 0) fallback = after
    }
    edges.push(next)
  }
  return intern({
    accepts: edges.map((_, state) => state === text.length),
    edges,
    other: edges.map(() => 0),
  })
}

const memo = new Map<string, Language>()

export function unite(a: Language, b: Language): Language {
  if (a === b || b === NO_STRING || a === ANY_STRING) return a
  if (a === NO_STRING || b === ANY_STRING) return b
  return remembered(`${Math.min(a, b)}|${Math.max(a, b)}`, () => product(a, b, (x, y) => x || y))
}

export function intersect(a: Language, b: Language): Language {
  if (a === b || b === ANY_STRING || a === NO_STRING) return a
  if (a === ANY_STRING || b === NO_STRING) return b
  return remembered(`${Math.min(a, b)}&${Math.max(a, b)}`, () => product(a, b, (x, y) => x && y))
}

export function without(a: Language, b: Language): Language {
  if (b === NO_STRING || a === NO_STRING) return a
  if (a === b || b === ANY_STRING) return NO_STRING
  return remembered(`${a}-${b}`, () => product(a, b, (x, y) => x && !y))
}

/** Whether a string is in the set. */
export function includes(language: Language, text: string): boolean {
  const automaton = automata[language]
  if (!automaton) return false
  let state = 0
  for (let i = 0; i < text.length; i++) state = automaton.edges[state]?.get(text.charCodeAt(i)) ?? automaton.other[state] ?? 0
  return automaton.accepts[state] ?? false
}

function remembered(key: string, compute: () => Language): Language {
  const found = memo.get(key)
  if (found !== undefined) return found
  if (memo.size > 50_000) memo.clear()
  const result = compute()
  memo.set(key, result)
  return result
}

function product(a: Language, b: Language, keep: (inA: boolean, inB: boolean) => boolean): Language {
  const left = automata[a] as Automaton
  const right = automata[b] as Automaton
  const numbers = new Map<number, number>([[0, 0]])
  const pairs: (readonly [number, number])[] = [[0, 0]]
  const number = (x: number, y: number): number => {
    const key = x * right.accepts.length + y
    const found = numbers.get(key)
    if (found !== undefined) return found
    numbers.set(key, pairs.length)
    pairs.push([x, y])
    return pairs.length - 1
  }
  const accepts: boolean[] = []
  const edges: Map<number, number>[] = []
  const other: number[] = []
  for (let i = 0; i < pairs.length; i++) {
    const [x, y] = pairs[i] as readonly [number, number]
    accepts.push(keep(left.accepts[x] as boolean, right.accepts[y] as boolean))
    const next = new Map<number, number>()
    for (const character of [...(left.edges[x]?.keys() ?? []), ...(right.edges[y]?.keys() ?? [])]) {
      next.set(character, number(step(left, x, character), step(right, y, character)))
    }
    edges.push(next)
    other.push(number(left.other[x] as number, right.other[y] as number))
  }
  return intern({ accepts, edges, other })
}

function step(automaton: Automaton, state: number, character: number): number {
  return automaton.edges[state]?.get(character) ?? (automaton.other[state] as number)
}

/** The number of the minimal automaton, its states numbered breadth first, so that equal sets have one form. */
function intern(automaton: Automaton): Language {
  const classes = equivalence(automaton)
  const numbers = new Map<number, number>()
  const states: number[] = []
  const visit = (state: number): number => {
    const own = classes[state] as number
    const found = numbers.get(own)
    if (found !== undefined) return found
    numbers.set(own, states.length)
    states.push(state)
    return states.length - 1
  }
  visit(0)
  const accepts: boolean[] = []
  const edges: Map<number, number>[] = []
  const other: number[] = []
  for (let i = 0; i < states.length; i++) {
    const state = states[i] as number
    accepts.push(automaton.accepts[state] as boolean)
    const rest = visit(automaton.other[state] as number)
    other.push(rest)
    const sorted = [...(automaton.edges[state] ?? [])].sort(([a], [b]) => a - b)
    edges.push(new Map(sorted.map(([character, target]) => [character, visit(target)] as const).filter(([, target]) => target !== rest)))
  }
  const key = states.map((_, i) => `${accepts[i] ? '+' : ''}${other[i]}:${[...(edges[i] ?? [])].join(' ')}`).join(';')
  const found = known.get(key)
  if (found !== undefined) return found
  known.set(key, automata.length)
  automata.push({ accepts, edges, other })
  return automata.length - 1
}

/** By state, the number of its class of states that no input tells apart (Moore's refinement). */
function equivalence(automaton: Automaton): readonly number[] {
  let classes: number[] = automaton.accepts.map(Number)
  let amount = new Set(classes).size
  for (;;) {
    const signatures = new Map<string, number>()
    const next = classes.map((own, state) => {
      const rest = classes[automaton.other[state] as number] as number
      const differing = [...(automaton.edges[state] ?? [])]
        .map(([character, target]) => [character, classes[target] as number] as const)
        .filter(([, target]) => target !== rest)
        .sort(([a], [b]) => a - b)
      const signature = `${own}/${rest}/${differing.join(' ')}`
      const found = signatures.get(signature)
      if (found !== undefined) return found
      signatures.set(signature, signatures.size)
      return signatures.size - 1
    })
    if (signatures.size === amount) return next
    classes = next
    amount = signatures.size
  }
}
