import { toYaml } from '../../syntax/go-template/data/yaml-out.ts'
import type { Origin as TextOrigin } from '../../syntax/go-template/provenance.ts'
import { type GoText, textOf } from '../../syntax/go-template/text.ts'
import { bool, float, type GoValue, int, list, map, nil } from '../../syntax/go-template/value.ts'
import { compareText } from '../../text/path.ts'
import { type Node, type Origin, plainOf } from './node.ts'
import type { Resource } from './resource.ts'

/** The output of a build. */
export interface Printed {
  readonly text: string
  /** For the lines (from 0) that hold a value: who wrote it. */
  readonly lines: readonly { readonly line: number; readonly from: Origin }[]
}

/** What `kubectl kustomize` prints: objects with sorted keys, a line of dashes between two of them. */
export function printObjects(objects: readonly Pick<Resource, 'node'>[]): Printed {
  const lines: { line: number; from: Origin }[] = []
  let text = ''
  let line = 0
  for (const { node } of objects) {
    if (text !== '') {
      text += '---\n'
      line++
    }
    const known: Origin[] = []
    const written = toYaml(goValue(node, known), ADDED)
    for (const { at, from } of writersOf(written, known)) lines.push({ line: line + at, from })
    text += written.text
    line += lineBreaks(written.text)
  }
  return { text, lines }
}

const ADDED: TextOrigin = { kind: 'built-in', name: '' }

/** The value for the writer of YAML, whose pieces of text remember by number which origin they have. */
function goValue(node: Node, known: Origin[]): GoValue {
  const origin: TextOrigin = { kind: 'built-in', name: String(known.push(node.from) - 1) }
  if (node.kind === 'map') {
    const entries = [...node.entries].sort(([a], [b]) => compareText(a, b))
    return map(
      entries.map(([key, value]) => {
        const written = goValue(value, known)
        return [key, { value: written, key: textOf(key, ADDED) }]
      }),
      origin,
    )
  }
  if (node.kind === 'list')
    return list(
      node.items.map((item) => goValue(item, known)),
      origin,
    )
  const value = plainOf(node)
  if (value === null) return nil(origin)
  if (typeof value === 'boolean') return bool(value, origin)
  if (typeof value === 'number')
    return Number.isInteger(value) && Math.abs(value) < 1e21 ? int(BigInt(value), origin, 'int64') : float(value, origin)
  return textOf(typeof value === 'string' ? value : node.text, origin)
}

/** The first origin of each line. */
function writersOf({ text, pieces }: GoText, known: readonly Origin[]): { at: number; from: Origin }[] {
  const writers: { at: number; from: Origin }[] = []
  let line = 0
  let offset = 0
  for (const { length, origin } of pieces) {
    const from = origin.kind === 'built-in' && origin.name !== '' ? known[Number(origin.name)] : undefined
    if (from && length > 0 && writers.at(-1)?.at !== line) writers.push({ at: line, from })
    line += lineBreaks(text.slice(offset, offset + length))
    offset += length
  }
  return writers
}

function lineBreaks(text: string): number {
  return text.split('\n').length - 1
}
