import { text } from '../model/value.ts'
import type { Location, SourceFile } from '../sources/unit.ts'
import { commentsOf } from '../syntax/yaml/index.ts'
import type { Span } from '../text/span.ts'
import type { Analysis } from './analyse.ts'
import type { AcceptedFinding } from './config.ts'
import type { Finding } from './findings.ts'

/** The annotation, on an object or a pod template: `<rule>[, <rule>] -- reason`, entries separated by semicolons. */
export const IGNORE_ANNOTATION = 'zero-trust/ignore'

/** Why a finding is not shown. */
export interface Suppression {
  /** Empty: every rule. */
  readonly rules: readonly string[]
  readonly reason: string
  readonly location: Location
  /** Where findings must begin; undefined for the whole file. */
  readonly scope?: Span
}

const COMMENT = /#\s*zero-trust:\s*(ignore|ignore-file)\s+([\w-]+(?:\s*,\s*[\w-]+)*)\s*(?:--\s*(\S.*?))?\s*$/

const known = new WeakMap<SourceFile, readonly Suppression[]>()

/**
 * The comments `# zero-trust: ignore <rule> -- reason` of a file. Behind a value it holds for that line; on a
 * line of its own for everything that begins there: the next entry with all below it, a container, or the
 * object when it stands above its first key. `ignore-file` holds for the file.
 */
export function suppressionsOf(file: SourceFile): readonly Suppression[] {
  const found = known.get(file)
  if (found) return found
  const suppressions = file.text.includes('zero-trust:') ? read(file) : []
  known.set(file, suppressions)
  return suppressions
}

function read(file: SourceFile): Suppression[] {
  return commentsOf(file.text).flatMap((comment): Suppression[] => {
    const match = COMMENT.exec(file.text.slice(comment.span.start, comment.span.end))
    if (!match) return []
    const rules = (match[2] ?? '').split(',').map((rule) => rule.trim())
    const base = { rules, reason: match[3] ?? '', location: { file: file.path, span: comment.span } }
    return [match[1] === 'ignore-file' ? base : { ...base, scope: comment.scope }]
  })
}

/** What suppresses a finding: a comment, an annotation or an entry of the configuration. */
export function suppressionOf(analysis: Analysis, finding: Finding, today: string): Suppression | undefined {
  const { rule, location } = finding
  const file = analysis.files.get(location.file)
  const inText =
    file && suppressionsOf(file).find((suppression) => names(suppression.rules, rule.name) && covers(suppression.scope, location.span))
  return inText ?? annotationOf(analysis, finding) ?? acceptedBy(analysis, finding, today)
}

function names(rules: readonly string[], rule: string): boolean {
  return rules.length === 0 || rules.includes(rule)
}

function covers(scope: Span | undefined, span: Span): boolean {
  return scope === undefined || (scope.start <= span.start && span.start < scope.end)
}

function annotationOf(analysis: Analysis, finding: Finding): Suppression | undefined {
  const object = finding.occurrences[0]?.found.object
  if (!object) return undefined
  const holders = [['metadata'], ['spec', 'template', 'metadata'], ['spec', 'jobTemplate', 'spec', 'template', 'metadata']]
  for (const holder of holders) {
    const path = [...holder, 'annotations', IGNORE_ANNOTATION]
    for (const entry of (text(object.body, ...path) ?? '').split(';')) {
      const [rules = '', reason = ''] = entry.split('--').map((part) => part.trim())
      if (
        rules === '' ||
        !names(
          rules.split(',').map((rule) => rule.trim()),
          finding.rule.name,
        )
      )
        continue
      const location = analysis.units.get(object.unit)?.locate(object, path, 'value')
      if (location) return { rules: [finding.rule.name], reason, location }
    }
  }
  return undefined
}

function acceptedBy(analysis: Analysis, finding: Finding, today: string): Suppression | undefined {
  const entry = analysis.config.accepted.find((accepted) => accepts(accepted, finding) && !(accepted.expires && accepted.expires < today))
  return entry && { rules: entry.rule ? [entry.rule] : [], reason: entry.reason, location: entry.location }
}

/** Whether an entry of the configuration is about a finding, expired or not. */
export function accepts(accepted: AcceptedFinding, finding: Finding): boolean {
  const object = finding.occurrences[0]?.found.object
  if (accepted.rule && accepted.rule !== finding.rule.name) return false
  if (accepted.path && !accepted.path.ignores(finding.location.file)) return false
  if (!accepted.object) return true
  if (!object) return false
  const parts = accepted.object.split('/')
  const actual = parts.length === 3 ? [object.kind, object.namespace, object.name] : [object.kind, object.name]
  return parts.length === actual.length && parts.every((part, i) => part === '*' || part === actual[i])
}
