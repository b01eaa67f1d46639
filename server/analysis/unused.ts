import { type Analysis, unitsReading } from './analyse.ts'
import type { Findings, Question } from './findings.ts'
import { annotationsOf, hasExpired, type Suppression, suppressionBy, suppressionsOf } from './suppress.ts'

/** A suppression that can go, or does not do what its author thinks, with a message that says which. */
export interface UnusedSuppression extends Suppression {
  readonly message: string
}

/**
 * Suppressions without effect, in the files asked for. Nothing is said where it cannot be known: while the
 * text is broken, of rules that are switched off, and of the configuration's patterns when only some files
 * are asked for.
 * @param used the rules that each suppression kept silent
 */
export function unusedSuppressions(
  analysis: Analysis,
  question: Question,
  used: ReadonlyMap<Suppression, ReadonlySet<string>>,
  withheld: Findings['withheld'],
): readonly UnusedSuppression[] {
  const broken = new Set(analysis.problems.flatMap(({ file, incomplete }) => (incomplete ? [file] : [])))
  const judge = judgeOf(analysis, used, withheld)
  const written = writtenSuppressions(analysis, question).filter(({ location }) => !broken.has(location.file))
  return [
    ...written.flatMap((suppression) => judge(suppression)),
    ...expired(analysis, question),
    ...(question.files || broken.size > 0 ? [] : standing(analysis, question).flatMap((suppression) => judge(suppression))),
  ]
}

/**
 * Comments and annotations of the files asked for. An annotation of a build may silence what is shown in any
 * of its files, so that it is judged only with all of them.
 */
function writtenSuppressions(analysis: Analysis, { files }: Question): Suppression[] {
  const found = new Set<Suppression>()
  const annotations = new Map<string, Suppression>()
  for (const path of files ?? analysis.files.keys()) {
    const file = analysis.files.get(path)
    const units = unitsReading(analysis, path)
    if (file && units.length > 0) for (const suppression of suppressionsOf(file)) found.add(suppression)
    for (const unit of units) {
      if (files && unit.kind !== 'manifest') continue
      for (const suppression of [...annotationsOf(unit).values()].flat()) {
        if (suppression.location.file === path) annotations.set(keyOf(suppression), suppression)
      }
    }
  }
  return [...found, ...annotations.values()]
}

/** An annotation of a base is one in each build of it. */
function keyOf({ location: { file, span } }: Suppression): string {
  return `${file}:${span.start}`
}

function expired(analysis: Analysis, { files, today }: Question): UnusedSuppression[] {
  return analysis.config.accepted.flatMap((entry) => {
    if (!hasExpired(entry, today) || (files && !files.has(entry.location.file))) return []
    return [{ ...suppressionBy(entry), message: `This ended on ${entry.expires}: what it accepted is reported again.` }]
  })
}

function standing(analysis: Analysis, { today }: Question): Suppression[] {
  return analysis.config.accepted.filter((entry) => !hasExpired(entry, today)).map(suppressionBy)
}

function judgeOf(analysis: Analysis, used: ReadonlyMap<Suppression, ReadonlySet<string>>, withheld: Findings['withheld']) {
  const { profile, severities } = analysis.config
  const active = new Map(analysis.engine.rules.map((rule) => [rule.name, rule]))
  const unsure = new Set(withheld.map(({ rule }) => rule))
  const annotations = new Map<string, Set<string>>()
  for (const [suppression, rules] of used) {
    if (suppression.by !== 'annotation') continue
    const known = annotations.get(keyOf(suppression)) ?? new Set()
    annotations.set(keyOf(suppression), new Set([...known, ...rules]))
  }
  const isHidden = (name: string): boolean => {
    const level = severities.get(name) ?? active.get(name)?.severity
    return level === 'off' || unsure.has(name) || (profile === 'baseline' && level !== 'error' && level !== 'warning')
  }
  return (suppression: Suppression): UnusedSuppression[] => {
    const { by, rules } = suppression
    const silenced = by === 'annotation' ? annotations.get(keyOf(suppression)) : used.get(suppression)
    const what = by === 'configuration' ? 'entry' : by
    if (rules.length === 0) {
      return silenced ? [] : [{ ...suppression, message: `Nothing is reported that this ${what} is about: it can go.` }]
    }
    const missing = rules.filter((name) => !active.has(name) && !severities.has(name))
    const idle = rules.filter((name) => active.has(name) && !silenced?.has(name) && !isHidden(name))
    const list = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(', ')
    const messages: string[] = []
    // The configuration says so itself.
    if (missing.length > 0 && by !== 'configuration') messages.push(`There is no rule ${list(missing)}.`)
    if (idle.length > 0) {
      messages.push(
        `${list(idle)} ${idle.length === 1 ? 'reports' : 'report'} nothing that this ${what} is about: ${idle.length < rules.length ? 'name it no longer' : 'it can go'}.`,
      )
    }
    return messages.map((message) => ({ ...suppression, message }))
  }
}
