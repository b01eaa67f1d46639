import type { Value } from '../../model/value.ts'
import {
  TAB,
  LF,
  CR,
  SPACE,
  DOUBLE_QUOTE,
  HASH,
  SINGLE_QUOTE,
  PLUS,
  DASH,
  DOT,
  COLON,
  GREATER,
  OPEN_BRACKET,
  OPEN_BRACE,
  PIPE,
} from './chars.ts'
import { decodeBlock } from './decode.ts'
import { isInfinite, resolvePlain } from './scalar.ts'
import { FlowScanner, GIVE_UP, INDICATORS, MAX_DEPTH, MAX_KEY, TextSink } from './scan-flow.ts'
import type { YamlTree } from './tree.ts'

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

/**
 * Reads blocks. Methods for block values leave `at` at the next token, which is on a line of its own, or at the
 * end of the text.
 */
class Scanner extends FlowScanner {
  /** The key read last. */
  #key = ''
  #keyStart = 0
  #keyEnd = 0

  document(): YamlTree {
    this.skipLines()
    if (this.isMarker() && this.text.charCodeAt(this.at) === DASH) {
      this.at += 3
      this.nextLine()
    }
    if (this.at >= this.end) return { body: undefined, positions: new Int32Array(0), keys: [], problems: [] }
    const root = this.open('', -1, -1)
    const body = this.#node(-1, root)
    // The package reads scalars alone as more than one would think.
    if (this.at < this.end || typeof body !== 'object') throw GIVE_UP
    return this.tree(body)
  }

  /** What stands behind a colon (`inMap`) or a dash at column `parent`. */
  #value(parent: number, inMap: boolean, node: number): Value {
    this.skipSpaces()
    const code = this.text.charCodeAt(this.at)
    if (code !== LF && code !== CR && code !== HASH && this.at < this.end) {
      if (!inMap && code === TAB) this.tab = this.at
      if (!inMap) return this.#node(parent, node)
      if (this.#isDash()) throw GIVE_UP
      const value = this.#scalar(parent, node)
      // A block map cannot begin on the line of its key.
      if (value === undefined) throw GIVE_UP
      return value
    }
    const here = this.at
    this.skipLines()
    const column = this.at - this.line
    const isBelow = column > parent || (column === parent && inMap && this.#isDash())
    if (isBelow && this.at < this.end) return this.#node(parent, node)
    this.close(node, here, here)
    return null
  }

  #node(parent: number, node: number): Value {
    const column = this.at - this.line
    if (this.#isDash()) return this.#list(column, node)
    const value = this.#scalar(parent, node)
    return value === undefined ? this.#map(column, node) : value
  }

  #isDash(): boolean {
    return this.text.charCodeAt(this.at) === DASH && this.isBlank(this.at + 1)
  }

  #list(column: number, node: number): Value {
    if (++this.depth > MAX_DEPTH) throw GIVE_UP
    const start = this.at
    const list: Value[] = []
    do {
      const item = this.open('', -1, -1)
      this.at++
      list.push(this.#value(column, false, item))
    } while (this.at - this.line === column && this.#isDash())
    if (this.at - this.line > column && this.at < this.end) throw GIVE_UP
    this.close(node, start, this.valueEnd)
    this.depth--
    return list
  }

  /** Its first key was read. */
  #map(column: number, node: number): Value {
    if (++this.depth > MAX_DEPTH) throw GIVE_UP
    const start = this.#keyStart
    const body: Record<string, Value> = {}
    for (;;) {
      const key = this.#key
      // Written twice, or what every object has.
      if (body[key] !== undefined || key.includes('\u0000')) throw GIVE_UP
      const entry = this.open(key, this.#keyStart, this.#keyEnd)
      body[key] = this.#value(column, true, entry)
      const at = this.at - this.line
      if (at < column || this.at >= this.end) break
      if (at > column || !this.#readKey()) throw GIVE_UP
    }
    this.close(node, start, this.valueEnd)
    this.depth--
    return body
  }

  /** A key and its colon; false where there is none. */
  #readKey(): boolean {
    const code = this.text.charCodeAt(this.at)
    const start = this.at
    const line = this.line
    if (code !== DOUBLE_QUOTE && code !== SINGLE_QUOTE) return this.#plainLine() && this.#endPlainKey(start)
    const key = this.quoted(code)
    return this.line === line && this.#endKey(key, start)
  }

  /** Behind a key that may be one: whether its colon follows, which is read then. */
  #endKey(key: string, start: number): boolean {
    const end = this.at
    this.skipSpaces()
    if (this.text.charCodeAt(this.at) !== COLON || !this.isBlank(this.at + 1)) return false
    if (this.at - start > MAX_KEY) throw GIVE_UP
    this.at++
    this.#key = key
    this.#keyStart = start
    this.#keyEnd = end
    return true
  }

  #endPlainKey(start: number): boolean {
    const key = this.text.slice(start, this.at)
    if (key === '<<' || typeof resolvePlain(key) !== 'string' || isInfinite(key)) throw GIVE_UP
    return this.#endKey(key, start)
  }

  /** A value that is no list and no block map; undefined when it is the first key of a map, which is read then. */
  #scalar(parent: number, node: number): Value | undefined {
    const start = this.at
    const line = this.line
    const code = this.text.charCodeAt(start)
    if (code === DOUBLE_QUOTE || code === SINGLE_QUOTE) {
      const value = this.quoted(code)
      const end = this.at
      if (this.line === line && this.#endKey(value, start)) return undefined
      this.close(node, start, end)
      this.nextLine()
      return value
    }
    if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      const value = this.flow(node)
      this.nextLine()
      return value
    }
    if (code === PIPE || code === GREATER) return this.#block(parent, node)
    if (this.#plainLine()) {
      if (!this.#endPlainKey(start)) throw GIVE_UP
      return undefined
    }
    return this.#plain(parent, start, node)
  }

  /** To the end of the plain text on this line, without the white space behind it; whether a colon ends it. */
  #plainLine(): boolean {
    const text = this.text
    const start = this.at
    const first = text.charCodeAt(start)
    if (first < 128 && INDICATORS[first] === 1 && ((first !== DASH && first !== COLON) || this.isBlank(start + 1))) throw GIVE_UP
    if (first === TAB || this.isMarker()) throw GIVE_UP
    return this.#plainText()
  }

  #plainText(): boolean {
    const text = this.text
    let at = this.at
    let isKey = false
    for (; at < this.end; at++) {
      const code = text.charCodeAt(at)
      if (code === LF || code === CR) break
      if (code === COLON && this.isBlank(at + 1)) {
        isKey = true
        break
      }
      if (code === HASH && this.isBlank(at - 1)) break
    }
    let before = text.charCodeAt(at - 1)
    while (before === SPACE || before === TAB) before = text.charCodeAt(--at - 1)
    this.at = at
    return isKey
  }

  /** The rest of a plain scalar whose first line was read: lines below that are indented deeper than `parent`. */
  #plain(parent: number, start: number, node: number): Value {
    const text = this.text
    let end = this.at
    let folded: string | undefined
    for (;;) {
      this.skipBlanks()
      const breaks = this.#skipBreaks()
      const isOver = breaks === 0 || this.at >= this.end || this.at - this.line <= parent || text.charCodeAt(this.at) === HASH
      if (isOver) break
      const next = this.at
      if (this.#plainText()) throw GIVE_UP
      folded = (folded ?? text.slice(start, end)) + (breaks === 1 ? ' ' : '\n'.repeat(breaks - 1)) + text.slice(next, this.at)
      end = this.at
    }
    this.close(node, start, end)
    this.skipLines()
    return folded ?? this.resolve(text.slice(start, end))
  }

  /** To the first character below that is not white space; how many lines on. None where a comment follows. */
  #skipBreaks(): number {
    const text = this.text
    let breaks = 0
    let at = this.at
    for (;;) {
      const code = text.charCodeAt(at)
      if (code === SPACE || code === CR) {
        at++
      } else if (code === LF) {
        this.line = ++at
        breaks++
      } else if (code === TAB) {
        this.refuseTab(at)
      } else {
        break
      }
    }
    this.at = at
    return breaks
  }

  #block(parent: number, node: number): string {
    const text = this.text
    const start = this.at
    const chomp = text.charCodeAt(++this.at)
    if (chomp === PLUS || chomp === DASH) this.at++
    const header = this.at
    this.skipSpaces()
    const code = text.charCodeAt(this.at)
    // A number that says the indentation, or an error.
    if (code !== LF && code !== CR && (code !== HASH || this.at === header)) throw GIVE_UP
    const first = (code === HASH ? this.comment(this.at) : this.lineEnd(this.at)) + 1
    const line = this.#firstContent(first)
    const indent = this.at - line
    if (indent <= parent) throw GIVE_UP
    let isSimple = line === first && text.charCodeAt(start) === PIPE && chomp !== PLUS
    let last = line
    let next = line
    for (let at = line; at < this.end; at = next) {
      const content = this.#skipIndent(at, indent)
      const end = this.lineEnd(content)
      if (content - at < indent) {
        const code = text.charCodeAt(content)
        if (code === TAB || (content > at && content >= this.end)) throw GIVE_UP
        if (code !== LF && code !== CR) break
      }
      next = end + 1
      if (content === end || text.charCodeAt(content) === CR) {
        if (content > at) isSimple = false
      } else {
        if (this.isBlank(content) && text.slice(content, end).trim() === '') throw GIVE_UP
        last = end
      }
    }
    this.line = Math.min(next, this.end)
    const end = chomp === PLUS ? this.line : Math.min(last + 1, this.end)
    this.at = this.line
    this.close(node, start, end)
    this.skipLines()
    const lines = isSimple ? text.slice(line + indent, last) : ''
    if (isSimple && !lines.includes('\r')) return lines.replaceAll(`\n${' '.repeat(indent)}`, '\n') + (chomp === DASH ? '' : '\n')
    const sink = new TextSink()
    if (!decodeBlock(text, { start, end }, sink)) throw GIVE_UP
    return sink.value
  }

  /** The first line of a block scalar that is not blank; leaves `#at` behind its indentation. */
  #firstContent(from: number): number {
    const text = this.text
    let line = from
    let widest = 0
    for (;;) {
      let at = line
      while (text.charCodeAt(at) === SPACE) at++
      const code = text.charCodeAt(at)
      if (code === LF || code === CR) {
        widest = Math.max(widest, at - line)
        line = this.lineEnd(at) + 1
      } else {
        if (code === TAB) this.tab = at
        if (at >= this.end || code === TAB || widest > at - line) throw GIVE_UP
        this.at = at
        return line
      }
    }
  }

  #skipIndent(line: number, indent: number): number {
    let at = line
    while (at < line + indent && this.text.charCodeAt(at) === SPACE) at++
    return at
  }
}
