import { RE2JS } from 're2js'

/** The bounds of a match and of its groups; -1 for a group that took no part. */
export interface Match {
  readonly start: number
  readonly end: number
  readonly groups: readonly { readonly start: number; readonly end: number }[]
}

const compiled = new Map<string, RE2JS | string>()
const MAX_COMPILED = 500
const MAX_PATTERN = 20_000

/** Compiles a pattern of Go's syntax for matching in linear time; a string says why it cannot be. */
export function compile(pattern: string): RE2JS | string {
  const known = compiled.get(pattern)
  if (known !== undefined) return known
  if (pattern.length > MAX_PATTERN) return 'error parsing regexp: expression too large'
  let result: RE2JS | string
  try {
    result = RE2JS.compile(pattern)
  } catch (error) {
    result = error instanceof Error ? error.message : String(error)
  }
  if (compiled.size >= MAX_COMPILED) compiled.clear()
  compiled.set(pattern, result)
  return result
}

/** `FindAllSubmatchIndex`; all with a negative count. */
export function findAll(regexp: RE2JS, text: string, count: number): Match[] {
  const matcher = regexp.matcher(text)
  const found: Match[] = []
  let at = 0
  let previousEnd = -1
  while (at <= text.length && (count < 0 || found.length < count)) {
    if (!matcher.find(at)) break
    const start = matcher.start()
    const end = matcher.end()
    // An empty match right behind another one is none.
    const accepted = end !== at || start !== previousEnd
    at = end === at ? at + charLength(text, at) : end
    previousEnd = end
    if (!accepted) continue
    const groups = [{ start, end }]
    for (let i = 1; i <= regexp.groupCount(); i++) groups.push({ start: matcher.start(i), end: matcher.end(i) })
    found.push({ start, end, groups })
  }
  return found
}

/** The matches that `ReplaceAll` replaces. */
export function replacements(regexp: RE2JS, text: string): Match[] {
  const matcher = regexp.matcher(text)
  const found: Match[] = []
  let at = 0
  let lastEnd = 0
  while (at <= text.length && matcher.find(at)) {
    const start = matcher.start()
    const end = matcher.end()
    const groups = [{ start, end }]
    for (let i = 1; i <= regexp.groupCount(); i++) groups.push({ start: matcher.start(i), end: matcher.end(i) })
    if (end > lastEnd || start === 0) found.push({ start, end, groups })
    lastEnd = end
    const next = at + (at < text.length ? charLength(text, at) : 0)
    at = next > end ? next : at + 1 > end ? at + 1 : end
  }
  return found
}

function charLength(text: string, at: number): number {
  return (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1
}

/** One part of a replacement: a text of the template, or a group by number; an unknown group is empty. */
export type ReplacementPart = { readonly start: number; readonly end: number } | { readonly group: number }

/** `Expand`'s reading of `$1`, `${1}` and `$name`. */
export function parseReplacement(regexp: RE2JS, template: string): ReplacementPart[] {
  const parts: ReplacementPart[] = []
  const names = regexp.namedGroups() as Readonly<Record<string, number>>
  let plain = 0
  let at = template.indexOf('$')
  while (at >= 0) {
    if (template.charAt(at + 1) === '$') {
      parts.push({ start: plain, end: at + 1 })
      plain = at + 2
      at = template.indexOf('$', plain)
      continue
    }
    const match = /^\$(?:\{([\p{L}\p{Nd}_]+)\}|([\p{L}\p{Nd}_]+))/u.exec(template.slice(at))
    if (!match) {
      at = template.indexOf('$', at + 1)
      continue
    }
    parts.push({ start: plain, end: at })
    const name = match[1] ?? match[2] ?? ''
    const number = /^(?:0|[1-9]\d*)$/.test(name) ? Number(name) : (names[name] ?? -1)
    parts.push({ group: number })
    plain = at + match[0].length
    at = template.indexOf('$', plain)
  }
  parts.push({ start: plain, end: template.length })
  return parts
}

/** `regexp.QuoteMeta`. */
export function quoteMeta(text: string): string {
  return text.replace(/[\\.+*?()|[\]{}^$]/g, '\\$&')
}
