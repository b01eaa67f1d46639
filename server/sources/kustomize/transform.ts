import { type FieldSpec, mergeSpecs, type Report } from './fieldspec.ts'
import { changeImages, imageChange } from './images.ts'
import { addTexts } from './labels.ts'
import type { Loader } from './loader.ts'
import { affix, setNamespace } from './names.ts'
import { isNilOrEmpty, type MapNode, type Node } from './node.ts'
import { applyJson6902, applyPatch, applyStrategicMerge } from './patches.ts'
import { fieldSpecsOf, flag, items, pairs, scalar, scalars, text } from './reading.ts'
import { replacementsOf, replace } from './replacements.ts'
import { setReplicas } from './replicas.ts'
import type { Resource } from './resource.ts'
import type { Schemas } from './schema.ts'
import type { Specs } from './specs.ts'

export interface TransformContext {
  readonly loader: Loader
  readonly schemas: Schemas
  readonly specs: Specs
  /** Something that the kustomization reaches is not known. */
  readonly incomplete: boolean
}

type Step = (resources: readonly Resource[], root: MapNode, context: TransformContext) => readonly Resource[]

/** The transformers that a kustomization's own fields stand for, in kustomize's order. */
const STEPS: readonly Step[] = [
  (resources, root, context) =>
    scalars(root, 'patchesStrategicMerge').reduce((all, entry) => applyStrategicMerge(all, entry, context), resources),
  (resources, root, context) => items(root, 'patches').reduce((all, entry) => applyPatch(all, entry, context), resources),
  (resources, root, context) => {
    const value = scalar(root, 'namespace')
    return value ? setNamespace(resources, { value, specs: context.specs.namespace }, reporter(context, value)) : resources
  },
  (resources, root, context) => {
    const value = scalar(root, 'namePrefix')
    return value ? affix(resources, 'prefix', value, context.specs.namePrefix, reporter(context, value)) : resources
  },
  (resources, root, context) => {
    const value = scalar(root, 'nameSuffix')
    return value ? affix(resources, 'suffix', value, context.specs.nameSuffix, reporter(context, value)) : resources
  },
  (resources, root, context) => {
    const labelled = items(root, 'labels').reduce<readonly Resource[]>(
      (all, entry) => addTexts(all, pairs(entry, 'pairs'), labelSpecs(entry, context.specs), reporter(context, entry)),
      resources,
    )
    return addTexts(labelled, pairs(root, 'commonLabels'), context.specs.commonLabels, reporter(context, root))
  },
  (resources, root, context) =>
    addTexts(resources, pairs(root, 'commonAnnotations'), context.specs.commonAnnotations, reporter(context, root)),
  (resources, root, context) => items(root, 'patchesJson6902').reduce((all, entry) => applyJson6902(all, entry, context), resources),
  (resources, root, context) => items(root, 'replicas').reduce((all, entry) => replicas(all, entry, context), resources),
  (resources, root, context) =>
    [...items(root, 'images'), ...items(root, 'imageTags')].reduce<readonly Resource[]>(
      (all, entry) => changeImages(all, imageChange(entry), context.specs.images, entry.from, reporter(context, entry)),
      resources,
    ),
  (resources, root, context) =>
    replacementsOf(items(root, 'replacements'), context.loader).reduce((all, replacement) => replace(all, replacement, context), resources),
]

export function transform(resources: readonly Resource[], root: MapNode, context: TransformContext): readonly Resource[] {
  let result = resources
  for (const step of STEPS) result = step(result, root, context).filter(({ node }) => !isNilOrEmpty(node))
  return result
}

export function reporter({ loader }: TransformContext, at: Node): Report {
  return (message) => loader.log.problem(at, message)
}

const madeSpecs = new WeakMap<Specs, WeakMap<Node, readonly FieldSpec[]>>()

function labelSpecs(entry: Node, specs: Specs): readonly FieldSpec[] {
  const known = madeSpecs.get(specs) ?? new WeakMap<Node, readonly FieldSpec[]>()
  madeSpecs.set(specs, known)
  const made = known.get(entry) ?? makeLabelSpecs(entry, specs)
  known.set(entry, made)
  return made
}

function makeLabelSpecs(entry: Node, specs: Specs): readonly FieldSpec[] {
  const own = mergeSpecs(fieldSpecsOf(entry, 'fields'), specs.labels)
  if (flag(entry, 'includeSelectors')) return mergeSpecs(own, specs.commonLabels)
  const templates = flag(entry, 'includeTemplates') ? mergeSpecs(own, specs.templateLabels) : own
  return mergeSpecs(templates, [{ group: '', version: '', kind: '', path: 'metadata/labels', create: true }])
}

export function replicas(resources: readonly Resource[], entry: Node, context: TransformContext): readonly Resource[] {
  const result = setReplicas(resources, entry, context.specs.replicas, reporter(context, entry))
  if (result) return result
  const name = text(entry, 'name')
  if (context.incomplete) context.loader.log.unknown(`The replicas of "${name}" are set on nothing in what is known.`)
  else context.loader.log.problem(scalar(entry, 'name') ?? entry, `No workload is called "${name}".`)
  return resources
}
