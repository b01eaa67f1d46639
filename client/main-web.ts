import * as vscode from 'vscode'
import { BrowserMessageReader, BrowserMessageWriter, LanguageClient, type MessageTransports } from 'vscode-languageclient/browser'
import * as extension from './extension.ts'

export function activate(context: vscode.ExtensionContext): void {
  const script = vscode.Uri.joinPath(context.extensionUri, 'dist/server-web.js').toString(true)
  let worker: Worker | undefined
  // Asked again after a restart: a worker that was told to stop does not end by itself. The editor's workers
  // are no instances of `Worker`, by which the client would tell them from transports.
  const server = async (): Promise<MessageTransports> => {
    worker?.terminate()
    worker = new Worker(script)
    return { reader: new BrowserMessageReader(worker), writer: new BrowserMessageWriter(worker) }
  }
  context.subscriptions.push({ dispose: () => worker?.terminate() })
  extension.activate(context, (options) => new LanguageClient(extension.ID, extension.NAME, server, options))
}
