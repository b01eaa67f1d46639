import { isPrintable } from './unicode.ts'

const SHORT: Readonly<Record<string, string>> = {
  '\u0007': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
}

/** One character inside a Go literal in `quote`; `ascii` escapes everything beyond ASCII. */
export function quoteChar(char: string, quote: string, ascii = false): string {
  if (char === quote || char === '\\') return `\\${char}`
  const code = char.codePointAt(0) ?? 0
  if (ascii ? code >= 0x20 && code < 0x7f : isPrintable(char)) return char
  const short = SHORT[char]
  if (short) return short
  if (code < 0x20 || code === 0x7f) return `\\x${code.toString(16).padStart(2, '0')}`
  return code < 0x10000 ? `\\u${code.toString(16).padStart(4, '0')}` : `\\U${code.toString(16).padStart(8, '0')}`
}

/** `strconv.Quote`. */
export function quote(text: string, ascii = false): string {
  let result = '"'
  for (const char of text) result += quoteChar(char, '"', ascii)
  return `${result}"`
}

/** Whether `strconv` can write the text between backquotes. */
export function canBackquote(text: string): boolean {
  for (const char of text) {
    const code = char.codePointAt(0) ?? 0
    if (char === '`' || code === 0xfeff || code === 0x7f || (code < 0x20 && char !== '\t')) return false
  }
  return true
}

/** A decoded literal in parts: `raw` is the range of the source that stands for `text`. */
export interface LiteralPart {
  readonly text: string
  readonly start: number
  readonly end: number
}

const SIMPLE: Readonly<Record<string, string>> = {
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
}

/**
 * `strconv.Unquote` of a literal in double quotes, single quotes or backquotes. Runs without an escape are
 * one part, each escape is one. Undefined when it is no valid literal.
 */
export function unquote(literal: string): readonly LiteralPart[] | undefined {
  const mark = literal[0]
  if (literal.length < 2 || mark !== literal[literal.length - 1]) return undefined
  const end = literal.length - 1
  if (mark === '`') {
    const inner = literal.slice(1, end)
    if (inner.includes('`')) return undefined
    // Go drops carriage returns from raw strings.
    return inner.includes('\r') ? [{ text: inner.replaceAll('\r', ''), start: 1, end }] : [{ text: inner, start: 1, end }]
  }
  if (mark !== '"' && mark !== "'") return undefined
  const parts: LiteralPart[] = []
  let plain = 1
  let at = 1
  while (at < end) {
    const char = literal[at]
    if (char === '\n' || char === mark) return undefined
    if (char !== '\\') {
      at++
      continue
    }
    const decoded = decodeEscape(literal, at, mark)
    if (!decoded || at + decoded.length > end) return undefined
    if (at > plain) parts.push({ text: literal.slice(plain, at), start: plain, end: at })
    parts.push({ text: decoded.text, start: at, end: at + decoded.length })
    at += decoded.length
    plain = at
  }
  if (end > plain) parts.push({ text: literal.slice(plain, end), start: plain, end })
  return parts
}

function decodeEscape(literal: string, at: number, mark: string): { text: string; length: number } | undefined {
  const letter = literal[at + 1] ?? ''
  const simple = SIMPLE[letter]
  if (simple !== undefined) return { text: simple, length: 2 }
  if (letter === mark) return { text: letter, length: 2 }
  const digits = letter === 'x' ? 2 : letter === 'u' ? 4 : letter === 'U' ? 8 : 0
  if (digits > 0) {
    const hex = literal.slice(at + 2, at + 2 + digits)
    if (hex.length !== digits || !/^[\da-fA-F]+$/.test(hex)) return undefined
    const code = Number.parseInt(hex, 16)
    if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return undefined
    return { text: String.fromCodePoint(code), length: 2 + digits }
  }
  const octal = /^[0-7]{3}/.exec(literal.slice(at + 1))?.[0]
  if (!octal) return undefined
  const code = Number.parseInt(octal, 8)
  return code > 255 ? undefined : { text: String.fromCodePoint(code), length: 4 }
}
