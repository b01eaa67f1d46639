import type { Span } from '../../../text/span.ts'
import { Exhausted, Failure } from './failure.ts'
import type { Place, Source, Val } from './value.ts'

/** What functions may see of the world: files below the folder that Terraform would run in. */
export interface FileReader {
  /** What has been asked for so far. */
  readonly log: ReadonlySet<string>
  /** The text of a file; a string says why it cannot be read. Paths are relative to the root module. */
  read(path: string): { readonly text: string } | { readonly missing: string }
  /** The path of a file in the workspace; undefined outside of it. */
  resolve(path: string): string | undefined
  /** The files below a folder, relative to it. */
  list(folder: string): readonly string[]
}

/** Each level takes several frames of the stack. */
const MAX_DEPTH = 400

/** Bounds what one unit may take. A configuration that needs more is hostile or broken. */
export class Budget {
  #steps: number
  #depth = 0
  #size: number

  constructor(steps = 3_000_000, size = 60_000_000) {
    this.#steps = steps
    this.#size = size
  }

  step(count = 1): void {
    this.#steps -= count
    if (this.#steps < 0) throw new Exhausted('Evaluating this takes too many steps.')
  }

  /** Room for texts and items that are made. */
  take(size: number): void {
    this.#size -= size
    if (this.#size < 0) throw new Exhausted('Evaluating this makes too much data.')
  }

  down(): void {
    if (this.#depth >= MAX_DEPTH) throw new Failure('Nested too deeply', 'This leads through too many expressions to be evaluated.')
    this.#depth++
  }

  up(): void {
    this.#depth--
  }

  /** The depth, to return to after what was thrown. */
  get depth(): number {
    return this.#depth
  }

  set depth(depth: number) {
    this.#depth = depth
  }
}

/** The names of one module instance, or of a template. */
export interface Scope {
  /**
   * The value that a name and the steps behind it stand for, and how many of the steps that takes: `var` and `x`.
   * Throws a `Failure` when there is none such.
   */
  reference(root: string, steps: readonly Step[]): { readonly value: Val; readonly used: number }
}

/** The name behind a dot, or what computes the key in brackets. */
export type Step = string | (() => Val)

export interface World {
  readonly files: FileReader
  readonly budget: Budget
}

/** Where an expression is evaluated. */
export interface Env {
  readonly scope: Scope
  readonly world: World
  readonly file: string
  /** Variables of `for`, `dynamic` and templates around it, the innermost first. */
  readonly locals: Locals | undefined
  /** The item of the splat around it. */
  readonly item?: Val
  /** Places mean nothing to anybody: a template that is no text of its own. */
  readonly placeless?: boolean
}

export interface Locals {
  readonly names: ReadonlyMap<string, Val>
  readonly outer: Locals | undefined
}

export function withLocals(env: Env, names: ReadonlyMap<string, Val>): Env {
  return { ...env, locals: { names, outer: env.locals } }
}

export function findLocal(env: Env, name: string): Val | undefined {
  for (let locals = env.locals; locals; locals = locals.outer) {
    const found = locals.names.get(name)
    if (found) return found
  }
  return undefined
}

export function placeOf(env: Env, { start, end }: Span): Place {
  return { file: env.file, start, end }
}

const NONE: readonly Source[] = []

export function sourceOf(
  env: Env,
  { start, end }: Span,
  how: Source['how'],
  from: readonly (Source | undefined)[] = [],
): Source | undefined {
  const known = from.length === 0 ? NONE : from.filter((source) => source !== undefined)
  return env.placeless ? known[0] : { file: env.file, start, end, how, from: known }
}
