import { isList, isMap, type Path, type Value } from '../../../model/value.ts'
import { findNode, parseYaml } from '../../../syntax/yaml/index.ts'
import type { NamedText } from '../../chart/load-values.ts'
import type { SetOption } from '../../chart/set.ts'
import type { Files, Location } from '../../unit.ts'
import { plainOf } from '../plain.ts'
import { entries, fileOf, isNull, items, reasonOf, type Source, type Val } from '../eval/value.ts'

/** One document of values that a release is given, or one assignment. Its values know where the module writes them. */
export interface GivenValues {
  /** As the chart's engine names it. */
  readonly name: string
  /** The value of the module at a path of the document; the whole one where it cannot be taken apart. */
  at(path: Path): Val
  /** Where it is written, where that is known better than the value itself knows. */
  locate(path: Path): Location | undefined
}

export interface ReleaseValues {
  readonly texts: readonly NamedText[]
  readonly set: readonly SetOption[]
  readonly given: ReadonlyMap<string, GivenValues>
}

const LISTS = ['set', 'set_list', 'set_sensitive', 'set_wo'] as const

/** The values of a `helm_release` in the order in which the provider merges them. */
export function valuesOf(release: Val, address: string, files: Files): ReleaseValues {
  const texts: NamedText[] = []
  const set: SetOption[] = []
  const given = new Map<string, GivenValues>()
  const arguments_ = entries(release) ?? new Map<string, Val>()
  const documents = arguments_.get('values')
  for (const [i, document] of ((documents && items(documents)) ?? []).entries()) {
    const read = readDocument(document, `${address} values ${i}`, files)
    if (!read) continue
    texts.push(read.text)
    given.set(read.text.name, read.given)
  }
  for (const list of LISTS) {
    const assigned = arguments_.get(list)
    for (const assignment of (assigned && items(assigned)) ?? []) {
      const option = readAssignment(assignment, list)
      if (!option) continue
      set.push(option.option)
      given.set(`--${option.option.kind} ${option.option.text}`, option.given)
    }
  }
  return { texts, set, given }
}

/** A value that is not known is a placeholder in the text: what is made of it is not known either. */
function placeholder(reason: string): string {
  const name = reason.replace(/[^\w.-]+/g, '_').slice(0, 150)
  return `\${${/^[A-Za-z_]/.test(name) ? name : `value_${name}`}}`
}

function readDocument(document: Val, name: string, files: Files): { readonly text: NamedText; readonly given: GivenValues } | undefined {
  if (isNull(document)) return undefined
  const structure = document.encoded
  if (structure) {
    const text = JSON.stringify(withPlaceholders(plainOf(structure)))
    return { text: { name, text }, given: { name, at: (path) => partOf(structure, path), locate: () => undefined } }
  }
  const text = textOf(document)
  if (text === undefined) return undefined
  const { source } = document
  // A file as it is: its values stand in it.
  const file = source && fileOf(source)
  if (file !== undefined && files.get(file)?.text === text)
    return { text: { name, file, text }, given: { name, at: () => document, locate: () => undefined } }
  return { text: { name, text }, given: { name, at: () => document, locate: (path) => lineIn(text, path, source, files) } }
}

function textOf(value: Val): string | undefined {
  if (typeof value.data === 'string') return value.data
  const parts = value.unknown?.parts
  return parts?.map((part) => part ?? placeholder(reasonOf(value))).join('')
}

/** Unknown parts as placeholders. */
function withPlaceholders(value: Value): unknown {
  if (isList(value)) return value.map(withPlaceholders)
  if (isMap(value)) return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withPlaceholders(item)]))
  return typeof value === 'object' && value !== null ? placeholder(String(Object.values(value)[0] ?? '')) : value
}

function partOf(value: Val, path: Path): Val {
  let at = value
  for (const step of path) {
    const next = typeof step === 'number' ? items(at)?.[step] : entries(at)?.get(step)
    if (!next) return at
    at = next
  }
  return at
}

/**
 * The line of a text that a value stands on, found again in what the text was made of: a heredoc, a template. Undefined
 * where no line, or more than one, is the same.
 */
function lineIn(text: string, path: Path, source: Source | undefined, files: Files): Location | undefined {
  const node = findNode(parseYaml(text), path)
  if (!node || !source) return undefined
  const { start, end } = node.value
  const from = text.lastIndexOf('\n', start - 1) + 1
  const line = text.slice(from, text.indexOf('\n', end) < 0 ? undefined : text.indexOf('\n', end))
  const trimmed = line.trim()
  if (trimmed === '' || trimmed.includes('\n')) return undefined
  const offset = start - from - (line.length - line.trimStart().length)
  for (const origin of sourcesOf(source)) {
    const whole = files.get(origin.file)?.text
    const part = origin.how === 'file' ? whole : whole?.slice(origin.start, origin.end)
    const found = part?.indexOf(trimmed) ?? -1
    if (!part || found < 0 || part.indexOf(trimmed, found + 1) >= 0) continue
    const at = (origin.how === 'file' ? 0 : origin.start) + found + offset
    return { file: origin.file, span: { start: at, end: at + end - start } }
  }
  return undefined
}

/** A source and those that it came through, each once. */
function* sourcesOf(source: Source, depth = 0): Iterable<Source> {
  yield source
  if (depth < 8) for (const each of source.from.slice(0, 8)) yield* sourcesOf(each, depth + 1)
}

function readAssignment(
  assignment: Val,
  list: (typeof LISTS)[number],
): { readonly option: SetOption; readonly given: GivenValues } | undefined {
  const fields = entries(assignment)
  const name = fields?.get('name')
  const value = fields?.get('value')
  if (typeof name?.data !== 'string' || !value || isNull(value)) return undefined
  const text = list === 'set_list' ? listOf(value) : scalarOf(value)
  if (text === undefined) return undefined
  const type = fields?.get('type')?.data
  const option: SetOption = {
    kind: type === 'string' ? 'set-string' : type === 'literal' ? 'set-literal' : 'set',
    text: `${name.data}=${text}`,
  }
  return { option, given: { name: name.data, at: () => value, locate: () => undefined } }
}

function scalarOf(value: Val): string | undefined {
  const plain = plainOf(value)
  if (typeof plain !== 'object') return String(plain)
  return value.data === undefined ? (textOf(value) ?? placeholder(reasonOf(value))) : undefined
}

function listOf(value: Val): string | undefined {
  const list = items(value)
  if (!list) return value.data === undefined ? placeholder(reasonOf(value)) : undefined
  return `{${list.map((item) => (scalarOf(item) ?? '').replaceAll(',', '\\,')).join(',')}}`
}
