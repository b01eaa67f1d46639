import { equal, hasUnknown, isList, isMap, type Path, type Value } from '../../model/value.ts'
import { applyEdits, type TextEdit } from '../../text/edit.ts'
import { afterChanges, applyChange, nameOf, type Refused, valueAt, type YamlChange } from './change.ts'
import { Draft } from './draft.ts'
import { styleOf } from './layout.ts'
import { parseYaml } from './parse.ts'
import { rewrite } from './rewrite.ts'
import { findChild, linkOf, type YamlTree } from './tree.ts'

/**
 * The edits of one document (see `splitDocuments`; JSON is one too) that make all changes true and nothing
 * else: the edited text is read again and its body compared. Comments, order, quotes, indentation and line
 * ends of everything else are kept. Refused with a reason that completes "Not possible here: …".
 */
export function editYaml(text: string, changes: readonly YamlChange[]): { readonly edits: TextEdit[] } | Refused {
  const draft = new Draft(text.length)
  let state: State = { text, tree: parseYaml(text) }
  if (isBroken(state.tree)) return { refused: 'the document has syntax errors' }
  for (const [i, change] of changes.entries()) {
    if (change.op !== 'remove' && hasUnknown(change.value)) return { refused: 'the new value is not known' }
    const current = afterChanges(change, changes.slice(0, i))
    if ('refused' in current) return current
    const next = make(state, current, draft)
    if ('refused' in next) return next
    state = next
  }
  return { edits: draft.edits() }
}

interface State {
  readonly text: string
  readonly tree: YamlTree
}

function isBroken(tree: YamlTree): boolean {
  return tree.problems.some((problem) => !problem.harmless)
}

/** Makes one change true, in small steps where that keeps more of the text. */
function make(state: State, change: YamlChange, draft: Draft): State | Refused {
  const steps = stepsOf(state.tree.body, change)
  let at: State | Refused = state
  const edits: TextEdit[][] = []
  for (const step of steps) {
    const next: (State & { readonly edits: TextEdit[] }) | Refused = makeStep(at, step)
    if ('refused' in next) {
      at = next
      break
    }
    edits.push(next.edits)
    at = next
  }
  if ('refused' in at && steps.length > 1) {
    const whole = makeStep(state, change)
    if ('refused' in whole) return whole
    draft.apply(whole.edits)
    return whole
  }
  if (!('refused' in at)) for (const each of edits) draft.apply(each)
  return at
}

function makeStep(state: State, change: YamlChange): (State & { readonly edits: TextEdit[] }) | Refused {
  const expected = applyChange(state.tree.body, change)
  if ('refused' in expected) return expected
  if (equal(expected.body, state.tree.body)) return { ...state, edits: [] }
  const edits = rewrite({ ...state, style: styleOf(state.text, state.tree) }, change)
  if ('refused' in edits) return edits
  const text = applyEdits(state.text, edits)
  const tree = parseYaml(text)
  if (isBroken(tree) || !equal(tree.body, expected.body)) return { refused: sharedReason(state, change.path) }
  return { text, tree, edits }
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
  if (/(?:^|[\s[{,:-])\*[^\s,[\]{}]/.test(text)) return `${nameOf(path)} is shared with other places through an alias`
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
