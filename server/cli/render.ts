import { type Arguments, UsageError } from './arguments.ts'
import type { Command } from './command.ts'
import type { CliHost } from './host.ts'
import { CHART_OPTIONS, printChart } from './render-chart.ts'
import { printKustomization } from './render-kustomization.ts'

export const render: Command = {
  name: 'render',
  summary: 'Print what a chart or a kustomization becomes, as `helm template` or `kubectl kustomize` would.',
  usage: 'FOLDER',
  options: CHART_OPTIONS,
  details: [
    'FOLDER holds a Chart.yaml or a kustomization; a packed chart (.tgz) will do too. The options are for charts alone. Nothing is fetched, nothing is run and no cluster is asked.',
    'Dependencies of a chart have to be in its folder `charts`. What is random in it is the same every time. With --provenance every line names the object, the path of the value in it, the value, and who has a say in it, the one that decides first.',
    'What kubectl would stop for is told on standard error, and the rest is printed; the exit code is then 1. What stands on a server is left out and told too.',
  ],
  async run(args, host) {
    const [path, ...others] = args.paths
    if (path === undefined || others.length > 0) throw new UsageError('Name one folder with a chart or a kustomization, or a packed chart.')
    if (await isChart(path, host)) return printChart(path, args, host)
    const meant = Object.keys(CHART_OPTIONS).find((name) => isGiven(args, name))
    if (meant !== undefined) throw new UsageError(`--${meant} is for charts, and there is none in ${path}.`)
    return printKustomization(path, host)
  },
}

async function isChart(path: string, host: CliHost): Promise<boolean> {
  return /\.tgz$|\.tar\.gz$/.test(path) || (await host.readFile(`${path}/Chart.yaml`)) !== undefined
}

function isGiven(args: Arguments, option: string): boolean {
  return args.flag(option) || args.text(option) !== undefined || args.texts(option).length > 0
}
