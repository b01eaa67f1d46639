import { applySpec, type FieldSpec, type Report } from './fieldspec.ts'
import { isSelected } from './gvk.ts'
import { type Node, replacing, plainOf } from './node.ts'
import { scalar, text } from './reading.ts'
import { allIds, type Resource, withNode } from './resource.ts'

/** Sets the replicas of every object that was ever called by the entry's name; undefined when there is none. */
export function setReplicas(
  resources: readonly Resource[],
  entry: Node,
  specs: readonly FieldSpec[],
  report: Report,
): Resource[] | undefined {
  const name = text(entry, 'name')
  const count = scalar(entry, 'count')
  const number = count ? plainOf(count) : 0
  const from = count?.from ?? entry.from
  const set = (node: Node): Node =>
    replacing({ kind: 'scalar', text: String(number), tag: 'int', quoted: node.kind === 'scalar' && node.quoted, from }, node)
  let found = false
  const result = resources.map((resource) => {
    let node = resource.node
    for (const spec of specs) {
      if (!allIds(resource).some((id) => id.name === name && isSelected(id, spec))) continue
      found = true
      node = applySpec(node, spec, { set, create: 'scalar', by: from, report })
    }
    return withNode(resource, node)
  })
  return found ? result : undefined
}
