import type { Report, ReportFinding } from './model.ts'

/** The audit for programs, as `audit.schema.json` describes it. */
export function jsonReport({ findings, problems, notEvaluated, summary }: Report): string {
  const body = {
    findings: findings.map(findingOf),
    problems: problems.map(({ file, start, message }) => ({ file, start, message })),
    notEvaluated: notEvaluated.map(({ file, reason }) => ({ file, reason })),
    summary,
  }
  return `${JSON.stringify(body, null, 2)}\n`
}

function findingOf(finding: ReportFinding) {
  return {
    rule: finding.rule,
    pillar: finding.pillar,
    severity: finding.severity,
    certainty: finding.certainty,
    message: finding.message,
    file: finding.file,
    start: finding.start,
    end: finding.end,
    subject: finding.subject,
    path: finding.path,
    environments: finding.environments,
    related: finding.related,
    fingerprint: finding.fingerprint,
    fixes: finding.fixes.map(({ title, applicability, proved }) => ({ title, applicability, proved })),
  }
}
