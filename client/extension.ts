import * as vscode from 'vscode'
import { type BaseLanguageClient, type CodeAction, type LanguageClientOptions, RevealOutputChannelOn, State } from 'vscode-languageclient'
import { ticked } from './confirm.ts'
import { reportDocument, rulePages } from './documents.ts'
import { serveFiles } from './files.ts'
import { FILES, hasManifest, isManifest } from './manifests.ts'
import { looksJudged } from './sniff.ts'
import { type Status, statusItem } from './status.ts'
import { views } from './views.ts'

/** The prefix of settings and commands, and the client's id: `kubeZeroTrust.trace.server` is read by it. */
export const ID = 'kubeZeroTrust'
export const NAME = 'Zero Trust'

/** How a host reaches its server. */
export type Connect = (options: LanguageClientOptions) => BaseLanguageClient

/**
 * Starts the server once the workspace has a manifest: the events that activate an extension cannot look
 * into files. Until then it costs nothing but a look at what is opened, saved or created.
 */
export function activate(context: vscode.ExtensionContext, connect: Connect): void {
  const log = vscode.window.createOutputChannel(NAME, { log: true })
  const status = statusItem()
  const report = reportDocument()
  let running: Promise<Running> | undefined

  const viewer = views(() => start())
  const start = async (): Promise<BaseLanguageClient> => {
    running ??= launch(connect, log, (now) => {
      status.show(now)
      if (now !== 'stopped' && now.state === 'ready') viewer.changed()
    })
    return (await running).client
  }
  const restart = async (): Promise<void> => {
    const before = running
    running = undefined
    await before?.then(({ dispose }) => dispose()).catch((error: unknown) => log.warn(String(error)))
    await start()
  }
  const startIf = async (found: boolean | Promise<boolean>): Promise<void> => {
    if (!running && (await found)) await start()
  }
  const look = (folders: readonly vscode.WorkspaceFolder[] | undefined): void => void startIf(hasManifest(folders ?? []))
  const lookAt = (document: vscode.TextDocument): void => {
    if (vscode.languages.match({ pattern: FILES }, document) > 0 && vscode.workspace.getWorkspaceFolder(document.uri))
      void startIf(looksJudged(document.uri.path, document.getText()))
  }

  const created = vscode.workspace.createFileSystemWatcher(FILES, false, true, true)
  context.subscriptions.push(
    log,
    status,
    report,
    viewer,
    rulePages(start),
    created,
    created.onDidCreate((uri) => void startIf(running ? false : isManifest(uri))),
    vscode.workspace.onDidOpenTextDocument(lookAt),
    vscode.workspace.onDidSaveTextDocument(lookAt),
    vscode.workspace.onDidChangeWorkspaceFolders(async ({ added }) => {
      const schemes = await running?.then((known) => known.schemes).catch(() => undefined)
      if (!schemes) look(added)
      else if (added.some(({ uri }) => !schemes.has(uri.scheme))) await restart()
    }),
    vscode.commands.registerCommand(`${ID}.audit`, async () => {
      await startIf(hasManifest(vscode.workspace.workspaceFolders ?? []))
      if (running) await audit(await start(), report.open)
      else
        void vscode.window.showInformationMessage(
          'Zero Trust: there is no Kubernetes manifest in this workspace, and no cluster in Terraform.',
        )
    }),
    vscode.commands.registerCommand(`${ID}.restart`, restart),
    vscode.commands.registerCommand(`${ID}.showOutput`, () => log.show()),
    { dispose: () => void running?.then(({ dispose }) => dispose()) },
  )
  look(vscode.workspace.workspaceFolders)
}

interface Running {
  readonly client: BaseLanguageClient
  readonly schemes: ReadonlySet<string>
  dispose(): Promise<void>
}

async function launch(connect: Connect, log: vscode.LogOutputChannel, show: (status: Status | 'stopped') => void): Promise<Running> {
  // Documents of other schemes (a diff's other side, a preview) are none of the workspace's.
  const schemes = new Set((vscode.workspace.workspaceFolders ?? []).map(({ uri }) => uri.scheme))
  const watchers = [FILES, '**/.gitignore'].map((pattern) => vscode.workspace.createFileSystemWatcher(pattern))
  const client = connect({
    documentSelector: [...schemes].map((scheme) => ({ scheme, pattern: FILES })),
    synchronize: { fileEvents: watchers },
    outputChannel: log,
    revealOutputChannelOn: RevealOutputChannelOn.Never,
    middleware: {
      async sendRequest(type, param, token, next) {
        const answer = await next(type, param, token)
        return (typeof type === 'string' ? type : type.method) === 'codeAction/resolve'
          ? (ticked(answer as CodeAction) as typeof answer)
          : answer
      },
    },
  })
  const parts = vscode.Disposable.from(
    ...watchers,
    serveFiles(client, log),
    client.onNotification(`${ID}/status`, (status: Status) => show(status)),
    client.onDidChangeState(({ newState }) => {
      if (newState === State.Stopped || newState === State.StartFailed) show('stopped')
    }),
  )
  show({ state: 'busy', errors: 0, warnings: 0, information: 0, hints: 0 })
  try {
    await client.start()
  } catch (error) {
    parts.dispose()
    throw error
  }
  return {
    client,
    schemes,
    async dispose() {
      parts.dispose()
      await client.dispose()
    },
  }
}

async function audit(client: BaseLanguageClient, open: (markdown: string) => Promise<void>): Promise<void> {
  const answer = await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title: 'Zero Trust: auditing the workspace', cancellable: true },
    (_, token) =>
      Promise.race([
        client.sendRequest<{ markdown: string }>(`${ID}/audit`, {}, token),
        // The server finishes what it is in the midst of; nobody has to wait for it.
        new Promise<undefined>((resolve) => token.onCancellationRequested(() => resolve(undefined))),
      ]),
  )
  if (answer) await open(answer.markdown)
}
