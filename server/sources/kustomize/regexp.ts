import { RE2JS } from 're2js'

const compiled = new Map<string, RE2JS | undefined>()

/** A regular expression of Go's syntax, in linear time; undefined when it is none. */
export function goRegExp(source: string): RE2JS | undefined {
  if (compiled.has(source)) return compiled.get(source)
  let expression: RE2JS | undefined
  try {
    expression = RE2JS.compile(source)
  } catch {
    expression = undefined
  }
  if (compiled.size > 2_000) compiled.clear()
  compiled.set(source, expression)
  return expression
}

/** Whether a pattern matches a whole text; undefined when it is no regular expression. */
export function matchesWhole(pattern: string, text: string): boolean | undefined {
  // Most patterns are plain names.
  if (/^[\w-]*$/.test(pattern)) return pattern === text
  return goRegExp(`^(?:${pattern})$`)?.matcher(text).find()
}

/** Whether a pattern matches anywhere in a text; undefined when it is no regular expression. */
export function matchesSomewhere(pattern: string, text: string): boolean | undefined {
  return goRegExp(pattern)?.matcher(text).find()
}
