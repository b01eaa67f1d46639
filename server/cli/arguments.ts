import { parseArgs } from 'node:util'
import { nearest } from '../text/nearest.ts'

/** A mistake of whoever called the command: said on standard error, exit code 2. */
export class UsageError extends Error {}

interface Option {
  readonly type: 'string' | 'boolean'
  /** May be given several times. */
  readonly multiple?: boolean
  readonly short?: string
  /** How the help names the value; with `|` it is one of several. */
  readonly value?: string
  readonly help: string
}
export type Options = Readonly<Record<string, Option>>

/** What was written after the command's name, checked against its options. */
export class Arguments {
  readonly paths: readonly string[]
  readonly #values: Readonly<Record<string, unknown>>

  constructor(paths: readonly string[], values: Readonly<Record<string, unknown>>) {
    this.paths = paths
    this.#values = values
  }

  /** Without the first words, which say something else than where to look. */
  after(words: number): Arguments {
    return new Arguments(this.paths.slice(words), this.#values)
  }

  /** With one of the words alone. */
  only(word: number): Arguments {
    return new Arguments(this.paths.slice(word, word + 1), this.#values)
  }

  text(name: string): string | undefined {
    const value = this.#values[name]
    return typeof value === 'string' ? value : undefined
  }

  texts(name: string): readonly string[] {
    const value = this.#values[name]
    return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
  }

  flag(name: string): boolean {
    return this.#values[name] === true
  }

  /** Throws a usage error when it is none of `choices`. */
  choice<C extends string>(name: string, choices: readonly C[]): C | undefined {
    const value = this.text(name)
    if (value === undefined) return undefined
    const chosen = choices.find((choice) => choice === value)
    if (chosen === undefined) throw new UsageError(`--${name} must be one of ${choices.join(', ')}, not "${value}".`)
    return chosen
  }
}

/** Throws a usage error for what the options do not know. */
export function readArguments(args: readonly string[], options: Options): Arguments {
  const config = Object.fromEntries(
    Object.entries(options).map(([name, { type, multiple = false, short }]) => [name, { type, multiple, ...(short ? { short } : {}) }]),
  )
  try {
    const { values, positionals } = parseArgs({ args: [...args], options: config, allowPositionals: true })
    return new Arguments(positionals, values)
  } catch (error) {
    throw new UsageError(explain(error, options))
  }
}

function explain(error: unknown, options: Options): string {
  const message = error instanceof Error ? error.message : String(error)
  const unknown = /Unknown option '(-[^']+)'/.exec(message)?.[1]
  if (!unknown) return message.split('\n')[0] ?? message
  const meant = nearest(unknown.replace(/^-+/, ''), Object.keys(options))
  return `There is no option ${unknown}.${meant ? ` Did you mean --${meant}?` : ''}`
}
