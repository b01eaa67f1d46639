import type { Connection, WorkspaceEdit } from 'vscode-languageserver'
import { AnnotatedTextEdit, CreateFile, TextDocumentEdit } from 'vscode-languageserver'
import { type Analysis, begin } from '../analysis/analyse.ts'
import { CONFIG_FILE, type Settings } from '../analysis/config.ts'
import { type Findings, findingsOf } from '../analysis/findings.ts'
import { wantedFiles } from '../analysis/wanted.ts'
import { Workspace } from '../analysis/workspace.ts'
import type { AnyRule } from '../model/rule.ts'
import { evaluateManifest } from '../sources/manifest.ts'
import type { FileEdit, Files, SourceFile } from '../sources/unit.ts'
import { tooLarge } from '../sources/unread.ts'
import { type FolderUri, folderUri } from '../text/uri.ts'
import { Converter } from './convert.ts'
import { diagnosticsByFile } from './diagnostics.ts'
import type { FolderHost } from './host.ts'
import type { Publish } from './settings.ts'

const BREATH_MS = 30

/** What takes longer than a keystroke may wait for is published in two steps. */
const QUICK_MS = 25

/** Files that name files that name files: more rounds than any workspace needs. */
const MAX_ROUNDS = 20

/** One workspace folder: its texts, what is open, and what was published. */
export class Session {
  readonly root: string
  readonly workspace: Workspace
  /** Versions of open documents, by path. */
  readonly open = new Map<string, number>()
  /** Folders inside that are workspace folders themselves, with a slash at the end: their files are theirs. */
  inner: readonly string[] = []
  /** Settled once the folder has been read. */
  ready: Promise<void>
  readonly #host: FolderHost
  readonly #uris: FolderUri
  /** Texts of open documents, and how the client writes their addresses, by path. */
  readonly #documents = new Map<string, { readonly text: string; readonly uri: string | undefined }>()
  /** What was sent last, by path: for open documents once a version at least. */
  readonly #published = new Map<string, { readonly text: string; readonly version: number | undefined }>()
  /** What the disk has of open documents; of one that was opened before it was read, what it had then. */
  readonly #saved = new Map<string, SourceFile>()
  readonly #before = new Map<string, Analysis>()
  readonly #now: () => Date
  /** Files that were asked for by name and may not exist. */
  readonly #asked = new Set<string>()
  /** What the last whole analysis took beyond its draft, in milliseconds, and what the one under way took up to now. */
  #cost: number | undefined
  #spent = 0
  #loaded: () => void = () => {}
  #turn: Promise<void> = Promise.resolve()
  #waiting: Promise<void> | undefined

  constructor(root: string, host: FolderHost, rules: readonly AnyRule[], settings: Settings, now: () => Date) {
    this.root = root
    this.#uris = folderUri(root)
    this.workspace = new Workspace(rules, settings)
    this.#host = host
    this.#now = now
    this.ready = new Promise((resolve) => {
      this.#loaded = resolve
    })
  }

  /** The path of a document of this folder; undefined for others. */
  pathOf(uri: string): string | undefined {
    return this.#uris.pathOf(uri)
  }

  uriOf(path: string): string {
    return this.#documents.get(path)?.uri ?? this.#uris.uriOf(path)
  }

  /**
   * Reads the folder, parsing in slices so that requests are answered meanwhile. One at a time: a load that has
   * not begun serves all who ask for one.
   */
  load(): Promise<void> {
    this.#waiting ??= this.#inTurn(async () => {
      this.#waiting = undefined
      await this.#load()
    })
    return this.#waiting
  }

  /** Reads files again that changed on disk; open documents are what the editor says. */
  refresh(paths: readonly string[]): Promise<void> {
    return this.#inTurn(() => this.#refresh(paths))
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#turn.then(work)
    this.#turn = done.catch(() => {})
    return done
  }

  async #load(): Promise<void> {
    this.#asked.clear()
    // First of all: it says what is too large to be read.
    for await (const file of this.#host.read([CONFIG_FILE])) if (!this.open.has(file.path)) this.workspace.set(file)
    const listing = await this.#host.list(this.workspace.config.maxFileSize)
    const paths = listing.filter((path) => !this.inner.some((folder) => path.startsWith(folder)))
    const listed = new Set(paths)
    for (const path of this.workspace.files.keys()) if (!listed.has(path) && !this.open.has(path)) this.workspace.delete(path)
    for (const path of this.open.keys()) this.#show(path)
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
    for (let round = 0; round < MAX_ROUNDS && (await this.#supply()); round++);
    this.#loaded()
  }

  /** Reads what the analysis turned out to need besides; whether there was any of it. */
  async supply(): Promise<boolean> {
    let found = false
    await this.#inTurn(async () => {
      found = await this.#supply()
    })
    return found
  }

  async #supply(): Promise<boolean> {
    const wanted = wantedFiles(this.workspace.analysis()).filter((path) => !this.#asked.has(path))
    for (const path of wanted) this.#asked.add(path)
    const open = wanted.filter((path) => this.open.has(path))
    for (const path of open) this.#show(path)
    let found = open.length > 0
    for await (const file of this.#host.read(wanted)) {
      if (this.open.has(file.path)) continue
      this.workspace.set(file)
      found = true
    }
    return found
  }

  #matters(path: string): boolean {
    return this.#asked.has(path) || this.#host.matters(path)
  }

  async #refresh(paths: readonly string[]): Promise<void> {
    const closed = paths.filter((path) => !this.open.has(path))
    for await (const file of this.#host.read(paths.filter((path) => this.#saved.has(path)))) {
      if (this.#saved.has(file.path)) this.#saved.set(file.path, file)
    }
    const found = new Set<string>()
    for await (const file of this.#host.read(closed.filter((path) => this.#matters(path)))) {
      found.add(file.path)
      if (!this.open.has(file.path)) this.workspace.set(file)
    }
    for (const path of closed) if (!found.has(path) && !this.open.has(path)) this.workspace.delete(path)
  }

  /** @param uri as the client writes it */
  edit(path: string, text: string, version: number, uri?: string): void {
    if (!this.open.has(path)) this.#saved.set(path, this.workspace.files.get(path) ?? { path, text })
    this.open.set(path, version)
    this.#documents.set(path, { text, uri })
    this.#spent = 0
    this.#show(path)
  }

  /** What the editor says of a file counts, unless the workspace leaves the file out. */
  #show(path: string): void {
    const { text } = this.#documents.get(path) ?? { text: '' }
    const { maxFileSize } = this.workspace.config
    if (!this.#matters(path)) this.workspace.delete(path)
    else this.workspace.set(text.length > maxFileSize ? tooLarge(path, maxFileSize) : { path, text })
  }

  /** The editor has let go of a document: what is on the disk counts again. */
  close(path: string): Promise<void> {
    this.open.delete(path)
    this.#saved.delete(path)
    this.#before.delete(path)
    this.#documents.delete(path)
    return this.refresh([path])
  }

  /** Works on the analysis for about so long; the analysis once it is whole. */
  #advance(ms: number): Analysis | undefined {
    const start = this.#clock()
    let whole: Analysis | undefined
    do whole = this.workspace.advance()
    while (!whole && this.#clock() < start + ms)
    this.#spent += this.#clock() - start
    return whole
  }

  /** The analysis of the texts as they are, made with turns for others. */
  async settled(): Promise<Analysis> {
    for (;;) {
      const whole = this.#advance(QUICK_MS)
      if (whole) return whole
      await this.#others()
    }
  }

  /** What would be known if a document were what is saved of it; undefined when it is. */
  saved(path: string): Analysis | undefined {
    const analysis = this.workspace.analysis()
    const file = this.#saved.get(path)
    if (!file || (analysis.files.get(path)?.text ?? file.text) === file.text) {
      this.#before.delete(path)
      return undefined
    }
    const files = new Map(analysis.files).set(path, file)
    const known = this.#before.get(path)
    if (known && known.config === analysis.config && sameFiles(known.files, files)) return known
    const before = begin(files, analysis.config, analysis.engine.rules, analysis).draft()
    this.#before.set(path, before)
    return before
  }

  #others(): Promise<void> {
    return new Promise((resolve) => this.#host.later(resolve, 0))
  }

  #clock(): number {
    return this.#now().getTime()
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

  /**
   * Sends what changed since the last time. When an analysis takes long, first what is known at once, then the
   * whole of it, unless `isCurrent` says meanwhile that another publication follows. Whether it came to its end.
   */
  async publish(connection: Connection, publish: Publish, isCurrent: () => boolean = () => true): Promise<boolean> {
    const isFirst = this.#cost === undefined
    let whole = isFirst || (this.#cost ?? 0) <= QUICK_MS ? this.#advance(2 * QUICK_MS) : undefined
    if (!whole && !isFirst) this.#send(connection, this.workspace.draft(), publish)
    while (!whole) {
      await this.#others()
      if (!isCurrent()) return false
      whole = this.#advance(QUICK_MS)
    }
    this.#cost = this.#spent
    this.#send(connection, whole, publish)
    return true
  }

  #send(connection: Connection, analysis: Analysis, publish: Publish): void {
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
      const version = this.open.get(path)
      const before = this.#published.get(path)
      const text = JSON.stringify(diagnostics)
      if (version === undefined ? (before?.text ?? '[]') === text : before?.version === version && before.text === text) continue
      if (diagnostics.length === 0 && version === undefined) this.#published.delete(path)
      else this.#published.set(path, { text, version })
      void connection.sendDiagnostics({ uri: this.uriOf(path), diagnostics, ...(version === undefined ? {} : { version }) })
    }
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

function sameFiles(a: Files, b: Files): boolean {
  return a.size === b.size && [...a].every(([path, file]) => b.get(path) === file)
}
