import { isCluster } from '../../model/cloud/resource.ts'
import type { KubeObject } from '../../model/object.ts'
import type { ObjectChange } from '../../model/rule.ts'
import { equal, type Path } from '../../model/value.ts'
import type { Span } from '../../text/span.ts'
import { compareText } from '../../text/path.ts'
import { Uses } from '../chart/cursor.ts'
import { gapsOf } from '../chart/gaps.ts'
import type { Files, Location, NotEvaluated, Origin, Problem, Rewriting, Unit } from '../unit.ts'
import { hasSensitive, type Source } from './eval/value.ts'
import { evaluateModule } from './evaluation.ts'
import { type ChartRelease, problemsOf, releaseOf } from './helm/release.ts'
import { type Charted, rewriteRelease } from './helm/rewrite.ts'
import { decidedByModule, locateInRelease, locateWithinRelease, originsInRelease } from './helm/trace.ts'
import { isInstalled } from './installed.ts'
import type { ModuleInstance } from './instance.ts'
import { type Made, objectsOf } from './objects.ts'
import { rewriteModule } from './rewrite.ts'
import { findNode, type Node, walkTree } from './tree.ts'

/** A root module with one set of variables. */
export interface ModuleIdentity {
  readonly id: string
  readonly folder: string
  /** A file of variables besides those that Terraform reads by itself. */
  readonly variables: string | undefined
}

/** Evaluates a root module and all local modules below it. Objects that are the same as in `previous` are kept. */
export function evaluateUnit(files: Files, identity: ModuleIdentity, previous: Unit | undefined): ModuleUnit {
  const { evaluation, root } = evaluateModule(files, identity.folder, identity.variables === undefined ? [] : [identity.variables])
  const made: Made[] = []
  const releases: ChartRelease[] = []
  const known = previous instanceof ModuleUnit ? previous.releases : []
  if (root) {
    evaluation.guarded(() => {
      for (const module of root.tree()) {
        evaluation.guarded(() => made.push(...objectsOf(module, identity.id, identity.folder)))
        for (const resource of module.resources()) {
          const release = evaluation.guarded(() => releaseOf(resource, identity.id, identity.folder, files, known))
          if (release) releases.push(release)
        }
        evaluation.guarded(() => module.check())
      }
    })
  }
  const before = new Map(previous?.objects.map((object) => [object.id, object]))
  const keep = (object: KubeObject): KubeObject => {
    const old = before.get(object.id)
    before.delete(object.id)
    const same = old && old.file === object.file && old.apiVersion === object.apiVersion && equal(old.body, object.body)
    return same ? old : object
  }
  const kept = new Map(clustersApart(made).map((each) => [keep(each.object), each]))
  const charted = new Map<KubeObject, Charted>()
  for (const release of releases) {
    // Changes are tried out on the objects that rules have seen.
    const objects = new Map([...release.rendered.objects].map(([object, entry]) => [keep(object), entry]))
    const shown = { ...release, rendered: { ...release.rendered, objects } }
    for (const [object, entry] of objects) charted.set(object, { release: shown, entry })
  }
  return new ModuleUnit(identity.id, files, root, kept, { releases, charted }, found(evaluation, releases))
}

/** Root modules that make a cluster each are about different ones: what they make is the same thing with different content. */
function clustersApart(made: readonly Made[]): Made[] {
  let count = 0
  return made.map((each) => (isCluster(each.object) ? { ...each, object: { ...each.object, id: `terraform/cluster/${count++}` } } : each))
}

function found(evaluation: Findings, releases: readonly ChartRelease[]): Findings {
  const reads = new Set([...evaluation.reads, ...releases.flatMap(({ rendered }) => [...rendered.rendering.reads])])
  return {
    reads: [...reads].sort(compareText),
    problems: [...evaluation.problems.filter(({ file }) => !isInstalled(file)), ...releases.flatMap(problemsOf)],
    notEvaluated: [
      ...evaluation.notEvaluated.filter(({ file }) => !isInstalled(file)),
      ...releases.flatMap(({ rendered, folder }) => gapsOf(rendered.rendering, folder)),
    ],
  }
}

interface Findings {
  readonly problems: readonly Problem[]
  readonly notEvaluated: readonly NotEvaluated[]
  readonly reads: readonly string[]
}

export class ModuleUnit implements Unit {
  readonly kind = 'module'
  readonly id: string
  readonly reads: readonly string[]
  readonly objects: readonly KubeObject[]
  readonly problems: readonly Problem[]
  readonly notEvaluated: readonly NotEvaluated[]
  /** The evaluated module, for whoever asks for an expression; undefined when there is none. */
  readonly root: ModuleInstance | undefined
  /** The charts that it installs, as they are rendered. */
  readonly releases: readonly ChartRelease[]
  readonly #made: ReadonlyMap<KubeObject, Made>
  readonly #charted: ReadonlyMap<KubeObject, Charted>
  readonly #files: Files
  #uses: Uses | undefined

  constructor(
    id: string,
    files: Files,
    root: ModuleInstance | undefined,
    made: ReadonlyMap<KubeObject, Made>,
    charts: { readonly releases: readonly ChartRelease[]; readonly charted: ReadonlyMap<KubeObject, Charted> },
    found: Findings,
  ) {
    this.id = id
    this.root = root
    this.objects = [...made.keys(), ...charts.charted.keys()]
    this.releases = charts.releases
    this.#charted = charts.charted
    this.reads = found.reads
    this.problems = [...found.problems]
    this.notEvaluated = [...found.notEvaluated]
    this.#made = made
    this.#files = files
  }

  locate(object: KubeObject, path: Path, part: 'key' | 'value'): Location | undefined {
    const charted = this.#charted.get(object)
    if (charted) return locateInRelease(charted.release, charted.entry, path, part)
    const node = this.#node(object, path)
    if (!node || node.source?.how === 'provider') return undefined
    const place = part === 'key' ? (node.key ?? node.source) : node.source
    const shown = place && isInstalled(place.file) ? placeOfCall(node, this.#made.get(object)?.origin.module) : place
    return shown && { file: shown.file, span: { start: shown.start, end: shown.end } }
  }

  locateWithin(object: KubeObject, path: Path, range: Span): Location | undefined {
    const charted = this.#charted.get(object)
    if (charted) return locateWithinRelease(charted.release, charted.entry, path, range)
    const whole = this.locate(object, path, 'value')
    const node = this.#node(object, path)
    if (!whole || typeof node?.scalar !== 'string') return whole
    const text = this.#files.get(whole.file)?.text.slice(whole.span.start, whole.span.end) ?? ''
    // A text that is written as it is, in quotes or in lines.
    const at = text.indexOf(node.scalar)
    if (at < 0) return whole
    return { file: whole.file, span: { start: whole.span.start + at + range.start, end: whole.span.start + at + range.end } }
  }

  origins(object: KubeObject, path: Path): readonly Origin[] {
    const charted = this.#charted.get(object)
    if (charted) return originsInRelease(charted.release, charted.entry, path)
    const source = this.#node(object, path)?.source
    if (!source || source.how === 'provider') return []
    const chain = [...chainOf(source)]
    const last = chain[chain.length - 1]
    const ordered = last ? [last, ...chain.slice(0, -1)] : chain
    return ordered.map(({ file, start, end }, i) => ({ file, span: { start, end }, role: i === 0 ? 'written' : 'contributes' }))
  }

  /** Whether a value is marked as one that must not be shown. */
  isSensitive(object: KubeObject, path: Path): boolean {
    const charted = this.#charted.get(object)
    const value = charted ? decidedByModule(charted.release, charted.entry, path)?.value : this.#node(object, path)?.from
    return value !== undefined && hasSensitive(value)
  }

  at(file: string, offset: number): { object: KubeObject; path: Path; part: 'key' | 'value' } | undefined {
    let best: { object: KubeObject; path: Path; part: 'key' | 'value'; size: number; made: Made } | undefined
    for (const [object, made] of this.#made) {
      for (const { node, path } of walkTree(made.tree)) {
        for (const [place, part] of [
          [node.key, 'key'],
          [node.source, 'value'],
        ] as const) {
          if (!place || place.file !== file || place.start > offset || offset > place.end) continue
          const size = place.end - place.start
          // The object that a resource stands for says more than the resource.
          if (!best || size < best.size || (size === best.size && best.made.style === 'resource' && made.style !== 'resource'))
            best = { object, path, part, size, made }
        }
      }
    }
    if (best) return { object: best.object, path: best.path, part: best.part }
    this.#uses ??= new Uses(new Map([...this.#charted].map(([object, { entry }]) => [object, entry])))
    return this.#uses.at(file, offset)
  }

  rewrite(changes: readonly ObjectChange[]): readonly Rewriting[] | { readonly refused: string } {
    if (changes.some((change) => this.#charted.has(change.op === 'create' ? change.beside : change.object)))
      return rewriteRelease(changes, this.#charted, this.#files)
    return rewriteModule(changes, this.#made, this.#files)
  }

  #node(object: KubeObject, path: Path): Node | undefined {
    const made = this.#made.get(object)
    return made && findNode(made.tree, path)
  }
}

/** What an installed module says is shown where somebody here decides it: the value that is given, else the call. */
function placeOfCall(node: Node, module: ModuleInstance | undefined): { file: string; start: number; end: number } | undefined {
  for (const source of node.source ? chainOf(node.source) : []) if (!isInstalled(source.file)) return source
  for (let at = module; at?.calledBy; at = at.calledBy.module) {
    const { file, block } = at.calledBy.declared
    const label = block.labels.at(-1) ?? block.type
    if (!isInstalled(file)) return { file, start: label.start, end: label.end }
  }
  return undefined
}

/** From the place of use to the one that decides, each once. */
function* chainOf(source: Source): Iterable<Source> {
  const seen = new Set<string>()
  for (let at: Source | undefined = source, steps = 0; at && steps < 50; at = at.from[0], steps++) {
    const key = `${at.file}:${at.start}:${at.end}`
    if (!seen.has(key)) yield at
    seen.add(key)
  }
}
