import type { Body, Block } from '../../../server/syntax/hcl/index.ts'
import { parseHcl } from '../../../server/syntax/hcl/index.ts'
import { LineIndex } from '../../../server/text/line-index.ts'

/** Lines as they look while somebody types them; `$` is the indentation. */
const LINES: Readonly<Record<string, string>> = {
  'value missing': 'zz = ',
  'name only': 'zz',
  'attribute missing': 'zz = var.',
  'open string': 'zz = "ab',
  'open interpolation': 'zz = "${var.a',
  'interpolation in a closed string': 'zz = "${var.a"',
  'open list': 'zz = [',
  'open list with an item': 'zz = ["a",',
  'open object': 'zz = {',
  'open call': 'zz = lookup(var.a,',
  'unfinished condition': 'zz = var.a ? ',
  'unfinished operator': 'zz = var.a && ',
  'open for': 'zz = [for k in',
  'open heredoc': 'zz = <<-EOT',
  'open block': 'zz {',
  'open parenthesis': 'zz = (1 + ',
}

export interface Half {
  readonly kind: string
  readonly text: string
  /** How a line of the text before has moved; undefined when it is gone. */
  line(before: number): number | undefined
}

/** One half-typed variant of a text a kind. @param random from 0 to below 1 */
export function halfTyped(text: string, random: () => number): Half[] {
  const index = new LineIndex(text)
  const items = [...walk(parseHcl(text).body, [])]
  const ownLine = items.filter(({ start }) => index.line(index.position(start).line).trimStart().length === lineRest(text, start).length)
  const nested = ownLine.filter(({ path }) => path.length > 1)
  const result: Half[] = []
  for (const [kind, line] of Object.entries(LINES)) {
    const at = pick(nested, random)
    if (at) result.push(inserted(text, index, kind, index.position(at.start).line, line))
  }
  const top = pick(
    ownLine.filter(({ path }) => path.length === 1),
    random,
  )
  if (top) {
    const line = index.position(top.start).line
    result.push(inserted(text, index, 'new block, its label open', line, 'resource "aws_eks'))
    result.push(inserted(text, index, 'new block, its body open', line, 'resource "a" "b" {'))
  }
  const closes = items.flatMap(({ block, path }) =>
    block?.close !== undefined && alone(text, block.close) ? [{ close: block.close, deep: path.length > 1 }] : [],
  )
  for (const deep of [true, false]) {
    const chosen = pick(
      closes.filter((close) => close.deep === deep),
      random,
    )
    if (!chosen) continue
    const gone = index.position(chosen.close - 1).line
    result.push({
      kind: deep ? 'deleted inner bracket' : 'deleted outer bracket',
      text: text.slice(0, index.offset({ line: gone, character: 0 })) + text.slice(index.offset({ line: gone + 1, character: 0 })),
      line: (before) => (before === gone ? undefined : before > gone ? before - 1 : before),
    })
  }
  return result
}

function lineRest(text: string, start: number): string {
  const end = text.indexOf('\n', start)
  return text.slice(start, end < 0 ? undefined : end).replace(/\r$/, '')
}

function alone(text: string, close: number): boolean {
  return /\n[ \t]*$/.test(text.slice(0, close - 1)) && /^[ \t]*\r?\n/.test(text.slice(close))
}

function pick<T>(list: readonly T[], random: () => number): T | undefined {
  return list[Math.floor(random() * list.length)]
}

function inserted(text: string, index: LineIndex, kind: string, line: number, content: string): Half {
  const indent = /^\s*/.exec(index.line(line))?.[0] ?? ''
  const at = index.offset({ line, character: 0 })
  return {
    kind,
    text: `${text.slice(0, at)}${indent}${content}\n${text.slice(at)}`,
    line: (before) => (before >= line ? before + 1 : before),
  }
}

interface Item {
  readonly path: readonly string[]
  readonly start: number
  readonly block: Block | undefined
}

function* walk(body: Body, above: readonly string[]): Iterable<Item> {
  for (const item of body.items) {
    const name = item.kind === 'attribute' ? item.name.text : [item.type.text, ...item.labels.map(({ text }) => text)].join(' ')
    const path = [...above, name]
    yield { path, start: item.start, block: item.kind === 'block' ? item : undefined }
    if (item.kind === 'block') yield* walk(item.body, path)
  }
}

/** Every argument and block, with the line that it begins on. */
function facts(text: string): { path: string; line: number }[] {
  const index = new LineIndex(text)
  return [...walk(parseHcl(text).body, [])].map(({ path, start }) => ({ path: path.join('/'), line: index.position(start).line }))
}

/** How many of the facts that the edit does not touch are still found at their place. */
export function kept(before: string, half: Half): { readonly kept: number; readonly of: number } {
  const found = new Set(facts(half.text).map(({ path, line }) => `${line} ${path}`))
  const expected = facts(before).flatMap(({ path, line }) => {
    const moved = half.line(line)
    return moved === undefined ? [] : [`${moved} ${path}`]
  })
  return { kept: expected.filter((fact) => found.has(fact)).length, of: expected.length }
}

/** A fixed sequence of numbers from 0 to below 1. */
export function sequence(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 4294967296
  }
}
