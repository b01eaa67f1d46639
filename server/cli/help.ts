import type { Options } from './arguments.ts'
import type { Command } from './command.ts'

export const NAME = 'kube-zero-trust'
const WIDTH = 88

export const GLOBAL_OPTIONS: Options = {
  help: { type: 'boolean', short: 'h', help: 'This help.' },
  version: { type: 'boolean', help: 'The version.' },
}

export function overview(commands: readonly Command[]): string {
  return [
    `Usage: ${NAME} <command> [options]`,
    '',
    'Checks Kubernetes manifests for what breaks zero trust. Nothing is executed, and nothing leaves this machine.',
    '',
    ...columns(commands.map(({ name, usage, summary }) => [`${name} ${usage}`.trim(), summary])),
    '',
    ...columns(optionRows(GLOBAL_OPTIONS)),
    '',
    `\`${NAME} <command> --help\` tells more.`,
    '',
  ].join('\n')
}

export function commandHelp({ name, usage, summary, options, details }: Command): string {
  return [
    `Usage: ${NAME} ${name} ${usage} [options]`.replace('  ', ' '),
    '',
    ...wrap(summary, WIDTH),
    '',
    ...columns(optionRows({ ...options, help: { type: 'boolean', short: 'h', help: 'This help.' } })),
    ...details.flatMap((paragraph) => ['', ...wrap(paragraph, WIDTH)]),
    '',
  ].join('\n')
}

function optionRows(options: Options): [string, string][] {
  return Object.entries(options).map(([name, { short, value, help }]) => {
    const choices = value?.includes('|')
    const written = `${short ? `-${short}, ` : ''}--${name}${value && !choices ? ` ${value}` : ''}`
    return [written, choices ? `${help} One of ${value?.split('|').join(', ')}.` : help]
  })
}

function columns(rows: readonly (readonly [string, string])[]): string[] {
  const left = Math.max(...rows.map(([name]) => name.length)) + 4
  return rows.flatMap(([name, text]) => {
    const lines = wrap(text, Math.max(30, WIDTH - left))
    return lines.map((line, i) => (i === 0 ? `  ${name}`.padEnd(left) : ' '.repeat(left)) + line)
  })
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}
