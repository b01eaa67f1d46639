import { type Body, isList, isMap, type Path, type Value, unknown } from '../../model/value.ts'
import { flatten, isOpaque, type Origin } from '../../syntax/go-template/provenance.ts'
import type { GoText } from '../../syntax/go-template/text.ts'
import { findNode, pathAt, type YamlTree } from '../../syntax/yaml/index.ts'
import { contentOf } from './content.ts'

/** What the namespace of a release is called in templates. It is chosen when the chart is installed. */
export const NAMESPACE = '.Release.Namespace'

/**
 * The body of a rendered document, where what nobody can know is unknown: what is random, comes out of the
 * cluster, or is chosen on installation. A namespace that is the release's own is left out, as if it were left to
 * whoever applies the object.
 */
export function bodyOf(text: GoText, tree: YamlTree): Value | undefined {
  let body = tree.body
  let offset = 0
  let last: string | undefined
  for (const { length, origin } of text.pieces) {
    const reason = length > 0 ? reasonOf(origin) : undefined
    if (reason !== undefined && body !== undefined) {
      const { path, part } = pathAt(tree, offset)
      const key = JSON.stringify(path)
      if (key !== last) body = mark(body, text, tree, path, part, reason)
      last = key
    }
    offset += length
  }
  return body
}

const reasons = new WeakMap<Origin, string | false>()

/** Why a piece of text is not known; undefined when it is. */
function reasonOf(origin: Origin): string | undefined {
  if (origin.kind === 'literal' || origin.kind === 'cell') return undefined
  const known = reasons.get(origin)
  if (known !== undefined) return known || undefined
  const reason = computeReason(origin)
  reasons.set(origin, reason ?? false)
  return reason
}

function computeReason(origin: Origin): string | undefined {
  if (isOpaque(origin)) {
    for (const each of flatten(origin)) if (each.kind === 'opaque') return each.name
  }
  if (origin.kind === 'built-in') return origin.name === NAMESPACE ? NAMESPACE : undefined
  if (origin.kind !== 'computed') return undefined
  if (origin.chosen) return reasonOf(origin.chosen)
  return origin.inputs.some((input) => reasonOf(input) === NAMESPACE) ? NAMESPACE : undefined
}

function mark(body: Value, text: GoText, tree: YamlTree, path: Path, part: 'key' | 'value', reason: string): Value {
  // With a key that nobody knows, nobody knows what is in the map.
  if (part === 'key') return replace(body, path.slice(0, -1), unknown(reason))
  if (reason === NAMESPACE && isNamespaceField(path) && isWhole(text, tree, path)) return replace(body, path, undefined)
  return replace(body, path, unknown(reason))
}

/** Where Kubernetes takes the object's own namespace when there is none. */
function isNamespaceField(path: Path): boolean {
  return path.at(-1) === 'namespace' && path.at(-2) === 'metadata'
}

function isWhole(text: GoText, tree: YamlTree, path: Path): boolean {
  const node = findNode(tree, path)
  if (!node) return false
  const pieces = contentOf(text, node.value).pieces.filter(({ length }) => length > 0)
  return pieces.every(({ origin }) => reasonOf(origin) === NAMESPACE)
}

/** @param by undefined takes the entry away */
function replace(at: Value, path: Path, by: Value | undefined): Value {
  const [step, ...rest] = path
  if (step === undefined) return by ?? null
  if (isList(at)) return at.map((item, i) => (i === step ? replace(item, rest, by) : item))
  if (!isMap(at) || !Object.hasOwn(at, step)) return at
  const entries = Object.entries(at).flatMap(([key, value]): [string, Value][] => {
    if (key !== step) return [[key, value]]
    return rest.length === 0 && by === undefined ? [] : [[key, replace(value, rest, by)]]
  })
  return Object.fromEntries(entries) as Body
}
