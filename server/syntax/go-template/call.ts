import type { Budget } from './errors.ts'
import type { Call } from './function.ts'
import { type Frame, type Literal, noteCall } from './provenance.ts'
import type { GoText } from './text.ts'
import type { GoValue } from './value.ts'

/** The execution that calls a function. */
export interface Caller {
  readonly budget: Budget
  include(name: string, data: GoValue, frame: Frame): GoText
  executeText(text: GoText, data: GoValue, frame: Frame): GoText
}

/** One call: there are millions of them, so what it can do is not made anew for each. */
export class FunctionCall implements Call {
  readonly origin: Literal
  readonly frame: Frame
  readonly #caller: Caller

  constructor(origin: Literal, frame: Frame, caller: Caller) {
    this.origin = origin
    this.frame = frame
    this.#caller = caller
  }

  get budget(): Budget {
    return this.#caller.budget
  }

  execute(name: string, data: GoValue): GoText {
    return noteCall(this.frame, this.#caller.include(name, data, this.frame))
  }

  executeText(text: GoText, data: GoValue): GoText {
    return noteCall(this.frame, this.#caller.executeText(text, data, this.frame))
  }
}
