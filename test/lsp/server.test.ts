import { afterEach, describe, expect, it } from 'vitest'
import { CodeActionKind, type CodeAction, DiagnosticSeverity, DiagnosticTag, LSPErrorCodes } from 'vscode-languageserver/node'
import { MemoryFolder, ROOT, startClient, TestClient } from './client.ts'

const POD = `apiVersion: v1
kind: Pod
metadata:
  name: app
  namespace: shop
spec:
  containers:
    - name: app
      image: registry.example.com/app:1.2
      securityContext:
        privileged: true
`
const ROLE = `apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: reader
  namespace: shop
rules:
  - apiGroups: [""]
    resources: [pods]
    verbs: ["*"] # all of them
`
const BINDING = `apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: reader
  namespace: shop
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: reader
subjects:
  - kind: ServiceAccount
    name: dashboard
    namespace: shop
`
const ACCOUNT = `apiVersion: v1
kind: ServiceAccount
metadata:
  name: dashboard
  namespace: shop
`

const uri = (path: string): string => `${ROOT}/${path}`
const clients: TestClient[] = []
afterEach(() => {
  for (const client of clients.splice(0)) client.stop()
})

async function start(files: Record<string, string>): Promise<TestClient> {
  const client = await startClient(files)
  clients.push(client)
  return client
}

const codes = (diagnostics: readonly { code?: unknown }[]): unknown[] => diagnostics.map(({ code }) => code)
const has = (rule: string) => (diagnostics: readonly { code?: unknown }[]) => codes(diagnostics).includes(rule)
const hasNot = (rule: string) => (diagnostics: readonly { code?: unknown }[]) => !codes(diagnostics).includes(rule)

describe('diagnostics', () => {
  it('carry the version, the rule with the address of its page, and where else to look', async () => {
    const client = await start({ 'role.yaml': ROLE, 'binding.yaml': BINDING })
    await client.open(uri('role.yaml'))
    const diagnostics = await client.diagnostics(uri('role.yaml'), has('rbac-wildcard-verbs'))
    const found = diagnostics.find(({ code }) => code === 'rbac-wildcard-verbs')
    expect(found).toMatchObject({
      severity: DiagnosticSeverity.Warning,
      source: 'zero-trust',
      codeDescription: { href: expect.stringContaining('rbac-wildcard-verbs') },
      range: { start: { line: 8, character: 12 }, end: { line: 8, character: 15 } },
    })
    expect(client.published.get(uri('role.yaml'))?.version).toBe(1)
  })

  it('follow what another file says', async () => {
    const client = await start({ 'role.yaml': ROLE })
    await client.open(uri('role.yaml'))
    const severityIs = (severity: DiagnosticSeverity) => (diagnostics: readonly { code?: unknown; severity?: DiagnosticSeverity }[]) =>
      diagnostics.some((each) => each.code === 'rbac-wildcard-verbs' && each.severity === severity)
    await client.diagnostics(uri('role.yaml'), severityIs(DiagnosticSeverity.Hint))
    await client.open(uri('binding.yaml'), BINDING)
    await client.diagnostics(uri('role.yaml'), severityIs(DiagnosticSeverity.Warning))
  })

  it('do not blank out while a document is broken for a moment, and come back after it', async () => {
    const client = await start({ 'pod.yaml': POD })
    await client.open(uri('pod.yaml'))
    await client.diagnostics(uri('pod.yaml'), has('node-access'))
    await client.change(uri('pod.yaml'), `${POD}      args: ["unclosed\n`)
    const broken = await client.diagnostics(uri('pod.yaml'), (diagnostics) => diagnostics.some(({ code }) => code === undefined))
    expect(codes(broken)).toContain('node-access')
    await client.change(uri('pod.yaml'), POD)
    await client.diagnostics(
      uri('pod.yaml'),
      (diagnostics) => has('node-access')(diagnostics) && diagnostics.every(({ code }) => code !== undefined),
    )
  })

  it('are sent once for a burst of changes, for the last version', async () => {
    const client = await start({ 'pod.yaml': POD })
    await client.open(uri('pod.yaml'))
    await client.diagnostics(uri('pod.yaml'), has('node-access'))
    client.log.length = 0
    for (const name of ['a', 'b', 'c', 'd', 'e']) await client.change(uri('pod.yaml'), POD.replaceAll('name: app', `name: app-${name}`))
    await client.diagnostics(uri('pod.yaml'), (diagnostics) => diagnostics.some(({ message }) => String(message).includes('app-e')))
    expect(client.log.filter((params) => params.uri === uri('pod.yaml')).map(({ version }) => version)).toEqual([6])
  })

  it('are only for open files by default, but errors everywhere, and for all files by a setting', async () => {
    const client = await start({ 'pod.yaml': POD, 'role.yaml': ROLE, 'binding.yaml': BINDING })
    await client.open(uri('pod.yaml'))
    await client.diagnostics(uri('pod.yaml'), has('node-access'))
    expect(client.published.has(uri('role.yaml'))).toBe(false)
    client.settings = { publish: 'workspace' }
    await client.notify('workspace/didChangeConfiguration', { settings: {} })
    await client.until(() => has('rbac-wildcard-verbs')(client.published.get(uri('role.yaml'))?.diagnostics ?? []))
    client.settings = {}
    await client.notify('workspace/didChangeConfiguration', { settings: {} })
    await client.until(() => client.published.get(uri('role.yaml'))?.diagnostics.length === 0)
  })

  it('ignore documents of other schemes and folders', async () => {
    const client = await start({ 'role.yaml': ROLE })
    await client.open('git:///workspace/pod.yaml', POD)
    await client.open('file:///elsewhere/pod.yaml', POD)
    await client.open(uri('role.yaml'))
    await client.diagnostics(uri('role.yaml'), has('rbac-wildcard-verbs'))
    expect([...client.published.keys()]).toEqual([uri('role.yaml')])
  })

  it('follow files that change on disk, come and go', async () => {
    const client = await start({ 'role.yaml': ROLE })
    await client.open(uri('role.yaml'))
    const level = (severity: DiagnosticSeverity) => (diagnostics: readonly { severity?: DiagnosticSeverity; code?: unknown }[]) =>
      diagnostics.some((each) => each.code === 'rbac-wildcard-verbs' && each.severity === severity)
    await client.diagnostics(uri('role.yaml'), level(DiagnosticSeverity.Hint))
    const folder = client.folders[ROOT]
    folder?.files.set('binding.yaml', BINDING)
    await client.notify('workspace/didChangeWatchedFiles', { changes: [{ uri: uri('binding.yaml'), type: 1 }] })
    await client.diagnostics(uri('role.yaml'), level(DiagnosticSeverity.Warning))
    folder?.files.delete('binding.yaml')
    await client.notify('workspace/didChangeWatchedFiles', { changes: [{ uri: uri('binding.yaml'), type: 3 }] })
    await client.diagnostics(uri('role.yaml'), level(DiagnosticSeverity.Hint))
  })

  it('keep the folders of a workspace apart', async () => {
    const client = new TestClient({
      'file:///a': new MemoryFolder({ 'role.yaml': ROLE }),
      'file:///b': new MemoryFolder({ 'binding.yaml': BINDING }),
    })
    clients.push(client)
    await client.start()
    await client.open('file:///a/role.yaml')
    const diagnostics = await client.diagnostics('file:///a/role.yaml', has('rbac-wildcard-verbs'))
    expect(diagnostics.find(({ code }) => code === 'rbac-wildcard-verbs')?.severity).toBe(DiagnosticSeverity.Hint)
  })

  it('say of an open file what could not be judged', async () => {
    const client = await start({ 'k/kustomization.yaml': 'resources: [https://example.com/base]\n', 'pod.yaml': POD })
    await client.open(uri('k/kustomization.yaml'))
    const [found] = await client.diagnostics(uri('k/kustomization.yaml'), has('not-evaluated'))
    expect(found).toMatchObject({ severity: DiagnosticSeverity.Information, range: { start: { line: 0, character: 0 } } })
    expect(found?.message).toContain('https://example.com/base')
  })

  it('say when a suppression has nothing to suppress', async () => {
    const client = await start({ 'pod.yaml': `# zero-trust: ignore rbac-wildcard-verbs -- not here\n${POD}` })
    await client.open(uri('pod.yaml'))
    const diagnostics = await client.diagnostics(uri('pod.yaml'), has('unused-suppression'))
    expect(diagnostics.find(({ code }) => code === 'unused-suppression')?.tags).toEqual([DiagnosticTag.Unnecessary])
  })
})

describe('code actions', () => {
  async function offered(client: TestClient, path: string, rule: string): Promise<CodeAction[]> {
    const diagnostics = await client.diagnostics(uri(path), has(rule))
    const diagnostic = diagnostics.find(({ code }) => code === rule)
    if (!diagnostic) throw new Error(`no ${rule}`)
    return client.actions(uri(path), diagnostic.range, [diagnostic])
  }

  it('open → diagnostics → action → resolve → apply → clean', async () => {
    const client = await start({ 'pod.yaml': POD })
    await client.open(uri('pod.yaml'))
    const actions = await offered(client, 'pod.yaml', 'node-access')
    const fix = actions.find(({ isPreferred }) => isPreferred)
    if (!fix) throw new Error('nothing is preferred')
    expect(fix.edit).toBeUndefined()
    const resolved = await client.resolve(fix)
    const texts = await client.apply(resolved.edit ?? {})
    expect(texts.get(uri('pod.yaml'))).toBe(POD.replace('privileged: true', 'privileged: false'))
    await client.diagnostics(uri('pod.yaml'), hasNot('node-access'))
  })

  it('keep comments, and offer each way out', async () => {
    const client = await start({ 'role.yaml': ROLE, 'binding.yaml': BINDING })
    await client.open(uri('role.yaml'))
    const actions = await offered(client, 'role.yaml', 'rbac-wildcard-verbs')
    const read = actions.find(({ title }) => title.startsWith('Read-only'))
    if (!read) throw new Error('no read-only')
    const texts = await client.apply((await client.resolve(read)).edit ?? {})
    expect(texts.get(uri('role.yaml'))).toContain('verbs: [get, list, watch] # all of them')
  })

  it('that are stale answer "content modified"', async () => {
    const client = await start({ 'pod.yaml': POD })
    await client.open(uri('pod.yaml'))
    const [fix] = await offered(client, 'pod.yaml', 'node-access')
    if (!fix) throw new Error('no action')
    await client.change(uri('pod.yaml'), POD.replace('name: app\n  namespace', 'name: other\n  namespace'))
    await expect(client.resolve(fix)).rejects.toMatchObject({ code: LSPErrorCodes.ContentModified })
  })

  it('ignore with a reason, in the text and in the configuration', async () => {
    const client = await start({ 'pod.yaml': POD })
    await client.open(uri('pod.yaml'))
    const actions = await offered(client, 'pod.yaml', 'node-access')
    const [inText, inConfig] = actions.filter(({ title }) => title.startsWith('Ignore'))
    if (!inText || !inConfig) throw new Error('no ignore')
    const config = await client.apply((await client.resolve(inConfig)).edit ?? {})
    expect(config.get(uri('.kube-zero-trust.yaml'))).toMatch(/^ignore:\n {2}- rule: node-access\n {4}object: Pod\/shop\/app\n {4}reason: /)
    await client.apply((await client.resolve(inText)).edit ?? {})
    const after = await client.diagnostics(uri('pod.yaml'), hasNot('node-access'))
    expect(codes(after)).not.toContain('unused-suppression')
  })

  it('fix all of one rule in the file or the workspace, asking first when it is several files', async () => {
    const client = await start({ 'a.yaml': POD, 'b.yaml': POD.replaceAll('name: app', 'name: other') })
    await client.open(uri('a.yaml'))
    const actions = await offered(client, 'a.yaml', 'node-access')
    const all = actions.find(({ title }) => title.includes('in the workspace'))
    if (!all) throw new Error('no fix for the workspace')
    const { edit } = await client.resolve(all)
    expect(Object.values(edit?.changeAnnotations ?? {}).map(({ needsConfirmation }) => needsConfirmation)).toEqual([true])
    const texts = await client.apply(edit ?? {})
    expect([...texts.keys()].sort()).toEqual([uri('a.yaml'), uri('b.yaml')])
    for (const text of texts.values()) expect(text).toContain('privileged: false')
  })

  it('on save do only what is safe', async () => {
    const client = await start({ 'pod.yaml': POD })
    await client.open(uri('pod.yaml'))
    await client.diagnostics(uri('pod.yaml'), has('node-access'))
    const range = { start: { line: 0, character: 0 }, end: { line: 20, character: 0 } }
    const actions = await client.actions(uri('pod.yaml'), range, [], [CodeActionKind.SourceFixAll])
    for (const action of actions) {
      const texts = await client.apply((await client.resolve(action)).edit ?? {})
      expect(texts.get(uri('pod.yaml')) ?? POD).toContain('privileged: true')
    }
  })
})

describe('names', () => {
  const files = { 'role.yaml': ROLE, 'binding.yaml': BINDING, 'account.yaml': ACCOUNT }

  it('lead to the object that they stand for', async () => {
    const client = await start(files)
    await client.open(uri('binding.yaml'))
    await client.diagnostics(uri('binding.yaml'), () => true)
    expect((await client.locations('definition', uri('binding.yaml'), 'dashboard')).map((at) => at.uri)).toEqual([uri('account.yaml')])
    expect((await client.locations('definition', uri('binding.yaml'), 'name: reader\nsubjects', 7)).map((at) => at.uri)).toEqual([
      uri('role.yaml'),
    ])
  })

  it('lead from an object to all who name it', async () => {
    const client = await start(files)
    await client.open(uri('account.yaml'))
    await client.diagnostics(uri('account.yaml'), () => true)
    const found = await client.locations('references', uri('account.yaml'), 'dashboard')
    expect(found.map((at) => at.uri)).toEqual([uri('account.yaml'), uri('binding.yaml')])
  })

  it('are links where one object in another file is meant', async () => {
    const client = await start(files)
    await client.open(uri('binding.yaml'))
    await client.diagnostics(uri('binding.yaml'), () => true)
    const links: { target: string }[] = await client.request('textDocument/documentLink', { textDocument: { uri: uri('binding.yaml') } })
    expect(links.map(({ target }) => target.replace(/#.*/, ''))).toEqual([uri('role.yaml'), uri('account.yaml')])
  })
})

describe('hover and audit', () => {
  it('a finding shows its rule: what and why', async () => {
    const client = await start({ 'pod.yaml': POD })
    await client.open(uri('pod.yaml'))
    const [diagnostic] = await client.diagnostics(uri('pod.yaml'), has('node-access'))
    const hover = await client.request<{ contents: { value: string } } | null>('textDocument/hover', {
      textDocument: { uri: uri('pod.yaml') },
      position: { line: 10, character: 22 },
    })
    expect(diagnostic).toBeDefined()
    expect(hover?.contents.value).toContain('node-access')
    expect(hover?.contents.value).toContain('**Why**')
  })

  it('the audit has everything, open or not', async () => {
    const client = await start({ 'pod.yaml': POD, 'role.yaml': ROLE, 'binding.yaml': BINDING })
    const report = await client.request<{ markdown: string; findings: number }>('kubeZeroTrust/audit', {})
    expect(report.findings).toBeGreaterThanOrEqual(2)
    expect(report.markdown).toContain('rbac-wildcard-verbs')
  })

  it('a rule that is unknown has a page that says so', async () => {
    const client = await start({})
    const page = await client.request<{ markdown: string }>('kubeZeroTrust/rulePage', { rule: 'nonsense' })
    expect(page.markdown).toContain('nonsense')
  })
})
