import type { HclComment, HclProblem } from './ast.ts'

/** Deeper nesting is no configuration that a person wrote. */
export const MAX_DEPTH = 200
const MAX_PROBLEMS = 100

/** Ends the strict pass at its first problem. */
export class NotStrict extends Error {}

const NAME = /[\p{ID_Start}_][\p{ID_Continue}-]*/uy

/** A position in a text, and what has been said about it. Lines are only told apart where HCL does. */
export class Reader {
  readonly text: string
  at = 0
  depth = 0
  /** Inside brackets a line break is a blank. */
  flat = false
  /** Column of the body item that is being read; -1 outside of one. */
  column = -1
  readonly problems: HclProblem[] = []
  readonly comments: HclComment[] = []
  readonly #recover: boolean

  constructor(text: string, recover: boolean) {
    this.text = text
    this.#recover = recover
  }

  get recovering(): boolean {
    return this.#recover
  }

  code(offset = 0): number {
    return this.text.charCodeAt(this.at + offset)
  }

  get ended(): boolean {
    return this.at >= this.text.length
  }

  starts(text: string): boolean {
    return this.text.startsWith(text, this.at)
  }

  /** Blanks and comments; line breaks too where they mean nothing. */
  skip(): void {
    const { text } = this
    for (;;) {
      const code = text.charCodeAt(this.at)
      if (code === 32 || code === 9 || (code === 13 && text.charCodeAt(this.at + 1) === 10)) this.at++
      else if (code === 10 && this.flat) this.at++
      else if (code === 35 || (code === 47 && text.charCodeAt(this.at + 1) === 47)) this.#lineComment()
      else if (code === 47 && text.charCodeAt(this.at + 1) === 42) this.#blockComment()
      else return
    }
  }

  /** Also line breaks, whatever they mean. */
  skipLines(): void {
    const { flat } = this
    this.flat = true
    this.skip()
    this.flat = flat
  }

  #lineComment(): void {
    let end = this.text.indexOf('\n', this.at)
    if (end < 0) end = this.text.length
    if (end > this.at && this.text.charCodeAt(end - 1) === 13) end--
    this.#comment(end)
  }

  #blockComment(): void {
    const found = this.text.indexOf('*/', this.at + 2)
    const start = this.at
    this.#comment(found < 0 ? this.text.length : found + 2)
    if (found < 0) this.problem(start, start + 2, 'This comment has no end: `*/` is missing.')
  }

  #comment(end: number): void {
    const last = this.comments[this.comments.length - 1]
    // A comment may be passed twice, by one that looks ahead.
    if (!last || last.start < this.at) this.comments.push({ start: this.at, end, text: this.text.slice(this.at, end) })
    this.at = end
  }

  /** Reads a name, with hyphens as HCL allows them. */
  name(): string | undefined {
    const { text } = this
    const start = this.at
    let code = text.charCodeAt(start)
    if (!(isLetter(code) || code === 95)) {
      if (!(code > 127)) return undefined
    } else {
      let end = start + 1
      for (;;) {
        code = text.charCodeAt(end)
        if (isLetter(code) || isDigit(code) || code === 95 || code === 45) end++
        else break
      }
      if (!(code > 127)) {
        this.at = end
        return text.slice(start, end)
      }
    }
    NAME.lastIndex = start
    const match = NAME.exec(text)
    if (!match) return undefined
    this.at += match[0].length
    return match[0]
  }

  problem(start: number, end: number, message: string): void {
    if (!this.#recover) throw new NotStrict(message)
    if (this.problems.length < MAX_PROBLEMS) this.problems.push({ start, end: Math.max(end, start), message })
  }

  /** The start of the line that `offset` is in. */
  lineStart(offset = this.at): number {
    return this.text.lastIndexOf('\n', offset - 1) + 1
  }

  lineEnd(offset = this.at): number {
    const end = this.text.indexOf('\n', offset)
    const stop = end < 0 ? this.text.length : end
    return stop > offset && this.text.charCodeAt(stop - 1) === 13 ? stop - 1 : stop
  }

  columnOf(offset: number): number {
    return offset - this.lineStart(offset)
  }

  /** Whether nothing but blanks stands before `offset` on its line. */
  firstOnLine(offset = this.at): boolean {
    for (let i = offset - 1; i >= 0; i--) {
      const code = this.text.charCodeAt(i)
      if (code === 10) return true
      if (code !== 32 && code !== 9 && code !== 0xfeff) return false
    }
    return true
  }
}

export function isLetter(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90)
}

export function isDigit(code: number): boolean {
  return code >= 48 && code <= 57
}
