import * as vscode from 'vscode'

const SKIPPED = new Set(['node_modules', '.git'])

/** Of any kind, in one folder: beyond them a workspace is not walked further. */
const MAX_ENTRIES = 200_000

export interface Walked {
  readonly uri: vscode.Uri
  readonly name: string
}

/**
 * The files below a folder, nearest first, a folder's own at once. Links to folders are not followed, and
 * folders in it that cannot be listed are skipped; throws when it cannot be listed itself. Works on every file
 * system that the editor knows, without a search provider.
 */
export async function* walk(folder: vscode.Uri, token?: vscode.CancellationToken): AsyncGenerator<readonly Walked[]> {
  const folders = [folder]
  let entries = 0
  for (let next = folders.shift(); next && entries < MAX_ENTRIES; next = folders.shift()) {
    if (token?.isCancellationRequested) return
    const current = next
    const listed = await vscode.workspace.fs.readDirectory(current).then(
      (found) => found,
      (error: unknown) => {
        if (current === folder) throw error
        return []
      },
    )
    entries += listed.length
    const files: Walked[] = []
    for (const [name, type] of listed) {
      const uri = vscode.Uri.joinPath(current, name)
      if (type === vscode.FileType.Directory && !SKIPPED.has(name)) folders.push(uri)
      else if ((type & vscode.FileType.File) !== 0) files.push({ uri, name })
    }
    if (files.length > 0) yield files
  }
}
