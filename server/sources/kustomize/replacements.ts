import { docsOf } from './document.ts'
import { changeAt, lookup, type PathChange, pathSteps } from './field-path.ts'
import { effectiveNamespace, type Id, isSelected } from './gvk.ts'
import type { Loader } from './loader.ts'
import { isNilOrEmpty, ListNode, MapNode, type Node, replacing, rootNode, type Scalar, sizeOf, textNode } from './node.ts'
import { field, flag, integer, items, map, scalar, scalars, selectorOf, text, valueText } from './reading.ts'
import { previousIds, type Resource, withNode } from './resource.ts'
import { matchesGvk, matchesMeta, matchesPart, type Selector, selectorError } from './selector.ts'

/** What is copied in one piece at most: replacements that copy each other's results double with every step. */
const MAX_COPIED = 50_000

export interface ReplacementContext {
  readonly loader: Loader
  readonly incomplete: boolean
}

/** The replacements of a kustomization, those in files read. */
export function replacementsOf(entries: readonly Node[], loader: Loader): Node[] {
  return entries.flatMap((entry) => {
    const path = scalar(entry, 'path')
    if (!path) return [entry]
    const file = loader.read(path)
    if (file === 'remote') loader.log.unknown(`The replacements ${path.text} are on a server.`)
    const doc = file && file !== 'remote' ? docsOf(file).find(({ body }) => body !== undefined) : undefined
    const root = doc && rootNode(doc)
    return root?.kind === 'list' ? root.items : root?.kind === 'map' ? [root] : []
  })
}

/** Copies a value from one object into fields of others (`api/filters/replacement`). */
export function replace(resources: readonly Resource[], replacement: Node, context: ReplacementContext): readonly Resource[] {
  const { log } = context.loader
  const targets = items(replacement, 'targets')
  const given = scalar(replacement, 'sourceValue')
  const source = map(replacement, 'source')
  if ((!source && !given) || targets.length === 0) {
    log.problem(replacement, 'A replacement needs a source and at least one target.')
    return resources
  }
  const value = given ? { ...given, quoted: false } : source && sourceValue(resources, source, context)
  if (!value) return resources
  if (sizeOf(value) > MAX_COPIED) {
    log.problem(replacement, `More than ${MAX_COPIED.toLocaleString('en')} values would be copied; not done.`, { incomplete: true })
    return resources
  }
  return targets.reduce<readonly Resource[]>((all, target) => intoTarget(all, target, value, context), resources)
}

function sourceValue(resources: readonly Resource[], source: MapNode, { loader, incomplete }: ReplacementContext): Node | undefined {
  const { log } = loader
  const wanted = selectorOf(source)
  const matching = resources.filter((resource) => unscopedIds(resource).some((id) => isSelectedBy(id, wanted)))
  if (matching.length !== 1) {
    if (matching.length > 1)
      log.problem(source, `${matching.length} objects match the source of the replacement: it must be one.`, { part: 'key' })
    else if (incomplete) log.unknown('The source of a replacement is not in what is known.')
    else log.problem(source, 'No object matches the source of the replacement.', { part: 'key' })
    return undefined
  }
  const path = text(source, 'fieldPath') || 'metadata.name'
  const found = matching[0] && lookup(matching[0].node, pathSteps(path))
  if (isNilOrEmpty(found)) {
    log.problem(scalar(source, 'fieldPath') ?? source, `The source has no field ${path}.`)
    return undefined
  }
  return refined(found as Node, map(source, 'options'), loader)
}

/** Part of the source's text. */
function refined(value: Node, options: MapNode | undefined, { log }: Loader): Node | undefined {
  const delimiter = text(options, 'delimiter')
  if (delimiter === '' || !options) return value
  const parts = value.kind === 'scalar' ? value.text.split(delimiter) : []
  const part = parts[integer(options, 'index')]
  if (value.kind !== 'scalar' || part === undefined) {
    log.problem(options, value.kind === 'scalar' ? 'The source has no such part.' : 'Only text can be cut at a delimiter.', { part: 'key' })
    return undefined
  }
  return { ...value, text: part }
}

/** The current id first, then the earlier ones; scopes do not count here. */
function unscopedIds(resource: Resource): Id[] {
  return [{ ...resource.id, clusterScoped: false }, ...previousIds(resource)]
}

function isSelectedBy(id: Id, wanted: Selector): boolean {
  const namespace = { ...id, namespace: wanted.namespace }
  return (
    (wanted.name === '' || wanted.name === id.name) &&
    (wanted.namespace === '' || effectiveNamespace(namespace) === effectiveNamespace(id)) &&
    isSelected(id, wanted)
  )
}

function intoTarget(resources: readonly Resource[], target: Node, value: Node, context: ReplacementContext): readonly Resource[] {
  const { log } = context.loader
  const select = field(target, 'select')
  if (!select) {
    log.problem(target, 'A target of a replacement needs a select.')
    return resources
  }
  const wanted = selectorOf(select)
  const error = selectorError(wanted)
  if (error) log.problem(select, error)
  const rejects = items(target, 'reject').map(selectorOf)
  const paths = scalars(target, 'fieldPaths')
  const options = map(target, 'options')
  return resources.map((resource) => {
    if (!isChosen(resource, wanted, rejects)) return resource
    let node = resource.node
    for (const path of paths.length > 0 ? paths : [undefined]) node = intoField(node, path, target, value, options, context)
    return withNode(resource, node)
  })
}

function isChosen(resource: Resource, wanted: Selector, rejects: readonly Selector[]): boolean {
  if (!matchesMeta(resource, wanted)) return false
  if (rejects.some((reject) => (reject.labelSelector !== '' || reject.annotationSelector !== '') && matchesMeta(resource, reject)))
    return false
  const ids = unscopedIds(resource)
  const matches = (selector: Selector, id: Id): boolean =>
    matchesGvk(selector, id) && matchesPart(selector.name, id.name) && matchesPart(selector.namespace, id.namespace)
  if (rejects.some((reject) => !namesNothing(reject) && ids.some((id) => matches(reject, id)))) return false
  return ids.some((id) => matches(wanted, id))
}

function namesNothing({ group, version, kind, name, namespace }: Selector): boolean {
  return group + version + kind + name + namespace === ''
}

function intoField(
  node: MapNode,
  path: Scalar | undefined,
  target: Node,
  value: Node,
  options: MapNode | undefined,
  { loader }: ReplacementContext,
): MapNode {
  const { log } = loader
  const at = path ?? target
  const name = path?.text ?? 'metadata.name'
  const change: PathChange = {
    set: (old) => filled(old, value, options, loader),
    create: flag(options, 'create') ? { kind: value.kind, by: at.from } : undefined,
    found: 0,
  }
  const result = changeAt(node, pathSteps(name), change)
  if (change.error !== undefined) {
    const inText = holdsStructure(node, name)
    if (inText) log.unknown(`${name} leads into a text that is itself YAML or JSON: the replacement is not made.`)
    else log.problem(at, `${name} cannot be followed. ${change.error}`)
    return node
  }
  if (change.found === 0) log.problem(at, `A target has no field ${name}.`)
  return result.kind === 'map' ? result : node
}

function holdsStructure(node: MapNode, path: string): boolean {
  const steps = pathSteps(path)
  return steps.some((_, i) => i > 0 && lookup(node, steps.slice(0, i))?.kind === 'scalar')
}

/** A scalar keeps its type and takes the text; anything else is replaced whole. */
function filled(old: Node, value: Node, options: MapNode | undefined, { log }: Loader): Node {
  const delimiter = text(options, 'delimiter')
  let text_ = value.kind === 'scalar' ? value.text : ''
  if (options && delimiter !== '') {
    if (old.kind !== 'scalar') {
      log.problem(options, 'Only text can be cut at a delimiter.', { part: 'key' })
      return old
    }
    text_ = spliced(valueText(old), text_, delimiter, integer(options, 'index'))
  }
  if (old.kind !== 'scalar') return replacing(copied(value), old)
  if (value.kind !== 'scalar' && old.tag === '' && old.text === '') return value
  if (value.kind === 'scalar' && value.tag === 'unknown') return replacing(value, old)
  const from = old.text === '' ? value.from : { ...value.from, before: old.from }
  return { ...old, text: text_, tag: old.tag === 'null' ? '' : old.tag, from }
}

function spliced(old: string, text_: string, delimiter: string, index: number): string {
  const parts = old.split(delimiter)
  if (index < 0) parts.unshift(text_)
  else if (index >= parts.length) parts.push(text_)
  else parts[index] = text_
  return parts.join(delimiter)
}

/** The value without the history of its source, to have one of its own. */
function copied(value: Node): Node {
  const from = { doc: value.from.doc, node: value.from.node }
  if (value.kind === 'scalar') return { ...textNode(value.text, from), tag: value.tag, quoted: value.quoted }
  return value.kind === 'map' ? new MapNode(from, value.entries) : new ListNode(from, value.items)
}
