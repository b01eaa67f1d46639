import { type KubeObject, makeObject } from '../../model/object.ts'
import type { ObjectChange } from '../../model/rule.ts'
import { equal, type Path, type Value } from '../../model/value.ts'
import type { Span } from '../../text/span.ts'
import { holdsPlaceholders, markPlaceholders } from '../placeholder.ts'
import type { Files, Location, NotEvaluated, Origin, Problem, Rewriting, Unit } from '../unit.ts'
import { type Built, buildKustomization } from './build.ts'
import { isKustomization, readKustomization } from './kustomization.ts'
import { type Printed, printObjects } from './print.ts'
import { type Layers, patchDocs, rewriteBuild } from './rewrite.ts'
import type { Resource } from './resource.ts'
import { findAt, locateNode, locateText, originsOf } from './trace.ts'

/** Evaluates the kustomization at `path`. Objects that are the same as in `previous` are kept. */
export function evaluateKustomization(files: Files, path: string, previous: Unit | undefined): KustomizationUnit {
  const built = buildKustomization(files, path)
  const before = new Map(previous?.objects.map((object) => [object.id, object]))
  const resources = new Map<KubeObject, Resource>()
  for (const resource of built.objects) {
    const object = makeObject(bodyOf(resource), path, resource.node.from.doc.file)
    if (!object) continue
    const old = before.get(object.id)
    before.delete(object.id)
    resources.set(old && isSame(old, object) ? old : object, resource)
  }
  return new KustomizationUnit(path, built, resources, layersOf(files, path, built))
}

function bodyOf({ node, id }: Resource): Value {
  return id.kind === 'CustomResourceDefinition' || !holdsPlaceholders(node.value) ? node.value : markPlaceholders(node.value)
}

function isSame(a: KubeObject, b: KubeObject): boolean {
  return a.file === b.file && a.apiVersion === b.apiVersion && equal(a.body, b.body)
}

function layersOf(files: Files, path: string, built: Built): Layers | undefined {
  const file = files.get(path)
  if (!file) return undefined
  const top = readKustomization(file)
  const all = built.reads.filter(isKustomization).flatMap((path) => {
    const read = files.get(path)
    return read ? [readKustomization(read)] : []
  })
  return { top, all, patches: patchDocs(top, files) }
}

/** What a kustomization builds. */
export class KustomizationUnit implements Unit {
  readonly kind = 'kustomization'
  readonly id: string
  readonly reads: readonly string[]
  readonly objects: readonly KubeObject[]
  readonly problems: readonly Problem[]
  readonly notEvaluated: readonly NotEvaluated[]
  readonly #resources: ReadonlyMap<KubeObject, Resource>
  readonly #built: Built
  readonly #layers: Layers | undefined

  constructor(id: string, built: Built, resources: ReadonlyMap<KubeObject, Resource>, layers: Layers | undefined) {
    this.id = id
    this.reads = built.reads
    this.objects = [...resources.keys()]
    this.problems = built.problems
    this.notEvaluated = built.notEvaluated
    this.#resources = resources
    this.#built = built
    this.#layers = layers
  }

  locate(object: KubeObject, path: Path, part: 'key' | 'value'): Location | undefined {
    const resource = this.#resources.get(object)
    return resource && locateNode(resource.node, path, part)
  }

  origins(object: KubeObject, path: Path): readonly Origin[] {
    const resource = this.#resources.get(object)
    return resource ? originsOf(resource.node, path) : []
  }

  locateWithin(object: KubeObject, path: Path, range: Span): Location | undefined {
    const resource = this.#resources.get(object)
    return resource && locateText(resource.node, path, range)
  }

  at(file: string, offset: number): { object: KubeObject; path: Path; part: 'key' | 'value' } | undefined {
    let best: { object: KubeObject; path: Path; part: 'key' | 'value'; size: number } | undefined
    for (const [object, { node }] of this.#resources) {
      const found = findAt(node, file, offset)
      if (found && (!best || found.size < best.size)) best = { object, ...found }
    }
    return best && { object: best.object, path: best.path, part: best.part }
  }

  /** The build as `kubectl kustomize` prints it. */
  print(): Printed {
    return printObjects(this.#built.objects)
  }

  rewrite(changes: readonly ObjectChange[]): readonly Rewriting[] | { readonly refused: string } {
    return this.#layers ? rewriteBuild(changes, this.#resources, this.#layers) : { refused: 'the kustomization is gone' }
  }
}
