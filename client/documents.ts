import * as vscode from 'vscode'
import type { BaseLanguageClient } from 'vscode-languageclient'
import { linksFromRoot } from './links.ts'

const RULE = 'kube-zero-trust-rule'
const REPORT = 'kube-zero-trust-report'

/** Rule pages, as diagnostics link to them: `kube-zero-trust-rule:/<rule>.md`. */
export function rulePages(client: () => Promise<BaseLanguageClient>): vscode.Disposable {
  return vscode.workspace.registerTextDocumentContentProvider(RULE, {
    async provideTextDocumentContent({ path }, token) {
      const rule = path.replace(/^\//, '').replace(/\.md$/, '')
      const { markdown } = await (await client()).sendRequest<{ markdown: string }>('kubeZeroTrust/rulePage', { rule }, token)
      return markdown
    },
  })
}

/** The last audit's report, read-only; opened again it is replaced. */
export function reportDocument(): { open(markdown: string): Promise<void>; dispose(): void } {
  const uri = vscode.Uri.from({ scheme: REPORT, path: '/Zero Trust Audit.md' })
  const changed = new vscode.EventEmitter<vscode.Uri>()
  let text = ''
  const provider = vscode.workspace.registerTextDocumentContentProvider(REPORT, {
    onDidChange: changed.event,
    provideTextDocumentContent: () => text,
  })
  return {
    async open(markdown) {
      text = linksFromRoot(markdown)
      changed.fire(uri)
      try {
        await vscode.commands.executeCommand('markdown.showPreview', uri)
      } catch {
        // The editor's own Markdown extension can be switched off.
        await vscode.window.showTextDocument(uri)
      }
    },
    dispose: () => vscode.Disposable.from(provider, changed).dispose(),
  }
}
