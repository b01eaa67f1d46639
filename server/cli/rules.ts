import { SEVERITIES } from '../model/rule.ts'
import { painter } from '../report/text.ts'
import { compareText } from '../text/path.ts'
import { type Command, wantsColours } from './command.ts'

const FORMATS = ['text', 'json'] as const

export const rules: Command = {
  name: 'rules',
  summary: 'List the rules.',
  usage: '',
  options: { format: { type: 'string', short: 'f', value: FORMATS.join('|'), help: 'What is printed; text without it.' } },
  details: [],
  async run(args, host, product) {
    const format = args.choice('format', FORMATS) ?? 'text'
    const sorted = [...product.rules].sort((a, b) => compareText(a.pillar, b.pillar) || compareText(a.name, b.name))
    if (format === 'json') {
      const list = sorted.map(({ name, title, pillar, severity, since, controls }) => ({
        rule: name,
        title,
        pillar,
        severity,
        since,
        controls,
      }))
      await host.stdout.write(`${JSON.stringify({ rules: list }, null, 2)}\n`)
      return 0
    }
    const paint = painter(wantsColours(host, host.stdout))
    const width = Math.max(...sorted.map(({ name }) => name.length))
    const level = Math.max(...SEVERITIES.map((severity) => severity.length))
    const pillars = [...new Set(sorted.map(({ pillar }) => pillar))].map((pillar) => {
      const own = sorted.filter((rule) => rule.pillar === pillar)
      const lines = own.map(({ name, severity, title }) => `  ${name.padEnd(width)}  ${severity.padEnd(level)}  ${title}`)
      return [paint('bold', `${pillar[0]?.toUpperCase()}${pillar.slice(1)}`), ...lines].join('\n')
    })
    await host.stdout.write(`${pillars.join('\n\n')}\n`)
    return 0
  },
}
