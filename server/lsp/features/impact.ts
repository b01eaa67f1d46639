import type { Analysis } from '../../analysis/analyse.ts'
import { settle } from '../../model/facts.ts'
import { describeConnections } from '../../model/network/sets/connections.ts'
import { type ChangedPair, type Impact, impactOf } from '../../report/network/impact.ts'
import { endName } from '../../report/network/ends.ts'
import { code, literal } from '../../report/markdown.ts'
import { count } from '../../report/printable.ts'
import type { Feature, Lens, View } from '../feature.ts'
import { inEnvironments, writtenIn } from './subjects.ts'

/** What the edits of a file do to connections, compared with what is saved: said above the first object that differs. */
export const impactFeature: Feature = {
  name: 'impact',
  lenses(analysis, file, _today, saved) {
    const before = saved(file)
    if (!before) return []
    const impacts = impactOf(before, analysis)
    for (const { model } of before.environments) settle(model)
    if (impacts.length === 0) return []
    const old = new Set([...before.units.values()].flatMap((unit) => unit.objects))
    const written = writtenIn(analysis, file, () => true)
    // In values, patches and modules no object begins: there it stands above the first line.
    const { span } = written.find(({ seen }) => seen.some(({ object }) => !old.has(object))) ?? written[0] ?? { span: { start: 0, end: 0 } }
    const alike = new Map<string, string[]>()
    for (const impact of impacts) alike.set(summary(impact), [...(alike.get(summary(impact)) ?? []), impact.environment])
    return [...alike].slice(0, MOST_LENSES).map(([said, names]): Lens => {
      const where = inEnvironments(names.length === analysis.environments.length ? [] : names)
      return { file, span, title: `since it was saved: ${where}${said}`, view: { view: 'impact', parameters: { file } } }
    })
  },
  views: {
    impact: (analysis, { file = '' }, saved) => impactView(file, saved(file), analysis),
  },
}

/** Environments in which different things change are soon too many to be read. */
const MOST_LENSES = 3

function summary({ opened, closed }: Impact): string {
  if (closed.length === 0) return `opens ${count(opened.length, 'connection')}`
  if (opened.length === 0) return `closes ${count(closed.length, 'connection')}`
  return `opens ${count(opened.length, 'connection')}, closes ${closed.length}`
}

/** Nobody reads more of a list. */
const MOST_LINES = 200

function impactView(file: string, before: Analysis | undefined, after: Analysis): View {
  const impacts = before ? impactOf(before, after) : []
  const parts = impacts.flatMap(({ environment, opened, closed }) => [
    ...(after.environments.length > 1 ? [`## ${literal(environment)}`] : []),
    ...part('Opened', opened),
    ...part('Closed', closed),
  ])
  const said = parts.length === 0 ? 'What is not saved of it changes no connection.' : parts.join('\n\n')
  return { title: 'Changed Connections.md', text: `# Connections changed since ${code(file)} was saved\n\n${said}\n` }
}

function part(title: string, pairs: readonly ChangedPair[]): string[] {
  if (pairs.length === 0) return []
  const lines = pairs
    .slice(0, MOST_LINES)
    .map(({ from, to, connections }) => `- ${name(from)} to ${name(to)} on ${describeConnections(connections)}`)
  const rest = pairs.length > MOST_LINES ? [`- and ${pairs.length - MOST_LINES} more`] : []
  return [`### ${title} (${pairs.length})`, [...lines, ...rest].join('\n')]
}

function name(end: ChangedPair['from']): string {
  return end === 'internet' ? 'addresses outside the cluster' : endName(end, '')
}
