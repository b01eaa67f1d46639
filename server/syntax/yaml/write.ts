import { type Body, isList, isMap, isUnknown, type Value } from '../../model/value.ts'
import { isInfinite, resolvePlain } from './scalar.ts'

/** How a text is laid out. */
export interface YamlStyle {
  /** Columns by which a map is indented below its key. */
  readonly indent: number
  /** Columns by which a list is indented below its key. */
  readonly listIndent: number
  /** For strings that cannot be plain. */
  readonly quote: '"' | "'"
  readonly eol: '\n' | '\r\n'
  /** Flow collections are written as JSON: every key and string in double quotes. */
  readonly json: boolean
  /** Short lists of scalars are written in brackets. */
  readonly flowLists: boolean
  /** Braces have spaces inside: `{ a: 1 }`. */
  readonly padded: boolean
}

export const DEFAULT_STYLE: YamlStyle = { indent: 2, listIndent: 2, quote: '"', eol: '\n', json: false, flowLists: false, padded: false }

/** A value as it stands behind `key:` or `-`: the rest of that line, and the lines below it (with their indentation, not their line ends). */
export interface Written {
  readonly head: string
  readonly tail: readonly string[]
}

/**
 * A document (without `---`) that kubectl's decoder reads back as `value`, ending with a line break.
 * The value must be wholly known.
 */
export function stringifyYaml(value: Value, style: Partial<YamlStyle> = {}): string {
  const full = { ...DEFAULT_STYLE, ...style }
  return linesOf(value, 0, full).join(full.eol) + full.eol
}

/** The lines of a value that begins at `column`, the first one indented like the others. */
export function linesOf(value: Value, column: number, style: YamlStyle): string[] {
  const pad = ' '.repeat(column)
  if (isMap(value) && Object.keys(value).length > 0) {
    return Object.entries(value).flatMap(([key, item]) => entryLines(key, item, column, style))
  }
  if (isList(value) && value.length > 0) return value.flatMap((item) => itemLines(item, column, style))
  const { head, tail } = writeScalar(value, column === 0 ? 2 : column, style)
  return [pad + head, ...tail]
}

/** The lines of `key: value` in a block map at `column`. */
export function entryLines(key: string, value: Value, column: number, style: YamlStyle): string[] {
  const pad = ' '.repeat(column)
  const { head, tail } = writeBelowKey(value, column, style)
  const behind = head === '' ? '' : ` ${head}`
  const name = writeKey(key, style, false)
  // A key on the line of its value has a limit of 1024 characters.
  if (name.length > 1000) return [`${pad}? ${name}`, `${pad}:${behind}`, ...tail]
  return [`${pad}${name}:${behind}`, ...tail]
}

/** The lines of `- value` in a block list at `column`. */
export function itemLines(value: Value, column: number, style: YamlStyle): string[] {
  const { head, tail } = writeItem(value, column, style)
  return [`${' '.repeat(column)}- ${head}`, ...tail]
}

/** A value for a key at `column`. */
export function writeBelowKey(value: Value, column: number, style: YamlStyle, quote?: '"' | "'"): Written {
  if (style.flowLists && isShortList(value)) {
    const head = writeFlow(value, style, quote)
    if (head.length <= MAX_FLOW_LIST) return { head, tail: [] }
  }
  if (isMap(value) && Object.keys(value).length > 0) return { head: '', tail: linesOf(value, column + style.indent, style) }
  if (isList(value) && value.length > 0) return { head: '', tail: linesOf(value, column + style.listIndent, style) }
  return writeScalar(value, column + style.indent, style, quote)
}

const MAX_FLOW_LIST = 80

function isShortList(value: Value): boolean {
  return isList(value) && value.every((item) => typeof item !== 'object' && !(typeof item === 'string' && item.includes('\n')))
}

/** A value for a dash at `column`. */
export function writeItem(value: Value, column: number, style: YamlStyle, quote?: '"' | "'"): Written {
  const nested = (isMap(value) && Object.keys(value).length > 0) || (isList(value) && value.length > 0)
  if (!nested) return writeScalar(value, column + 2, style, quote)
  const [first = '', ...tail] = linesOf(value, column + 2, style)
  return { head: first.slice(column + 2), tail }
}

function writeScalar(value: Value, column: number, style: YamlStyle, quote?: '"' | "'"): Written {
  if (typeof value === 'string' && quote === undefined && fitsLiteral(value)) {
    const pad = ' '.repeat(column)
    const ended = value.endsWith('\n')
    const lines = (ended ? value.slice(0, -1) : value).split('\n')
    return { head: ended ? '|' : '|-', tail: lines.map((line) => (line === '' ? '' : pad + line)) }
  }
  return { head: writeFlow(value, style, quote), tail: [] }
}

/** Several lines of printable text that need neither an indentation indicator nor `|+`. */
function fitsLiteral(text: string): boolean {
  return (
    text.includes('\n') &&
    /^[^\s]/.test(text) &&
    !text.endsWith('\n\n') &&
    !/\n[ \t]+$|\n[ \t]+\n$/.test(text) &&
    !UNPRINTABLE.test(withoutPairs(text))
  )
}

/** A value on one line, for flow collections and scalars. */
export function writeFlow(value: Value, style: YamlStyle, quote?: '"' | "'", flow = false): string {
  if (typeof value === 'string') return writeString(value, style, quote, flow)
  if (value === null || typeof value === 'boolean') return String(value)
  // JSON, which the decoder goes through, has no other numbers.
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : 'null'
  if (isUnknown(value)) throw new Error('an unknown value cannot be written')
  if (isList(value)) return `[${value.map((item) => writeFlow(item, style, quote, true)).join(', ')}]`
  const entries = Object.entries(value as Body).map(
    ([key, item]) => `${writeKey(key, style, true)}: ${writeFlow(item, style, quote, true)}`,
  )
  return style.padded && entries.length > 0 ? `{ ${entries.join(', ')} }` : `{${entries.join(', ')}}`
}

export function writeKey(key: string, style: YamlStyle, flow: boolean): string {
  return key === '<<' ? quoted(key, style.quote) : writeString(key, style, style.json ? '"' : undefined, flow)
}

function writeString(text: string, style: YamlStyle, quote: '"' | "'" | undefined, flow: boolean): string {
  const wanted = style.json ? '"' : quote
  if (wanted === undefined && isPlain(text, flow)) return text
  const readable = text.includes('"') && !text.includes("'") ? "'" : style.quote
  return quoted(text, wanted ?? readable)
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must be escaped
const UNPRINTABLE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]/
const ESCAPED = /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g

function quoted(text: string, quote: '"' | "'"): string {
  if (quote === "'" && !UNPRINTABLE.test(withoutPairs(text)) && !/[\n\t]/.test(text)) return `'${text.replaceAll("'", "''")}'`
  return JSON.stringify(text).replace(ESCAPED, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

function withoutPairs(text: string): string {
  return text.replace(/[\ud800-\udbff][\udc00-\udfff]/g, '')
}

/** Indicators that begin something else, and `=`, which some readers resolve. */
const FIRST = /^[\s?:,[\]{}#&*!|>'"%@`=]|^-(?:[\s,[\]{}]|$)|^(?:---|\.\.\.)(?:\s|$)/
/** What readers of YAML 1.1 or 1.2 other than kubectl take for a date, a time or a number. */
const LOOKS_TYPED = /^\d{4}-\d\d?-\d\d?(?:[Tt\s].*)?$|^[-+]?\d[\d_]*(?::[0-5]?\d)+(?:\.[\d_]*)?$|^[-+]?(?:0[xob])?[\da-fA-F_]+$/

/** Whether every reader takes the plain text for this very string. */
export function isPlain(text: string, flow: boolean): boolean {
  if (text === '' || FIRST.test(text) || /[\s:]$|:\s|\s#|[\n\t]/.test(text)) return false
  if (flow && /[,[\]{}?]/.test(text)) return false
  if (UNPRINTABLE.test(withoutPairs(text))) return false
  if (resolvePlain(text) !== text || isInfinite(text)) return false
  return !(/^[-+\d]/.test(text) && LOOKS_TYPED.test(text))
}
