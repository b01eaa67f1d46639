import type { KubeObject } from '../model/object.ts'
import { isMap, type Value } from '../model/value.ts'
import { basename } from '../text/path.ts'

/** Files that are no manifests but that rules have something to say about, by their paths, and what each must have to be one. */
const KINDS: readonly { readonly path: RegExp; readonly kind: string; readonly key: string }[] = [
  { path: /(?:^|\/)\.github\/workflows\/[^/]+\.ya?ml$/, kind: 'Workflow', key: 'jobs' },
]

/** The object that stands for such a file; undefined for all others. */
export function fileObject(path: string, body: Value | undefined): KubeObject | undefined {
  const known = KINDS.find((each) => each.path.test(path))
  if (!known || !isMap(body) || !isMap(body[known.key])) return undefined
  const { kind } = known
  const groupKind = `file/${kind}`
  const id = `${groupKind}//${path}`
  return { unit: path, file: path, apiVersion: 'file/v1', group: 'file', kind, groupKind, name: basename(path), namespace: '', id, body }
}
