import { quoteChar } from '../../go/quote.ts'
import type { Origin } from '../provenance.ts'
import { type GoText, slice, textOf } from '../text.ts'
import { bool, float, type GoValue, list, map, nil, originOfValue, setEntry } from '../value.ts'

/** Deeper than this, Go refuses at ten times as much; nothing that people write is. */
const MAX_DEPTH = 1000

/** `json.Unmarshal` into an empty interface. Strings without escapes keep the place of each character. */
export function fromJson(text: GoText): GoValue | { readonly error: string } {
  const reader = new Reader(text)
  try {
    return reader.document()
  } catch (error) {
    if (error instanceof SyntaxProblem) return { error: error.message }
    throw error
  }
}

class SyntaxProblem extends Error {}

class Reader {
  readonly #text: GoText
  readonly #source: string
  #at = 0

  constructor(text: GoText) {
    this.#text = text
    this.#source = text.text
  }

  document(): GoValue {
    const value = this.#value(0)
    this.#space()
    if (this.#at < this.#source.length) this.#invalid('after top-level value')
    return value
  }

  #space(): void {
    while (' \t\r\n'.includes(this.#source.charAt(this.#at)) && this.#at < this.#source.length) this.#at++
  }

  #invalid(context: string): never {
    if (this.#at >= this.#source.length) throw new SyntaxProblem('unexpected end of JSON input')
    const char = String.fromCodePoint(this.#source.codePointAt(this.#at) ?? 0)
    const shown = char === "'" ? "'\\''" : char === '"' ? `'"'` : `'${quoteChar(char, "'")}'`
    throw new SyntaxProblem(`invalid character ${shown} ${context}`)
  }

  #value(depth: number): GoValue {
    if (depth > MAX_DEPTH) throw new SyntaxProblem('exceeded max depth')
    this.#space()
    const start = this.#at
    const char = this.#source.charAt(start)
    switch (char) {
      case '{':
        return this.#object(depth)
      case '[':
        return this.#array(depth)
      case '"':
        return this.#string()
      case 't':
        return this.#word('true', (origin) => bool(true, origin))
      case 'f':
        return this.#word('false', (origin) => bool(false, origin))
      case 'n':
        return this.#word('null', nil)
    }
    const number = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/.exec(this.#source.slice(start, start + 400))?.[0]
    if (number === undefined || number === '') {
      if (char === '-') {
        this.#at++
        return this.#invalid('in numeric literal')
      }
      return this.#invalid('looking for beginning of value')
    }
    this.#at += number.length
    return float(Number(number), this.#originOf(start))
  }

  #originOf(start: number): Origin {
    return originOfValue(slice(this.#text, start, this.#at))
  }

  #word(word: string, make: (origin: Origin) => GoValue): GoValue {
    const start = this.#at
    for (let i = 0; i < word.length; i++, this.#at++) {
      if (this.#source.charAt(this.#at) !== word[i]) this.#invalid(`in literal ${word} (expecting '${word[i]}')`)
    }
    return make(this.#originOf(start))
  }

  #string(): GoText {
    const start = ++this.#at
    let decoded: string | undefined
    let plain = start
    for (;;) {
      const code = this.#source.charCodeAt(this.#at)
      if (Number.isNaN(code)) this.#invalid('in string literal')
      if (code === 0x22) break
      if (code < 0x20) this.#invalid('in string literal')
      if (code !== 0x5c) {
        this.#at++
        continue
      }
      decoded = (decoded ?? '') + this.#source.slice(plain, this.#at)
      decoded += this.#escape()
      plain = this.#at
    }
    const inner = slice(this.#text, start, this.#at)
    const rest = this.#source.slice(plain, this.#at)
    this.#at++
    return decoded === undefined ? inner : textOf(decoded + rest, originOfValue(inner))
  }

  #escape(): string {
    const letter = this.#source.charAt(++this.#at)
    const known = ESCAPES[letter]
    if (known !== undefined) {
      this.#at++
      return known
    }
    if (letter !== 'u') return this.#invalid('in string escape code')
    for (let i = 1; i <= 4; i++) {
      if (!/^[\da-fA-F]$/.test(this.#source.charAt(this.#at + i))) {
        this.#at += i
        return this.#invalid('in \\u hexadecimal character escape')
      }
    }
    const code = Number.parseInt(this.#source.slice(this.#at + 1, this.#at + 5), 16)
    this.#at += 5
    return String.fromCharCode(code)
  }

  #array(depth: number): GoValue {
    const start = this.#at++
    const items: GoValue[] = []
    this.#space()
    if (this.#source.charAt(this.#at) === ']') {
      this.#at++
      return list(items, this.#originOf(start))
    }
    for (;;) {
      items.push(this.#value(depth + 1))
      this.#space()
      const char = this.#source.charAt(this.#at)
      if (char !== ',' && char !== ']') this.#invalid('after array element')
      this.#at++
      if (char === ']') return list(items, originOfValue(slice(this.#text, start, start + 1)))
    }
  }

  #object(depth: number): GoValue {
    const start = this.#at++
    const result = map([], originOfValue(slice(this.#text, start, start + 1)))
    this.#space()
    if (this.#source.charAt(this.#at) === '}') {
      this.#at++
      return result
    }
    for (;;) {
      this.#space()
      if (this.#source.charAt(this.#at) !== '"') this.#invalid('looking for beginning of object key string')
      const key = this.#string()
      this.#space()
      if (this.#source.charAt(this.#at) !== ':') this.#invalid('after object key')
      this.#at++
      setEntry(result, key.text, this.#value(depth + 1), key)
      this.#space()
      const char = this.#source.charAt(this.#at)
      if (char !== ',' && char !== '}') this.#invalid('after object key:value pair')
      this.#at++
      if (char === '}') return result
    }
  }
}

const ESCAPES: Readonly<Record<string, string>> = { '"': '"', '\\': '\\', '/': '/', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }
