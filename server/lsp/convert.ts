import { type Diagnostic, DiagnosticSeverity, DiagnosticTag, type Location as ProtocolLocation, type Range } from 'vscode-languageserver'
import type { Finding } from '../analysis/findings.ts'
import type { UnusedSuppression } from '../analysis/unused.ts'
import type { Severity } from '../model/rule.ts'
import type { Files, Location, Problem } from '../sources/unit.ts'
import { LineIndex } from '../text/line-index.ts'
import type { Span } from '../text/span.ts'

/** The only place where offsets become lines: texts of one revision, and the folder that their paths are relative to. */
export class Converter {
  readonly #files: Files
  readonly #uriOf: (path: string) => string
  readonly #lines = new Map<string, LineIndex>()

  constructor(files: Files, uriOf: (path: string) => string) {
    this.#files = files
    this.#uriOf = uriOf
  }

  lines(path: string): LineIndex {
    const known = this.#lines.get(path)
    if (known) return known
    const lines = new LineIndex(this.#files.get(path)?.text ?? '')
    this.#lines.set(path, lines)
    return lines
  }

  uri(path: string): string {
    return this.#uriOf(path)
  }

  range(path: string, span: Span): Range {
    const lines = this.lines(path)
    return { start: lines.position(span.start), end: lines.position(span.end) }
  }

  location({ file, span }: Location): ProtocolLocation {
    return { uri: this.uri(file), range: this.range(file, span) }
  }

  diagnostic(finding: Finding): Diagnostic {
    return {
      range: this.range(finding.location.file, finding.location.span),
      severity: SEVERITY[finding.severity],
      source: SOURCE,
      code: finding.rule.name,
      codeDescription: { href: pageUri(finding.rule.name) },
      message: finding.certainty === 'possible' ? `Possible: ${finding.message}` : finding.message,
      relatedInformation: finding.related.map((note) => ({ location: this.location(note), message: note.message })),
      ...(finding.occurrences[0]?.found.unnecessary ? { tags: [DiagnosticTag.Unnecessary] } : {}),
      data: { fingerprint: finding.fingerprint },
    }
  }

  problem(problem: Problem): Diagnostic {
    return {
      range: this.range(problem.file, problem.span),
      severity: SEVERITY[problem.severity],
      source: SOURCE,
      message: problem.message,
    }
  }

  unused(suppression: UnusedSuppression): Diagnostic {
    return {
      range: this.range(suppression.location.file, suppression.location.span),
      severity: DiagnosticSeverity.Hint,
      source: SOURCE,
      code: 'unused-suppression',
      message: suppression.message,
      tags: [DiagnosticTag.Unnecessary],
    }
  }
}

const SOURCE = 'zero-trust'

export const SEVERITY: Readonly<Record<Severity, DiagnosticSeverity>> = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  information: DiagnosticSeverity.Information,
  hint: DiagnosticSeverity.Hint,
}

/** The client shows a rule's page for this address; other editors show the hover. */
export function pageUri(rule: string): string {
  return `kube-zero-trust-rule:/${rule}.md`
}
