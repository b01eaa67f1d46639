import { type KubeObject, makeObject } from '../model/object.ts'
import type { ObjectChange } from '../model/rule.ts'
import { equal, hasUnknown, type Path, text as textOf, type Value } from '../model/value.ts'
import {
  appendDocument,
  editYaml,
  findNode,
  locateInScalar,
  parseYaml,
  pathAt,
  splitDocuments,
  stringifyYaml,
  type YamlChange,
  type YamlTree,
} from '../syntax/yaml/index.ts'
import { basename, compareText, dirname } from '../text/path.ts'
import type { Span } from '../text/span.ts'
import { fileObject } from './file-object.ts'
import type { FrontEnd } from './front-end.ts'
import { mayHavePlaceholders, markPlaceholders } from './placeholder.ts'
import { templateAction } from './template.ts'
import { unfold } from './unfold.ts'
import type { FileEdit, Location, NotEvaluated, Origin, Problem, Rewriting, SourceFile, Unit } from './unit.ts'

/** One document of a manifest file. Documents whose text did not change are shared between revisions. */
interface ManifestDocument {
  readonly text: string
  readonly tree: YamlTree
  readonly objects: readonly Entry[]
}

interface Entry {
  readonly object: KubeObject
  /** Where the object stands in its document: empty, or an item of a `List`. */
  readonly prefix: Path
}

/** A plain manifest file: YAML or JSON, any number of documents, `List` kinds unfolded. */
export interface ManifestUnit extends Unit {
  readonly documents: readonly ManifestDocument[]
}

const evaluated = new WeakMap<SourceFile, ManifestUnit>()

/** What no other front end wants: a unit a file. */
export const manifestFrontEnd: FrontEnd = {
  kind: 'manifest',
  decides: () => false,
  plan(files, taken) {
    const paths = [...files.keys()].filter(
      (path) => /\.(ya?ml|json)$/i.test(path) && basename(path) !== '.kube-zero-trust.yaml' && !taken(path),
    )
    return {
      units: paths.sort(compareText).map((path) => ({
        id: path,
        evaluate: (files, previous) => evaluateManifest(files.get(path) ?? { path, text: '' }, previous as ManifestUnit | undefined),
      })),
      taken: () => false,
      notEvaluated: [],
    }
  },
}

/** Everything that `previous` knows of documents with the same text, and every object whose body is the same, is kept. */
export function evaluateManifest(file: SourceFile, previous?: ManifestUnit): ManifestUnit {
  const known = evaluated.get(file)
  if (known) return known
  const unit = evaluate(file, previous)
  evaluated.set(file, unit)
  return unit
}

function evaluate(file: SourceFile, previous: ManifestUnit | undefined): ManifestUnit {
  const spans = splitDocuments(file.text)
  const before = new Map<string, ManifestDocument[]>()
  for (const document of previous?.documents ?? []) {
    const same = before.get(document.text)
    if (same) same.push(document)
    else before.set(document.text, [document])
  }
  const reused = spans.map((span) => before.get(file.text.slice(span.start, span.end))?.shift())
  const replaced = new Map([...before.values()].flat().flatMap((document) => document.objects.map(({ object }) => [object.id, object])))
  const documents = spans.map((span, i) => reused[i] ?? read(file, file.text.slice(span.start, span.end), replaced))
  return new Manifest(file, documents, spans)
}

/** @param replaced objects that may be kept, each once: two copies of one object are two objects */
function read(file: SourceFile, text: string, replaced: Map<string, KubeObject>): ManifestDocument {
  const tree = parseYaml(text)
  const whole = fileObject(file.path, tree.body)
  if (whole) return { text, tree, objects: [{ object: whole, prefix: [] }] }
  const body =
    tree.body !== undefined && mayHavePlaceholders(text) && textOf(tree.body, 'kind') !== 'CustomResourceDefinition'
      ? markPlaceholders(tree.body)
      : tree.body
  const objects = unfold(body, []).flatMap(({ body, prefix }): Entry[] => {
    const object = makeObject(body, file.path, file.path)
    if (!object) return []
    const old = replaced.get(object.id)
    const same = old !== undefined && old.apiVersion === object.apiVersion && equal(old.body, object.body)
    if (same) replaced.delete(object.id)
    return [{ object: same ? old : object, prefix }]
  })
  return { text, tree, objects }
}

class Manifest implements ManifestUnit {
  readonly kind = 'manifest'
  readonly id: string
  readonly reads: readonly string[]
  readonly objects: readonly KubeObject[]
  readonly problems: readonly Problem[]
  readonly notEvaluated: readonly NotEvaluated[] = []
  readonly documents: readonly ManifestDocument[]
  readonly #file: SourceFile
  readonly #spans: readonly Span[]
  readonly #places: ReadonlyMap<KubeObject, { document: number; prefix: Path }>

  constructor(file: SourceFile, documents: readonly ManifestDocument[], spans: readonly Span[]) {
    this.id = file.path
    this.reads = [file.path]
    this.documents = documents
    this.#file = file
    this.#spans = spans
    this.objects = documents.flatMap((document) => document.objects.map(({ object }) => object))
    this.problems = problemsOf(file, documents, spans)
    this.#places = new Map(
      documents.flatMap(({ objects }, document) => objects.map(({ object, prefix }) => [object, { document, prefix }])),
    )
  }

  locate(object: KubeObject, path: Path, part: 'key' | 'value'): Location | undefined {
    const found = this.#find(object, path)
    if (!found) return undefined
    const span = part === 'key' ? (found.node.key ?? found.node.value) : found.node.value
    return this.#location(found.base, span)
  }

  locateWithin(object: KubeObject, path: Path, range: Span): Location | undefined {
    const found = this.#find(object, path)
    return found && this.#location(found.base, locateInScalar(found.text, found.node.value, range))
  }

  origins(object: KubeObject, path: Path): readonly Origin[] {
    const location = this.locate(object, path, 'value')
    return location ? [{ ...location, role: 'written' }] : []
  }

  at(file: string, offset: number): { object: KubeObject; path: Path; part: 'key' | 'value' } | undefined {
    if (file !== this.#file.path) return undefined
    const index = this.#spans.findLastIndex((span) => span.start <= offset && offset <= span.end)
    const document = this.documents[index]
    const base = this.#spans[index]?.start ?? 0
    if (!document) return undefined
    const { path, part } = pathAt(document.tree, offset - base)
    for (const { object, prefix } of document.objects) {
      if (prefix.every((step, i) => path[i] === step)) return { object, path: path.slice(prefix.length), part }
    }
    return undefined
  }

  rewrite(changes: readonly ObjectChange[]): readonly Rewriting[] | { readonly refused: string } {
    const edits: FileEdit[] = []
    const created: { file: string; text: string }[] = []
    const byDocument = new Map<number, YamlChange[]>()
    const appended: Value[] = []
    for (const change of changes) {
      if (change.op === 'create') {
        if (hasUnknown(change.body)) return { refused: 'what would be written is not wholly known' }
        if (this.#file.path.endsWith('.json'))
          created.push({ file: besideJson(this.#file.path, change.body), text: stringifyYaml(change.body, {}) })
        else appended.push(change.body)
        continue
      }
      const place = this.#places.get(change.object)
      if (!place) return { refused: 'the object is no longer in this file' }
      const { object: _, ...rest } = change
      const list = byDocument.get(place.document)
      const inDocument = { ...rest, path: [...place.prefix, ...change.path] } as YamlChange
      if (list) list.push(inDocument)
      else byDocument.set(place.document, [inDocument])
    }
    for (const [index, list] of byDocument) {
      const result = editYaml(this.documents[index]?.text ?? '', list)
      if ('refused' in result) return result
      const base = this.#spans[index]?.start ?? 0
      for (const edit of result.edits) edits.push({ ...this.#location(base, edit), text: edit.text })
    }
    if (appended.length > 0) {
      let text = this.#file.text
      let insertion = ''
      for (const body of appended) {
        const edit = appendDocument(text, body)
        text += edit.text
        insertion += edit.text
      }
      edits.push({ file: this.#file.path, span: { start: this.#file.text.length, end: this.#file.text.length }, text: insertion })
    }
    return [{ edits, created, suffix: '' }]
  }

  #find(object: KubeObject, path: Path) {
    const place = this.#places.get(object)
    const document = place && this.documents[place.document]
    if (!document) return undefined
    const node = findNode(document.tree, [...place.prefix, ...path])
    return node && { node, text: document.text, base: this.#spans[place.document]?.start ?? 0 }
  }

  #location(base: number, span: Span): Location {
    return { file: this.#file.path, span: { start: base + span.start, end: base + span.end } }
  }
}

/** Broken text is reported where a manifest is meant: other YAML files of a repository are none of ours. */
function problemsOf(file: SourceFile, documents: readonly ManifestDocument[], spans: readonly Span[]): Problem[] {
  const at = (i: number, { start, end }: Span): Location => {
    const base = spans[i]?.start ?? 0
    return { file: file.path, span: { start: base + start, end: base + end } }
  }
  const problems = documents.flatMap(({ text, tree, objects }, i): Problem[] => {
    // Of what is no manifest its own tools tell what is wrong.
    if (objects[0]?.object.group === 'file') return []
    if (tree.problems.length === 0 || (objects.length === 0 && !looksLikeManifest(text))) return []
    const action = tree.problems.some(({ harmless }) => !harmless) ? templateAction(text) : undefined
    if (action) return [{ ...at(i, action), message: TEMPLATE, severity: 'information', incomplete: true }]
    return tree.problems.map((problem) =>
      problem.harmless
        ? { ...at(i, problem), message: problem.message, severity: 'warning' }
        : { ...at(i, problem), message: problem.message, severity: 'error', incomplete: true },
    )
  })
  const rest = problems.slice(MAX_PROBLEMS)
  // What is lost weighs more than what is only odd.
  const next = rest.find(({ incomplete }) => incomplete) ?? rest[0]
  if (!next || rest.length === 1) return problems
  return [...problems.slice(0, MAX_PROBLEMS), { ...next, message: `${next.message} And ${rest.length - 1} more like this in this file.` }]
}

/** More of one file than a person reads. */
const MAX_PROBLEMS = 20

const TEMPLATE = 'This is a template: what it makes is known once it is rendered. Audit what is rendered, or `exclude` this file.'

/** Whether a text that may be broken is meant as a Kubernetes object. */
export function looksLikeManifest(text: string): boolean {
  return /^[ \t{]*"?kind"?[ \t]*:/m.test(text) && /^[ \t{]*"?apiVersion"?[ \t]*:/m.test(text)
}

function besideJson(path: string, body: Value): string {
  const folder = dirname(path)
  const name = `${(textOf(body, 'kind') ?? 'object').toLowerCase()}-${textOf(body, 'metadata', 'name') ?? 'new'}.yaml`
  return folder === '' ? name : `${folder}/${name}`
}
