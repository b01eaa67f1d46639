/** Every star multiplies the time that a match may take. */
const MAX_STARS = 8
const MAX_LENGTH = 1000

/**
 * The patterns, as in .gitignore, that may be matched: a hostile one, with many stars, would keep a process
 * busy for hours.
 */
export function harmlessPatterns(patterns: readonly string[]): string[] {
  return patterns.filter((pattern) => pattern.length <= MAX_LENGTH && pattern.split('*').length <= MAX_STARS + 1)
}
