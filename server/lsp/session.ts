import type { Connection, WorkspaceEdit } from 'vscode-languageserver'
import { AnnotatedTextEdit, CreateFile, TextDocumentEdit } from 'vscode-languageserver'
import type { Analysis } from '../analysis/analyse.ts'
import { CONFIG_FILE, type Settings } from '../analysis/config.ts'
import { type Findings, findingsOf } from '../analysis/findings.ts'
import { Workspace } from '../analysis/workspace.ts'
import type { AnyRule } from '../model/rule.ts'
import { evaluateManifest } from '../sources/manifest.ts'
import type { FileEdit } from '../sources/unit.ts'
import { tooLarge } from '../sources/unread.ts'
import { Converter } from './convert.ts'
import { diagnosticsByFile } from './diagnostics.ts'
import type { FolderHost } from './host.ts'

/** What the editor has to say about publishing. */
export type Publish = 'openFiles' | 'workspace'

const BREATH_MS = 30

/** One workspace folder: its texts, what is open, and what was published. */
export class Session {
  readonly root: string
  readonly workspace: Workspace
  /** Versions of open documents, by path. */
  readonly open = new Map<string, number>()
  /** Settled once the folder has been read. */
  ready: Promise<void>
  readonly #host: FolderHost
  readonly #published = new Map<string, string>()
  readonly #now: () => Date
  #loaded: () => void = () => {}

  constructor(root: string, host: FolderHost, rules: readonly AnyRule[], settings: Settings, now: () => Date) {
    this.root = root.endsWith('/') ? root : `${root}/`
    this.workspace = new Workspace(rules, settings)
    this.#host = host
    this.#now = now
    this.ready = new Promise((resolve) => {
      this.#loaded = resolve
    })
  }

  /** The path of a document of this folder; undefined for others. */
  pathOf(uri: string): string | undefined {
    return uri.startsWith(this.root) ? decodeURIComponent(uri.slice(this.root.length)) : undefined
  }

  uriOf(path: string): string {
    return this.root + path.split('/').map(encodeURIComponent).join('/')
  }

  /** Reads the folder, parsing in slices so that requests are answered meanwhile. */
  async load(): Promise<void> {
    // First of all: it says what is too large to be read.
    for await (const file of this.#host.read([CONFIG_FILE])) if (!this.open.has(file.path)) this.workspace.set(file)
    const paths = await this.#host.list(this.workspace.config.maxFileSize)
    const listed = new Set(paths)
    for (const path of this.workspace.files.keys()) if (!listed.has(path) && !this.open.has(path)) this.workspace.delete(path)
    let breath = Date.now()
    for await (const file of this.#host.read(paths)) {
      if (this.open.has(file.path)) continue
      this.workspace.set(file)
      if (this.workspace.files.get(file.path) === file && /\.(ya?ml|json)$/.test(file.path)) evaluateManifest(file)
      if (Date.now() - breath > BREATH_MS) {
        await new Promise<void>((resolve) => this.#host.later(resolve, 0))
        breath = Date.now()
      }
    }
    this.#loaded()
  }

  /** Reads files again that changed on disk; open documents are what the editor says. */
  async refresh(paths: readonly string[]): Promise<void> {
    const closed = paths.filter((path) => !this.open.has(path))
    const found = new Set<string>()
    for await (const file of this.#host.read(closed)) {
      found.add(file.path)
      this.workspace.set(file)
    }
    for (const path of closed) if (!found.has(path)) this.workspace.delete(path)
  }

  edit(path: string, text: string, version: number): void {
    this.open.set(path, version)
    const { maxFileSize } = this.workspace.config
    this.workspace.set(text.length > maxFileSize ? tooLarge(path, maxFileSize) : { path, text })
  }

  get today(): string {
    return this.#now().toISOString().slice(0, 10)
  }

  /** The findings shown in one file. */
  findingsIn(path: string): Findings {
    return findingsOf(this.workspace.analysis(), { files: new Set([path]), today: this.today })
  }

  converter(analysis: Analysis): Converter {
    return new Converter(analysis.files, (path) => this.uriOf(path))
  }

  /** Sends what changed since the last time, with the versions that it is true for. */
  publish(connection: Connection, publish: Publish): Findings {
    const analysis = this.workspace.analysis()
    const question =
      publish === 'workspace' ? { today: this.today } : { files: new Set(this.open.keys()), orAtLeast: 'error' as const, today: this.today }
    const findings = findingsOf(analysis, question)
    const lists = diagnosticsByFile(
      this.converter(analysis),
      analysis,
      findings,
      publish === 'workspace' ? undefined : new Set(this.open.keys()),
    )
    for (const path of this.#published.keys()) if (!lists.has(path)) lists.set(path, [])
    for (const [path, diagnostics] of lists) {
      const key = JSON.stringify(diagnostics)
      if ((this.#published.get(path) ?? '[]') === key && !(this.open.has(path) && !this.#published.has(path))) continue
      if (diagnostics.length === 0 && !this.open.has(path)) this.#published.delete(path)
      else this.#published.set(path, key)
      const version = this.open.get(path)
      void connection.sendDiagnostics({ uri: this.uriOf(path), diagnostics, ...(version === undefined ? {} : { version }) })
    }
    return findings
  }

  /** Takes back everything, when the folder is closed. */
  clear(connection: Connection): void {
    for (const path of this.#published.keys()) void connection.sendDiagnostics({ uri: this.uriOf(path), diagnostics: [] })
    this.#published.clear()
  }

  /** An edit as the protocol has it: open documents by version, and a question first when several files change. */
  workspaceEdit(
    analysis: Analysis,
    edits: readonly FileEdit[],
    created: readonly { file: string; text: string }[],
    title: string,
  ): WorkspaceEdit {
    const converter = this.converter(analysis)
    const files = new Map<string, FileEdit[]>()
    for (const edit of edits) files.set(edit.file, [...(files.get(edit.file) ?? []), edit])
    const confirm = files.size + created.length > 1
    const annotation = confirm ? 'zero-trust' : undefined
    const text = (range: ReturnType<Converter['range']>, newText: string) =>
      annotation ? AnnotatedTextEdit.replace(range, newText, annotation) : { range, newText }
    const start = { line: 0, character: 0 }
    return {
      documentChanges: [
        ...created.flatMap(({ file, text: content }) => [
          CreateFile.create(this.uriOf(file), { ignoreIfExists: false, overwrite: false }, annotation),
          TextDocumentEdit.create({ uri: this.uriOf(file), version: null }, [text({ start, end: start }, content)]),
        ]),
        ...[...files].map(([file, list]) =>
          TextDocumentEdit.create(
            { uri: this.uriOf(file), version: this.open.get(file) ?? null },
            list.map((edit) => text(converter.range(file, edit.span), edit.text)),
          ),
        ),
      ],
      ...(annotation ? { changeAnnotations: { [annotation]: { label: title, needsConfirmation: true } } } : {}),
    }
  }
}
