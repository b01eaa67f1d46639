import type { Attribute, Block, Body, Expression, HclFile, HclProblem, Label, Template } from './ast.ts'
import { parseExpression } from './expression.ts'
import { MAX_DEPTH, NotStrict, Reader } from './reader.ts'
import { isItem, isTopLevel } from './recover.ts'
import { parseBare, parseQuoted } from './template.ts'

/**
 * The native syntax of HCL, as Terraform reads it. Never throws: a text that is wrong somewhere is read a second time,
 * and then everything that the mistake does not touch is found.
 */
export function parseHcl(text: string): HclFile {
  return twice(text, (r) => parseFileBody(r))
}

/** One expression, as on a command line. */
export function parseHclExpression(text: string): { readonly value: Expression; readonly problems: readonly HclProblem[] } {
  const { body, problems } = twice(text, (r) => {
    r.flat = true
    const value = parseExpression(r)
    r.skip()
    if (!r.ended) r.problem(r.at, r.text.length, 'This is more than one expression.')
    return value
  })
  return { value: body, problems }
}

/** A whole file that is a template, as `templatefile` reads it. */
export function parseHclTemplate(text: string): { readonly value: Template; readonly problems: readonly HclProblem[] } {
  const { body, problems } = twice(text, parseBare)
  return { value: body, problems }
}

function twice<T>(text: string, read: (r: Reader) => T): Omit<HclFile, 'body'> & { readonly body: T } {
  const strict = new Reader(text, false)
  try {
    return { body: read(strict), problems: [], comments: strict.comments }
  } catch (error) {
    if (!(error instanceof NotStrict)) throw error
  }
  const r = new Reader(text, true)
  const body = read(r)
  return { body, problems: r.problems, comments: r.comments }
}

function parseFileBody(r: Reader): Body {
  if (r.code() === 0xfeff) r.at++
  const items: (Attribute | Block)[] = []
  while (!r.ended) {
    parseItems(r, items, undefined)
    if (r.ended) break
    r.problem(r.at, r.at + 1, 'There is no open block that this bracket closes.')
    r.at++
  }
  return { items, start: 0, end: r.text.length }
}

/** The block whose items are read. */
interface Header {
  readonly column: number
  /** Column of its first item; from it an item further left is told apart from one that is only badly indented. */
  inner: number
}

/** Reads items up to the bracket that closes them. False when the body ends without it. */
function parseItems(r: Reader, items: (Attribute | Block)[], header: Header | undefined): boolean {
  const names = new Set<string>()
  for (;;) {
    r.skipLines()
    if (r.ended) return false
    if (r.code() === 125) return header === undefined || !r.recovering || !r.firstOnLine() || r.columnOf(r.at) >= header.column
    if (header && r.recovering && endsBlock(r, header)) return false
    const before = r.at
    const item = parseItem(r)
    if (item) {
      items.push(item)
      if (item.kind === 'attribute') {
        if (names.has(item.name.text)) r.problem(item.name.start, item.name.end, `\`${item.name.text}\` is set twice.`)
        names.add(item.name.text)
      }
    }
    if (r.at === before) r.at++
    endLine(r)
  }
}

/** Whether the closing bracket of a block was forgotten: what follows stands where only its neighbours stand. */
function endsBlock(r: Reader, header: Header): boolean {
  if (!r.firstOnLine()) return false
  if (isTopLevel(r, r.at)) return true
  const column = r.columnOf(r.at)
  if (header.inner < 0) header.inner = column
  return header.inner > header.column && column <= header.column && isItem(r, r.at)
}

/** Behind an item its line must end. */
function endLine(r: Reader): void {
  r.skip()
  if (r.ended || r.code() === 10 || r.code(-1) === 10) return
  r.problem(r.at, r.lineEnd(), 'Expected the end of the line.')
  if (r.code() !== 125) r.at = r.lineEnd()
}

function parseItem(r: Reader): Attribute | Block | undefined {
  const start = r.at
  const text = r.name()
  if (text === undefined) {
    r.problem(start, r.lineEnd(), 'Expected the name of an argument or of a block.')
    r.at = r.lineEnd()
    return undefined
  }
  const name = { text, start, end: r.at }
  const { column } = r
  r.column = r.firstOnLine(start) ? r.columnOf(start) : column
  r.skip()
  const item = r.code() === 61 && r.code(1) !== 61 ? parseAttribute(r, name) : parseBlock(r, name)
  r.column = column
  return item
}

function parseAttribute(r: Reader, name: Attribute['name']): Attribute {
  r.at++
  const { flat } = r
  r.flat = false
  const value = parseExpression(r)
  r.flat = flat
  return { kind: 'attribute', name, value, start: name.start, end: value.end }
}

function parseBlock(r: Reader, type: Block['type']): Block | undefined {
  const labels: Label[] = []
  for (;;) {
    r.skip()
    const label = parseLabel(r)
    if (!label) break
    labels.push(label)
  }
  if (r.code() !== 123) {
    const end = labels[labels.length - 1]?.end ?? type.end
    r.problem(type.start, end, labels.length === 0 ? 'Expected `=` and a value, or a block.' : 'Expected `{` and the content of the block.')
    if (labels.length === 0) return undefined
    return { kind: 'block', type, labels, body: { items: [], start: end, end }, open: undefined, close: undefined, start: type.start, end }
  }
  return parseContent(r, type, labels)
}

function parseLabel(r: Reader): Label | undefined {
  const start = r.at
  if (r.code() === 34) {
    const { parts, end } = parseQuoted(r)
    const text = parts.map((part) => (part.kind === 'text' ? part.text : '')).join('')
    if (parts.some(({ kind }) => kind !== 'text')) r.problem(start, end, 'A label cannot be computed.')
    return { text, quoted: true, start, end }
  }
  const text = r.name()
  return text === undefined ? undefined : { text, quoted: false, start, end: r.at }
}

function parseContent(r: Reader, type: Block['type'], labels: readonly Label[]): Block {
  const open = r.at
  r.at++
  const items: (Attribute | Block)[] = []
  let closed = false
  if (r.depth >= MAX_DEPTH) r.problem(open, open + 1, 'This is nested too deeply to be read.')
  else {
    r.depth++
    r.skip()
    closed = r.code() === 10 || r.ended ? parseItems(r, items, { column: r.column, inner: -1 }) : parseOneLine(r, items)
    r.depth--
  }
  const end = r.at
  if (closed) r.at++
  else r.problem(open, open + 1, 'This block is not closed: `}` is missing.')
  const stop = closed ? r.at : backToContent(r, end, open)
  if (!closed) r.at = stop
  return {
    kind: 'block',
    type,
    labels,
    body: { items, start: open + 1, end: closed ? end : stop },
    open,
    close: closed ? r.at : undefined,
    start: type.start,
    end: stop,
  }
}

function backToContent(r: Reader, at: number, open: number): number {
  let end = at
  while (end > open + 1 && /\s/.test(r.text.charAt(end - 1))) end--
  return end
}

/** `{ a = 1 }`: one argument, all on the line of the block. */
function parseOneLine(r: Reader, items: (Attribute | Block)[]): boolean {
  if (r.code() === 125) return true
  const before = r.at
  const item = parseItem(r)
  if (item) items.push(item)
  r.skip()
  if (r.code() === 125 && item?.kind !== 'block') return true
  r.problem(before, r.at, 'A block on one line holds one argument and its closing bracket.')
  if (r.at === before) r.at = r.lineEnd()
  return parseItems(r, items, { column: r.column, inner: -1 })
}
