import { expect, test } from 'vitest'
import { diskFolder } from '../../server/host/disk-folder.ts'
import { Session } from '../../server/lsp/session.ts'
import { memoryDisk } from '../host/memory-disk.ts'
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
