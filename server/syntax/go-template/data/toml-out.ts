import { formatFloat } from '../../go/float.ts'
import { formatTime, RFC3339_NANO } from '../../go/time.ts'
import { compareBytes } from '../../go/utf8.ts'
import { GoError } from '../errors.ts'
import type { Origin } from '../provenance.ts'
import { type GoText, slice, TextBuilder } from '../text.ts'
import { type GoList, type GoMap, type GoValue, kindOf, map, originOfValue, setEntry, sortedKeys } from '../value.ts'

const MAX_DEPTH = 500

/** `toml.Encoder` of BurntSushi. Throws what Go answers for values that TOML has not. */
export function toToml(value: GoValue, added: Origin): GoText {
  const writer = new Writer(added)
  writer.encode([], value)
  return writer.out.build()
}

/** A struct is a table of its fields. */
function asMap(value: GoValue): GoValue {
  if (value.kind !== 'struct' || value.string !== undefined) return value
  const table = map([], value.origin)
  for (const [name, field] of value.fields) setEntry(table, name, field)
  return table
}

class Writer {
  readonly out = new TextBuilder()
  readonly #added: Origin

  constructor(added: Origin) {
    this.#added = added
  }

  encode(key: readonly string[], given: GoValue): void {
    if (key.length > MAX_DEPTH) throw new GoError('toml: nested too deep')
    const value = asMap(given)
    if (value.kind === 'nil') return
    if (value.kind === 'map') {
      if (!value.isNil) this.#table(key, value)
    } else if (isTableArray(value)) this.#tables(key, value)
    else this.#keyValue(key, value)
  }

  #add(text: string): void {
    this.out.add(text, this.#added)
  }

  #newline(): void {
    if (this.out.length > 0) this.#add('\n')
  }

  #table(key: readonly string[], value: GoMap): void {
    if (key.length === 1) this.#newline()
    if (key.length > 0) {
      this.#add(`${indentation(key)}[${key.map(maybeQuoted).join('.')}]`)
      this.#newline()
    }
    this.#entries(key, value)
  }

  #tables(key: readonly string[], value: GoList): void {
    if (key.length === 0) throw new GoError('toml: top-level values must be Go maps or structs')
    for (const item of value.items.map(asMap)) {
      if (item.kind !== 'map' || item.isNil) continue
      this.#newline()
      this.#add(`${indentation(key)}[[${key.map(maybeQuoted).join('.')}]]`)
      this.#newline()
      this.#entries(key, item)
    }
  }

  #entries(key: readonly string[], value: GoMap): void {
    const keys = sortedKeys(value, compareBytes)
    const isSub = (name: string): boolean => isTable(value.entries.get(name)?.value)
    for (const name of [...keys.filter((each) => !isSub(each)), ...keys.filter(isSub)]) {
      const item = value.entries.get(name)?.value
      if (item && !isNilValue(item)) this.encode([...key, name], item)
    }
  }

  #keyValue(key: readonly string[], value: GoValue): void {
    if (key.length === 0) {
      this.#element(value, 0)
      return
    }
    this.#add(`${indentation(key)}${maybeQuoted(key[key.length - 1] ?? '')} = `)
    this.#element(value, 0)
    this.#newline()
  }

  #element(given: GoValue, depth: number): void {
    const value = asMap(given)
    if (depth > MAX_DEPTH) throw new GoError('toml: nested too deep')
    switch (value.kind) {
      case 'string':
        this.#quoted(value)
        return
      case 'bool':
      case 'int':
        this.out.add(String(value.value), value.origin, 0)
        return
      case 'float':
        this.out.add(tomlFloat(value.value), value.origin, 0)
        return
      case 'time':
        this.out.add(formatTime(value, RFC3339_NANO), value.origin)
        return
      case 'struct':
        this.#add(JSON.stringify(value.string ?? ''))
        return
      case 'list':
        this.#add('[')
        value.items.forEach((item, i) => {
          if (i > 0) this.#add(', ')
          this.#element(item, depth + 1)
        })
        this.#add(']')
        return
      case 'map':
        this.#inline(value, depth)
        return
      default:
        throw new GoError(`unexpected type: ${kindOf(value)}`)
    }
  }

  #inline(value: GoMap, depth: number): void {
    const keys = sortedKeys(value, compareBytes)
    const isSub = (name: string): boolean => isTable(value.entries.get(name)?.value)
    const [direct, sub] = [keys.filter((each) => !isSub(each)), keys.filter(isSub)]
    this.#add('{')
    for (const [group, trailing] of [
      [direct, sub.length > 0],
      [sub, false],
    ] as const) {
      group.forEach((name, i) => {
        const item = value.entries.get(name)?.value
        if (!item || isNilValue(item)) return
        this.#add(`${maybeQuoted(name)} = `)
        this.#element(item, depth + 1)
        if (trailing || i !== group.length - 1) this.#add(', ')
      })
    }
    this.#add('}')
  }

  #quoted(value: GoText): void {
    const { text } = value
    this.#add('"')
    let plain = 0
    for (const match of text.matchAll(SPECIAL)) {
      this.out.push(slice(value, plain, match.index))
      this.out.add(escaped(match[0]), originOfValue(slice(value, match.index, match.index + 1)))
      plain = match.index + 1
    }
    this.out.push(slice(value, plain))
    this.#add('"')
  }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: TOML escapes them.
const SPECIAL = /[\x00-\x1f"\\\x7f]/g

const SHORT: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\f': '\\f',
  '\r': '\\r',
}

function escaped(char: string): string {
  return SHORT[char] ?? `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`
}

function indentation(key: readonly string[]): string {
  return '  '.repeat(key.length - 1)
}

function maybeQuoted(key: string): string {
  if (key === '') return '""'
  return /^[A-Za-z0-9_-]+$/.test(key) ? key : `"${key.replace(SPECIAL, escaped)}"`
}

function isNilValue(value: GoValue): boolean {
  return value.kind === 'nil' || ((value.kind === 'map' || value.kind === 'list') && value.isNil === true)
}

function isTable(value: GoValue | undefined): boolean {
  if (!value) return false
  const table = asMap(value)
  return table.kind === 'map' ? !table.isNil : isTableArray(table)
}

function isTableArray(value: GoValue): value is GoList {
  if (value.kind !== 'list' || value.items.length === 0) return false
  if (value.items.some(isNilValue)) throw new GoError('toml: cannot encode array with nil element')
  return value.items.every((item) => asMap(item).kind === 'map')
}

function tomlFloat(value: number): string {
  if (Number.isNaN(value)) return 'nan'
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf'
  const text = formatFloat(value, 'f', -1)
  return text.includes('.') ? text : `${text}.0`
}
