import { afterEach, describe, expect, it, test } from 'vitest'
import { rules } from '../../rules/index.ts'
import { defineRule } from '../../server/model/rule.ts'
import { MemoryFolder, ROOT, TestClient } from './client.ts'

const pod = (name: string): string => `apiVersion: v1
kind: Pod
metadata:
  name: ${name}
  namespace: shop
spec:
  hostPID: true
  containers:
    - name: app
      image: registry.example.com/app:1.2
`

const uri = (path: string): string => `${ROOT}/${path}`
const clients: TestClient[] = []
afterEach(() => {
  for (const client of clients.splice(0)) client.stop()
})

function client(folders: Readonly<Record<string, MemoryFolder>>, settings: unknown = {}): TestClient {
  const made = new TestClient(folders)
  made.settings = settings
  clients.push(made)
  return made
}

const has = (rule: string) => (diagnostics: readonly { code?: unknown }[]) => diagnostics.some(({ code }) => code === rule)
const hasNot = (rule: string) => (diagnostics: readonly { code?: unknown }[]) => !has(rule)(diagnostics)
const published = (at: TestClient, address: string) => at.published.get(address)?.diagnostics ?? []

describe('addresses', () => {
  const spellings = [
    ['file:///c%3A/my%20work', 'file:///c:/my%20work/a%20%281%29.yaml'],
    ['file:///c%3A/my%20work', 'file:///C%3A/my%20work/k8s/%C3%A9%2Bb.yaml'],
    ['file:///repo', 'file:///repo/it%27s%20(new)!.yaml'],
    ['file:///repo', 'file:///repo/unencoded é@b.yaml'],
    ['file:///repo', 'file:///repo/bad%E0%A4.yaml'],
  ]
  test.each(spellings)('in %s: diagnostics of %s come under the address that the client wrote', async (root, address) => {
    const editor = await client({ [root ?? '']: new MemoryFolder({}) }).start()
    await editor.open(address ?? '', pod('app'))
    await editor.diagnostics(address ?? '', has('node-access'))
    expect([...editor.published.keys()]).toEqual([address])
  })

  it('of a file that is not open are written as VS Code writes them', async () => {
    const editor = await client({ 'file:///repo': new MemoryFolder({ 'k8s/a (1).yaml': pod('app') }) }, { publish: 'workspace' }).start()
    await editor.until(() => editor.published.has('file:///repo/k8s/a%20%281%29.yaml'))
  })

  it('that are no addresses stop nothing', async () => {
    const editor = await client({ [ROOT]: new MemoryFolder({ 'a.yaml': pod('app') }) }).start()
    await editor.open('%%%', pod('other'))
    await editor.open(uri('a.yaml'))
    await editor.diagnostics(uri('a.yaml'), has('node-access'))
  })
})

describe('folders', () => {
  it('inside one another share no file', async () => {
    const files = {
      'file:///o': new MemoryFolder({ 'a.yaml': pod('a'), 'in/b.yaml': pod('b') }),
      'file:///o/in': new MemoryFolder({ 'b.yaml': pod('b') }),
    }
    const editor = await client(files, { publish: 'workspace' }).start()
    await editor.until(
      () => has('node-access')(published(editor, 'file:///o/a.yaml')) && has('node-access')(published(editor, 'file:///o/in/b.yaml')),
    )
    expect(published(editor, 'file:///o/in/b.yaml').filter(({ code }) => code === 'node-access')).toHaveLength(1)
    expect(editor.log.filter((params) => params.uri === 'file:///o/in/b.yaml')).toHaveLength(1)
  })

  it('that are deleted take their findings with them, whether the files or the folder is told', async () => {
    const folder = new MemoryFolder({ 'x/a.yaml': pod('a'), 'y/b.yaml': pod('b') })
    const editor = await client({ [ROOT]: folder }, { publish: 'workspace' }).start()
    await editor.until(
      () => has('node-access')(published(editor, uri('x/a.yaml'))) && has('node-access')(published(editor, uri('y/b.yaml'))),
    )
    folder.files.delete('x/a.yaml')
    await editor.notify('workspace/didChangeWatchedFiles', { changes: [{ uri: uri('x'), type: 3 }] })
    await editor.until(() => published(editor, uri('x/a.yaml')).length === 0)
    folder.files.delete('y/b.yaml')
    await editor.notify('workspace/didDeleteFiles', { files: [{ uri: uri('y') }] })
    await editor.until(() => published(editor, uri('y/b.yaml')).length === 0)
  })

  it('of an older client are its root', async () => {
    const editor = await client({ [ROOT]: new MemoryFolder({}) }).start({ workspaceFolders: undefined, rootUri: ROOT, capabilities: {} })
    await editor.open(uri('a.yaml'), pod('a'))
    await editor.diagnostics(uri('a.yaml'), has('node-access'))
  })
})

describe('documents', () => {
  it('that the workspace ignores stay ignored while they are open, and after', async () => {
    const editor = await client(
      { [ROOT]: new MemoryFolder({ 'a.ignored.yaml': pod('a'), 'b.yaml': pod('b') }) },
      { publish: 'workspace' },
    ).start()
    await editor.open(uri('a.ignored.yaml'))
    await editor.open(uri('b.yaml'))
    await editor.diagnostics(uri('b.yaml'), has('node-access'))
    expect(published(editor, uri('a.ignored.yaml'))).toEqual([])
    await editor.close(uri('a.ignored.yaml'))
    await editor.change(uri('b.yaml'), pod('c'))
    await editor.diagnostics(uri('b.yaml'), (diagnostics) => diagnostics.some(({ message }) => String(message).includes('`c`')))
    expect(published(editor, uri('a.ignored.yaml'))).toEqual([])
  })

  it('that are renamed are known by their new name', async () => {
    const folder = new MemoryFolder({ 'a.yaml': pod('a') })
    const editor = await client({ [ROOT]: folder }).start()
    await editor.open(uri('a.yaml'))
    await editor.diagnostics(uri('a.yaml'), has('node-access'))
    folder.files.delete('a.yaml')
    folder.files.set('b.yaml', pod('a'))
    await editor.close(uri('a.yaml'))
    await editor.open(uri('b.yaml'))
    await editor.notify('workspace/didChangeWatchedFiles', {
      changes: [
        { uri: uri('a.yaml'), type: 3 },
        { uri: uri('b.yaml'), type: 1 },
      ],
    })
    await editor.diagnostics(uri('b.yaml'), has('node-access'))
    await editor.until(() => published(editor, uri('a.yaml')).length === 0)
  })

  it('that are closed unsaved are what is on the disk again', async () => {
    const editor = await client({ [ROOT]: new MemoryFolder({ 'a.yaml': '' }) }).start()
    await editor.open(uri('a.yaml'), pod('a'))
    await editor.diagnostics(uri('a.yaml'), has('node-access'))
    await editor.close(uri('a.yaml'))
    await editor.until(() => published(editor, uri('a.yaml')).length === 0)
  })
})

describe('settings', () => {
  it.each([
    null,
    [],
    'recommended',
    { rules: null },
    { rules: { 'node-access': 'loud' } },
    { exclude: 'a.yaml' },
    { exclude: [1] },
    { environments: { prod: null } },
    { maxFileSize: 'large', profile: 'paranoid', publish: 3 },
  ])('that are no settings count for nothing: %j', async (settings) => {
    const editor = await client({ [ROOT]: new MemoryFolder({ 'a.yaml': pod('a') }) }, settings).start()
    await editor.open(uri('a.yaml'))
    await editor.diagnostics(uri('a.yaml'), has('node-access'))
  })

  it('hold from the moment they change, as does the configuration while it is edited', async () => {
    const editor = await client({ [ROOT]: new MemoryFolder({ 'a.yaml': pod('a'), '.kube-zero-trust.yaml': '' }) }).start()
    await editor.open(uri('a.yaml'))
    await editor.diagnostics(uri('a.yaml'), has('node-access'))
    editor.settings = { rules: { 'node-access': 'off' } }
    await editor.notify('workspace/didChangeConfiguration', { settings: null })
    await editor.diagnostics(uri('a.yaml'), hasNot('node-access'))
    await editor.open(uri('.kube-zero-trust.yaml'), 'rules: {node-access: error}')
    await editor.diagnostics(uri('a.yaml'), has('node-access'))
    await editor.change(uri('.kube-zero-trust.yaml'), 'rules: {node-acces: error}')
    await editor.diagnostics(uri('a.yaml'), hasNot('node-access'))
    await editor.diagnostics(uri('.kube-zero-trust.yaml'), (found) => found.some(({ message }) => String(message).includes('no rule')))
  })
})

describe('failures', () => {
  it('of the disk are told and leave the server as it is', async () => {
    const folder = new MemoryFolder({ 'a.yaml': pod('a'), 'b.yaml': pod('b') })
    const editor = await client({ [ROOT]: folder }).start()
    await editor.open(uri('a.yaml'))
    await editor.open(uri('b.yaml'))
    await editor.diagnostics(uri('a.yaml'), has('node-access'))
    // biome-ignore lint/correctness/useYield: it fails before
    folder.read = async function* () {
      throw new Error('the disk is gone')
    }
    await editor.close(uri('a.yaml'))
    await editor.change(uri('b.yaml'), pod('c'))
    await editor.diagnostics(uri('b.yaml'), (diagnostics) => diagnostics.some(({ message }) => String(message).includes('`c`')))
  })

  it.each([
    ['textDocument/hover', {}],
    ['textDocument/hover', { textDocument: { uri: uri('none.yaml') }, position: { line: 99, character: 99 } }],
    ['textDocument/definition', { textDocument: { uri: 'untitled:Untitled-1' }, position: { line: 0, character: 0 } }],
    ['codeAction/resolve', { title: 'of another server' }],
    ['codeAction/resolve', { title: 'x', data: { uri: '%', version: 1, action: { type: 'fix' } } }],
    ['kubeZeroTrust/rulePage', null],
  ])('of a request are its answer: %s %j', async (method, params) => {
    const editor = await client({ [ROOT]: new MemoryFolder({ 'a.yaml': pod('a') }) }).start()
    await editor.request(method, params).catch((error: unknown) => expect(error).toBeInstanceOf(Error))
    await editor.open(uri('a.yaml'))
    await editor.diagnostics(uri('a.yaml'), has('node-access'))
  })

  it('of a rule are written to the output, once, and the others go on', async () => {
    const failing = defineRule({
      name: 'stub-failing',
      title: 'Fails',
      pillar: 'verification',
      severity: 'warning',
      controls: {},
      since: '0.1.0',
      each: 'workload',
      reads: [],
      // biome-ignore lint/correctness/useYield: it fails before
      *check() {
        throw new Error('no such thing')
      },
    })
    const editor = new TestClient({ [ROOT]: new MemoryFolder({ 'a.yaml': pod('a') }) }, '2026-01-01', [failing, ...rules])
    clients.push(editor)
    await editor.start()
    await editor.open(uri('a.yaml'))
    await editor.diagnostics(uri('a.yaml'), has('node-access'))
    await editor.until(() => editor.output.length > 0)
    expect(editor.output).toEqual([expect.stringContaining('stub-failing failed in a.yaml: no such thing')])
  })

  it('of a client to register stop nothing', async () => {
    const editor = client({ [ROOT]: new MemoryFolder({ 'a.yaml': pod('a') }) })
    editor.refusesToRegister = true
    await editor.start()
    await editor.open(uri('a.yaml'))
    await editor.diagnostics(uri('a.yaml'), has('node-access'))
  })
})
