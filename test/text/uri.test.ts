import { expect, test } from 'vitest'
import { folderUri } from '../../server/text/uri.ts'

test.each([
  ['file:///repo', 'file:///repo/a.yaml', 'a.yaml'],
  ['file:///repo/', 'file:///repo/a.yaml', 'a.yaml'],
  ['file:///repo', 'file:///repo/k8s/a%20%281%29.yaml', 'k8s/a (1).yaml'],
  ['file:///repo', 'file:///repo/k8s/a (1).yaml', 'k8s/a (1).yaml'],
  ['file:///my%20work', 'file:///my work/a.yaml', 'a.yaml'],
  ['file:///my work', 'file:///my%20work/%C3%A9%2Bb%40c.yaml', 'é+b@c.yaml'],
  ['file:///c%3A/repo', 'file:///c:/repo/a.yaml', 'a.yaml'],
  ['file:///c:/repo', 'file:///C%3A/repo/a.yaml', 'a.yaml'],
  ['file:///repo', 'file:///repo/100%25.yaml', '100%.yaml'],
  ['file:///repo', 'file:///repo/bad%E0%A4.yaml', 'bad%E0%A4.yaml'],
  ['memfs:/', 'memfs:/a.yaml', 'a.yaml'],
  ['vscode-vfs://github/o/r', 'vscode-vfs://github/o/r/a.yaml', 'a.yaml'],
])('in %s %s is %s', (root, uri, path) => {
  expect(folderUri(root).pathOf(uri)).toBe(path)
})

test.each([
  ['file:///repo', 'file:///repo'],
  ['file:///repo', 'file:///reposhop/a.yaml'],
  ['file:///repo', 'untitled:Untitled-1'],
  ['file:///repo', 'git:/repo/a.yaml?%7B%7D'],
  ['file:///repo', 'file://host/repo/a.yaml'],
  ['vscode-vfs://github/o/r', 'vscode-vfs://gitlab/o/r/a.yaml'],
  ['file:///repo', 'file:////repo/a.yaml'],
  ['file:///repo', ''],
])('outside of %s is %s', (root, uri) => {
  expect(folderUri(root).pathOf(uri)).toBeUndefined()
})

test.each([
  ['file:///repo', 'k8s/a (1).yaml', 'file:///repo/k8s/a%20%281%29.yaml'],
  ['file:///C:/repo', 'é#?.yaml', 'file:///c%3A/repo/%C3%A9%23%3F.yaml'],
  ['memfs:/', 'a.yaml', 'memfs:/a.yaml'],
])('in %s %s is written %s, and read again', (root, path, uri) => {
  expect(folderUri(root).uriOf(path)).toBe(uri)
  expect(folderUri(root).pathOf(uri)).toBe(path)
})
