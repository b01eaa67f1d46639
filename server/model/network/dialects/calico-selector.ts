import type { LabelTest } from '../labels.ts'

/** A selector that cannot be read: what is wrong, and where in its text. */
export interface SelectorError {
  readonly error: string
  readonly at: number
}

const MAX_DEPTH = 100
const SPACE = /[ \t]*/y
const NAME = /[A-Za-z0-9_./-]+/y
const STRING = /"([^"]*)"|'([^']*)'/y
const OPERATOR = /==|!=|contains\b|starts[ \t]+with\b|ends[ \t]+with\b|not[ \t]+in\b|notin\b|in\b/y

/**
 * Reads a selector of Calico. Semantics: projectcalico.org/v3: `&&` binds tighter than `||`, `!=` and `not in`
 * match where the label is absent, and the empty text selects everything. `global()` is true of all labels; what
 * it means for namespaces is the caller's matter.
 */
export function parseCalicoSelector(text: string): LabelTest | SelectorError {
  const parser = new Parser(text)
  parser.space()
  if (parser.atEnd) return { op: 'all' }
  const test = parser.alternatives(0)
  if (test === undefined) return parser.failure
  parser.space()
  return parser.atEnd ? test : parser.fail('This does not belong to the expression before it')
}

export function isSelectorError(result: LabelTest | SelectorError): result is SelectorError {
  return 'error' in result
}

class Parser {
  readonly #text: string
  #at = 0
  failure: SelectorError = { error: 'This is no selector', at: 0 }

  constructor(text: string) {
    this.#text = text
  }

  get atEnd(): boolean {
    return this.#at >= this.#text.length
  }

  fail(error: string): SelectorError {
    this.failure = { error, at: this.#at }
    return this.failure
  }

  space(): void {
    this.#take(SPACE)
  }

  alternatives(depth: number): LabelTest | undefined {
    return this.#list('||', 'or', () => this.#list('&&', 'and', () => this.#unary(depth)))
  }

  #list(separator: string, op: 'and' | 'or', item: () => LabelTest | undefined): LabelTest | undefined {
    const of: LabelTest[] = []
    do {
      const test = item()
      if (test === undefined) return undefined
      of.push(test)
      this.space()
    } while (this.#literal(separator))
    return of.length === 1 ? of[0] : { op, of }
  }

  #unary(depth: number): LabelTest | undefined {
    let negated = false
    this.space()
    while (this.#literal('!')) {
      negated = !negated
      this.space()
    }
    const test = this.#primary(depth)
    return test && negated ? { op: 'not', of: test } : test
  }

  #primary(depth: number): LabelTest | undefined {
    if (this.#literal('(')) {
      if (depth >= MAX_DEPTH) return this.#none('The parentheses are nested too deep')
      const inside = this.alternatives(depth + 1)
      this.space()
      if (inside !== undefined && !this.#literal(')')) return this.#none('A closing parenthesis is missing')
      return inside
    }
    const start = this.#at
    const name = this.#take(NAME)?.[0]
    if (name === undefined) return this.#none('A label, `has(…)`, `all()` or a parenthesis is missing')
    if (name === 'all' || name === 'global' || name === 'has') {
      const call = this.#call(name)
      if (call !== null) return call
    }
    this.space()
    const operator = this.#take(OPERATOR)?.[0].replace(/[ \t]+/g, ' ')
    if (operator === undefined) {
      if (this.atEnd) this.#at = start
      return this.#none(`After the label \`${name}\` an operator is missing, like \`==\`, \`in\` or \`contains\``)
    }
    this.space()
    return this.#compare(name, operator)
  }

  /** `all()`, `global()`, `has(name)`; null when the word turns out to be a label's name. */
  #call(name: 'all' | 'global' | 'has'): LabelTest | undefined | null {
    const back = this.#at
    this.space()
    if (!this.#literal('(')) {
      this.#at = back
      return null
    }
    this.space()
    const key = name === 'has' ? this.#take(NAME)?.[0] : ''
    if (key === undefined) return this.#none('`has` needs the name of a label')
    this.space()
    if (!this.#literal(')')) return this.#none('A closing parenthesis is missing')
    return name === 'has' ? { op: 'has', key } : name === 'all' ? { op: 'all' } : { op: 'global' }
  }

  #compare(key: string, operator: string): LabelTest | undefined {
    if (operator === 'in' || operator === 'not in' || operator === 'notin') {
      const values = this.#values()
      if (!values) return undefined
      const test: LabelTest = { op: 'in', key, values }
      return operator === 'in' ? test : { op: 'not', of: test }
    }
    const value = this.#string()
    if (value === undefined) return this.#none('A value in quotes is missing')
    switch (operator) {
      case '==':
        return { op: 'in', key, values: [value] }
      case '!=':
        return { op: 'not', of: { op: 'in', key, values: [value] } }
      case 'contains':
        return { op: 'contains', key, value }
      case 'starts with':
        return { op: 'starts', key, value }
      default:
        return { op: 'ends', key, value }
    }
  }

  #values(): string[] | undefined {
    if (!this.#literal('{')) {
      this.fail('A set like {"a", "b"} is missing')
      return undefined
    }
    const values: string[] = []
    this.space()
    while (!this.#literal('}')) {
      if (values.length > 0 && !this.#literal(',')) {
        this.fail('A comma or the closing brace is missing')
        return undefined
      }
      this.space()
      const value = this.#string()
      if (value === undefined) {
        this.fail('A value in quotes is missing')
        return undefined
      }
      values.push(value)
      this.space()
    }
    return values
  }

  #string(): string | undefined {
    const found = this.#take(STRING)
    return found ? (found[1] ?? found[2]) : undefined
  }

  #none(error: string): undefined {
    this.fail(error)
    return undefined
  }

  #literal(text: string): boolean {
    if (!this.#text.startsWith(text, this.#at)) return false
    this.#at += text.length
    return true
  }

  #take(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#text)
    if (found) this.#at = pattern.lastIndex
    return found
  }
}
