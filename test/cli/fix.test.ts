import { describe, expect, test } from 'vitest'
import { memoryDisk } from '../host/memory-disk.ts'
import { cli, POLICY, pod } from './command-line.ts'

const files = {
  '/w/policy.yaml': POLICY,
  '/w/a.yaml': pod('a', { image: 'web:latest', privileged: true }),
  '/w/b.yaml': pod('b', { image: 'web:latest' }),
}

describe('fix', () => {
  test('applies safe fixes only, and says which', async () => {
    const { code, stdout, disk } = await cli('fix', files)
    expect(code).toBe(0)
    expect(stdout).toBe('a.yaml: stub-latest: Name version 1\nb.yaml: stub-latest: Name version 1\n2 findings are fixed in 2 files.\n')
    expect(disk.text('/w/a.yaml')).toBe(pod('a', { privileged: true }))
    expect(disk.text('/w/b.yaml')).toBe(pod('b'))
  })

  test('goes as far as it is asked to', async () => {
    const { disk } = await cli('fix --applicability hardening --rule stub-privileged', files)
    expect(disk.text('/w/a.yaml')).toContain('privileged: false')
    expect(disk.text('/w/a.yaml')).toContain('web:latest')
  })

  test('stays in what is named', async () => {
    const { disk } = await cli('fix b.yaml', files)
    expect(disk.text('/w/a.yaml')).toBe(files['/w/a.yaml'])
    expect(disk.text('/w/b.yaml')).toBe(pod('b'))
  })

  test('shows a diff instead, and changes nothing', async () => {
    const { code, stdout, stderr, disk } = await cli('fix b.yaml --dry-run', files)
    expect(code).toBe(0)
    expect(stdout).toBe(
      [
        '--- a/b.yaml',
        '+++ b/b.yaml',
        '@@ -6,4 +6,4 @@',
        ' spec:',
        '   containers:',
        '     - name: main',
        '-      image: web:latest',
        '+      image: web:1',
        '',
      ].join('\n'),
    )
    expect(stderr).toBe('1 finding would be fixed in 1 file.\n')
    expect(disk.text('/w/b.yaml')).toBe(files['/w/b.yaml'])
  })

  test('says when there is nothing to do', async () => {
    const { code, stdout, stderr } = await cli('fix', { '/w/a.yaml': pod('a', { privileged: true }) })
    expect({ code, stdout, stderr }).toEqual({
      code: 0,
      stdout: '',
      stderr: 'There is nothing to fix with safe fixes. `--applicability hardening` goes further.\n',
    })
  })

  test('does not touch what is accepted', async () => {
    const { disk } = await cli('fix', { ...files, '/w/.kube-zero-trust.yaml': 'ignore: [{path: a.yaml, reason: x}]' })
    expect(disk.text('/w/a.yaml')).toBe(files['/w/a.yaml'])
    expect(disk.text('/w/b.yaml')).toBe(pod('b'))
  })

  test('overwrites no file that changed meanwhile, and then no other either', async () => {
    const disk = memoryDisk(files)
    const read = disk.read
    const changing = {
      ...disk,
      async read(path: string) {
        const bytes = await read(path)
        if (path === '/w/b.yaml') await disk.write(path, '# somebody else\n')
        return bytes
      },
    }
    const { code, stderr } = await cli('fix', changing)
    expect(code).toBe(2)
    expect(stderr).toBe('kube-zero-trust: Nothing was changed: b.yaml has changed meanwhile.\n')
    expect(disk.text('/w/a.yaml')).toBe(files['/w/a.yaml'])
    expect(disk.text('/w/b.yaml')).toBe('# somebody else\n')
  })

  test('keeps byte order mark and line endings', async () => {
    const text = `\ufeff${pod('b', { image: 'web:latest' }).replaceAll('\n', '\r\n')}`
    const { disk } = await cli('fix b.yaml', { ...files, '/w/b.yaml': text })
    expect(disk.text('/w/b.yaml')).toBe(text.replace('latest', '1'))
  })
})
