import type { AnyRule } from '../model/rule.ts'
import { type Arguments, type Options, UsageError } from './arguments.ts'
import type { CliHost } from './host.ts'
import { nearest } from '../text/nearest.ts'

/** 0: done, nothing to complain about. 1: findings at the threshold. 2: bad usage, or nothing could be done. */
export type ExitCode = 0 | 1 | 2

/** What the commands have to work with. */
export interface Product {
  readonly version: string
  readonly rules: readonly AnyRule[]
  /** Markdown, by rule. */
  readonly pages: ReadonlyMap<string, string>
}

/** One command of the command line; the table in `commands.ts` lists them. */
export interface Command {
  /** One or two words. */
  readonly name: string
  /** One line, for the list of commands. */
  readonly summary: string
  /** What follows the name, e.g. `[paths]`. */
  readonly usage: string
  readonly options: Options
  /** Paragraphs of the command's own help. */
  readonly details: readonly string[]
  run(args: Arguments, host: CliHost, product: Product): Promise<ExitCode>
}

export const RULE_OPTION: Options = {
  rule: { type: 'string', multiple: true, value: 'NAME', help: 'Only this rule; may be given several times.' },
}

/** The rules that were asked for; undefined when none was named. Throws a usage error for one that does not exist. */
export function chosenRules(args: Arguments, { rules }: Product): ReadonlySet<string> | undefined {
  const names = args.texts('rule')
  for (const name of names) requireRule(name, rules)
  return names.length === 0 ? undefined : new Set(names)
}

export function requireRule(name: string, rules: readonly AnyRule[]): AnyRule {
  const found = rules.find((rule) => rule.name === name)
  if (found) return found
  const meant = nearest(
    name,
    rules.map((rule) => rule.name),
  )
  throw new UsageError(`There is no rule "${name}". ${meant ? `Did you mean ${meant}?` : '`kube-zero-trust rules` lists them.'}`)
}

/** Whether a stream shows colours: the user's word first (https://no-color.org), then what it is. */
export function wantsColours({ environment }: CliHost, output: { readonly isTerminal: boolean }): boolean {
  if (environment['NO_COLOR']) return false
  const forced = environment['FORCE_COLOR']
  if (forced !== undefined && forced !== '') return forced !== '0' && forced !== 'false'
  return output.isTerminal && environment['TERM'] !== 'dumb'
}
