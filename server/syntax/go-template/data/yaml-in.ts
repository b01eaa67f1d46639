import { isList, isMap, type Value } from '../../../model/value.ts'
import { firstDocument, parseYaml, type YamlTree } from '../../yaml/index.ts'
import { childrenOf, findChild, keySpan, linkOf, valueSpan } from '../../yaml/index.ts'
import type { Origin } from '../provenance.ts'
import { type GoText, slice, textOf, transformed } from '../text.ts'
import { bool, float, type GoMap, type GoValue, list, map, nil, originOfValue, setEntry } from '../value.ts'

/** The first document of a text as `sigs.k8s.io/yaml` reads it into an empty interface. */
export function fromYaml(text: GoText): GoValue | { readonly error: string } {
  const { start, end } = firstDocument(text.text)
  const document = slice(text, start, end)
  const tree = parseYaml(document.text)
  const problem = tree.problems.find(({ harmless }) => !harmless)
  if (problem) {
    const line = document.text.slice(0, problem.start).split('\n').length
    return { error: `error converting YAML to JSON: yaml: line ${line}: ${problem.message}` }
  }
  return tree.body === undefined ? nil() : new Reader(document, tree).value(tree.body, 0)
}

class Reader {
  readonly #text: GoText
  readonly #tree: YamlTree

  constructor(text: GoText, tree: YamlTree) {
    this.#text = text
    this.#tree = tree
  }

  /** `node` is undefined where the tree does not tell where a value is written. */
  value(body: Value, node: number | undefined): GoValue {
    const written = node === undefined ? this.#text : this.#written(node)
    if (typeof body === 'string') return scalar(body, written)
    const origin = originOfValue(written)
    if (body === null) return nil(origin)
    if (typeof body === 'boolean') return bool(body, origin)
    if (typeof body === 'number') return float(body, origin)
    if (isList(body)) return this.#list(body, node, firstOrigin(written))
    return isMap(body) ? this.#map(body, node, firstOrigin(written)) : nil(origin)
  }

  #written(node: number): GoText {
    const { start, end } = valueSpan(this.#tree, node)
    return slice(this.#text, start, end)
  }

  #list(body: readonly Value[], node: number | undefined, origin: Origin): GoValue {
    const children = node === undefined ? [] : childrenOf(this.#tree, linkOf(this.#tree, node) ?? node)
    return list(
      body.map((item, i) => this.value(item, children[i])),
      origin,
    )
  }

  #map(body: { readonly [key: string]: Value }, node: number | undefined, origin: Origin): GoMap {
    const result = map([], origin)
    for (const [key, item] of Object.entries(body)) {
      const child = node === undefined ? undefined : findChild(this.#tree, node, key)
      const span = child === undefined ? undefined : keySpan(this.#tree, child)
      setEntry(result, key, this.value(item, child), scalar(key, span ? slice(this.#text, span.start, span.end) : this.#text))
    }
    return result
  }
}

/** Where a collection begins stands for all of it. */
function firstOrigin(written: GoText): Origin {
  return (written.pieces.find(({ length }) => length > 0) ?? written.pieces[0])?.origin ?? originOfValue(written)
}

/** A decoded scalar: the part of its source that says the same, character by character, else all of it. */
function scalar(decoded: string, written: GoText): GoText {
  const { text } = written
  if (text === decoded) return written
  if ((text.startsWith('"') || text.startsWith("'")) && text.length === decoded.length + 2 && text.slice(1, -1) === decoded) {
    return slice(written, 1, text.length - 1)
  }
  if (decoded === '') return textOf('', originOfValue(written))
  return unindented(decoded, written) ?? transformed(written, decoded, originOfValue(written))
}

/** The lines of a block scalar, without their indentation. */
function unindented(decoded: string, written: GoText): GoText | undefined {
  if (!/^[|>]/.test(written.text)) return undefined
  const lines = decoded.split('\n')
  const pieces: GoText[] = []
  let at = written.text.indexOf('\n') + 1
  for (const [i, line] of lines.entries()) {
    const last = i === lines.length - 1
    if (last && line === '') break
    const wanted = last ? line : `${line}\n`
    const end = written.text.indexOf('\n', at)
    const source = written.text.slice(at, end < 0 ? undefined : end + 1)
    if (!source.endsWith(wanted) && !(end < 0 && `${source}\n`.endsWith(wanted)) && !source.replace(/\n$/, '').endsWith(line))
      return undefined
    const offset = at + source.replace(/\n$/, '').length - line.length
    if (offset < at) return undefined
    pieces.push(slice(written, offset, Math.min(offset + wanted.length, written.text.length)))
    at = end < 0 ? written.text.length : end + 1
  }
  const joined = { kind: 'string' as const, text: pieces.map(({ text }) => text).join(''), pieces: pieces.flatMap((piece) => piece.pieces) }
  return joined.text === decoded ? joined : undefined
}
