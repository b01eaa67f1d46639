import * as vscode from 'vscode'
import type { BaseLanguageClient } from 'vscode-languageclient'
import { walk } from './walk.ts'

/** More are not handed to the server. */
const MAX_FILES = 50_000
const AT_ONCE = 32

/** What the server may ask for: manifests, Terraform, ignore lists, and what charts read. */
const WANTED =
  /\.(ya?ml|json|tf|tofu|tfvars|tftpl|tpl|txt|tgz|conf|cfg|ini|toml|properties|env|sh|sql|xml)$|^\.(git|helm)ignore$|^kustomization$|^Chart\.lock$|^\.terraform\.lock\.hcl$/i

/** Answers the server's questions about files, for workspaces that only the editor can reach. */
export function serveFiles(client: BaseLanguageClient, log: vscode.LogOutputChannel): vscode.Disposable {
  return vscode.Disposable.from(
    client.onRequest('kubeZeroTrust/listFiles', async ({ folder }: { folder: string }, token: vscode.CancellationToken) => ({
      // A folder that is the root of its file system comes without its slash.
      files: await list(vscode.Uri.joinPath(vscode.Uri.parse(`${folder}/`), '.'), token, log),
    })),
    client.onRequest('kubeZeroTrust/readFiles', async ({ uris }: { uris: readonly string[] }) => ({
      files: (await inBatches(uris, read)).filter((file) => file !== undefined),
    })),
  )
}

async function list(folder: vscode.Uri, token: vscode.CancellationToken, log: vscode.LogOutputChannel) {
  const found: vscode.Uri[] = []
  for await (const files of walk(folder, token)) {
    for (const { uri, name } of files) if (WANTED.test(name)) found.push(uri)
    if (found.length > MAX_FILES) {
      log.warn(`${folder.toString(true)} has more than ${MAX_FILES} files: the deepest are left out.`)
      break
    }
  }
  const listed = await inBatches(found.slice(0, MAX_FILES), async (uri) => {
    const size = await vscode.workspace.fs.stat(uri).then(
      (stat) => stat.size,
      () => undefined,
    )
    return size === undefined ? undefined : { uri: uri.toString(), size }
  })
  return listed.filter((file) => file !== undefined)
}

/** A file's bytes in base64, or why it cannot be read; undefined when it does not exist. */
async function read(uri: string): Promise<{ uri: string; bytes: string } | { uri: string; error: string } | undefined> {
  try {
    return { uri, bytes: toBase64(await vscode.workspace.fs.readFile(vscode.Uri.parse(uri))) }
  } catch (error) {
    if (error instanceof vscode.FileSystemError && error.code === 'FileNotFound') return undefined
    return { uri, error: error instanceof Error ? error.message : String(error) }
  }
}

async function inBatches<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  for (let at = 0; at < items.length; at += AT_ONCE) results.push(...(await Promise.all(items.slice(at, at + AT_ONCE).map(work))))
  return results
}

/** Arguments of one call are limited. */
const SLICE = 0x8000

function toBase64(bytes: Uint8Array): string {
  let binary = ''
  for (let at = 0; at < bytes.length; at += SLICE) binary += String.fromCharCode(...bytes.subarray(at, at + SLICE))
  return btoa(binary)
}
