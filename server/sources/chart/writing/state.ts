import type { KubeObject } from '../../../model/object.ts'
import { Draft } from '../../../text/draft.ts'
import { applyEdits } from '../../../text/edit.ts'
import type { FileEdit, Files, Rewriting } from '../../unit.ts'
import type { Layer } from '../layers.ts'
import type { Entry } from '../objects.ts'
import type { Rendering } from '../render.ts'

/** What a chart renders to with some of its files. */
export interface Rendered {
  readonly files: Files
  readonly rendering: Rendering
  readonly objects: ReadonlyMap<KubeObject, Entry>
  readonly layers: readonly Layer[]
}

/** One way to make one change. Edits hold offsets of the texts that it was made for. */
export interface Attempt {
  readonly edits: readonly FileEdit[]
  readonly created?: Rewriting['created']
}

/** Renders the same installation from other files; undefined when there were too many attempts already. */
export type Render = (files: Files) => Rendered | undefined

/** A chart on its way through several changes. Immutable. */
export class State {
  readonly rendered: Rendered
  readonly #drafts: ReadonlyMap<string, Draft>
  readonly #created: ReadonlySet<string>

  constructor(rendered: Rendered, drafts: ReadonlyMap<string, Draft> = new Map(), created: ReadonlySet<string> = new Set()) {
    this.rendered = rendered
    this.#drafts = drafts
    this.#created = created
  }

  /** The state after an attempt; undefined when it cannot be made. */
  after({ edits, created = [] }: Attempt, render: Render): State | undefined {
    const files = new Map(this.rendered.files)
    const drafts = new Map(this.#drafts)
    const made = new Set(this.#created)
    for (const path of new Set(edits.map(({ file }) => file))) {
      const file = files.get(path)
      if (!file) return undefined
      const changes = edits.flatMap((edit) => (edit.file === path ? [{ ...edit.span, text: edit.text }] : []))
      files.set(path, { ...file, text: applyEdits(file.text, changes) })
      if (made.has(path)) continue
      const draft = drafts.get(path)?.copy() ?? new Draft(file.text.length)
      draft.apply(changes)
      drafts.set(path, draft)
    }
    for (const { file, text } of created) {
      if (files.has(file)) return undefined
      files.set(file, { path: file, text })
      made.add(file)
    }
    const rendered = render(files)
    return rendered && new State(rendered, drafts, made)
  }

  /** Everything that was done, as edits of the files as they were at first. */
  get edits(): FileEdit[] {
    return [...this.#drafts].flatMap(([file, draft]) => draft.edits().map(({ start, end, text }) => ({ file, span: { start, end }, text })))
  }

  get created(): Rewriting['created'] {
    return [...this.#created].map((file) => ({ file, text: this.rendered.files.get(file)?.text ?? '' }))
  }
}
