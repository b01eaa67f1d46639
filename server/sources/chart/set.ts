import { isSpace } from '../../syntax/go/unicode.ts'
import { parseInt64 } from '../../syntax/go/integer.ts'
import { quote } from '../../syntax/go/quote.ts'
import { fromJson } from '../../syntax/go-template/data/json-in.ts'
import type { Cell, CellSource, Origin } from '../../syntax/go-template/provenance.ts'
import { textOf } from '../../syntax/go-template/text.ts'
import { bool, type GoList, type GoMap, type GoValue, int, list, map, nil, setEntry } from '../../syntax/go-template/value.ts'

export type SetKind = 'set' | 'set-string' | 'set-json' | 'set-file' | 'set-literal'

/** One assignment of the command line, or of a `set` block elsewhere. */
export interface SetOption {
  readonly kind: SetKind
  readonly text: string
}

const MAX_INDEX = 65536
const MAX_DEPTH = 30

class SetError extends Error {}

/** Assigns as Helm's strvals does, into `target`. Answers with Helm's words when the text cannot be read. */
export function assign(option: SetOption, target: GoMap, readFile: (path: string) => string | undefined): string | undefined {
  try {
    new Parser(option, readFile).run(target)
    return undefined
  } catch (error) {
    if (error instanceof SetError) return error.message
    throw error
  }
}

/** The stops that end a key; in a literal a comma is like any other character. */
const KEY_STOPS: Readonly<Record<'plain' | 'literal', string>> = { plain: '=[,.', literal: '=[.' }

class Parser {
  readonly #chars: readonly string[]
  readonly #kind: SetKind
  readonly #source: CellSource
  readonly #readFile: (path: string) => string | undefined
  #at = 0

  constructor(option: SetOption, readFile: (path: string) => string | undefined) {
    this.#chars = [...option.text]
    this.#kind = option.kind
    this.#source = { name: `--${option.kind} ${option.text}` }
    this.#readFile = readFile
  }

  run(target: GoMap): void {
    while (this.#at < this.#chars.length) this.#key(target, this.#root(), 0)
  }

  #root(): Cell {
    return { kind: 'cell', source: this.#source, parent: undefined, step: '' }
  }

  #cell(parent: Cell, step: string | number): Cell {
    return { kind: 'cell', source: this.#source, parent, step }
  }

  #key(target: GoMap, at: Cell, depth: number): void {
    const literal = this.#kind === 'set-literal'
    const { text: key, stop } = this.#until(literal ? KEY_STOPS.literal : KEY_STOPS.plain)
    if (stop === '') {
      if (key === '') return
      throw new SetError(`key ${quote(key)} has no value`)
    }
    const cell = this.#cell(at, key)
    if (stop === '[') {
      const index = this.#index()
      const known = target.entries.get(key)?.value
      if (known && known.kind !== 'list') throw conversion(known, '[]interface {}')
      this.#set(target, key, this.#listItem(known?.kind === 'list' ? known : list([], cell), index, cell, depth), cell)
      return
    }
    if (stop === '=') {
      this.#assign(target, key, cell)
      return
    }
    if (stop === ',') {
      this.#set(target, key, textOf('', cell), cell)
      throw new SetError(`key ${quote(key)} has no value (cannot end with ,)`)
    }
    if (depth + 1 > MAX_DEPTH) throw tooDeep()
    const known = target.entries.get(key)?.value
    if (known && known.kind !== 'map') throw conversion(known, 'map[string]interface {}')
    const inner = known ?? map([], cell)
    const end = this.#at >= this.#chars.length
    this.#key(inner, cell, depth + 1)
    if (inner.entries.size === 0 && !end) throw new SetError(`key map ${quote(key)} has no value`)
    if (inner.entries.size > 0) this.#set(target, key, inner, cell)
  }

  #set(target: GoMap, key: string, value: GoValue, cell: Cell): void {
    if (key !== '') setEntry(target, key, value, textOf(key, { ...cell, isKey: true }))
  }

  #assign(target: GoMap, key: string, cell: Cell): void {
    this.#set(target, key, this.#assigned(cell), cell)
  }

  /** The value behind a `=`. */
  #assigned(cell: Cell): GoValue {
    if (this.#kind === 'set-literal') return textOf(this.#rest(), cell)
    if (this.#kind === 'set-json') return this.#json(cell)
    if (this.#at >= this.#chars.length) return textOf('', cell)
    if (this.#chars[this.#at] === '{') return this.#valueList(cell)
    return this.#typed(this.#until(',').text, cell)
  }

  #rest(): string {
    const rest = this.#chars.slice(this.#at).join('')
    this.#at = this.#chars.length
    return rest
  }

  #typed(text: string, cell: Cell): GoValue {
    if (this.#kind === 'set-string') return textOf(text, cell)
    if (this.#kind === 'set-file') {
      const content = this.#readFile(text)
      if (content === undefined) throw new SetError(`open ${text}: no such file or directory`)
      return textOf(content, cell)
    }
    const lower = text.toLowerCase()
    if (lower === 'true' || lower === 'false') return bool(lower === 'true', cell)
    if (lower === 'null') return nil(cell)
    if (text === '0') return int(0n, cell, 'int64')
    const integer = text !== '' && !text.startsWith('0') ? parseInt64(text, 10) : undefined
    return integer === undefined ? textOf(text, cell) : int(integer, cell, 'int64')
  }

  #valueList(cell: Cell): GoList {
    this.#at++
    const items: GoValue[] = []
    for (;;) {
      const { text, stop } = this.#until(',}')
      if (stop === '') throw new SetError("list must terminate with '}'")
      items.push(this.#typed(text, this.#cell(cell, items.length)))
      if (stop === ',') continue
      if (this.#chars[this.#at] === ',') this.#at++
      return list(items, cell)
    }
  }

  #json(cell: Cell): GoValue {
    if (this.#skipBlank()) return nil(cell)
    const rest = this.#chars.slice(this.#at).join('')
    // The value ends where the text before it is whole JSON: at a comma outside, or at the end.
    for (const end of jsonEnds(rest)) {
      const parsed = fromJson(textOf(rest.slice(0, end), cell))
      if ('error' in parsed) continue
      this.#at += [...rest.slice(0, end)].length
      this.#skipBlank()
      return withCells(parsed, cell)
    }
    throw new SetError('invalid JSON')
  }

  /** Passes over white space and a comma behind it; whether nothing else was there. */
  #skipBlank(): boolean {
    for (; this.#at < this.#chars.length; this.#at++) {
      const char = this.#chars[this.#at] ?? ''
      if (char === ',') {
        this.#at++
        return true
      }
      if (!isSpace(char)) return false
    }
    return true
  }

  #index(): number {
    const { text, stop } = this.#until(']')
    if (stop === '') throw new SetError('error parsing index: EOF')
    if (!/^[+-]?\d+$/.test(text)) throw new SetError(`error parsing index: strconv.Atoi: parsing ${quote(text)}: invalid syntax`)
    return Number(text)
  }

  #listItem(target: GoList, index: number, at: Cell, depth: number): GoList {
    if (index < 0) throw new SetError(`negative ${index} index not allowed`)
    if (index > MAX_INDEX) throw new SetError(`index of ${index} is greater than maximum supported index of ${MAX_INDEX}`)
    const { text, stop } = this.#until('[.=')
    if (text !== '') throw new SetError(`unexpected data at end of array index: ${quote(text)}`)
    const cell = this.#cell(at, index)
    const known = target.items[index]
    if (stop === '=') return withItem(target, index, this.#assigned(cell))
    if (stop === '[') {
      const next = this.#index()
      if (known && known.kind !== 'nil' && known.kind !== 'list') throw conversion(known, '[]interface {}')
      return withItem(target, index, this.#listItem(known?.kind === 'list' ? known : list([], cell), next, cell, depth))
    }
    if (stop === '.') {
      const inner = known?.kind === 'map' ? known : map([], cell)
      this.#key(inner, cell, depth)
      return withItem(target, index, inner)
    }
    throw new SetError('parse error: unexpected token 0')
  }

  /** Characters up to a stop; a backslash takes the next one as it is. The stop is '' at the end. */
  #until(stops: string): { text: string; stop: string } {
    let text = ''
    for (; this.#at < this.#chars.length; this.#at++) {
      const char = this.#chars[this.#at] ?? ''
      if (stops.includes(char)) {
        this.#at++
        return { text, stop: char }
      }
      if (char === '\\' && this.#kind !== 'set-literal') {
        this.#at++
        text += this.#chars[this.#at] ?? ''
      } else text += char
    }
    return { text, stop: '' }
  }
}

function withItem(target: GoList, index: number, value: GoValue): GoList {
  const items = [...target.items]
  while (items.length <= index) items.push(nil(target.origin))
  items[index] = value
  return { ...target, items }
}

/** Where a JSON value at the beginning of a text may end. */
function* jsonEnds(text: string): Iterable<number> {
  yield text.length
  for (let at = text.indexOf(','); at >= 0; at = text.indexOf(',', at + 1)) yield at
}

function withCells(value: GoValue, cell: Origin): GoValue {
  if (value.kind === 'string') return textOf(value.text, cell)
  if (value.kind === 'list') return { ...value, items: value.items.map((item) => withCells(item, cell)), origin: cell }
  if (value.kind !== 'map') return { ...value, origin: cell }
  return map(
    [...value.entries].map(([key, entry]) => [key, { key: textOf(key, cell), value: withCells(entry.value, cell) }] as const),
    cell,
  )
}

function conversion(value: GoValue, type: string): SetError {
  const own =
    value.kind === 'string'
      ? 'string'
      : value.kind === 'float'
        ? 'float64'
        : value.kind === 'nil'
          ? 'nil'
          : value.kind === 'list'
            ? '[]interface {}'
            : value.kind === 'map'
              ? 'map[string]interface {}'
              : value.kind
  return new SetError(`unable to parse key: interface conversion: interface {} is ${own}, not ${type}`)
}

function tooDeep(): SetError {
  return new SetError(`value name nested level is greater than maximum supported nested level of ${MAX_DEPTH}`)
}
