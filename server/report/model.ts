import { type SubjectType, subjectType } from '../model/object.ts'
import type { Analysis } from '../analysis/analyse.ts'
import type { Findings } from '../analysis/findings.ts'
import type { Applicability, Pillar, Severity } from '../model/rule.ts'
import { PILLARS, SEVERITIES } from '../model/rule.ts'
import type { Path } from '../model/value.ts'
import type { NotEvaluated } from '../sources/unit.ts'
import { compareText } from '../text/path.ts'
import { describe, fixesOf, placesOf } from './describe.ts'
import type { Excerpt } from './excerpt.ts'
import { notEvaluatedOf, problemsOf, skippedSubjects } from './gaps.ts'

/** Line and UTF-16 column, both from 1. */
interface Point {
  readonly line: number
  readonly column: number
}

/** A place in a file, whose path is relative to the workspace folder. */
export interface Place {
  readonly file: string
  readonly start: Point
  readonly end: Point
}

export interface ReportFix {
  readonly title: string
  readonly applicability: Applicability
  /** Whether it was applied to a copy of the workspace, and did what it says and nothing else. */
  readonly proved: boolean
  /** Only of proved fixes. */
  readonly edits: readonly (Place & { readonly text: string })[]
  readonly created: readonly { readonly file: string; readonly text: string }[]
}

export interface ReportFinding extends Place {
  readonly rule: string
  readonly pillar: Pillar
  readonly severity: Severity
  readonly certainty: 'certain' | 'possible'
  readonly message: string
  readonly subject: {
    readonly type: SubjectType
    /** As entries of the configuration name it: `Kind/namespace/name`. */
    readonly address: string
    readonly object: { readonly apiVersion: string; readonly kind: string; readonly namespace: string; readonly name: string }
  }
  readonly path: Path
  readonly environments: readonly string[]
  readonly related: readonly (Place & { readonly message: string })[]
  readonly fingerprint: string
  readonly fixes: readonly ReportFix[]
  readonly excerpt: Excerpt
}

export interface ReportProblem extends Place {
  readonly message: string
  readonly severity: 'error' | 'warning' | 'information'
}

export interface ReportSuppression {
  readonly finding: ReportFinding
  readonly by: 'comment' | 'annotation' | 'configuration'
  readonly reason: string
}

export interface Summary {
  readonly findings: number
  readonly bySeverity: Readonly<Record<Severity, number>>
  readonly byPillar: Readonly<Record<Pillar, number>>
  readonly byRule: Readonly<Record<string, number>>
  /** Findings that an unknown value may excuse. */
  readonly possible: number
  readonly suppressed: number
  /** How many subjects each rule could not judge. */
  readonly skipped: Readonly<Record<string, number>>
  /** Files with objects in them. */
  readonly files: number
  readonly objects: number
  readonly environments: readonly string[]
  /** Only when a baseline was given. */
  readonly baseline?: { readonly known: number; readonly gone: number }
}

/** What an audit found. Plain data, sorted, without absolute paths, times and values of secrets. */
export interface Report {
  readonly findings: readonly ReportFinding[]
  readonly suppressed: readonly ReportSuppression[]
  readonly problems: readonly ReportProblem[]
  readonly notEvaluated: readonly NotEvaluated[]
  readonly summary: Summary
}

export interface ReportOptions {
  /** When `analysis` is only a part of it: fixes are stated and proved for all. */
  readonly whole?: Analysis
  /** Apply every fix to a copy of the workspace. Takes an analysis for each. */
  readonly prove?: boolean
  /** Only what these rules say. */
  readonly rules?: ReadonlySet<string>
  /** Told after every finding. */
  readonly progress?: (done: number, total: number) => void
}

export function reportOf(
  analysis: Analysis,
  all: Findings,
  { whole = analysis, prove = false, rules, progress }: ReportOptions = {},
): Report {
  const found = rules ? ofRules(all, rules) : all
  const places = placesOf(analysis)
  const findings = found.findings.map((finding, i) => {
    progress?.(i, found.findings.length)
    return { ...describe(places, finding), fixes: fixesOf(places, whole, finding, prove) }
  })
  const skipped = skippedSubjects(analysis).filter(({ rule }) => rules?.has(rule) ?? true)
  // A pipeline is judged, and is no object of a cluster.
  const objects = new Set([...analysis.units.values()].flatMap((unit) => unit.objects.filter((object) => subjectType(object) !== 'file')))
  return {
    findings,
    suppressed: found.suppressed.map(({ finding, by }) => ({
      finding: { ...describe(places, finding), fixes: [] },
      by: by.by,
      reason: by.reason,
    })),
    problems: problemsOf(places, analysis, found),
    notEvaluated: notEvaluatedOf(analysis, found, skipped),
    summary: {
      ...summaryOf(findings),
      suppressed: found.suppressed.length,
      skipped: countBy(skipped.map(({ rule }) => rule)),
      files: new Set([...objects].map(({ file }) => file)).size,
      objects: objects.size,
      environments: analysis.environments.map(({ name }) => name).sort(compareText),
    },
  }
}

function ofRules({ findings, suppressed, unused, withheld }: Findings, names: ReadonlySet<string>): Findings {
  return {
    findings: findings.filter(({ rule }) => names.has(rule.name)),
    suppressed: suppressed.filter(({ finding }) => names.has(finding.rule.name)),
    unused: unused.filter(({ rules }) => rules.some((rule) => names.has(rule))),
    withheld: withheld.filter(({ rule }) => names.has(rule)),
  }
}

/** The same report with other findings, e.g. only those that are new. */
export function withFindings(report: Report, findings: readonly ReportFinding[], baseline?: { known: number; gone: number }): Report {
  return { ...report, findings, summary: { ...report.summary, ...summaryOf(findings), ...(baseline ? { baseline } : {}) } }
}

function summaryOf(findings: readonly ReportFinding[]): Pick<Summary, 'findings' | 'bySeverity' | 'byPillar' | 'byRule' | 'possible'> {
  const bySeverity = countBy(findings.map(({ severity }) => severity))
  const byPillar = countBy(findings.map(({ pillar }) => pillar))
  return {
    findings: findings.length,
    bySeverity: fill(SEVERITIES, bySeverity),
    byPillar: fill(PILLARS, byPillar),
    byRule: countBy(findings.map(({ rule }) => rule)),
    possible: findings.filter(({ certainty }) => certainty === 'possible').length,
  }
}

function countBy(names: readonly string[]): Record<string, number> {
  const counts = new Map<string, number>()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  return Object.fromEntries([...counts].sort(([a], [b]) => compareText(a, b)))
}

function fill<K extends string>(keys: readonly K[], counts: Readonly<Record<string, number>>): Record<K, number> {
  return Object.fromEntries(keys.map((key) => [key, counts[key] ?? 0])) as Record<K, number>
}
