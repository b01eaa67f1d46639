import type * as vscode from 'vscode'
import { LanguageClient, TransportKind } from 'vscode-languageclient/node'
import * as extension from './extension.ts'

export function activate(context: vscode.ExtensionContext): void {
  const server = { module: context.asAbsolutePath('dist/server-node.cjs'), transport: TransportKind.ipc }
  extension.activate(context, (options) => new LanguageClient(extension.ID, extension.NAME, server, options))
}
