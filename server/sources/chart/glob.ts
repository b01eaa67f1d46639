/**
 * gobwas/glob with `/` as separator: `*` and `?` stop at a slash, `**` does not, `{a,b}` and `[a-z]`, `[!a]`.
 * Undefined when the pattern is malformed; Helm then takes it for `**`.
 */
export function compileGlob(pattern: string): ((path: string) => boolean) | undefined {
  const expression = translate(pattern)
  if (expression === undefined) return undefined
  try {
    const compiled = new RegExp(`^(?:${expression})$`, 's')
    return (path) => compiled.test(path)
  } catch {
    return undefined
  }
}

/** More than this in one pattern would make matching slow; nobody writes it. */
const MAX_STARS = 12

function translate(pattern: string): string | undefined {
  let result = ''
  let braces = 0
  let stars = 0
  for (let at = 0; at < pattern.length; at++) {
    const char = pattern.charAt(at)
    switch (char) {
      case '\\':
        at++
        if (at >= pattern.length) return undefined
        result += literal(pattern.charAt(at))
        break
      case '*': {
        let end = at
        while (pattern.charAt(end + 1) === '*') end++
        if (++stars > MAX_STARS) return undefined
        result += end > at ? '.*' : '[^/]*'
        at = end
        break
      }
      case '?':
        result += '[^/]'
        break
      case '[': {
        const end = pattern.indexOf(']', at + 1)
        if (end < 0) return undefined
        const inner = pattern.slice(at + 1, end)
        const negated = inner.startsWith('!')
        const chars = negated ? inner.slice(1) : inner
        if (chars === '') return undefined
        result += `[${negated ? '^' : ''}${chars.replace(/[\\\]^]/g, '\\$&')}]`
        at = end
        break
      }
      case '{':
        braces++
        result += '(?:'
        break
      case '}':
        if (braces === 0) result += '\\}'
        else {
          braces--
          result += ')'
        }
        break
      case ',':
        result += braces > 0 ? '|' : ','
        break
      default:
        result += literal(char)
    }
  }
  return braces === 0 ? result : undefined
}

function literal(char: string): string {
  return /[.*+?^${}()|[\]\\/]/.test(char) ? `\\${char}` : char
}
