/** The word that somebody may have meant; undefined when none is near. */
export function nearest(word: string, words: Iterable<string>): string | undefined {
  const limit = Math.max(1, Math.floor(word.length / 3))
  let best: { word: string; distance: number } | undefined
  for (const candidate of words) {
    const distance = candidate.startsWith(word) && word.length > 2 ? 1 : editDistance(word.toLowerCase(), candidate)
    if (distance <= limit && (!best || distance < best.distance)) best = { word: candidate, distance }
  }
  return best?.word
}

/** Insertions, removals, replacements and swaps of neighbours. */
function editDistance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 8) return Number.POSITIVE_INFINITY
  let older: number[] = []
  let old = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1
      let cost = Math.min((old[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (old[j - 1] ?? 0) + same)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) cost = Math.min(cost, (older[j - 2] ?? 0) + 1)
      row.push(cost)
    }
    older = old
    old = row
  }
  return old[b.length] ?? 0
}

/**
 * The word that was probably mistyped: one or two letters apart, and not one that only goes on, or counts
 * further, which is another thing on purpose (`shop` and `shop-tls`, `db-1` and `db-2`).
 */
export function mistyped(word: string, words: Iterable<string>): string | undefined {
  // Of a short name one letter is too much of it.
  if (word.length < 4) return undefined
  const uncounted = word.replace(/\d+/g, '')
  const goesOn = (a: string, b: string): boolean => a.startsWith(b) && a.length > b.length + 1
  const other = [...words].filter(
    (candidate) => !goesOn(candidate, word) && !goesOn(word, candidate) && candidate.replace(/\d+/g, '') !== uncounted,
  )
  const found = nearest(word, other)
  return found !== undefined && editDistance(word.toLowerCase(), found.toLowerCase()) <= 2 ? found : undefined
}
