import { type Body, isList, isMap, type Value } from '../../model/value.ts'
import { childNodes, parseYaml, spansOf, splitDocuments, type YamlTree } from '../../syntax/yaml/index.ts'
import type { GoText } from '../../syntax/go-template/text.ts'
import type { SourceFile } from '../unit.ts'

/**
 * One text that is read as YAML: a document of a file, or the text inside a string of another document (an
 * inline patch).
 */
export interface Doc {
  readonly file: string
  /** Where `text` begins in the file. Without meaning when it stands inside a string. */
  readonly start: number
  readonly text: string
  readonly tree: YamlTree
  /** The tree's body as kustomize's decoder reads it. */
  readonly body: Value | undefined
  /** The string that holds the text. */
  readonly inside?: { readonly doc: Doc; readonly node: number }
  /** The text is not written but rendered by a chart: each piece of it knows its place. `file` is then the template. */
  readonly rendered?: GoText
}

const read = new WeakMap<SourceFile, readonly Doc[]>()

/** The documents of a file, read once per text. */
export function docsOf(file: SourceFile): readonly Doc[] {
  const known = read.get(file)
  if (known) return known
  const docs = splitDocuments(file.text).map(({ start, end }) => makeDoc(file.path, start, file.text.slice(start, end)))
  read.set(file, docs)
  return docs
}

/**
 * The documents of a text that stands in a string.
 * @param trimmed without the space around it, which may be the line end of its last block
 */
export function docsInside(text: string, { doc, node }: { readonly doc: Doc; readonly node: number }, trimmed = false): readonly Doc[] {
  const known = inner.get(doc)?.get(`${node} ${trimmed}`)
  if (known) return known
  const content = trimmed ? text.trim() : text
  const before = trimmed ? text.length - text.trimStart().length : 0
  const docs = splitDocuments(content).map(({ start, end }) => ({
    ...makeDoc(doc.file, before + start, content.slice(start, end)),
    inside: { doc, node },
  }))
  const ofDoc = inner.get(doc) ?? new Map<string, readonly Doc[]>()
  inner.set(doc, ofDoc.set(`${node} ${trimmed}`, docs))
  return docs
}

/** By the document that holds the string, then by its node there. */
const inner = new WeakMap<Doc, Map<string, readonly Doc[]>>()

function makeDoc(file: string, start: number, text: string, read = parseYaml(text)): Doc {
  const tree = withOwnKeys(read, text)
  return { file, start, text, tree, body: tree.body === undefined ? undefined : normalise(tree, text, 'resource') }
}

/** @param tree of the text; Helm ends it with a line end */
export function renderedDoc(template: string, text: GoText, tree: YamlTree): Doc {
  return { ...makeDoc(template, 0, `${text.text}\n`, tree), rendered: text }
}

/** A whole text as one document without structure: the content of a generator's file. */
export function plainDoc(file: SourceFile): Doc {
  return { file: file.path, start: 0, text: file.text, tree: treeOf([{ key: '', spans: [-1, -1, 0, file.text.length] }]), body: undefined }
}

export interface EnvLine {
  readonly key: string
  readonly value: string
  /** The node of the line in its document. */
  readonly node: number
}

/** The lines of an env file, `key=value`; blank lines and comments are left out (`api/kv/kv.go`). */
export function envDoc(file: SourceFile): { readonly doc: Doc; readonly lines: readonly EnvLine[] } {
  const lines: EnvLine[] = []
  const nodes: { key: string; spans: readonly [number, number, number, number] }[] = []
  let start = 0
  for (const row of file.text.split('\n')) {
    const line = row.replace(/\r$/, '').replace(/^\ufeff/, start === 0 ? '' : '\ufeff')
    const indent = row.length - row.replace(/^\ufeff?\s+/, '').length
    const content = line.trimStart()
    if (content !== '' && !content.startsWith('#')) {
      const equals = content.indexOf('=')
      const key = equals < 0 ? content : content.slice(0, equals)
      const from = start + indent
      lines.push({ key, value: equals < 0 ? '' : content.slice(equals + 1), node: nodes.length })
      nodes.push({ key, spans: [from, from + key.length, equals < 0 ? from + key.length : from + equals + 1, from + content.length] })
    }
    start += row.length + 1
  }
  return { doc: { file: file.path, start: 0, text: file.text, tree: treeOf(nodes), body: undefined }, lines }
}

function treeOf(nodes: readonly { readonly key: string; readonly spans: readonly [number, number, number, number] }[]): YamlTree {
  const positions = nodes.flatMap(({ spans }, i) => [...spans, i + 1, -1])
  return { body: undefined, positions: Int32Array.from(positions), keys: nodes.map(({ key }) => key), problems: [] }
}

/** Keys as they are written: kubectl makes `"true"` of `on`, and `"420"` of `0644`. */
function withOwnKeys(tree: YamlTree, text: string): YamlTree {
  if (!tree.keys.some((key) => /^(?:true|false|-?[0-9.]+(?:e[-+]?[0-9]+)?)$/.test(key))) return tree
  const written = new Map<string, string>()
  const keys = tree.keys.map((key, node) => {
    const span = spansOf(tree, node).key
    const word = span ? text.slice(span.start, span.end) : key
    if (word === key || !/^[\w.+-]+$/.test(word)) return key
    written.set(key, word)
    return word
  })
  const rename = (value: Value): Value => {
    if (isList(value)) return value.map(rename)
    if (!isMap(value)) return value
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [written.get(key) ?? key, rename(item)])) as Body
  }
  return written.size === 0 || tree.body === undefined ? tree : { ...tree, keys, body: rename(tree.body) }
}

const BOOLEAN_WORDS = /(?:^|[\s:[{,-])(?:y|Y|yes|Yes|YES|on|On|ON|n|N|no|No|NO|off|Off|OFF)(?:[\s,\]}]|$)/m

/**
 * Kustomize decodes with go-yaml v3, for which `yes`, `on` and the like are text; kubectl with v2, for which
 * they are booleans, and it adds the line end that the last block of a file may lack. A folded block is written
 * out once on the way through kustomize, and read again. Everything else that manifests contain is the same.
 */
function normalise(tree: YamlTree, text: string, as: 'resource' | 'json'): Value {
  const body = tree.body as Value
  const open = !text.endsWith('\n') && /[|>]/.test(text)
  const differs = as === 'resource' && (BOOLEAN_WORDS.test(text) || /[:-][ \t]+>/.test(text))
  if (!open && !differs) return body
  const walk = (value: Value, node: number): Value => {
    if (isList(value)) {
      const children = childNodes(tree, node)
      return value.map((item, i) => walk(item, children[i]?.node ?? node))
    }
    if (isMap(value)) {
      const children = new Map(childNodes(tree, node).map((child) => [child.key, child.node]))
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, walk(item, children.get(key) ?? node)])) as Body
    }
    const { start, end } = spansOf(tree, node).anchor
    if (typeof value === 'string') {
      const style = text.charAt(start)
      if (style !== '|' && style !== '>') return value
      const closed = open && end === text.length && value.endsWith('\n') ? value.slice(0, -1) : value
      return style === '>' && as === 'resource' ? refolded(closed) : closed
    }
    if (typeof value !== 'boolean' || as === 'json') return value
    const word = text.slice(start, end)
    return /^(?:true|True|TRUE|false|False|FALSE)$/.test(word) || !/^[a-zA-Z]{1,3}$/.test(word) ? value : word
  }
  return walk(body, 0)
}

/** The document as kustomize reads what it turns into JSON, such as JSON patches: with kubectl's booleans. */
export function jsonDoc(doc: Doc): Doc {
  const known = asJson.get(doc)
  if (known) return known
  const made = { ...doc, body: doc.tree.body === undefined ? undefined : normalise(doc.tree, doc.text, 'json') }
  asJson.set(doc, made)
  return made
}

const asJson = new WeakMap<Doc, Doc>()

/** Go-yaml writes one line too many between a line of a folded text and a deeper one after it. */
function refolded(text: string): string {
  return /^\n*[ \t]/.test(text) ? text : text.replace(/^[^ \t\n][^\n]*\n+(?=[ \t])/gm, '$&\n')
}
