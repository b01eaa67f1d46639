import { expect, test } from 'vitest'
import type { CodeAction } from 'vscode-languageserver'
import { ticked } from '../../client/confirm.ts'

const top = { line: 0, character: 0 }
const start = { line: 3, character: 0 }
const change = { range: { start, end: start }, newText: 'x', annotationId: 'zero-trust' }

function action(needsConfirmation: boolean): CodeAction {
  return {
    title: 'Fix all',
    edit: {
      documentChanges: [
        { kind: 'create', uri: 'file:///new.yaml', annotationId: 'zero-trust' },
        { textDocument: { uri: 'file:///new.yaml', version: null }, edits: [change] },
        { textDocument: { uri: 'file:///open.yaml', version: 7 }, edits: [change] },
      ],
      changeAnnotations: { 'zero-trust': { label: 'Fix all', needsConfirmation } },
    },
  }
}

test('an edit that changes nothing asks, behind the creation of its document, and no other asks', () => {
  const before = action(true)
  const after = ticked(before)
  const [created, question, ...changes] = after.edit?.documentChanges ?? []
  expect([created, ...changes]).toEqual(before.edit?.documentChanges)
  const asking = Object.entries(after.edit?.changeAnnotations ?? {}).filter(([, { needsConfirmation }]) => needsConfirmation)
  expect(asking).toEqual([['zero-trust-ask', { label: 'Fix all', needsConfirmation: true }]])
  expect(question).toEqual({
    textDocument: { uri: 'file:///new.yaml', version: null },
    edits: [{ range: { start: top, end: top }, newText: '', annotationId: 'zero-trust-ask' }],
  })
})

test('what does not ask stays as it is', () => {
  const asked = action(false)
  expect(ticked(asked)).toBe(asked)
  expect(ticked({ title: 'nothing' })).toEqual({ title: 'nothing' })
})
