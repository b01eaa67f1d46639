import { fromJson } from '../data/json-in.ts'
import { toJson } from '../data/json-out.ts'
import { fromToml } from '../data/toml-in.ts'
import { toToml } from '../data/toml-out.ts'
import { fromYaml } from '../data/yaml-in.ts'
import { toYaml, toYamlPretty } from '../data/yaml-out.ts'
import { GoError } from '../errors.ts'
import { type Call, func, type GoFunction } from '../function.ts'
import { type GoText, NO_TEXT, slice, textOf } from '../text.ts'
import { ANY_LIST, ANY_MAP, type GoValue, list, map, originOfValue, setEntry } from '../value.ts'
import { text, value } from './args.ts'

type Named = readonly (readonly [string, GoFunction])[]

const ANY = 'interface {}'

type Encoder = (value: GoValue, call: Call) => GoText
type Decoder = (text: GoText) => GoValue | { readonly error: string }

const json: Encoder = (given, call) => toJson(given, call.origin, { escapeHtml: true, indent: '' })
const prettyJson: Encoder = (given, call) => toJson(given, call.origin, { escapeHtml: true, indent: '  ' })
const rawJson: Encoder = (given, call) => toJson(given, call.origin, { escapeHtml: false, indent: '' })
const yaml: Encoder = (given, call) => withoutLastBreak(toYaml(given, call.origin))
const prettyYaml: Encoder = (given, call) => withoutLastBreak(toYamlPretty(given, call.origin))

/** The error is the template's with `must`; without it the result is empty, or tells it. */
function encoder(encode: Encoder, onError: 'throw' | 'empty' | 'tell'): GoFunction {
  return func(ANY, (args, call) => {
    try {
      return encode(value(args, 0), call)
    } catch (error) {
      if (!(error instanceof GoError) || onError === 'throw') throw error
      return onError === 'empty' ? NO_TEXT : textOf(error.message, call.origin)
    }
  })
}

/** Helm's decoders never fail: the message of the error is in the result. */
function mapDecoder(decode: Decoder, language: 'YAML' | 'JSON' | 'TOML'): GoFunction {
  return func('string', (args) => {
    const decoded = decode(text(args, 0))
    const origin = originOfValue(text(args, 0))
    if (!('error' in decoded)) {
      if (decoded.kind === 'map') return decoded
      // A document of nothing leaves Go with a nil map.
      if (decoded.kind === 'nil') return { ...map([], origin), isNil: true }
    }
    const result = map([], origin)
    setEntry(result, 'Error', textOf('error' in decoded ? decoded.error : mismatch(decoded, ANY_MAP, language), origin))
    return result
  })
}

function listDecoder(decode: Decoder, language: 'YAML' | 'JSON'): GoFunction {
  return func('string', (args) => {
    const decoded = decode(text(args, 0))
    const origin = originOfValue(text(args, 0))
    if (!('error' in decoded)) {
      if (decoded.kind === 'list') return decoded
      if (decoded.kind === 'nil') return { ...list([], origin), isNil: true }
    }
    return list([textOf('error' in decoded ? decoded.error : mismatch(decoded, ANY_LIST, language), origin)], origin)
  })
}

function mismatch(decoded: GoValue, type: string, language: 'YAML' | 'JSON' | 'TOML'): string {
  const kind = decoded.kind === 'list' ? 'array' : decoded.kind === 'map' ? 'object' : decoded.kind === 'float' ? 'number' : decoded.kind
  const message = `json: cannot unmarshal ${kind} into Go value of type ${type}`
  return language === 'YAML' ? `error unmarshaling JSON: while decoding JSON: ${message}` : message
}

const mustFromJson = func('string', (args) => {
  const decoded = fromJson(text(args, 0))
  if ('error' in decoded) throw new GoError(decoded.error)
  return decoded
})

/** Data in and out as Helm has it; what sprig has under the same name is replaced by it. */
export function dataFunctions(helm: 3 | 4): Named {
  return [
    ['toJson', encoder(json, 'empty')],
    ['mustToJson', encoder(json, 'throw')],
    ['toPrettyJson', encoder(prettyJson, 'empty')],
    ['mustToPrettyJson', encoder(prettyJson, 'throw')],
    ['toRawJson', encoder(rawJson, 'throw')],
    ['mustToRawJson', encoder(rawJson, 'throw')],
    ['fromJson', mapDecoder(fromJson, 'JSON')],
    ['fromJsonArray', listDecoder(fromJson, 'JSON')],
    ['mustFromJson', mustFromJson],
    ['toYaml', encoder(yaml, 'empty')],
    ['toYamlPretty', encoder(prettyYaml, 'empty')],
    ...(helm === 4 ? ([['mustToYaml', encoder(yaml, 'throw')]] as const) : []),
    ['fromYaml', mapDecoder(fromYaml, 'YAML')],
    ['fromYamlArray', listDecoder(fromYaml, 'YAML')],
    ['toToml', encoder((given, call) => toToml(given, call.origin), 'tell')],
    ['fromToml', mapDecoder(fromToml, 'TOML')],
  ]
}

function withoutLastBreak(given: GoText): GoText {
  return given.text.endsWith('\n') ? slice(given, 0, given.text.length - 1) : given
}
