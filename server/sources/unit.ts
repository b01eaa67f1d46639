import type { KubeObject } from '../model/object.ts'
import type { ObjectChange } from '../model/rule.ts'
import type { Path } from '../model/value.ts'
import type { Span } from '../text/span.ts'

/** One text of the workspace. Immutable: its identity is the key of everything computed from it. */
export interface SourceFile {
  /** Relative to the workspace folder, with forward slashes. */
  readonly path: string
  readonly text: string
  /** Set when the host could not hand over the text (too large, binary, unreadable); `text` is then empty. */
  readonly problem?: string
  /** The content of a file that is no text but that a unit can read all the same: a packaged chart, a generator's file. `text` is then empty. */
  readonly bytes?: Uint8Array
}

export type Files = ReadonlyMap<string, SourceFile>

/** A place in a text. */
export interface Location {
  readonly file: string
  readonly span: Span
}

/** Something the author should know that is no finding: broken text, a missing file. */
export interface Problem extends Location {
  readonly message: string
  /** `information`: nothing is wrong, but it cannot be judged. */
  readonly severity: 'error' | 'warning' | 'information'
  /** Content was lost: what is missing from the model may stand here, so findings about absence are withheld. */
  readonly incomplete?: boolean
}

export interface NotEvaluated {
  readonly file: string
  readonly reason: string
}

/** Who wrote a value: the line itself, a line that contributes to it, or the branch that keeps it from being written. */
export interface Origin extends Location {
  readonly role: 'written' | 'contributes' | 'gate'
  /** For people, e.g. `base` or `values-prod.yaml`. Absent where the file name says it all. */
  readonly note?: string
}

export interface FileEdit extends Location {
  readonly text: string
}

/** One way to make changes true: all of it or nothing. */
export interface Rewriting {
  readonly edits: readonly FileEdit[]
  readonly created: readonly { readonly file: string; readonly text: string }[]
  /** Appended to the fix's title, e.g. `in values-prod.yaml`; '' where there is nothing to tell. */
  readonly suffix: string
}

export type UnitKind = 'manifest' | 'kustomization' | 'chart' | 'module'

/**
 * What is evaluated together: a manifest file, a kustomization, a chart with one layering of values, a
 * Terraform root module with one set of variables. Immutable. How a front end stores positions is its own.
 */
export interface Unit {
  /** The path of the file that a person would name for it; with `#` and the variant where there are several. */
  readonly id: string
  readonly kind: UnitKind
  /**
   * Every file that was read, found or not, and every folder that was listed, with a slash at its end (`/` is
   * the workspace folder): the unit is evaluated again when one of them changes.
   */
  readonly reads: readonly string[]
  readonly objects: readonly KubeObject[]
  readonly problems: readonly Problem[]
  readonly notEvaluated: readonly NotEvaluated[]
  /** Kinds of objects that it would make with other values, and does not make now. */
  readonly unmade?: ReadonlySet<string>
  /** Where the key or value at `path` is written; undefined when it is absent or a default. */
  locate(object: KubeObject, path: Path, part: 'key' | 'value'): Location | undefined
  /** All who have a say in the value at `path`, the one that decides first. */
  origins(object: KubeObject, path: Path): readonly Origin[]
  /** Where a range of the decoded string at `path` is written; the whole value when it cannot be told. */
  locateWithin(object: KubeObject, path: Path, range: Span): Location | undefined
  /** The object and path at an offset of one of the unit's files. */
  at(file: string, offset: number): { object: KubeObject; path: Path; part: 'key' | 'value' } | undefined
  /** The alternatives, best first; or why there is none. */
  rewrite(changes: readonly ObjectChange[]): readonly Rewriting[] | { readonly refused: string }
}
