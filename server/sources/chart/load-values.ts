import { isList, isMap, type Path, type Value } from '../../model/value.ts'
import { firstDocument, parseYaml, splitDocuments, subtree, surrogateEscape } from '../../syntax/yaml/index.ts'
import type { Cell } from '../../syntax/go-template/provenance.ts'
import { textOf } from '../../syntax/go-template/text.ts'
import { bool, float, type GoMap, type GoValue, list, map, nil, setEntry } from '../../syntax/go-template/value.ts'
import { Memo } from '../../text/memo.ts'
import type { Span } from '../../text/span.ts'
import { mergeMaps } from './merge-values.ts'
import type { ValueSource } from './source.ts'

export interface LoadedValues {
  /** Empty where nothing could be read. */
  readonly values: GoMap
  readonly sources: readonly ValueSource[]
  readonly problem?: { readonly message: string; readonly span: Span }
}

export interface NamedText {
  /** What people call it: `values.yaml`. */
  readonly name: string
  /** Its path in the workspace; absent for what is in a package. */
  readonly file?: string
  readonly text: string
  /** Of a file that holds other things too: the document, and the path in it of the map of values. */
  readonly within?: { readonly document: Span; readonly path: Path }
}

const loaded = new Memo<LoadedValues>(20_000_000)

/**
 * A values file, whose every value knows its place. Helm 4 merges all documents of a file, Helm 3 reads the
 * first. The result is shared: copy what you mean to change.
 */
export function loadValues(file: NamedText, helm: 3 | 4): LoadedValues {
  return loaded.get(`${helm} ${file.name} ${file.file ?? ''} ${JSON.stringify(file.within)}\n${file.text}`, () => load(file, helm))
}

function load(file: NamedText, helm: 3 | 4): LoadedValues {
  const text = file.text.charCodeAt(0) === 0xfeff ? ` ${file.text.slice(1)}` : file.text
  const { within } = file
  const spans = within ? [within.document] : helm === 4 ? splitDocuments(text) : [firstDocument(text)]
  const sources: ValueSource[] = []
  let values = map()
  for (const span of spans) {
    const source = readDocument(file, text, span)
    sources.push(source)
    const error = refusal(source, helm)
    if (error)
      return {
        values,
        sources,
        problem: { message: error.message, span: { start: span.start + error.start, end: span.start + error.end } },
      }
    const own = valuesOf(source)
    values = sources.length === 1 ? own : mergeMaps(values, own)
  }
  return { values, sources }
}

/** One document, with the tree that tells where its values are written. */
export function readDocument(file: NamedText, text: string, span: Span): ValueSource {
  const document = text.slice(span.start, span.end)
  const tree = parseYaml(document)
  const path = file.within?.path
  return {
    name: file.name,
    ...(file.file === undefined ? {} : { file: file.file }),
    text: document,
    base: span.start,
    tree: (path && subtree(tree, path)) ?? tree,
    ...(path ? { at: path } : {}),
  }
}

function refusal({ text, tree }: ValueSource, helm: 3 | 4): { message: string; start: number; end: number } | undefined {
  const prefix = helm === 4 ? 'cannot unmarshal yaml document: ' : ''
  const problem = tree.problems.find(({ harmless }) => !harmless)
  if (problem) return { ...problem, message: `${prefix}error converting YAML to JSON: ${decoderMessage(problem.message)}` }
  const surrogate = surrogateEscape(text, tree)
  if (surrogate) {
    return { ...surrogate, message: `${prefix}error converting YAML to JSON: yaml: found invalid Unicode character escape code` }
  }
  const { body } = tree
  if (body === undefined || body === null || isMap(body)) return undefined
  const kind = isList(body) ? 'array' : typeof body === 'boolean' ? 'bool' : typeof body
  const message = `${prefix}error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${kind} into Go value of type map[string]interface {}`
  return { message, start: 0, end: Math.min(tree.positions[3] ?? 0, 80) }
}

/** Infinity is YAML, but no JSON. */
function decoderMessage(message: string): string {
  const number = /^([-+]?)\.(inf|nan) is no number in JSON/i.exec(message)
  if (!number) return `yaml: ${message}`
  return `json: unsupported value: ${number[2]?.toLowerCase() === 'nan' ? 'NaN' : `${number[1] || '+'}Inf`}`
}

/** The values of a document; empty when it holds no map. */
export function valuesOf(source: ValueSource): GoMap {
  const root: Cell = { kind: 'cell', source, parent: undefined, step: '' }
  const { body } = source.tree
  const value = body === undefined ? undefined : cellValue(body, root)
  return value?.kind === 'map' ? value : map([], root)
}

/** Plain data as the engine's values, each with its cell. All numbers are floats, as JSON leaves them. */
export function cellValue(body: Value, cell: Cell): GoValue {
  if (typeof body === 'string') return textOf(body, cell, 0)
  if (body === null) return nil(cell)
  if (typeof body === 'boolean') return bool(body, cell)
  if (typeof body === 'number') return float(body, cell)
  const { source } = cell
  if (isList(body)) {
    return list(
      body.map((item, step) => cellValue(item, { kind: 'cell', source, parent: cell, step })),
      cell,
    )
  }
  const result = map([], cell)
  if (!isMap(body)) return result
  for (const [key, item] of Object.entries(body)) {
    const inner: Cell = { kind: 'cell', source, parent: cell, step: key }
    setEntry(result, key, cellValue(item, inner), textOf(key, { ...inner, isKey: true }, 0))
  }
  return result
}
