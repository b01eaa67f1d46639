import { quote } from '../go/quote.ts'
import { isDigit, isLetter, isPrintable } from '../go/unicode.ts'

export type TokenType =
  | 'error'
  | 'bool'
  | 'char'
  | 'charconst'
  | 'comment'
  | 'complex'
  | ':='
  | '='
  | 'EOF'
  | 'field'
  | 'identifier'
  | 'left delim'
  | '('
  | 'number'
  | 'pipe'
  | 'raw string'
  | 'right delim'
  | ')'
  | 'space'
  | 'string'
  | 'text'
  | 'variable'
  | '.'
  | Keyword

export const KEYWORDS = ['block', 'break', 'continue', 'define', 'else', 'end', 'if', 'nil', 'range', 'template', 'with'] as const
export type Keyword = (typeof KEYWORDS)[number]
const KEYWORD_SET: ReadonlySet<string> = new Set([...KEYWORDS, '.'])

export interface Token {
  readonly type: TokenType
  /** UTF-16 offset in the template. */
  readonly pos: number
  readonly value: string
  /** One-based. */
  readonly line: number
}

/** How Go names a token in "unexpected …". */
export function describeToken(token: Token): string {
  if (token.type === 'EOF') return 'EOF'
  if (token.type === 'error') return token.value
  if (KEYWORD_SET.has(token.type)) return `<${token.value}>`
  const chars = [...token.value]
  return chars.length > 10 ? `${quote(chars.slice(0, 10).join(''))}...` : quote(token.value)
}

const SPACES = ' \t\r\n'

export interface Delimiters {
  readonly left: string
  readonly right: string
}

const DELIMITERS: Delimiters = { left: '{{', right: '}}' }

/**
 * The tokens of a template, with the rules of Go's `text/template/parse`: white space inside actions is a
 * token, trim markers belong to the delimiters, an error is the last token before `EOF`.
 */
export class Lexer {
  #input: string
  readonly #delimiters: Delimiters
  readonly #emitComments: boolean
  #pos = 0
  #start = 0
  #line = 1
  #startLine = 1
  #parens = 0
  #inside = false

  constructor(input: string, emitComments = false, delimiters: Delimiters = DELIMITERS) {
    this.#input = input
    this.#emitComments = emitComments
    this.#delimiters = delimiters
  }

  next(): Token {
    if (this.#inside) return this.#insideAction()
    for (;;) {
      const token = this.#text()
      if (token) return token
    }
  }

  /** A text, or the delimiter or comment after it. Undefined when a comment was passed over. */
  #text(): Token | undefined {
    const { left } = this.#delimiters
    const at = this.#input.indexOf(left, this.#pos)
    if (at < 0) {
      this.#pos = this.#input.length
      if (this.#pos === this.#start) return this.#emit('EOF', 'EOF')
      this.#countLines()
      return this.#emit('text')
    }
    if (at > this.#pos) {
      this.#pos = at
      if (this.#trimsLeft(at + left.length)) while (this.#pos > this.#start && isSpace(this.#input[this.#pos - 1])) this.#pos--
      this.#countLines()
      const token = this.#emit('text')
      this.#pos = at
      this.#ignore()
      if (token.value !== '') return token
    }
    return this.#leftDelimiter()
  }

  #leftDelimiter(): Token | undefined {
    this.#pos += this.#delimiters.left.length
    const marker = this.#trimsLeft(this.#pos) ? 2 : 0
    if (this.#input.startsWith('/*', this.#pos + marker)) {
      this.#pos += marker
      this.#ignore()
      return this.#comment()
    }
    const token = this.#emit('left delim')
    this.#inside = true
    this.#pos += marker
    this.#ignore()
    this.#parens = 0
    return token
  }

  #comment(): Token | undefined {
    const end = this.#input.indexOf('*/', this.#pos + 2)
    if (end < 0) return this.#error('unclosed comment')
    this.#pos = end + 2
    const delimiter = this.#atRightDelimiter()
    if (!delimiter) return this.#error('comment ends before closing delimiter')
    this.#countLines()
    const token = this.#emit('comment')
    this.#pastRightDelimiter(delimiter === 'trim')
    return this.#emitComments ? token : undefined
  }

  #pastRightDelimiter(trim: boolean): void {
    if (trim) this.#pos += 2
    this.#pos += this.#delimiters.right.length
    if (trim) while (isSpace(this.#input[this.#pos])) this.#pos++
    this.#ignore()
  }

  #rightDelimiter(): Token {
    const trim = this.#atRightDelimiter() === 'trim'
    if (trim) {
      this.#pos += 2
      this.#ignore()
    }
    this.#pos += this.#delimiters.right.length
    const token = this.#emit('right delim')
    if (trim) while (isSpace(this.#input[this.#pos])) this.#pos++
    this.#ignore()
    this.#inside = false
    return token
  }

  #insideAction(): Token {
    if (this.#atRightDelimiter()) return this.#parens === 0 ? this.#rightDelimiter() : this.#error('unclosed left paren')
    const char = this.#char()
    if (char === '') return this.#error('unclosed action')
    if (isSpace(char)) return this.#space()
    this.#pos += char.length
    switch (char) {
      case '=':
        return this.#emit('=')
      case ':':
        if (this.#input[this.#pos] !== '=') return this.#error('expected :=')
        this.#pos++
        return this.#emit(':=')
      case '|':
        return this.#emit('pipe')
      case '"':
        return this.#quoted('"', 'string', 'unterminated quoted string')
      case "'":
        return this.#quoted("'", 'charconst', 'unterminated character constant')
      case '`':
        return this.#rawString()
      case '$':
        return this.#fieldOrVariable('variable')
      case '(':
        this.#parens++
        return this.#emit('(')
      case ')':
        if (--this.#parens < 0) return this.#error('unexpected right paren')
        return this.#emit(')')
    }
    if (char === '.' && this.#pos < this.#input.length && !/\d/.test(this.#input[this.#pos] ?? '')) return this.#fieldOrVariable('field')
    if (char === '.' || char === '+' || char === '-' || (char >= '0' && char <= '9')) {
      this.#pos -= char.length
      return this.#number()
    }
    if (isAlphaNumeric(char)) return this.#identifier()
    if (char.charCodeAt(0) < 0x80 && isPrintable(char)) return this.#emit('char')
    return this.#error(`unrecognized character in action: ${describeChar(char)}`)
  }

  #space(): Token {
    let count = 0
    while (isSpace(this.#input[this.#pos])) {
      if (this.#input[this.#pos] === '\n') this.#line++
      this.#pos++
      count++
    }
    // The last space may belong to a trim-marked closing delimiter.
    if (this.#input[this.#pos] === '-' && this.#input.startsWith(this.#delimiters.right, this.#pos + 1)) {
      this.#pos--
      if (this.#input[this.#pos] === '\n') this.#line--
      if (count === 1) return this.#rightDelimiter()
    }
    return this.#emit('space')
  }

  #identifier(): Token {
    this.#acceptAlphaNumeric()
    const word = this.#input.slice(this.#start, this.#pos)
    if (!this.#atTerminator()) return this.#error(`bad character ${describeChar(this.#char())}`)
    const keyword = KEYWORDS.find((each) => each === word)
    if (keyword) return this.#emit(keyword)
    return this.#emit(word === 'true' || word === 'false' ? 'bool' : 'identifier')
  }

  #fieldOrVariable(type: 'field' | 'variable'): Token {
    if (this.#atTerminator()) return this.#emit(type === 'variable' ? 'variable' : '.')
    this.#acceptAlphaNumeric()
    if (!this.#atTerminator()) return this.#error(`bad character ${describeChar(this.#char())}`)
    return this.#emit(type)
  }

  #atTerminator(): boolean {
    const char = this.#input[this.#pos]
    if (char === undefined || isSpace(char) || '.,|:)('.includes(char)) return true
    return this.#input.startsWith(this.#delimiters.right, this.#pos)
  }

  #quoted(mark: string, type: 'string' | 'charconst', unterminated: string): Token {
    for (;;) {
      const char = this.#char()
      this.#pos += char.length
      if (char === mark) return this.#emit(type)
      const escaped = char === '\\' ? this.#char() : undefined
      if (escaped !== undefined) this.#pos += escaped.length
      const last = escaped ?? char
      if (last === '' || last === '\n') return this.#error(unterminated)
    }
  }

  #rawString(): Token {
    const end = this.#input.indexOf('`', this.#pos)
    if (end < 0) {
      this.#line += countNewlines(this.#input, this.#pos, this.#input.length)
      return this.#error('unterminated raw quoted string')
    }
    this.#line += countNewlines(this.#input, this.#pos, end)
    this.#pos = end + 1
    return this.#emit('raw string')
  }

  #number(): Token {
    const bad = (): Token => this.#error(`bad number syntax: ${quote(this.#input.slice(this.#start, this.#pos))}`)
    if (!this.#scanNumber()) return bad()
    const sign = this.#input[this.#pos]
    if (sign !== '+' && sign !== '-') return this.#emit('number')
    if (!this.#scanNumber() || this.#input[this.#pos - 1] !== 'i') return bad()
    return this.#emit('complex')
  }

  #scanNumber(): boolean {
    this.#accept('+-')
    let digits = '0123456789_'
    if (this.#accept('0')) {
      if (this.#accept('xX')) digits = '0123456789abcdefABCDEF_'
      else if (this.#accept('oO')) digits = '01234567_'
      else if (this.#accept('bB')) digits = '01_'
    }
    this.#acceptRun(digits)
    if (this.#accept('.')) this.#acceptRun(digits)
    if ((digits.length === 11 && this.#accept('eE')) || (digits.length === 23 && this.#accept('pP'))) {
      this.#accept('+-')
      this.#acceptRun('0123456789_')
    }
    this.#accept('i')
    const next = this.#char()
    if (!isAlphaNumeric(next)) return true
    this.#pos += next.length
    return false
  }

  #accept(valid: string): boolean {
    const char = this.#input[this.#pos]
    if (char === undefined || !valid.includes(char)) return false
    this.#pos++
    return true
  }

  #acceptRun(valid: string): void {
    while (this.#accept(valid));
  }

  #acceptAlphaNumeric(): void {
    for (let char = this.#char(); isAlphaNumeric(char); char = this.#char()) this.#pos += char.length
  }

  #trimsLeft(at: number): boolean {
    return this.#input[at] === '-' && isSpace(this.#input[at + 1])
  }

  #atRightDelimiter(): 'plain' | 'trim' | undefined {
    const { right } = this.#delimiters
    if (this.#input.startsWith(right, this.#pos)) return 'plain'
    if (!isSpace(this.#input[this.#pos]) || this.#input[this.#pos + 1] !== '-') return undefined
    return this.#input.startsWith(right, this.#pos + 2) ? 'trim' : undefined
  }

  /** The code point at the position; '' at the end. */
  #char(): string {
    const code = this.#input.codePointAt(this.#pos)
    return code === undefined ? '' : String.fromCodePoint(code)
  }

  #countLines(): void {
    this.#line += countNewlines(this.#input, this.#start, this.#pos)
  }

  #ignore(): void {
    this.#countLines()
    this.#start = this.#pos
    this.#startLine = this.#line
  }

  #emit(type: TokenType, value = this.#input.slice(this.#start, this.#pos)): Token {
    const token: Token = { type, pos: this.#start, value, line: this.#startLine }
    this.#start = this.#pos
    this.#startLine = this.#line
    return token
  }

  #error(message: string): Token {
    const token: Token = { type: 'error', pos: this.#start, value: message, line: this.#startLine }
    this.#input = ''
    this.#pos = 0
    this.#start = 0
    this.#inside = false
    return token
  }
}

function countNewlines(text: string, start: number, end: number): number {
  let count = 0
  for (let at = text.indexOf('\n', start); at >= 0 && at < end; at = text.indexOf('\n', at + 1)) count++
  return count
}

function isSpace(char: string | undefined): boolean {
  return char !== undefined && char !== '' && SPACES.includes(char)
}

function isAlphaNumeric(char: string): boolean {
  return char !== '' && (char === '_' || isLetter(char) || isDigit(char))
}

/** `%#U` */
function describeChar(char: string): string {
  const code = (char.codePointAt(0) ?? 0xffffffff).toString(16).toUpperCase().padStart(4, '0')
  return isPrintable(char) ? `U+${code} '${char}'` : `U+${code}`
}
