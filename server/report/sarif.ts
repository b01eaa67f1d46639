import type { Location, Log, Notification, PhysicalLocation, Region, ReportingDescriptor, Result } from 'sarif'
import type { AnyRule, Severity } from '../model/rule.ts'
import { compareText } from '../text/path.ts'
import type { Place, Report, ReportFinding, ReportFix, ReportSuppression } from './model.ts'

/** What a SARIF log says about the tool that made it. */
export interface SarifTool {
  readonly version: string
  readonly rules: readonly AnyRule[]
  /** Markdown, by rule. */
  readonly pages: ReadonlyMap<string, string>
}

const SCHEMA = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json'
/** The folder that paths are relative to; consumers put the root of their checkout. */
const ROOT = '%SRCROOT%'

const LEVELS: Readonly<Record<Severity, Result.level>> = { error: 'error', warning: 'warning', information: 'note', hint: 'note' }

/** What GitHub sorts by: 7 and above is high, 4 and above medium. */
const SCORES: Readonly<Record<Severity, string>> = { error: '8.5', warning: '6.0', information: '3.0', hint: '1.0' }

/** The audit as SARIF 2.1.0. Suppressed findings are in it, marked; what was not evaluated is a notification. */
export function sarifReport(report: Report, tool: SarifTool): string {
  const rules = [...tool.rules].sort((a, b) => compareText(a.name, b.name))
  const index = new Map(rules.map((rule, i) => [rule.name, i]))
  const log: Log = {
    $schema: SCHEMA,
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: { name: 'Kube Zero Trust', semanticVersion: tool.version, rules: rules.map((rule) => descriptorOf(rule, tool.pages)) },
        },
        originalUriBaseIds: { [ROOT]: { description: { text: 'The folder that was audited.' } } },
        columnKind: 'utf16CodeUnits',
        invocations: [{ executionSuccessful: true, toolExecutionNotifications: notificationsOf(report) }],
        results: [
          ...report.findings.map((finding) => resultOf(finding, index, report.summary.baseline !== undefined)),
          ...report.suppressed.map((suppressed) => suppressedResult(suppressed, index)),
        ],
      },
    ],
  }
  return `${JSON.stringify(log, null, 2)}\n`
}

function descriptorOf(rule: AnyRule, pages: ReadonlyMap<string, string>): ReportingDescriptor {
  const page = pages.get(rule.name)
  const controls = Object.entries(rule.controls).flatMap(([framework, ids]) => (ids as readonly string[]).map((id) => `${framework}/${id}`))
  return {
    id: rule.name,
    shortDescription: { text: `${rule.title}.` },
    ...(page ? { help: { text: page, markdown: page } } : {}),
    defaultConfiguration: { level: LEVELS[rule.severity] },
    properties: { tags: ['security', rule.pillar, ...controls], 'security-severity': SCORES[rule.severity], precision: 'high' },
  }
}

function resultOf(finding: ReportFinding, index: ReadonlyMap<string, number>, compared: boolean): Result {
  const { rule, message, severity, certainty, environments, subject, related, fingerprint } = finding
  const fixes = finding.fixes.filter(({ proved }) => proved)
  const ruleIndex = index.get(rule)
  return {
    ruleId: rule,
    ...(ruleIndex === undefined ? {} : { ruleIndex }),
    level: LEVELS[severity],
    message: { text: certainty === 'possible' ? `Possible: ${message}` : message },
    locations: [
      {
        physicalLocation: physical(finding),
        logicalLocations: [{ name: subject.object.name, fullyQualifiedName: subject.address, kind: 'resource' }],
      },
    ],
    ...(related.length > 0 ? { relatedLocations: related.map(relatedOf) } : {}),
    partialFingerprints: { 'kubeZeroTrust/v1': fingerprint },
    ...(compared ? { baselineState: 'new' as const } : {}),
    ...(fixes.length > 0 ? { fixes: fixes.map(fixOf) } : {}),
    properties: { severity, certainty, environments },
  }
}

function suppressedResult({ finding, by, reason }: ReportSuppression, index: ReadonlyMap<string, number>): Result {
  const kind = by === 'configuration' ? ('external' as const) : ('inSource' as const)
  return { ...resultOf(finding, index, false), suppressions: [{ kind, ...(reason === '' ? {} : { justification: reason }) }] }
}

function fixOf({ title, edits, created }: ReportFix): NonNullable<Result['fixes']>[number] {
  const files = new Map<string, { deletedRegion: Region; insertedContent: { text: string } }[]>()
  for (const edit of edits) {
    files.set(edit.file, [...(files.get(edit.file) ?? []), { deletedRegion: region(edit), insertedContent: { text: edit.text } }])
  }
  const empty = { startLine: 1, startColumn: 1, endLine: 1, endColumn: 1 }
  for (const { file, text } of created) files.set(file, [{ deletedRegion: empty, insertedContent: { text } }])
  return {
    description: { text: title },
    artifactChanges: [...files].map(([file, replacements]) => ({ artifactLocation: artifact(file), replacements })),
  }
}

function notificationsOf({ problems, notEvaluated }: Report): Notification[] {
  return [
    ...problems.map(
      (problem): Notification => ({
        level: LEVELS[problem.severity],
        message: { text: problem.message },
        locations: [{ physicalLocation: physical(problem) }],
      }),
    ),
    ...notEvaluated.map(
      ({ file, reason }): Notification => ({
        level: 'note',
        message: { text: reason },
        locations: [{ physicalLocation: { artifactLocation: artifact(file) } }],
      }),
    ),
  ]
}

function relatedOf(place: Place & { readonly message: string }): Location {
  return { physicalLocation: physical(place), message: { text: place.message } }
}

function physical(place: Place): PhysicalLocation {
  return { artifactLocation: artifact(place.file), region: region(place) }
}

function region({ start, end }: Place): Region {
  return { startLine: start.line, startColumn: start.column, endLine: end.line, endColumn: end.column }
}

function artifact(file: string): { uri: string; uriBaseId: string } {
  return { uri: file.split('/').map(encodeURIComponent).join('/'), uriBaseId: ROOT }
}
