import { painter } from '../report/text.ts'
import { UsageError } from './arguments.ts'
import { type Command, requireRule, wantsColours } from './command.ts'
import { pageText } from './page.ts'

export const explainRule: Command = {
  name: 'explain-rule',
  summary: 'Say why a rule reports what it reports, and when to turn it off.',
  usage: 'NAME',
  options: {},
  details: [],
  async run(args, host, product) {
    const [name, ...more] = args.paths
    if (name === undefined || more.length > 0) throw new UsageError('Name one rule. `kube-zero-trust rules` lists them.')
    const rule = requireRule(name, product.rules)
    const page = product.pages.get(rule.name) ?? `# ${rule.title}\n`
    const text = pageText(page, painter(wantsColours(host, host.stdout)))
    await host.stdout.write(`${text}\n${rule.name}: ${rule.severity}, ${rule.pillar}, since ${rule.since}\n`)
    return 0
  },
}
