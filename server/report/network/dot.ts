import type { Graph } from '../access/mermaid.ts'
import { printable } from '../printable.ts'

/** A graph in Graphviz' language; what is only possible is dashed. */
export function dot({ edges }: Graph): string {
  const lines = new Set(
    edges.map(({ from, to, label, sure }) => {
      const attributes = [...(label ? [`label=${quoted(label)}`] : []), ...(sure ? [] : ['style=dashed'])]
      return `  ${quoted(from)} -> ${quoted(to)}${attributes.length > 0 ? ` [${attributes.join(', ')}]` : ''}`
    }),
  )
  return `${['digraph connections {', '  rankdir=LR', '  node [shape=box]', ...lines, '}'].join('\n')}\n`
}

function quoted(text: string): string {
  return `"${printable(text).replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', ' ')}"`
}
