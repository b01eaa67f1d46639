import { effectiveNamespace, type Gvk, groupVersion, type Id, isCertainlyClusterScoped } from './gvk.ts'
import { isNilOrEmpty, type MapNode, mapAt, type Node, type Origin, textNode } from './node.ts'

export type Behavior = 'create' | 'replace' | 'merge' | 'unspecified'

/** An object on its way through a build. Kustomize keeps these facts in annotations that it removes at the end. */
export interface Resource {
  readonly node: MapNode
  /** The id that the node has now. */
  readonly id: Id
  /** Its ids before renames, the oldest first. Group and version are always the current ones. */
  readonly previous: readonly PreviousId[]
  readonly prefixes: readonly string[]
  readonly suffixes: readonly string[]
  readonly behavior: Behavior | undefined
  readonly needsHash: boolean
  /** Names of the variables that read from it. */
  readonly variables: readonly string[]
  /** The generator that made it, as `originAnnotations` names it. */
  readonly generator?: { readonly file: string; readonly kind: string; readonly config?: Id }
  /** Came out of a chart: the namespace field does not touch it. */
  readonly fromChart?: boolean
}

export interface PreviousId {
  readonly kind: string
  readonly name: string
  readonly namespace: string
}

export function makeResource(node: MapNode): Resource {
  return {
    node,
    id: idOf(node),
    previous: [],
    prefixes: [],
    suffixes: [],
    behavior: undefined,
    needsHash: false,
    variables: [],
  }
}

export function withNode(resource: Resource, node: MapNode): Resource {
  if (node === resource.node) return resource
  const same = IDENTIFYING.every((field) => node.get(field) === resource.node.get(field))
  return { ...resource, node, id: same ? resource.id : idOf(node) }
}

const IDENTIFYING = ['metadata', 'kind', 'apiVersion'] as const

export function idOf(node: MapNode): Id {
  const apiVersion = scalarText(node.get('apiVersion'))
  const kind = scalarText(node.get('kind'))
  const metadata = mapAt(node, 'metadata')
  return {
    ...groupVersion(apiVersion),
    kind,
    name: metaText(metadata, 'name'),
    namespace: metaText(metadata, 'namespace'),
    clusterScoped: isCertainlyClusterScoped(apiVersion, kind),
  }
}

function metaText(metadata: MapNode | undefined, field: string): string {
  const node = metadata?.get(field)
  return isNilOrEmpty(node) ? '' : scalarText(node)
}

/** The text of a scalar, even of `null`. */
export function scalarText(node: Node | undefined): string {
  return node?.kind === 'scalar' ? node.text : ''
}

/** Renames and moves are found by what an object was called before: to be noted before each of them. */
export function rememberId(resource: Resource): Resource {
  const { id } = resource
  return { ...resource, previous: [...resource.previous, { kind: id.kind, name: id.name, namespace: effectiveNamespace(id) }] }
}

export function previousIds(resource: Resource): Id[] {
  return resource.previous.map((id) => fullId(resource, id))
}

export function originalId(resource: Resource): Id {
  const [first] = resource.previous
  return first ? fullId(resource, first) : resource.id
}

function fullId({ id: { group, version } }: Resource, { kind, name, namespace }: PreviousId): Id {
  return { group, version, kind, name, namespace, clusterScoped: false }
}

/** Previous ids first, the current one last. */
export function allIds(resource: Resource): Id[] {
  return [...previousIds(resource), resource.id]
}

/** Whether kustomize would hold annotations of its own on the object at this moment. */
export function hasBuildAnnotations(resource: Resource): boolean {
  const { previous, prefixes, suffixes, behavior, needsHash } = resource
  return previous.length > 0 || prefixes.length > 0 || suffixes.length > 0 || behavior !== undefined || needsHash
}

export function gvkOf(node: MapNode): Gvk {
  const { group, version } = groupVersion(scalarText(node.get('apiVersion')))
  return { group, version, kind: scalarText(node.get('kind')) }
}

/** Labels or annotations as texts. */
export function metaTexts(node: MapNode, field: 'labels' | 'annotations'): Map<string, string> {
  const texts = new Map<string, string>()
  for (const [key, value] of mapAt(node, 'metadata', field)?.entries ?? []) texts.set(key, scalarText(value))
  return texts
}

/** `name` as the object's name, written by whoever `from` is. */
export function withName(resource: Resource, name: string, from: Origin): Resource {
  const metadata = mapAt(resource.node, 'metadata')
  if (!metadata) return resource
  return withNode(resource, resource.node.with('metadata', metadata.with('name', textNode(name, from))))
}
