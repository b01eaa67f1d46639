import { URI } from 'vscode-uri'

/**
 * A folder's address and the paths in it. Clients write one address in several ways (`c:` or `C%3A`, `(` or
 * `%28`, a space or `%20`), so addresses are compared by what they say.
 */
export interface FolderUri {
  /** Relative to the folder; undefined for addresses that are not below it. */
  pathOf(uri: string): string | undefined
  /** As VS Code writes it. */
  uriOf(path: string): string
}

export function folderUri(root: string): FolderUri {
  const folder = parsed(root)
  const above = folder && `${pathIn(folder).replace(/\/$/, '')}/`
  return {
    pathOf(uri) {
      const address = parsed(uri)
      if (!address || !folder || above === undefined) return undefined
      if (address.scheme !== folder.scheme || address.authority !== folder.authority) return undefined
      const path = pathIn(address)
      return path.startsWith(above) && path.length > above.length ? path.slice(above.length) : undefined
    },
    uriOf: (path) => (folder ? folder.with({ path: above + path }).toString() : `${root}/${path}`),
  }
}

/** Undefined for what is no address. */
function parsed(uri: string): URI | undefined {
  try {
    return URI.parse(uri)
  } catch {
    return undefined
  }
}

/** With the letter of a drive in lower case, as VS Code writes it. */
function pathIn({ path }: URI): string {
  return path.replace(/^\/[A-Z]:/, (drive) => drive.toLowerCase())
}
