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
import type { Value } from '../../model/value.ts'
import type { Span } from '../../text/span.ts'
import { messageFor } from './messages.ts'
import { MAX_NESTING, nestsTooDeep } from './nesting.ts'
import { isInfinite, keyText, resolvePlain } from './scalar.ts'
import { TreeBuilder, type YamlProblem, type YamlTree } from './tree.ts'

/** How many values all aliases of a document may stand for: a few thousand times what people write, far below what hurts. */
const ALIAS_BUDGET = 100_000

/**
 * Parses one document (see `splitDocuments`) as kubectl's decoder reads it. Never throws: what is broken is a
 * problem, the rest is in the tree.
 */
export function parseYaml(text: string): YamlTree {
  const nul = text.indexOf('\u0000')
  if (nul >= 0) return refused({ start: nul, end: nul + 1 }, 'A NUL character: this is no text file.')
  if (nestsTooDeep(text)) return refused(firstLine(text), `Nested deeper than ${MAX_NESTING} levels; not analysed.`)
  const document = parseDocument(text, {
    // Everything is text to the package: the decoder's own rules resolve plain scalars, in `scalar.ts`.
    schema: 'failsafe',
    uniqueKeys: false,
    stringKeys: false,
    prettyErrors: false,
    logLevel: 'silent',
  })
  return new Walk(text, document).tree()
}

function refused(span: Span, message: string): YamlTree {
  return { body: undefined, positions: new Int32Array(0), keys: [], problems: [{ ...span, message }] }
}

function firstLine(text: string): Span {
  const start = Math.max(0, text.search(/\S/))
  const end = text.indexOf('\n', start)
  return { start, end: Math.min(end < 0 ? text.length : end, start + 80) }
}

const NOTHING: ReadonlySet<string> = new Set()

interface Anchor {
  readonly value: Value
  readonly node: number
  readonly size: number
}

class Walk {
  readonly #text: string
  readonly #document: Document.Parsed
  readonly #nodes = new TreeBuilder()
  readonly #anchors = new Map<string, Anchor>()
  readonly #problems: YamlProblem[] = []
  #expanded = 0
  #end = 0

  constructor(text: string, document: Document.Parsed) {
    this.#text = text
    this.#document = document
  }

  tree(): YamlTree {
    // The first error is the cause; those after it are mostly its consequences.
    const error = this.#document.errors[0]
    if (error) this.#problem({ start: error.pos[0], end: error.pos[1] }, messageFor(error.code))
    const contents = this.#document.contents as Node | null
    const empty = contents === null || (isScalar(contents) && contents.source === '' && contents.type === 'PLAIN')
    const body = empty ? undefined : this.#value(contents, '', undefined)
    if (this.#expanded > ALIAS_BUDGET) {
      return refused(firstLine(this.#text), `Aliases stand for more than ${ALIAS_BUDGET.toLocaleString('en')} values; not analysed.`)
    }
    return { body, positions: this.#nodes.positions(), keys: this.#nodes.keys, problems: this.#problems }
  }

  #problem(span: Span, message: string, harmless = false): void {
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
      this.#problem(span, `No anchor "&${node.source}" before this alias.`)
      return null
    }
    this.#nodes.link(index, anchor.node)
    this.#expanded += anchor.size
    return this.#expanded > ALIAS_BUDGET ? null : anchor.value
  }

  #scalar(node: Scalar, span: Span): Value {
    const source = typeof node.value === 'string' ? node.value : (node.source ?? '')
    const tag = node.tag
    if (tag?.startsWith('tag:yaml.org,2002:') || tag === '!') return this.#tagged(tag.replace('tag:yaml.org,2002:', ''), source, span)
    if (node.type !== 'PLAIN') return source
    if (isInfinite(source)) {
      this.#problem(span, `${source} is no number in JSON: Kubernetes refuses the document.`)
      return null
    }
    return resolvePlain(source)
  }

  #tagged(tag: string, source: string, span: Span): Value {
    if (tag === 'binary') {
      try {
        return decodeBase64(source.replace(/\s/g, ''))
      } catch {
        this.#problem(span, 'This is no base64 text.')
        return null
      }
    }
    if (tag !== 'int' && tag !== 'float' && tag !== 'bool' && tag !== 'null') return source
    return resolvePlain(source)
  }

  #list(node: YAMLSeq): Value {
    return node.items.map((item) => this.#value(isNodeOrNull(item) ? item : null, '', undefined))
  }

  #map(node: YAMLMap): Record<string, Value> {
    const body: Record<string, Value> = {}
    let merged: ReadonlySet<string> = NOTHING
    for (const pair of node.items as Pair<Node, Node | null>[]) {
      const key = pair.key
      if (isScalar(key) && key.type === 'PLAIN' && key.value === '<<') {
        this.#merge(pair.value, body)
        merged = new Set(Object.keys(body))
        continue
      }
      const name = this.#key(key)
      const keySpan = key ? this.#span(key) : undefined
      if (keySpan) this.#end = keySpan.end
      if (name === undefined) {
        if (keySpan && !this.#problems.some((problem) => problem.start <= keySpan.end && problem.end >= keySpan.start)) {
          this.#problem(keySpan, 'Kubernetes reads only scalars as keys.')
        }
        continue
      }
      if (keySpan && Object.hasOwn(body, name) && !merged.has(name))
        this.#problem(keySpan, `"${name}" is written twice; the last one counts.`, true)
      const value = this.#value(pair.value, name, keySpan)
      // Assigning `__proto__` would change the object's prototype.
      if (name === '__proto__') Object.defineProperty(body, name, { value, enumerable: true })
      else body[name] = value
    }
    return body
  }

  #key(key: Node | null): string | undefined {
    if (isAlias(key)) {
      const anchor = this.#anchors.get(key.source)
      return anchor ? keyText(anchor.value) : undefined
    }
    if (!isScalar(key)) return undefined
    const text = keyText(this.#scalar(key, this.#span(key)))
    return text?.includes('\u0000') ? undefined : text
  }

  /** goyaml v2 merges where the `<<` stands: it overrides keys before it and is overridden by keys after it. */
  #merge(node: Node | null, body: Record<string, Value>): void {
    const sources = isSeq(node) ? [...(node as YAMLSeq).items].reverse() : [node]
    for (const source of sources) {
      if (isAlias(source)) {
        const anchor = this.#anchors.get(source.source)
        this.#end = this.#span(source).end
        if (anchor && typeof anchor.value === 'object' && anchor.value !== null && !Array.isArray(anchor.value)) {
          this.#expanded += anchor.size
          if (this.#expanded > ALIAS_BUDGET) return
          for (const child of [...this.#nodes.children(anchor.node)]) {
            const copy = this.#nodes.open(child.key, child.keySpan, child.value)
            this.#nodes.link(copy, child.node)
            this.#nodes.close(copy)
          }
          Object.assign(body, anchor.value)
          continue
        }
      } else if (isMap(source)) {
        Object.assign(body, this.#map(source as YAMLMap))
        continue
      }
      if (isNodeOrNull(source) && source) this.#problem(this.#span(source), 'A merge needs a map, or an alias of one.')
    }
  }
}

function isNodeOrNull(item: unknown): item is Node | null {
  return item === null || isScalar(item) || isMap(item) || isSeq(item) || isAlias(item)
}

/** Decodes base64 to the text of its bytes, read as UTF-8. Throws when it is none. */
function decodeBase64(text: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
  let bytes = ''
  let bits = 0
  let count = 0
  for (const char of text.replace(/=+$/, '')) {
    const value = alphabet.indexOf(char)
    if (value < 0) throw new Error('not base64')
    bits = (bits << 6) | value
    count += 6
    if (count >= 8) {
      count -= 8
      bytes += `%${((bits >> count) & 255).toString(16).padStart(2, '0')}`
    }
  }
  return decodeURIComponent(bytes)
}
