/** Paths of the core are relative to the workspace folder, with forward slashes and without `.` or `..`. */

export function dirname(path: string): string {
  const slash = path.lastIndexOf('/')
  return slash < 0 ? '' : path.slice(0, slash)
}

export function basename(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

/** `undefined` when `relative` is absolute or leaves the workspace. */
export function join(folder: string, relative: string): string | undefined {
  if (relative.startsWith('/') || relative.includes('\\') || /^[a-z][a-z0-9+.-]*:/i.test(relative)) return undefined
  const parts = folder === '' ? [] : folder.split('/')
  for (const part of relative.split('/')) {
    if (part === '' || part === '.') continue
    if (part !== '..') parts.push(part)
    else if (parts.pop() === undefined) return undefined
  }
  return parts.join('/')
}

/** How to get from a folder to a path; `.` to itself. */
export function relative(folder: string, path: string): string {
  const from = folder === '' ? [] : folder.split('/')
  const to = path === '' ? [] : path.split('/')
  let common = 0
  while (common < from.length && from[common] === to[common]) common++
  return [...from.slice(common).map(() => '..'), ...to.slice(common)].join('/') || '.'
}

/** The order of files in every output: by code unit, so that it is the same on every machine. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
