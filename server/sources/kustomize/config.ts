import { type Body, get, isMap, text as textOf, type Value } from '../../model/value.ts'
import { docsOf } from './document.ts'
import { type FieldSpec, mergeSpecs } from './fieldspec.ts'
import { sameGvk } from './gvk.ts'
import type { Loader } from './loader.ts'
import { type Node, rootNode, type Scalar } from './node.ts'
import { fieldSpecsOf, items, text } from './reading.ts'
import { compareTypes } from './order.ts'
import { DEFAULT_SPECS, type NameReference, type Specs } from './specs.ts'

const FIELDS = [
  'namePrefix',
  'nameSuffix',
  'namespace',
  'commonLabels',
  'labels',
  'templateLabels',
  'commonAnnotations',
  'varReference',
  'images',
  'replicas',
] as const

export const NO_SPECS: Specs = {
  namePrefix: [],
  nameSuffix: [],
  namespace: [],
  commonLabels: [],
  labels: [],
  templateLabels: [],
  commonAnnotations: [],
  varReference: [],
  images: [],
  replicas: [],
  nameReference: [],
}

/**
 * Adds what is not there yet, in kustomize's order: a spec for one kind comes before one for all kinds, which a
 * later merge takes for the same and leaves out. That is how the prefix of a single kind is configured.
 */
export function mergeConfigs(a: Specs, b: Specs): Specs {
  if (a === b || b === NO_SPECS) return a
  if (a === NO_SPECS && b === DEFAULT_SPECS) return b
  const merge = (name: (typeof FIELDS)[number]): readonly FieldSpec[] => mergeSpecs(a[name], b[name]).toSorted(compareTypes)
  return {
    namePrefix: merge('namePrefix'),
    nameSuffix: merge('nameSuffix'),
    namespace: merge('namespace'),
    commonLabels: merge('commonLabels'),
    labels: merge('labels'),
    templateLabels: merge('templateLabels'),
    commonAnnotations: merge('commonAnnotations'),
    varReference: merge('varReference'),
    images: merge('images'),
    replicas: merge('replicas'),
    nameReference: mergeReferences(a.nameReference, b.nameReference),
  }
}

function mergeReferences(a: readonly NameReference[], b: readonly NameReference[]): readonly NameReference[] {
  const result = [...a]
  for (const reference of b) {
    const index = result.findIndex((known) => sameGvk(known, reference))
    const known = result[index]
    if (known) result[index] = { ...known, referrers: mergeSpecs(known.referrers, reference.referrers) }
    else result.push(reference)
  }
  return result
}

/** A file of `configurations`. */
export function readConfig(entry: Scalar, loader: Loader): Specs {
  const file = loader.read(entry)
  if (file === 'remote') loader.log.unknown(`The configuration ${entry.text} is on a server.`)
  if (!file || file === 'remote') return NO_SPECS
  const doc = docsOf(file).find(({ body }) => body !== undefined)
  const root = doc && rootNode(doc)
  const specs = Object.fromEntries(FIELDS.map((name) => [name, fieldSpecsOf(root, name)])) as unknown as Specs
  return { ...specs, nameReference: items(root, 'nameReference').map(nameReferenceOf) }
}

function nameReferenceOf(node: Node): NameReference {
  return {
    group: text(node, 'group'),
    version: text(node, 'version'),
    kind: text(node, 'kind'),
    referrers: fieldSpecsOf(node, 'fieldSpecs'),
  }
}

/** How many definitions of a `crds` file are looked at, each once for every path that leads to it. */
const MAX_DEFINITIONS = 2_000

/** A file of `crds`: definitions in the form of OpenAPI, whose extensions say which fields hold labels, names and references. */
export function readCrds(entry: Scalar, loader: Loader): Specs {
  const file = loader.read(entry)
  if (file === 'remote') loader.log.unknown(`The definitions ${entry.text} are on a server.`)
  if (!file || file === 'remote') return NO_SPECS
  const definitions = docsOf(file).find(({ body }) => body !== undefined)?.body
  if (!isMap(definitions)) return NO_SPECS
  let result = NO_SPECS
  const budget = { left: MAX_DEFINITIONS }
  for (const [name, definition] of Object.entries(definitions)) {
    const properties = propertiesOf(definition)
    if (!['kind', 'apiVersion', 'metadata'].every((field) => field in properties)) continue
    const kind = name.slice(name.lastIndexOf('.') + 1)
    result = mergeConfigs(result, collect(definitions, definition, kind, [], budget))
  }
  return result
}

function propertiesOf(definition: Value): Body {
  const properties = get(definition, 'Schema', 'properties') ?? get(definition, 'schema', 'properties')
  return isMap(properties) ? properties : {}
}

function collect(definitions: Body, definition: Value, kind: string, path: readonly string[], budget: { left: number }): Specs {
  let result = NO_SPECS
  if (budget.left-- <= 0) return result
  for (const [name, property] of Object.entries(propertiesOf(definition))) {
    const at = (...more: string[]): FieldSpec => ({ group: '', version: '', kind, path: [...path, name, ...more].join('/'), create: false })
    const has = (extension: string): boolean => textOf(property, extension) !== undefined
    const version = textOf(property, 'x-kubernetes-object-ref-api-version')
    const target = textOf(property, 'x-kubernetes-object-ref-kind')
    const referrers = [at(textOf(property, 'x-kubernetes-object-ref-name-key') ?? 'name')]
    result = mergeConfigs(result, {
      ...NO_SPECS,
      commonAnnotations: has('x-kubernetes-annotation') ? [at()] : [],
      commonLabels: has('x-kubernetes-label-selector') ? [at()] : [],
      namePrefix: has('x-kubernetes-identity') ? [at()] : [],
      nameReference: version !== undefined && target !== undefined ? [{ group: '', version, kind: target, referrers }] : [],
    })
    const reference = textOf(property, '$ref')
    const below = reference === undefined ? undefined : definitions[reference]
    if (below !== undefined) result = mergeConfigs(result, collect(definitions, below, kind, [...path, name], budget))
  }
  return result
}
