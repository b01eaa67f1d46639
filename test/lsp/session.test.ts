import { describe, expect, test } from 'vitest'
import type { Connection, PublishDiagnosticsParams } from 'vscode-languageserver'
import { diskFolder } from '../../server/host/disk-folder.ts'
import { Session } from '../../server/lsp/session.ts'
import { defineRule } from '../../server/model/rule.ts'
import { memoryDisk } from '../host/memory-disk.ts'
import { get } from '../../server/model/value.ts'
import { stubRules } from '../stub-rules.ts'

const later = (run: () => void): void => queueMicrotask(run)

test('a folder is read within the limit that its configuration sets, from the first time on', async () => {
  const disk = memoryDisk({ '/w/.kube-zero-trust.yaml': 'maxFileSize: 100', '/w/large.yaml': '#'.repeat(101), '/w/small.yaml': '# small' })
  const session = new Session('file:///w', diskFolder('file:///w', later, disk), stubRules, {}, () => new Date('2026-03-01'))
  await session.load()
  expect(disk.reads).not.toContain('/w/large.yaml')
  expect(session.workspace.analysis().problems.map(({ file, message }) => [file, message])).toEqual([
    ['large.yaml', 'This file is larger than 100 bytes (`maxFileSize`); it is not analysed.'],
  ])
})

test('a document that grows over the limit is one problem', async () => {
  const disk = memoryDisk({ '/w/.kube-zero-trust.yaml': 'maxFileSize: 100' })
  const session = new Session('file:///w', diskFolder('file:///w', later, disk), stubRules, {}, () => new Date('2026-03-01'))
  await session.load()
  session.edit('a.yaml', '#'.repeat(101), 1)
  expect(session.workspace.analysis().problems.map(({ message }) => message)).toEqual([expect.stringContaining('larger than 100 bytes')])
  session.edit('a.yaml', '# small again', 2)
  expect(session.workspace.analysis().problems).toEqual([])
})

describe('a workspace whose analysis takes longer than a keystroke may', () => {
  /** Crosses objects: says of each Service how many pods there are. */
  const counting = defineRule<'object', 'workloads'>({
    name: 'stub-counting',
    title: 'Counts pods',
    pillar: 'network',
    severity: 'warning',
    controls: {},
    since: '0.1.0',
    each: 'object',
    kinds: ['/Service'],
    reads: ['workloads'],
    *check(object, { facts }) {
      const path = ['spec', 'ports', 0, 'port']
      yield { object, path, part: 'value', message: `Port ${get(object.body, ...path)} of ${facts.workloads.length}.` }
    },
  })
  const alone = stubRules.filter(({ name }) => name === 'stub-latest')
  const SERVICE = 'apiVersion: v1\nkind: Service\nmetadata: { name: a }\nspec:\n  ports:\n    - port: 80\n'
  const POD = '---\napiVersion: v1\nkind: Pod\nmetadata: { name: a }\nspec:\n  containers:\n    - { name: a, image: "web:1" }\n'
  const PRIVILEGED = POD.replace('"web:1"', '"web:latest"')

  /** Every look at the clock is later, so that nothing is quick. */
  async function opened(text: string) {
    const disk = memoryDisk({ '/w/a.yaml': text })
    const published: string[][] = []
    const connection = {
      sendDiagnostics: async ({ diagnostics }: PublishDiagnosticsParams) =>
        void published.push(diagnostics.map(({ message, range }) => `${range.start.line + 1}: ${message}`).sort()),
    } as unknown as Connection
    let clock = 0
    const tick = (): Date => {
      clock += 100
      return new Date(clock)
    }
    const host = diskFolder('file:///w', later, disk)
    const session = new Session('file:///w', host, [counting, ...alone], {}, tick)
    await session.load()
    session.edit('a.yaml', text, 1)
    await session.publish(connection, 'openFiles')
    const edit = (changed: string, isCurrent?: () => boolean) => {
      published.length = 0
      session.edit('a.yaml', changed, 2)
      return session.publish(connection, 'openFiles', isCurrent)
    }
    return { published, edit, session }
  }

  test('is published once when it is opened', async () => {
    const { published } = await opened(SERVICE)
    expect(published).toEqual([['6: Port 80 of 0.']])
  })

  test('shows what is known at once first, then the whole', async () => {
    const { published, edit } = await opened(SERVICE)
    expect(await edit(SERVICE + PRIVILEGED)).toBe(true)
    const latest = '13: Container `a` runs whatever `latest` is. Name a version.'
    expect(published).toEqual([
      [latest, '6: Port 80 of 0.'],
      [latest, '6: Port 80 of 1.'],
    ])
  })

  test('keeps a finding at its place while lines move, and sends nothing more when it was right', async () => {
    const { published, edit } = await opened(SERVICE)
    await edit(SERVICE.replace('spec:', '# why\nspec:'))
    expect(published).toEqual([['7: Port 80 of 0.']])
  })

  test('does not say of a new value what was true of the old one', async () => {
    const { published, edit } = await opened(SERVICE)
    await edit(SERVICE.replace('80', '81'))
    expect(published).toEqual([[], ['6: Port 81 of 0.']])
  })

  test('leaves the rest to the publication that follows', async () => {
    const { published, edit } = await opened(SERVICE)
    expect(await edit(SERVICE + PRIVILEGED, () => false)).toBe(false)
    expect(published).toHaveLength(1)
  })

  test('is whole for whoever asks for it meanwhile', async () => {
    const { edit, session } = await opened(SERVICE)
    await edit(SERVICE + POD, () => false)
    expect((await session.settled()).draft).toBe(false)
    expect(session.findingsIn('a.yaml').findings.map(({ message }) => message)).toEqual(['Port 80 of 1.'])
  })
})
