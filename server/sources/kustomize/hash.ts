import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import { hasUnknown, isList, isMap, type Value } from '../../model/value.ts'
import { compareText } from '../../text/path.ts'
import { type MapNode, plainOf } from './node.ts'
import { scalarText } from './resource.ts'

/** The suffix of a generated name (`api/hasher`); undefined when something of the content is not known. */
export function contentHash(node: MapNode): string | undefined {
  const kind = scalarText(node.get('kind'))
  const content = kind === 'ConfigMap' || kind === 'Secret' ? contentOf(node, kind) : node.value
  if (hasUnknown(content)) return undefined
  return encode(bytesToHex(sha256(utf8ToBytes(goJson(content)))))
}

function contentOf(node: MapNode, kind: string): Value {
  const at = (field: string): Value => {
    const found = node.get(field)
    return found === undefined ? '' : found.kind === 'scalar' ? found.text : plainOf(found)
  }
  const extra = kind === 'Secret' ? 'stringData' : 'binaryData'
  const more = at(extra)
  return {
    kind,
    // The name is looked up under a path that no object has, so it never counts.
    name: '',
    data: at('data'),
    ...(kind === 'Secret' ? { type: at('type') } : {}),
    ...(isMap(more) ? { [extra]: more } : {}),
  }
}

const LETTERS: Readonly<Record<string, string>> = { '0': 'g', '1': 'h', '3': 'k', a: 'm', e: 't' }

/** Ten digits without vowels and what looks like them, so that no name spells a word. */
function encode(hex: string): string {
  return [...hex.slice(0, 10)].map((digit) => LETTERS[digit] ?? digit).join('')
}

/** JSON as Go's encoder writes it: sorted keys, and `<`, `>`, `&` escaped. */
export function goJson(value: Value): string {
  if (isList(value)) return `[${value.map(goJson).join(',')}]`
  if (isMap(value)) {
    const keys = Object.keys(value).sort(compareText)
    return `{${keys.map((key) => `${goText(key)}:${goJson(value[key] ?? null)}`).join(',')}}`
  }
  return typeof value === 'string' ? goText(value) : JSON.stringify(value)
}

function goText(text: string): string {
  return JSON.stringify(text).replace(/[<>&\u2028\u2029]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
