import { mkdtempSync, mkdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { blockingDisk, disk } from '../../server/host/disk.ts'

describe.each([
  ['waiting', blockingDisk],
  ['not waiting', disk],
])('a disk %s', (_, each) => {
  let root = ''
  beforeAll(() => {
    root = realpathSync(mkdtempSync(join(tmpdir(), 'disk-')))
    mkdirSync(join(root, 'real/inner'), { recursive: true })
    writeFileSync(join(root, 'real/inner/a.yaml'), 'a: 1\n')
    symlinkSync('a.yaml', join(root, 'real/inner/link.yaml'))
    symlinkSync('real', join(root, 'linked'))
    symlinkSync('nowhere', join(root, 'dead'))
  })
  afterAll(() => rmSync(root, { recursive: true }))

  test.each([
    ['a file', 'real/inner/a.yaml', 'real/inner/a.yaml'],
    ['a link to a file', 'real/inner/link.yaml', 'real/inner/a.yaml'],
    ['a file in a linked folder', 'linked/inner/a.yaml', 'real/inner/a.yaml'],
    ['a linked folder', 'linked', 'real'],
    ['a folder', 'real/inner', 'real/inner'],
  ])('tells where %s really is', async (_name, path, expected) => {
    expect(await each.realpath(join(root, path))).toBe(join(root, expected))
    expect(await each.realpath(join(root, path))).toBe(join(root, expected))
  })

  test.each([
    ['does not exist', 'none.yaml'],
    ['is in no folder', 'none/a.yaml'],
    ['is a link to nowhere', 'dead'],
  ])('fails for what %s', async (_name, path) => {
    await expect(each.realpath(join(root, path))).rejects.toMatchObject({ code: 'ENOENT' })
  })
})
