import { DNS_ID, isDns } from '../model/network/cluster.ts'
import type { Reachability } from '../model/network/reachability.ts'
import { parseAddress } from '../model/network/sets/addresses.ts'
import { ALL, type Connections, ports, PROTOCOL_NUMBERS } from '../model/network/sets/connections.ts'
import { describe } from '../model/object.ts'
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

/** `8080`, `udp/53`, `53/udp`; undefined for what is no port. Throws a usage error for a number that none can have. */
function portOf(word: string): Connections | undefined {
  const parts = /^(?:(tcp|udp|sctp)\/)?(\d+)(?:\/(tcp|udp|sctp))?$/i.exec(word)
  if (!parts) return undefined
  const number = Number(parts[2])
  if (number < 1 || number > 65_535) throw new UsageError(`There is no port ${word}: ports are numbers from 1 to 65535.`)
  return ports(PROTOCOL_NUMBERS.get((parts[1] ?? parts[3] ?? 'TCP').toUpperCase()) ?? 6, number)
}

/** An address of the internet that stands for all that no policy names. */
const SOMEWHERE_OUTSIDE = '1.1.1.1'

/** Throws a usage error when several workloads have the name. */
function peerOf(word: string, reachability: Reachability): NamedPeer | undefined {
  const address = parseAddress(word === 'internet' ? SOMEWHERE_OUTSIDE : word)
  if (address !== undefined) return { name: word === 'internet' ? `the internet (${SOMEWHERE_OUTSIDE})` : word, peer: address }
  const { endpoints } = reachability.space
  const parts = word.split('/')
  const [name, namespace, kind] = [parts.at(-1), parts.at(-2), parts.at(-3)]
  const found = endpoints.flatMap(({ workload }, peer): NamedPeer[] => {
    const object = workload?.object
    if (!object || object.name !== name || parts.length > 3) return []
    if (namespace !== undefined && object.namespace !== namespace) return []
    if (kind !== undefined && object.kind.toLowerCase() !== kind.toLowerCase()) return []
    return [{ name: describe(object), peer }]
  })
  if (found.length > 1) throw new UsageError(`"${word}" may be ${found.map((each) => each.name.replace(' ', '/')).join(' or ')}: name one.`)
  return found[0] ?? special(word, reachability)
}

function special(word: string, { space }: Reachability): NamedPeer | undefined {
  const peer = space.endpoints.findIndex(({ id, type, workload }) => {
    if (word === 'dns') return id === DNS_ID || (workload !== undefined && isDns(workload))
    return word === 'apiserver' ? type === 'apiserver' : word === 'nodes' && type === 'node'
  })
  const endpoint = space.endpoints[peer]
  return endpoint && { name: word === 'nodes' ? 'the nodes' : endpoint.name, peer }
}
