import { get, type Value } from '../../model/value.ts'
import { splitDocuments } from '../../syntax/yaml/index.ts'
import { setOf } from './eval/convert.ts'
import { Failure } from './eval/failure.ts'
import { content, filesMatching, render } from './eval/functions/files.ts'
import { decodeYaml } from './eval/functions/yaml.ts'
import type { Env } from './eval/scope.ts'
import { bool, entries, fileOf, list, map, text, tuple, unknownVal, type Val } from './eval/value.ts'
import { plainOf } from './plain.ts'

/** What the data sources of the `kubectl` provider read: documents of YAML, and names of files. */
export function documentsOf(type: string, value: Val, env: Env): Record<string, Val> {
  const given = entries(value) ?? new Map<string, Val>()
  switch (type) {
    case 'data.kubectl_file_documents':
      return documents([given.get('content') ?? unknownVal('string', 'content')])
    case 'data.kubectl_path_documents': {
      const paths = pathsOf(given.get('pattern'), env)
      return documents(paths ? paths.map((path) => read(path, given, env)) : [unknownVal('string', 'pattern')])
    }
    case 'data.kubectl_filename_list': {
      const paths = pathsOf(given.get('pattern'), env)
      if (!paths) return {}
      const names = paths.map((path) => text(path.slice(path.lastIndexOf('/') + 1)))
      return {
        matches: list(
          'string',
          paths.map((path) => text(path)),
        ),
        basenames: list('string', names),
      }
    }
    default:
      return {}
  }
}

/** Relative to the folder that Terraform runs in, in their order. */
function pathsOf(pattern: Val | undefined, env: Env): readonly string[] | undefined {
  if (typeof pattern?.data !== 'string') return undefined
  const fixed = /^[^*?[{]*\//.exec(pattern.data)?.[0] ?? ''
  const found = filesMatching(env, fixed === '' ? '.' : fixed.replace(/\/$/, ''), pattern.data.slice(fixed.length))
  return [...found].sort().map((path) => fixed + path)
}

function read(path: string, given: ReadonlyMap<string, Val>, env: Env): Val {
  const file = content(env, path)
  const variables = given.get('vars')
  const isTemplate = given.get('disable_template')?.data !== true && typeof file.data === 'string' && /[$%]\{/.test(file.data)
  if (!isTemplate) return file
  return render(file, variables && entries(variables) ? variables : map('string', new Map()), env, file.source?.file, path)
}

/** The documents of texts, one by one and by the path under which the API has them. */
function documents(texts: readonly Val[]): Record<string, Val> {
  const open = texts.find(({ data }) => typeof data !== 'string')
  if (open)
    return {
      documents: unknownVal({ kind: 'list', of: 'string' }, 'documents'),
      manifests: unknownVal({ kind: 'map', of: 'string' }, 'manifests'),
    }
  const all = texts.flatMap(split)
  const manifests = new Map<string, Val>()
  for (const document of all) {
    const path = document.encoded && selfLink(plainOf(document.encoded))
    if (path !== undefined) manifests.set(path, document)
  }
  return {
    documents: tuple(all),
    manifests: map('string', manifests),
    ids: setOf(
      'string',
      [...manifests.keys()].map((key) => text(key)),
    ),
    empty: bool(all.length === 0),
  }
}

/** Each document is a text that keeps what it says, and where. */
function split(whole: Val): Val[] {
  const given = String(whole.data)
  const file = fileOf(whole.source)
  return splitDocuments(given).flatMap(({ start, end }) => {
    const part = given.slice(start, end)
    if (part.replace(/^\s*(?:#.*|---.*)?$/gm, '').trim() === '') return []
    const document = text(part, whole.source)
    try {
      const encoded = decodeYaml(part, file === undefined ? undefined : { file, source: undefined, at: start })
      return [{ ...document, encoded: encoded.source ? encoded : { ...encoded, source: whole.source } }]
    } catch (error) {
      if (error instanceof Failure) return [document]
      throw error
    }
  })
}

/** `/apis/apps/v1/namespaces/shop/deployments/cart`. */
function selfLink(body: Value): string | undefined {
  const [apiVersion, kind] = [get(body, 'apiVersion'), get(body, 'kind')]
  const [name, namespace] = [get(body, 'metadata', 'name'), get(body, 'metadata', 'namespace')]
  if (typeof apiVersion !== 'string' || typeof kind !== 'string' || typeof name !== 'string') return undefined
  const scope = typeof namespace === 'string' ? `/namespaces/${namespace}` : ''
  return `/${apiVersion.includes('/') ? 'apis' : 'api'}/${apiVersion}${scope}/${kind.toLowerCase()}s/${name}`
}
