import { type Diagnostic, DiagnosticSeverity } from 'vscode-languageserver'
import type { Analysis } from '../analysis/analyse.ts'
import type { Finding, Findings } from '../analysis/findings.ts'
import type { Severity } from '../model/rule.ts'
import type { Converter } from './convert.ts'

/** How many of a level one file shows; errors and warnings all. */
const CAPS: Readonly<Record<Severity, number>> = { error: Infinity, warning: Infinity, information: 3, hint: 10 }

/**
 * What the editor shows, by file. Findings of rules that are for the audit only are left out, and what is
 * over a file's cap is counted in one hint on its first line, where it also says what could not be judged.
 */
export function diagnosticsByFile(
  converter: Converter,
  analysis: Analysis,
  { findings, unused }: Findings,
  open: ReadonlySet<string> | undefined,
): Map<string, Diagnostic[]> {
  const lists = new Map<string, Diagnostic[]>()
  const list = (path: string): Diagnostic[] => {
    const known = lists.get(path)
    if (known) return known
    const made: Diagnostic[] = []
    lists.set(path, made)
    return made
  }
  for (const path of open ?? []) list(path)
  for (const [path, shown] of byFile(findings.filter(({ rule }) => !rule.auditOnly))) {
    const counts: Record<Severity, number> = { error: 0, warning: 0, information: 0, hint: 0 }
    let more = 0
    for (const finding of shown) {
      if (++counts[finding.severity] > CAPS[finding.severity]) more++
      else list(path).push(converter.diagnostic(finding))
    }
    if (more > 0) {
      list(path).push({
        ...onFirstLine(converter, path),
        severity: DiagnosticSeverity.Hint,
        code: 'more-findings',
        message: `${more} more ${more === 1 ? 'finding' : 'findings'} in this file: run "Zero Trust: Audit Workspace" to see all.`,
      })
    }
  }
  for (const [file, reasons] of notEvaluated(analysis)) {
    if (open && !open.has(file)) continue
    for (const message of reasons)
      list(file).push({ ...onFirstLine(converter, file), severity: DiagnosticSeverity.Information, code: 'not-evaluated', message })
  }
  for (const problem of analysis.problems) if (!open || open.has(problem.file)) list(problem.file).push(converter.problem(problem))
  for (const suppression of unused) list(suppression.location.file).push(converter.unused(suppression))
  return lists
}

function onFirstLine(converter: Converter, path: string): Pick<Diagnostic, 'range' | 'source'> {
  return {
    range: { start: { line: 0, character: 0 }, end: { line: 0, character: converter.lines(path).line(0).length } },
    source: 'zero-trust',
  }
}

/** Why units are not judged, or not wholly, by file. */
function notEvaluated({ notEvaluated }: Analysis): Map<string, Set<string>> {
  const files = new Map<string, Set<string>>()
  for (const { file, reason } of notEvaluated) files.set(file, (files.get(file) ?? new Set()).add(reason))
  return files
}

function byFile(findings: readonly Finding[]): Map<string, Finding[]> {
  const files = new Map<string, Finding[]>()
  for (const finding of findings) {
    const known = files.get(finding.location.file)
    if (known) known.push(finding)
    else files.set(finding.location.file, [finding])
  }
  return files
}
