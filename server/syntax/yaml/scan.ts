import type { Value } from '../../model/value.ts'
import { decodeBlock, decodeFlow, type Sink } from './decode.ts'
import { isInfinite, resolvePlain } from './scalar.ts'
import { COLUMNS, KEY_END, KEY_START, LINK, NEXT, VALUE_END, VALUE_START, type YamlTree } from './tree.ts'

/** Thrown where a document leaves the common subset. Made once: taking a stack costs more than reading most documents. */
const GIVE_UP = new Error('not the common subset')

/** Deeper documents are read by the package, which has a limit of its own. */
const MAX_DEPTH = 100
/** Of a key on the line of its value. */
const MAX_KEY = 1024

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const UNUSUAL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]|\r(?!\n)/

/**
 * One document of the subset that nearly all manifests are written in: block and flow collections, scalars in
 * every style, comments. Undefined for anything else, valid or not: anchors, tags, `?`, directives, tabs that
 * indent, duplicate keys, errors. What it answers is what the package answers, many times as fast; beyond that it
 * takes what kubectl's decoder takes and the package does not: quoted and flow lines that are not indented.
 */
export function scanYaml(text: string): YamlTree | undefined {
  const scan = scanOrGiveUp(text)
  return 'positions' in scan ? scan : undefined
}

/** Where the scanner met a tab that indents, which the decoder refuses and the package does not. */
interface GaveUp {
  readonly tab?: number
}

/** Where the comments of a document begin; undefined when it is not of the subset. */
export function scanComments(text: string): readonly number[] | undefined {
  if (UNUSUAL.test(text)) return undefined
  const comments: number[] = []
  const scanner = new Scanner(withoutEnd(text), comments)
  try {
    scanner.document()
    return comments
  } catch (error) {
    if (error === GIVE_UP) return undefined
    throw error
  }
}

export function scanOrGiveUp(text: string): YamlTree | GaveUp {
  if (UNUSUAL.test(text)) return {}
  const scanner = new Scanner(withoutEnd(text))
  try {
    return scanner.document()
  } catch (error) {
    if (error !== GIVE_UP) throw error
    return scanner.tab === undefined ? {} : { tab: scanner.tab }
  }
}

/** The text before its end marker, when nothing but white space is behind it. */
function withoutEnd(text: string): string {
  let last = text.length - 1
  while (last >= 0 && text.charCodeAt(last) <= SPACE) last--
  const isMarker = text.charCodeAt(last) === DOT && text.startsWith('\n...', last - 3)
  return isMarker ? text.slice(0, last - 2) : text
}

const TAB = 9
const LF = 10
const CR = 13
const SPACE = 32
const DOUBLE_QUOTE = 34
const HASH = 35
const SINGLE_QUOTE = 39
const PLUS = 43
const COMMA = 44
const DASH = 45
const DOT = 46
const COLON = 58
const GREATER = 62
const QUESTION = 63
const OPEN_BRACKET = 91
const BACKSLASH = 92
const CLOSE_BRACKET = 93
const OPEN_BRACE = 123
const PIPE = 124
const CLOSE_BRACE = 125

/** Characters that a plain scalar does not begin with, or only sometimes. */
const INDICATORS = new Uint8Array(128)
for (const char of '-?:,[]{}#&*!|>\'"%@`') INDICATORS[char.charCodeAt(0)] = 1

/** Shared by all documents; each takes a copy of its part. */
let positions = new Int32Array(4096 * COLUMNS)

class TextSink implements Sink {
  value = ''

  push(chars: string): void {
    this.value += chars
  }

  copy(text: string, start: number, end: number): void {
    this.value += text.slice(start, end)
  }
}

/**
 * Reads from left to right. Methods for block values leave `#at` at the next token, which is on a line of its
 * own, or at the end of the text; methods for scalars and flow collections leave it behind them.
 */
class Scanner {
  readonly #text: string
  readonly #end: number
  readonly #comments: number[] | undefined
  readonly #keys: string[] = []
  #at = 0
  /** Where the line of `#at` begins. */
  #line = 0
  /** The end of the value read last. */
  #valueEnd = 0
  #depth = 0
  /** The key read last. */
  #key = ''
  #keyStart = 0
  #keyEnd = 0
  /** A tab that the decoder refuses. */
  tab: number | undefined

  /** @param comments takes the beginning of each comment */
  constructor(text: string, comments?: number[]) {
    this.#text = text
    this.#comments = comments
    this.#end = text.length
  }

  document(): YamlTree {
    this.#skipLines()
    if (this.#isMarker() && this.#text.charCodeAt(this.#at) === DASH) {
      this.#at += 3
      this.#nextLine()
    }
    if (this.#at >= this.#end) return { body: undefined, positions: new Int32Array(0), keys: [], problems: [] }
    const root = this.#open('', -1, -1)
    const body = this.#node(-1, root)
    // The package reads scalars alone as more than one would think.
    if (this.#at < this.#end || typeof body !== 'object') throw GIVE_UP
    return { body, positions: positions.slice(0, this.#keys.length * COLUMNS), keys: this.#keys, problems: [] }
  }

  // ---- Positions

  #open(key: string, keyStart: number, keyEnd: number): number {
    const node = this.#keys.length
    const at = node * COLUMNS
    if (at + COLUMNS > positions.length) {
      const larger = new Int32Array(positions.length * 2)
      larger.set(positions)
      positions = larger
    }
    positions[at + KEY_START] = keyStart
    positions[at + KEY_END] = keyEnd
    positions[at + LINK] = -1
    this.#keys.push(key)
    return node
  }

  #close(node: number, start: number, end: number): void {
    const at = node * COLUMNS
    positions[at + VALUE_START] = start
    positions[at + VALUE_END] = end
    positions[at + NEXT] = this.#keys.length
    this.#valueEnd = end
  }

  // ---- White space

  /** To the next token, on this line or below. */
  #skipLines(): void {
    const text = this.#text
    let at = this.#at
    for (;;) {
      const code = text.charCodeAt(at)
      if (code === SPACE || code === CR) at++
      else if (code === LF) this.#line = ++at
      else if (code === HASH) at = this.#comment(at)
      else if (code === TAB) this.#refuseTab(at)
      else break
    }
    this.#at = at
  }

  #comment(at: number): number {
    this.#comments?.push(at)
    return this.#lineEnd(at)
  }

  #refuseTab(at: number): never {
    if (this.#text.slice(this.#line, at).trim() === '') this.tab = at
    throw GIVE_UP
  }

  /** To the next token, which must be on another line. */
  #nextLine(): void {
    const line = this.#line
    this.#skipBlanks()
    this.#skipLines()
    if (this.#line === line && this.#at < this.#end) throw GIVE_UP
  }

  /** Behind a value tabs are as good as spaces. */
  #skipBlanks(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at)
      if (code !== SPACE && code !== TAB) return
      this.#at++
    }
  }

  #skipSpaces(): void {
    while (this.#text.charCodeAt(this.#at) === SPACE) this.#at++
  }

  #lineEnd(from: number): number {
    const end = this.#text.indexOf('\n', from)
    return end < 0 ? this.#end : end
  }

  #isBlank(at: number): boolean {
    const code = this.#text.charCodeAt(at)
    return code === SPACE || code === LF || code === CR || code === TAB || at >= this.#end
  }

  #isDash(): boolean {
    return this.#text.charCodeAt(this.#at) === DASH && this.#isBlank(this.#at + 1)
  }

  /** `---` or `...` at the beginning of a line. */
  #isMarker(): boolean {
    const code = this.#text.charCodeAt(this.#at)
    return (
      this.#at === this.#line &&
      (code === DASH || code === DOT) &&
      this.#text.charCodeAt(this.#at + 1) === code &&
      this.#text.charCodeAt(this.#at + 2) === code &&
      this.#isBlank(this.#at + 3)
    )
  }

  // ---- Blocks

  /** What stands behind a colon (`inMap`) or a dash at column `parent`. */
  #value(parent: number, inMap: boolean, node: number): Value {
    this.#skipSpaces()
    const code = this.#text.charCodeAt(this.#at)
    if (code !== LF && code !== CR && code !== HASH && this.#at < this.#end) {
      if (!inMap && code === TAB) this.tab = this.#at
      if (!inMap) return this.#node(parent, node)
      if (this.#isDash()) throw GIVE_UP
      const value = this.#scalar(parent, node)
      // A block map cannot begin on the line of its key.
      if (value === undefined) throw GIVE_UP
      return value
    }
    const here = this.#at
    this.#skipLines()
    const column = this.#at - this.#line
    const isBelow = column > parent || (column === parent && inMap && this.#isDash())
    if (isBelow && this.#at < this.#end) return this.#node(parent, node)
    this.#close(node, here, here)
    return null
  }

  #node(parent: number, node: number): Value {
    const column = this.#at - this.#line
    if (this.#isDash()) return this.#list(column, node)
    const value = this.#scalar(parent, node)
    return value === undefined ? this.#map(column, node) : value
  }

  #list(column: number, node: number): Value {
    if (++this.#depth > MAX_DEPTH) throw GIVE_UP
    const start = this.#at
    const list: Value[] = []
    do {
      const item = this.#open('', -1, -1)
      this.#at++
      list.push(this.#value(column, false, item))
    } while (this.#at - this.#line === column && this.#isDash())
    if (this.#at - this.#line > column && this.#at < this.#end) throw GIVE_UP
    this.#close(node, start, this.#valueEnd)
    this.#depth--
    return list
  }

  /** Its first key was read. */
  #map(column: number, node: number): Value {
    if (++this.#depth > MAX_DEPTH) throw GIVE_UP
    const start = this.#keyStart
    const body: Record<string, Value> = {}
    for (;;) {
      const key = this.#key
      // Written twice, or what every object has.
      if (body[key] !== undefined) throw GIVE_UP
      const entry = this.#open(key, this.#keyStart, this.#keyEnd)
      body[key] = this.#value(column, true, entry)
      const at = this.#at - this.#line
      if (at < column || this.#at >= this.#end) break
      if (at > column || !this.#readKey()) throw GIVE_UP
    }
    this.#close(node, start, this.#valueEnd)
    this.#depth--
    return body
  }

  /** A key and its colon; false where there is none. */
  #readKey(): boolean {
    const code = this.#text.charCodeAt(this.#at)
    const start = this.#at
    const line = this.#line
    if (code !== DOUBLE_QUOTE && code !== SINGLE_QUOTE) return this.#plainLine() && this.#endPlainKey(start)
    const key = this.#quoted(code)
    return this.#line === line && this.#endKey(key, start)
  }

  /** Behind a key that may be one: whether its colon follows, which is read then. */
  #endKey(key: string, start: number): boolean {
    const end = this.#at
    this.#skipSpaces()
    if (this.#text.charCodeAt(this.#at) !== COLON || !this.#isBlank(this.#at + 1)) return false
    if (this.#at - start > MAX_KEY || key.includes('\u0000')) throw GIVE_UP
    this.#at++
    this.#key = key
    this.#keyStart = start
    this.#keyEnd = end
    return true
  }

  #endPlainKey(start: number): boolean {
    const key = this.#text.slice(start, this.#at)
    if (key === '<<' || typeof resolvePlain(key) !== 'string' || isInfinite(key)) throw GIVE_UP
    return this.#endKey(key, start)
  }

  /** A value that is no list and no block map; undefined when it is the first key of a map, which is read then. */
  #scalar(parent: number, node: number): Value | undefined {
    const start = this.#at
    const line = this.#line
    const code = this.#text.charCodeAt(start)
    if (code === DOUBLE_QUOTE || code === SINGLE_QUOTE) {
      const value = this.#quoted(code)
      const end = this.#at
      if (this.#line === line && this.#endKey(value, start)) return undefined
      this.#close(node, start, end)
      this.#nextLine()
      return value
    }
    if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      const value = this.#flow(node)
      this.#nextLine()
      return value
    }
    if (code === PIPE || code === GREATER) return this.#block(parent, node)
    if (this.#plainLine()) {
      this.#endPlainKey(start)
      return undefined
    }
    return this.#plain(parent, start, node)
  }

  // ---- Plain scalars

  /** To the end of the plain text on this line, without the white space behind it; whether a colon ends it. */
  #plainLine(): boolean {
    const text = this.#text
    const start = this.#at
    const first = text.charCodeAt(start)
    if (first < 128 && INDICATORS[first] === 1 && ((first !== DASH && first !== COLON) || this.#isBlank(start + 1))) throw GIVE_UP
    if (first === TAB || this.#isMarker()) throw GIVE_UP
    return this.#plainText()
  }

  #plainText(): boolean {
    const text = this.#text
    let at = this.#at
    let isKey = false
    for (; at < this.#end; at++) {
      const code = text.charCodeAt(at)
      if (code === LF || code === CR) break
      if (code === COLON && this.#isBlank(at + 1)) {
        isKey = true
        break
      }
      if (code === HASH && this.#isBlank(at - 1)) break
    }
    let before = text.charCodeAt(at - 1)
    while (before === SPACE || before === TAB) before = text.charCodeAt(--at - 1)
    this.#at = at
    return isKey
  }

  /** The rest of a plain scalar whose first line was read: lines below that are indented deeper than `parent`. */
  #plain(parent: number, start: number, node: number): Value {
    const text = this.#text
    let end = this.#at
    let folded: string | undefined
    for (;;) {
      this.#skipBlanks()
      const breaks = this.#skipBreaks()
      const isOver = breaks === 0 || this.#at >= this.#end || this.#at - this.#line <= parent || text.charCodeAt(this.#at) === HASH
      if (isOver) break
      const next = this.#at
      if (this.#plainText()) throw GIVE_UP
      folded = (folded ?? text.slice(start, end)) + (breaks === 1 ? ' ' : '\n'.repeat(breaks - 1)) + text.slice(next, this.#at)
      end = this.#at
    }
    this.#close(node, start, end)
    this.#skipLines()
    return folded ?? this.#resolve(text.slice(start, end))
  }

  /** To the first character below that is not white space; how many lines on. None where a comment follows. */
  #skipBreaks(): number {
    const text = this.#text
    let breaks = 0
    let at = this.#at
    for (;;) {
      const code = text.charCodeAt(at)
      if (code === SPACE || code === CR) {
        at++
      } else if (code === LF) {
        this.#line = ++at
        breaks++
      } else if (code === TAB) {
        this.#refuseTab(at)
      } else {
        break
      }
    }
    this.#at = at
    return breaks
  }

  #resolve(source: string): Value {
    if (isInfinite(source)) throw GIVE_UP
    return resolvePlain(source)
  }

  // ---- Quoted scalars

  #quoted(quote: number): string {
    const text = this.#text
    const start = this.#at + 1
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
        if (end >= this.#end) throw GIVE_UP
        if (code === BACKSLASH) {
          isPlain = false
          end++
        }
      }
    }
    this.#at = end + 1
    const line = text.lastIndexOf('\n', end) + 1
    if (line > start) this.#line = line
    else if (isPlain) return text.slice(start, end)
    if (line > start && /^(?:---|\.\.\.)\s/m.test(text.slice(start, end))) throw GIVE_UP
    const sink = new TextSink()
    if (!decodeFlow(text, start, end, quote === SINGLE_QUOTE ? "'" : '"', sink)) throw GIVE_UP
    return sink.value
  }

  // ---- Block scalars

  #block(parent: number, node: number): string {
    const text = this.#text
    const start = this.#at
    const chomp = text.charCodeAt(++this.#at)
    if (chomp === PLUS || chomp === DASH) this.#at++
    const header = this.#at
    this.#skipSpaces()
    const code = text.charCodeAt(this.#at)
    // A number that says the indentation, or an error.
    if (code !== LF && code !== CR && (code !== HASH || this.#at === header)) throw GIVE_UP
    const first = (code === HASH ? this.#comment(this.#at) : this.#lineEnd(this.#at)) + 1
    const line = this.#firstContent(first)
    const indent = this.#at - line
    if (indent <= parent) throw GIVE_UP
    let isSimple = line === first && text.charCodeAt(start) === PIPE && chomp !== PLUS
    let last = line
    let next = line
    for (let at = line; at < this.#end; at = next) {
      const content = this.#skipIndent(at, indent)
      const end = this.#lineEnd(content)
      if (content - at < indent) {
        const code = text.charCodeAt(content)
        if (code === TAB || (content > at && content >= this.#end)) throw GIVE_UP
        if (code !== LF && code !== CR) break
      }
      next = end + 1
      if (content === end || text.charCodeAt(content) === CR) {
        if (content > at) isSimple = false
      } else {
        if (this.#isBlank(content) && text.slice(content, end).trim() === '') throw GIVE_UP
        last = end
      }
    }
    this.#line = Math.min(next, this.#end)
    const end = chomp === PLUS ? this.#line : Math.min(last + 1, this.#end)
    this.#at = this.#line
    this.#close(node, start, end)
    this.#skipLines()
    const lines = isSimple ? text.slice(line + indent, last) : ''
    if (isSimple && !lines.includes('\r')) return lines.replaceAll(`\n${' '.repeat(indent)}`, '\n') + (chomp === DASH ? '' : '\n')
    const sink = new TextSink()
    if (!decodeBlock(text, { start, end }, sink)) throw GIVE_UP
    return sink.value
  }

  /** The first line of a block scalar that is not blank; leaves `#at` behind its indentation. */
  #firstContent(from: number): number {
    const text = this.#text
    let line = from
    let widest = 0
    for (;;) {
      let at = line
      while (text.charCodeAt(at) === SPACE) at++
      const code = text.charCodeAt(at)
      if (code === LF || code === CR) {
        widest = Math.max(widest, at - line)
        line = this.#lineEnd(at) + 1
      } else {
        if (code === TAB) this.tab = at
        if (at >= this.#end || code === TAB || widest > at - line) throw GIVE_UP
        this.#at = at
        return line
      }
    }
  }

  #skipIndent(line: number, indent: number): number {
    let at = line
    while (at < line + indent && this.#text.charCodeAt(at) === SPACE) at++
    return at
  }

  // ---- Flow collections

  #flow(node: number): Value {
    if (++this.#depth > MAX_DEPTH) throw GIVE_UP
    const start = this.#at
    const isMap = this.#text.charCodeAt(this.#at++) === OPEN_BRACE
    this.#skipFlow()
    const value = isMap ? this.#flowMap() : this.#flowList()
    this.#at++
    this.#close(node, start, this.#at)
    this.#depth--
    return value
  }

  #flowList(): Value {
    const list: Value[] = []
    while (this.#text.charCodeAt(this.#at) !== CLOSE_BRACKET) {
      list.push(this.#flowValue(this.#open('', -1, -1)))
      this.#separator(CLOSE_BRACKET)
    }
    return list
  }

  #flowMap(): Value {
    const text = this.#text
    const body: Record<string, Value> = {}
    while (text.charCodeAt(this.#at) !== CLOSE_BRACE) {
      const start = this.#at
      const line = this.#line
      const code = text.charCodeAt(start)
      const isQuoted = code === DOUBLE_QUOTE || code === SINGLE_QUOTE
      const key = isQuoted ? this.#quoted(code) : this.#flowPlain()
      const end = this.#at
      this.#skipSpaces()
      if (text.charCodeAt(this.#at) !== COLON || this.#line !== line || this.#at - start > MAX_KEY) throw GIVE_UP
      if (!isQuoted && (!this.#isBlank(this.#at + 1) || key === '<<' || typeof this.#resolve(key) !== 'string')) throw GIVE_UP
      if (body[key] !== undefined || key.includes('\u0000')) throw GIVE_UP
      this.#at++
      this.#skipFlow()
      body[key] = this.#flowValue(this.#open(key, start, end))
      this.#separator(CLOSE_BRACE)
    }
    return body
  }

  #flowValue(node: number): Value {
    const start = this.#at
    const code = this.#text.charCodeAt(start)
    if (code === OPEN_BRACE || code === OPEN_BRACKET) return this.#flow(node)
    const value = code === DOUBLE_QUOTE || code === SINGLE_QUOTE ? this.#quoted(code) : this.#resolve(this.#flowPlain())
    this.#close(node, start, this.#at)
    return value
  }

  /** A comma, or `close` ahead. */
  #separator(close: number): void {
    this.#skipFlow()
    const code = this.#text.charCodeAt(this.#at)
    if (code === COMMA) {
      this.#at++
      this.#skipFlow()
    } else if (code !== close) {
      throw GIVE_UP
    }
  }

  #skipFlow(): void {
    const text = this.#text
    let at = this.#at
    for (;;) {
      const code = text.charCodeAt(at)
      if (code === SPACE || code === TAB || code === CR) at++
      else if (code === LF) this.#line = ++at
      else if (code === HASH && this.#isBlank(at - 1)) at = this.#comment(at)
      else break
    }
    this.#at = at
    if (this.#isMarker()) throw GIVE_UP
  }

  /** A plain scalar on one line. */
  #flowPlain(): string {
    const text = this.#text
    const start = this.#at
    const first = text.charCodeAt(start)
    if (
      first < 128 &&
      INDICATORS[first] === 1 &&
      (first !== DASH || this.#isBlank(start + 1) || isFlowIndicator(text.charCodeAt(start + 1)))
    ) {
      throw GIVE_UP
    }
    let at = start
    for (; at < this.#end; at++) {
      const code = text.charCodeAt(at)
      if (code === LF || code === CR || isFlowIndicator(code)) break
      if (code === COLON && (this.#isBlank(at + 1) || isFlowIndicator(text.charCodeAt(at + 1)))) break
      if (code === HASH && this.#isBlank(at - 1)) break
      // The decoder takes it for a key's mark.
      if (code === QUESTION) throw GIVE_UP
    }
    let before = text.charCodeAt(at - 1)
    while (before === SPACE || before === TAB) before = text.charCodeAt(--at - 1)
    this.#at = at
    return text.slice(start, at)
  }
}

function isFlowIndicator(code: number): boolean {
  return code === COMMA || code === OPEN_BRACKET || code === CLOSE_BRACKET || code === OPEN_BRACE || code === CLOSE_BRACE
}
