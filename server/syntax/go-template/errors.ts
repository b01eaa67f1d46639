import { utf8Length } from '../go/utf8.ts'
import { quote } from '../go/quote.ts'
import type { TemplateSource } from './provenance.ts'

/** What a function answers instead of a value. Thrown inside the engine only. */
export class GoError extends Error {
  readonly inner: GoError | undefined
  /** Written by the chart's author with `fail` or `required`. */
  readonly own: string | undefined

  constructor(message: string, inner?: GoError, own?: string) {
    super(message)
    this.inner = inner
    this.own = own
  }
}

/** An error with the place in a template where it arose, in Go's words. */
export class ExecError extends GoError {
  readonly source: TemplateSource
  readonly pos: number
  /** What is printed of the node. */
  readonly context: string
  /** Without the place. */
  readonly reason: string

  constructor(source: TemplateSource, pos: number, template: string, context: string, reason: string, inner?: GoError) {
    super(`template: ${location(source, pos)}: executing ${quote(template)} at <${context}>: ${reason}`, inner)
    this.source = source
    this.pos = pos
    this.context = context
    this.reason = reason
  }
}

/** `file:line:column`, the column in bytes from zero. */
function location(source: TemplateSource, pos: number): string {
  const before = source.text.slice(0, pos)
  const newline = before.lastIndexOf('\n')
  const line = before.split('\n').length
  return `${source.name}:${line}:${utf8Length(before.slice(newline + 1))}`
}

/** A bound of the engine was reached: the template loops, or makes too much. */
export class LimitError extends GoError {
  place: { readonly source: TemplateSource; readonly pos: number } | undefined
}

/** Nothing that a chart for people does comes near these. */
export interface Limits {
  readonly steps: number
  /** Characters of output, and of all strings that functions make. */
  readonly output: number
  readonly strings: number
}

export const LIMITS: Limits = { steps: 4_000_000, output: 32_000_000, strings: 256_000_000 }

export class Budget {
  readonly #limits: Limits
  #steps = 0
  #output = 0
  #strings = 0

  constructor(limits: Limits = LIMITS) {
    this.#limits = limits
  }

  step(): void {
    if (++this.#steps > this.#limits.steps) {
      throw new LimitError(`stopped after ${this.#limits.steps.toLocaleString('en')} steps: does it loop?`)
    }
  }

  write(length: number): void {
    this.#output += length
    if (this.#output > this.#limits.output) {
      throw new LimitError(`stopped after ${this.#limits.output.toLocaleString('en')} characters of output`)
    }
  }

  /** To be called before a long string or list is made. */
  allocate(length: number): void {
    this.#strings += length
    if (this.#strings > this.#limits.strings) {
      throw new LimitError(`stopped after functions made ${this.#limits.strings.toLocaleString('en')} characters`)
    }
  }
}
