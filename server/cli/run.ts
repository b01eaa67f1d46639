import { nearest } from '../text/nearest.ts'
import { readArguments, UsageError } from './arguments.ts'
import type { Command, ExitCode, Product } from './command.ts'
import { COMMANDS } from './commands.ts'
import { commandHelp, GLOBAL_OPTIONS, NAME, overview } from './help.ts'
import { type CliHost, OutputError } from './host.ts'

/**
 * Runs one command and answers the exit code. A mistake of the caller is a sentence on standard error.
 * @param argv what follows the program's name
 */
export async function run(argv: readonly string[], host: CliHost, product: Product): Promise<ExitCode> {
  try {
    const first = argv[0]
    if (first === undefined) {
      await host.stderr.write(overview(COMMANDS))
      return 2
    }
    if (first.startsWith('-')) return await runGlobal(argv, host, product)
    if (first === 'help') return await runHelp(argv.slice(1), host)
    const { command, rest } = commandOf(argv)
    const help = GLOBAL_OPTIONS['help']
    const args = readArguments(rest, { ...command.options, ...(help ? { help } : {}) })
    if (!args.flag('help')) return await command.run(args, host, product)
    await host.stdout.write(commandHelp(command))
    return 0
  } catch (error) {
    const expected = error instanceof UsageError || error instanceof OutputError
    const message = expected ? error.message : `This should not happen. ${error instanceof Error ? error.stack : error}`
    await host.stderr.write(`${NAME}: ${message}\n`)
    return 2
  }
}

async function runGlobal(argv: readonly string[], host: CliHost, { version }: Product): Promise<ExitCode> {
  const args = readArguments(argv, GLOBAL_OPTIONS)
  if (args.paths.length > 0) throw new UsageError(`Name a command first: ${COMMANDS.map(({ name }) => name).join(', ')}.`)
  await host.stdout.write(args.flag('version') ? `${version}\n` : overview(COMMANDS))
  return 0
}

async function runHelp(words: readonly string[], host: CliHost): Promise<ExitCode> {
  await host.stdout.write(words.length === 0 ? overview(COMMANDS) : commandHelp(commandOf(words).command))
  return 0
}

/** The command whose words the arguments begin with; the longest name counts. */
function commandOf(argv: readonly string[]): { command: Command; rest: readonly string[] } {
  for (const words of [2, 1]) {
    const command = COMMANDS.find(({ name }) => name === argv.slice(0, words).join(' '))
    if (command) return { command, rest: argv.slice(words) }
  }
  const [first = ''] = argv
  const longer = COMMANDS.find(({ name }) => name.startsWith(`${first} `))
  if (longer)
    throw new UsageError(`"${first}" is followed by "${longer.name.slice(first.length + 1)}": ${NAME} ${longer.name} ${longer.usage}`)
  const meant = nearest(
    first,
    COMMANDS.map(({ name }) => name),
  )
  throw new UsageError(
    `There is no command "${first}". ${meant ? `Did you mean ${meant}?` : `There is ${COMMANDS.map(({ name }) => name).join(', ')}.`}`,
  )
}
