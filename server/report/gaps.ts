import { type Analysis, incidents } from '../analysis/analyse.ts'
import type { Findings } from '../analysis/findings.ts'
import { get, isUnknown, unknownReason } from '../model/value.ts'
import type { NotEvaluated } from '../sources/unit.ts'
import { compareText } from '../text/path.ts'
import { type Places, placeOnly } from './describe.ts'
import type { ReportProblem } from './model.ts'

/** What is wrong in the files besides findings: broken text, suppressions without effect, rules that failed. */
export function problemsOf(places: Places, analysis: Analysis, { unused }: Findings): ReportProblem[] {
  const problems: ReportProblem[] = analysis.problems.map((problem) => ({
    ...placeOnly(places(problem)),
    message: problem.message,
    severity: problem.severity,
  }))
  for (const { location, message } of unused) problems.push({ ...placeOnly(places(location)), message, severity: 'warning' })
  for (const { file, failure } of incidents(analysis)) {
    // What went wrong inside may quote a value: the report does not repeat it.
    if (failure) {
      const message = `The rule \`${failure.rule}\` failed here; its findings about this are missing.`
      problems.push({ ...placeOnly(places({ file, span: { start: 0, end: 0 } })), message, severity: 'error' })
    }
  }
  problems.sort(
    (a, b) =>
      compareText(a.file, b.file) || a.start.line - b.start.line || a.start.column - b.start.column || compareText(a.message, b.message),
  )
  return [...new Map(problems.map((problem) => [JSON.stringify(problem), problem])).values()]
}

export interface SkippedSubject {
  readonly rule: string
  readonly file: string
  /** What is not known, e.g. `${TAG}`; '' when the rule cannot tell. */
  readonly unknown: string
}

/** Once per rule and object, in however many environments it is. */
export function skippedSubjects(analysis: Analysis): SkippedSubject[] {
  const found = new Map<unknown, Map<string, SkippedSubject>>()
  for (const { file, skipped } of incidents(analysis)) {
    if (!skipped) continue
    const { rule, object, path } = skipped
    const value = get(object.body, ...path)
    const rules = found.get(object) ?? new Map<string, SkippedSubject>()
    if (!rules.has(rule)) rules.set(rule, { rule, file, unknown: isUnknown(value) ? unknownReason(value) : '' })
    found.set(object, rules)
  }
  return [...found.values()].flatMap((rules) => [...rules.values()])
}

const MAX_UNKNOWN = 60

/** Everything that was not judged, with the reason. */
export function notEvaluatedOf(analysis: Analysis, { withheld }: Findings, skipped: readonly SkippedSubject[]): NotEvaluated[] {
  const notes: NotEvaluated[] = [...analysis.notEvaluated]
  const groups = new Map<string, SkippedSubject[]>()
  for (const subject of skipped) {
    const key = `${subject.file}\n${subject.rule}`
    groups.set(key, [...(groups.get(key) ?? []), subject])
  }
  for (const [first, ...others] of groups.values()) {
    if (!first) continue
    const what = others.length === 0 ? '1 object is' : `${others.length + 1} objects are`
    const unknown = first.unknown.length > MAX_UNKNOWN ? `${first.unknown.slice(0, MAX_UNKNOWN)}…` : first.unknown
    const why = unknown === '' ? 'a value is not in the files' : `\`${unknown}\` is not in the files`
    notes.push({ file: first.file, reason: `\`${first.rule}\`: ${what} not judged, because ${why}.` })
  }
  notes.push(...withheldNotes(analysis, withheld))
  notes.sort((a, b) => compareText(a.file, b.file) || compareText(a.reason, b.reason))
  return [...new Map(notes.map((note) => [`${note.file}\n${note.reason}`, note])).values()]
}

/** Said at the broken files: mending them brings the findings. */
function withheldNotes(analysis: Analysis, withheld: Findings['withheld']): NotEvaluated[] {
  const byFile = new Map<string, Set<string>>()
  for (const { rule, environment } of withheld) {
    const units = analysis.environments.find(({ name }) => name === environment)?.units ?? []
    for (const problem of units.flatMap((unit) => unit.problems)) {
      if (problem.incomplete) byFile.set(problem.file, (byFile.get(problem.file) ?? new Set()).add(rule))
    }
  }
  return [...byFile].map(([file, rules]) => {
    const names = [...rules].sort(compareText).map((rule) => `\`${rule}\``)
    return { file, reason: `What seems missing may be in the text that cannot be read here: findings of ${names.join(', ')} are withheld.` }
  })
}
