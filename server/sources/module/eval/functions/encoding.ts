import { decodeBase64, encodeBase64 } from '../../../../syntax/go/base64.ts'
import { decodeUtf8, encodeUtf8 } from '../../../../syntax/go/utf8.ts'
import { failed, invalidArgument } from '../failure.ts'
import { isWhollyKnown, list, object, reasonOf, text, tuple, entries, items, unknownVal, type Val } from '../value.ts'
import { define, type FunctionTable, str } from './define.ts'
import { decodeJson, encodeJson } from './json.ts'
import { decodeYaml, encodeYaml } from './yaml.ts'

/** The text of a structure. Both stay together, so that it can be taken apart although not all of it is known. */
function encoded(value: Val, encode: (value: Val) => string): Val {
  const result = isWhollyKnown(value) ? text(encode(value)) : unknownVal('string', reasonOf(value), true)
  return { ...result, encoded: generic(value) }
}

/** What decoding gives: lists become tuples, maps objects. */
function generic(value: Val): Val {
  if (value.partial) return generic(value.partial)
  const map = entries(value)
  if (map)
    return { ...object(new Map([...map].map(([key, item]) => [key, generic(item)]))), source: value.source, sensitive: value.sensitive }
  const list = items(value)
  return list ? { ...tuple(list.map(generic)), source: value.source, sensitive: value.sensitive } : value
}

function decoded(value: Val | undefined, decode: (value: Val) => Val): Val {
  if (value?.encoded) return value.encoded
  if (!value || value.data === undefined) return unknownVal('dynamic', value ? reasonOf(value) : '')
  return decode(value)
}

function percent(data: string): string {
  return encodeURIComponent(data)
    .replace(/%20/g, '+')
    .replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
}

function readCsv(data: string): string[][] {
  const rows: string[][] = []
  let row: string[] = []
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/y
  while (cell.lastIndex < data.length) {
    const match = cell.exec(data)
    if (!match) throw failed('bare " in a field that is not quoted')
    row.push(match[1] !== undefined ? match[1].replaceAll('""', '"') : (match[2] ?? ''))
    if (match[3] === ',' && cell.lastIndex < data.length) continue
    if (match[3] === ',') row.push('')
    if (row.length > 1 || row[0] !== '') rows.push(row)
    row = []
    if (match[0] === '') break
  }
  return rows
}

function decodeCsv(data: string): Val {
  const [header, ...rows] = readCsv(data)
  if (!header) throw failed('missing header line')
  const made = rows.map((row, i) => {
    if (row.length !== header.length) throw failed(`record on line ${i + 2}: wrong number of fields`)
    return object(new Map(header.map((name, column) => [name, text(row[column] ?? '')])))
  })
  const type = object(new Map(header.map((name) => [name, text('')]))).type
  return list(type, made)
}

/** The encodings that `textencodebase64` is used with. */
const CHARSETS = /^utf-?(8|16le|16be)$/i

function charset(name: string): string {
  const match = CHARSETS.exec(name)
  if (!match) throw invalidArgument(`Invalid value for "encoding" parameter: ${JSON.stringify(name)} is not a supported encoding.`)
  return (match[1] ?? '').toLowerCase()
}

function encodeText(data: string, kind: string): Uint8Array {
  if (kind === '8') return encodeUtf8(data)
  const bytes = new Uint8Array(data.length * 2)
  for (let i = 0; i < data.length; i++) {
    const code = data.charCodeAt(i)
    bytes[i * 2 + (kind === '16le' ? 0 : 1)] = code & 255
    bytes[i * 2 + (kind === '16le' ? 1 : 0)] = code >> 8
  }
  return bytes
}

function decodeText(bytes: Uint8Array, kind: string): string {
  if (kind === '8') return decodeUtf8(bytes)
  let result = ''
  for (let i = 0; i + 1 < bytes.length; i += 2) {
    const [first = 0, second = 0] = [bytes[i], bytes[i + 1]]
    result += String.fromCharCode(kind === '16le' ? first | (second << 8) : second | (first << 8))
  }
  return result
}

function fromBase64(data: string): Uint8Array {
  const bytes = decodeBase64(data)
  if (typeof bytes === 'number') throw failed(`failed to decode base64 data ${JSON.stringify(data)}`)
  return bytes
}

export const encodings: FunctionTable = {
  base64encode: define('str:string -> string', ([value]) => text(encodeBase64(encodeUtf8(str(value))))),
  base64decode: define('str:string -> string', ([value]) => {
    const decoded = decodeUtf8(fromBase64(str(value)))
    if (decoded.includes('\ufffd')) throw failed('the result of decoding the provided string is not valid UTF-8')
    return text(decoded)
  }),
  csvdecode: define('str:string', ([value]) => decodeCsv(str(value))),
  jsonencode: define('val:any?~ -> string', ([value]) => (value ? encoded(value, encodeJson) : text('null'))),
  jsondecode: define('str:string~', ([value]) => decoded(value, (value) => decodeJson(str(value)))),
  textencodebase64: define('string:string encoding:string -> string', ([value, name]) =>
    text(encodeBase64(encodeText(str(value), charset(str(name))))),
  ),
  textdecodebase64: define('source:string encoding:string -> string', ([value, name]) =>
    text(decodeText(fromBase64(str(value)), charset(str(name)))),
  ),
  urlencode: define('str:string -> string', ([value]) => text(percent(str(value)))),
  yamlencode: define('value:any?~ -> string', ([value]) => (value ? encoded(value, encodeYaml) : text('null\n'))),
  yamldecode: define('src:string~', ([value]) => decoded(value, decodeYamlValue)),
  'provider::kubernetes::manifest_decode': define('manifest:string~', ([value]) => decoded(value, decodeYamlValue)),
  'provider::kubernetes::manifest_encode': define('manifest:any~ -> string', ([value]) => (value ? encoded(value, encodeYaml) : text(''))),
}

function decodeYamlValue(value: Val): Val {
  return decodeYaml(str(value), wholeFile(value))
}

/** The file that a text is the content of, character by character. */
function wholeFile(value: Val): { readonly file: string; readonly source: Val['source'] } | undefined {
  for (let source = value.source; source; source = source.from[0]) {
    if (source.how === 'file') return { file: source.file, source: value.source }
    if (source.how !== 'computed' || source.from.length !== 1) return undefined
  }
  return undefined
}
