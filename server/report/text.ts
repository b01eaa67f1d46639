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

const APPLICABILITIES = ['safe', 'hardening', 'assisted'] as const

const LEVEL: Readonly<Record<Severity, Colour>> = { error: 'red', warning: 'yellow', information: 'blue', hint: 'dim' }

/** So many places of a finding are shown; JSON has more. */
const MAX_RELATED = 4

/** So many environments. */
const MAX_NAMES = 5

/** The audit for people at a terminal: findings with their lines, hints as a list, and a summary at the end. */
export function textReport(report: Report, { colours, shown }: TextOptions): string {
  const paint = painter(colours)
  const show = (path: string): string => printable(shown(path))
  const everywhere = report.summary.environments.length
  const findings = report.findings.filter(({ severity }) => severity !== 'hint')
  const hints = report.findings.filter(({ severity }) => severity === 'hint')
  const blocks = [
    ...findings.map((finding) => findingText(finding, paint, show, everywhere)),
    ...list('Hints', hints, paint, (hint) => `${at(hint, show)}: ${hint.rule}${possible(hint)}: ${printable(hint.message)}`),
    ...list('Problems', report.problems, paint, (problem) => `${at(problem, show)}: ${printable(problem.message)}`),
    ...list('Not evaluated', report.notEvaluated, paint, ({ file, reason }) => `${show(file)}: ${printable(reason)}`),
    summaryText(report, paint),
  ]
  return `${blocks.join('\n\n')}\n`
}

function list<T>(title: string, items: readonly T[], paint: Paint, line: (item: T) => string): string[] {
  return items.length === 0 ? [] : [[paint('bold', title), ...items.map((item) => `  ${line(item).replaceAll('\n', ' ')}`)].join('\n')]
}

function possible({ certainty }: ReportFinding): string {
  return certainty === 'possible' ? ', possible' : ''
}

function findingText(finding: ReportFinding, paint: Paint, show: (path: string) => string, everywhere: number): string {
  const { severity, excerpt, environments } = finding
  const gutter = String(finding.start.line)
  const blank = ' '.repeat(gutter.length)
  const caret = ' '.repeat(excerpt.start) + '^'.repeat(Math.max(1, excerpt.end - excerpt.start))
  const note = (name: string, text: string): string => `${blank} ${paint('dim', '=')} ${paint('cyan', `${name}:`)} ${printable(text)}`
  return [
    `${paint(LEVEL[severity], paint('bold', severity + possible(finding)))} ${paint('bold', finding.rule)} ${at(finding, show)}`,
    `${paint('dim', `${gutter} |`)} ${printable(excerpt.text)}`,
    `${paint('dim', `${blank} |`)} ${paint(LEVEL[severity], caret)}`,
    ...printable(finding.message)
      .split('\n')
      .map((line) => `${blank} ${line}`),
    ...(environments.length < everywhere ? [note('in', someOf(environments))] : []),
    ...relatedLines(finding, show).map((line) => note('see', line)),
    ...finding.fixes.map(({ title, applicability, proved }) => note('fix', `${title} (${applicability}${proved ? ', proved' : ''})`)),
  ].join('\n')
}

function someOf(names: readonly string[]): string {
  const more = names.length - MAX_NAMES
  return more > 1 ? `${names.slice(0, MAX_NAMES).join(', ')} and ${more} more` : names.join(', ')
}

function relatedLines({ related }: ReportFinding, show: (path: string) => string): string[] {
  const rest = Number(/^and (\d+) more$/.exec(related[related.length - 1]?.message ?? '')?.[1] ?? 0)
  const places = rest > 0 ? related.slice(0, -1) : related
  const lines = places.slice(0, MAX_RELATED).map((place) => `${at(place, show)} ${place.message}`)
  const more = rest + places.length - lines.length
  return more > 0 ? [...lines, `and ${more} more`] : lines
}

function at({ file, start }: Place, show: (path: string) => string): string {
  return `${show(file)}:${start.line}:${start.column}`
}

function summaryText(report: Report, paint: Paint): string {
  const { summary, findings } = report
  const lines = [
    `${paint('bold', headline(summary, paint))} in ${count(summary.objects, 'object')} of ${count(summary.files, 'file')}${environmentsText(summary)}.`,
  ]
  if (summary.baseline) {
    const { known, gone } = summary.baseline
    const missing = gone > 0 ? ` ${count(gone, 'entry of it is', 'entries of it are')} gone: write it again.` : ''
    lines.push(`${count(known, 'finding is', 'findings are')} in the baseline and not shown.${missing}`)
  }
  if (report.suppressed.length > 0) lines.push(suppressedText(report))
  lines.push(...fixesText(findings))
  const worst = SEVERITIES.map((severity) => findings.find((finding) => finding.severity === severity)).find((finding) => finding)
  if (worst) lines.push(`\`kube-zero-trust explain-rule ${worst.rule}\` says why, and when to turn it off.`)
  return lines.join('\n')
}

/** How far each command gets; what needs a choice is done in the editor. */
function fixesText(findings: readonly ReportFinding[]): string[] {
  const easiest = findings.map(({ fixes }) => APPLICABILITIES.find((wanted) => fixes.some(({ applicability }) => applicability === wanted)))
  const [safe = 0, hardening = 0, assisted = 0] = APPLICABILITIES.map((wanted) => easiest.filter((found) => found === wanted).length)
  return [
    ...(safe > 0 ? [`${count(safe, 'has', 'have')} a safe fix: \`kube-zero-trust fix --dry-run\` shows what it changes.`] : []),
    ...(hardening > 0
      ? [`${count(hardening, 'has', 'have')} a fix that may stop what relies on the weakness: \`fix --applicability hardening --dry-run\`.`]
      : []),
    ...(assisted > 0 ? [`${count(assisted, 'has', 'have')} a fix that needs a choice: it is offered in the editor.`] : []),
  ]
}

function headline({ findings, bySeverity, possible, baseline }: Summary, paint: Paint): string {
  if (findings === 0) return paint('green', baseline ? 'No new findings' : 'No findings')
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
