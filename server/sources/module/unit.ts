import type { KubeObject } from '../../model/object.ts'
import type { ObjectChange } from '../../model/rule.ts'
import { equal, type Path } from '../../model/value.ts'
import type { Span } from '../../text/span.ts'
import type { Files, Location, NotEvaluated, Origin, Problem, Rewriting, Unit } from '../unit.ts'
import type { Source } from './eval/value.ts'
import { evaluateModule } from './evaluation.ts'
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
  if (root) {
    evaluation.guarded(() => {
      for (const module of root.tree()) {
        evaluation.guarded(() => made.push(...objectsOf(module, identity.id, identity.folder)))
        evaluation.guarded(() => module.check())
      }
    })
  }
  const before = new Map(previous?.objects.map((object) => [object.id, object]))
  const kept = new Map<KubeObject, Made>()
  for (const each of made) {
    const old = before.get(each.object.id)
    before.delete(each.object.id)
    const same = old && old.file === each.object.file && old.apiVersion === each.object.apiVersion && equal(old.body, each.object.body)
    kept.set(same ? old : each.object, each)
  }
  return new ModuleUnit(identity.id, files, root, kept, evaluation)
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
  readonly #made: ReadonlyMap<KubeObject, Made>
  readonly #files: Files

  constructor(id: string, files: Files, root: ModuleInstance | undefined, made: ReadonlyMap<KubeObject, Made>, found: Findings) {
    this.id = id
    this.root = root
    this.objects = [...made.keys()]
    this.reads = found.reads
    this.problems = [...found.problems]
    this.notEvaluated = [...found.notEvaluated]
    this.#made = made
    this.#files = files
  }

  locate(object: KubeObject, path: Path, part: 'key' | 'value'): Location | undefined {
    const node = this.#node(object, path)
    if (!node || node.source?.how === 'provider') return undefined
    const place = part === 'key' ? (node.key ?? node.source) : node.source
    return place && { file: place.file, span: { start: place.start, end: place.end } }
  }

  locateWithin(object: KubeObject, path: Path, range: Span): Location | undefined {
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
    const source = this.#node(object, path)?.source
    if (!source || source.how === 'provider') return []
    const chain = [...chainOf(source)]
    const last = chain[chain.length - 1]
    const ordered = last ? [last, ...chain.slice(0, -1)] : chain
    return ordered.map(({ file, start, end }, i) => ({ file, span: { start, end }, role: i === 0 ? 'written' : 'contributes' }))
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
    return best && { object: best.object, path: best.path, part: best.part }
  }

  rewrite(changes: readonly ObjectChange[]): readonly Rewriting[] | { readonly refused: string } {
    return rewriteModule(changes, this.#made, this.#files)
  }

  #node(object: KubeObject, path: Path): Node | undefined {
    const made = this.#made.get(object)
    return made && findNode(made.tree, path)
  }
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
