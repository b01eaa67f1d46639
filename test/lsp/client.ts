import { PassThrough } from 'node:stream'
import {
  type CodeAction,
  type CodeLens,
  createConnection,
  type Diagnostic,
  type Hover,
  type InitializeResult,
  type Location,
  type PublishDiagnosticsParams,
  type Range,
  type WorkspaceEdit,
} from 'vscode-languageserver/node'
import { createMessageConnection, StreamMessageReader, StreamMessageWriter } from 'vscode-languageserver/node'
import { TextDocument } from 'vscode-languageserver-textdocument'
import { pages } from '../../rules/pages.ts'
import { rules } from '../../rules/index.ts'
import type { AnyRule } from '../../server/model/rule.ts'
import { serve } from '../../server/lsp/server.ts'
import type { SourceFile } from '../../server/sources/unit.ts'

export const ROOT = 'file:///workspace'

/** Files of a workspace folder in memory: what a disk is to the real server. */
export class MemoryFolder {
  readonly files: Map<string, string>

  constructor(files: Readonly<Record<string, string>>) {
    this.files = new Map(Object.entries(files))
  }

  async list(): Promise<readonly string[]> {
    return [...this.files.keys()].filter((path) => this.matters(path)).sort()
  }

  matters(path: string): boolean {
    return !path.endsWith('.ignored.yaml')
  }

  async *read(paths: readonly string[]): AsyncIterable<SourceFile> {
    for (const path of paths) {
      const text = this.files.get(path)
      if (text !== undefined) yield { path, text }
    }
  }

  later(run: () => void, ms: number): void {
    setTimeout(run, ms)
  }
}

/** A view as the server sends it. */
export interface Shown {
  readonly title: string
  readonly text: string
  readonly lines: readonly { readonly line: number; readonly uri: string; readonly from: { readonly line: number } }[]
}

/** An editor as the protocol has it, at the other end of two in-memory streams. */
export class TestClient {
  readonly folders: Readonly<Record<string, MemoryFolder>>
  /** The last diagnostics of each document. */
  readonly published = new Map<string, PublishDiagnosticsParams>()
  /** Everything that was published, in order. */
  readonly log: PublishDiagnosticsParams[] = []
  readonly documents = new Map<string, TextDocument>()
  settings: unknown = {}
  refusesToRegister = false
  /** What the server has written to its output. */
  readonly output: string[] = []
  initialized: InitializeResult | undefined
  readonly #connection
  readonly #waiting: { matches: () => boolean; resolve: () => void }[] = []

  constructor(folders: Readonly<Record<string, MemoryFolder>>, today = '2026-01-01', catalogue: readonly AnyRule[] = rules) {
    this.folders = folders
    const up = new PassThrough()
    const down = new PassThrough()
    const server = createConnection(up, down)
    const later = (run: () => void, ms: number): void => void setTimeout(run, ms)
    serve(
      server,
      { folder: (root) => folders[root] ?? new MemoryFolder({}), later, now: () => new Date(`${today}T12:00:00Z`) },
      catalogue,
      pages,
    )
    this.#connection = createMessageConnection(new StreamMessageReader(down), new StreamMessageWriter(up))
    this.#connection.onNotification('textDocument/publishDiagnostics', (params: PublishDiagnosticsParams) => {
      this.published.set(params.uri, params)
      this.log.push(params)
      this.#wake()
    })
    this.#connection.onNotification('kubeZeroTrust/status', () => this.#wake())
    this.#connection.onNotification('window/logMessage', ({ message }: { message: string }) => {
      this.output.push(message)
      this.#wake()
    })
    this.#connection.onRequest('workspace/configuration', ({ items }: { items: unknown[] }) => items.map(() => this.settings))
    this.#connection.onRequest('client/registerCapability', () => {
      if (this.refusesToRegister) throw new Error('no such request')
      return null
    })
    this.#connection.listen()
  }

  /** @param differing what the client says otherwise than VS Code */
  async start(differing: object = {}): Promise<this> {
    this.initialized = await this.#connection.sendRequest('initialize', {
      processId: null,
      rootUri: null,
      capabilities: { workspace: { configuration: true, workspaceFolders: true, didChangeConfiguration: { dynamicRegistration: true } } },
      workspaceFolders: Object.keys(this.folders).map((uri) => ({ uri, name: uri })),
      ...differing,
    })
    await this.#connection.sendNotification('initialized', {})
    return this
  }

  stop(): void {
    this.#connection.dispose()
  }

  request<R>(method: string, params: unknown): Promise<R> {
    return this.#connection.sendRequest(method, params)
  }

  notify(method: string, params: unknown): Promise<void> {
    return this.#connection.sendNotification(method, params)
  }

  async open(uri: string, text?: string): Promise<void> {
    const content = text ?? this.#onDisk(uri)
    const document = TextDocument.create(uri, 'yaml', 1, content)
    this.documents.set(uri, document)
    await this.notify('textDocument/didOpen', { textDocument: { uri, languageId: 'yaml', version: 1, text: content } })
  }

  async close(uri: string): Promise<void> {
    this.documents.delete(uri)
    await this.notify('textDocument/didClose', { textDocument: { uri } })
  }

  async change(uri: string, text: string): Promise<void> {
    const version = (this.documents.get(uri)?.version ?? 0) + 1
    this.documents.set(uri, TextDocument.create(uri, 'yaml', version, text))
    await this.notify('textDocument/didChange', { textDocument: { uri, version }, contentChanges: [{ text }] })
  }

  /** The next state in which a document has diagnostics that fit; those that it has now count. */
  async diagnostics(uri: string, fits: (diagnostics: readonly Diagnostic[]) => boolean): Promise<readonly Diagnostic[]> {
    await this.until(() => {
      const last = this.published.get(uri)
      const version = this.documents.get(uri)?.version
      return last !== undefined && (version === undefined || last.version === version) && fits(last.diagnostics)
    })
    return this.published.get(uri)?.diagnostics ?? []
  }

  until(matches: () => boolean): Promise<void> {
    if (matches()) return Promise.resolve()
    return new Promise((resolve) => this.#waiting.push({ matches, resolve }))
  }

  actions(uri: string, range: Range, diagnostics: readonly Diagnostic[], only?: readonly string[]): Promise<CodeAction[]> {
    return this.request('textDocument/codeAction', { textDocument: { uri }, range, context: { diagnostics, ...(only ? { only } : {}) } })
  }

  resolve(action: CodeAction): Promise<CodeAction> {
    return this.request('codeAction/resolve', action)
  }

  locations(method: 'definition' | 'references', uri: string, needle: string, offset = 1): Promise<Location[]> {
    const document = this.documents.get(uri)
    const position = document?.positionAt(document.getText().indexOf(needle) + offset)
    return this.request(`textDocument/${method}`, { textDocument: { uri }, position, context: { includeDeclaration: true } })
  }

  codeLens(uri: string): Promise<CodeLens[]> {
    return this.request('textDocument/codeLens', { textDocument: { uri } })
  }

  /** The view that a lens opens, or that a palette command asks for. */
  view(request: unknown): Promise<Shown | null> {
    return this.request('kubeZeroTrust/view', request)
  }

  choices(parameter: string): Promise<readonly { folder: string; value: string; label: string; detail?: string }[]> {
    return this.request('kubeZeroTrust/choices', { parameter })
  }

  /** The text of the hover where a needle is in an open document. */
  async hover(uri: string, needle: string, offset = 1): Promise<string> {
    const document = this.documents.get(uri)
    const position = document?.positionAt(document.getText().indexOf(needle) + offset)
    const hover = await this.request<Hover | null>('textDocument/hover', { textDocument: { uri }, position })
    return hover && typeof hover.contents === 'object' && 'value' in hover.contents ? hover.contents.value : ''
  }

  /** Applies an edit as an editor does: to open documents and to files, created ones included. Returns what changed, by URI. */
  async apply(edit: WorkspaceEdit): Promise<Map<string, string>> {
    const texts = new Map<string, string>()
    for (const change of edit.documentChanges ?? []) {
      if ('kind' in change) {
        if (change.kind === 'create') texts.set(change.uri, '')
        continue
      }
      const { uri, version } = change.textDocument
      const open = this.documents.get(uri)
      if (version !== null && version !== open?.version) throw new Error(`an edit for version ${version} of ${uri}`)
      const text = texts.get(uri) ?? open?.getText() ?? this.#onDisk(uri)
      const edits = change.edits.flatMap((each) => ('newText' in each ? [each] : []))
      texts.set(uri, TextDocument.applyEdits(TextDocument.create(uri, 'yaml', 0, text), edits))
    }
    for (const [uri, text] of texts) if (this.documents.has(uri)) await this.change(uri, text)
    return texts
  }

  #onDisk(uri: string): string {
    const root = Object.keys(this.folders).find((folder) => uri.startsWith(`${folder}/`)) ?? ''
    return this.folders[root]?.files.get(uri.slice(root.length + 1)) ?? ''
  }

  #wake(): void {
    for (const waiter of [...this.#waiting]) {
      if (!waiter.matches()) continue
      this.#waiting.splice(this.#waiting.indexOf(waiter), 1)
      waiter.resolve()
    }
  }
}

/** A started client on one folder. */
export function startClient(files: Readonly<Record<string, string>>): Promise<TestClient> {
  return new TestClient({ [ROOT]: new MemoryFolder(files) }).start()
}
