import {
  type CancellationToken,
  type CodeAction,
  CodeActionKind,
  type Connection,
  DidChangeConfigurationNotification,
  FileChangeType,
  FileOperationPatternKind,
  type FileOperationRegistrationOptions,
  type InitializeParams,
  type InitializeResult,
  LSPErrorCodes,
  ResponseError,
  TextDocumentSyncKind,
  TextDocuments,
} from 'vscode-languageserver'
import { TextDocument } from 'vscode-languageserver-textdocument'
import { incidents } from '../analysis/analyse.ts'
import { findingsOf } from '../analysis/findings.ts'
import type { AnyRule, Severity } from '../model/rule.ts'
import { markdownReport } from '../report/markdown.ts'
import { type Report, reportOf } from '../report/model.ts'
import { codeActions, FIX_ALL, resolveAction } from './actions.ts'
import type { ServerHost } from './host.ts'
import { definition, documentLinks, hover, references } from './navigate.ts'
import type { Feature } from './feature.ts'
import { FEATURES } from './features/index.ts'
import { Session } from './session.ts'
import { type ClientSettings, settingsOf } from './settings.ts'
import { choices, codeLenses, type OpenView, placeAt, view, withFeatures, withPlaces } from './views.ts'

/** Typing goes on meanwhile: a burst of changes is analysed once. */
const DEBOUNCE_MS = 60

const FOLDERS: FileOperationRegistrationOptions = { filters: [{ pattern: { glob: '**/*', matches: FileOperationPatternKind.folder } }] }

/** How long nothing happens before the workspace is counted: that takes longer than a keystroke may. */
const COUNT_MS = 500

/** Serves a client until it goes away. Every handler converts, asks the core, and converts back. */
export function serve(connection: Connection, host: ServerHost, rules: readonly AnyRule[], pages: ReadonlyMap<string, string>): void {
  new Server(connection, host, rules, pages).listen()
}

class Server {
  readonly #connection: Connection
  readonly #host: ServerHost
  readonly #rules: readonly AnyRule[]
  readonly #pages: ReadonlyMap<string, string>
  readonly #documents = new TextDocuments(TextDocument)
  readonly #sessions = new Map<string, Session>()
  #settings: ClientSettings = settingsOf(undefined)
  #can = { configure: false, register: false, folders: false, refreshLenses: false }
  readonly #told = new Set<string>()
  #scheduled = false
  #publications = 0

  constructor(connection: Connection, host: ServerHost, rules: readonly AnyRule[], pages: ReadonlyMap<string, string>) {
    this.#connection = connection
    this.#host = host
    this.#rules = rules
    this.#pages = pages
  }

  listen(): void {
    const connection = this.#connection
    connection.onInitialize((params) => this.#initialize(params))
    connection.onInitialized(() => this.#initialized())
    connection.onDidChangeConfiguration(() => this.#configure())
    connection.onDidChangeWatchedFiles(({ changes }) => {
      const bySession = new Map<Session, { path: string; type: FileChangeType }[]>()
      for (const { uri, type } of changes) {
        const found = this.#find(uri)
        if (found) bySession.set(found.session, [...(bySession.get(found.session) ?? []), { path: found.path, type }])
      }
      for (const [session, files] of bySession) this.#filesChanged(session, files)
    })
    connection.workspace.onDidDeleteFiles(() => this.#load())
    connection.workspace.onDidRenameFiles(() => this.#load())
    this.#documents.onDidOpen(({ document }) => this.#edited(document))
    this.#documents.onDidChangeContent(({ document }) => this.#edited(document))
    this.#documents.onDidClose(({ document }) => {
      const found = this.#find(document.uri)
      if (!found) return
      this.#read(found.session, () => found.session.close(found.path))
    })
    connection.onHover(({ textDocument, position }) =>
      this.#at(textDocument.uri, null, ({ session, path }) =>
        withFeatures(hover(session, path, position, this.#pages), FEATURES, placeAt(session, path, position), this.#report),
      ),
    )
    connection.onCodeLens(({ textDocument }) =>
      this.#at(textDocument.uri, [], ({ session, path }) => codeLenses(session, path, this.#lensFeatures, this.#report)),
    )
    connection.onRequest('kubeZeroTrust/view', async ({ folder, ...request }: OpenView) => {
      const session = this.#sessions.get(folder.replace(/\/$/, ''))
      await session?.settled()
      return session ? view(session, request, FEATURES, this.#report) : null
    })
    connection.onRequest('kubeZeroTrust/choices', ({ parameter }: { parameter: string }) =>
      [...this.#sessions.values()].flatMap((session) =>
        choices(session, parameter, FEATURES, this.#report).map((choice) => ({ folder: session.root, ...choice })),
      ),
    )
    connection.onDefinition(({ textDocument, position }) =>
      this.#at(textDocument.uri, null, ({ session, path }) =>
        withPlaces(definition(session, path, position), session, FEATURES, placeAt(session, path, position), this.#report),
      ),
    )
    connection.onReferences(({ textDocument, position, context }) =>
      this.#at(textDocument.uri, null, ({ session, path }) => references(session, path, position, context.includeDeclaration)),
    )
    connection.onDocumentLinks(({ textDocument }) => this.#at(textDocument.uri, null, ({ session, path }) => documentLinks(session, path)))
    connection.onCodeAction((params) =>
      this.#at(params.textDocument.uri, [], ({ session, path }) => codeActions(session, path, params, this.#host.now)),
    )
    connection.onCodeActionResolve((action: CodeAction) => resolveAction(action, (uri) => this.#find(uri)))
    connection.onRequest('kubeZeroTrust/audit', (_params: unknown, token: CancellationToken) => this.#audit(token))
    connection.onRequest('kubeZeroTrust/rulePage', ({ rule }: { rule: string }) => ({
      markdown: this.#pages.get(rule) ?? `# ${rule}\n\nThere is no such rule.`,
    }))
    this.#documents.listen(connection)
    connection.listen()
  }

  #initialize(params: InitializeParams): InitializeResult {
    const { workspace } = params.capabilities
    this.#can = {
      configure: workspace?.configuration === true,
      register: workspace?.didChangeConfiguration?.dynamicRegistration === true,
      folders: workspace?.workspaceFolders === true,
      refreshLenses: workspace?.codeLens?.refreshSupport === true,
    }
    const folders = params.workspaceFolders ?? (params.rootUri ? [{ uri: params.rootUri }] : [])
    for (const { uri } of folders) this.#openFolder(uri)
    return {
      serverInfo: { name: 'kube-zero-trust' },
      capabilities: {
        textDocumentSync: TextDocumentSyncKind.Incremental,
        hoverProvider: true,
        definitionProvider: true,
        referencesProvider: true,
        documentLinkProvider: { resolveProvider: false },
        codeLensProvider: { resolveProvider: false },
        codeActionProvider: { codeActionKinds: [CodeActionKind.QuickFix, FIX_ALL], resolveProvider: true },
        workspace: {
          workspaceFolders: { supported: true, changeNotifications: true },
          // What watches files tells of a folder, not of the files in it.
          fileOperations: { didDelete: FOLDERS, didRename: FOLDERS },
        },
      },
    }
  }

  async #initialized(): Promise<void> {
    const { client, workspace } = this.#connection
    if (this.#can.register) {
      client
        .register(DidChangeConfigurationNotification.type, { section: 'kubeZeroTrust' })
        .catch((error: unknown) => this.#failed('Changes of settings are not told', error))
    }
    if (this.#can.folders) {
      workspace.onDidChangeWorkspaceFolders(({ added, removed }) => {
        for (const { uri } of removed) this.#closeFolder(uri)
        for (const { uri } of added) this.#openFolder(uri)
        return this.#load()
      })
    }
    await this.#configure()
    await this.#load()
  }

  #openFolder(uri: string): void {
    const root = uri.replace(/\/$/, '')
    const session = new Session(root, this.#host.folder(root), this.#rules, this.#settings, this.#host.now)
    this.#sessions.set(root, session)
  }

  #closeFolder(uri: string): void {
    const root = uri.replace(/\/$/, '')
    this.#sessions.get(root)?.clear(this.#connection)
    this.#sessions.delete(root)
  }

  /** Reads all folders, then publishes. */
  async #load(): Promise<void> {
    this.#status('busy')
    const sessions = [...this.#sessions.values()]
    for (const session of sessions) {
      session.inner = sessions.flatMap(({ root }) => {
        const path = session.pathOf(root)
        return path === undefined ? [] : [`${path}/`]
      })
    }
    for (const document of this.#documents.all()) this.#edited(document)
    for (const session of sessions) this.#read(session, () => session.load())
    await Promise.all(sessions.map(({ ready }) => ready))
  }

  /** What is published waits for it. */
  #read(session: Session, read: () => Promise<void>): void {
    session.ready = read().catch((error: unknown) => this.#failed('Files cannot be read', error))
    void session.ready.then(() => this.#schedule())
  }

  async #configure(): Promise<void> {
    if (this.#can.configure) {
      this.#settings = settingsOf(await this.#connection.workspace.getConfiguration('kubeZeroTrust').catch(() => undefined))
    }
    for (const session of this.#sessions.values()) session.workspace.configure(this.#settings)
    this.#schedule()
  }

  #filesChanged(session: Session, files: readonly { path: string; type: FileChangeType }[]): void {
    // What is ignored or vendored is the host's question, so new files and ignore lists go through its listing.
    const again = files.some(({ path, type }) => type === FileChangeType.Created || /(^|\/)\.gitignore$/.test(path))
    const known = [...session.workspace.files.keys()]
    const changed = files.flatMap(({ path, type }) =>
      session.workspace.files.has(path) || type !== FileChangeType.Deleted ? [path] : known.filter((file) => file.startsWith(`${path}/`)),
    )
    this.#read(session, () => (again ? session.load() : session.refresh(changed)))
  }

  #edited(document: TextDocument): void {
    const found = this.#find(document.uri)
    if (!found) return
    found.session.edit(found.path, document.getText(), document.version, document.uri)
    this.#schedule()
  }

  /** The folder that a document belongs to: the innermost. Documents of other schemes and folders are none of ours. */
  #find(uri: string): { session: Session; path: string } | undefined {
    let best: { session: Session; path: string } | undefined
    for (const session of this.#sessions.values()) {
      const path = session.pathOf(uri)
      if (path !== undefined && (!best || session.root.length > best.session.root.length)) best = { session, path }
    }
    return best
  }

  async #at<T>(uri: string, otherwise: T, answer: (found: { session: Session; path: string }) => T): Promise<T> {
    const found = this.#find(uri)
    await found?.session.settled()
    return found ? answer(found) : otherwise
  }

  /** One slot: however many changes come, one run follows the last. */
  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    this.#host.later(() => {
      this.#scheduled = false
      void Promise.all([...this.#sessions.values()].map(({ ready }) => ready)).then(() => {
        if (!this.#scheduled) void this.#publish()
      })
    }, DEBOUNCE_MS)
  }

  async #publish(): Promise<void> {
    const publication = ++this.#publications
    const isCurrent = (): boolean => publication === this.#publications && !this.#scheduled
    try {
      const sessions = [...this.#sessions.values()]
      const ended = await Promise.all(sessions.map((session) => session.publish(this.#connection, this.#settings.publish, isCurrent)))
      if (ended.includes(false)) return
    } catch (error) {
      this.#failed('The analysis failed', error)
      return
    }
    void this.#supply()
    this.#host.later(() => {
      if (isCurrent()) this.#count()
    }, COUNT_MS)
  }

  /** What an edit newly names is read, and then the folder looks different. */
  async #supply(): Promise<void> {
    try {
      const found = await Promise.all([...this.#sessions.values()].map((session) => session.supply()))
      if (found.includes(true)) this.#schedule()
    } catch (error) {
      this.#failed('Files cannot be read', error)
    }
  }

  /** Tells how many findings there are in all files, whichever are published. */
  #count(): void {
    try {
      const counts: Record<Severity, number> = { error: 0, warning: 0, information: 0, hint: 0 }
      for (const session of this.#sessions.values()) {
        const { findings } = findingsOf(session.workspace.analysis(), { today: session.today })
        for (const { severity, rule } of findings) if (!rule.auditOnly) counts[severity]++
      }
      this.#status('ready', counts)
      this.#tellFailures()
      if (this.#can.refreshLenses) void this.#connection.sendRequest('workspace/codeLens/refresh').catch(() => undefined)
    } catch (error) {
      this.#failed('The analysis failed', error)
    }
  }

  /** A rule that throws loses its findings; whoever reads the output can say so. Once each. */
  #tellFailures(): void {
    for (const session of this.#sessions.values()) {
      for (const { file, failure } of incidents(session.workspace.analysis())) {
        const message = failure && `The rule ${failure.rule} failed in ${file}: ${failure.message}`
        if (message === undefined || this.#told.has(message)) continue
        this.#told.add(message)
        this.#connection.console.error(message)
      }
    }
  }

  #status(state: 'busy' | 'ready' | 'failed', counts?: Record<Severity, number>): void {
    void this.#connection.sendNotification('kubeZeroTrust/status', {
      state,
      errors: counts?.error ?? 0,
      warnings: counts?.warning ?? 0,
      information: counts?.information ?? 0,
      hints: counts?.hint ?? 0,
    })
  }

  get #lensFeatures(): readonly Feature[] {
    return FEATURES.filter(({ name }) => !this.#settings.withoutLenses.has(name))
  }

  readonly #report = (what: string, error: unknown): void =>
    this.#connection.console.error(`${what}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)

  #failed(what: string, error: unknown): void {
    this.#report(what, error)
    this.#status('failed')
  }

  async #audit(token: CancellationToken): Promise<{ markdown: string; findings: number }> {
    await Promise.all([...this.#sessions.values()].map(({ ready }) => ready))
    const reports: Report[] = []
    for (const session of this.#sessions.values()) {
      // A chance for the cancellation to arrive: analysing a folder is one piece of work.
      await new Promise<void>((resolve) => this.#host.later(resolve, 0))
      if (token.isCancellationRequested) throw new ResponseError(LSPErrorCodes.RequestCancelled, 'The audit was cancelled.')
      const analysis = session.workspace.analysis()
      reports.push(reportOf(analysis, findingsOf(analysis, { today: session.today })))
    }
    return {
      markdown: reports.map((report) => markdownReport(report)).join('\n\n'),
      findings: reports.reduce((sum, report) => sum + report.findings.length, 0),
    }
  }
}
