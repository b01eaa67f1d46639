import type { Expression, Template, TemplatePart } from './ast.ts'
import { parseExpression } from './expression.ts'
import { isLetter, type Reader } from './reader.ts'
import { heredocEnds } from './recover.ts'

/** What stands in a row in a template, before `if` and `for` are paired with their ends. */
type Token =
  | { readonly kind: 'text'; text: string; readonly start: number; readonly end: number }
  | { readonly kind: 'interpolation'; readonly value: Expression; readonly start: number; readonly end: number }
  | { readonly kind: 'if'; readonly condition: Expression; readonly start: number; readonly end: number }
  | {
      readonly kind: 'for'
      readonly key: string | undefined
      readonly value: string
      readonly collection: Expression
      readonly start: number
      readonly end: number
    }
  | { readonly kind: 'else' | 'endif' | 'endfor' | 'broken'; readonly start: number; readonly end: number }

/** A template in quotes, whose text ends at the closing quote. */
export function parseQuoted(r: Reader): Template {
  const start = r.at
  r.at++
  const tokens = new Tokens(r)
  for (;;) {
    const from = r.at
    const text = readQuotedText(r)
    if (r.at > from) tokens.text(text, from)
    const code = r.code()
    if (code === 34) {
      r.at++
      break
    }
    if (code === 36 || code === 37) {
      tokens.sequence('"')
      continue
    }
    r.problem(start, r.at, 'This string has no closing quote on its line.')
    break
  }
  return { kind: 'template', form: 'quoted', parts: tokens.tree(), start, end: r.at }
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '"': '"', '\\': '\\' }
const PLAIN = /[^"\\$%\r\n]+/y

/** Text up to a quote, a sequence, or the end of the line. */
function readQuotedText(r: Reader): string {
  let result = ''
  for (;;) {
    PLAIN.lastIndex = r.at
    const plain = PLAIN.exec(r.text)?.[0]
    if (plain !== undefined) {
      result += plain
      r.at += plain.length
    }
    const code = r.code()
    if (code === 92) result += readEscape(r)
    else if (code === 36 || code === 37) {
      const literal = readDollar(r)
      if (literal === undefined) return result
      result += literal
    } else if (code === 13 && r.code(1) !== 10) {
      result += '\r'
      r.at++
    } else return result
  }
}

/** A `$` or `%` that begins no sequence; undefined where it begins one. */
function readDollar(r: Reader): string | undefined {
  const char = r.text.charAt(r.at)
  if (r.code(1) === 123) return undefined
  if (r.code(1) === r.code() && r.code(2) === 123) {
    r.at += 3
    return `${char}{`
  }
  r.at++
  return char
}

function readEscape(r: Reader): string {
  const start = r.at
  const char = r.text.charAt(start + 1)
  const simple = ESCAPES[char]
  if (simple !== undefined) {
    r.at += 2
    return simple
  }
  const digits = char === 'u' ? 4 : char === 'U' ? 8 : 0
  const hex = r.text.slice(start + 2, start + 2 + digits)
  const code = digits > 0 && hex.length === digits && /^[\da-fA-F]+$/.test(hex) ? Number.parseInt(hex, 16) : Number.NaN
  if (code <= 0x10ffff) {
    r.at += 2 + digits
    return String.fromCodePoint(code)
  }
  r.problem(start, start + 2, 'Only \\n, \\r, \\t, \\", \\\\, \\uXXXX and \\UXXXXXXXX are escapes here; a backslash is written as `\\\\`.')
  r.at++
  return '\\'
}

const HEREDOC = /<<(-?)([\p{ID_Start}_][\p{ID_Continue}-]*)\r?\n/uy

/** `<<MARK` or `<<-MARK`; undefined when it is none. Ends behind the closing mark, before its line break. */
export function parseHeredoc(r: Reader): Template | undefined {
  HEREDOC.lastIndex = r.at
  const match = HEREDOC.exec(r.text)
  if (!match) return undefined
  const start = r.at
  r.at += match[0].length
  const mark = match[2] ?? ''
  const tokens = new Tokens(r)
  const closed = !anotherBegins(r, mark) && readLines(r, tokens, (line, end) => r.text.slice(line, end).trim() === mark, start)
  if (!closed) {
    r.problem(start, start + match[0].trimEnd().length, `This text has no end: a line with \`${mark}\` is missing.`)
    const content = start + match[0].length
    r.at = heredocEnds(r, content)
    tokens.dropFrom(r.at)
    if (r.at > start && r.code(-1) === 10) r.at--
    if (r.code(-1) === 13) r.at--
  }
  if (match[1] === '-') tokens.unindent()
  return { kind: 'template', form: 'heredoc', parts: tokens.tree(), start, end: r.at }
}

/**
 * Whether an argument begins a heredoc with the same mark before the next such mark: then the mark is that one's, and
 * this one is only half typed. It cannot be text, because its mark would end the text around it.
 */
function anotherBegins(r: Reader, mark: string): boolean {
  const match = new RegExp(`^[ \\t]*(?:${mark}|[\\w-]+[ \\t]*=[ \\t]*<<-?${mark})[ \\t]*\\r?$`, 'mu').exec(r.text.slice(r.at))
  return match?.[0].includes('<<') ?? false
}

/** Text lines of a heredoc or of a bare template. Whether `isLast` found its end. */
function readLines(r: Reader, tokens: Tokens, isLast: ((start: number, end: number) => boolean) | undefined, opened: number): boolean {
  let lineStart = true
  while (!r.ended) {
    if (lineStart && isLast) {
      const end = r.lineEnd()
      if (isLast(r.at, end)) {
        r.at = end
        return true
      }
    }
    const from = r.at
    const text = readLineText(r)
    if (r.at > from) tokens.text(text, from)
    lineStart = text.endsWith('\n')
    if (!lineStart && !r.ended) tokens.sequence(isLast ? 'line' : 'end', opened)
  }
  return false
}

const LINE = /[^$%\n]+/y

function readLineText(r: Reader): string {
  let result = ''
  for (;;) {
    LINE.lastIndex = r.at
    const plain = LINE.exec(r.text)?.[0]
    if (plain !== undefined) {
      result += plain
      r.at += plain.length
    }
    const code = r.code()
    if (code === 10) {
      r.at++
      return `${result}\n`
    }
    if (!(code === 36 || code === 37)) return result
    const literal = readDollar(r)
    if (literal === undefined) return result
    result += literal
  }
}

/** The text of a file that is a template as a whole. */
export function parseBare(r: Reader): Template {
  const tokens = new Tokens(r)
  readLines(r, tokens, undefined, 0)
  return { kind: 'template', form: 'bare', parts: tokens.tree(), start: 0, end: r.text.length }
}

class Tokens {
  readonly #r: Reader
  readonly #tokens: Token[] = []
  #trim = false

  constructor(r: Reader) {
    this.#r = r
  }

  text(text: string, start: number): void {
    this.#tokens.push({ kind: 'text', text: this.#trim ? text.trimStart() : text, start, end: this.#r.at })
    this.#trim = false
  }

  /** Leaves out what begins at or behind `offset`. */
  dropFrom(offset: number): void {
    while ((this.#tokens[this.#tokens.length - 1]?.start ?? -1) >= offset) this.#tokens.pop()
  }

  /** `${…}` or `%{…}`. @param within where a broken one gives way */
  sequence(within: '"' | 'line' | 'end', opened = this.#r.at): void {
    const r = this.#r
    const start = r.at
    const control = r.code() === 37
    r.at += 2
    if (r.code() === 126) {
      const last = this.#tokens[this.#tokens.length - 1]
      if (last?.kind === 'text') last.text = last.text.trimEnd()
      r.at++
    }
    this.#trim = false
    const { flat, comments } = r
    r.flat = true
    const token = control ? this.#directive(start) : { kind: 'interpolation' as const, value: parseExpression(r) }
    r.skip()
    r.flat = flat
    let closed = true
    if (r.code() === 126 && r.code(1) === 125) {
      this.#trim = true
      r.at += 2
    } else if (r.code() === 125) r.at++
    else {
      closed = false
      r.problem(start, start + 2, `\`${control ? '%{' : '${'}\` is not closed: \`}\` is missing.`)
      this.#resync(start, within, opened)
    }
    // What looked like a comment in a broken sequence may be text.
    if (!closed) while ((comments[comments.length - 1]?.start ?? -1) >= start) comments.pop()
    this.#tokens.push({ ...token, start, end: r.at } as Token)
  }

  #resync(start: number, within: '"' | 'line' | 'end', opened: number): void {
    const r = this.#r
    const end = r.lineEnd(start)
    let at = Math.min(r.at, end)
    if (r.at <= end) while (at < end && r.text.charAt(at) !== '}' && !(within === '"' && r.text.charAt(at) === '"')) at++
    r.at = r.text.charAt(at) === '}' ? at + 1 : at
    if (r.at <= opened) r.at = end
  }

  #directive(
    start: number,
  ):
    | { kind: 'if'; condition: Expression }
    | { kind: 'else' | 'endif' | 'endfor' | 'broken' }
    | Omit<Extract<Token, { kind: 'for' }>, 'start' | 'end'> {
    const r = this.#r
    r.skip()
    const from = r.at
    const word = isLetter(r.code()) ? r.name() : undefined
    if (word === 'if') return { kind: 'if', condition: parseExpression(r) }
    if (word === 'else' || word === 'endif' || word === 'endfor') return { kind: word }
    if (word !== 'for') {
      r.problem(start, Math.max(r.at, from), 'Expected `if`, `else`, `endif`, `for` or `endfor`; a literal `%{` is written as `%%{`.')
      return { kind: 'broken' }
    }
    r.skip()
    let value = r.name() ?? ''
    let key: string | undefined
    r.skip()
    if (r.code() === 44) {
      r.at++
      r.skip()
      key = value
      value = r.name() ?? ''
      r.skip()
    }
    const at = r.at
    if (value === '' || r.name() !== 'in') {
      r.problem(at, at + 1, 'Expected the name of a variable, `in` and a collection.')
      return { kind: 'broken' }
    }
    return { kind: 'for', key, value, collection: parseExpression(r) }
  }

  /** `<<-`: the indentation that all lines have in common is left out. */
  unindent(): void {
    let least = Number.POSITIVE_INFINITY
    let newline = true
    const lines: Extract<Token, { kind: 'text' }>[] = []
    for (const token of this.#tokens) {
      if (newline) {
        newline = false
        if (token.kind !== 'text') least = 0
        else if (token.text.trimStart() !== '' || !token.text.endsWith('\n')) {
          least = Math.min(least, token.text.length - token.text.trimStart().length)
          lines.push(token)
        }
      }
      if (token.kind === 'text' && token.text.endsWith('\n')) newline = true
    }
    for (const token of lines) token.text = token.text.slice(least)
  }

  /** Pairs `if` and `for` with their ends. */
  tree(): TemplatePart[] {
    const at = { index: 0 }
    const parts = this.#parts(at, [], 0)
    return parts
  }

  #parts(at: { index: number }, ends: readonly string[], depth: number): TemplatePart[] {
    const parts: TemplatePart[] = []
    const r = this.#r
    for (;;) {
      const token = this.#tokens[at.index]
      if (!token || ends.includes(token.kind)) return parts
      at.index++
      const { kind, start, end } = token
      if (kind === 'text') {
        if (token.text !== '') parts.push(token)
      } else if (kind === 'interpolation') parts.push(token)
      else if ((kind === 'if' || kind === 'for') && depth > 100) r.problem(start, end, 'This is nested too deeply to be read.')
      else if (kind === 'if') {
        const then = this.#parts(at, ['else', 'endif'], depth + 1)
        let otherwise: TemplatePart[] = []
        if (this.#tokens[at.index]?.kind === 'else') {
          at.index++
          otherwise = this.#parts(at, ['endif'], depth + 1)
        }
        const last = this.#close(at, 'endif', start, end)
        parts.push({ kind, condition: token.condition, then, otherwise, start, end: last })
      } else if (kind === 'for') {
        const body = this.#parts(at, ['endfor'], depth + 1)
        const last = this.#close(at, 'endfor', start, end)
        parts.push({ kind, key: token.key, value: token.value, collection: token.collection, body, start, end: last })
      } else if (kind !== 'broken') r.problem(start, end, `\`${kind}\` without its beginning.`)
    }
  }

  #close(at: { index: number }, kind: string, start: number, end: number): number {
    const token = this.#tokens[at.index]
    if (token?.kind === kind) {
      at.index++
      return token.end
    }
    this.#r.problem(start, end, `\`${kind}\` is missing.`)
    return token?.start ?? this.#r.at
  }
}
