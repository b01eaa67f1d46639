import { isMap, type Path, text, type Value } from '../model/value.ts'

/** The objects of a document. Items of a typed list (`RoleList`) may leave out their kind, as in API answers. */
export function unfold(body: Value | undefined, prefix: Path = []): { body: Value; prefix: Path }[] {
  if (!isMap(body)) return []
  const kind = text(body, 'kind')
  const apiVersion = text(body, 'apiVersion')
  const list = body['items']
  if (!kind || !apiVersion || !kind.endsWith('List') || !Array.isArray(list)) return [{ body, prefix }]
  return (list as readonly Value[]).flatMap((item, i) => {
    if (!isMap(item)) return []
    const typed = kind === 'List' || 'kind' in item ? item : { apiVersion, kind: kind.slice(0, -4), ...item }
    // Lists inside lists are valid, but only one level is ever written.
    return prefix.length > 0 ? [] : unfold(typed, ['items', i])
  })
}
