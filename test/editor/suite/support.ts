import * as vscode from 'vscode'

const LIMIT_MS = 30_000
const STEP_MS = 50

/** Asks until the answer is there: an editor announces little of what it does. */
export async function until<T>(what: string, ask: () => T | undefined | Promise<T | undefined>): Promise<T> {
  const end = Date.now() + LIMIT_MS
  for (;;) {
    const answer = await ask()
    if (answer !== undefined) return answer
    if (Date.now() > end) throw new Error(`Did not happen: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, STEP_MS))
  }
}

export function same(actual: unknown, expected: unknown): void {
  const [found, wanted] = [JSON.stringify(actual), JSON.stringify(expected)]
  if (found !== wanted) throw new Error(`Expected ${wanted}, found ${found}`)
}

export function file(path: string): vscode.Uri {
  const folder = vscode.workspace.workspaceFolders?.[0]
  if (!folder) throw new Error('The window has no folder.')
  return vscode.Uri.joinPath(folder.uri, path)
}

export async function show(path: string): Promise<vscode.TextDocument> {
  const document = await vscode.workspace.openTextDocument(file(path))
  await vscode.window.showTextDocument(document)
  return document
}

/** A new file, shown. */
export async function added(path: string, text: string): Promise<vscode.TextDocument> {
  await vscode.workspace.fs.writeFile(file(path), new TextEncoder().encode(text))
  return show(path)
}

/** Takes a folder away again, and closes what is shown of it. */
export async function removed(folder: string): Promise<void> {
  const inside = vscode.window.tabGroups.all
    .flatMap(({ tabs }) => tabs)
    .filter(({ input }) => input instanceof vscode.TabInputText && input.uri.path.startsWith(`${file(folder).path}/`))
  for (const { input } of inside) {
    if (input instanceof vscode.TabInputText) await vscode.workspace.openTextDocument(input.uri).then((document) => document.save())
  }
  await vscode.window.tabGroups.close(inside)
  await vscode.workspace.fs.delete(file(folder), { recursive: true })
}

export function textOnDisk(path: string): Promise<string> {
  return Promise.resolve(vscode.workspace.fs.readFile(file(path))).then((bytes) => new TextDecoder().decode(bytes))
}

/** Where `word` stands in the first line that has `line`. */
export function rangeOf(document: vscode.TextDocument, line: string, word: string): vscode.Range {
  const at = document.getText().indexOf(line)
  if (at < 0) throw new Error(`There is no "${line}" in ${document.fileName}`)
  const start = at + line.indexOf(word)
  return new vscode.Range(document.positionAt(start), document.positionAt(start + word.length))
}

/** The findings of one rule in a document, as texts that they are about. */
export function marked(document: vscode.TextDocument, rule: string): string[] {
  return findings(document, rule).map(({ range }) => `${range.start.line + 1}: ${document.getText(range)}`)
}

export function findings(document: vscode.TextDocument, rule: string): vscode.Diagnostic[] {
  return vscode.languages.getDiagnostics(document.uri).filter(({ source, code }) => source === 'zero-trust' && ruleOf(code) === rule)
}

function ruleOf(code: vscode.Diagnostic['code']): unknown {
  return typeof code === 'object' ? code.value : code
}

/**
 * The fixes offered at a finding. An editor cancels the question, or answers with an empty list, when another
 * extension registers actions meanwhile, as built-in ones do while they start: so it is asked until it answers.
 */
export function fix(
  document: vscode.TextDocument,
  range: vscode.Range,
  title: RegExp,
): Promise<vscode.CodeAction & { edit: vscode.WorkspaceEdit }> {
  return until(`a fix ${title}`, async () => {
    const actions = await Promise.resolve(
      vscode.commands.executeCommand<vscode.CodeAction[]>(
        'vscode.executeCodeActionProvider',
        document.uri,
        range,
        vscode.CodeActionKind.QuickFix.value,
        20,
      ),
    ).catch((error: unknown) => {
      if (error instanceof Error && error.message === 'Canceled') return []
      throw error
    })
    const found = actions.find((action) => title.test(action.title))
    return found?.edit ? { ...found, edit: found.edit } : undefined
  })
}

export async function replace(document: vscode.TextDocument, range: vscode.Range, text: string): Promise<void> {
  const edit = new vscode.WorkspaceEdit()
  edit.replace(document.uri, range, text)
  if (!(await vscode.workspace.applyEdit(edit))) throw new Error('The edit was refused.')
}
