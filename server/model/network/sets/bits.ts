/** A set of small integers: the endpoints of a cluster. Sets that are combined have the same length. */
export type Bits = Uint32Array

export function bits(size: number): Bits {
  return new Uint32Array((size + 31) >>> 5)
}

export function add(set: Bits, index: number): void {
  set[index >>> 5] = (set[index >>> 5] ?? 0) | (1 << (index & 31))
}

export function has(set: Bits, index: number): boolean {
  return (((set[index >>> 5] ?? 0) >>> (index & 31)) & 1) === 1
}

export function or(a: Bits, b: Bits): Bits {
  const result = new Uint32Array(a.length)
  for (let i = 0; i < a.length; i++) result[i] = (a[i] as number) | (b[i] as number)
  return result
}

export function and(a: Bits, b: Bits): Bits {
  const result = new Uint32Array(a.length)
  for (let i = 0; i < a.length; i++) result[i] = (a[i] as number) & (b[i] as number)
  return result
}

export function andNot(a: Bits, b: Bits): Bits {
  const result = new Uint32Array(a.length)
  for (let i = 0; i < a.length; i++) result[i] = (a[i] as number) & ~(b[i] as number)
  return result
}

/** Adds the members of `b` to `a`, which nobody else may hold yet. */
export function orInto(a: Bits, b: Bits): void {
  for (let i = 0; i < a.length; i++) a[i] = (a[i] as number) | (b[i] as number)
}

/** Takes the members of `b` out of `a`, which nobody else may hold yet. */
export function andNotInto(a: Bits, b: Bits): void {
  for (let i = 0; i < a.length; i++) a[i] = (a[i] as number) & ~(b[i] as number)
}

export function isEmpty(set: Bits): boolean {
  for (let i = 0; i < set.length; i++) if (set[i] !== 0) return false
  return true
}

export function equalBits(a: Bits, b: Bits): boolean {
  if (a === b) return true
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

/** Whether everything in `a` is in `b`. */
export function isSubset(a: Bits, b: Bits): boolean {
  for (let i = 0; i < a.length; i++) if (((a[i] as number) & ~(b[i] as number)) !== 0) return false
  return true
}

/** Calls `visit` for every member, in ascending order. */
export function forEachBit(set: Bits, visit: (index: number) => void): void {
  for (let i = 0; i < set.length; i++) visitWord(set[i] as number, i, visit)
}

function visitWord(word: number, at: number, visit: (index: number) => void): void {
  for (let rest = word; rest !== 0; ) {
    const lowest = rest & -rest
    visit((at << 5) + (31 - Math.clz32(lowest)))
    rest ^= lowest
  }
}

/** The places of words that have members: for a small set that is compared with many others. */
export function wordsOf(set: Bits): number[] {
  const result: number[] = []
  for (let i = 0; i < set.length; i++) if (set[i] !== 0) result.push(i)
  return result
}

/** Calls `visit` for every member that both have. @param words those of `b` */
export function forEachShared(a: Bits, b: Bits, words: readonly number[], visit: (index: number) => void): void {
  for (const i of words) visitWord((a[i] as number) & (b[i] as number), i, visit)
}

export function members(set: Bits): number[] {
  const result: number[] = []
  forEachBit(set, (index) => result.push(index))
  return result
}
