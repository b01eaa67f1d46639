import { writeBaseline } from '../analysis/baseline.ts'
import { count } from '../report/printable.ts'
import { audited, entryOf } from './audit.ts'
import { type Command, chosenRules, RULE_OPTION } from './command.ts'
import { load, PATHS_HELP, WORKSPACE_OPTIONS } from './load.ts'
import { OUTPUT_OPTION, writeOutput } from './output.ts'
import { progressOf } from './progress.ts'

export const baselineWrite: Command = {
  name: 'baseline write',
  summary: 'Write down the findings there are, so that an audit reports only new ones.',
  usage: '[paths]',
  options: { ...OUTPUT_OPTION, ...RULE_OPTION, ...WORKSPACE_OPTIONS },
  details: [
    'Findings are kept by what they are about, not by line: moving text or renaming files makes nothing new. Commit the file, and write it again when an audit says that entries are gone.',
    ...PATHS_HELP,
  ],
  async run(args, host, product) {
    const rules = chosenRules(args, product)
    const progress = progressOf(host)
    const { findings, summary } = audited(await load(args, host, product, progress), host, rules, false, progress)
    progress.end()
    if (summary.objects === 0) {
      await host.stderr.write('kube-zero-trust: Nothing was analysed: no Kubernetes object was found in plain manifests there.\n')
      return 2
    }
    if (!(await writeOutput(args, host, writeBaseline(findings.map(entryOf))))) return 2
    const path = args.text('output')
    if (path !== undefined) await host.stderr.write(`${count(findings.length, 'finding')} written to ${path}.\n`)
    return 0
  },
}
