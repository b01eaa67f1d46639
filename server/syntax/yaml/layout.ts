import type { Span } from '../../text/span.ts'
import { childrenOf, keySpan, valueSpan, type YamlTree } from './tree.ts'
import { DEFAULT_STYLE, type YamlStyle } from './write.ts'

/** A key with its value, or a list item, as it stands in the text of its own collection. */
export interface Entry {
  readonly node: number
  /** Its dash or key, with the key's anchor, tag or `?`. */
  readonly start: number
  readonly end: number
}

/** What is written in a collection itself: what a merge key brings in is not. */
export function entriesOf(text: string, tree: YamlTree, collection: number): Entry[] {
  const entries: Entry[] = []
  const span = valueSpan(tree, collection)
  const flow = isFlow(text, span)
  let at = flow ? span.start + 1 : span.start
  for (const node of childrenOf(tree, collection)) {
    const key = keySpan(tree, node)
    const value = valueSpan(tree, node)
    const first = key?.start ?? value.start
    if (first < at) continue
    const start = skipGap(text, at, first)
    // Anything else before the key is an entry that has no node, such as `<<: *base`.
    const ours = start === first || (key ? /^(?:[?&!]\S*\s+)+$/.test(text.slice(start, first)) : true)
    at = Math.max(value.end, key?.end ?? 0)
    entries.push({ node, start: ours ? start : first, end: at })
  }
  return entries
}

/** The first offset from `from` that is neither white space, nor a comma, nor in a comment; at most `to`. */
export function skipGap(text: string, from: number, to: number): number {
  let at = from
  while (at < to) {
    const char = text.charAt(at)
    if (char === '#') at = lineBreak(text, at)
    else if (char === ' ' || char === '\t' || char === '\n' || char === '\r' || char === ',') at++
    else return at
  }
  return to
}

export function isFlow(text: string, span: Span): boolean {
  const first = text.charAt(span.start)
  return first === '{' || first === '['
}

/** Where the line of an offset begins. A byte order mark belongs to no line. */
export function lineStart(text: string, offset: number): number {
  const start = offset === 0 ? 0 : text.lastIndexOf('\n', offset - 1) + 1
  return start === 0 && text.charCodeAt(0) === 0xfeff ? 1 : start
}

/** Where the line of an offset ends, before its line break. */
export function lineBreak(text: string, offset: number): number {
  const newline = text.indexOf('\n', offset)
  if (newline < 0) return text.length
  return newline > offset && text.charAt(newline - 1) === '\r' ? newline - 1 : newline
}

/** Where the line below an offset begins; the end of the text when there is none. */
export function nextLine(text: string, offset: number): number {
  const newline = text.indexOf('\n', offset)
  return newline < 0 ? text.length : newline + 1
}

export function columnOf(text: string, offset: number): number {
  return offset - lineStart(text, offset)
}

export function isFirstOnLine(text: string, offset: number): boolean {
  return text.slice(lineStart(text, offset), offset).trim() === ''
}

/** A line of nothing but a comment: its column. */
export function commentColumn(text: string, line: number): number | undefined {
  let at = line
  while (text.charAt(at) === ' ') at++
  return text.charAt(at) === '#' ? at - line : undefined
}

export function isBlankLine(text: string, line: number): boolean {
  return text.slice(line, lineBreak(text, line)).trim() === ''
}

/**
 * The end of what belongs to an entry at `column` whose value ends at `end`: behind the comment on its last
 * line, and behind comments below that are indented deeper. Before the line break.
 */
export function extendedEnd(text: string, end: number, column: number): number {
  // The end of a block scalar is where the next line begins.
  let last = text.charAt(end - 1) === '\n' ? lineBreak(text, lineStart(text, end - 1)) : lineBreak(text, end)
  for (let line = nextLine(text, last); line < text.length; line = nextLine(text, line)) {
    const comment = commentColumn(text, line)
    if (comment !== undefined && comment > column) last = lineBreak(text, line)
    else if (!isBlankLine(text, line)) break
  }
  return last
}

/** Where the comments directly above an entry begin that stand at its column; not above `floor`. */
export function commentsAbove(text: string, start: number, floor: number): number {
  const column = columnOf(text, start)
  let first = lineStart(text, start)
  while (first > floor) {
    const above = lineStart(text, first - 1)
    if (above < floor || above >= first || commentColumn(text, above) !== column) break
    first = above
  }
  return first
}

/** How a document is laid out, told from what most of it does. */
export function styleOf(text: string, tree: YamlTree): YamlStyle {
  const indents = new Map<number, number>()
  const lists = new Map<number, number>()
  let doubled = 0
  let single = 0
  let inFlow = 0
  let inBlock = 0
  let padded = 0
  for (let node = 1; node < tree.keys.length; node++) {
    const key = keySpan(tree, node)
    const value = valueSpan(tree, node)
    const first = text.charAt(value.start)
    if (first === '"') doubled++
    if (first === "'") single++
    if (first === '{' && value.end - value.start > 2) padded += text.charAt(value.start + 1) === ' ' ? 1 : -1
    if (!key || value.start >= value.end || first === '{') continue
    const [child] = childrenOf(tree, node)
    if (first === '[' && child !== undefined) inFlow++
    if (first === '[') continue
    // A merge copies nodes whose text stands elsewhere.
    if (child === undefined || lineStart(text, value.start) === lineStart(text, key.start)) continue
    const columns = columnOf(text, value.start) - columnOf(text, key.start)
    const counts = keySpan(tree, child) ? indents : lists
    if (counts === lists && childrenOf(tree, child).length === 0) inBlock++
    counts.set(columns, (counts.get(columns) ?? 0) + 1)
  }
  const indent = mostly(indents, 1) ?? DEFAULT_STYLE.indent
  return {
    indent,
    listIndent: mostly(lists, 0) ?? (indents.size > 0 ? indent : DEFAULT_STYLE.listIndent),
    quote: single > doubled ? "'" : DEFAULT_STYLE.quote,
    eol: text.includes('\r\n') ? '\r\n' : '\n',
    json: false,
    flowLists: inFlow > inBlock,
    padded: padded > 0,
  }
}

function mostly(counts: ReadonlyMap<number, number>, least: number): number | undefined {
  let best: number | undefined
  for (const [columns, count] of counts) {
    if (columns >= least && (best === undefined || count > (counts.get(best) ?? 0))) best = columns
  }
  return best
}
