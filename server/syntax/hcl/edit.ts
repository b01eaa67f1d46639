import { applyEdits, type TextEdit } from '../../text/edit.ts'
import type { Span } from '../../text/span.ts'
import type { Attribute, Block, Body, Expression } from './ast.ts'
import { parseHcl } from './parse.ts'

/** A block by the offset that it begins at; the file itself by -1. Offsets are those of the text before any change. */
export type HclChange =
  | { readonly op: 'replace'; readonly span: Span; readonly text: string }
  /** Sets an argument, or adds it. */
  | { readonly op: 'argument'; readonly block: number; readonly name: string; readonly text: string }
  /** Takes out an argument, a block, or an item of an object or list, by where it begins. */
  | { readonly op: 'remove'; readonly start: number }
  /** Adds nested blocks, each a text of its own. */
  | { readonly op: 'blocks'; readonly block: number; readonly texts: readonly string[] }
  | { readonly op: 'entry'; readonly object: number; readonly key: string; readonly text: string }
  | { readonly op: 'item'; readonly list: number; readonly index: number; readonly text: string }

const INDENT = '  '

/**
 * Writes changes into a text as `terraform fmt` would, and leaves everything else as it is. Refused where the text is
 * broken, or does not hold what a change is about.
 */
export function editHcl(
  text: string,
  changes: readonly HclChange[],
): { readonly edits: readonly TextEdit[] } | { readonly refused: string } {
  if (parseHcl(text).problems.length > 0) return { refused: 'the file has syntax errors' }
  let current = text
  const applied: (readonly TextEdit[])[] = []
  const now = (offset: number): number => applied.reduce((at, edits) => moved(at, edits), offset)
  for (const change of changes) {
    const neighbour = change.op === 'remove' ? neighbourOf(current, now(change.start)) : undefined
    const edits = editsOf(current, change, now)
    if (!edits) return { refused: 'the file does not say this in a way that can be changed' }
    current = applyEdits(current, edits)
    applied.push(edits)
    if (neighbour !== undefined) {
      const closed = alignAround(current, moved(neighbour, edits))
      current = applyEdits(current, closed)
      applied.push(closed)
    }
    if (change.op !== 'argument') continue
    const aligned = align(current, change.block < 0 ? -1 : now(change.block), change.name)
    current = applyEdits(current, aligned)
    applied.push(aligned)
  }
  if (parseHcl(current).problems.length > 0) return { refused: 'the change would break the file' }
  return { edits: difference(text, current) }
}

function moved(offset: number, edits: readonly TextEdit[]): number {
  let shift = 0
  for (const { start, end, text } of edits) if (end <= offset && !(start === end && start === offset)) shift += text.length - (end - start)
  return offset + shift
}

function editsOf(text: string, change: HclChange, now: (offset: number) => number): readonly TextEdit[] | undefined {
  const { body } = parseHcl(text)
  switch (change.op) {
    case 'replace': {
      const start = now(change.span.start)
      return [{ start, end: start + (change.span.end - change.span.start), text: indented(change.text, indentAt(text, start)) }]
    }
    case 'argument': {
      const block = change.block < 0 ? undefined : findBlock(body, now(change.block))
      return change.block >= 0 && !block ? undefined : setArgument(text, block?.body ?? body, block, change.name, change.text)
    }
    case 'blocks': {
      const block = change.block < 0 ? undefined : findBlock(body, now(change.block))
      return change.block >= 0 && !block ? undefined : addBlocks(text, block?.body ?? body, block, change.texts)
    }
    case 'remove':
      return remove(text, body, now(change.start))
    case 'entry': {
      const object = findExpression(body, now(change.object), 'object')
      return object?.kind === 'object' ? setEntry(text, object, change.key, change.text) : undefined
    }
    case 'item': {
      const list = findExpression(body, now(change.list), 'tuple')
      return list?.kind === 'tuple' ? addItem(text, list, change.index, change.text) : undefined
    }
  }
}

/** Lines behind the first are moved as far as the place that they come to. */
function indented(text: string, indent: string): string {
  return text.includes('<<') ? text : text.replace(/\n(?=[^\n])/g, `\n${indent}`)
}

function lineStart(text: string, offset: number): number {
  return text.lastIndexOf('\n', offset - 1) + 1
}

function indentAt(text: string, offset: number): string {
  return /^[ \t]*/.exec(text.slice(lineStart(text, offset), offset))?.[0] ?? ''
}

function newline(text: string): string {
  return text.includes('\r\n') ? '\r\n' : '\n'
}

function* allBlocks(body: Body): Iterable<Block> {
  for (const item of body.items) {
    if (item.kind !== 'block') continue
    yield item
    yield* allBlocks(item.body)
  }
}

function findBlock(body: Body, start: number): Block | undefined {
  for (const block of allBlocks(body)) if (block.start === start && block.open !== undefined) return block
  return undefined
}

/** The expression that begins at an offset and is of a kind; the innermost where several begin there. */
function findExpression(node: Body | Expression, start: number, kind: Expression['kind']): Expression | undefined {
  const seen: Expression[] = []
  walk(node, (expression) => {
    if (expression.start === start && expression.kind === kind) seen.push(expression)
  })
  return seen[seen.length - 1]
}

/** Visits every expression below a node, outer ones first. */
function walk(node: unknown, visit: (expression: Expression) => void): void {
  if (Array.isArray(node)) {
    for (const each of node) walk(each, visit)
    return
  }
  if (typeof node !== 'object' || node === null) return
  if ('kind' in node && 'start' in node && node.kind !== 'attribute' && node.kind !== 'block') visit(node as Expression)
  for (const value of Object.values(node)) if (typeof value === 'object') walk(value, visit)
}

function setArgument(text: string, body: Body, block: Block | undefined, name: string, value: string): readonly TextEdit[] {
  const found = body.items.find((item): item is Attribute => item.kind === 'attribute' && item.name.text === name)
  const inner = innerIndent(text, body, block)
  if (found) return [{ start: found.value.start, end: found.value.end, text: indented(value, indentAt(text, found.start)) }]
  // Arguments stand before blocks, and behind those that are there.
  const last = body.items.filter((item) => item.kind === 'attribute').at(-1)
  const line = `${inner}${name} = ${indented(value, inner)}`
  if (last) return [insertAfter(text, last.end, line)]
  const first = body.items[0]
  if (block && !first) return [fill(text, block, line)]
  const at = first ? lineStart(text, leading(text, first.start)) : 0
  return [{ start: at, end: at, text: `${line}${newline(text)}${first ? newline(text) : ''}` }]
}

/** Comments right above an item belong to it. */
function leading(text: string, start: number): number {
  let at = lineStart(text, start)
  while (at > 0) {
    const before = lineStart(text, at - 1)
    if (!/^[ \t]*(?:#|\/\/)/.test(text.slice(before, at))) break
    at = before
  }
  return at
}

function innerIndent(text: string, body: Body, block: Block | undefined): string {
  if (!block) return ''
  const [first] = body.items
  const own = first && text.slice(lineStart(text, first.start), first.start)
  return own !== undefined && /^[ \t]+$/.test(own) ? own : `${indentAt(text, block.start)}${INDENT}`
}

function insertAfter(text: string, end: number, line: string): TextEdit {
  const rest = /^[ \t]*(?:#[^\n]*|\/\/[^\n]*)?/.exec(text.slice(end))?.[0] ?? ''
  const at = end + rest.replace(/\r$/, '').length
  return { start: at, end: at, text: `${newline(text)}${line}` }
}

/** Opens an empty block, or one that is on one line. */
function fill(text: string, block: Block, line: string): TextEdit {
  const start = (block.open ?? block.end) + 1
  const end = (block.close ?? block.end) - 1
  const kept = text.slice(start, end).trimEnd()
  return { start, end, text: `${kept}${newline(text)}${line}${newline(text)}${indentAt(text, block.start)}` }
}

function addBlocks(text: string, body: Body, block: Block | undefined, texts: readonly string[]): readonly TextEdit[] {
  const inner = innerIndent(text, body, block)
  const lines = texts.map((each) => `${inner}${indented(each, inner)}`).join(`${newline(text)}${newline(text)}`)
  const last = body.items.at(-1)
  if (!block) {
    const trimmed = text.trimEnd()
    return [{ start: trimmed.length, end: text.length, text: `${trimmed === '' ? '' : newline(text).repeat(2)}${lines}${newline(text)}` }]
  }
  if (!last || !text.slice(block.open, block.close).includes('\n')) {
    const content = text.slice((block.open ?? 0) + 1, (block.close ?? 1) - 1).trim()
    const edit = fill(text, block, last ? `${newline(text)}${lines}` : lines)
    return last
      ? [
          {
            ...edit,
            text: `${newline(text)}${inner}${content}${newline(text)}${newline(text)}${lines}${newline(text)}${indentAt(text, block.start)}`,
          },
        ]
      : [edit]
  }
  const edit = insertAfter(text, last.end, `${newline(text)}${lines}`)
  return [edit]
}

/** Takes out whole lines where nothing else stands on them, with the comments above. */
function remove(text: string, body: Body, start: number): readonly TextEdit[] | undefined {
  const item = [...itemsOf(body)].find((each) => each.start === start)
  if (item) return [removeLines(text, item.start, item.end)]
  let found: TextEdit | undefined
  walk(body, (expression) => {
    const parts: readonly Span[] = expression.kind === 'object' || expression.kind === 'tuple' ? expression.items : []
    const index = parts.findIndex((part) => part.start === start)
    const part = parts[index]
    if (part) found = removePart(text, part, parts[index + 1], parts[index - 1])
  })
  return found && [found]
}

function* itemsOf(body: Body): Iterable<Attribute | Block> {
  for (const item of body.items) {
    yield item
    if (item.kind === 'block') yield* itemsOf(item.body)
  }
}

function removeLines(text: string, start: number, end: number): TextEdit {
  const from = lineStart(text, start)
  const behind = /^[ \t]*,?[ \t]*(?:#[^\n]*|\/\/[^\n]*)?(?:\r?\n|$)/.exec(text.slice(end))
  if (text.slice(from, start).trim() !== '' || !behind) {
    const blank = /[ \t]*$/.exec(text.slice(0, start))?.[0].length ?? 0
    return { start: start - blank, end, text: '' }
  }
  let to = end + behind[0].length
  let top = leading(text, start)
  // Of the two empty lines that would meet, one goes; so does the one above a bracket that closes.
  const above = /(?:^|\n)[ \t]*\r?\n$/.test(text.slice(0, top))
  const below = /^[ \t]*\r?\n/.exec(text.slice(to))
  if (above && below) to += below[0].length
  else if (above && /^[ \t]*\}/.test(text.slice(to))) top = lineStart(text, top - 1)
  return { start: top, end: to, text: '' }
}

function removePart(text: string, part: Span, next: Span | undefined, before: Span | undefined): TextEdit {
  const alone =
    text.slice(lineStart(text, part.start), part.start).trim() === '' &&
    /^[ \t]*,?[ \t]*(?:#[^\n]*|\/\/[^\n]*)?\r?\n/.test(text.slice(part.end))
  if (alone) return removeLines(text, part.start, part.end)
  if (next) return { start: part.start, end: next.start, text: '' }
  return { start: before?.end ?? part.start, end: part.end, text: '' }
}

const PLAIN_KEY = /^[\p{ID_Start}_][\p{ID_Continue}-]*$/u

function setEntry(text: string, object: Extract<Expression, { kind: 'object' }>, key: string, value: string): readonly TextEdit[] {
  const found = object.items.find(
    ({ key: name }) => name.kind === 'template' && name.parts.length === 1 && name.parts[0]?.kind === 'text' && name.parts[0].text === key,
  )
  if (found) return [{ start: found.value.start, end: found.value.end, text: indented(value, indentAt(text, found.start)) }]
  const name = PLAIN_KEY.test(key) ? key : JSON.stringify(key)
  const last = object.items.at(-1)
  const outer = indentAt(text, object.start)
  const lines = text.slice(object.start, object.end).includes('\n')
  if (!last)
    return [{ start: object.start, end: object.end, text: `{\n${outer}${INDENT}${name} = ${indented(value, outer + INDENT)}\n${outer}}` }]
  if (!lines) return [{ start: last.end, end: last.end, text: `, ${name} = ${value}` }]
  const inner = indentAt(text, last.start)
  const comma = /^[ \t]*,/.exec(text.slice(last.end))?.[0].length ?? 0
  const end = last.end + comma
  const same = object.items.map((item) => column(text, item)).filter((at) => at !== undefined)
  const aligned = new Set(same).size === 1 && object.items.length > 1 ? (same[0] ?? 0) : 0
  const padded = name.padEnd(Math.max(name.length, aligned - 1 - inner.length))
  return [{ ...insertAfter(text, end, `${inner}${padded} = ${indented(value, inner)}${comma > 0 ? ',' : ''}`) }]
}

function column(text: string, item: Span & { readonly key: Span }): number | undefined {
  const at = text.indexOf('=', item.key.end)
  return at < 0 ? undefined : at - lineStart(text, at)
}

function addItem(text: string, list: Extract<Expression, { kind: 'tuple' }>, index: number, value: string): readonly TextEdit[] {
  const before = list.items[index - 1]
  const next = list.items[index]
  const lines = text.slice(list.start, list.end).includes('\n')
  const [first] = list.items
  if (!first) return [{ start: list.start, end: list.end, text: `[${indented(value, indentAt(text, list.start))}]` }]
  if (!lines)
    return [
      next
        ? { start: next.start, end: next.start, text: `${value}, ` }
        : { start: list.items.at(-1)?.end ?? list.end, end: list.items.at(-1)?.end ?? list.end, text: `, ${value}` },
    ]
  const inner = indentAt(text, first.start)
  if (next) return [{ start: next.start, end: next.start, text: `${indented(value, inner)},\n${inner}` }]
  const last = before ?? first
  const comma = /^[ \t]*,/.exec(text.slice(last.end))?.[0]
  const end = last.end + (comma?.length ?? 0)
  const edit = insertAfter(text, end, `${inner}${indented(value, inner)},`)
  return comma === undefined ? [{ start: last.end, end: last.end, text: ',' }, { ...edit }] : [edit]
}

/** Brings the equals signs of the lines around an argument into one column, when they stood in one before. */
function align(text: string, block: number, name: string): readonly TextEdit[] {
  const { body } = parseHcl(text)
  const within = block < 0 ? body : findBlock(body, block)?.body
  const items = (within?.items ?? []).filter(
    (item): item is Attribute => item.kind === 'attribute' && !text.slice(item.start, item.end).includes('\n'),
  )
  const index = items.findIndex((item) => item.name.text === name)
  if (index < 0) return []
  const lineOf = (item: Attribute): number => text.slice(0, item.start).split('\n').length
  const group = [items[index] as Attribute]
  for (let i = index - 1; i >= 0 && lineOf(items[i] as Attribute) === lineOf(group[0] as Attribute) - 1; i--)
    group.unshift(items[i] as Attribute)
  for (let i = index + 1; i < items.length && lineOf(items[i] as Attribute) === lineOf(group.at(-1) as Attribute) + 1; i++)
    group.push(items[i] as Attribute)
  const others = group.filter((item) => item.name.text !== name)
  const longest = Math.max(0, ...others.map((item) => item.name.text.length))
  const formatted = others.every((item) => equalsAt(text, item) - item.name.end === longest - item.name.text.length + 1)
  if (!formatted) return []
  const width = Math.max(...group.map((item) => item.name.text.length))
  return group.flatMap((item) => {
    const at = equalsAt(text, item)
    const wanted = ' '.repeat(width - item.name.text.length + 1)
    return text.slice(item.name.end, at) === wanted ? [] : [{ start: item.name.end, end: at, text: wanted }]
  })
}

/** Where the argument on the line before or behind one begins, whose equals sign stands in the same column. */
function neighbourOf(text: string, start: number): number | undefined {
  const found = findAttribute(parseHcl(text).body, start)
  if (!found) return undefined
  const group = linesAround(text, found.items, found.index)
  const columns = new Set(group.map((item) => equalsAt(text, item) - lineStart(text, item.start)))
  return columns.size === 1 ? group.find((item) => item !== found.items[found.index])?.start : undefined
}

/** Closes up a column of equals signs whose longest name is gone. */
function alignAround(text: string, start: number): readonly TextEdit[] {
  const found = findAttribute(parseHcl(text).body, start)
  if (!found) return []
  const group = linesAround(text, found.items, found.index)
  const width = Math.max(...group.map((item) => item.name.text.length))
  return group.flatMap((item) => {
    const at = equalsAt(text, item)
    const wanted = ' '.repeat(width - item.name.text.length + 1)
    return text.slice(item.name.end, at) === wanted ? [] : [{ start: item.name.end, end: at, text: wanted }]
  })
}

function findAttribute(body: Body, start: number): { readonly items: readonly Attribute[]; readonly index: number } | undefined {
  const items = body.items.filter((item): item is Attribute => item.kind === 'attribute')
  const index = items.findIndex((item) => item.start === start)
  if (index >= 0) return { items, index }
  for (const item of body.items) {
    const found = item.kind === 'block' && item.start <= start && start <= item.end ? findAttribute(item.body, start) : undefined
    if (found) return found
  }
  return undefined
}

/** The arguments on one line each that follow one another without a gap. */
function linesAround(text: string, items: readonly Attribute[], index: number): readonly Attribute[] {
  const isLine = (item: Attribute | undefined): item is Attribute => item !== undefined && !text.slice(item.start, item.end).includes('\n')
  const follows = (a: Attribute, b: Attribute): boolean => /^[^\n]*\n[ \t]*$/.test(text.slice(a.end, b.start))
  const item = items[index]
  if (!isLine(item)) return []
  const group = [item]
  for (let i = index - 1, next = items[i]; isLine(next) && follows(next, group[0] ?? item); next = items[--i]) group.unshift(next)
  for (let i = index + 1, next = items[i]; isLine(next) && follows(group.at(-1) ?? item, next); next = items[++i]) group.push(next)
  return group
}

function equalsAt(text: string, item: Attribute): number {
  return text.indexOf('=', item.name.end)
}

/** The edits that lead from one text to another, line by line. */
function difference(before: string, after: string): TextEdit[] {
  const left = before.split(/(?<=\n)/)
  const right = after.split(/(?<=\n)/)
  let start = 0
  while (start < left.length && start < right.length && left[start] === right[start]) start++
  let end = 0
  while (end < left.length - start && end < right.length - start && left[left.length - 1 - end] === right[right.length - 1 - end]) end++
  const a = left.slice(start, left.length - end)
  const b = right.slice(start, right.length - end)
  const base = left.slice(0, start).join('').length
  if (a.length * b.length > 250_000) return [{ start: base, end: base + a.join('').length, text: b.join('') }]
  return hunks(a, b, base)
}

function hunks(a: readonly string[], b: readonly string[], base: number): TextEdit[] {
  const lengths = Array.from({ length: a.length + 1 }, () => new Int32Array(b.length + 1))
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      const row = lengths[i] as Int32Array
      row[j] =
        a[i] === b[j] ? ((lengths[i + 1] as Int32Array)[j + 1] ?? 0) + 1 : Math.max((lengths[i + 1] as Int32Array)[j] ?? 0, row[j + 1] ?? 0)
    }
  }
  const edits: TextEdit[] = []
  let offset = base
  let [i, j] = [0, 0]
  let [removed, added] = ['', '']
  const flush = (): void => {
    if (removed !== '' || added !== '') edits.push({ start: offset, end: offset + removed.length, text: added })
    offset += removed.length
    removed = ''
    added = ''
  }
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      flush()
      offset += (a[i] ?? '').length
      i++
      j++
    } else if (j >= b.length || (i < a.length && ((lengths[i + 1] as Int32Array)[j] ?? 0) >= ((lengths[i] as Int32Array)[j + 1] ?? 0)))
      removed += a[i++] ?? ''
    else added += b[j++] ?? ''
  }
  flush()
  return edits
}
