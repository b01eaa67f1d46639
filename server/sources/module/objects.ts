import { type KubeObject, makeObject } from '../../model/object.ts'
import { blocks, literal } from './config.ts'
import { decodeYaml } from './eval/functions/yaml.ts'
import { Failure } from './eval/failure.ts'
import { entries, isKnown, isNull, items, type Source, type Val } from './eval/value.ts'
import type { ModuleInstance, ResourceInstance } from './instance.ts'
import { providerKind } from './kubernetes/kinds.ts'
import { mapResource } from './kubernetes/map.ts'
import { asWritten, bodyOf, branch, leaf, type Node } from './tree.ts'

/** An object of the model and what it was made of. */
export interface Made {
  readonly object: KubeObject
  readonly tree: Node
  readonly origin: ResourceInstance | CalledModule
  /** Where the resource's attributes are in the tree: below `spec`, or the tree itself. */
  readonly style: 'mapped' | 'manifest' | 'resource'
}

/** A call of a module whose source is not in the workspace: its arguments are all there is. */
export interface CalledModule {
  readonly address: string
  readonly module: ModuleInstance
  readonly declared: ResourceInstance['declared']
}

/** Everything that a module instance creates, as objects. */
export function objectsOf(module: ModuleInstance, unit: string, root: string): Made[] {
  const made: Made[] = []
  for (const resource of module.resources()) {
    made.push(cloudResource(resource, unit, root))
    const tree = kubernetesTree(resource)
    const object = tree && makeObject(bodyOf(tree.node), unit, resource.declared.file)
    if (tree && object) made.push({ object, tree: tree.node, origin: resource, style: tree.style })
  }
  for (const [name, declared] of module.config.modules) {
    if (module.call(name)) continue
    const called = { address: `${module.prefix}module.${name}`, module, declared }
    const given = module.callArguments(name)
    if (!isNull(given)) made.push(asResource('module', called, given, unit, root))
  }
  if (module.prefix === '') made.push(...settingsOf(module, unit, root))
  applyPatches(made, unit)
  return made
}

/** How a root module reaches the world: its providers, and where it keeps its state. */
function settingsOf(module: ModuleInstance, unit: string, root: string): Made[] {
  return module.config.settings.flatMap(({ file, block }) => {
    const parts =
      block.type.text === 'provider' ? [{ file, block }] : blocks(block.body, 'backend').map((backend) => ({ file, block: backend }))
    return parts.map((declared) => {
      const kind = declared.block.type.text
      const alias = literal(declared.block.body, 'alias')
      const address = [kind, declared.block.labels[0]?.text ?? '', ...(alias === undefined ? [] : [alias])].join('.')
      return asResource(kind, { address, module, declared }, module.settings(declared), unit, root)
    })
  })
}

function cloudResource(resource: ResourceInstance, unit: string, root: string): Made {
  const { type, value } = resource
  return asResource(type, resource, type === 'helm_release' ? withReadValues(value) : value, unit, root)
}

/** The values of a chart as what they say, whatever text says it. */
function withReadValues(value: Val): Val {
  const given = entries(value)
  const documents = given?.get('values')
  const list = documents && items(documents)
  if (!given || !documents || !list) return value
  const read = list.map((document) =>
    document.encoded || typeof document.data !== 'string' ? document : { ...document, encoded: tryDecode(document.data, document) },
  )
  return { ...value, data: new Map([...given, ['values', { ...documents, data: read }]]) }
}

/** A resource as an object of the group `terraform`: its arguments are below `spec`, blocks as lists. */
function asResource(type: string, origin: ResourceInstance | CalledModule, value: Val, unit: string, root: string): Made {
  const { file, block } = origin.declared
  const [first, last = first] = [block.labels[0], block.labels[1]]
  const at = (part: { start: number; end: number } | undefined): Source | undefined =>
    part && { file, start: part.start, end: part.end, how: 'written', from: [] }
  const named = (text: string, source: Source | undefined): Node => ({ ...leaf(text, undefined, source), source })
  const spec = asWritten(value, undefined)
  const children = new Map<string, Node>([
    ['apiVersion', named('terraform/v1', at(block.type))],
    ['kind', named(type, at(first ?? block.type))],
    ['metadata', branch(new Map([['name', named(origin.address, at(last))]]), undefined, at(block.type))],
    ['spec', { ...spec, key: at(last ?? block.type), source: at(block) }],
  ])
  const provider = type.includes('_') ? providerSettings(type, origin) : undefined
  if (provider) children.set('provider', provider)
  const settings = type === 'module' ? moduleSettings(origin) : undefined
  if (settings) children.set('source', settings)
  const tree = branch(children, undefined, undefined, '', true)
  const object = makeObject(bodyOf(tree), unit, file)
  if (!object) throw new Error('a resource always has a type')
  // Roots do not share resources, however alike they are named.
  return { object: { ...object, id: `terraform/${type}/${root}/${origin.address}` }, tree, origin, style: 'resource' }
}

/** The versions of its provider that a resource may be made with. */
function providerSettings(type: string, { declared, module }: Pick<CalledModule, 'declared' | 'module'>): Node | undefined {
  const found = module.providerVersion(type, declared)
  if (!found) return undefined
  const source: Source | undefined = found.place && { ...found.place, how: 'written', from: [] }
  return branch(new Map([['version', { ...leaf(found.version, undefined, undefined), source }]]), undefined, undefined)
}

/** Where a module comes from, and which version is wanted. */
function moduleSettings({ declared, module }: Pick<CalledModule, 'declared' | 'module'>): Node | undefined {
  const env = module.env(declared.file)
  const children = new Map<string, Node>()
  for (const item of declared.block.body.items) {
    if (item.kind !== 'attribute' || !['source', 'version'].includes(item.name.text) || item.value.kind !== 'template') continue
    const text = item.value.parts.map((part) => (part.kind === 'text' ? part.text : '')).join('')
    const source: Source = { file: env.file, start: item.value.start, end: item.value.end, how: 'written', from: [] }
    children.set(item.name.text, { ...leaf(text, undefined, { file: env.file, start: item.name.start, end: item.name.end }), source })
  }
  return children.size > 0 ? branch(children, undefined, undefined) : undefined
}

interface Mapped {
  readonly node: Node
  readonly style: Made['style']
}

function kubernetesTree(resource: ResourceInstance): Mapped | undefined {
  const { type, value, declared } = resource
  if (type === 'kubernetes_manifest') {
    const manifest = entries(value)?.get('manifest')
    return manifest && entries(manifest)
      ? { node: asWritten(manifest, value.keys?.get('manifest'), 'manifest'), style: 'manifest' }
      : undefined
  }
  if (type === 'kubectl_manifest' || type === 'kubectl_server_version') return kubectlManifest(value)
  const kind = providerKind(type)
  if (!kind) return undefined
  const { block, file } = declared
  const label = block.labels[0] ?? block.type
  const node = mapResource(value, kind, { file, start: label.start, end: label.end, how: 'written', from: [] })
  if (type.startsWith('kubernetes_default_service_account')) return { node: named(node, 'default'), style: 'mapped' }
  return { node, style: 'mapped' }
}

function named(node: Node, name: string): Node {
  const children = new Map(node.children as ReadonlyMap<string, Node>)
  const metadata = children.get('metadata')
  const inner = new Map(metadata?.children instanceof Map ? (metadata.children as ReadonlyMap<string, Node>) : [])
  inner.set('name', leaf(name, undefined, undefined))
  children.set('metadata', { ...(metadata ?? branch(inner, undefined, undefined)), children: inner })
  return { ...node, children }
}

/** The one document of `yaml_body`, with the namespace that overrides its own. */
function kubectlManifest(value: Val): Mapped | undefined {
  const body = entries(value)?.get('yaml_body')
  if (!body) return undefined
  const decoded = body.encoded ?? (isKnown(body) && typeof body.data === 'string' ? tryDecode(body.data, body) : undefined)
  if (!decoded || !entries(decoded)) return undefined
  const node = asWritten(decoded, value.keys?.get('yaml_body'), 'yaml_body')
  const override = entries(value)?.get('override_namespace')
  if (!override || override.data === null || !(node.children instanceof Map)) return { node, style: 'manifest' }
  const children = new Map(node.children as ReadonlyMap<string, Node>)
  const metadata = children.get('metadata')
  if (metadata?.children instanceof Map) {
    const inner = new Map(metadata.children as ReadonlyMap<string, Node>)
    inner.set('namespace', asWritten(override, value.keys?.get('override_namespace')))
    children.set('metadata', { ...metadata, children: inner })
  }
  return { node: { ...node, children }, style: 'manifest' }
}

function tryDecode(text: string, body: Val): Val | undefined {
  try {
    const value = decodeYaml(text, undefined)
    return relocated(value, body.source)
  } catch (error) {
    if (error instanceof Failure) return undefined
    throw error
  }
}

/** Parts of a text that is put together stand where the text does. */
function relocated(value: Val, source: Source | undefined): Val {
  const map = entries(value)
  if (map) return { ...value, source, data: new Map([...map].map(([key, item]) => [key, relocated(item, source)])) }
  return Array.isArray(value.data)
    ? { ...value, source, data: (value.data as readonly Val[]).map((item) => relocated(item, source)) }
    : { ...value, source }
}

const PATCHES: Readonly<Record<string, string>> = { kubernetes_labels: 'labels', kubernetes_annotations: 'annotations' }

/** `kubernetes_labels` and `kubernetes_annotations` add to an object that is defined elsewhere in the module. */
function applyPatches(made: Made[], unit: string): void {
  for (const { origin, tree } of [...made]) {
    const field = 'type' in origin ? PATCHES[origin.type] : undefined
    const spec = tree.children instanceof Map ? (tree.children as ReadonlyMap<string, Node>).get('spec') : undefined
    if (field === undefined || !(spec?.children instanceof Map)) continue
    const patch = spec.children as ReadonlyMap<string, Node>
    const target = (patch.get('metadata')?.children as readonly Node[] | undefined)?.[0]?.children
    const wanted = target instanceof Map ? (target as ReadonlyMap<string, Node>) : undefined
    const index = made.findIndex(
      ({ object, style }) =>
        style !== 'resource' &&
        object.apiVersion === patch.get('api_version')?.scalar &&
        object.kind === patch.get('kind')?.scalar &&
        object.name === wanted?.get('name')?.scalar &&
        (object.namespace === '' || object.namespace === (wanted?.get('namespace')?.scalar ?? 'default')),
    )
    const entry = made[index]
    const added = patch.get(field)
    if (!entry || !(added?.children instanceof Map)) continue
    const patched = withEntries(entry.tree, field, added)
    const object = makeObject(bodyOf(patched), unit, entry.object.file)
    if (object) made[index] = { ...entry, object, tree: patched }
  }
}

function withEntries(tree: Node, field: string, added: Node): Node {
  const children = new Map(tree.children as ReadonlyMap<string, Node>)
  const metadata = children.get('metadata')
  const inner = new Map(metadata?.children instanceof Map ? (metadata.children as ReadonlyMap<string, Node>) : [])
  const known = inner.get(field)
  const merged = new Map(known?.children instanceof Map ? (known.children as ReadonlyMap<string, Node>) : [])
  for (const [key, node] of added.children as ReadonlyMap<string, Node>) merged.set(key, node)
  inner.set(field, { ...(known ?? added), children: merged })
  children.set('metadata', { ...(metadata ?? branch(inner, undefined, undefined)), children: inner })
  return { ...tree, children }
}
