import type { TextOptions } from '../report/text.ts'
import type { Arguments, Options } from './arguments.ts'
import { type ExitCode, type Product, wantsColours } from './command.ts'
import type { CliHost } from './host.ts'
import { type Loaded, load, PATHS_HELP, WORKSPACE_OPTIONS } from './load.ts'
import { OUTPUT_OPTION, writeOutput } from './output.ts'
import { progressOf } from './progress.ts'

const FORMATS = ['text', 'json', 'mermaid'] as const

/** The options of every command that answers a question about permissions. */
export const ANSWER_OPTIONS: Options = {
  format: { type: 'string', short: 'f', value: FORMATS.join('|'), help: 'What is printed; text without it.' },
  ...OUTPUT_OPTION,
  ...WORKSPACE_OPTIONS,
}

export const ANSWER_HELP: readonly string[] = [
  'The answer is what Kubernetes’ RBAC decides from these files and the roles that every cluster has. What other authorizers add is not known here.',
  ...PATHS_HELP,
]

/** The forms of an answer. */
interface Forms<R> {
  readonly text: (report: R, options: TextOptions) => string
  readonly mermaid: (report: R) => string
}

/** Reads the files that the arguments after the first `words` name, and prints what `ask` answers about them. */
export async function answer<R>(
  args: Arguments,
  words: number,
  host: CliHost,
  product: Product,
  ask: (loaded: Loaded) => R,
  forms: Forms<R>,
): Promise<ExitCode> {
  const format = args.choice('format', FORMATS) ?? 'text'
  const progress = progressOf(host)
  const loaded = await load(args.after(words), host, product, progress)
  const report = ask(loaded)
  progress.end()
  const shown = (path: string): string => loaded.folder.shown(path)
  const colours = args.text('output') === undefined && wantsColours(host, host.stdout)
  const text =
    format === 'json'
      ? `${JSON.stringify(report, null, 2)}\n`
      : format === 'text'
        ? forms.text(report, { colours, shown })
        : forms.mermaid(report)
  return (await writeOutput(args, host, text)) ? 0 : 2
}
