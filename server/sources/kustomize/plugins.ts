import { basename } from '../../text/path.ts'
import { type FieldSpec, splitPath } from './fieldspec.ts'
import { changeAt } from './field-path.ts'
import { generate } from './generators.ts'
import { changeImages, imageChange } from './images.ts'
import { addTexts } from './labels.ts'
import type { Loader } from './loader.ts'
import { affix, type NamespaceField, setNamespace, type SubjectMode } from './names.ts'
import { MapNode, type Node, replacing, type Scalar, textNode } from './node.ts'
import { applyJson6902, applyPatch, applyStrategicMerge } from './patches.ts'
import { field, fieldSpecsOf, flag, integer, items, map, pairs, scalar, scalars, selectorOf, text } from './reading.ts'
import { replacementsOf, replace } from './replacements.ts'
import { makeResource, type Resource, withNode } from './resource.ts'
import { select } from './selector.ts'
import { replicas, reporter, type TransformContext } from './transform.ts'

/** What a configuration of a built-in generator makes; undefined when it names another program. */
export function generatorsOf({ id, node }: Resource, loader: Loader): readonly Resource[] | 'chart' | undefined {
  if (!isBuiltIn(id)) return undefined
  if (id.kind === 'HelmChartInflationGenerator') return 'chart'
  if (id.kind === 'IAMPolicyGenerator') return [identity(node)]
  const kind = id.kind === 'ConfigMapGenerator' ? 'ConfigMap' : id.kind === 'SecretGenerator' ? 'Secret' : undefined
  if (!kind) return undefined
  const made = generate(kind, withMeta(node), undefined, loader)
  return made ? [made] : []
}

/** The Kubernetes half of a workload identity of Google's cloud. */
function identity(node: MapNode): Resource {
  const { from } = node
  const kubernetes = field(node, 'kubernetesService')
  const cloud = field(node, 'serviceAccount')
  const account = `${text(cloud, 'name')}@${text(cloud, 'projectId')}.iam.gserviceaccount.com`
  const annotations = new MapNode(from, new Map([['iam.gke.io/gcp-service-account', textNode(account, from)]]))
  const namespace = scalar(kubernetes, 'namespace')
  const metadata = new Map<string, Node>([
    ['annotations', annotations],
    ['name', textNode(text(kubernetes, 'name'), from)],
    ...(namespace ? [['namespace', namespace] as const] : []),
  ])
  const entries: [string, Node][] = [
    ['apiVersion', textNode('v1', from)],
    ['kind', textNode('ServiceAccount', from)],
    ['metadata', new MapNode(from, metadata)],
  ]
  return makeResource(new MapNode(from, new Map(entries)))
}

function isBuiltIn({ group, version }: Resource['id']): boolean {
  return group === '' && version === 'builtin'
}

/** Name and namespace of what is made are those of the configuration, where it does not say others. */
function withMeta(node: MapNode): MapNode {
  const metadata = map(node, 'metadata')
  let result = node
  for (const key of ['name', 'namespace']) {
    const value = field(metadata, key)
    if (value && !field(node, key)) result = result.with(key, value)
  }
  return result
}

/** Applies a configuration of a built-in transformer; undefined when it names another program. */
export function transformersOf(
  { id, node }: Resource,
  resources: readonly Resource[],
  context: TransformContext,
): readonly Resource[] | undefined {
  if (!isBuiltIn(id)) return undefined
  return BUILT_IN[id.kind]?.(resources, node, context)
}

type Plugin = (resources: readonly Resource[], node: MapNode, context: TransformContext) => readonly Resource[]

const affixed =
  (...parts: readonly ['prefix' | 'suffix', ...('prefix' | 'suffix')[]]): Plugin =>
  (resources, node, context) =>
    parts.reduce<readonly Resource[]>((all, part) => {
      const value = scalar(node, part)
      return value ? affix(all, part, value, fieldSpecsOf(node, 'fieldSpecs'), reporter(context, node)) : all
    }, resources)

const BUILT_IN: Readonly<Record<string, Plugin>> = {
  PatchTransformer: (resources, node, context) => applyPatch(resources, node, context),
  PatchJson6902Transformer: (resources, node, context) => {
    const operations = field(node, 'jsonOp')
    return applyJson6902(resources, operations ? node.with('patch', operations) : node, context)
  },
  PatchStrategicMergeTransformer: (resources, node, context) => {
    const inline = scalar(node, 'patches')
    return [...scalars(node, 'paths'), ...(inline ? [inline] : [])].reduce(
      (all, entry) => applyStrategicMerge(all, entry, context),
      resources,
    )
  },
  NamespaceTransformer: (resources, node, context) => {
    const value = scalar(map(node, 'metadata'), 'namespace')
    if (!value) return resources
    const subjects = text(node, 'setRoleBindingSubjects')
    const namespace: NamespaceField = {
      value,
      specs: fieldSpecsOf(node, 'fieldSpecs'),
      unsetOnly: flag(node, 'unsetOnly'),
      subjects: subjects === '' ? 'defaultOnly' : (subjects as SubjectMode),
    }
    return setNamespace(resources, namespace, reporter(context, node))
  },
  PrefixTransformer: affixed('prefix'),
  SuffixTransformer: affixed('suffix'),
  PrefixSuffixTransformer: affixed('prefix', 'suffix'),
  LabelTransformer: (resources, node, context) =>
    addTexts(resources, pairs(node, 'labels'), fieldSpecsOf(node, 'fieldSpecs'), reporter(context, node)),
  AnnotationsTransformer: (resources, node, context) =>
    addTexts(resources, pairs(node, 'annotations'), fieldSpecsOf(node, 'fieldSpecs'), reporter(context, node)),
  ImageTagTransformer: (resources, node, context) =>
    changeImages(
      resources,
      imageChange(field(node, 'imageTag') ?? node),
      fieldSpecsOf(node, 'fieldSpecs'),
      node.from,
      reporter(context, node),
    ),
  ReplicaCountTransformer: (resources, node, context) =>
    replicas(resources, field(node, 'replica') ?? node, {
      ...context,
      specs: { ...context.specs, replicas: fieldSpecsOf(node, 'fieldSpecs') },
    }),
  ReplacementTransformer: (resources, node, context) =>
    replacementsOf(items(node, 'replacements'), context.loader).reduce((all, replacement) => replace(all, replacement, context), resources),
  ValueAddTransformer: (resources, node, context) => addValue(resources, node, context),
}

/** Writes a value into fields, or into a path that a field holds. */
function addValue(resources: readonly Resource[], node: MapNode, context: TransformContext): readonly Resource[] {
  const given = scalar(node, 'value')
  const value = textNode(given?.text.trim() || basename(context.loader.folder), (given ?? node).from)
  return items(node, 'targets').reduce<readonly Resource[]>((all, target) => {
    const path = scalar(target, 'fieldPath')
    const selector = map(target, 'selector')
    const chosen = new Set(selector ? select(all, selectorOf(selector)) : all)
    if (!path) return all
    return all.map((resource) =>
      chosen.has(resource) ? valueAdded(resource, path, value, integer(target, 'filePathPosition'), context) : resource,
    )
  }, resources)
}

function valueAdded(resource: Resource, path: Scalar, value: Scalar, position: number, context: TransformContext): Resource {
  if (path.text === 'metadata/namespace')
    return setNamespace([resource], { value, specs: NO_FIELDS }, reporter(context, path))[0] ?? resource
  const set = (old: Node): Node =>
    replacing({ ...value, text: position > 0 && old.kind === 'scalar' ? inserted(old.text, position - 1, value.text) : value.text }, old)
  const node = changeAt(resource.node, splitPath(path.text), { set, create: { kind: 'scalar', by: value.from }, found: 0 })
  return node.kind === 'map' ? withNode(resource, node) : resource
}

const NO_FIELDS: readonly FieldSpec[] = []

/** `part` as a step of a path; an absolute path stays absolute. */
function inserted(path: string, position: number, part: string): string {
  const absolute = path.startsWith('/')
  const parts = path.split('/').filter((step) => step !== '')
  parts.splice(position, 0, part)
  return `${absolute ? '/' : ''}${parts.join('/')}`
}
