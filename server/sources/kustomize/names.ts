import { applySpec, applySpecs, type FieldSpec, type Report } from './fieldspec.ts'
import { groupVersion, idKey, isSelected } from './gvk.ts'
import { isNull, type MapNode, type Node, type Origin, replacing, type Scalar, textNode } from './node.ts'
import { originalId, type Resource, rememberId, scalarText, withNode } from './resource.ts'

/** Kinds whose name is never prefixed: it is fixed by what they are for. */
const SKIPPED = [
  { group: '', version: '', kind: 'CustomResourceDefinition' },
  { group: 'apiregistration.k8s.io', version: '', kind: 'APIService' },
  { group: '', version: '', kind: 'Namespace' },
]

export function affix(
  resources: readonly Resource[],
  where: 'prefix' | 'suffix',
  value: Scalar,
  specs: readonly FieldSpec[],
  report: Report,
): Resource[] {
  return resources.map((resource) => {
    const id = originalId(resource)
    if (SKIPPED.some((skipped) => isSelected(id, skipped))) return resource
    let result = resource
    for (const spec of specs) {
      if (!isSelected(id, spec)) continue
      if (spec.path === 'metadata/name') {
        const list = where === 'prefix' ? 'prefixes' : 'suffixes'
        result = rememberId({ ...result, [list]: [...result[list], value.text] })
      }
      const set = (node: Node): Node =>
        node.kind === 'scalar' ? joined(node, where === 'prefix' ? value.text + node.text : node.text + value.text, value.from) : node
      result = withNode(result, applySpec(result.node, spec, { set, create: 'scalar', by: value.from, report }))
    }
    return result
  })
}

/** The name stays the name that its object gives itself; who adds to it is noted behind it. */
function joined(node: Scalar, text: string, by: Origin): Scalar {
  const from: Origin = { ...node.from, before: { ...by, ...(node.from.before ? { before: node.from.before } : {}) } }
  return { ...textNode(text, from), quoted: node.quoted }
}

export type SubjectMode = 'defaultOnly' | 'allServiceAccounts' | 'none'

export interface NamespaceField {
  readonly value: Scalar
  readonly specs: readonly FieldSpec[]
  /** Only where there is none yet. */
  readonly unsetOnly?: boolean
  readonly subjects?: SubjectMode
}

const ROLE_BINDINGS = new Set(['RoleBinding', 'ClusterRoleBinding'])

export function setNamespace(resources: readonly Resource[], field: NamespaceField, report: Report): Resource[] {
  const moved = resources.map((resource) =>
    resource.fromChart ? resource : withNode(rememberId(resource), namespaced(resource, field, report)),
  )
  const seen = new Set<string>()
  for (const { id } of moved) {
    const key = idKey(id)
    if (seen.has(key)) report(`Two objects become the same in namespace "${field.value.text}": ${id.kind} ${id.name}.`)
    seen.add(key)
  }
  return moved
}

function namespaced(resource: Resource, field: NamespaceField, report: Report): MapNode {
  const { value } = field
  const set = (node: Node): Node =>
    field.unsetOnly && !isNull(node) && scalarText(node) !== ''
      ? node
      : replacing({ ...textNode(value.text, value.from), quoted: node.kind === 'scalar' && node.quoted }, node)
  const write = { set, create: 'scalar', by: value.from, report } as const
  const { group, version } = groupVersion(scalarText(resource.node.get('apiVersion')))
  let node = resource.node
  if (!resource.id.clusterScoped) {
    node = applySpec(node, { group: '', version: '', kind: '', path: 'metadata/namespace', create: true }, write)
  }
  const bindings = ROLE_BINDINGS.has(resource.id.kind)
  if (bindings) node = withSubjects(node, field.subjects ?? 'defaultOnly', set, value.from)
  const specs = field.specs.filter(
    (spec) =>
      spec.path !== 'metadata/namespace' &&
      !(spec.path === 'metadata/name' && (group !== '' || version !== 'v1')) &&
      !(bindings && ROLE_BINDINGS.has(spec.kind) && spec.path === 'subjects/namespace'),
  )
  return applySpecs(node, specs, write)
}

function withSubjects(node: MapNode, mode: SubjectMode, set: (node: Node) => Node, by: Origin): MapNode {
  const subjects = node.get('subjects')
  if (mode === 'none' || subjects?.kind !== 'list') return node
  let result = subjects
  subjects.items.forEach((subject, i) => {
    if (subject.kind !== 'map') return
    const chosen =
      mode === 'defaultOnly' ? scalarText(subject.get('name')) === 'default' : scalarText(subject.get('kind')) === 'ServiceAccount'
    if (chosen) result = result.with(i, subject.with('namespace', set(subject.get('namespace') ?? textNode('', by))))
  })
  return node.with('subjects', result)
}
