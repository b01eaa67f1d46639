import type { KubeObject } from '../../model/object.ts'
import type { ObjectChange } from '../../model/rule.ts'
import { type Body, isMap, text, type Value } from '../../model/value.ts'
import { stringifyYaml } from '../../syntax/yaml/index.ts'
import { basename, compareText, join } from '../../text/path.ts'
import type { FileEdit, Files, Rewriting } from '../unit.ts'
import { type Doc, docsOf } from './document.ts'
import { type Id, sameId } from './gvk.ts'
import { isKustomization, type Kustomization } from './kustomization.ts'
import { type MapNode, mapAt, rootNode } from './node.ts'
import { intoPatch, jsonPatch, mergePatch } from './patch-writing.ts'
import { items, map, scalars, text as textIn } from './reading.ts'
import { allIds, idOf, type Resource } from './resource.ts'
import { type Change, type DocChange, editDocs, whereWritten } from './written.ts'

/** What the fixes of a build need to know of it. */
export interface Layers {
  /** The kustomization that was built. */
  readonly top: Kustomization
  /** All that took part, the top among them. */
  readonly all: readonly Kustomization[]
  /** The documents of the top's strategic merge patches. */
  readonly patches: readonly Doc[]
}

type Created = Rewriting['created'][number]
type Attempt =
  | { readonly edits: readonly FileEdit[]; readonly created: readonly Created[]; readonly folders: ReadonlySet<string> }
  | { readonly refused: string }

/** The documents of strategic merge patches that a kustomization names as files. */
export function patchDocs(kustomization: Kustomization, files: Files): readonly Doc[] {
  const { root, folder } = kustomization
  const paths = [
    ...items(root, 'patches').flatMap((entry) => (map(entry, 'target') ? [] : [textIn(entry, 'path')])),
    ...scalars(root, 'patchesStrategicMerge').map((entry) => entry.text),
  ]
  return paths.flatMap((path) => {
    const resolved = path === '' || path.includes('\n') ? undefined : join(folder, path)
    const file = resolved === undefined ? undefined : files.get(resolved)
    return file ? docsOf(file).filter(({ body }) => isMap(body)) : []
  })
}

/** The ways to make changes true: where the values are written, and by a patch in the build's own folder. */
export function rewriteBuild(
  changes: readonly ObjectChange[],
  resources: ReadonlyMap<KubeObject, Resource>,
  layers: Layers,
): readonly Rewriting[] | { readonly refused: string } {
  const written = inPlace(changes, resources, layers)
  const patched = inTop(changes, resources, layers)
  // What is written in the build's own folder needs no patch beside it.
  const order = 'refused' in written || [...written.folders].some((folder) => folder !== layers.top.folder) ? [written, patched] : [written]
  const rewritings = order.flatMap((attempt): Rewriting[] => {
    if ('refused' in attempt) return []
    const { edits, created, folders } = attempt
    const where = [...folders].map((folder) => folder || 'the workspace\u2019s root').sort(compareText)
    return [{ edits, created, suffix: layers.all.length > 1 ? `in ${where.join(' and ')}` : '' }]
  })
  const [first] = order
  return rewritings.length > 0 ? rewritings : { refused: first && 'refused' in first ? first.refused : 'there is no way to write it' }
}

function inPlace(changes: readonly ObjectChange[], resources: ReadonlyMap<KubeObject, Resource>, layers: Layers): Attempt {
  const docs: DocChange[] = []
  const additions: Addition[] = []
  const folders = new Set<string>()
  for (const change of changes) {
    const resource = resources.get(change.op === 'create' ? change.beside : change.object)
    if (!resource) return { refused: 'the object is no longer in this build' }
    if (change.op === 'create') {
      const layer = layerOf(resource.node.from.doc.file, layers)
      folders.add(layer.folder)
      additions.push({ layer, body: placed(change.body, resource, resources) })
      continue
    }
    const where = whereWritten(resource.node, change)
    if ('refused' in where) return where
    for (const { doc } of where) folders.add(layerOf(doc.file, layers).folder)
    docs.push(...where)
  }
  const { entries, created } = create(additions)
  const edits = editDocs([...docs, ...entries])
  return 'refused' in edits ? edits : { edits, created, folders }
}

function inTop(changes: readonly ObjectChange[], resources: ReadonlyMap<KubeObject, Resource>, layers: Layers): Attempt {
  const { top } = layers
  const docs: DocChange[] = []
  const additions: Addition[] = []
  const byObject = new Map<Resource, Change[]>()
  for (const change of changes) {
    const resource = resources.get(change.op === 'create' ? change.beside : change.object)
    if (!resource) return { refused: 'the object is no longer in this build' }
    if (change.op === 'create') {
      additions.push({ layer: top, body: placed(change.body, resource, resources) })
      continue
    }
    const list = byObject.get(resource)
    if (list) list.push(change)
    else byObject.set(resource, [change])
  }
  const { entries, created } = create(additions)
  docs.push(...entries)
  for (const [resource, list] of byObject) {
    const patch = patchFor(resource, list, [...resources.values()], layers)
    if ('refused' in patch) return patch
    docs.push(...patch.docs)
    created.push(...patch.created)
  }
  const edits = editDocs(docs)
  return 'refused' in edits ? edits : { edits, created, folders: new Set([top.folder]) }
}

/** The kustomization that names a file; the built one when none does. */
function layerOf(file: string, { top, all }: Layers): Kustomization {
  if (isKustomization(file)) return all.find((each) => each.file === file) ?? top
  const names = (layer: Kustomization): boolean =>
    [...scalars(layer.root, 'resources'), ...scalars(layer.root, 'bases'), ...scalars(layer.root, 'patchesStrategicMerge')].some(
      (entry) => join(layer.folder, entry.text) === file,
    ) ||
    [...items(layer.root, 'patches'), ...items(layer.root, 'patchesJson6902')].some(
      (entry) => join(layer.folder, textIn(entry, 'path')) === file,
    )
  return all.find(names) ?? top
}

interface Addition {
  readonly layer: Kustomization
  readonly body: Value
}

/** New objects of one kind are in one file, which is one more of the layer's resources. */
function create(additions: readonly Addition[]): { readonly entries: readonly DocChange[]; readonly created: Created[] } {
  const files = new Map<string, { readonly layer: Kustomization; readonly bodies: Value[] }>()
  for (const { layer, body } of additions) {
    const key = `${layer.file} ${text(body, 'kind') ?? ''}`
    const file = files.get(key)
    if (file) file.bodies.push(body)
    else files.set(key, { layer, bodies: [body] })
  }
  const entries: DocChange[] = []
  const created: Created[] = []
  const added = new Map<Kustomization, number>()
  for (const { layer, bodies } of files.values()) {
    const [first] = bodies
    const kind = (text(first, 'kind') ?? 'object').toLowerCase()
    const resources = scalars(layer.root, 'resources').map((entry) => entry.text)
    const own = bodies.length > 1 ? `${kind}.yaml` : `${kind}-${text(first, 'metadata', 'name') ?? 'new'}.yaml`
    const name = unused(own, new Set(resources.map((path) => basename(path))))
    const index = resources.length + (added.get(layer) ?? 0)
    added.set(layer, (added.get(layer) ?? 0) + 1)
    entries.push({ doc: layer.root.from.doc, change: { op: 'insert', path: ['resources'], index, value: name } })
    created.push({ file: inFolder(layer, name), text: bodies.map((body) => stringifyYaml(body)).join('---\n') })
  }
  return { entries, created }
}

function inFolder({ folder }: Kustomization, name: string): string {
  return folder === '' ? name : `${folder}/${name}`
}

/** A new object as a layer has it: where a kustomization says in which namespace the objects around it are, it does not itself. */
function placed(body: Value, beside: Resource, resources: ReadonlyMap<KubeObject, Resource>): Value {
  const namespace = text(body, 'metadata', 'namespace')
  // A Namespace is in none: what else is in it counts.
  const inside = [...resources].some(([object, { node }]) => object.namespace === namespace && namespaceIsSet(node))
  const { kind } = isMap(beside.node.value) ? beside.node.value : {}
  return namespaceIsSet(beside.node) || (kind === 'Namespace' && inside) ? withoutNamespace(body) : body
}

/** Whether a kustomization, not the object's own file, says where it lives. */
function namespaceIsSet(node: MapNode): boolean {
  const namespace = mapAt(node, 'metadata')?.get('namespace')
  return namespace !== undefined && isKustomization(namespace.from.doc.file)
}

function withoutNamespace(body: Value): Value {
  const metadata = isMap(body) ? body['metadata'] : undefined
  if (!isMap(body) || !isMap(metadata)) return body
  const { namespace: _, ...rest } = metadata
  return { ...body, metadata: rest }
}

interface PatchEdits {
  readonly docs: readonly DocChange[]
  readonly created: readonly Created[]
}

function patchFor(
  resource: Resource,
  changes: readonly Change[],
  all: readonly Resource[],
  { top, patches }: Layers,
): PatchEdits | { readonly refused: string } {
  const id = uniqueId(resource, all)
  if (!id) return { refused: 'no patch can tell the object from others' }
  const { apiVersion, kind } = isMap(resource.node.value) ? resource.node.value : {}
  const named = { apiVersion: apiVersion ?? '', kind: kind ?? '', metadata: nameOf(id) }
  const whole = changes.some(({ path }) => path.length === 0)
  const body = whole ? { $patch: 'delete' } : mergePatch(resource.node, changes)
  const known = body && patches.find((doc) => isPatchOf(doc, resource))
  if (body && known) {
    return { docs: intoPatch(known, body, String(apiVersion), String(kind)).map((change) => ({ doc: known, change })), created: [] }
  }
  const file = freeName(top, `${id.kind.toLowerCase()}-${id.name}-patch.yaml`)
  const content: Value = body ? merged(named, body) : jsonPatch(resource.node, changes)
  const target: Body = { ...(id.group === '' ? {} : { group: id.group }), version: id.version, kind: id.kind, ...nameOf(id) }
  const entry: Body = body ? { path: file } : { target, path: file }
  const index = items(top.root, 'patches').length
  return {
    docs: [{ doc: top.root.from.doc, change: { op: 'insert', path: ['patches'], index, value: entry } }],
    created: [{ file: inFolder(top, file), text: stringifyYaml(content) }],
  }
}

/** An id that the object had before the build's own transformers, and no other object ever had. */
function uniqueId(resource: Resource, all: readonly Resource[]): Id | undefined {
  return allIds(resource).find((id) => all.every((other) => other === resource || !allIds(other).some((each) => sameId(each, id))))
}

function nameOf({ name, namespace }: Id): Body {
  return namespace === '' || namespace === 'default' || namespace === '_non_namespaceable_' ? { name } : { name, namespace }
}

function isPatchOf(doc: Doc, resource: Resource): boolean {
  const root = rootNode(doc)
  if (root?.kind !== 'map') return false
  const id = idOf(root)
  return allIds(resource).some((each) => sameId(each, id))
}

function merged(named: Body, patch: Body): Body {
  const metadata = patch['metadata']
  return { ...named, ...patch, metadata: { ...(named['metadata'] as Body), ...(isMap(metadata) ? metadata : {}) } }
}

/** A name that the kustomization does not use yet. */
function freeName({ root }: Kustomization, name: string): string {
  const used = new Set([
    ...items(root, 'patches').map((entry) => basename(textIn(entry, 'path'))),
    ...scalars(root, 'patchesStrategicMerge').map((entry) => basename(entry.text)),
  ])
  return unused(name, used)
}

function unused(name: string, used: ReadonlySet<string>): string {
  if (!used.has(name)) return name
  for (let i = 2; ; i++) {
    const numbered = name.replace(/\.yaml$/, `-${i}.yaml`)
    if (!used.has(numbered)) return numbered
  }
}
