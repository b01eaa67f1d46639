import type { Reachability } from '../model/network/reachability.ts'
import { ALL, type Connections } from '../model/network/sets/connections.ts'
import { peersNamed, portNamed } from '../report/network/asked.ts'
import { explainReport, explainText, type NamedPeer } from '../report/network/explain.ts'
import { UsageError } from './arguments.ts'
import { type Command, wantsColours } from './command.ts'
import { load, PATHS_HELP, WORKSPACE_OPTIONS } from './load.ts'
import { OUTPUT_OPTION, writeOutput } from './output.ts'
import { progressOf } from './progress.ts'

const FORMATS = ['text', 'json'] as const

export const explain: Command = {
  name: 'explain',
  summary: 'Tell whether one end may connect to another, by which policies, and what would change it.',
  usage: 'FROM TO [PORT] [paths]',
  options: {
    format: { type: 'string', short: 'f', value: FORMATS.join('|'), help: 'What is printed; text without it.' },
    ...OUTPUT_OPTION,
    ...WORKSPACE_OPTIONS,
  },
  details: [
    'An end is a workload as name, namespace/name or Kind/namespace/name; an IP address; or internet, dns, apiserver, nodes. A port is one of the destination’s pods: 8080 (TCP), udp/53.',
    ...PATHS_HELP,
  ],
  async run(args, host, product) {
    const [from, to, third] = args.paths
    if (from === undefined || to === undefined) throw new UsageError('Name both ends: explain shop/web shop/cart 8080.')
    const wanted = third === undefined ? undefined : portOf(third)
    const format = args.choice('format', FORMATS) ?? 'text'
    const progress = progressOf(host)
    const { asked, folder } = await load(args.after(wanted === undefined ? 2 : 3), host, product, progress)
    const find = (reachability: Reachability) => {
      const ends = { from: peerOf(from, reachability), to: peerOf(to, reachability) }
      return ends.from && ends.to ? { from: ends.from, to: ends.to } : undefined
    }
    const report = explainReport(asked, find, wanted ?? ALL)
    progress.end()
    if (!report) {
      const missing = [from, to].filter((word) => asked.environments.every(({ model }) => !peerOf(word, model.facts.reachability)))
      throw new UsageError(
        missing.length === 0 ? `${from} and ${to} are in no environment together.` : `No workload is named ${missing.join(' or ')}.`,
      )
    }
    const colours = args.text('output') === undefined && wantsColours(host, host.stdout)
    const text =
      format === 'json' ? `${JSON.stringify(report, null, 2)}\n` : explainText(report, { colours, shown: (path) => folder.shown(path) })
    return (await writeOutput(args, host, text)) ? 0 : 2
  },
}

/** Undefined for what is no port. Throws a usage error for a number that none can have. */
function portOf(word: string): Connections | undefined {
  const wanted = portNamed(word)
  if (wanted === 'impossible') throw new UsageError(`There is no port ${word}: ports are numbers from 1 to 65535.`)
  return wanted
}

/** Throws a usage error when several workloads have the name. */
function peerOf(word: string, reachability: Reachability): NamedPeer | undefined {
  const [first, ...others] = peersNamed(word, reachability)
  if (first && others.length > 0)
    throw new UsageError(`"${word}" may be ${[first, ...others].map(({ name }) => name.replace(' ', '/')).join(' or ')}: name one.`)
  return first
}
