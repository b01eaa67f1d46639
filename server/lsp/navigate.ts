import type { DocumentLink, Hover, Location, Position } from 'vscode-languageserver'
import { type Analysis, unitsReading } from '../analysis/analyse.ts'
import { describe, type KubeObject } from '../model/object.ts'
import type { Reference, References } from '../model/references.ts'
import { touches } from '../text/span.ts'
import type { Session } from './session.ts'

/** The findings under the cursor, each with its rule's page. */
export function hover(session: Session, path: string, position: Position, pages: ReadonlyMap<string, string>): Hover | null {
  const analysis = session.workspace.analysis()
  const converter = session.converter(analysis)
  const offset = converter.lines(path).offset(position)
  const here = session
    .findingsIn(path)
    .findings.filter(
      ({ location, rule }) => location.file === path && !rule.auditOnly && touches(location.span, { start: offset, end: offset }),
    )
  const first = here[0]
  if (!first) return null
  const value = here
    .map((finding) => `**${finding.rule.title}** \`${finding.rule.name}\`\n\n${why(pages.get(finding.rule.name) ?? '')}`)
    .join('\n\n---\n\n')
  return { contents: { kind: 'markdown', value }, range: converter.range(path, first.location.span) }
}

/** The part of a page that says what and why; its examples are for the page itself. */
function why(page: string): string {
  return (
    page
      .replace(/^# .*\n/, '')
      .split(/^## Flagged/m)[0]
      ?.replace(/^## (.*)$/gm, '**$1**')
      .trim() ?? ''
  )
}

/** Where the object behind a name is written; the workloads behind a selector. */
export function definition(session: Session, path: string, position: Position): Location[] {
  const analysis = session.workspace.analysis()
  const found = referenceAt(session, analysis, path, position)
  return found ? places(session, analysis, found.references.resolve(found.reference)) : []
}

/** Who refers to the object whose name the cursor is on, or to the same object as the name under it. */
export function references(session: Session, path: string, position: Position, includeDeclaration: boolean): Location[] {
  const analysis = session.workspace.analysis()
  const converter = session.converter(analysis)
  const named = referenceAt(session, analysis, path, position)
  const object = objectNamedAt(session, analysis, path, position)
  const index = named?.references ?? (object && indexOf(analysis, object))
  const targets = named ? named.references.resolve(named.reference) : object ? [object] : []
  if (!index) return []
  const uses = targets
    .flatMap((target) => index.to(target))
    .flatMap((reference) => {
      const location = analysis.units
        .get(reference.from.unit)
        ?.locate(reference.from, reference.path, reference.name === undefined ? 'key' : 'value')
      return location ? [converter.location(location)] : []
    })
  return includeDeclaration ? [...places(session, analysis, targets), ...uses] : uses
}

/** Names that stand for exactly one object elsewhere in the workspace. */
export function documentLinks(session: Session, path: string): DocumentLink[] {
  const analysis = session.workspace.analysis()
  const converter = session.converter(analysis)
  const links: DocumentLink[] = []
  for (const object of unitsReading(analysis, path).flatMap((unit) => unit.objects)) {
    const index = indexOf(analysis, object)
    for (const reference of index?.of(object) ?? []) {
      const targets = reference.name === undefined ? [] : (index?.resolve(reference) ?? [])
      const [target] = targets
      const from = analysis.units.get(object.unit)?.locate(object, reference.path, 'value')
      const to = target && targets.length === 1 ? analysis.units.get(target.unit)?.locate(target, ['metadata', 'name'], 'value') : undefined
      if (!target || from?.file !== path || !to || to.file === path) continue
      const { line, character } = converter.range(to.file, to.span).start
      links.push({
        range: converter.range(path, from.span),
        target: `${converter.uri(to.file)}#L${line + 1},${character + 1}`,
        tooltip: `Open ${describe(target)}`,
      })
    }
  }
  return links
}

function referenceAt(
  session: Session,
  analysis: Analysis,
  path: string,
  position: Position,
): { reference: Reference; references: References } | undefined {
  const at = objectAt(session, analysis, path, position)
  const index = at && indexOf(analysis, at.object)
  const reference = at && index?.of(at.object).find(({ path: own }) => own.every((step, i) => at.path[i] === step))
  return reference && index ? { reference, references: index } : undefined
}

function objectNamedAt(session: Session, analysis: Analysis, path: string, position: Position): KubeObject | undefined {
  const at = objectAt(session, analysis, path, position)
  return at && at.path.join('/') === 'metadata/name' ? at.object : undefined
}

function objectAt(session: Session, analysis: Analysis, path: string, position: Position) {
  const offset = session.converter(analysis).lines(path).offset(position)
  for (const unit of unitsReading(analysis, path)) {
    const found = unit.at(path, offset)
    if (found) return found
  }
  return undefined
}

/** Of the first environment that holds the object: names are resolved inside one cluster. */
function indexOf(analysis: Analysis, object: KubeObject): References | undefined {
  return analysis.environments.find(({ units }) => units.some((unit) => unit.id === object.unit))?.model.facts.references
}

function places(session: Session, analysis: Analysis, objects: readonly KubeObject[]): Location[] {
  const converter = session.converter(analysis)
  return objects.flatMap((object) => {
    const unit = analysis.units.get(object.unit)
    const location = unit?.locate(object, ['metadata', 'name'], 'value') ?? unit?.locate(object, ['kind'], 'value')
    return location ? [converter.location(location)] : []
  })
}
