import { equal, hasUnknown, type Value } from '../../model/value.ts'
import { applyEdits, type TextEdit } from '../../text/edit.ts'
import { afterChanges, applyChange, type YamlChange } from './change.ts'
import { Draft } from '../../text/draft.ts'
import { styleOf } from './layout.ts'
import { parseYaml } from './parse.ts'
import { rewrite } from './rewrite.ts'
import { writtenPath, type YamlTree } from './tree.ts'

/** Whether a text may have an alias; a star in a string is enough. */
export function mayShare(text: string): boolean {
  return /(?:^|[\s[{,:-])\*[^\s,[\]{}]/.test(text)
}

/**
 * Changes of which some have to be made together, because their places share one text through aliases or
 * merges: it is edited once, where it is written, and then all of them, and nothing else, must be true.
 * Undefined when there are none such, or it does not come out so.
 */
export function editShared(text: string, tree: YamlTree, changes: readonly YamlChange[]): { readonly edits: TextEdit[] } | undefined {
  if (!mayShare(text)) return undefined
  const written = changes.map((change) => ({ ...change, path: writtenPath(tree, change.path) }))
  const once = [...new Map(written.map((change) => [JSON.stringify(change), change])).values()]
  const expected = once.length < changes.length ? bodyAfter(tree.body, changes) : undefined
  if (!expected) return undefined
  const draft = new Draft(text.length)
  const made: YamlChange[] = []
  let state = { text, tree }
  for (const change of once) {
    if (change.op !== 'remove' && hasUnknown(change.value)) return undefined
    const current = afterChanges(change, made)
    const edits = 'refused' in current ? current : rewrite({ ...state, style: styleOf(state.text, state.tree) }, current)
    if ('refused' in edits) return undefined
    draft.apply(edits)
    const after = applyEdits(state.text, edits)
    state = { text: after, tree: parseYaml(after) }
    made.push(change)
  }
  const isRight = state.tree.problems.every(({ harmless }) => harmless) && equal(state.tree.body, expected.body)
  return isRight ? { edits: draft.edits() } : undefined
}

function bodyAfter(body: Value | undefined, changes: readonly YamlChange[]): { readonly body: Value | undefined } | undefined {
  let after = body
  for (const [i, change] of changes.entries()) {
    const current = afterChanges(change, changes.slice(0, i))
    const next = 'refused' in current ? current : applyChange(after, current)
    if ('refused' in next) return undefined
    after = next.body
  }
  return { body: after }
}
