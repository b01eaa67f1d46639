import * as vscode from 'vscode'
import { LanguageClient } from 'vscode-languageclient/browser'
import * as extension from './extension.ts'

export function activate(context: vscode.ExtensionContext): void {
  const script = vscode.Uri.joinPath(context.extensionUri, 'dist/server-web.js').toString(true)
  let worker: Worker | undefined
  // Asked again after a restart: a worker that was told to stop does not end by itself.
  const server = async (): Promise<Worker> => {
    worker?.terminate()
    worker = new Worker(script)
    return worker
  }
  context.subscriptions.push({ dispose: () => worker?.terminate() })
  extension.activate(context, (options) => new LanguageClient(extension.ID, extension.NAME, server, options))
}
