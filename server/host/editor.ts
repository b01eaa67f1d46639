import type { Connection } from 'vscode-languageserver'
import type { FolderHost } from '../lsp/host.ts'
import { ChartFolders, candidates, chartsAmong, IgnoreLists, wouldMatter } from './candidates.ts'
import { decode } from './decode.ts'
import { tooLarge, unread } from '../sources/unread.ts'
import { dirname } from '../text/path.ts'
import { folderUri } from '../text/uri.ts'

/** Files per request: enough to save round trips, few enough to be parsed meanwhile. */
const BATCH = 50

interface Listed {
  readonly files: readonly { readonly uri: string; readonly size: number }[]
}
interface Read {
  readonly files: readonly ({ readonly uri: string; readonly bytes: string } | { readonly uri: string; readonly error: string })[]
}

/** How file systems of an editor say that there is no such file (any more). */
const GONE = /not ?found|non-?existing|ENOENT/i

/** A folder that is reached through the editor: a virtual workspace, or any workspace in a browser. */
export function editorFolder(connection: Connection, root: string, later: FolderHost['later']): FolderHost {
  const { pathOf, uriOf } = folderUri(root)
  let sizes = new Map<string, number>()
  let ignored = new IgnoreLists()
  let charts = new ChartFolders()
  let limit = Number.POSITIVE_INFINITY
  const readBatch = async (paths: readonly string[]): Promise<Read['files']> =>
    paths.length === 0 ? [] : (await connection.sendRequest<Read>('kubeZeroTrust/readFiles', { uris: paths.map(uriOf) })).files
  return {
    later,
    matters: (path) => wouldMatter(path, ignored, charts),
    async list(maxFileSize) {
      limit = maxFileSize
      const { files } = await connection.sendRequest<Listed>('kubeZeroTrust/listFiles', { folder: root })
      sizes = new Map()
      for (const { uri, size } of files) {
        const path = pathOf(uri)
        if (path !== undefined) sizes.set(path, size)
      }
      const paths = [...sizes.keys()]
      ignored = new IgnoreLists()
      for (const file of await readBatch(paths.filter((path) => /(^|\/)\.gitignore$/.test(path)))) {
        const path = pathOf(file.uri)
        if (path !== undefined && 'bytes' in file) ignored.add(dirname(path), decode(path, fromBase64(file.bytes)).text)
      }
      charts = chartsAmong(paths)
      return candidates(paths, ignored)
    },
    async *read(paths) {
      const isSmall = (path: string): boolean => (sizes.get(path) ?? 0) <= limit
      const small = paths.filter(isSmall)
      for (const path of paths) if (!isSmall(path)) yield tooLarge(path, limit)
      for (let at = 0; at < small.length; at += BATCH) {
        for (const file of await readBatch(small.slice(at, at + BATCH))) {
          const path = pathOf(file.uri)
          if (path === undefined) continue
          if ('bytes' in file) yield decode(path, fromBase64(file.bytes))
          else if (!GONE.test(file.error)) yield unread(path, 'This file cannot be read.')
        }
      }
    },
  }
}

function fromBase64(text: string): Uint8Array {
  const binary = atob(text)
  const bytes = new Uint8Array(binary.length)
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i)
  return bytes
}
