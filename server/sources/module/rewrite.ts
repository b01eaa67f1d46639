import type { KubeObject } from '../../model/object.ts'
import type { ObjectChange } from '../../model/rule.ts'
import { type Body, equal, isList, isMap, isUnknown, type Path, text, unknown, unknownReason, type Value } from '../../model/value.ts'
import { editHcl, type Expression, type HclChange, parseHclExpression, printBlock, printHcl, quotedHcl } from '../../syntax/hcl/index.ts'
import type { FileEdit, Files, Rewriting } from '../unit.ts'
import { isInstalled } from './installed.ts'
import type { Source, Val } from './eval/value.ts'
import { resourceTypeOf } from './kubernetes/kinds.ts'
import { isBlockName, providerName } from './kubernetes/names.ts'
import type { Made } from './objects.ts'
import { asWritten, childOf, findNode, type Node } from './tree.ts'

export interface Refused {
  readonly refused: string
}

/** A value that a resource computes is written as a reference to it. */
function print(value: Value): string {
  return printHcl(value, (each) => (isUnknown(each) ? referenceOf(unknownReason(each)) : undefined))
}

const REFERENCE = /^[a-z][\w-]*(?:\.[a-z][\w-]*|\[(?:\d+|"[^"\\]*")\])+$/i

function referenceOf(reason: string): string | undefined {
  return REFERENCE.test(reason) ? reason : undefined
}

/** In a module its own resources are called without its name. Undefined where something is neither known nor a reference. */
function asSeenFrom(value: Value, prefix: string): Value | undefined {
  if (isUnknown(value)) {
    const reason = unknownReason(value)
    const own = reason.startsWith(prefix) ? reason.slice(prefix.length) : reason
    return referenceOf(own) === undefined ? undefined : unknown(own)
  }
  if (isList(value)) {
    const items = value.map((item) => asSeenFrom(item, prefix))
    return items.every((item) => item !== undefined) ? items : undefined
  }
  if (!isMap(value)) return value
  const result: Record<string, Value> = {}
  for (const [key, item] of Object.entries(value)) {
    const seen = asSeenFrom(item, prefix)
    if (seen === undefined) return undefined
    result[key] = seen
  }
  return result
}

export type Planned = { readonly file: string; readonly change: HclChange }
/** Where a value may be changed: where it is used, or where it comes from. */
export type Choice = 'origin' | 'use'

/** Writes changes of objects into the files of a module: first where a value comes from, then where it is used. */
export function rewriteModule(
  changes: readonly ObjectChange[],
  made: ReadonlyMap<KubeObject, Made>,
  files: Files,
): readonly Rewriting[] | Refused {
  const rewritings: Rewriting[] = []
  let refused: Refused = { refused: 'the module does not say this in a way that can be changed' }
  for (const choice of ['origin', 'use'] as const) {
    const written = write(changes, made, files, choice)
    if ('refused' in written) refused = written
    else if (!rewritings.some((other) => JSON.stringify(other.edits) === JSON.stringify(written.edits))) rewritings.push(written)
  }
  return rewritings.length > 0 ? rewritings : refused
}

function write(changes: readonly ObjectChange[], made: ReadonlyMap<KubeObject, Made>, files: Files, choice: Choice): Rewriting | Refused {
  const planned: Planned[] = []
  const additions = new Additions()
  for (const change of changes) {
    const entry = made.get(change.op === 'create' ? change.beside : change.object)
    if (!entry) return { refused: 'the object is no longer in this module' }
    const result = change.op === 'create' ? create(change.body, entry, made) : plan(change, entry, files, choice, additions)
    if ('refused' in result) return result
    planned.push(...result)
  }
  const added = additions.write()
  if ('refused' in added) return added
  planned.push(...added)
  const edits = editsOf(planned, files)
  if ('refused' in edits) return edits
  const own = new Set(changes.map((change) => made.get(change.op === 'create' ? change.beside : change.object)?.object.file))
  const elsewhere = [...new Set(edits.map(({ file }) => file))].filter((file) => !own.has(file))
  return { edits, created: [], suffix: elsewhere.length > 0 ? `in ${elsewhere.join(', ')}` : '' }
}

/** Changes of blocks and expressions as edits of their files. */
export function editsOf(planned: readonly Planned[], files: Files): readonly FileEdit[] | Refused {
  const edits: FileEdit[] = []
  const byFile = new Map<string, HclChange[]>()
  for (const { file, change } of planned) {
    const list = byFile.get(file)
    if (list) list.push(change)
    else byFile.set(file, [change])
  }
  for (const [file, list] of byFile) {
    const source = files.get(file)
    if (isInstalled(file)) return { refused: 'this stands in a module that is installed, not in one of your own' }
    const inYaml = source && /\.ya?ml$/.test(file) ? yamlEdits(file, list) : undefined
    if (inYaml) {
      edits.push(...inYaml)
      continue
    }
    if (!source || !/\.(?:tf|tofu|tfvars)$/.test(file)) return { refused: `${file} is not written in HCL` }
    const result = editHcl(source.text, list)
    if ('refused' in result) return result
    edits.push(...result.edits.map(({ start, end, text }) => ({ file, span: { start, end }, text })))
  }
  return edits
}

/** Single values of a file that is read whole: what HCL writes for them means the same in YAML. */
function yamlEdits(file: string, changes: readonly HclChange[]): readonly FileEdit[] | undefined {
  const edits = changes.map((change): FileEdit | undefined =>
    change.op === 'replace' && !/^\{|\n/.test(change.text) ? { file, span: change.span, text: change.text } : undefined,
  )
  return edits.every((edit) => edit !== undefined) ? edits : undefined
}

/** Other values in the place of some that are written in a module: where they come from, or where they are used. */
export function replaceValues(
  replaced: readonly { readonly from: Val; readonly by: Value }[],
  files: Files,
  choice: Choice,
): readonly FileEdit[] | Refused {
  const planned = all(
    replaced.map(({ from, by }) => {
      if (!from.source) return { refused: 'nobody wrote this' }
      const node = asWritten(from, undefined)
      const place = choice === 'origin' ? originOf(node, from.source, files) : from.source
      if (!place) return { refused: 'where this comes from cannot be told' }
      const span = { start: place.start, end: place.end }
      return [{ file: place.file, change: { op: 'replace' as const, span, text: print(asArgument(node, by)) } }]
    }),
  )
  return 'refused' in planned ? planned : editsOf(planned, files)
}

type Change = Exclude<ObjectChange, { op: 'create' }>

function plan(change: Change, made: Made, files: Files, choice: Choice, additions: Additions): readonly Planned[] | Refused {
  const node = findNode(made.tree, change.path)
  if (change.op === 'remove') return node ? remove(node) : []
  const value = asSeenFrom(change.value, made.origin.module.prefix)
  if (value === undefined) return { refused: 'what would be written is not wholly known' }
  if (change.op === 'insert') return insert(change.path, change.index, value, made, additions)
  if (node?.source && node.source.how !== 'provider') return replace(node, value, change.path, made, files, choice, additions)
  return additions.add(change.path, value, made)
}

function remove(node: Node): readonly Planned[] | Refused {
  const place = node.key ?? node.source
  if (!place) return { refused: 'nobody wrote this' }
  if (!node.key && node.source && node.source.from.length > 0) return { refused: 'this is computed' }
  return [{ file: place.file, change: { op: 'remove', start: place.start } }]
}

/** A value that is passed on unchanged can be changed where it comes from. */
function replace(
  node: Node,
  value: Value,
  path: Path,
  made: Made,
  files: Files,
  choice: Choice,
  additions: Additions,
): readonly Planned[] | Refused {
  const { source, from } = node
  if (!source) return { refused: 'nobody wrote this' }
  // A block is written anew, item by item.
  if (node.block || (from && Array.isArray(node.children) && (node.children as readonly Node[]).some(({ block }) => block))) {
    if (!isMap(value)) return { refused: 'blocks cannot be replaced as a whole' }
    return all(
      Object.entries(value)
        .filter(([key, item]) => !sameBody(childOf(node, key), item))
        .map(([key, item]) => {
          const child = childOf(node, key)
          return child?.source && child.source.how !== 'provider'
            ? replace(child, item, [...path, key], made, files, choice, additions)
            : additions.add([...path, key], item, made)
        }),
    )
  }
  const place = choice === 'origin' ? originOf(node, source, files) : source
  if (!place) return { refused: 'where this comes from cannot be told' }
  return [
    { file: place.file, change: { op: 'replace', span: { start: place.start, end: place.end }, text: print(asArgument(node, value)) } },
  ]
}

function sameBody(node: Node | undefined, value: Value): boolean {
  return node !== undefined && node.children === undefined && equal(node.scalar, value)
}

/** A text that Terraform wants where Kubernetes has a number stays a text. */
function asArgument(node: Node, value: Value): Value {
  return (typeof value === 'number' || typeof value === 'boolean') && node.from?.type === 'string' ? String(value) : value
}

/** The literal at the end of a chain of references; undefined where something is computed on the way. */
function originOf(node: Node, source: Source, files: Files): Source | undefined {
  let at = source
  for (let steps = 0; steps < 50; steps++) {
    const [next] = at.from
    if (!next || at.from.length > 1) break
    at = next
  }
  if (at === source) return source
  const written = files.get(at.file)?.text.slice(at.start, at.end) ?? ''
  const { value, problems } = parseHclExpression(written)
  return problems.length === 0 && literalOf(value) === String(node.from?.data) ? at : undefined
}

function literalOf(node: Expression): string | undefined {
  if (node.kind === 'number') return node.text
  if (node.kind === 'bool') return String(node.value)
  if (node.kind !== 'template') return undefined
  return node.parts.every((part) => part.kind === 'text')
    ? node.parts.map((part) => (part.kind === 'text' ? part.text : '')).join('')
    : undefined
}

/** What is absent, to be added below the nearest thing that is written: all that comes to one place in one piece. */
class Additions {
  readonly #places = new Map<Node, { readonly made: Made; readonly values: Map<string, Value> }>()

  add(path: Path, value: Value, made: Made): readonly Planned[] | Refused {
    for (let length = path.length - 1; length >= 0; length--) {
      const above = findNode(made.tree, path.slice(0, length))
      if (!above || above.source?.how === 'provider') continue
      const key = path[length]
      if (typeof key !== 'string') return { refused: 'items can only be added to a list that is written' }
      const place = this.#places.get(above) ?? { made, values: new Map<string, Value>() }
      place.values.set(key, combined(place.values.get(key), nest(path.slice(length + 1), value)))
      this.#places.set(above, place)
      return []
    }
    return { refused: 'there is nothing that this could be added to' }
  }

  write(): readonly Planned[] | Refused {
    return all(
      [...this.#places].flatMap(([above, { made, values }]) => [...values].map(([key, value]) => addBelow(above, key, value, made))),
    )
  }
}

/** Two values that come to one place: maps together, of anything else the later one. */
function combined(before: Value | undefined, value: Value): Value {
  if (isList(before) && isList(value))
    return Array.from({ length: Math.max(before.length, value.length) }, (_, i) => combined(before[i], value[i] ?? before[i] ?? null))
  if (!isMap(before) || !isMap(value)) return value
  const result: Record<string, Value> = { ...before }
  for (const [key, item] of Object.entries(value)) result[key] = combined(before[key], item)
  return result
}

/** The value at the end of a path, as an object. */
function nest(path: Path, value: Value): Value {
  return [...path].reverse().reduce<Value>((inner, step) => (typeof step === 'number' ? [inner] : { [step]: inner }), value)
}

function addBelow(above: Node, key: string, value: Value, made: Made): readonly Planned[] | Refused {
  if (above.block) {
    const block = blockStart(above, made)
    if (!block) return { refused: 'the block that this belongs to cannot be told' }
    const parent = blockName(above)
    const written = writeField(key, value, parent, made.style === 'resource')
    const changes: HclChange[] = [
      ...written.arguments.map(([name, text]): HclChange => ({ op: 'argument', block: block.start, name, text })),
      ...(written.blocks.length > 0 ? [{ op: 'blocks' as const, block: block.start, texts: written.blocks }] : []),
    ]
    return changes.map((change) => ({ file: block.file, change }))
  }
  // What is encoded as a text is written in the object that is encoded.
  const source = above.from?.encoded ? above.from.encoded.source : above.source
  if (source && source.from.length === 0) {
    return [{ file: source.file, change: { op: 'entry', object: source.start, key, text: print(value) } }]
  }
  return { refused: 'the object that this belongs to is computed' }
}

/** Where the block begins whose arguments the children of a node are. */
function blockStart(node: Node, made: Made): { readonly file: string; readonly start: number } | undefined {
  const { block, file } = made.origin.declared
  if (node === made.tree || node === childOf(made.tree, 'spec'))
    if (made.style === 'resource' || node === made.tree) return { file, start: block.start }
  return node.source && node.source.from.length === 0 ? { file: node.source.file, start: node.source.start } : undefined
}

function blockName(node: Node): string {
  return node.name
}

interface Written {
  readonly arguments: readonly (readonly [string, string])[]
  readonly blocks: readonly string[]
}

/** A field as an argument or as blocks, in the provider's names unless they are the same. */
function writeField(field: string, value: Value, parent: string, same: boolean): Written {
  if (isMap(value)) {
    const name = same ? field : providerName(field, parent, true)
    if (same ? !isFreeForm(field) : isBlockName(name) && !isPlainMap(field, parent))
      return { arguments: [], blocks: [writeBlock(name, value, same)] }
    return { arguments: [[same ? field : providerName(field, parent, false), print(value)]], blocks: [] }
  }
  if (isList(value) && value.some(isMap)) {
    const name = same ? field : providerName(field, parent, true)
    return { arguments: [], blocks: value.filter(isMap).map((item) => writeBlock(name, item, same)) }
  }
  return { arguments: [[same ? field : providerName(field, parent, false), print(value)]], blocks: [] }
}

/** Arguments of cloud resources that are maps, not blocks. */
function isFreeForm(name: string): boolean {
  return /^(?:tags|labels|metadata|annotations|parameters|settings|variables)$|_(?:tags|labels)$/.test(name)
}

function isPlainMap(field: string, parent: string): boolean {
  return field === 'parameters' || (field === 'selector' && parent === 'spec_of_service')
}

function writeBlock(name: string, body: Body, same: boolean): string {
  const written = Object.entries(body)
    .filter(([, value]) => value !== null)
    .map(([field, value]) => writeField(field, value, name, same))
  return printBlock(
    name,
    written.flatMap((each) => each.arguments),
    written.flatMap((each) => each.blocks),
  )
}

function insert(path: Path, index: number, value: Value, made: Made, additions: Additions): readonly Planned[] | Refused {
  const list = findNode(made.tree, path)
  const field = path.at(-1)
  if (!list)
    return typeof field === 'string' ? additions.add(path, [value], made) : { refused: 'there is no list that this could be added to' }
  const items = Array.isArray(list.children) ? (list.children as readonly Node[]) : []
  if (items.some(({ block }) => block)) {
    const above = findNode(made.tree, path.slice(0, -1))
    const block = above && blockStart(above, made)
    if (!block || !isMap(value)) return { refused: 'the block that this belongs to cannot be told' }
    return [
      { file: block.file, change: { op: 'blocks', block: block.start, texts: [writeBlock(list.name, value, made.style === 'resource')] } },
    ]
  }
  const { source } = list
  if (!source || source.from.length > 0) return { refused: 'this list is computed' }
  return [{ file: source.file, change: { op: 'item', list: source.start, index, text: print(value) } }]
}

/** A new object as a resource of its own, at the end of the file. */
function create(wanted: Value, beside: Made, made: ReadonlyMap<KubeObject, Made>): readonly Planned[] | Refused {
  const body = asSeenFrom(wanted, beside.origin.module.prefix)
  if (!isMap(body)) return { refused: 'what would be written is not wholly known' }
  const apiVersion = text(body, 'apiVersion') ?? ''
  const kind = text(body, 'kind') ?? ''
  const { file } = beside.origin.declared
  if (apiVersion === 'terraform/v1') {
    const { spec } = body
    const written = writeBlock(
      `resource "${kind}" ${quotedHcl(uniqueLabel(text(body, 'metadata', 'name') ?? 'main', kind, beside))}`,
      isMap(spec) ? spec : {},
      true,
    )
    return [{ file, change: { op: 'blocks', block: -1, texts: [written] } }]
  }
  const type = resourceTypeOf(apiVersion, kind)
  const label = uniqueLabel(text(body, 'metadata', 'name') ?? kind.toLowerCase(), type ?? 'kubernetes_manifest', beside)
  const { apiVersion: _, kind: __, ...rest } = body
  const written = type
    ? writeResource(type, label, rest, beside, made)
    : printBlock(`resource "kubernetes_manifest" ${quotedHcl(label)}`, [['manifest', print(body)]], [])
  return [{ file, change: { op: 'blocks', block: -1, texts: [written] } }]
}

function writeResource(type: string, label: string, body: Body, beside: Made, made: ReadonlyMap<KubeObject, Made>): string {
  const reference = namespaceReference(text(body, 'metadata', 'namespace'), beside, made)
  const printed = writeBlock(`resource "${type}" ${quotedHcl(label)}`, inProviderNames(body), false)
  return reference === undefined ? printed : printed.replace(/^( +namespace\s*= ).*$/m, (_, before: string) => before + reference)
}

/** The provider takes a Secret's texts as `data`. */
function inProviderNames(body: Body): Body {
  const { stringData, data, ...rest } = body
  if (stringData === undefined) return body
  return { ...rest, data: stringData, ...(data === undefined ? {} : { binaryData: data }) }
}

function namespaceReference(namespace: string | undefined, beside: Made, made: ReadonlyMap<KubeObject, Made>): string | undefined {
  if (namespace === undefined) return undefined
  for (const { object, origin, style } of made.values()) {
    if (style !== 'mapped' || object.groupKind !== '/Namespace' || object.name !== namespace || origin.module !== beside.origin.module)
      continue
    return `${origin.address.slice(origin.module.prefix.length)}.metadata[0].name`
  }
  return undefined
}

function uniqueLabel(name: string, type: string, beside: Made): string {
  const base = name.replace(/[^A-Za-z0-9_]+/g, '_').replace(/^(?=\d)/, '_')
  const { resources } = beside.origin.module.config
  for (let i = 1; ; i++) {
    const label = i === 1 ? base : `${base}_${i}`
    if (!resources.has(`${type}.${label}`)) return label
  }
}

function all(parts: readonly (readonly Planned[] | Refused)[]): readonly Planned[] | Refused {
  const planned: Planned[] = []
  for (const part of parts) {
    if ('refused' in part) return part
    planned.push(...part)
  }
  return planned
}
