import { formatFloat } from '../../go/float.ts'
import { isDigit, isLetter } from '../../go/unicode.ts'
import { staysString } from '../../go/yaml-scalar.ts'
import { utf8Length } from '../../go/utf8.ts'
import { GoError } from '../errors.ts'
import type { Origin } from '../provenance.ts'
import { formatTime, RFC3339_NANO } from '../../go/time.ts'
import { encodeBase64 } from '../../go/base64.ts'
import { type GoText, slice, TextBuilder, textOf } from '../text.ts'
import { type GoList, bytesOf, type GoValue, originOfValue, typeOf } from '../value.ts'
import { jsonNumber } from './json-out.ts'
import { analyse, type Scalar } from './yaml-analyse.ts'

/** Lines are folded at the first space after this column. */
const WIDTH = 80
const INDENT = 2
const LONGEST_SIMPLE_KEY = 128
const MAX_DEPTH = 1000

/**
 * `sigs.k8s.io/yaml.Marshal`: the value goes through JSON, then the encoder of goyaml v2 writes it. `added` is
 * the origin of what it adds: indentation, dashes, quotes. Throws where Go answers with an error.
 */
export function toYaml(value: GoValue, added: Origin): GoText {
  return written(value, added, false)
}

/** goyaml v3 with an indentation of two: lists are indented below their key, lines are not folded, numbers stay what they are. */
export function toYamlPretty(value: GoValue, added: Origin): GoText {
  return written(value, added, true)
}

function written(value: GoValue, added: Origin, pretty: boolean): GoText {
  const writer = new Writer(added, pretty)
  writer.node(value, { root: true, mapping: false, simpleKey: false, depth: 0 })
  writer.end()
  return writer.out.build()
}

/** What the emitter of libyaml knows of where a node stands. */
interface Context {
  readonly root: boolean
  readonly mapping: boolean
  readonly simpleKey: boolean
  readonly depth: number
}

class Writer {
  readonly out = new TextBuilder()
  readonly #added: Origin
  readonly #pretty: boolean
  readonly #width: number
  #column = 0
  #indent = -1
  /** Whether the last character was white space, and whether the line holds nothing but indentation. */
  #whitespace = true
  #indention = true

  constructor(added: Origin, pretty: boolean) {
    this.#added = added
    this.#pretty = pretty
    this.#width = pretty ? Number.POSITIVE_INFINITY : WIDTH
  }

  /** The last line ends unless a block scalar has ended it. */
  end(): void {
    this.#indent = -1
    this.#writeIndent()
  }

  lineBreak(): void {
    this.#add('\n')
    this.#column = 0
  }

  node(value: GoValue, context: Context): void {
    if (context.depth > MAX_DEPTH) throw new GoError(`json: unsupported value: encountered a cycle via ${typeOf(value)}`)
    switch (value.kind) {
      case 'map':
        if (value.isNil) break
        if (value.entries.size === 0) this.#flow('{}', value.origin)
        else this.#mapping(sortNaturally([...value.entries.values()].map((entry) => [entry.key, entry.value] as const)), context)
        return
      case 'struct':
        if (value.string !== undefined) break
        if ((value.json ?? [...value.fields]).length === 0) this.#flow('{}', value.origin)
        else
          this.#mapping(
            sortNaturally((value.json ?? [...value.fields]).map(([name, field]) => [textOf(name, value.origin), field] as const)),
            context,
          )
        return
      case 'list':
        if (value.isNil || value.type === '[]uint8') break
        if (value.items.length === 0) this.#flow('[]', value.origin)
        else this.#sequence(value, context)
        return
    }
    this.#scalar(value, context)
  }

  #add(text: string, origin = this.#added): void {
    this.out.add(text, origin)
  }

  #put(text: string, origin = this.#added): void {
    this.#add(text, origin)
    this.#column += text.length
  }

  #flow(brackets: string, origin: Origin): void {
    if (!this.#whitespace) this.#put(' ')
    this.#put(brackets, origin)
    this.#whitespace = false
    this.#indention = false
  }

  #indicator(text: string, needsSpace: boolean, isWhitespace: boolean, isIndention: boolean, origin = this.#added): void {
    if (needsSpace && !this.#whitespace) this.#put(' ')
    this.#put(text, origin)
    this.#whitespace = isWhitespace
    this.#indention = this.#indention && isIndention
  }

  #writeIndent(): void {
    const indent = Math.max(this.#indent, 0)
    if (!this.#indention || this.#column > indent || (this.#column === indent && !this.#whitespace)) this.lineBreak()
    if (this.#column < indent) this.#put(' '.repeat(indent - this.#column))
    this.#whitespace = true
    this.#indention = true
  }

  #indented(flow: boolean, indentless: boolean, write: () => void): void {
    const outer = this.#indent
    if (outer < 0) this.#indent = flow ? INDENT : 0
    else if (!indentless) this.#indent += INDENT
    write()
    this.#indent = outer
  }

  #sequence({ items, origin }: GoList, context: Context): void {
    // That there is an item at all may be the work of a branch.
    const dash = origin.kind === 'computed' ? origin : this.#added
    this.#indented(false, context.mapping && !this.#indention && !this.#pretty, () => {
      for (const item of items) {
        this.#writeIndent()
        this.#indicator('-', true, false, true, dash)
        this.node(item, { root: false, mapping: false, simpleKey: false, depth: context.depth + 1 })
      }
    })
  }

  #mapping(entries: readonly (readonly [GoText, GoValue])[], context: Context): void {
    const inner = { root: false, mapping: true, depth: context.depth + 1 }
    this.#indented(false, false, () => {
      for (const [key, value] of entries) {
        this.#writeIndent()
        const scalar = analyse(key.text)
        const simple = !scalar.multiline && utf8Length(key.text) <= LONGEST_SIMPLE_KEY
        if (!simple) this.#indicator('?', true, false, true)
        this.#string(key, scalar, { ...inner, simpleKey: simple })
        if (simple) this.#indicator(':', false, false, false)
        else {
          this.#writeIndent()
          this.#indicator(':', true, false, true)
        }
        this.node(value, { ...inner, simpleKey: false })
      }
    })
  }

  #scalar(value: GoValue, context: Context): void {
    switch (value.kind) {
      case 'string':
        this.#string(value, analyse(value.text), context)
        return
      case 'bool':
        this.#plain(textOf(String(value.value), value.origin, 0), false)
        return
      case 'int':
        this.#plain(textOf(String(value.value), value.origin, 0), false)
        return
      case 'float':
        this.#plain(textOf(this.#pretty ? prettyNumber(value.value) : yamlNumber(value.value), value.origin, 0), false)
        return
      case 'time':
        this.#string(textOf(formatTime(value, RFC3339_NANO), value.origin), analyse(formatTime(value, RFC3339_NANO)), context)
        return
      case 'struct':
        this.#string(textOf(value.string ?? '', value.origin), analyse(value.string ?? ''), context)
        return
      case 'list': {
        if (value.isNil) break
        const bytes = encodeBase64(bytesOf(value))
        this.#string(textOf(bytes, value.origin), analyse(bytes), context)
        return
      }
      case 'complex':
        throw new GoError(`json: unsupported type: ${typeOf(value)}`)
    }
    this.#plain(textOf('null', originOfValue(value), 0), false)
  }

  #string(value: GoText, scalar: Scalar, context: Context): void {
    if (scalar.forbidden) throw new GoError('yaml: control characters are not allowed')
    // A scalar is indented as flow: that is where its folded lines go.
    this.#indented(true, false, () => {
      const breaks = !context.simpleKey
      switch (styleOf(value.text, scalar, context)) {
        case 'plain':
          this.#plain(value, breaks)
          return
        case 'single':
          this.#singleQuoted(value, breaks)
          return
        case 'double':
          this.#doubleQuoted(value, breaks)
          return
        case 'literal':
          this.#literal(value)
      }
    })
  }

  #plain(value: GoText, breaks: boolean): void {
    if (!this.#whitespace) this.#put(' ')
    this.#folded(value, breaks, false)
    this.#whitespace = false
    this.#indention = false
  }

  #singleQuoted(value: GoText, breaks: boolean): void {
    this.#indicator("'", true, false, false)
    this.#folded(value, breaks, true)
    this.#indicator("'", false, false, false)
    this.#whitespace = false
    this.#indention = false
  }

  /** A text on one line, or on several where it is too long for one. */
  #folded(value: GoText, breaks: boolean, quoted: boolean): void {
    const { text } = value
    let spaces = false
    let lineBreaks = false
    let run = 0
    const flush = (end: number): void => {
      if (end > run) this.out.push(slice(value, run, end))
      run = end
    }
    for (let at = 0; at < text.length; ) {
      const char = charAt(text, at)
      const next = at + char.length
      if (char === ' ') {
        const inside = !quoted || (at > 0 && at < text.length - 1)
        if (breaks && !spaces && this.#column > this.#width && inside && text[next] !== ' ') {
          flush(at)
          run = next
          this.#writeIndent()
        } else this.#column++
        spaces = true
      } else if (isBreak(char)) {
        flush(at)
        if (!lineBreaks && char === '\n') this.lineBreak()
        this.out.push(slice(value, at, next))
        run = next
        this.#column = 0
        this.#indention = true
        lineBreaks = true
      } else {
        if (lineBreaks) {
          flush(at)
          this.#writeIndent()
        }
        if (quoted && char === "'") {
          flush(at)
          this.#put("'")
        }
        this.#column++
        this.#indention = false
        spaces = false
        lineBreaks = false
      }
      at = next
    }
    flush(text.length)
  }

  #doubleQuoted(value: GoText, breaks: boolean): void {
    const { text } = value
    this.#indicator('"', true, false, false)
    let spaces = false
    let run = 0
    const flush = (end: number): void => {
      if (end > run) this.out.push(slice(value, run, end))
      run = end
    }
    for (let at = 0; at < text.length; ) {
      const char = charAt(text, at)
      const next = at + char.length
      const written = escaped(char)
      if (written !== undefined) {
        flush(at)
        this.out.add(written, originOfValue(slice(value, at, next)))
        this.#column += written.length
        run = next
        spaces = false
      } else if (char === ' ') {
        if (breaks && !spaces && this.#column > this.#width && at > 0 && at < text.length - 1) {
          flush(at)
          run = next
          this.#writeIndent()
          if (text[next] === ' ') this.#put('\\')
        } else this.#column++
        spaces = true
      } else {
        this.#column++
        spaces = false
      }
      at = next
    }
    flush(text.length)
    this.#indicator('"', false, false, false)
    this.#whitespace = false
    this.#indention = false
  }

  #literal(value: GoText): void {
    const { text } = value
    const origin = originOfValue(value)
    this.#indicator('|', true, false, false, origin)
    if (text.startsWith(' ') || isBreak(text.charAt(0))) this.#indicator(String(INDENT), false, false, false, origin)
    const last = text.charAt(text.length - 1)
    if (!isBreak(last)) this.#indicator('-', false, false, false, origin)
    else if (text.length === 1 || isBreak(text.charAt(text.length - 2))) this.#indicator('+', false, false, false, origin)
    this.lineBreak()
    this.#indention = true
    this.#whitespace = true
    let start = 0
    while (start < text.length) {
      let end = start
      while (end < text.length && !isBreak(text.charAt(end))) end++
      if (end > start) {
        this.#writeIndent()
        this.out.push(slice(value, start, end))
        this.#column += end - start
        this.#indention = false
      }
      if (end < text.length) {
        this.out.push(slice(value, end, end + 1))
        this.#column = 0
        this.#indention = true
      }
      start = end + 1
    }
  }
}

type Style = 'plain' | 'single' | 'double' | 'literal'

function styleOf(text: string, scalar: Scalar, context: Context): Style {
  let style: Style = text.includes('\n') ? 'literal' : staysString(text) ? 'plain' : 'double'
  if (context.simpleKey && scalar.multiline) style = 'double'
  if (style === 'plain' && (!scalar.plainAllowed || (text === '' && context.simpleKey))) style = 'single'
  if (style === 'single' && !scalar.singleAllowed) style = 'double'
  return style === 'literal' && (!scalar.blockAllowed || context.simpleKey) ? 'double' : style
}

/** Numbers have been through JSON: what reads as an integer is one, whatever it was before. */
function yamlNumber(value: number): string {
  const json = jsonNumber(value)
  if (/^-?\d+$/.test(json)) {
    const integer = BigInt(json)
    if (integer >= -(2n ** 63n) && integer < 2n ** 64n) return String(integer)
  }
  return formatFloat(value, 'g', -1)
}

function prettyNumber(value: number): string {
  const text = formatFloat(value, 'g', -1)
  return Number.isFinite(value) ? text : Number.isNaN(value) ? '.nan' : value > 0 ? '.inf' : '-.inf'
}

function charAt(text: string, at: number): string {
  const code = text.codePointAt(at) ?? 0
  return code > 0xffff ? String.fromCodePoint(code) : text.charAt(at)
}

function isBreak(char: string): boolean {
  return char === '\n' || char === '\r' || char === '\u0085' || char === '\u2028' || char === '\u2029'
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\0': '\\0',
  '\u0007': '\\a',
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\v': '\\v',
  '\f': '\\f',
  '\r': '\\r',
  '\u001b': '\\e',
  '"': '\\"',
  '\\': '\\\\',
  '\u0085': '\\N',
  '\u00a0': '\\_',
  '\u2028': '\\L',
  '\u2029': '\\P',
}

function escaped(char: string): string | undefined {
  const code = char.codePointAt(0) ?? 0
  const printable =
    (code >= 0x20 && code <= 0x7e) || (code >= 0xa0 && code <= 0xd7ff) || (code >= 0xe000 && code <= 0xfffd && code !== 0xfeff)
  if (printable && char !== '"' && char !== '\\' && code !== 0x2028 && code !== 0x2029) return undefined
  const known = ESCAPES[char]
  if (known) return known
  const hex = (digits: number): string => code.toString(16).toUpperCase().padStart(digits, '0')
  return code <= 0xff ? `\\x${hex(2)}` : code <= 0xffff ? `\\u${hex(4)}` : `\\U${hex(8)}`
}

/** Keys in goyaml's natural order: runs of digits by their number, letters after everything else. */
function sortNaturally<T>(entries: (readonly [GoText, T])[]): (readonly [GoText, T])[] {
  return entries.sort(([a], [b]) => (a.text === b.text ? 0 : naturallyLess([...a.text], [...b.text]) ? -1 : 1))
}

function naturallyLess(a: readonly string[], b: readonly string[]): boolean {
  for (let i = 0; i < a.length && i < b.length; i++) {
    const x = a[i] ?? ''
    const y = b[i] ?? ''
    if (x === y) continue
    const letters = [isLetter(x), isLetter(y)] as const
    if (letters[0] && letters[1]) return (x.codePointAt(0) ?? 0) < (y.codePointAt(0) ?? 0)
    if (letters[0] || letters[1]) return letters[1]
    let [left, right] = [0n, 0n]
    if (x === '0' || y === '0') {
      // Zeros behind other digits count.
      for (let j = i - 1; j >= 0 && isDigit(a[j] ?? ''); j--) {
        if (a[j] !== '0') {
          left = 1n
          right = 1n
          break
        }
      }
    }
    let [ai, bi] = [i, i]
    for (; ai < a.length && isDigit(a[ai] ?? ''); ai++) left = BigInt.asIntN(64, left * 10n + BigInt((a[ai] ?? '').charCodeAt(0) - 48))
    for (; bi < b.length && isDigit(b[bi] ?? ''); bi++) right = BigInt.asIntN(64, right * 10n + BigInt((b[bi] ?? '').charCodeAt(0) - 48))
    if (left !== right) return left < right
    if (ai !== bi) return ai < bi
    return (x.codePointAt(0) ?? 0) < (y.codePointAt(0) ?? 0)
  }
  return a.length < b.length
}
