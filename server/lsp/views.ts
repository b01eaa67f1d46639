import type { CodeLens, Hover, Position, Location as Target } from 'vscode-languageserver'
import { unitsReading } from '../analysis/analyse.ts'
import type { Choice, Feature, Place, View, ViewRequest } from './feature.ts'
import type { Session } from './session.ts'

/** The command with which a client opens a view; its argument is an `OpenView`. */
export const OPEN_VIEW = 'kubeZeroTrust.openView'

/** Enough to ask for a view again, from the address of its document alone. */
export interface OpenView extends ViewRequest {
  /** URI of the workspace folder, with a slash at its end. */
  readonly folder: string
}

/** A view as clients get it: places by URI and line. */
export interface SentView {
  readonly title: string
  readonly text: string
  readonly lines: readonly { readonly line: number; readonly uri: string; readonly from: Position }[]
}

type Report = (what: string, error: unknown) => void

/** Asks one feature after the other; one that throws is reported and left out. */
function each<T>(features: readonly Feature[], report: Report, ask: (feature: Feature) => readonly T[] | undefined): T[] {
  return features.flatMap((feature) => {
    try {
      return ask(feature) ?? []
    } catch (error) {
      report(`The part "${feature.name}" failed`, error)
      return []
    }
  })
}

export function placeAt(session: Session, file: string, position: Position): Place {
  const analysis = session.workspace.analysis()
  const offset = session.converter(analysis).lines(file).offset(position)
  const objects = unitsReading(analysis, file).flatMap((unit) => {
    const found = unit.at(file, offset)
    return found ? [{ unit, ...found }] : []
  })
  return { analysis, file, offset, objects }
}

/** The hover of findings, with what features add to it. */
export function withFeatures(hover: Hover | null, features: readonly Feature[], place: Place, report: Report): Hover | null {
  const sections = each(features, report, (feature) => feature.hover?.(place))
  if (sections.length === 0) return hover
  const first = hover && typeof hover.contents === 'object' && 'value' in hover.contents ? [hover.contents.value] : []
  return {
    ...(hover?.range ? { range: hover.range } : {}),
    contents: { kind: 'markdown', value: [...first, ...sections].join('\n\n---\n\n') },
  }
}

/** Where names lead to, with what features know. */
export function withPlaces(
  found: readonly Target[],
  session: Session,
  features: readonly Feature[],
  place: Place,
  report: Report,
): Target[] {
  const converter = session.converter(place.analysis)
  return [...found, ...each(features, report, (feature) => feature.definition?.(place)).map((at) => converter.location(at))]
}

export function codeLenses(session: Session, file: string, features: readonly Feature[], report: Report): CodeLens[] {
  const analysis = session.workspace.analysis()
  const converter = session.converter(analysis)
  return each(features, report, (feature) => feature.lenses?.(analysis, file, session.today, (path) => session.saved(path))).map(
    ({ file: at, span, title, view }) => ({
      range: converter.range(at, span),
      command: {
        title,
        command: view ? OPEN_VIEW : '',
        ...(view ? { arguments: [{ folder: session.root, ...view } satisfies OpenView] } : {}),
      },
    }),
  )
}

export function view(session: Session, request: ViewRequest, features: readonly Feature[], report: Report): SentView | null {
  const analysis = session.workspace.analysis()
  const [found] = each<View>(features, report, (feature) => {
    const made = feature.views?.[request.view]?.(analysis, request.parameters, (path) => session.saved(path))
    return made ? [made] : []
  })
  if (!found) return null
  const converter = session.converter(analysis)
  return {
    title: found.title,
    text: found.text,
    lines: (found.lines ?? []).map(({ line, from }) => ({
      line,
      uri: converter.uri(from.file),
      from: converter.range(from.file, from.span).start,
    })),
  }
}

export function choices(session: Session, parameter: string, features: readonly Feature[], report: Report): Choice[] {
  const analysis = session.workspace.analysis()
  return each(features, report, (feature) => feature.choices?.[parameter]?.(analysis))
}
