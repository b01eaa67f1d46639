import { utf8ToBytes } from '@noble/hashes/utils.js'
import { basename, compareText } from '../../text/path.ts'
import { envDoc, plainDoc } from './document.ts'
import type { Loader } from './loader.ts'
import { MapNode, type Node, type Origin, type Scalar, textNode } from './node.ts'
import { flag, map, pairs, scalar, scalars, text } from './reading.ts'
import { type Behavior, makeResource, type Resource } from './resource.ts'

/** The ConfigMap or Secret that one entry of a generator field makes; undefined when it cannot be made. */
export function generate(kind: 'ConfigMap' | 'Secret', args: MapNode, globals: MapNode | undefined, loader: Loader): Resource | undefined {
  const name = scalar(args, 'name')
  if (!name) {
    loader.log.problem(args, `A generated ${kind} needs a name.`)
    return undefined
  }
  const options = optionsOf(map(args, 'options'), globals)
  const { data, binaryData } = dataOf(kind, args, loader)
  const at: Origin = args.from
  const entries = new Map<string, Node>([
    ['apiVersion', textNode('v1', at)],
    ['kind', textNode(kind, at)],
    ['metadata', metadata(name, scalar(args, 'namespace'), options, at)],
  ])
  if (kind === 'Secret') entries.set('type', scalar(args, 'type') ?? textNode('Opaque', at))
  if (data.size > 0 || kind === 'Secret') entries.set('data', new MapNode(at, sorted(data)))
  if (binaryData.size > 0) entries.set('binaryData', new MapNode(at, sorted(binaryData)))
  if (options.immutable) entries.set('immutable', { kind: 'scalar', text: 'true', tag: 'bool', quoted: false, from: at })
  return {
    ...makeResource(new MapNode(at, entries)),
    behavior: behaviorOf(text(args, 'behavior')),
    needsHash: !options.disableNameSuffixHash,
  }
}

interface Pair {
  readonly key: string
  readonly value: Scalar
  /** The content of a file that is no text. */
  readonly bytes?: Uint8Array
}

function dataOf(kind: 'ConfigMap' | 'Secret', args: MapNode, loader: Loader): Record<'data' | 'binaryData', Map<string, Node>> {
  const data = new Map<string, Node>()
  const binaryData = new Map<string, Node>()
  for (const { key, value, bytes } of readPairs(args, loader)) {
    if (!/^[-._a-zA-Z0-9]+$/.test(key)) loader.log.problem(value.from, `"${key}" is no valid key: letters, digits, "-", "_" and "." only.`)
    else if (data.has(key) || binaryData.has(key)) loader.log.problem(value.from, `"${key}" is there twice: kustomize refuses it.`)
    else if (value.tag === 'unknown') data.set(key, value)
    else if (kind === 'Secret') data.set(key, { ...value, text: encodeBase64(bytes ?? utf8ToBytes(value.text)) })
    else if (bytes) binaryData.set(key, { ...value, text: encodeBase64(bytes) })
    else data.set(key, value)
  }
  return { data, binaryData }
}

function behaviorOf(behavior: string): Behavior {
  return behavior === 'create' || behavior === 'replace' || behavior === 'merge' ? behavior : 'unspecified'
}

interface Options {
  readonly labels: ReadonlyMap<string, Scalar>
  readonly annotations: ReadonlyMap<string, Scalar>
  readonly disableNameSuffixHash: boolean
  readonly immutable: boolean
}

/** The generator's own options, and the kustomization's where it says nothing; flags are on when either says so. */
function optionsOf(local: MapNode | undefined, globals: MapNode | undefined): Options {
  const merged = (name: string): Map<string, Scalar> => new Map([...pairs(globals, name), ...pairs(local, name)])
  const either = (name: string): boolean => flag(local, name) || flag(globals, name)
  return {
    labels: merged('labels'),
    annotations: merged('annotations'),
    disableNameSuffixHash: either('disableNameSuffixHash'),
    immutable: either('immutable'),
  }
}

function metadata(name: Scalar, namespace: Scalar | undefined, options: Options, at: Origin): MapNode {
  const entries = new Map<string, Node>([['name', { ...name, tag: 'str' }]])
  if (namespace) entries.set('namespace', { ...namespace, tag: 'str' })
  for (const field of ['labels', 'annotations'] as const) {
    if (options[field].size === 0) continue
    const texts = new Map([...options[field]].map(([key, value]): [string, Node] => [key, { ...value, tag: 'str' }]))
    entries.set(field, new MapNode(at, sorted(texts)))
  }
  return new MapNode(at, entries)
}

function sorted(entries: ReadonlyMap<string, Node>): Map<string, Node> {
  return new Map([...entries].sort(([a], [b]) => compareText(a, b)))
}

/** In kustomize's order: env files, literals, files. */
function readPairs(args: MapNode, loader: Loader): Pair[] {
  const env = scalar(args, 'env')
  const envs = [...scalars(args, 'envs'), ...(env ? [env] : [])]
  return [
    ...envs.flatMap((entry) => envPairs(entry, loader)),
    ...scalars(args, 'literals').flatMap((entry) => literalPair(entry, loader)),
    ...scalars(args, 'files').flatMap((entry) => filePair(entry, loader)),
  ]
}

function envPairs(entry: Scalar, loader: Loader): Pair[] {
  const file = loader.read(entry)
  if (!file || file === 'remote' || file.problem) {
    if (file) loader.log.unknown(`The content of ${entry.text} is not known: the keys that it holds are missing.`)
    return []
  }
  const { doc, lines } = envDoc(file)
  return lines.map(({ key, value, node }) => ({ key, value: textNode(value, { doc, node, before: entry.from }) }))
}

function literalPair(entry: Scalar, loader: Loader): Pair[] {
  const equals = entry.text.indexOf('=')
  if (equals <= 0) {
    loader.log.problem(entry, 'A literal is written key=value.')
    return []
  }
  const value = entry.text.slice(equals + 1)
  const quote = value.charAt(0)
  const quoted = value.length >= 2 && (quote === '"' || quote === "'") && value.endsWith(quote)
  return [{ key: entry.text.slice(0, equals), value: textNode(quoted ? value.slice(1, -1) : value, entry.from) }]
}

function filePair(entry: Scalar, loader: Loader): Pair[] {
  const parts = entry.text.split('=')
  const [first = '', path = first] = parts
  if (parts.length > 2 || (parts.length === 2 && (first === '' || path === ''))) {
    loader.log.problem(entry, 'A file is written path or key=path.')
    return []
  }
  const key = parts.length === 1 ? basename(path) : first
  const file = loader.read(entry, path)
  if (!file) return []
  if (file !== 'remote' && (file.bytes || !file.problem)) {
    const value = textNode(file.text, { doc: plainDoc(file), node: 0, before: entry.from })
    return [file.bytes ? { key, value, bytes: file.bytes } : { key, value }]
  }
  loader.log.unknown(`The content of ${path} is not known, so neither is the hash in the name.`)
  return [{ key, value: { kind: 'scalar', text: `the content of ${path}`, tag: 'unknown', quoted: false, from: entry.from } }]
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/** Base64 in lines of 70 characters, each with its line end, when it takes more than one. */
function encodeBase64(bytes: Uint8Array): string {
  let encoded = ''
  for (let i = 0; i < bytes.length; i += 3) {
    const [a = 0, b, c] = bytes.subarray(i, i + 3)
    encoded += ALPHABET.charAt(a >> 2) + ALPHABET.charAt(((a & 3) << 4) | ((b ?? 0) >> 4))
    encoded += b === undefined ? '=' : ALPHABET.charAt(((b & 15) << 2) | ((c ?? 0) >> 6))
    encoded += c === undefined ? '=' : ALPHABET.charAt(c & 63)
  }
  return encoded.length < 70 ? encoded : encoded.replace(/.{1,70}/g, '$&\n')
}
