import { formatTime, parseTime } from '../../../../syntax/go/time.ts'
import { childNodes, parseYaml, spansOf, splitDocuments, type YamlTree } from '../../../../syntax/yaml/index.ts'
import { isList, isMap, type Value } from '../../../../model/value.ts'
import { failed } from '../failure.ts'
import { numberText, parseNumber } from '../number.ts'
import { bool, children, entries, isNull, items, NULL, nullOf, number, object, type Source, text, tuple, type Val } from '../value.ts'

/** Where the lines of a decoded text are: a file read whole, so that a value of it can point there. */
export interface YamlOrigin {
  readonly file: string
  readonly source: Source | undefined
  /** Where the text begins in the file; at its beginning unless told. */
  readonly at?: number
}

/** `yamldecode`: one document. Plain scalars are read as Terraform's own decoder reads them. */
export function decodeYaml(given: string, origin: YamlOrigin | undefined): Val {
  const documents = splitDocuments(given).filter(
    ({ start, end }) =>
      given
        .slice(start, end)
        .replace(/^\s*(?:#.*)?$/gm, '')
        .trim() !== '',
  )
  const [only] = documents
  if (!only) throw failed('on line 1, column 1: missing start of document')
  if (documents.length > 1) throw failed('on line 1, column 1: unexpected extra content after value')
  const document = given.slice(only.start, only.end)
  const tree = parseYaml(document)
  const problem = tree.problems.find(({ harmless }) => !harmless)
  if (problem) throw failed(`on line ${document.slice(0, problem.start).split('\n').length}: ${problem.message}`)
  if (tree.body === undefined || tree.body === null) return NULL
  return new Reader(document, only.start + (origin?.at ?? 0), tree, origin).read(tree.body, tree.positions.length > 0 ? 0 : undefined)
}

class Reader {
  readonly #text: string
  readonly #base: number
  readonly #tree: YamlTree
  readonly #origin: YamlOrigin | undefined

  constructor(text: string, base: number, tree: YamlTree, origin: YamlOrigin | undefined) {
    this.#text = text
    this.#base = base
    this.#tree = tree
    this.#origin = origin
  }

  read(body: Value, node: number | undefined): Val {
    const spans = node === undefined ? undefined : spansOf(this.#tree, node)
    const source = spans && this.#source(spans.anchor.start, spans.anchor.end)
    const value = this.#value(body, node, spans && this.#text.slice(spans.anchor.start, spans.anchor.end))
    return source ? { ...value, source } : value
  }

  #source(start: number, end: number): Source | undefined {
    const origin = this.#origin
    return (
      origin && {
        file: origin.file,
        start: this.#base + start,
        end: this.#base + end,
        how: 'written',
        from: origin.source ? [origin.source] : [],
      }
    )
  }

  #value(body: Value, node: number | undefined, written: string | undefined): Val {
    if (isList(body)) {
      const nodes = node === undefined ? [] : childNodes(this.#tree, node)
      return tuple(body.map((item, i) => this.read(item, nodes[i]?.node)))
    }
    if (isMap(body)) {
      const nodes = new Map(node === undefined ? [] : childNodes(this.#tree, node).map(({ key, node }) => [key, node]))
      return object(new Map(Object.entries(body).map(([key, item]) => [key, this.read(item, nodes.get(key))])))
    }
    const plain = written !== undefined && /^[^"'|>!&*\n][^\n]*$/.test(written.trim()) ? written.trim() : undefined
    const resolved = plain === undefined ? undefined : resolve(plain)
    // A tag makes a text of what looks like a number.
    return resolved && !(typeof body === 'string' && resolved.type !== 'string') ? resolved : simple(body)
  }
}

function simple(body: Value): Val {
  if (typeof body === 'string') return text(body)
  if (typeof body === 'boolean') return bool(body)
  return typeof body === 'number' ? number(parseNumber(String(body)) ?? body) : nullOf('dynamic')
}

const TRUE = /^(?:y|Y|yes|Yes|YES|true|True|TRUE|on|On|ON)$/
const FALSE = /^(?:n|N|no|No|NO|false|False|FALSE|off|Off|OFF)$/
const NUMBER = /^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$/

/** A plain scalar as go-cty-yaml resolves it. */
function resolve(written: string): Val {
  const plain = written.replace(/\s+#.*$/, '')
  if (TRUE.test(plain)) return bool(true)
  if (FALSE.test(plain)) return bool(false)
  if (/^(?:|~|null|Null|NULL)$/.test(plain)) return NULL
  if (/^[-+]?\.(?:inf|Inf|INF)$/.test(plain)) return number(plain.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY)
  if (/^0o[0-7]+$|^0x[\da-fA-F]+$/.test(plain)) return number(parseNumber(String(BigInt(plain))) ?? 0)
  if (NUMBER.test(plain)) {
    const value = parseNumber(plain.replace(/\.(?=$|[eE])/, ''))
    if (value !== undefined) return number(value)
  }
  return text(timestamp(plain) ?? plain)
}

function timestamp(plain: string): string | undefined {
  const match = /^(\d{4})-(\d\d?)-(\d\d?)(?:(?:[Tt]|[ \t]+)(\d\d?):(\d\d?):(\d\d?)(\.\d+)?(Z|[+-]\d\d:\d\d)?)?$/.exec(plain)
  if (!match) return undefined
  const pad = (part: string | undefined): string => (part ?? '0').padStart(2, '0')
  const full = `${match[1]}-${pad(match[2])}-${pad(match[3])}T${pad(match[4])}:${pad(match[5])}:${pad(match[6])}${match[8] ?? 'Z'}`
  const time = parseTime('2006-01-02T15:04:05Z07:00', full)
  return time && formatTime(time, '2006-01-02T15:04:05Z07:00')
}

/** `yamlencode`: keys in order and quoted, texts quoted or as blocks. */
export function encodeYaml(value: Val): string {
  if (!isScalar(value)) return block(value, '')
  // A plain scalar alone has no end, so its writer gives it one.
  const open = typeof value.data !== 'string' && !entries(value) && !items(value)
  return `${scalar(value, '')}\n${open ? '...\n' : ''}`
}

function isScalar(value: Val): boolean {
  const map = entries(value)
  const list = items(value)
  return (!map && !list) || (map ? map.size === 0 : (list?.length ?? 0) === 0)
}

function scalar(value: Val, indent: string): string {
  if (entries(value)) return '{}'
  if (items(value)) return '[]'
  if (isNull(value)) return 'null'
  const { data } = value
  if (typeof data === 'boolean') return String(data)
  if (typeof data !== 'string') return numberText(data as number)
  return literalBlock(data, indent) ?? quoted(data)
}

function literalBlock(data: string, indent: string): string | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what a block cannot hold.
  if (!data.includes('\n') || / (?:\n|$)/.test(data) || /[\x00-\x08\x0b-\x1f\x7f]/.test(data)) return undefined
  const chomp = !data.endsWith('\n') ? '-' : data.endsWith('\n\n') || data === '\n' ? '+' : ''
  const hint = /^[ \n]/.test(data) ? '2' : ''
  const lines = data.replace(/\n$/, '').split('\n')
  return `|${hint}${chomp}\n${lines.map((line) => (line === '' ? '' : `${indent}  ${line}`)).join('\n')}`
}

const NAMED: Readonly<Record<string, string>> = {
  '\0': '\\0',
  '\x07': '\\a',
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\v': '\\v',
  '\f': '\\f',
  '\r': '\\r',
  '\x1b': '\\e',
  '"': '\\"',
  '\\': '\\\\',
  '\x85': '\\N',
  '\xa0': '\\_',
  '\u2028': '\\L',
  '\u2029': '\\P',
}

function quoted(data: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what is written as an escape.
  return `"${data.replace(/[\x00-\x1f"\\\x7f-\xa0\u2028\u2029\ufeff]/g, (char) => NAMED[char] ?? `\\x${char.charCodeAt(0).toString(16).padStart(2, '0').toUpperCase()}`)}"`
}

function block(value: Val, indent: string): string {
  const map = entries(value)
  if (map) return [...map].map(([key, item]) => `${indent}${quoted(key)}:${inMap(item, indent)}`).join('')
  return [...children(value)].map((item) => `${indent}-${inList(item, indent)}`).join('')
}

function inMap(item: Val, indent: string): string {
  if (isScalar(item)) return ` ${scalar(item, indent)}\n`
  return items(item) ? `\n${block(item, indent)}` : `\n${block(item, `${indent}  `)}`
}

function inList(item: Val, indent: string): string {
  if (isScalar(item)) return ` ${scalar(item, indent)}\n`
  return ` ${block(item, `${indent}  `).slice(indent.length + 2)}`
}
