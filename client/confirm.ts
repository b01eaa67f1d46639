import type { CodeAction, TextDocumentEdit } from 'vscode-languageclient'

const ASK = 'zero-trust-ask'

/**
 * An action whose changes ask for confirmation, as VS Code should show it. It shows such changes without their
 * ticks, so that "Apply" does nothing; here one that changes nothing asks, and the others come ticked.
 */
export function ticked(action: CodeAction): CodeAction {
  const { documentChanges, changeAnnotations } = action.edit ?? {}
  const asks = Object.values(changeAnnotations ?? {}).some(({ needsConfirmation }) => needsConfirmation)
  const at = documentChanges?.findIndex((change) => 'edits' in change && change.textDocument.version !== null) ?? -1
  const first = documentChanges?.[at < 0 ? 0 : at]
  if (!asks || !documentChanges || !first || !('edits' in first)) return action
  const start = { line: 0, character: 0 }
  const question: TextDocumentEdit = {
    textDocument: first.textDocument,
    edits: [{ range: { start, end: start }, newText: '', annotationId: ASK }],
  }
  const annotations = Object.entries(changeAnnotations ?? {}).map(([id, annotation]) => [id, { ...annotation, needsConfirmation: false }])
  return {
    ...action,
    edit: {
      ...action.edit,
      documentChanges: [question, ...documentChanges],
      changeAnnotations: { ...Object.fromEntries(annotations), [ASK]: { label: action.title, needsConfirmation: true } },
    },
  }
}
