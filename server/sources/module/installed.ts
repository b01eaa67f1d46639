import { isMap, items, text, type Value } from '../../model/value.ts'
import type { FileReader } from './eval/scope.ts'

/** Below it nobody writes: `terraform init` fetches what is there. */
const FOLDER = /(?:^|\/)\.terraform\//

export function isInstalled(path: string): boolean {
  return FOLDER.test(path)
}

/** What `terraform init` has written down: the folder of each call, relative to the root module. */
export function installedModules(files: FileReader): ReadonlyMap<string, string> {
  const installed = new Map<string, string>()
  const file = files.read('.terraform/modules/modules.json')
  const manifest = 'text' in file ? parse(file.text) : undefined
  for (const entry of items(manifest, 'Modules')) {
    const key = text(entry, 'Key')
    const folder = text(entry, 'Dir')
    // The root module is in it too.
    if (key !== undefined && key !== '' && folder !== undefined) installed.set(key, folder)
  }
  return installed
}

function parse(text: string): Value | undefined {
  if (text.length > 5_000_000) return undefined
  try {
    const value = JSON.parse(text) as Value
    return isMap(value) ? value : undefined
  } catch {
    return undefined
  }
}
