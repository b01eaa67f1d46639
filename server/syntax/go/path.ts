/** `path.Clean`. */
export function cleanPath(path: string): string {
  if (path === '') return '.'
  const rooted = path.startsWith('/')
  const out: string[] = []
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue
    if (part !== '..') out.push(part)
    else if (out.length > 0 && out[out.length - 1] !== '..') out.pop()
    else if (!rooted) out.push('..')
  }
  const joined = out.join('/')
  return rooted ? `/${joined}` : joined || '.'
}

/** `path.Base`. */
export function basePath(path: string): string {
  if (path === '') return '.'
  const trimmed = path.replace(/\/+$/, '')
  return trimmed === '' ? '/' : trimmed.slice(trimmed.lastIndexOf('/') + 1)
}

/** `path.Dir`. */
export function dirPath(path: string): string {
  return cleanPath(path.slice(0, path.lastIndexOf('/') + 1))
}

/** `path.Ext`. */
export function extPath(path: string): string {
  const base = path.slice(path.lastIndexOf('/') + 1)
  const dot = base.lastIndexOf('.')
  return dot < 0 ? '' : base.slice(dot)
}

/**
 * `path.Match`: `*` and `?` stop at a slash, `[a-z]` and `[^a]` are classes. Undefined when the pattern is
 * malformed.
 */
export function matchPath(pattern: string, name: string): boolean | undefined {
  let expression = ''
  for (let at = 0; at < pattern.length; at++) {
    const char = pattern.charAt(at)
    if (char === '*') expression += '[^/]*'
    else if (char === '?') expression += '[^/]'
    else if (char === '[') {
      const end = classEnd(pattern, at)
      if (end < 0) return undefined
      const negated = pattern.charAt(at + 1) === '^'
      const inner = pattern.slice(at + (negated ? 2 : 1), end)
      expression += `[${negated ? '^' : ''}${inner.replace(/\\(.)|([[\]^])/gs, (_, escaped: string | undefined, special: string | undefined) => `\\${escaped ?? special ?? ''}`)}]`
      at = end
    } else if (char === '\\') {
      at++
      if (at >= pattern.length) return undefined
      expression += literal(pattern.charAt(at))
    } else expression += literal(char)
  }
  try {
    // No group is repeated, so what `*` leaves open is quadratic at worst in one path segment.
    return new RegExp(`^${expression}$`, 's').test(name)
  } catch {
    return undefined
  }
}

function classEnd(pattern: string, open: number): number {
  let at = open + 1
  if (pattern.charAt(at) === '^') at++
  const first = at
  for (; at < pattern.length; at++) {
    if (pattern.charAt(at) === '\\') at++
    else if (pattern.charAt(at) === ']' && at > first) return at
  }
  return -1
}

function literal(char: string): string {
  return /[.*+?^${}()|[\]\\/]/.test(char) ? `\\${char}` : char
}
