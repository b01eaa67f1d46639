import type { Arguments, Options } from './arguments.ts'
import type { CliHost } from './host.ts'

export const OUTPUT_OPTION: Options = {
  output: { type: 'string', short: 'o', value: 'FILE', help: 'Write to this file instead of standard output.' },
}

/** Writes where `--output` says. False, and said on standard error, when that cannot be done. */
export async function writeOutput(args: Arguments, host: CliHost, text: string): Promise<boolean> {
  const path = args.text('output')
  if (path === undefined) {
    await host.stdout.write(text)
    return true
  }
  const { problem } = await host.writeFile(path, text)
  if (problem) await host.stderr.write(`kube-zero-trust: ${path} cannot be written: ${problem}\n`)
  return problem === undefined
}
