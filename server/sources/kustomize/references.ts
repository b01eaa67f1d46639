import { applySpec, type FieldSpec, type Report } from './fieldspec.ts'
import { effectiveNamespace, type Gvk, isNamespaced, isSelected } from './gvk.ts'
import { isNull, type MapNode, mapAt, type Node, type Scalar, textNode } from './node.ts'
import { originalId, previousIds, type Resource, scalarText, withNode } from './resource.ts'
import type { NameReference } from './specs.ts'

/** Writes the final names into the fields that refer to renamed objects (`api/filters/nameref`). */
export function fixReferences(
  resources: readonly Resource[],
  references: readonly NameReference[],
  report: (resource: Resource, message: string) => void,
): Resource[] {
  const renamed = byPreviousName(resources)
  if (renamed.size === 0) return [...resources]
  const fields = fieldsByKind(references)
  return resources.map((resource) => {
    const original = originalId(resource)
    let node = resource.node
    let candidates: ((name: string) => readonly Resource[]) | undefined
    for (const kind of [original.kind, '']) {
      for (const { reference, spec } of fields.get(kind) ?? []) {
        if (!isSelected(original, spec)) continue
        candidates ??= referable(resource, renamed)
        const referrer: Referrer = {
          resource,
          node,
          path: spec.path,
          target: reference,
          candidates,
          report: (message) => report(resource, message),
        }
        node = applySpec(
          node,
          { ...spec, group: '', version: '', kind: '' },
          { set: (field) => fixed(field, referrer), by: node.from, report: referrer.report },
        )
      }
    }
    return withNode(resource, node)
  })
}

interface ReferringField {
  readonly reference: NameReference
  readonly spec: FieldSpec
}

const byKind = new WeakMap<readonly NameReference[], ReadonlyMap<string, readonly ReferringField[]>>()

function fieldsByKind(references: readonly NameReference[]): ReadonlyMap<string, readonly ReferringField[]> {
  const known = byKind.get(references)
  if (known) return known
  const fields = new Map<string, ReferringField[]>()
  for (const reference of references) {
    for (const spec of reference.referrers) {
      const list = fields.get(spec.kind)
      if (list) list.push({ reference, spec })
      else fields.set(spec.kind, [{ reference, spec }])
    }
  }
  byKind.set(references, fields)
  return fields
}

function byPreviousName(resources: readonly Resource[]): ReadonlyMap<string, readonly Resource[]> {
  const byName = new Map<string, Resource[]>()
  for (const resource of resources) {
    for (const name of new Set(resource.previous.map((id) => id.name))) {
      const list = byName.get(name)
      if (list) list.push(resource)
      else byName.set(name, [resource])
    }
  }
  return byName
}

interface Referrer {
  readonly resource: Resource
  readonly node: MapNode
  readonly path: string
  readonly target: Gvk
  /** Renamed objects that the referrer can mean, by the name that it uses. */
  readonly candidates: (name: string) => readonly Resource[]
  readonly report: Report
}

function referable(referrer: Resource, renamed: ReadonlyMap<string, readonly Resource[]>): (name: string) => readonly Resource[] {
  const { id } = referrer
  if (id.clusterScoped) return (name) => renamed.get(name) ?? []
  const namespaces = subjectNamespaces(referrer)
  const own = effectiveNamespace(id)
  return (name) =>
    (renamed.get(name) ?? []).filter(
      (target) => target.id.clusterScoped || effectiveNamespace(target.id) === own || namespaces.has(target.id.namespace),
    )
}

/** A RoleBinding may name ServiceAccounts of other namespaces. */
function subjectNamespaces({ id, node }: Resource): ReadonlySet<string> {
  const subjects = id.kind === 'RoleBinding' ? node.get('subjects') : undefined
  if (subjects?.kind !== 'list') return new Set()
  return new Set(
    subjects.items.flatMap((subject) =>
      subject.kind === 'map' && scalarText(subject.get('kind')) === 'ServiceAccount' && subject.get('namespace')
        ? [scalarText(subject.get('namespace'))]
        : [],
    ),
  )
}

function fixed(field: Node, referrer: Referrer): Node {
  if (isNull(field)) return field
  if (field.kind === 'scalar') return fixedName(field, referrer)
  if (field.kind === 'map') return fixedMap(field, referrer)
  let result = field
  field.items.forEach((item, i) => {
    if (item.kind === 'scalar' && !isNull(item)) result = result.with(i, fixedName(item, referrer))
    if (item.kind === 'map') result = result.with(i, fixedMap(item, referrer))
  })
  return result
}

function fixedName(field: Scalar, referrer: Referrer): Scalar {
  const referral = choose(field.text, referrer.candidates(field.text), referrer, (a, b) => a.id.name === b.id.name)
  return referral && referral.id.name !== field.text ? named(field, referral) : field
}

/** A field that holds name and namespace. */
function fixedMap(field: MapNode, referrer: Referrer): MapNode {
  const name = field.get('name')
  if (name?.kind !== 'scalar') return field
  const namespace = field.get('namespace')
  const candidates = referrer.candidates(name.text)
  const inNamespace = namespace ? ofNamespace(candidates, scalarText(namespace)) : candidates
  const same = (a: Resource, b: Resource): boolean => a.id.name === b.id.name && a.id.namespace === b.id.namespace
  const referral = choose(name.text, inNamespace, referrer, same)
  if (!referral || (referral.id.name === name.text && referral.id.namespace === '')) return field
  const renamed = referral.id.name === name.text ? field : field.with('name', named(name, referral))
  if (referral.id.namespace === '') return renamed
  if (namespace && scalarText(namespace) === referral.id.namespace) return renamed
  const source = mapAt(referral.node, 'metadata')?.get('namespace')
  return renamed.with('namespace', textNode(referral.id.namespace, source?.from ?? field.from))
}

function ofNamespace(candidates: readonly Resource[], namespace: string): readonly Resource[] {
  const named = (get: (resource: Resource) => string): Resource[] =>
    candidates.filter((resource) => isNamespaced(get(resource)) && get(resource) === namespace)
  const original = named((resource) => effectiveNamespace(originalId(resource)))
  return original.length > 0 ? original : named((resource) => effectiveNamespace(resource.id))
}

function named(field: Scalar, referral: Resource): Scalar {
  const source = mapAt(referral.node, 'metadata')?.get('name')
  const text = textNode(referral.id.name, source ? { ...field.from, before: source.from } : field.from)
  return { ...text, quoted: field.quoted }
}

/** The one object that is meant, told by kind, namespace and the prefixes and suffixes that it shares with the referrer. */
function choose(
  name: string,
  all: readonly Resource[],
  referrer: Referrer,
  same: (a: Resource, b: Resource) => boolean,
): Resource | undefined {
  const { resource, target, path, report } = referrer
  const role = path.endsWith('roleRef/name') ? roleRefOf(referrer.node) : undefined
  let candidates = all.filter(
    (each) =>
      previousIds(each).some((id) => isSelected(id, target)) &&
      (!role || previousIds(each).some((id) => isSelected(id, role))) &&
      reaches(resource, each),
  )
  if (candidates.length > 1 || candidates.length === 0) {
    candidates = candidates.filter((each) => sameAffixes(resource, each, true))
    if (candidates.length > 1) candidates = candidates.filter((each) => sameAffixes(resource, each, false))
  }
  const [first] = candidates
  if (candidates.length > 1 && first && !candidates.every((each) => same(first, each))) {
    report(`"${name}" may be any of ${candidates.length} objects: ${candidates.map(({ id }) => id.name).join(', ')}.`)
    return undefined
  }
  return first
}

function roleRefOf(node: MapNode): Gvk | undefined {
  const role = mapAt(node, 'roleRef')
  const group = role?.get('apiGroup')
  const kind = role?.get('kind')
  return group && kind ? { group: scalarText(group), version: '', kind: scalarText(kind) } : undefined
}

function reaches(referrer: Resource, target: Resource): boolean {
  if (referrer.id.clusterScoped || target.id.clusterScoped || target.id.kind === 'ServiceAccount') return true
  return effectiveNamespace(referrer.id) === effectiveNamespace(target.id)
}

function sameAffixes(a: Resource, b: Resource, emptyMatches: boolean): boolean {
  const same = (left: readonly string[], right: readonly string[]): boolean =>
    (emptyMatches && (left.length === 0 || right.length === 0)) || sameEnding(left, right)
  return same(a.prefixes, b.prefixes) && same(a.suffixes, b.suffixes)
}

function sameEnding(a: readonly string[], b: readonly string[]): boolean {
  const [short, long] = a.length <= b.length ? [a, b] : [b, a]
  if (short.length === 0) return long.length === 0
  return short.every((item, i) => long[long.length - short.length + i] === item)
}
