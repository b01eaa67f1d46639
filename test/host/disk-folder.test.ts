import { describe, expect, test } from 'vitest'
import { Workspace } from '../../server/analysis/workspace.ts'
import { diskFolder } from '../../server/host/disk-folder.ts'
import type { Disk } from '../../server/host/disk.ts'
import { listFolder } from '../../server/host/listing.ts'
import { readFiles } from '../../server/host/reading.ts'
import type { SourceFile } from '../../server/sources/unit.ts'
import { memoryDisk } from './memory-disk.ts'

async function all(files: AsyncIterable<SourceFile>): Promise<SourceFile[]> {
  const result: SourceFile[] = []
  for await (const file of files) result.push(file)
  return result
}

async function problemsOf(disk: Disk, starts = ['']): Promise<Record<string, string | undefined>> {
  const { paths, problems } = await listFolder(disk, '/w', starts)
  const read = await all(readFiles(disk, '/w', paths, 1000))
  return Object.fromEntries([...problems, ...read].map(({ path, problem }) => [path, problem]))
}

describe('listing a folder', () => {
  const tree = {
    '/w/.gitignore': 'out/\n*.local.yaml',
    '/w/a.yaml': '',
    '/w/a.local.yaml': '',
    '/w/k8s/b.yaml': '',
    '/w/k8s/.gitignore': 'c.yaml',
    '/w/k8s/c.yaml': '',
    '/w/out/d.yaml': '',
    '/w/out/e.local.yaml': '',
    '/w/node_modules/x/f.yaml': '',
    '/w/README.md': '',
    '/other/g.yaml': '',
  }
  test.each([
    { name: 'everything but what is ignored', starts: [''], listed: ['a.yaml', 'k8s/b.yaml'] },
    { name: 'a folder, with the lists above it', starts: ['k8s'], listed: ['k8s/b.yaml'] },
    { name: 'an ignored folder that is named', starts: ['out'], listed: ['out/d.yaml', 'out/e.local.yaml'] },
    { name: 'a folder that is left out elsewhere', starts: ['node_modules'], listed: ['node_modules/x/f.yaml'] },
    { name: 'an ignored file that is named, and not its siblings', starts: ['k8s/c.yaml'], listed: ['k8s/c.yaml'] },
    { name: 'nothing of a named file that is no YAML', starts: ['README.md'], listed: [] },
    { name: 'overlapping starts once', starts: ['k8s', '', 'a.yaml'], listed: ['a.yaml', 'k8s/b.yaml'] },
  ])('lists $name', async ({ starts, listed }) => {
    expect((await listFolder(memoryDisk(tree), '/w', starts)).paths).toEqual(listed)
  })

  test('reads nothing but ignore lists', async () => {
    const disk = memoryDisk(tree)
    await listFolder(disk, '/w', [''])
    expect(disk.reads.sort()).toEqual(['/w/.gitignore', '/w/k8s/.gitignore'])
  })

  test('a folder of more files than the limit is cut, and says so', async () => {
    const many = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`/w/d${i}/x.yaml`, '']))
    const { paths, problems } = await listFolder(memoryDisk(many), '/w', [''], { files: 10, folders: 100 })
    expect(paths.length).toBeGreaterThanOrEqual(10)
    expect(paths.length).toBeLessThan(40)
    expect(problems.map(({ problem }) => problem)).toEqual([expect.stringContaining('more than 10 files')])
  })
})

describe('what cannot be read is a problem of its file', () => {
  test.each<{ name: string; files: Parameters<typeof memoryDisk>[0]; problem: string; path?: string }>([
    { name: 'unreadable file', files: { '/w/x.yaml': { fails: 'EACCES' } }, problem: 'This file cannot be read (EACCES).' },
    { name: 'unreadable folder', files: { '/w/x.d': { fails: 'EACCES' } }, path: 'x.d', problem: 'This folder cannot be read (EACCES).' },
    { name: 'binary file', files: { '/w/x.yaml': new Uint8Array([1, 0, 2]) }, problem: 'This is a binary file; it is not analysed.' },
    {
      name: 'invalid UTF-8',
      files: { '/w/x.yaml': new Uint8Array([0x61, 0xff]) },
      problem: 'This is not valid UTF-8; it is not analysed.',
    },
    {
      name: 'too large',
      files: { '/w/x.yaml': { size: 1001 } },
      problem: 'This file is larger than 1000 bytes (`maxFileSize`); it is not analysed.',
    },
    {
      name: 'link out of the folder',
      files: { '/w/x.yaml': { link: '/o/x.yaml' }, '/o/x.yaml': 'secret' },
      problem: 'This link leads out of the workspace; it is not followed.',
    },
    {
      name: 'link to a folder outside',
      files: { '/w/x': { link: '/o' }, '/o/x.yaml': 'secret' },
      path: 'x',
      problem: 'This link leads out of the workspace; it is not followed.',
    },
    {
      name: 'link to a neighbour with the same beginning',
      files: { '/w/x.yaml': { link: '/w2/x.yaml' }, '/w2/x.yaml': 'secret' },
      problem: 'This link leads out of the workspace; it is not followed.',
    },
    { name: 'link to nothing', files: { '/w/x.yaml': { link: '/w/gone.yaml' } }, problem: 'This link leads nowhere.' },
    { name: 'link to itself', files: { '/w/x.yaml': { link: '/w/x.yaml' } }, problem: 'This link leads to itself.' },
  ])('$name', async ({ files, problem, path = 'x.yaml' }) => {
    const disk = memoryDisk({ ...files, '/w/ok.yaml': 'a: 1' })
    expect(await problemsOf(disk)).toEqual({ 'ok.yaml': undefined, [path]: problem })
    expect(disk.reads.filter((read) => !read.startsWith('/w/'))).toEqual([])
  })

  test('a link to a file inside is read, one to a folder inside adds nothing', async () => {
    const disk = memoryDisk({
      '/w/a/x.yaml': 'a: 1',
      '/w/b/y.yaml': { link: '/w/a/x.yaml' },
      '/w/loop': { link: '/w' },
      '/w/a/up': { link: '/w/a' },
    })
    expect(await problemsOf(disk)).toEqual({ 'a/x.yaml': undefined, 'b/y.yaml': undefined })
  })

  test('a file that is larger than the limit is not read', async () => {
    const disk = memoryDisk({ '/w/x.yaml': { size: 50_000_000 } })
    await problemsOf(disk)
    expect(disk.reads).toEqual([])
  })

  test('files that fill the memory are not read on', async () => {
    const disk = memoryDisk(
      Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`/w/${String(i).padStart(2, '0')}.yaml`, 'x'.repeat(100)])),
    )
    const { paths } = await listFolder(disk, '/w', [''])
    const files = await all(readFiles(disk, '/w', paths, 1000, 1000))
    expect(files.map(({ path, problem }) => problem !== undefined && path).filter(Boolean)).toEqual(['10.yaml'])
    expect(files).toHaveLength(11)
  })
})

test('a workspace with patterns can hold what could not be listed', async () => {
  const files = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`/w/${i}.yaml`, '']))
  const { problems } = await listFolder(memoryDisk(files), '/w', [''], { files: 10, folders: 100 })
  const workspace = new Workspace([], { exclude: ['x'] })
  for (const problem of problems) workspace.set(problem)
  expect(workspace.analysis().problems).toHaveLength(1)
})

describe('a folder of the language server', () => {
  const later = (): void => undefined

  test('hands over texts and what could not be listed', async () => {
    const disk = memoryDisk({ '/w/a.yaml': 'a: 1', '/w/b.d': { fails: 'EACCES' } })
    const folder = diskFolder('file:///w', later, disk)
    const paths = await folder.list(1000)
    expect(paths).toEqual(['a.yaml', 'b.d'])
    expect((await all(folder.read(paths))).map(({ path, text, problem }) => [path, text, problem])).toEqual([
      ['b.d', '', 'This folder cannot be read (EACCES).'],
      ['a.yaml', 'a: 1', undefined],
    ])
  })

  test('leaves out what is gone', async () => {
    const folder = diskFolder('file:///w', later, memoryDisk({ '/w/a.yaml': 'a: 1' }))
    expect(await all(folder.read(['gone.yaml', 'a.yaml', 'a.yaml/x.yaml']))).toEqual([{ path: 'a.yaml', text: 'a: 1' }])
  })
})
