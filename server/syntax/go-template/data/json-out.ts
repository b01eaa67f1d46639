import { formatTime, RFC3339_NANO } from '../../go/time.ts'
import { encodeBase64 } from '../../go/base64.ts'
import { compareBytes } from '../../go/utf8.ts'
import { GoError } from '../errors.ts'
import type { Origin } from '../provenance.ts'
import { type GoText, slice, TextBuilder, textOf } from '../text.ts'
import { bytesOf, type GoList, type GoValue, originOfValue, sortedKeys, typeOf } from '../value.ts'

export interface JsonStyle {
  /** `<`, `>` and `&` become escapes, as Go's encoder does unless told otherwise. */
  readonly escapeHtml: boolean
  readonly indent: string
}

/** Deeper than this Go would find a value that holds itself. */
const MAX_DEPTH = 1000

/** `json.Marshal`. `added` is the origin of brackets, commas and escapes. Throws what Go answers for values that JSON has not. */
export function toJson(value: GoValue, added: Origin, style: JsonStyle): GoText {
  const writer = new Writer(added, style)
  writer.value(value, '', 0)
  return writer.out.build()
}

class Writer {
  readonly out = new TextBuilder()
  readonly #added: Origin
  readonly #style: JsonStyle

  constructor(added: Origin, style: JsonStyle) {
    this.#added = added
    this.#style = style
  }

  value(value: GoValue, margin: string, depth: number): void {
    if (depth > MAX_DEPTH) throw new GoError(`json: unsupported value: encountered a cycle via ${typeOf(value)}`)
    switch (value.kind) {
      case 'nil':
        this.out.add('null', value.origin)
        return
      case 'bool':
        this.out.add(String(value.value), value.origin)
        return
      case 'int':
        this.out.add(String(value.value), value.origin)
        return
      case 'float':
        this.out.add(jsonNumber(value.value), value.origin, 0)
        return
      case 'string':
        this.#string(value)
        return
      case 'time':
        this.#string(textOf(formatTime(value, RFC3339_NANO), value.origin))
        return
      case 'list':
        this.#list(value, margin, depth)
        return
      case 'map': {
        if (value.isNil) {
          this.out.add('null', value.origin)
          return
        }
        const entries = sortedKeys(value, compareBytes).flatMap((key) => value.entries.get(key) ?? [])
        this.#entries(
          value,
          entries.map(({ key, value: item }) => [key, item] as const),
          margin,
          depth,
        )
        return
      }
      case 'struct':
        if (value.string !== undefined) this.#string(textOf(value.string, value.origin))
        else
          this.#entries(
            value,
            (value.json ?? [...value.fields]).map(([name, field]) => [textOf(name, value.origin), field] as const),
            margin,
            depth,
          )
        return
      case 'complex':
        throw new GoError(`json: unsupported type: ${typeOf(value)}`)
    }
  }

  #list(value: GoList, margin: string, depth: number): void {
    if (value.isNil) {
      this.out.add('null', value.origin)
      return
    }
    if (value.type === '[]uint8') {
      this.out.add(JSON.stringify(encodeBase64(bytesOf(value))), value.origin)
      return
    }
    this.#bracketed('[]', value, value.items.length, margin, (i, inner) => {
      const item = value.items[i]
      if (item) this.value(item, inner, depth + 1)
    })
  }

  #entries(of: GoValue, entries: readonly (readonly [GoText, GoValue])[], margin: string, depth: number): void {
    this.#bracketed('{}', of, entries.length, margin, (i, inner) => {
      const entry = entries[i]
      if (!entry) return
      this.#string(entry[0])
      this.out.add(this.#style.indent === '' ? ':' : ': ', this.#added)
      this.value(entry[1], inner, depth + 1)
    })
  }

  #bracketed(brackets: string, of: GoValue, count: number, margin: string, item: (i: number, margin: string) => void): void {
    // That there is nothing in it is what the value says.
    if (count === 0) {
      this.out.add(brackets, originOfValue(of))
      return
    }
    const inner = margin + this.#style.indent
    const pretty = this.#style.indent !== ''
    this.out.add(brackets.charAt(0), this.#added)
    for (let i = 0; i < count; i++) {
      this.out.add((i > 0 ? ',' : '') + (pretty ? `\n${inner}` : ''), this.#added)
      item(i, inner)
    }
    this.out.add((pretty ? `\n${margin}` : '') + brackets.charAt(1), this.#added)
  }

  #string(value: GoText): void {
    const { text } = value
    this.out.add('"', this.#added)
    const special = this.#style.escapeHtml ? SPECIAL_HTML : SPECIAL
    let plain = 0
    special.lastIndex = 0
    for (let match = special.exec(text); match; match = special.exec(text)) {
      if (match.index > plain) this.out.push(slice(value, plain, match.index))
      this.out.add(escaped(match[0]), originOfValue(slice(value, match.index, match.index + match[0].length)))
      plain = match.index + match[0].length
    }
    this.out.push(slice(value, plain))
    this.out.add('"', this.#added)
  }
}

const LONE = '[\\ud800-\\udbff](?![\\udc00-\\udfff])|(?<![\\ud800-\\udbff])[\\udc00-\\udfff]'
const SPECIAL = new RegExp(`["\\\\\\u0000-\\u001f\\u2028\\u2029]|${LONE}`, 'g')
const SPECIAL_HTML = new RegExp(`["\\\\<>&\\u0000-\\u001f\\u2028\\u2029]|${LONE}`, 'g')

const SHORT: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\b': '\\b',
  '\f': '\\f',
}

function escaped(char: string): string {
  const code = char.charCodeAt(0)
  if (code >= 0xd800 && code < 0xe000) return '\\ufffd'
  return SHORT[char] ?? `\\u${code.toString(16).padStart(4, '0')}`
}

/** JavaScript writes numbers as `encoding/json` does, but for the zero below zero. */
export function jsonNumber(value: number): string {
  if (!Number.isFinite(value)) {
    throw new GoError(`json: unsupported value: ${Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf'}`)
  }
  return Object.is(value, -0) ? '-0' : String(value)
}
