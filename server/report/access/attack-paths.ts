import type { Analysis } from '../../analysis/analyse.ts'
import type { AttackPath, Step } from '../../model/access/paths.ts'
import { anchorOf } from '../../model/access/paths.ts'
import { describePlace } from '../../model/access/places.ts'
import { describe } from '../../model/object.ts'
import type { TextOptions } from '../text.ts'
import { painter } from '../text.ts'
import { byEnvironment, type Line, type Lines, linesOf } from './grants.ts'
import { type Graph, mermaid } from './mermaid.ts'

interface ReportStep {
  readonly from: string
  /** As the end of "whoever is there can …". */
  readonly how: string
  readonly to: string
  readonly certainty: 'certain' | 'possible'
  /** Where what allows it is written. */
  readonly at: readonly Line[]
}

interface ReportPath {
  readonly workload: { readonly kind: string; readonly namespace: string; readonly name: string } & Partial<Line>
  /** What opens the way in. */
  readonly entry: { readonly kind: string; readonly name: string } & Partial<Line>
  readonly steps: readonly ReportStep[]
  readonly end: string
  readonly certainty: 'certain' | 'possible'
  /** Other workloads that the outside reaches and that lead there as fast. */
  readonly also?: readonly string[]
  /** Where the path is best cut; `enough` when nothing as bad remains. */
  readonly cut?: Line & { readonly enough: boolean }
}

export interface AttackPathsReport {
  readonly answers: readonly { readonly environments: readonly string[]; readonly paths: readonly ReportPath[]; readonly cut?: true }[]
}

export function attackPathsReport(analysis: Analysis): AttackPathsReport {
  const lines = linesOf(analysis)
  return {
    answers: byEnvironment(analysis, ({ model: { facts } }) => {
      const { paths, complete } = facts.escalation.lateralPaths()
      const all = [...facts.escalation.attackPaths(), ...paths].map((path) => reportPath(path, lines))
      return { paths: all, ...(complete ? {} : { cut: true as const }) }
    }),
  }
}

function reportPath({ workload, entry, also, steps, end, sure, cut, remains }: AttackPath, lines: Lines): ReportPath {
  const { kind, namespace, name } = workload.object
  const at = cut && lines(cut.object, cut.path)
  return {
    workload: { kind, namespace, name, ...lines(workload.object, ['metadata', 'name']) },
    entry: { kind: entry.via.kind, name: entry.via.name, ...lines(entry.via, entry.path) },
    steps: steps.map((step) => reportStep(step, lines)),
    end: describePlace(end),
    certainty: sure ? 'certain' : 'possible',
    ...(also.length > 0 ? { also: also.map(({ workload: { object } }) => describe(object)) } : {}),
    ...(at ? { cut: { ...at, enough: !remains } } : {}),
  }
}

function reportStep({ from, edge }: Step, lines: Lines): ReportStep {
  const anchors = [...(edge.at ? [edge.at] : []), ...edge.evidence.flatMap((evidence) => anchorOf(evidence) ?? [])]
  return {
    from: describePlace(from),
    how: edge.how,
    to: describePlace(edge.to),
    certainty: edge.sure ? 'certain' : 'possible',
    at: anchors.flatMap(({ object, path }) => lines(object, path) ?? []),
  }
}

export function attackPathsText({ answers }: AttackPathsReport, { colours, shown }: TextOptions): string {
  const paint = painter(colours)
  const at = (line: Partial<Line>): string => (line.file === undefined ? '' : paint('dim', ` (${shown(line.file)}:${line.line})`))
  const blocks = answers.flatMap(({ environments, paths, cut: isCut }) => {
    const where = answers.length > 1 ? ` (${environments.join(', ')})` : ''
    if (paths.length === 0) return [`No path from outside to more than a workload's own is known${where}.`]
    const all = paths.map(({ workload, entry, also, steps, end, certainty, cut }) =>
      [
        `${paint('bold', `${workload.kind} ${workload.namespace ? `${workload.namespace}/` : ''}${workload.name}`)} leads from outside to ${paint('bold', end)}${certainty === 'possible' ? ', possibly' : ''}${where}`,
        `  from outside through ${entry.kind} ${entry.name}${at(entry)}`,
        ...steps.map((step) => `  ${step.from}: ${step.how}, to ${step.to}${step.at.map(at).join('')}`),
        ...(also ? [`  ${sayAlso(also)} ${also.length === 1 ? 'leads' : 'lead'} there too`] : []),
        ...(cut ? [`  cut it at ${shown(cut.file)}:${cut.line}${cut.enough ? '' : '; another way as bad remains'}`] : []),
      ].join('\n'),
    )
    return isCut ? [...all, MORE] : all
  })
  return `${blocks.join('\n\n')}\n`
}

export const MORE = 'There may be more: so many pods reach each other that not all of them were followed.'

/** More than these are a number. */
const SHOWN = 5

/** `Deployment shop/web, Pod shop/cart and 3 more` */
export function sayAlso(names: readonly string[]): string {
  const more = names.length - SHOWN
  return more > 0 ? `${names.slice(0, SHOWN).join(', ')} and ${more} more` : names.join(', ')
}

export function attackPathsMermaid({ answers }: AttackPathsReport): string {
  const graph: Graph = { edges: [] }
  for (const { paths } of answers) {
    for (const { entry, steps } of paths) {
      const way = `${entry.kind} ${entry.name}`
      graph.edges.push({ from: 'the outside', to: way, sure: true })
      const [first] = steps
      if (first) graph.edges.push({ from: way, to: first.from, sure: true })
      for (const { from, how, to, certainty } of steps) graph.edges.push({ from, to, label: how, sure: certainty === 'certain' })
    }
  }
  return mermaid(graph)
}
