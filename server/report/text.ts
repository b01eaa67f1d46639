import type { Severity } from '../model/rule.ts'
import { SEVERITIES } from '../model/rule.ts'
import type { Place, Report, ReportFinding, Summary } from './model.ts'
import { count, printable } from './printable.ts'

export interface TextOptions {
  readonly colours: boolean
  /** How the reader finds a file of the workspace from where the command runs. */
  readonly shown: (path: string) => string
}

type Colour = 'red' | 'yellow' | 'blue' | 'cyan' | 'green' | 'dim' | 'bold'
const CODES: Readonly<Record<Colour, readonly [number, number]>> = {
  red: [31, 39],
  yellow: [33, 39],
  blue: [34, 39],
  cyan: [36, 39],
  green: [32, 39],
  dim: [2, 22],
  bold: [1, 22],
}

/** Paints text for a terminal, or leaves it alone. */
export type Paint = (colour: Colour, text: string) => string

export function painter(colours: boolean): Paint {
  return colours ? (colour, text) => `\u001b[${CODES[colour][0]}m${text}\u001b[${CODES[colour][1]}m` : (_, text) => text
}

const LEVEL: Readonly<Record<Severity, Colour>> = { error: 'red', warning: 'yellow', information: 'blue', hint: 'dim' }

/** The audit for people at a terminal: every finding with its line, and a summary at the end. */
export function textReport(report: Report, { colours, shown }: TextOptions): string {
  const paint = painter(colours)
  const show = (path: string): string => printable(shown(path))
  const blocks = report.findings.map((finding) => findingText(finding, paint, show))
  if (report.problems.length > 0) {
    const lines = report.problems.map((problem) => `${at(problem, show)}: ${printable(problem.message)}`)
    blocks.push([paint('bold', 'Problems'), ...lines.map(indent)].join('\n'))
  }
  if (report.notEvaluated.length > 0) {
    const lines = report.notEvaluated.map(({ file, reason }) => `${show(file)}: ${printable(reason)}`)
    blocks.push([paint('bold', 'Not evaluated'), ...lines.map(indent)].join('\n'))
  }
  blocks.push(summaryText(report, paint))
  return `${blocks.join('\n\n')}\n`
}

function findingText(finding: ReportFinding, paint: Paint, show: (path: string) => string): string {
  const { severity, certainty, excerpt } = finding
  const level = certainty === 'possible' ? `${severity}, possible` : severity
  const gutter = String(finding.start.line)
  const blank = ' '.repeat(gutter.length)
  const caret = ' '.repeat(excerpt.start) + '^'.repeat(Math.max(1, excerpt.end - excerpt.start))
  const bar = (text: string): string => `${paint('dim', `${blank} |`)}${text}`
  const note = (name: string, text: string): string => `${blank} ${paint('dim', '=')} ${paint('cyan', `${name}:`)} ${printable(text)}`
  const related = finding.related.map((place) => note('see', `${at(place, show)} ${place.message}`))
  const fixes = finding.fixes.map(({ title, applicability, proved }) =>
    note('fix', `${title} (${applicability}${proved ? ', proved' : ''})`),
  )
  return [
    `${paint(LEVEL[severity], paint('bold', level))} ${paint('bold', finding.rule)} ${at(finding, show)}`,
    `${paint('dim', `${gutter} |`)} ${printable(excerpt.text)}`,
    bar(` ${paint(LEVEL[severity], caret)}`),
    ...printable(finding.message)
      .split('\n')
      .map((line) => `${blank} ${line}`),
    ...(finding.environments.length > 0 && showEnvironments(finding.environments) ? [note('in', finding.environments.join(', '))] : []),
    ...related,
    ...fixes,
  ].join('\n')
}

/** The name of a workspace that has only one environment tells nothing. */
function showEnvironments(environments: readonly string[]): boolean {
  return environments.length > 1 || environments[0] !== 'default'
}

function at({ file, start }: Place, show: (path: string) => string): string {
  return `${show(file)}:${start.line}:${start.column}`
}

function indent(line: string): string {
  return `  ${line}`
}

function summaryText(report: Report, paint: Paint): string {
  const { summary } = report
  const lines = [
    `${paint('bold', headline(summary, paint))} in ${count(summary.objects, 'object')} of ${count(summary.files, 'file')}${environmentsText(summary)}.`,
  ]
  if (summary.baseline) {
    const { known, gone } = summary.baseline
    lines.push(
      `${count(known, 'finding is', 'findings are')} in the baseline and not shown${gone > 0 ? `; ${count(gone, 'other is', 'others are')} gone: write the baseline again` : ''}.`,
    )
  }
  if (report.suppressed.length > 0) lines.push(suppressedText(report))
  const fixable = report.findings.filter(({ fixes }) => fixes.length > 0).length
  if (report.findings.length > 0) {
    const first = report.findings[0]?.rule ?? ''
    if (fixable > 0) lines.push(`${fixable} of them can be fixed: \`kube-zero-trust fix --dry-run\` shows the safe fixes.`)
    lines.push(`\`kube-zero-trust explain-rule ${first}\` says why, and when not.`)
  }
  return lines.join('\n')
}

function headline({ findings, bySeverity, possible }: Summary, paint: Paint): string {
  if (findings === 0) return paint('green', 'No findings')
  const parts = SEVERITIES.filter((severity) => bySeverity[severity] > 0).map((severity) =>
    paint(LEVEL[severity], severity === 'information' ? `${bySeverity[severity]} information` : count(bySeverity[severity], severity)),
  )
  return parts.join(', ') + (possible > 0 ? ` (${possible} possible)` : '')
}

function environmentsText({ environments }: Summary): string {
  if (environments.length < 2) return ''
  const names = environments.length > 5 ? '' : ` (${printable(environments.join(', '))})`
  return `, ${environments.length} environments${names}`
}

function suppressedText({ suppressed }: Report): string {
  const reasons = new Map<string, number>()
  for (const { reason } of suppressed) reasons.set(reason, (reasons.get(reason) ?? 0) + 1)
  const list = [...reasons].map(([reason, times]) => `${times > 1 ? `${times} × ` : ''}${printable(reason) || 'without a reason'}`)
  return `${count(suppressed.length, 'finding is', 'findings are')} accepted: ${list.join('; ')}.`
}
