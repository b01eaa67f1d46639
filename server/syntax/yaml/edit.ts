import { equal, hasUnknown, isList, isMap, type Path, type Value } from '../../model/value.ts'
import { Draft } from '../../text/draft.ts'
import { applyEdits, type TextEdit, withoutSharedLines } from '../../text/edit.ts'
import { touches } from '../../text/span.ts'
import { afterChanges, applyChange, nameOf, type Refused, valueAt, type YamlChange } from './change.ts'
import { editShared, mayShare } from './edit-shared.ts'
import { styleOf } from './layout.ts'
import { parseYaml } from './parse.ts'
import { rewrite } from './rewrite.ts'
import { findChild, linkOf, type YamlTree } from './tree.ts'
import type { YamlStyle } from './write.ts'

/**
 * The edits of one document (see `splitDocuments`; JSON is one too) that make all changes true and nothing
 * else: the edited text is read again and its body compared. Comments, order, quotes, indentation and line
 * ends of everything else are kept. Refused with a reason that completes "Not possible here: …".
 */
export function editYaml(text: string, changes: readonly YamlChange[]): { readonly edits: TextEdit[] } | Refused {
  const tree = parseYaml(text)
  if (isBroken(tree)) return { refused: 'the document has syntax errors' }
  const shared = changes.length > 1 ? editShared(text, tree, changes) : undefined
  const result = shared ?? makeAll({ text, tree }, changes, true)
  // Of changes made together it is not known which one went wrong.
  const made = 'refused' in result && changes.length > 1 ? makeAll({ text, tree }, changes, false) : result
  return 'refused' in made ? made : { edits: made.edits.map((edit) => withoutSharedLines(text, edit)) }
}

function makeAll(state: State, changes: readonly YamlChange[], together: boolean): { readonly edits: TextEdit[] } | Refused {
  const editing = new Editing(state, together)
  for (const [i, change] of changes.entries()) {
    if (change.op !== 'remove' && hasUnknown(change.value)) return { refused: 'the new value is not known' }
    const current = afterChanges(change, changes.slice(0, i))
    const refused = 'refused' in current ? current : editing.make(current)
    if (refused) return refused
  }
  return editing.finish()
}

interface State {
  readonly text: string
  readonly tree: YamlTree
}

function isBroken(tree: YamlTree): boolean {
  return tree.problems.some((problem) => !problem.harmless)
}

/** A document under edit. Changes that have nothing to do with each other wait to be made together: reading is what costs. */
class Editing {
  readonly #together: boolean
  #draft: Draft
  #state: State
  #style: YamlStyle
  /** The body once all that waits is made. */
  #body: Value | undefined
  #waiting: TextEdit[] = []
  /** What the waiting edits are about. */
  #scopes: Path[] = []
  #latest: Path = []

  constructor(state: State, together: boolean) {
    this.#together = together
    this.#draft = new Draft(state.text.length)
    this.#state = state
    this.#style = styleOf(state.text, state.tree)
    this.#body = state.tree.body
  }

  /** Makes one change, in small steps where that keeps more of the text. */
  make(change: YamlChange): Refused | undefined {
    const steps = stepsOf(this.#body, change)
    if (steps.length === 0) return undefined
    const [only] = steps
    if (only && steps.length === 1) return this.#make(only)
    const refused = this.#settle()
    if (refused) return refused
    const before = { draft: this.#draft.copy(), state: this.#state, style: this.#style, body: this.#body }
    if (!this.#makeSteps(steps)) return undefined
    this.#draft = before.draft
    this.#state = before.state
    this.#style = before.style
    this.#body = before.body
    this.#waiting = []
    this.#scopes = []
    return this.#make(change)
  }

  #makeSteps(steps: readonly YamlChange[]): Refused | undefined {
    for (const step of steps) {
      const refused = this.#make(step)
      if (refused) return refused
    }
    return this.#settle()
  }

  finish(): { readonly edits: TextEdit[] } | Refused {
    return this.#settle() ?? { edits: this.#draft.edits() }
  }

  #make(step: YamlChange): Refused | undefined {
    const next = applyChange(this.#body, step)
    if ('refused' in next) return next
    if (equal(next.body, this.#body)) return undefined
    const scope = scopeOf(this.#body, step)
    const isApart = this.#scopes.every((other) => !isWithin(scope, other) && !isWithin(other, scope))
    const early = isApart ? undefined : this.#settle()
    if (early) return early
    let edits = rewrite({ ...this.#state, style: this.#style }, step)
    if (!('refused' in edits) && edits.some((edit) => this.#waiting.some((other) => touches(edit, other)))) {
      const refused = this.#settle()
      if (refused) return refused
      edits = rewrite({ ...this.#state, style: this.#style }, step)
    }
    if ('refused' in edits) return edits
    this.#waiting.push(...edits)
    this.#scopes.push(scope)
    this.#latest = step.path
    this.#body = next.body
    return this.#together ? undefined : this.#settle()
  }

  /** Makes what waits and looks whether it came out as meant. */
  #settle(): Refused | undefined {
    if (this.#waiting.length === 0) return undefined
    const text = applyEdits(this.#state.text, this.#waiting)
    const tree = parseYaml(text)
    if (isBroken(tree) || !equal(tree.body, this.#body)) return { refused: sharedReason(this.#state, this.#latest) }
    this.#draft.apply(this.#waiting)
    this.#state = { text, tree }
    this.#style = styleOf(text, tree)
    this.#waiting = []
    this.#scopes = []
    return undefined
  }
}

/** The part of a document that a step has to itself: a value, or the collection whose entries it adds or removes. */
function scopeOf(body: Value | undefined, step: YamlChange): Path {
  if (step.op === 'remove') return step.path.slice(0, -1)
  const { path } = step
  let depth = 0
  while (depth < path.length && valueAt(body, path.slice(0, depth + 1)) !== undefined) depth++
  return path.slice(0, depth)
}

function isWithin(path: Path, outer: Path): boolean {
  return outer.every((step, i) => path[i] === step)
}

function sharedReason({ text, tree }: State, path: Path): string {
  let node = 0
  for (const [i, step] of path.entries()) {
    const link = linkOf(tree, node)
    if (link !== undefined) return `${nameOf(path.slice(0, i))} comes from an anchor that other places share`
    const child = findChild(tree, link ?? node, step)
    if (child === undefined) break
    node = child
  }
  if (mayShare(text)) return `${nameOf(path)} is shared with other places through an alias`
  return `${nameOf(path)} is written in a way that cannot be edited safely`
}

/** A collection that replaces one of its kind is written as the differences between the two. */
function stepsOf(body: Value | undefined, change: YamlChange): YamlChange[] {
  if (change.op !== 'set') return [change]
  const old = valueAt(body, change.path)
  return old === undefined ? [change] : differences(old, change.value, change.path)
}

function differences(old: Value, value: Value, path: Path): YamlChange[] {
  if (equal(old, value)) return []
  if (isMap(old) && isMap(value)) {
    const kept = Object.keys(old).filter((key) => Object.hasOwn(value, key))
    if (kept.length === 0) return [{ op: 'set', path, value }]
    const changed = Object.entries(value).flatMap(([key, item]): YamlChange[] => {
      const before = Object.hasOwn(old, key) ? old[key] : undefined
      return before === undefined ? [{ op: 'set', path: [...path, key], value: item }] : differences(before, item, [...path, key])
    })
    const removed = Object.keys(old).filter((key) => !Object.hasOwn(value, key))
    return [...changed, ...removed.map((key): YamlChange => ({ op: 'remove', path: [...path, key] }))]
  }
  if (isList(old) && isList(value) && old.length > 0 && value.length > 0) return listDifferences(old, value, path)
  return [{ op: 'set', path, value }]
}

/** What is equal at both ends stays; between them items are replaced one by one, and the rest inserted or removed. */
function listDifferences(old: readonly Value[], value: readonly Value[], path: Path): YamlChange[] {
  const shorter = Math.min(old.length, value.length)
  let head = 0
  while (head < shorter && equal(old[head], value[head])) head++
  let tail = 0
  while (tail < shorter - head && equal(old[old.length - 1 - tail], value[value.length - 1 - tail])) tail++
  const changes: YamlChange[] = []
  const both = shorter - tail
  for (let i = head; i < both; i++) changes.push(...differences(old[i] ?? null, value[i] ?? null, [...path, i]))
  for (let i = both; i < value.length - tail; i++) changes.push({ op: 'insert', path, index: i, value: value[i] ?? null })
  for (let i = old.length - tail - 1; i >= both; i--) changes.push({ op: 'remove', path: [...path, i] })
  return changes
}
