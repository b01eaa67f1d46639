import type { Value } from '../../model/value.ts'

const PLAIN_KEY = /^[\p{ID_Start}_][\p{ID_Continue}-]*$/u

/** A text in quotes, in which nothing is a template. */
export function quotedHcl(text: string): string {
  return `"${text
    .replace(/[\\"]/g, '\\$&')
    .replace(/\n/g, '\\n')
    .replace(/\r/g, '\\r')
    .replace(/\t/g, '\\t')
    .replace(/([$%])\{/g, '$1$1{')}"`
}

/**
 * A value as an expression, as `terraform fmt` lays it out; lines behind the first are indented from column 0.
 * @param expressionOf the expression of what is no plain value
 */
export function printHcl(value: Value, expressionOf: (value: Value) => string | undefined = () => undefined): string {
  const expression = expressionOf(value)
  if (expression !== undefined) return expression
  if (value === null) return 'null'
  if (typeof value === 'string') return quotedHcl(value)
  if (typeof value !== 'object') return String(value)
  if (Array.isArray(value)) return printList(value as readonly Value[], expressionOf)
  const entries = Object.entries(value)
  if (entries.length === 0) return '{}'
  return `{\n${printEntries(entries.map(([key, item]) => [PLAIN_KEY.test(key) ? key : quotedHcl(key), printHcl(item as Value, expressionOf)]))}}`
}

function printList(items: readonly Value[], expressionOf: (value: Value) => string | undefined): string {
  const simple = items.every((item) => typeof item !== 'object' || item === null || expressionOf(item) !== undefined)
  if (simple) return `[${items.map((item) => printHcl(item, expressionOf)).join(', ')}]`
  return `[\n${items.map((item) => `  ${deeper(printHcl(item, expressionOf))},\n`).join('')}]`
}

function deeper(text: string): string {
  return text.replace(/\n(?=[^\n])/g, '\n  ')
}

/** Lines of names and values; neighbours that fit on a line have their equals signs in one column. */
export function printEntries(entries: readonly (readonly [string, string])[]): string {
  let result = ''
  for (let i = 0; i < entries.length; ) {
    let end = i
    while (end < entries.length && !(entries[end]?.[1] ?? '').includes('\n')) end++
    const group = end > i ? entries.slice(i, end) : entries.slice(i, i + 1)
    const width = Math.max(...group.map(([name]) => name.length))
    for (const [name, value] of group) result += `  ${end > i ? name.padEnd(width) : name} = ${deeper(value)}\n`
    i += group.length
  }
  return result
}

/** A block: its header, its arguments, and its nested blocks set apart by empty lines. */
export function printBlock(header: string, entries: readonly (readonly [string, string])[], blocks: readonly string[]): string {
  if (entries.length === 0 && blocks.length === 0) return `${header} {}`
  const nested = blocks.map((block) => `  ${deeper(block)}\n`)
  return `${header} {\n${printEntries(entries)}${entries.length > 0 && nested.length > 0 ? '\n' : ''}${nested.join('\n')}}`
}
