import { diffLines } from 'diff'
import { type CodeAction, CodeActionKind, type CodeActionParams, LSPErrorCodes, ResponseError } from 'vscode-languageserver'
import type { Analysis } from '../analysis/analyse.ts'
import { CONFIG_FILE } from '../analysis/config.ts'
import { type Finding, findingsOf } from '../analysis/findings.ts'
import { fixTogether, type ProposedFix, proposeFixes, prove } from '../analysis/fix.ts'
import { type Span, touches } from '../text/span.ts'
import { ignoreInConfig, ignoreInText } from './ignore.ts'
import type { Session } from './session.ts'

/** Proofs of one request take no longer; what is not proved by then is not listed. */
const PROOF_MS = 200

export const FIX_ALL = `${CodeActionKind.SourceFixAll}.zeroTrust`

/** What comes back with `codeAction/resolve`: enough to compute the edit from nothing else. */
interface ActionData {
  readonly uri: string
  readonly version: number | undefined
  readonly action:
    | { readonly type: 'fix'; readonly fingerprint: string; readonly key: string }
    | { readonly type: 'all'; readonly rule: string | undefined; readonly scope: 'file' | 'workspace' }
    | { readonly type: 'ignore'; readonly fingerprint: string; readonly where: 'text' | 'config' }
}

export function codeActions(session: Session, path: string, params: CodeActionParams, now: () => Date): CodeAction[] {
  const only = params.context.only
  const wants = (kind: string): boolean => !only || only.some((wanted) => kind === wanted || kind.startsWith(`${wanted}.`) || wanted === '')
  const analysis = session.workspace.analysis()
  const lines = session.converter(analysis).lines(path)
  const span = { start: lines.offset(params.range.start), end: lines.offset(params.range.end) }
  const all = session.findingsIn(path).findings.filter((finding) => finding.location.file === path)
  const data = (action: ActionData['action']): ActionData => ({ uri: params.textDocument.uri, version: session.open.get(path), action })
  const actions: CodeAction[] = []
  if (wants(CodeActionKind.QuickFix)) {
    const deadline = now().getTime() + PROOF_MS
    const asked = all.filter((finding) => touches(finding.location.span, span))
    for (const finding of asked) actions.push(...fixesOf(analysis, finding, params, data, () => now().getTime() > deadline))
    for (const finding of asked) actions.push(...groupsOf(finding, all, params, data))
    for (const finding of asked) actions.push(...ignoresOf(finding, path, params, data))
  }
  // Offered without a search: whether there is anything safe to do is found out when it is asked for.
  if (only?.some((kind) => kind !== '' && (kind === FIX_ALL || FIX_ALL.startsWith(`${kind}.`))) && all.length > 0) {
    actions.push({ title: 'Apply all safe zero-trust fixes', kind: FIX_ALL, data: data({ type: 'all', rule: undefined, scope: 'file' }) })
  }
  return actions
}

type Data = (action: ActionData['action']) => ActionData

function fixesOf(analysis: Analysis, finding: Finding, params: CodeActionParams, data: Data, late: () => boolean): CodeAction[] {
  const actions: CodeAction[] = []
  const proved: ProposedFix[] = []
  for (const fix of proposeFixes(analysis, finding)) {
    if (late()) break
    if (prove(analysis, finding, fix).proved) proved.push(fix)
  }
  const decided = proved.filter((fix) => fix.applicability !== 'assisted')
  for (const fix of proved) {
    actions.push({
      title: fix.title,
      kind: CodeActionKind.QuickFix,
      diagnostics: diagnosticsOf(finding, params),
      ...(decided.length === 1 && fix === decided[0] ? { isPreferred: true } : {}),
      data: data({ type: 'fix', fingerprint: finding.fingerprint, key: fix.key }),
    })
  }
  return actions
}

function groupsOf(finding: Finding, all: readonly Finding[], params: CodeActionParams, data: Data): CodeAction[] {
  const rule = finding.rule.name
  const same = all.filter((other) => other.rule === finding.rule)
  const fixable = finding.rule.fix !== undefined
  if (!fixable || same[0] !== finding) return []
  const action = (title: string, scope: 'file' | 'workspace'): CodeAction => ({
    title,
    kind: CodeActionKind.QuickFix,
    diagnostics: diagnosticsOf(finding, params),
    data: data({ type: 'all', rule, scope }),
  })
  return [
    ...(same.length > 1 ? [action(`Fix all ${same.length} \`${rule}\` in this file (preview)`, 'file')] : []),
    action(`Fix all \`${rule}\` in the workspace (preview)`, 'workspace'),
  ]
}

function ignoresOf(finding: Finding, path: string, params: CodeActionParams, data: Data): CodeAction[] {
  const rule = finding.rule.name
  const action = (title: string, where: 'text' | 'config'): CodeAction => ({
    title,
    kind: CodeActionKind.QuickFix,
    diagnostics: diagnosticsOf(finding, params),
    data: data({ type: 'ignore', fingerprint: finding.fingerprint, where }),
  })
  const inConfig = action(`Ignore \`${rule}\` for this object in ${CONFIG_FILE}, with a reason`, 'config')
  return path.endsWith('.json') ? [inConfig] : [action(`Ignore \`${rule}\` here, with a reason`, 'text'), inConfig]
}

function diagnosticsOf(finding: Finding, params: CodeActionParams) {
  return params.context.diagnostics.filter(
    ({ data }) => (data as { fingerprint?: string } | undefined)?.fingerprint === finding.fingerprint,
  )
}

/** Recomputes the edit from the data alone. Throws "content modified" when the document is another one by now. */
export function resolveAction(action: CodeAction, sessionOf: (uri: string) => { session: Session; path: string } | undefined): CodeAction {
  const { uri, version, action: wanted } = action.data as ActionData
  const found = sessionOf(uri)
  if (!found || found.session.open.get(found.path) !== version) throw stale()
  const { session, path } = found
  const analysis = session.workspace.analysis()
  switch (wanted.type) {
    case 'fix': {
      const finding = session.findingsIn(path).findings.find(({ fingerprint }) => fingerprint === wanted.fingerprint)
      const fix = finding && proposeFixes(analysis, finding).find(({ key }) => key === wanted.key)
      if (!fix) throw stale()
      return { ...action, edit: session.workspaceEdit(analysis, fix.edits, fix.created, action.title) }
    }
    case 'ignore': {
      const finding = session.findingsIn(path).findings.find(({ fingerprint }) => fingerprint === wanted.fingerprint)
      if (!finding) throw stale()
      const { edits, created } =
        wanted.where === 'text' ? ignoreInText(analysis, finding) : ignoreInConfig(session.workspace.files, finding)
      return { ...action, edit: session.workspaceEdit(analysis, edits, created, action.title) }
    }
    case 'all':
      return { ...action, edit: fixAll(session, path, wanted.rule, wanted.scope, action.title) }
  }
}

function fixAll(session: Session, path: string, rule: string | undefined, scope: 'file' | 'workspace', title: string) {
  const analysis = session.workspace.analysis()
  const question = scope === 'file' ? { files: new Set([path]), today: session.today } : { today: session.today }
  const list = (at: Analysis): readonly Finding[] => findingsOf(at, question).findings
  const fingerprints = list(analysis)
    .filter((finding) => !rule || finding.rule.name === rule)
    .map(({ fingerprint }) => fingerprint)
  const { analysis: after } = fixTogether(analysis, fingerprints, {
    list,
    // A single rule was chosen by a person, who sees a preview; without one only what is safe is done.
    pick: (fixes) =>
      rule
        ? (fixes.find(({ applicability }) => applicability !== 'assisted') ?? fixes[0])
        : fixes.find(({ applicability }) => applicability === 'safe'),
  })
  const edits = []
  const created = []
  for (const [file, { text }] of after.files) {
    const before = analysis.files.get(file)
    if (!before) created.push({ file, text })
    else if (before.text !== text) for (const edit of lineEdits(before.text, text)) edits.push({ file, ...edit })
  }
  return session.workspaceEdit(analysis, edits, created, title)
}

/** Whole lines that turn one text into another, so that a preview reads like a diff. */
function lineEdits(before: string, after: string): { span: Span; text: string }[] {
  const edits: { span: Span; text: string }[] = []
  let at = 0
  let open: { start: number; text: string } | undefined
  const close = (): void => {
    if (open) edits.push({ span: { start: open.start, end: at }, text: open.text })
    open = undefined
  }
  for (const { value, added, removed } of diffLines(before, after)) {
    if (!added && !removed) close()
    else open ??= { start: at, text: '' }
    if (added && open) open.text += value
    else at += value.length
  }
  close()
  return edits
}

function stale(): ResponseError {
  return new ResponseError(LSPErrorCodes.ContentModified, 'The text has changed since this action was offered.')
}
