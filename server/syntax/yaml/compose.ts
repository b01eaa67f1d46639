import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  parseDocument,
  type Scalar,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml'
import type { Body, Value } from '../../model/value.ts'
import { base64Text } from '../../text/base64.ts'
import type { Span } from '../../text/span.ts'
import { messageFor } from './messages.ts'
import { MAX_NESTING, nestsTooDeep } from './nesting.ts'
import { integerOf, isInfinite, keyText, resolvePlain } from './scalar.ts'
import { MERGE_KEY, NO_NODE, TreeBuilder, type YamlProblem, type YamlTree } from './tree.ts'

/** How many values all aliases of a document may stand for: a few thousand times what people write, far below what hurts. */
const ALIAS_BUDGET = 100_000
/** More than a person reads. */
const MAX_PROBLEMS = 100

/**
 * Any document, as the package reads it and the decoder resolves it. Never throws: what is broken is a
 * problem, the rest is in the tree.
 */
export function composeYaml(text: string): YamlTree {
  if (hasTooManyTokens(text)) return refusedTree(firstLine(text), 'Too large to be analysed as it is written: split this document.')
  if (nestsTooDeep(text)) return refusedTree(firstLine(text), `Nested deeper than ${MAX_NESTING} levels; not analysed.`)
  const document = parseDocument(text, {
    // Everything is text to the package: the decoder's own rules resolve plain scalars, in `scalar.ts`.
    schema: 'failsafe',
    uniqueKeys: false,
    stringKeys: false,
    prettyErrors: false,
    logLevel: 'silent',
    resolveKnownTags: false,
  })
  return new Walk(text, document).tree()
}

/** What the package takes seconds for: it makes several objects of every sign. */
const MAX_TOKENS = 500_000

function hasTooManyTokens(text: string): boolean {
  if (text.length <= MAX_TOKENS) return false
  let tokens = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    // Signs, except those that names are made of: `-`, `.`, `/` and `_`.
    const isSign =
      code === 10 || (code >= 33 && code < 45) || (code >= 58 && code < 65) || (code > 90 && code < 97 && code !== 95) || code > 122
    if (isSign && code < 128 && ++tokens > MAX_TOKENS) return true
  }
  return false
}

/** Nothing but a problem. */
export function refusedTree(span: Span, message: string): YamlTree {
  return { body: undefined, positions: new Int32Array(0), keys: [], problems: [{ ...span, message }] }
}

function firstLine(text: string): Span {
  const start = Math.max(0, text.search(/\S/))
  const end = text.indexOf('\n', start)
  return { start, end: Math.min(end < 0 ? text.length : end, start + 80) }
}

function shortened(name: string): string {
  return name.length > 60 ? `${name.slice(0, 59)}…` : name
}

interface Anchor {
  readonly value: Value
  readonly node: number
  readonly size: number
}

const DIRECTIVE = /^\ufeff?(?:[ \t]*(?:#[^\n]*)?\r?\n)*%/

class Walk {
  readonly #text: string
  readonly #document: Document.Parsed
  readonly #nodes = new TreeBuilder()
  readonly #anchors = new Map<string, Anchor>()
  readonly #problems: YamlProblem[] = []
  #expanded = 0
  #hasOddKey = false
  #end = 0

  constructor(text: string, document: Document.Parsed) {
    this.#text = text
    this.#document = document
  }

  tree(): YamlTree {
    // The first error is the cause; those after it are mostly its consequences.
    const error = this.#document.errors[0]
    if (error) this.#problem({ start: error.pos[0], end: error.pos[1] }, messageFor(error.code))
    const directive = DIRECTIVE.exec(this.#text)
    if (directive) {
      const start = directive[0].length - 1
      this.#problem({ start, end: start + 1 }, 'kubectl refuses a file with directives: remove this line.', true)
    }
    const contents = this.#document.contents as Node | null
    const empty = contents === null || (isScalar(contents) && contents.source === '' && contents.type === 'PLAIN' && !contents.tag)
    const body = empty ? undefined : this.#value(contents, '', undefined)
    if (this.#expanded > ALIAS_BUDGET) {
      return refusedTree(firstLine(this.#text), `Aliases stand for more than ${ALIAS_BUDGET.toLocaleString('en')} values; not analysed.`)
    }
    return { body, positions: this.#nodes.positions(), keys: this.#nodes.keys, problems: this.#problems }
  }

  #problem(span: Span, message: string, harmless = false): void {
    const isConsequence = this.#document.errors.length > 0 && this.#problems.length > 0
    if (isConsequence || this.#problems.length >= MAX_PROBLEMS) return
    const start = Math.min(span.start, this.#text.length)
    const end = Math.max(start, Math.min(span.end, this.#text.length))
    this.#problems.push(harmless ? { start, end, message, harmless } : { start, end, message })
  }

  #span(node: Node): Span {
    const [start, end] = node.range ?? [this.#end, this.#end]
    return { start, end }
  }

  #value(node: Node | null | undefined, key: string, keySpan: Span | undefined): Value {
    if (!node) {
      const at = keySpan?.end ?? this.#end
      this.#nodes.close(this.#nodes.open(key, keySpan, { start: at, end: at }))
      return null
    }
    if (isAlias(node)) return this.#alias(node, key, keySpan)
    const span = this.#span(node)
    const index = this.#nodes.open(key, keySpan, span)
    const before = this.#expanded
    let value: Value = null
    if (isScalar(node)) value = this.#scalar(node, span)
    else if (isMap(node)) value = this.#map(node as YAMLMap)
    else if (isSeq(node)) value = this.#list(node as YAMLSeq)
    const last = this.#nodes.size - 1
    // A block collection ends with its last value, not at the next token.
    const end = last > index && !(node as YAMLMap).flow ? Math.max(this.#end, span.start) : span.end
    this.#nodes.close(index, end)
    this.#end = end
    if (node.anchor) {
      this.#anchors.set(node.anchor, { value, node: index, size: this.#nodes.size - index + (this.#expanded - before) })
    }
    return value
  }

  #alias(node: Alias, key: string, keySpan: Span | undefined): Value {
    const span = this.#span(node)
    const index = this.#nodes.open(key, keySpan, span)
    this.#nodes.close(index)
    this.#end = span.end
    const anchor = this.#anchors.get(node.source)
    if (!anchor) {
      this.#problem(span, `No anchor "&${shortened(node.source)}" before this alias.`)
      return null
    }
    this.#nodes.link(index, anchor.node)
    this.#expanded += anchor.size
    return this.#expanded > ALIAS_BUDGET ? null : anchor.value
  }

  #scalar(node: Scalar, span: Span): Value {
    const source = typeof node.value === 'string' ? node.value : (node.source ?? '')
    if (node.tag) return this.#tagged(node.tag.replace('tag:yaml.org,2002:', '!!'), source, span)
    if (node.type !== 'PLAIN') return source
    if (isInfinite(source)) {
      this.#problem(span, `${source} is no number in JSON: Kubernetes refuses the document.`)
      return null
    }
    return resolvePlain(source)
  }

  /** Other tags than these mean nothing to the decoder: their scalars are text. */
  #tagged(tag: string, source: string, span: Span): Value {
    const value = tag === '!!binary' ? base64Text(source) : tag === '!' ? source : resolveAs(tag, source)
    if (value === undefined) this.#problem(span, `The tag ${tag} does not fit this value: Kubernetes refuses the document.`)
    return value ?? null
  }

  #list(node: YAMLSeq): Value {
    return node.items.map((item) => this.#value(isNodeOrNull(item) ? item : null, '', undefined))
  }

  #map(node: YAMLMap): Record<string, Value> {
    const body: Record<string, Value> = {}
    // What a merge brought in may be overridden.
    const written = new Set<string>()
    for (const pair of node.items as Pair<Node, Node | null>[]) {
      const key = pair.key
      const keySpan = key ? this.#span(key) : undefined
      if (keySpan) this.#end = keySpan.end
      if (isScalar(key) && key.type === 'PLAIN' && key.value === '<<') {
        this.#merge(pair.value, keySpan, body)
        written.clear()
        continue
      }
      const name = this.#key(key)
      if (name === undefined) {
        // A template that is not rendered is full of them.
        if (keySpan && !this.#hasOddKey) this.#problem(keySpan, 'Kubernetes reads only scalars as keys.')
        this.#hasOddKey = true
        continue
      }
      if (keySpan && written.has(name)) this.#problem(keySpan, `"${shortened(name)}" is written twice; the last one counts.`, true)
      written.add(name)
      define(body, name, this.#value(pair.value, name, keySpan))
    }
    return body
  }

  #key(key: Node | null): string | undefined {
    if (isAlias(key)) {
      const anchor = this.#anchors.get(key.source)
      return anchor ? keyText(anchor.value) : undefined
    }
    if (!isScalar(key)) return undefined
    const value = this.#scalar(key, this.#span(key))
    if (key.anchor) this.#anchors.set(key.anchor, { value, node: NO_NODE, size: 1 })
    const text = typeof value === 'number' ? String(integerOf(String(key.value)) ?? value) : keyText(value)
    return text?.includes('\u0000') ? undefined : text
  }

  /** goyaml v2 merges where the `<<` stands: it overrides keys before it and is overridden by keys after it. */
  #merge(node: Node | null, keySpan: Span | undefined, body: Record<string, Value>): void {
    const index = this.#nodes.size
    const value = this.#value(node, MERGE_KEY, keySpan)
    if (!isSeq(node)) {
      this.#mergeMap(node, index, value, body)
      return
    }
    const nodes = [...this.#nodes.children(index)].map((child) => child.node)
    for (let i = node.items.length - 1; i >= 0; i--) {
      this.#mergeMap(node.items[i] as Node | null, nodes[i] ?? index, (value as readonly Value[])[i] ?? null, body)
    }
  }

  #mergeMap(node: Node | null, index: number, value: Value, body: Record<string, Value>): void {
    if (!isMap(node) && !(isAlias(node) && typeof value === 'object' && value !== null && !Array.isArray(value))) {
      if (node) this.#problem(this.#span(node), 'A merge needs a map, or an alias of one.')
      return
    }
    for (const child of [...this.#nodes.children(index)]) {
      if (++this.#expanded > ALIAS_BUDGET) return
      const item = (value as Body)[child.key]
      if (child.key === MERGE_KEY || item === undefined) continue
      const copy = this.#nodes.open(child.key, child.keySpan, child.value)
      this.#nodes.link(copy, child.node)
      this.#nodes.close(copy)
      define(body, child.key, item)
    }
  }
}

/** Assigning `__proto__` would change the object's prototype. */
function define(body: Record<string, Value>, key: string, value: Value): void {
  if (key === '__proto__') Object.defineProperty(body, key, { value, enumerable: true, configurable: true, writable: true })
  else body[key] = value
}

function isNodeOrNull(item: unknown): item is Node | null {
  return item === null || isScalar(item) || isMap(item) || isSeq(item) || isAlias(item)
}

/** A scalar with one of YAML's own tags; undefined when it does not fit. */
function resolveAs(tag: string, source: string): Value | undefined {
  if (tag !== '!!int' && tag !== '!!float' && tag !== '!!bool' && tag !== '!!null') return source
  const value = resolvePlain(source)
  if (tag === '!!int') return integerOf(source) === undefined ? undefined : value
  if (tag === '!!float') return typeof value === 'number' ? value : undefined
  if (tag === '!!bool') return typeof value === 'boolean' ? value : undefined
  return value === null ? null : undefined
}
