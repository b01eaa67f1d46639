import { printable } from '../printable.ts'

/** Arrows between names; a name is one box wherever it occurs. */
export interface Graph {
  readonly edges: { readonly from: string; readonly to: string; readonly label?: string; readonly sure: boolean }[]
}

/** A Mermaid flowchart, each arrow once; what is only possible is dotted. Nothing of a name is read as Mermaid's own syntax. */
export function mermaid({ edges }: Graph): string {
  const ids = new Map<string, string>()
  const boxes: string[] = []
  const box = (name: string): string => {
    const known = ids.get(name)
    if (known) return known
    const id = `n${ids.size + 1}`
    ids.set(name, id)
    boxes.push(`  ${id}[${quoted(name)}]`)
    return id
  }
  const arrows = new Set(
    edges.map(({ from, to, label, sure }) => {
      const [start, end] = [box(from), box(to)]
      return `  ${start} ${sure ? '-->' : '-.->'}${label ? `|${quoted(label)}|` : ''} ${end}`
    }),
  )
  return `${['flowchart LR', ...boxes, ...arrows].join('\n')}\n`
}

function quoted(text: string): string {
  return `"${printable(text).replaceAll('\n', ' ').replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;').replaceAll('`', "'")}"`
}
