import { type Analysis, incidents } from '../../server/analysis/analyse.ts'
import { type Finding, findingsOf } from '../../server/analysis/findings.ts'
import { proposeFixes } from '../../server/analysis/fix.ts'
import type { Suppression } from '../../server/analysis/suppress.ts'
import { TODAY } from '../rules/spec.ts'

/** Everything that people can see of an analysis, as plain data: equal analyses give equal reports. */
export function reportOfAnalysis(analysis: Analysis, withFixes: boolean): unknown {
  const { findings, suppressed, unused, withheld } = findingsOf(analysis, { today: TODAY })
  return {
    findings: findings.map((finding) => ({ ...plain(finding), fixes: withFixes && proposeFixes(analysis, finding) })),
    suppressed: suppressed.map(({ finding, by }) => ({ finding: plain(finding), by: plainSuppression(by) })),
    unused: unused.map((suppression) => [suppression.message, plainSuppression(suppression)]),
    withheld: [...withheld].sort((a, b) => (`${a.rule} ${a.environment}` < `${b.rule} ${b.environment}` ? -1 : 1)),
    problems: analysis.problems,
    notEvaluated: analysis.notEvaluated,
    incidents: [...incidents(analysis)].map(({ file, skipped, failure }) => ({
      file,
      failure,
      skipped: skipped && `${skipped.rule} ${skipped.object.id}`,
    })),
    environments: analysis.environments.map(({ name, units }) => ({ name, units: units.map(({ id }) => id) })),
  }
}

function plain({ rule, occurrences, ...rest }: Finding): object {
  return { rule: rule.name, ...rest, occurrences: occurrences.map(({ found }) => `${found.object.file} ${found.object.id}`) }
}

function plainSuppression({ rules, reason, location, scope }: Suppression): unknown {
  return { rules, reason, location, scope }
}
