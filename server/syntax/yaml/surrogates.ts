import type { Span } from '../../text/span.ts'
import { COLUMNS, type YamlTree } from './tree.ts'

/** One half of a character: goyaml refuses it as an escape, though JSON has it. */
const SURROGATE = /^"(?:[^"\\]|\\.)*?\\u[dD][89a-fA-F][0-9a-fA-F]{2}/s

/** The first double-quoted scalar with such an escape, of which every decoder in Go says that it cannot be read. */
export function surrogateEscape(text: string, tree: YamlTree): Span | undefined {
  if (!/\\u[dD][89a-fA-F]/.test(text)) return undefined
  for (let node = 0; node < tree.keys.length; node++) {
    for (const column of [0, 2]) {
      const start = tree.positions[node * COLUMNS + column] ?? -1
      const end = tree.positions[node * COLUMNS + column + 1] ?? -1
      if (start >= 0 && text[start] === '"' && SURROGATE.test(text.slice(start, end))) return { start, end }
    }
  }
  return undefined
}
