import type { Location, NotEvaluated, Problem } from '../unit.ts'
import type { Node, Origin } from './node.ts'
import { placeOf } from './place.ts'

/** What a build notes besides its objects. One for each kustomization, so that a shared base is noted once and told to all who use it. */
export class Log {
  /** The kustomization. */
  readonly file: string
  readonly reads = new Set<string>()
  readonly problems: Problem[] = []
  readonly notEvaluated: NotEvaluated[] = []
  /** A path leads out of the workspace. */
  leaves = false
  #told = new Set<string>()

  constructor(file: string) {
    this.file = file
  }

  problem(
    at: Node | Origin | Location,
    message: string,
    options: { part?: 'key' | 'value'; severity?: Problem['severity']; incomplete?: boolean } = {},
  ): void {
    const place: Location = 'span' in at ? at : placeOf('from' in at ? at.from : at, options.part)
    const key = `${place.file}\n${place.span.start}\n${message}`
    if (this.#told.has(key)) return
    this.#told.add(key)
    this.problems.push({
      ...place,
      message,
      severity: options.severity ?? 'error',
      ...(options.incomplete ? { incomplete: true } : {}),
    })
  }

  unknown(reason: string): void {
    this.notEvaluated.push({ file: this.file, reason })
  }

  add(other: Log): void {
    for (const path of other.reads) this.reads.add(path)
    this.leaves ||= other.leaves
    for (const { file, span, ...rest } of other.problems) this.problem({ file, span }, rest.message, rest)
    for (const note of other.notEvaluated) this.notEvaluated.push(note)
  }
}
