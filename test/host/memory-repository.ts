import git, { type PromiseFsClient } from 'isomorphic-git'
import { dirname } from 'node:path'

/** What one commit has: files by path, with links as `{ link }`. */
export type Commit = Readonly<Record<string, string | { readonly link: string }>>

/** The files of a git repository at `/w`, its `.git` folder included, for a disk in memory. */
export async function repository(
  commits: readonly { readonly branch?: string; readonly files: Commit }[],
): Promise<Record<string, string | Uint8Array>> {
  const files = new Map<string, string | Uint8Array>()
  const fs = memoryFs(files)
  const at = { fs, dir: '/w' }
  await git.init({ ...at, defaultBranch: 'main' })
  for (const [i, { branch, files: state }] of commits.entries()) {
    if (branch !== undefined) await git.branch({ ...at, ref: branch, checkout: true })
    for (const path of await git.listFiles(at)) await git.remove({ ...at, filepath: path })
    for (const [filepath, content] of Object.entries(state)) {
      const link = typeof content !== 'string'
      const oid = await git.writeBlob({ ...at, blob: new TextEncoder().encode(link ? content.link : content) })
      await git.updateIndex({ ...at, filepath, oid, mode: link ? 0o120000 : 0o100644, add: true })
    }
    await git.commit({ ...at, message: `${i}`, author: { name: 'a', email: 'a@example.com', timestamp: i, timezoneOffset: 0 } })
  }
  return Object.fromEntries(files)
}

function memoryFs(files: Map<string, string | Uint8Array>): PromiseFsClient {
  const folders = new Set(['/', '/w'])
  const fail = (code: string): never => {
    throw Object.assign(new Error(code), { code })
  }
  const stat = async (path: string): Promise<object> => {
    const content = files.get(path)
    if (content === undefined && !folders.has(path)) fail('ENOENT')
    const folder = content === undefined
    return {
      size: content?.length ?? 0,
      mode: 0o644,
      mtimeMs: 0,
      ctimeMs: 0,
      isFile: () => !folder,
      isDirectory: () => folder,
      isSymbolicLink: () => false,
    }
  }
  return {
    promises: {
      readFile: async (path: string, options?: { readonly encoding?: string }) => {
        const content = files.get(path) ?? fail('ENOENT')
        const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content
        return options?.encoding === undefined ? bytes : new TextDecoder().decode(bytes)
      },
      writeFile: async (path: string, content: string | Uint8Array) => {
        if (!folders.has(dirname(path))) fail('ENOENT')
        files.set(path, typeof content === 'string' ? content : new Uint8Array(content))
      },
      readdir: async (path: string) => {
        const names = [...files.keys(), ...folders].filter((each) => each !== path && dirname(each) === path)
        return names.map((each) => each.slice(path.length + 1))
      },
      mkdir: async (path: string) => {
        if (!folders.has(dirname(path))) fail('ENOENT')
        folders.add(path)
      },
      unlink: async (path: string) => files.delete(path),
      rmdir: async (path: string) => folders.delete(path),
      stat,
      lstat: stat,
      readlink: async () => fail('ENOENT'),
      symlink: async () => fail('EROFS'),
    },
  }
}
