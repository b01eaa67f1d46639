import type { CodeAction, TextDocumentEdit } from 'vscode-languageclient'

const ASK = 'zero-trust-ask'

/**
 * An action whose changes ask for confirmation, as VS Code should show it. It shows such changes without their
 * ticks, so that "Apply" does nothing; here one that changes nothing asks, and the others come ticked.
 */
export function ticked(action: CodeAction): CodeAction {
  const { documentChanges = [], changeAnnotations = {} } = action.edit ?? {}
  const at = documentChanges.findIndex((change) => 'edits' in change)
  const first = documentChanges[at]
  const asks = Object.values(changeAnnotations).some(({ needsConfirmation }) => needsConfirmation)
  if (!asks || !first || !('edits' in first)) return action
  const start = { line: 0, character: 0 }
  const question: TextDocumentEdit = {
    textDocument: first.textDocument,
    edits: [{ range: { start, end: start }, newText: '', annotationId: ASK }],
  }
  const settled = Object.entries(changeAnnotations).map(([id, annotation]) => [id, { ...annotation, needsConfirmation: false }])
  return {
    ...action,
    edit: {
      ...action.edit,
      // Behind the creation of its document, if it is a new one.
      documentChanges: [...documentChanges.slice(0, at), question, ...documentChanges.slice(at)],
      changeAnnotations: { ...Object.fromEntries(settled), [ASK]: { label: action.title, needsConfirmation: true } },
    },
  }
}
