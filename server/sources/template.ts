import { parseYaml } from '../syntax/yaml/index.ts'
import type { Span } from '../text/span.ts'

/** Actions of a template language: Go's and Jinja's. */
const ACTION = String.raw`\{\{[^{}]{0,1000}?\}\}|\{%[^{}]{0,1000}?%\}`
const ALONE = new RegExp(String.raw`^[ \t]*(?:(?:${ACTION})[ \t]*)+$`, 'gm')
const ANY = new RegExp(ACTION, 'g')

/**
 * Where the first action of a template stands, if actions are all that keeps a document from being YAML.
 * Undefined when it is broken without them too.
 */
export function templateAction(text: string): Span | undefined {
  if (!text.includes('{{') && !text.includes('{%')) return undefined
  const first = new RegExp(ANY).exec(text)
  if (!first) return undefined
  // An action on a line of its own mostly makes nothing, or lines of its own; one inside a line makes a part of it.
  const made = text.replace(ALONE, '').replace(ANY, 'x')
  const isYaml = parseYaml(made).problems.every(({ harmless }) => harmless)
  return isYaml ? { start: first.index, end: first.index + first[0].length } : undefined
}
