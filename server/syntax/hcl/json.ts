import { type Node, parseTree, type ParseError } from 'jsonc-parser'
import type { Span } from '../../text/span.ts'
import type { Attribute, Block, Body, Expression, HclFile, HclProblem, Label, Name, ObjectItem } from './ast.ts'
import { parseHclTemplate } from './parse.ts'

/** Deeper nesting is no configuration that a person wrote. */
const MAX_DEPTH = 200

/** How many labels stand between a word at the top of a file and the body that it introduces. */
const LABELS: Readonly<Record<string, number>> = {
  resource: 2,
  data: 2,
  ephemeral: 2,
  variable: 1,
  output: 1,
  module: 1,
  provider: 1,
  check: 1,
}

/**
 * The JSON syntax of HCL: the blocks that stand at the top of a file, and everything in them as arguments, because
 * only a schema can tell arguments from blocks. Never throws.
 * @param form of `values` (`*.tfvars.json`) texts are no templates
 */
export function parseHclJson(text: string, form: 'configuration' | 'values'): HclFile {
  const problems: HclProblem[] = []
  const body: Body = { items: [], start: 0, end: text.length }
  if (tooDeep(text)) return { body, problems: [{ start: 0, end: 0, message: 'This is nested too deeply to be read.' }], comments: [] }
  const errors: ParseError[] = []
  const root = parseTree(text, errors, { disallowComments: true, allowTrailingComma: false })
  for (const { offset, length } of errors) problems.push({ start: offset, end: offset + length, message: 'This is no valid JSON.' })
  const reader = new JsonReader(text, problems, form === 'values')
  const items = form === 'values' ? reader.attributes(root) : reader.blocks(root)
  return { body: { ...body, items }, problems, comments: [] }
}

function tooDeep(text: string): boolean {
  let depth = 0
  let quoted = false
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (quoted) {
      if (code === 92) i++
      else if (code === 34) quoted = false
    } else if (code === 34) quoted = true
    else if (code === 91 || code === 123) {
      if (++depth > MAX_DEPTH) return true
    } else if (code === 93 || code === 125) depth--
  }
  return false
}

function spanOf(node: Node): Span {
  return { start: node.offset, end: node.offset + node.length }
}

/** The members of an object, or of every object in a list. `//` is a comment. */
function* members(node: Node | undefined): Iterable<{ name: Name; value: Node; start: number; end: number }> {
  if (node?.type === 'array') for (const child of node.children ?? []) yield* members(child)
  if (node?.type !== 'object') return
  for (const property of node.children ?? []) {
    const [key, value] = property.children ?? []
    if (!key || !value || key.value === '//') continue
    yield { name: { text: String(key.value), ...spanOf(key) }, value, ...spanOf(property) }
  }
}

class JsonReader {
  readonly #text: string
  readonly #problems: HclProblem[]
  readonly #literal: boolean

  constructor(text: string, problems: HclProblem[], literal: boolean) {
    this.#text = text
    this.#problems = problems
    this.#literal = literal
  }

  blocks(root: Node | undefined): (Attribute | Block)[] {
    return [...members(root)].flatMap(({ name, value }) => this.#labelled(name, value, LABELS[name.text] ?? 0, []))
  }

  #labelled(type: Name, node: Node, missing: number, labels: readonly Label[]): Block[] {
    if (missing > 0)
      return [...members(node)].flatMap(({ name, value }) =>
        this.#labelled(type, value, missing - 1, [...labels, { ...name, quoted: true }]),
      )
    const bodies = node.type === 'array' ? (node.children ?? []) : [node]
    return bodies.filter(({ type }) => type === 'object').map((body) => this.#block(type, labels, body))
  }

  #block(type: Name, labels: readonly Label[], node: Node): Block {
    const span = spanOf(node)
    const items = type.text === 'terraform' ? this.#settings(node) : this.attributes(node)
    const body = { items, start: span.start + 1, end: span.end - 1 }
    return {
      kind: 'block',
      type,
      labels,
      body,
      open: span.start,
      close: span.end,
      start: (labels[labels.length - 1] ?? type).start,
      end: span.end,
    }
  }

  #settings(node: Node): (Attribute | Block)[] {
    return [...members(node)].flatMap(({ name, value, start, end }): (Attribute | Block)[] => {
      if (name.text === 'backend') return this.#labelled(name, value, 1, [])
      if (name.text === 'required_providers') return this.#labelled(name, value, 0, [])
      return [{ kind: 'attribute', name, value: this.#expression(value), start, end }]
    })
  }

  attributes(node: Node | undefined): Attribute[] {
    return [...members(node)].map(({ name, value, start, end }) => ({
      kind: 'attribute',
      name,
      value: this.#expression(value),
      start,
      end,
    }))
  }

  #expression(node: Node): Expression {
    const span = spanOf(node)
    switch (node.type) {
      case 'number':
        return { kind: 'number', text: this.#text.slice(span.start, span.end), ...span }
      case 'boolean':
        return { kind: 'bool', value: node.value === true, ...span }
      case 'null':
        return { kind: 'null', ...span }
      case 'string':
        return this.#template(String(node.value), span)
      case 'array':
        return { kind: 'tuple', items: (node.children ?? []).map((child) => this.#expression(child)), ...span }
      default:
        return { kind: 'object', items: [...members(node)].map((member) => this.#item(member)), ...span }
    }
  }

  #item({ name, value, start, end }: { name: Name; value: Node; start: number; end: number }): ObjectItem {
    return { key: this.#template(name.text, name), bare: false, value: this.#expression(value), start, end }
  }

  #template(text: string, { start, end }: Span): Expression {
    const plain: Expression = {
      kind: 'template',
      form: 'quoted',
      parts: text === '' ? [] : [{ kind: 'text', text, start, end }],
      start,
      end,
    }
    if (this.#literal || !/[$%]\{/.test(text)) return plain
    const { value, problems } = parseHclTemplate(text)
    const [problem] = problems
    if (problem) this.#problems.push({ start, end, message: problem.message })
    // Without escapes an offset of the decoded text is one of the file.
    const exact = text.length === end - start - 2
    return place({ ...value, form: 'quoted' }, exact ? (at) => start + 1 + at : undefined, { start, end })
  }
}

/** The same tree with its places in the file. */
function place<T>(node: T, map: ((at: number) => number) | undefined, whole: Span): T {
  if (Array.isArray(node)) return node.map((item) => place(item, map, whole)) as T
  if (typeof node !== 'object' || node === null) return node
  const result: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(node)) {
    if (typeof value === 'number' && (key === 'start' || key === 'end')) result[key] = map ? map(value) : whole[key]
    else result[key] = place(value, map, whole)
  }
  return result as T
}
