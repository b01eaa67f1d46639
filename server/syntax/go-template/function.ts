import type { Budget } from './errors.ts'
import type { Frame, Literal } from './provenance.ts'
import type { GoText } from './text.ts'
import type { GoValue } from './value.ts'

/** What a function knows of its call. */
export interface Call {
  /** The function's name in the template: where what it adds of its own comes from. */
  readonly origin: Literal
  readonly frame: Frame
  readonly budget: Budget
  /** Runs a named template, as `include` does. Throws what Go would answer. */
  execute(name: string, data: GoValue): GoText
  /** Runs a text as a template, as `tpl` does, before any clean-up. */
  executeText(text: GoText, data: GoValue): GoText
}

export interface GoFunction {
  /** Go's types of the parameters. */
  readonly params: readonly string[]
  /** The last parameter takes any number of arguments. */
  readonly variadic: boolean
  run(args: readonly GoValue[], call: Call): GoValue
}

export type Functions = ReadonlyMap<string, GoFunction>

/**
 * A function by the types of its parameters, e.g. `func('string, ...interface {}', …)`. The engine checks
 * number and types before it is run.
 */
export function func(signature: string, run: (args: readonly GoValue[], call: Call) => GoValue): GoFunction {
  const types = signature === '' ? [] : signature.split(', ')
  const last = types[types.length - 1] ?? ''
  const variadic = last.startsWith('...')
  return { params: variadic ? [...types.slice(0, -1), last.slice(3)] : types, variadic, run }
}

/** Methods of the values that an engine hands out, by type and name; the receiver is the first argument. */
export type Methods = (value: GoValue, name: string) => GoFunction | undefined
