import { connectionRows, connectionsDot, connectionsMermaid, connectionsText } from '../report/network/connections.ts'
import { type Command, wantsColours } from './command.ts'
import { load, PATHS_HELP, WORKSPACE_OPTIONS } from './load.ts'
import { OUTPUT_OPTION, writeOutput } from './output.ts'
import { progressOf } from './progress.ts'

const FORMATS = ['text', 'json', 'dot', 'mermaid'] as const

export const connections: Command = {
  name: 'connections',
  summary: 'List who may connect to whom, as the network policies allow it.',
  usage: '[paths]',
  options: {
    format: { type: 'string', short: 'f', value: FORMATS.join('|'), help: 'What is printed; text without it.' },
    namespace: { type: 'string', short: 'n', value: 'NAME', help: 'Where files go that name no namespace; default without it.' },
    replicas: { type: 'boolean', help: 'Also between the pods of one workload.' },
    ...OUTPUT_OPTION,
    ...WORKSPACE_OPTIONS,
  },
  details: [
    'Every pair of workloads, and workloads with addresses outside the cluster. A connection is possible, not certain, where it depends on something that is not in the files: the labels of a namespace, a value that is set elsewhere, what the network plugin makes of an address block.',
    ...PATHS_HELP,
  ],
  async run(args, host, product) {
    const format = args.choice('format', FORMATS) ?? 'text'
    const progress = progressOf(host)
    const { asked, folder } = await load(args, host, product, progress)
    const rows = connectionRows(asked, { namespace: args.text('namespace') ?? 'default', replicas: args.flag('replicas') })
    progress.end()
    const colours = args.text('output') === undefined && wantsColours(host, host.stdout)
    const forms: Record<(typeof FORMATS)[number], () => string> = {
      text: () => connectionsText(rows, { colours, shown: (path) => folder.shown(path) }),
      json: () => `${JSON.stringify(rows, null, 2)}\n`,
      dot: () => connectionsDot(rows),
      mermaid: () => connectionsMermaid(rows),
    }
    return (await writeOutput(args, host, forms[format]())) ? 0 : 2
  },
}
