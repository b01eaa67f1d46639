import type { WritableDisk } from '../../server/host/disk.ts'

type Content = string | Uint8Array | { readonly link: string } | { readonly fails: string } | { readonly size: number }

/** A disk at `/` made of files by path; folders follow from them. Keeps a record of what is read. */
export interface MemoryDisk extends WritableDisk {
  readonly reads: string[]
  text(path: string): string | undefined
}

export function memoryDisk(files: Readonly<Record<string, Content>>): MemoryDisk {
  const contents = new Map(Object.entries(files))
  const reads: string[] = []
  const fail = (code: string): never => {
    throw Object.assign(new Error(code), { code })
  }
  const failing = (path: string): void => {
    const content = contents.get(path)
    if (typeof content === 'object' && 'fails' in content) fail(content.fails)
  }
  const isFolder = (path: string): boolean => {
    const prefix = path === '/' ? '/' : `${path}/`
    return [...contents.keys()].some((file) => file.startsWith(prefix)) || (contents.has(path) && path.endsWith('.d'))
  }
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
    text(path) {
      const content = contents.get(path)
      return typeof content === 'string' ? content : undefined
    },
    async entries(folder) {
      failing(folder)
      const prefix = folder === '/' ? '/' : `${folder}/`
      const below = [...contents.keys()]
        .filter((path) => path.startsWith(prefix))
        .map((path) => path.slice(prefix.length).split('/')[0] ?? '')
      return [...new Set(below)].map((name) => {
        const content = contents.get(prefix + name)
        const link = typeof content === 'object' && 'link' in content
        return { name, kind: link ? ('link' as const) : isFolder(prefix + name) ? ('folder' as const) : ('file' as const) }
      })
    },
    async facts(path) {
      const real = resolve(path)
      const content = contents.get(real)
      if (isFolder(real) || content === undefined) return { kind: 'folder', size: 0 }
      if (typeof content === 'object' && 'size' in content) return { kind: 'file', size: content.size }
      return { kind: 'file', size: typeof content === 'string' || content instanceof Uint8Array ? content.length : 0 }
    },
    async realpath(path) {
      return resolve(path)
    },
    async read(path) {
      reads.push(path)
      failing(path)
      const content = contents.get(path)
      if (typeof content === 'string') return new TextEncoder().encode(content)
      return content instanceof Uint8Array ? content : fail(isFolder(path) ? 'EISDIR' : 'ENOENT')
    },
    async write(path, text) {
      failing(path)
      contents.set(path, text)
    },
    async create(path, text) {
      if (contents.has(path)) fail('EEXIST')
      contents.set(path, text)
    },
    async replace(path, text) {
      if (!contents.has(path)) fail('ENOENT')
      contents.set(path, text)
    },
  }
}
