import { type Doc, docsInside, docsOf, jsonDoc } from './document.ts'
import { describeId, sameId } from './gvk.ts'
import { applyOperations, type Operation, operationsOf } from './json-patch.ts'
import type { Loader } from './loader.ts'
import { strategicMerge } from './merge.ts'
import { isNilOrEmpty, MapNode, mapAt, type Node, rootNode, type Scalar } from './node.ts'
import { inlineObjects, resourcesOf } from './objects.ts'
import { flag, map, scalar, selectorOf } from './reading.ts'
import { allIds, hasBuildAnnotations, idOf, type Resource, rememberId, withNode } from './resource.ts'
import type { Schemas } from './schema.ts'
import { type Selector, select, selectorError } from './selector.ts'

export interface PatchContext {
  readonly loader: Loader
  readonly schemas: Schemas
  /** Something that the kustomization reaches is not known, so what a patch does not find may be there. */
  readonly incomplete: boolean
}

type Patch = { readonly merge: readonly MapNode[] } | { readonly operations: readonly Operation[] }

/** One entry of `patches`. */
export function applyPatch(resources: readonly Resource[], entry: Node, context: PatchContext): readonly Resource[] {
  const { log } = context.loader
  const path = scalar(entry, 'path')
  const inline = scalar(entry, 'patch')
  const source = path ?? inline
  if (!source) {
    log.problem(entry, 'A patch needs a path or a patch.')
    return resources
  }
  if (path && inline) log.problem(inline, 'A patch has a path or a patch, not both.')
  const docs = path ? fileDocs(path, context) : docsInside(source.text, source.from, true)
  if (!docs) return resources
  const patch = readPatch(docs)
  if (!patch) {
    log.problem(source, 'This is neither a strategic merge patch nor a JSON patch.', { incomplete: true })
    return resources
  }
  const target = map(entry, 'target')
  if ('operations' in patch) {
    if (!target) {
      log.problem(entry, 'A JSON patch needs a target.')
      return resources
    }
    return jsonPatch(resources, patch.operations, select(resources, soundSelector(target, context)), target, context, true)
  }
  const options = map(entry, 'options')
  const change = { name: flag(options, 'allowNameChange'), kind: flag(options, 'allowKindChange') }
  if (!target) return patch.merge.reduce((all, each) => mergeIntoNamed(all, each, change, context), resources)
  if (patch.merge.length > 1) log.problem(target, 'A patch with a target holds one document; only the first is applied.')
  const [first] = patch.merge
  return first ? mergeIntoTargets(resources, first, target, change, context) : resources
}

/** `patchesStrategicMerge`: file names or inline patches. */
export function applyStrategicMerge(resources: readonly Resource[], entry: Scalar, context: PatchContext): readonly Resource[] {
  const inline = inlineObjects(entry)
  const docs = inline.length > 0 ? [] : fileDocs(entry, context)
  if (!docs) return resources
  const patches = [...inline, ...docs.flatMap((doc) => resourcesOf(doc))]
  if (patches.length === 0) context.loader.log.problem(entry, 'There is no object in this patch.', { incomplete: true })
  return patches.reduce((all, { node }) => mergeIntoNamed(all, node, { name: false, kind: false }, context), resources)
}

/** One entry of `patchesJson6902`. */
export function applyJson6902(resources: readonly Resource[], entry: Node, context: PatchContext): readonly Resource[] {
  const { log } = context.loader
  const target = map(entry, 'target')
  const path = scalar(entry, 'path')
  const inline = scalar(entry, 'patch')
  const source = path ?? inline
  if (!target || !source) {
    log.problem(entry, 'A JSON patch needs a target, and a path or a patch.')
    return resources
  }
  const docs = path ? fileDocs(path, context) : docsInside(source.text, source.from)
  if (!docs) return resources
  const operations = docs.length > 0 ? operationsOf(jsonRoot(docs)) : undefined
  if (!operations || operations.length === 0) {
    log.problem(source, 'This is no JSON patch.', { incomplete: true })
    return resources
  }
  return jsonPatch(resources, operations, select(resources, soundSelector(target, context)), target, context, false)
}

function fileDocs(path: Scalar, { loader }: PatchContext): readonly Doc[] | undefined {
  const file = loader.read(path)
  if (file !== 'remote') return file && docsOf(file)
  loader.log.unknown(`The patch ${path.text} is on a server: it is not applied.`)
  return undefined
}

function jsonRoot(docs: readonly Doc[]): Node | undefined {
  const doc = docs.find(({ tree }) => tree.body !== undefined)
  return doc && rootNode(jsonDoc(doc))
}

/** A patch that begins like JSON is read as JSON, not as YAML in brackets. */
function isBrokenJson([doc, ...others]: readonly Doc[]): boolean {
  const text = doc?.text.trim() ?? ''
  if (others.length > 0 || !text.startsWith('[')) return false
  try {
    JSON.parse(text)
    return false
  } catch {
    return true
  }
}

function readPatch(docs: readonly Doc[]): Patch | undefined {
  if (isBrokenJson(docs)) return undefined
  const operations = operationsOf(jsonRoot(docs))
  if (operations && operations.length > 0) return { operations }
  const patches = docs.flatMap((doc) => resourcesOf(doc))
  if (patches.length > 0) return { merge: patches.map(({ node }) => node) }
  // An empty file is an empty patch.
  return docs.every(({ body }) => body === undefined || body === null) ? { merge: [] } : undefined
}

function soundSelector(target: MapNode, { loader }: PatchContext): Selector {
  const selector = selectorOf(target)
  const error = selectorError(selector)
  if (error) loader.log.problem(target, error)
  return selector
}

interface Change {
  readonly name: boolean
  readonly kind: boolean
}

/** A patch without target names its object itself, by any id that it ever had. */
function mergeIntoNamed(resources: readonly Resource[], patch: MapNode, change: Change, context: PatchContext): readonly Resource[] {
  const { log } = context.loader
  const id = idOf(patch)
  const matching = resources.filter((resource) => allIds(resource).some((each) => sameId(each, id)))
  const at = mapAt(patch, 'metadata')?.get('name') ?? patch
  if (matching.length > 1)
    log.problem(at, `${matching.length} objects are or were called ${describeId(id)}: kustomize refuses the patch.`, { incomplete: true })
  if (matching.length === 0) {
    if (context.incomplete) log.unknown(`The patch for ${describeId(id)} finds nothing in what is known.`)
    else
      log.problem(
        at,
        `The patch matches nothing: there is no ${describeId(id)} (${[id.group, id.version].filter(Boolean).join('/') || 'no apiVersion'}).`,
      )
  }
  const [only] = matching.length === 1 ? matching : []
  return only ? merged(resources, [only], patch, change, context) : resources
}

function mergeIntoTargets(
  resources: readonly Resource[],
  patch: MapNode,
  target: MapNode,
  change: Change,
  context: PatchContext,
): readonly Resource[] {
  const selected = select(resources, soundSelector(target, context))
  if (selected.length === 0) noTarget(target, context)
  return merged(resources, selected, patch, change, context)
}

function noTarget(target: MapNode, { incomplete, loader }: PatchContext): void {
  if (incomplete) loader.log.unknown('A patch finds no target in what is known.')
  else loader.log.problem(target, 'The patch matches nothing: no object is selected by its target.', { part: 'key', severity: 'warning' })
}

function merged(
  resources: readonly Resource[],
  selected: readonly Resource[],
  patch: MapNode,
  change: Change,
  context: PatchContext,
): readonly Resource[] {
  const chosen = new Set(selected)
  return resources.flatMap((resource) => {
    if (!chosen.has(resource)) return [resource]
    const result = mergedOne(resource, patch, change, context)
    return result ? [result] : []
  })
}

/** Undefined when the patch deletes the object. */
function mergedOne(resource: Resource, patch: MapNode, change: Change, { loader, schemas }: PatchContext): Resource | undefined {
  const before = change.name || change.kind ? rememberId(resource) : resource
  const apiVersion = resource.node.get('apiVersion')
  const result = strategicMerge(resource.node, apiVersion ? patch.with('apiVersion', apiVersion) : patch, schemas)
  if ('error' in result) {
    loader.log.problem(patch, result.error, { incomplete: true })
    return resource
  }
  let node = result.node
  if (node?.kind !== 'map' || isNilOrEmpty(node)) return undefined
  const kind = resource.node.get('kind')
  if (!change.kind && kind) node = node.with('kind', kind)
  const metadata = mapAt(node, 'metadata')
  const own = mapAt(resource.node, 'metadata')
  if (metadata && own) {
    const name = own.get('name')
    const namespace = own.get('namespace')
    const named = !change.name && name ? metadata.with('name', name) : metadata
    node = node.with(
      'metadata',
      resource.id.namespace !== '' && namespace ? named.with('namespace', namespace) : named.without('namespace'),
    )
  } else if (own) node = node.with('metadata', own)
  return withNode(before, node)
}

function jsonPatch(
  resources: readonly Resource[],
  operations: readonly Operation[],
  selected: readonly Resource[],
  target: MapNode,
  context: PatchContext,
  remembers: boolean,
): readonly Resource[] {
  if (selected.length === 0) noTarget(target, context)
  const chosen = new Set(selected)
  return resources.map((resource) => {
    if (!chosen.has(resource)) return resource
    const before = remembers ? rememberId(resource) : resource
    const result = applyOperations(hasBuildAnnotations(before) ? withAnnotations(before.node) : before.node, operations)
    if ('error' in result) {
      const where = result.operation.node
      context.loader.log.problem(where, `${result.error} The patch is not applied to ${describeId(resource.id)}.`, { incomplete: true })
      return resource
    }
    return withNode(before, result.node)
  })
}

/** Kustomize keeps its notes in annotations, so a JSON patch finds the map there even when the file has none. */
function withAnnotations(node: MapNode): MapNode {
  const metadata = mapAt(node, 'metadata')
  if (!metadata || mapAt(metadata, 'annotations')) return node
  return node.with('metadata', metadata.with('annotations', new MapNode(metadata.from, new Map())))
}
