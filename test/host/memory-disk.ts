import type { Disk } from '../../server/host/disk.ts'

type Content = string | Uint8Array | { readonly link: string } | { readonly fails: string } | { readonly size: number }

/** A disk at `/` made of files by path; folders follow from them. Counts what is read. */
export function memoryDisk(
  files: Readonly<Record<string, Content>>,
): Disk & { readonly reads: string[]; write(path: string, text: string): void } {
  const contents = new Map(Object.entries(files))
  const reads: string[] = []
  const fail = (code: string): never => {
    throw Object.assign(new Error(code), { code })
  }
  const isFolder = (path: string): boolean => [...contents.keys()].some((file) => file.startsWith(path === '/' ? '/' : `${path}/`))
  const resolve = (path: string, budget = 10): string => {
    if (budget === 0) return fail('ELOOP')
    let at = ''
    const names = path.split('/').filter((name) => name !== '')
    for (const [i, name] of names.entries()) {
      at += `/${name}`
      const found = contents.get(at)
      if (typeof found === 'object' && 'link' in found) return resolve([found.link, ...names.slice(i + 1)].join('/'), budget - 1)
    }
    const real = at || '/'
    return contents.has(real) || isFolder(real) ? real : fail('ENOENT')
  }
  return {
    reads,
    write: (path, text) => void contents.set(path, text),
    async entries(folder) {
      if (typeof contents.get(folder) === 'object' && 'fails' in (contents.get(folder) as object))
        fail((contents.get(folder) as { fails: string }).fails)
      const prefix = folder === '/' ? '/' : `${folder}/`
      const names = new Set(
        [...contents.keys()].filter((path) => path.startsWith(prefix)).map((path) => path.slice(prefix.length).split('/')[0] ?? ''),
      )
      return [...names].map((name) => {
        const content = contents.get(prefix + name)
        const link = typeof content === 'object' && 'link' in content
        return {
          name,
          kind: link
            ? ('link' as const)
            : isFolder(prefix + name) || (typeof content === 'object' && 'fails' in content && name.endsWith('.d'))
              ? ('folder' as const)
              : ('file' as const),
        }
      })
    },
    async facts(path) {
      const real = resolve(path)
      const content = contents.get(real)
      if (content === undefined) return { kind: 'folder', size: 0 }
      if (typeof content === 'object' && 'size' in content) return { kind: 'file', size: content.size }
      return { kind: 'file', size: typeof content === 'string' || content instanceof Uint8Array ? content.length : 0 }
    },
    async realpath(path) {
      return resolve(path)
    },
    async read(path) {
      reads.push(path)
      const content = contents.get(path)
      if (typeof content === 'string') return new TextEncoder().encode(content)
      if (content instanceof Uint8Array) return content
      if (typeof content === 'object' && 'fails' in content) return fail(content.fails)
      return fail('ENOENT')
    },
  }
}
