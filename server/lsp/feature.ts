import type { Analysis, AnalysedEnvironment } from '../analysis/analyse.ts'
import type { KubeObject } from '../model/object.ts'
import type { Path } from '../model/value.ts'
import type { Location, Unit } from '../sources/unit.ts'

/**
 * The units and facts that there would be if a file were what is saved of it (or what it was opened as, before it was
 * read), without what rules say across objects; undefined when it is.
 */
export type Saved = (file: string) => Analysis | undefined

/** A place in an open file, and what the units that read it know of it. */
export interface Place {
  readonly analysis: Analysis
  readonly file: string
  readonly offset: number
  /** The objects whose text is there: several when several builds share the line. */
  readonly objects: readonly { readonly unit: Unit; readonly object: KubeObject; readonly path: Path; readonly part: 'key' | 'value' }[]
}

/** A line above a place that says something, and leads somewhere when `view` is there. */
export interface Lens extends Location {
  readonly title: string
  readonly view?: ViewRequest
}

/** Which read-only document is meant; `parameters` are of the view's own kind and survive JSON. */
export interface ViewRequest {
  readonly view: string
  readonly parameters: Readonly<Record<string, string>>
}

/** A read-only document that is computed. */
export interface View {
  /** With the ending that tells the editor its language. */
  readonly title: string
  readonly text: string
  /** Which lines of it (from 0) come from which places, for a cursor that follows. */
  readonly lines?: readonly { readonly line: number; readonly from: Location }[]
}

/** What a person may be asked to choose from, for the parameters of a view. */
export interface Choice {
  readonly value: string
  readonly label: string
  readonly detail?: string
}

/**
 * What a part of the product adds to the editor. All of it is optional, nothing of it may be slow: answers
 * come from facts that the analysis has. A feature that throws loses its own answer, nothing else.
 */
export interface Feature {
  readonly name: string
  /** Sections of a hover, as Markdown. */
  hover?(place: Place): readonly string[]
  /** Where what is under the cursor is written, beside what names of objects stand for. */
  definition?(place: Place): readonly Location[]
  /** `today` is for suppressions that expire. */
  lenses?(analysis: Analysis, file: string, today: string, saved: Saved): readonly Lens[]
  /** By name; undefined when what was asked for is not there. */
  readonly views?: Readonly<
    Record<string, (analysis: Analysis, parameters: Readonly<Record<string, string>>, saved: Saved) => View | undefined>
  >
  /** By the name of a parameter. */
  readonly choices?: Readonly<Record<string, (analysis: Analysis) => readonly Choice[]>>
}

/** The environments that hold an object, in the order of their names. */
export function environmentsOf(analysis: Analysis, object: KubeObject): AnalysedEnvironment[] {
  return analysis.environments.filter(({ units }) => units.some(({ id }) => id === object.unit))
}
