import * as vscode from 'vscode'
import { isTerraform, looksJudged } from './sniff.ts'
import { walk } from './walk.ts'

/** What the extension listens to. */
export const FILES = '**/{*.yaml,*.yml,*.json,*.tf,*.tofu,*.tfvars,*.tftpl,*.tpl,templates/**/*.txt,.helmignore,.terraform.lock.hcl}'

/** Files read before a workspace counts as one without manifests; opening one starts the server all the same. */
const MAX_YAML = 2000
const MAX_JSON = 300
const MAX_TERRAFORM = 2000
const MAX_BYTES = 1024 * 1024
const AT_ONCE = 16

/** Whether any of the folders has a manifest, or a cluster in Terraform. Reads a bounded number of small files; false for what cannot be listed. */
export async function hasManifest(folders: readonly vscode.WorkspaceFolder[]): Promise<boolean> {
  for (const { uri } of folders) if (await folderHasManifest(uri).catch(() => false)) return true
  return false
}

async function folderHasManifest(folder: vscode.Uri): Promise<boolean> {
  const left = { yaml: MAX_YAML, json: MAX_JSON, terraform: MAX_TERRAFORM }
  for await (const files of walk(folder)) {
    const wanted = files.flatMap(({ uri, name }) => {
      const type = typeOf(name)
      return type && left[type]-- > 0 ? [uri] : []
    })
    for (let at = 0; at < wanted.length; at += AT_ONCE) {
      const found = await Promise.all(wanted.slice(at, at + AT_ONCE).map(isManifest))
      if (found.includes(true)) return true
    }
    if (left.yaml <= 0 && left.terraform <= 0) return false
  }
  return false
}

function typeOf(name: string): 'yaml' | 'json' | 'terraform' | undefined {
  if (isTerraform(name)) return 'terraform'
  return /\.ya?ml$/i.test(name) ? 'yaml' : /\.json$/i.test(name) ? 'json' : undefined
}

/** False as well for what is large or cannot be read. */
export async function isManifest(uri: vscode.Uri): Promise<boolean> {
  try {
    if ((await vscode.workspace.fs.stat(uri)).size > MAX_BYTES) return false
    return looksJudged(uri.path, new TextDecoder().decode(await vscode.workspace.fs.readFile(uri)))
  } catch {
    return false
  }
}
