import { applySpecs, type FieldSpec, type Report } from './fieldspec.ts'
import { MapNode, type Node, replacing, type Scalar } from './node.ts'
import { type Resource, withNode } from './resource.ts'

/** Writes labels or annotations into every field of the specs. */
export function addTexts(
  resources: readonly Resource[],
  texts: readonly (readonly [string, Scalar])[],
  specs: readonly FieldSpec[],
  report: Report,
): Resource[] {
  if (texts.length === 0) return [...resources]
  return resources.map((resource) => {
    let node = resource.node
    for (const [key, value] of texts) {
      const set = (field: Node): Node => {
        if (field.kind !== 'map') {
          report(`"${key}" cannot be set on ${resource.id.kind} ${resource.id.name}: there is no map in its place.`)
          return field
        }
        const old = field.get(key)
        // Quotes of the old value stay, so a number is written as text in any case.
        return field.with(key, replacing({ ...value, tag: 'str', quoted: old?.kind === 'scalar' && old.quoted }, old))
      }
      node = applySpecs(node, specs, { set, create: 'map', by: value.from, report })
    }
    return withNode(resource, node)
  })
}

/** Annotations as they leave the build: texts, and no empty map. */
export function finishAnnotations(node: MapNode): MapNode {
  const metadata = node.get('metadata')
  const annotations = metadata?.kind === 'map' ? metadata.get('annotations') : undefined
  if (metadata?.kind !== 'map' || !annotations) return node
  if (annotations.kind !== 'map' || annotations.entries.size === 0) return node.with('metadata', metadata.without('annotations'))
  const plain = [...annotations.entries.values()].every((value) => value.kind === 'scalar' && (value.tag === 'str' || value.quoted))
  if (plain) return node
  const texts = [...annotations.entries].map(([key, value]): [string, Node] => [
    key,
    value.kind === 'scalar' ? { ...value, tag: 'str' } : { kind: 'scalar', text: '', tag: 'str', quoted: false, from: value.from },
  ])
  return node.with('metadata', metadata.with('annotations', new MapNode(annotations.from, new Map(texts))))
}
