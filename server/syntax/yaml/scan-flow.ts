import type { Value } from '../../model/value.ts'
import {
  TAB,
  LF,
  CR,
  SPACE,
  DOUBLE_QUOTE,
  HASH,
  SINGLE_QUOTE,
  COMMA,
  DASH,
  DOT,
  COLON,
  QUESTION,
  OPEN_BRACKET,
  BACKSLASH,
  CLOSE_BRACKET,
  OPEN_BRACE,
  CLOSE_BRACE,
} from './chars.ts'
import { decodeFlow, type Sink } from './decode.ts'
import { isInfinite, resolvePlain } from './scalar.ts'
import { COLUMNS, KEY_END, KEY_START, LINK, NEXT, VALUE_END, VALUE_START, type YamlTree } from './tree.ts'

/** Thrown where a document leaves the common subset. Made once: taking a stack costs more than reading most documents. */
export const GIVE_UP = new Error('not the common subset')

/** Deeper documents are read by the package, which has a limit of its own. */
export const MAX_DEPTH = 100
/** Of a key on the line of its value. */
export const MAX_KEY = 1024

/** Characters that a plain scalar does not begin with, or only sometimes. */
export const INDICATORS = new Uint8Array(128)
for (const char of '-?:,[]{}#&*!|>\'"%@`') INDICATORS[char.charCodeAt(0)] = 1

/** Shared by all documents; each takes a copy of its part. */
let positions = new Int32Array(4096 * COLUMNS)

export class TextSink implements Sink {
  value = ''

  push(chars: string): void {
    this.value += chars
  }

  copy(text: string, start: number, end: number): void {
    this.value += text.slice(start, end)
  }
}

/**
 * Reads flow collections and quoted scalars, from left to right; methods leave `at` behind what they read.
 * Throws `GIVE_UP`.
 */
export class FlowScanner {
  protected readonly text: string
  protected readonly end: number
  protected readonly keys: string[] = []
  protected at = 0
  /** Where the line of `at` begins. */
  protected line = 0
  /** The end of the value read last. */
  protected valueEnd = 0
  protected depth = 0
  /** A tab that the decoder refuses. */
  tab: number | undefined
  readonly #comments: number[] | undefined

  /** @param comments takes the beginning of each comment */
  constructor(text: string, comments?: number[]) {
    this.text = text
    this.end = text.length
    this.#comments = comments
  }

  protected tree(body: Value): YamlTree {
    return { body, positions: positions.slice(0, this.keys.length * COLUMNS), keys: this.keys, problems: [] }
  }

  protected open(key: string, keyStart: number, keyEnd: number): number {
    const node = this.keys.length
    const at = node * COLUMNS
    if (at + COLUMNS > positions.length) {
      const larger = new Int32Array(positions.length * 2)
      larger.set(positions)
      positions = larger
    }
    positions[at + KEY_START] = keyStart
    positions[at + KEY_END] = keyEnd
    positions[at + LINK] = -1
    this.keys.push(key)
    return node
  }

  protected close(node: number, start: number, end: number): void {
    const at = node * COLUMNS
    positions[at + VALUE_START] = start
    positions[at + VALUE_END] = end
    positions[at + NEXT] = this.keys.length
    this.valueEnd = end
  }

  /** To the next token, on this line or below. */
  protected skipLines(): void {
    const text = this.text
    let at = this.at
    for (;;) {
      const code = text.charCodeAt(at)
      if (code === SPACE || code === CR) at++
      else if (code === LF) this.line = ++at
      else if (code === HASH) at = this.comment(at)
      else if (code === TAB) this.refuseTab(at)
      else break
    }
    this.at = at
  }

  protected comment(at: number): number {
    this.#comments?.push(at)
    return this.lineEnd(at)
  }

  protected refuseTab(at: number): never {
    if (this.text.slice(this.line, at).trim() === '') this.tab = at
    throw GIVE_UP
  }

  /** To the next token, which must be on another line. */
  protected nextLine(): void {
    const line = this.line
    this.skipBlanks()
    this.skipLines()
    if (this.line === line && this.at < this.end) throw GIVE_UP
  }

  /** Behind a value tabs are as good as spaces. */
  protected skipBlanks(): void {
    for (;;) {
      const code = this.text.charCodeAt(this.at)
      if (code !== SPACE && code !== TAB) return
      this.at++
    }
  }

  protected skipSpaces(): void {
    while (this.text.charCodeAt(this.at) === SPACE) this.at++
  }

  protected lineEnd(from: number): number {
    const end = this.text.indexOf('\n', from)
    return end < 0 ? this.end : end
  }

  protected isBlank(at: number): boolean {
    const code = this.text.charCodeAt(at)
    return code === SPACE || code === LF || code === CR || code === TAB || at >= this.end
  }

  /** `---` or `...` at the beginning of a line. */
  protected isMarker(): boolean {
    const code = this.text.charCodeAt(this.at)
    return (
      this.at === this.line &&
      (code === DASH || code === DOT) &&
      this.text.charCodeAt(this.at + 1) === code &&
      this.text.charCodeAt(this.at + 2) === code &&
      this.isBlank(this.at + 3)
    )
  }

  protected resolve(source: string): Value {
    if (isInfinite(source)) throw GIVE_UP
    return resolvePlain(source)
  }

  protected quoted(quote: number): string {
    const text = this.text
    const start = this.at + 1
    let end = start
    let isPlain = true
    if (quote === SINGLE_QUOTE) {
      for (;;) {
        end = text.indexOf("'", end)
        if (end < 0) throw GIVE_UP
        if (text.charCodeAt(end + 1) !== SINGLE_QUOTE) break
        isPlain = false
        end += 2
      }
    } else {
      for (; ; end++) {
        const code = text.charCodeAt(end)
        if (code === DOUBLE_QUOTE) break
        if (end >= this.end) throw GIVE_UP
        if (code === BACKSLASH) {
          isPlain = false
          end++
        }
      }
    }
    this.at = end + 1
    const raw = text.slice(start, end)
    const newline = raw.lastIndexOf('\n')
    if (newline < 0 && isPlain) return raw
    if (newline >= 0) this.line = start + newline + 1
    if (newline >= 0 && /^(?:---|\.\.\.)\s/m.test(raw)) throw GIVE_UP
    const sink = new TextSink()
    if (!decodeFlow(text, start, end, quote === SINGLE_QUOTE ? "'" : '"', sink)) throw GIVE_UP
    return sink.value
  }

  protected flow(node: number): Value {
    if (++this.depth > MAX_DEPTH) throw GIVE_UP
    const start = this.at
    const isMap = this.text.charCodeAt(this.at++) === OPEN_BRACE
    this.#skipFlow()
    const value = isMap ? this.#flowMap() : this.#flowList()
    this.at++
    this.close(node, start, this.at)
    this.depth--
    return value
  }

  #flowList(): Value {
    const list: Value[] = []
    while (this.text.charCodeAt(this.at) !== CLOSE_BRACKET) {
      list.push(this.#flowValue(this.open('', -1, -1)))
      this.#separator(CLOSE_BRACKET)
    }
    return list
  }

  #flowMap(): Value {
    const text = this.text
    const body: Record<string, Value> = {}
    while (text.charCodeAt(this.at) !== CLOSE_BRACE) {
      const start = this.at
      const line = this.line
      const code = text.charCodeAt(start)
      const isQuoted = code === DOUBLE_QUOTE || code === SINGLE_QUOTE
      const key = isQuoted ? this.quoted(code) : this.#flowPlain()
      const end = this.at
      this.skipSpaces()
      if (text.charCodeAt(this.at) !== COLON || this.line !== line || this.at - start > MAX_KEY) throw GIVE_UP
      if (!isQuoted && (!this.isBlank(this.at + 1) || key === '<<' || typeof this.resolve(key) !== 'string')) throw GIVE_UP
      if (body[key] !== undefined || key.includes('\u0000')) throw GIVE_UP
      this.at++
      this.#skipFlow()
      body[key] = this.#flowValue(this.open(key, start, end))
      this.#separator(CLOSE_BRACE)
    }
    return body
  }

  #flowValue(node: number): Value {
    const start = this.at
    const code = this.text.charCodeAt(start)
    if (code === OPEN_BRACE || code === OPEN_BRACKET) return this.flow(node)
    const value = code === DOUBLE_QUOTE || code === SINGLE_QUOTE ? this.quoted(code) : this.resolve(this.#flowPlain())
    this.close(node, start, this.at)
    return value
  }

  /** A comma, or `close` ahead. */
  #separator(close: number): void {
    this.#skipFlow()
    const code = this.text.charCodeAt(this.at)
    if (code === COMMA) {
      this.at++
      this.#skipFlow()
    } else if (code !== close) {
      throw GIVE_UP
    }
  }

  #skipFlow(): void {
    const text = this.text
    let at = this.at
    for (;;) {
      const code = text.charCodeAt(at)
      if (code === SPACE || code === TAB || code === CR) at++
      else if (code === LF) this.line = ++at
      else if (code === HASH && this.isBlank(at - 1)) at = this.comment(at)
      else break
    }
    this.at = at
    if (this.isMarker()) throw GIVE_UP
  }

  /** A plain scalar on one line. */
  #flowPlain(): string {
    const text = this.text
    const start = this.at
    const first = text.charCodeAt(start)
    if (
      first < 128 &&
      INDICATORS[first] === 1 &&
      (first !== DASH || this.isBlank(start + 1) || isFlowIndicator(text.charCodeAt(start + 1)))
    ) {
      throw GIVE_UP
    }
    let at = start
    for (; at < this.end; at++) {
      const code = text.charCodeAt(at)
      if (code === LF || code === CR || isFlowIndicator(code)) break
      if (code === COLON && (this.isBlank(at + 1) || isFlowIndicator(text.charCodeAt(at + 1)))) break
      if (code === HASH && this.isBlank(at - 1)) break
      // The decoder takes it for a key's mark.
      if (code === QUESTION) throw GIVE_UP
    }
    let before = text.charCodeAt(at - 1)
    while (before === SPACE || before === TAB) before = text.charCodeAt(--at - 1)
    this.at = at
    return text.slice(start, at)
  }
}

function isFlowIndicator(code: number): boolean {
  return code === COMMA || code === OPEN_BRACKET || code === CLOSE_BRACKET || code === OPEN_BRACE || code === CLOSE_BRACE
}
