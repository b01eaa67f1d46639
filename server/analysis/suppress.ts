import type { KubeObject } from '../model/object.ts'
import { text } from '../model/value.ts'
import { workloadOf } from '../model/workload.ts'
import type { Location, SourceFile, Unit } from '../sources/unit.ts'
import { hclCommentsOf } from '../syntax/hcl/index.ts'
import { commentsOf } from '../syntax/yaml/index.ts'
import type { Span } from '../text/span.ts'
import type { Analysis } from './analyse.ts'
import type { AcceptedFinding } from './config.ts'
import type { Finding } from './findings.ts'

/** The annotation, on an object or a pod template: `<rule>[, <rule>] -- reason`, entries separated by semicolons. */
export const IGNORE_ANNOTATION = 'zero-trust/ignore'

/** Why a finding is not shown. The same one is the same object as long as its text does not change. */
export interface Suppression {
  readonly by: 'comment' | 'annotation' | 'configuration'
  /** Empty: every rule. */
  readonly rules: readonly string[]
  readonly reason: string
  readonly location: Location
  /** Where findings must begin; undefined for the whole file. */
  readonly scope?: Span
}

const COMMENT = /(?:#|\/\/)\s*zero-trust:\s*(ignore|ignore-file)\s+([\w-]+(?:\s*,\s*[\w-]+)*)\s*(?:--\s*(\S.*?))?\s*$/

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
  const comments = /\.(?:tf|tofu|tfvars)$/.test(file.path) ? hclCommentsOf(file.text) : commentsOf(file.text)
  return comments.flatMap((comment): Suppression[] => {
    const match = COMMENT.exec(file.text.slice(comment.span.start, comment.span.end))
    if (!match) return []
    const rules = (match[2] ?? '').split(',').map((rule) => rule.trim())
    const base = { by: 'comment' as const, rules, reason: match[3] ?? '', location: { file: file.path, span: comment.span } }
    return [match[1] === 'ignore-file' ? base : { ...base, scope: comment.scope }]
  })
}

/** Everything that suppresses a finding, the nearest first: comments, annotations, entries of the configuration. */
export function suppressionsFor(analysis: Analysis, finding: Finding, today: string): readonly Suppression[] {
  const { rule, location } = finding
  const file = analysis.files.get(location.file)
  const comments = file ? suppressionsOf(file).filter(({ scope }) => covers(scope, location.span)) : []
  // A finding of several builds is silenced when it is in all of them.
  const byObject = [...new Set(finding.occurrences.map(({ found }) => found.object))].map((object) => {
    const unit = analysis.units.get(object.unit)
    return ((unit && annotationsOf(unit).get(object)) ?? []).filter(({ rules }) => rules.includes(rule.name))
  })
  const annotations = byObject.every((suppressions) => suppressions.length > 0) ? byObject.flat() : []
  const accepted = analysis.config.accepted.filter((entry) => accepts(entry, finding) && !hasExpired(entry, today)).map(suppressionBy)
  return [...comments, ...annotations, ...accepted].filter(({ rules }) => rules.length === 0 || rules.includes(rule.name))
}

function covers(scope: Span | undefined, span: Span): boolean {
  return scope === undefined || (scope.start <= span.start && span.start < scope.end)
}

const annotated = new WeakMap<Unit, ReadonlyMap<KubeObject, readonly Suppression[]>>()

/** The annotations of a unit's objects and of their pod templates. */
export function annotationsOf(unit: Unit): ReadonlyMap<KubeObject, readonly Suppression[]> {
  const known = annotated.get(unit)
  if (known) return known
  const found = new Map<KubeObject, readonly Suppression[]>()
  for (const object of unit.objects) {
    const suppressions = readAnnotations(unit, object)
    if (suppressions.length > 0) found.set(object, suppressions)
  }
  annotated.set(unit, found)
  return found
}

function readAnnotations(unit: Unit, object: KubeObject): Suppression[] {
  const template = workloadOf(object)?.templatePath ?? []
  const holders = template.length === 0 ? [[]] : [[], template]
  return holders.flatMap((holder) => {
    const path = [...holder, 'metadata', 'annotations', IGNORE_ANNOTATION]
    const value = text(object.body, ...path)
    if (value === undefined) return []
    const whole = unit.locate(object, path, 'value')
    let at = 0
    return value.split(';').flatMap((entry): Suppression[] => {
      const start = at + entry.length - entry.trimStart().length
      at += entry.length + 1
      const [names = '', ...reason] = entry.split('--')
      const rules = names.split(/[\s,]+/).filter((name) => name !== '')
      const location = unit.locateWithin(object, path, { start, end: start + entry.trim().length }) ?? whole
      if (rules.length === 0 || !location) return []
      return [{ by: 'annotation', rules, reason: reason.join('--').trim(), location }]
    })
  })
}

const accepting = new WeakMap<AcceptedFinding, Suppression>()

/** An entry of the configuration as a suppression. */
export function suppressionBy(entry: AcceptedFinding): Suppression {
  const known = accepting.get(entry)
  if (known) return known
  const { rule, reason, location } = entry
  const made: Suppression = { by: 'configuration', rules: rule ? [rule] : [], reason, location }
  accepting.set(entry, made)
  return made
}

/** @param today `2026-12-31`; an entry holds to the end of its last day */
export function hasExpired({ expires }: AcceptedFinding, today: string): boolean {
  return expires !== undefined && expires < today
}

/** Whether an entry of the configuration is about a finding, expired or not. */
function accepts(accepted: AcceptedFinding, finding: Finding): boolean {
  if (accepted.rule && accepted.rule !== finding.rule.name) return false
  if (accepted.path && !accepted.path.ignores(finding.location.file)) return false
  const pattern = accepted.object
  return !pattern || finding.occurrences.every(({ found }) => isNamed(found.object, pattern))
}

function isNamed(object: KubeObject, pattern: string): boolean {
  const parts = pattern.split('/')
  const actual = parts.length === 3 ? [object.kind, object.namespace, object.name] : [object.kind, object.name]
  return parts.length === actual.length && parts.every((part, i) => part === '*' || part === actual[i])
}
