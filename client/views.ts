import * as vscode from 'vscode'
import type { BaseLanguageClient } from 'vscode-languageclient'
import { linksFromRoot } from './links.ts'

const SCHEME = 'kube-zero-trust-view'

/** A document that the server computes. What the parameters mean is the server's matter. */
interface OpenView {
  readonly folder: string
  readonly view: string
  readonly parameters: Readonly<Record<string, string>>
}

interface SentView {
  readonly title: string
  readonly text: string
  readonly lines: readonly {
    readonly line: number
    readonly uri: string
    readonly from: { readonly line: number; readonly character: number }
  }[]
}

interface SentChoice {
  readonly folder: string
  readonly value: string
  readonly label: string
  readonly detail?: string
}

/** A command of the palette that asks for a view's parameters, one after the other. */
interface ViewCommand {
  readonly command: string
  readonly view: string
  readonly asks: readonly Ask[]
}

interface Ask {
  readonly parameter: string
  readonly title: string
  /** Whose choices the server knows; without it a text is asked for. */
  readonly choices?: string
  readonly placeHolder?: string
  readonly optional?: boolean
}

const COMMANDS: readonly ViewCommand[] = [
  {
    command: 'kubeZeroTrust.showBuild',
    view: 'build',
    asks: [{ parameter: 'unit', title: 'What a Kustomization Builds', choices: 'kustomization' }],
  },
  {
    command: 'kubeZeroTrust.showRendered',
    view: 'rendered',
    asks: [{ parameter: 'unit', title: 'What a Chart Renders', choices: 'chart' }],
  },
  {
    command: 'kubeZeroTrust.whoCan',
    view: 'who-can',
    asks: [
      { parameter: 'verb', title: 'Who Can …', choices: 'verb', placeHolder: 'What they do' },
      { parameter: 'resource', title: 'Who Can …', choices: 'resource', placeHolder: 'What they do it with' },
      { parameter: 'namespace', title: 'Who Can …', choices: 'namespace', placeHolder: 'Where' },
    ],
  },
  {
    command: 'kubeZeroTrust.showPermissions',
    view: 'permissions',
    asks: [{ parameter: 'subject', title: 'Permissions', choices: 'subject', placeHolder: 'Of whom' }],
  },
  {
    command: 'kubeZeroTrust.explainConnection',
    view: 'explain',
    asks: [
      { parameter: 'from', title: 'Explain Connection', choices: 'sender', placeHolder: 'From' },
      { parameter: 'to', title: 'Explain Connection', choices: 'receiver', placeHolder: 'To' },
      { parameter: 'port', title: 'Explain Connection', placeHolder: 'Port of its pods: 8080, or udp/53; empty for any', optional: true },
    ],
  },
  { command: 'kubeZeroTrust.showAttackPaths', view: 'attack-paths', asks: [] },
]

/** Opens views, keeps those that are open up to date, and lets their cursor lead to where a line comes from. */
export function views(client: () => Promise<BaseLanguageClient>): { changed(): void; dispose(): void } {
  const changed = new vscode.EventEmitter<vscode.Uri>()
  const shown = new Map<string, SentView>()
  const ask = async (request: OpenView): Promise<SentView | null> =>
    (await client()).sendRequest<SentView | null>('kubeZeroTrust/view', request)

  const open = async (request: OpenView): Promise<void> => {
    const found = await ask(request)
    if (!found) {
      void vscode.window.showInformationMessage('Zero Trust: there is nothing to show here any more.')
      return
    }
    const uri = uriOf(found.title, request)
    shown.set(uri.toString(), found)
    changed.fire(uri)
    const asText = () => vscode.window.showTextDocument(uri, { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true })
    if (!found.title.endsWith('.md')) await asText()
    // The editor's own Markdown extension can be switched off.
    else await vscode.commands.executeCommand('markdown.showPreview', uri).then(undefined, asText)
  }

  const provider = vscode.workspace.registerTextDocumentContentProvider(SCHEME, {
    onDidChange: changed.event,
    async provideTextDocumentContent(uri) {
      const found = await ask(requestOf(uri))
      if (found) shown.set(uri.toString(), found)
      return found ? (found.title.endsWith('.md') ? linksFromRoot(found.text) : found.text) : ''
    },
  })
  const definitions = vscode.languages.registerDefinitionProvider(
    { scheme: SCHEME },
    {
      provideDefinition(document, position) {
        const lines = shown.get(document.uri.toString())?.lines ?? []
        const at = lines.findLast(({ line }) => line <= position.line)
        return at ? new vscode.Location(vscode.Uri.parse(at.uri), new vscode.Position(at.from.line, at.from.character)) : undefined
      },
    },
  )
  const follow = vscode.window.onDidChangeTextEditorSelection(({ textEditor, selections }) => {
    if (textEditor.document.uri.scheme === SCHEME) return
    const source = textEditor.document.uri.toString()
    const line = selections[0]?.active.line ?? 0
    for (const editor of vscode.window.visibleTextEditors) {
      const lines = shown.get(editor.document.uri.toString())?.lines ?? []
      const here = lines.filter(({ uri, from }) => vscode.Uri.parse(uri).toString() === source && from.line <= line)
      const nearest = here.sort((a, b) => b.from.line - a.from.line)[0]
      if (nearest)
        editor.revealRange(new vscode.Range(nearest.line, 0, nearest.line, 0), vscode.TextEditorRevealType.InCenterIfOutsideViewport)
    }
  })
  const closed = vscode.workspace.onDidCloseTextDocument(({ uri }) => void shown.delete(uri.toString()))
  const commands = COMMANDS.map(({ command, view, asks }) =>
    vscode.commands.registerCommand(command, async () => {
      const request = await answersTo(await client(), view, asks)
      if (request) await open(request)
    }),
  )
  const parts = vscode.Disposable.from(
    provider,
    definitions,
    follow,
    closed,
    changed,
    vscode.commands.registerCommand('kubeZeroTrust.openView', open),
    ...commands,
  )
  return {
    changed: () => {
      for (const key of shown.keys()) changed.fire(vscode.Uri.parse(key))
    },
    dispose: () => parts.dispose(),
  }
}

async function answersTo(client: BaseLanguageClient, view: string, asks: readonly Ask[]): Promise<OpenView | undefined> {
  const parameters: Record<string, string> = {}
  let folder = vscode.workspace.workspaceFolders?.[0]?.uri.toString() ?? ''
  for (const { parameter, title, choices, placeHolder, optional } of asks) {
    const known = choices ? await client.sendRequest<SentChoice[]>('kubeZeroTrust/choices', { parameter: choices }) : undefined
    const inFolder = known?.filter((choice) => Object.keys(parameters).length === 0 || choice.folder === folder)
    const several = new Set(inFolder?.map((choice) => choice.folder)).size > 1
    const picked = inFolder
      ? await vscode.window.showQuickPick(
          inFolder.map((choice) => ({
            label: choice.label,
            choice,
            ...(choice.detail ? { detail: choice.detail } : {}),
            ...(several ? { description: folderName(choice.folder) } : {}),
          })),
          { title, matchOnDetail: true, ...(placeHolder ? { placeHolder } : {}) },
        )
      : await vscode.window.showInputBox({ title, ...(placeHolder ? { placeHolder } : {}) })
    if (picked === undefined) return undefined
    if (typeof picked === 'string') {
      if (picked === '' && !optional) return undefined
      parameters[parameter] = picked
    } else {
      parameters[parameter] = picked.choice.value
      folder = picked.choice.folder
    }
  }
  return { folder, view, parameters }
}

/** Which of several folders a choice is of. */
function folderName(folder: string): string {
  return vscode.workspace.workspaceFolders?.find(({ uri }) => uri.toString() === folder)?.name ?? folder
}

/** The address holds the whole request, so that a window that is opened again shows it again. */
function uriOf(title: string, request: OpenView): vscode.Uri {
  return vscode.Uri.from({ scheme: SCHEME, path: `/${title}`, query: JSON.stringify(request) })
}

function requestOf(uri: vscode.Uri): OpenView {
  return JSON.parse(uri.query) as OpenView
}
