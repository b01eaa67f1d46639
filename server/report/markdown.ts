import type { Severity } from '../model/rule.ts'
import { PILLARS, SEVERITIES } from '../model/rule.ts'
import { compareText } from '../text/path.ts'
import type { Place, Report, ReportFinding } from './model.ts'
import { count, printable } from './printable.ts'

/** The audit as a document: a table, then the findings of each file with links into it. */
export function markdownReport(report: Report): string {
  return [
    '# Zero-trust audit',
    overview(report),
    table(report),
    ...findingSections(report),
    ...section(
      'Not evaluated',
      report.notEvaluated.map(({ file, reason }) => `- ${link(file)}: ${literal(reason)}`),
    ),
    ...section(
      'Problems',
      report.problems.map((problem) => `- ${placeLink(problem)}: ${literal(problem.message)}`),
    ),
    ...section(
      'Accepted',
      report.suppressed.map(({ finding, by, reason }) => {
        const why = reason === '' ? '(no reason)' : literal(reason)
        return `- ${placeLink(finding)} \`${finding.rule}\` by ${by}: ${why}`
      }),
    ),
  ].join('\n\n')
}

const NAMES: Readonly<Record<Severity, string>> = { error: 'Error', warning: 'Warning', information: 'Information', hint: 'Hint' }

function overview({ summary }: Report): string {
  const { findings, possible, suppressed, files, objects, environments } = summary
  const parts = [
    `${count(findings, 'finding')}${possible > 0 ? `, ${possible} of them possible,` : ''} in ${count(objects, 'object')} of ${count(files, 'file')}.`,
    environments.length > 1 ? `Environments: ${environments.map((name) => code(name)).join(', ')}.` : '',
    suppressed > 0 ? `${count(suppressed, 'finding is', 'findings are')} accepted with a reason.` : '',
    summary.baseline ? `${summary.baseline.known} in the baseline are not listed; ${summary.baseline.gone} of the baseline are gone.` : '',
  ]
  return parts.filter((part) => part !== '').join(' ')
}

function table({ findings }: Report): string {
  const rows = PILLARS.map((pillar) => {
    const own = findings.filter((finding) => finding.pillar === pillar)
    const cells = SEVERITIES.map((severity) => own.filter((finding) => finding.severity === severity).length || '')
    return `| ${pillar[0]?.toUpperCase()}${pillar.slice(1)} | ${cells.join(' | ')} |`
  })
  const total = SEVERITIES.map((severity) => findings.filter((finding) => finding.severity === severity).length)
  return [
    `| Pillar | ${SEVERITIES.map((severity) => NAMES[severity]).join(' | ')} |`,
    '| --- | ---: | ---: | ---: | ---: |',
    ...rows,
    `| **All** | ${total.map((number) => `**${number}**`).join(' | ')} |`,
  ].join('\n')
}

/** Files with the most pressing findings first. */
function findingSections({ findings }: Report): string[] {
  const files = new Map<string, ReportFinding[]>()
  for (const finding of findings) files.set(finding.file, [...(files.get(finding.file) ?? []), finding])
  const worst = (list: readonly ReportFinding[]): number => Math.min(...list.map(({ severity }) => SEVERITIES.indexOf(severity)))
  const sorted = [...files].sort(([a, left], [b, right]) => worst(left) - worst(right) || compareText(a, b))
  return [
    '## Findings',
    ...(sorted.length === 0 ? ['None.'] : []),
    ...sorted.flatMap(([file, list]) => [`### ${link(file)}`, list.map(findingItem).join('\n')]),
  ]
}

function findingItem(finding: ReportFinding): string {
  const level = `**${NAMES[finding.severity]}**${finding.certainty === 'possible' ? ' (possible)' : ''}`
  const where = link(finding.file, finding.start.line, `line ${finding.start.line}`)
  const environments = finding.environments.length > 1 ? ` In ${finding.environments.map((name) => code(name)).join(', ')}.` : ''
  const notes = [
    ...finding.fixes.map(({ title, applicability }) => `  - Fix (${applicability}): ${literal(title)}`),
    ...finding.related.map((place) => `  - See ${placeLink(place)}: ${literal(place.message)}`),
  ]
  return [`- ${level} ${where} \`${finding.rule}\`: ${literal(finding.message)}${environments}`, ...notes].join('\n')
}

function section(title: string, items: readonly string[]): string[] {
  return items.length === 0 ? [] : [`## ${title}`, items.join('\n')]
}

function placeLink({ file, start }: Place): string {
  return link(file, start.line, `${file}:${start.line}`)
}

export function link(file: string, line?: number, label = file): string {
  const target = file
    .split('/')
    .map(encodeURIComponent)
    .join('/')
    .replace(/[()]/g, (bracket) => (bracket === '(' ? '%28' : '%29'))
  return `[${literal(label)}](${target}${line === undefined ? '' : `#L${line}`})`
}

export function code(text: string): string {
  return text.includes('`') ? literal(text) : `\`${printable(text)}\``
}

/** Text of messages and files with nothing that Markdown or HTML would obey; what is in backticks stays code. */
export function literal(text: string): string {
  return printable(text)
    .replace(/\n/g, ' ')
    .split(/(`[^`]*`)/)
    .map((part, i) => (i % 2 === 1 ? part : part.replace(/[\\*_[\]<>&#|~`!]/g, '\\$&')))
    .join('')
}
