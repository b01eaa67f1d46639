import { docsOf } from './document.ts'
import type { Files, SourceFile } from '../unit.ts'
import { mergeConfigs, NO_SPECS, readConfig, readCrds } from './config.ts'
import { absorbed } from './absorb.ts'
import { inflate } from './charts.ts'
import { generate } from './generators.ts'
import { describeId, idKey, sameId } from './gvk.ts'
import { type Kustomization, readKustomization } from './kustomization.ts'
import { Loader } from './loader.ts'
import { Log } from './log.ts'
import type { Node, Scalar } from './node.ts'
import { inlineObjects, objectsOf } from './objects.ts'
import { generatorsOf, transformersOf } from './plugins.ts'
import { items, map, scalar, scalars } from './reading.ts'
import { allIds, type Resource } from './resource.ts'
import { builtInSchemas, type Schemas, schemasOf } from './schema.ts'
import { DEFAULT_SPECS, type Specs } from './specs.ts'
import { transform } from './transform.ts'
import { noteVariables, type Variable, variableOf } from './variables.ts'

/** What a kustomization comes to before names are final. */
export interface Accumulated {
  readonly resources: readonly Resource[]
  readonly specs: Specs
  readonly variables: readonly Variable[]
  /** Something that it reaches is not in the workspace. */
  readonly incomplete: boolean
  readonly log: Log
}

/** A chain of overlays longer than this, or more objects, is no deployment. */
const MAX_DEPTH = 60
const MAX_OBJECTS = 10_000

const NOTHING = { resources: [], specs: NO_SPECS, variables: [], incomplete: false } as const

/** One build, from the kustomization that was asked for down to its bases. */
export class Build {
  readonly files: Files
  schemas: Schemas = builtInSchemas
  readonly #shared: Map<string, Accumulated>
  readonly #chain: string[] = []
  /** A base refers back to what is being built, so results on the way are not the base's own. */
  #cyclic = false

  constructor(files: Files, shared: Map<string, Accumulated>) {
    this.files = files
    this.#shared = shared
  }

  /** A kustomization for itself. What several builds of one revision share is accumulated once. */
  accumulate(file: SourceFile): Accumulated {
    const known = this.schemas === builtInSchemas ? this.#shared.get(file.path) : undefined
    if (known) return known
    const kustomization = readKustomization(file)
    const log = new Log(file.path)
    log.reads.add(file.path)
    this.#chain.push(kustomization.folder)
    const result = new Target(this, kustomization, log).accumulate(NOTHING)
    this.#chain.pop()
    if (this.schemas === builtInSchemas && !this.#cyclic) this.#shared.set(file.path, result)
    if (this.#chain.length === 0) this.#cyclic = false
    return result
  }

  /** A component works on what its user has so far. */
  component(kustomization: Kustomization, log: Log, before: Omit<Accumulated, 'log'>): Accumulated {
    this.#chain.push(kustomization.folder)
    const result = new Target(this, kustomization, log).accumulate(before)
    this.#chain.pop()
    return result
  }

  /** Why a folder cannot be built from where the build stands. */
  refusal(folder: string): string | undefined {
    if (this.#chain.length >= MAX_DEPTH) return `Kustomizations are nested more than ${MAX_DEPTH} deep; not built.`
    const above = this.#chain.find((visited) => visited === folder || folder === '' || visited.startsWith(`${folder}/`))
    if (above === undefined) return undefined
    this.#cyclic = true
    return above === folder
      ? 'This kustomization is being built already: they refer to each other in a circle.'
      : `Kustomize refuses a base that is a folder above its user ("${above}").`
  }
}

/** One kustomization at work. */
class Target {
  readonly #build: Build
  readonly #kustomization: Kustomization
  readonly #log: Log
  readonly #loader: Loader
  #resources: readonly Resource[] = []
  #specs: Specs = NO_SPECS
  #variables: readonly Variable[] = []
  #incomplete = false

  constructor(build: Build, kustomization: Kustomization, log: Log) {
    this.#build = build
    this.#kustomization = kustomization
    this.#log = log
    this.#loader = new Loader(build.files, kustomization.folder, log)
  }

  accumulate(before: Omit<Accumulated, 'log'>): Accumulated {
    this.#resources = before.resources
    this.#specs = before.specs
    this.#variables = before.variables
    this.#incomplete = before.incomplete
    const { root } = this.#kustomization
    for (const { node, part, message } of this.#kustomization.problems)
      this.#log.problem(node, message, { part, incomplete: part === 'value' })
    this.#readSchema()
    for (const entry of [...scalars(root, 'resources'), ...scalars(root, 'bases')]) this.#resource(entry)
    this.#configure()
    this.#generate()
    for (const entry of scalars(root, 'components')) this.#component(entry)
    this.#transform()
    const variables = items(root, 'vars').map(variableOf)
    this.#resources = noteVariables(this.#resources, variables, this.#log)
    this.#addVariables(variables)
    return { resources: this.#resources, specs: this.#specs, variables: this.#variables, incomplete: this.#incomplete, log: this.#log }
  }

  /** The first kustomization that names a schema decides for the whole build. */
  #readSchema(): void {
    const path = scalar(map(this.#kustomization.root, 'openapi'), 'path')
    if (!path || this.#build.schemas !== builtInSchemas) return
    const file = this.#loader.read(path)
    if (file === 'remote') this.#unknown(`The schema ${path.text} is on a server.`)
    if (!file || file === 'remote') return
    this.#build.schemas = schemasOf(docsOf(file).find(({ body }) => body !== undefined)?.body)
  }

  #resource(entry: Scalar): void {
    const found = this.#loader.find(entry)
    if (found.type === 'remote') this.#unknown(`${entry.text} is on a server: it is not built.`)
    if (found.type === 'nothing') this.#incomplete = true
    if (found.type === 'file') this.#append(this.#read(found.file), entry)
    if (found.type === 'folder') this.#base(entry, found.folder, found.kustomization)
  }

  #read(file: SourceFile): readonly Resource[] {
    return docsOf(file).flatMap((doc) => {
      const { resources, problems } = objectsOf(doc)
      for (const { message, harmless, ...place } of problems) {
        this.#log.problem(place, message, harmless ? { severity: 'warning' } : { incomplete: true })
      }
      return resources
    })
  }

  #base(entry: Scalar, folder: string, file: SourceFile): void {
    const refusal = this.#build.refusal(folder)
    const component = readKustomization(file).component
    if (refusal || component) {
      this.#log.problem(entry, refusal ?? 'This is a component: it belongs under "components".', { incomplete: true })
      this.#incomplete = true
      return
    }
    const base = this.#build.accumulate(file)
    this.#log.add(base.log)
    this.#append(base.resources, entry)
    this.#specs = mergeConfigs(this.#specs, base.specs)
    this.#incomplete ||= base.incomplete
    this.#addVariables(base.variables)
  }

  #component(entry: Scalar): void {
    const found = this.#loader.find(entry, 'folder')
    if (found.type === 'remote') this.#unknown(`The component ${entry.text} is on a server: it is not applied.`)
    if (found.type === 'nothing') this.#incomplete = true
    if (found.type !== 'folder') return
    const kustomization = readKustomization(found.kustomization)
    const refusal =
      this.#build.refusal(found.folder) ?? (kustomization.component ? undefined : 'This is no component: its kind must be Component.')
    if (refusal) {
      this.#log.problem(entry, refusal, { incomplete: true })
      return
    }
    const log = new Log(found.kustomization.path)
    log.reads.add(found.kustomization.path)
    const after = this.#build.component(kustomization, log, {
      resources: this.#resources,
      specs: this.#specs,
      variables: this.#variables,
      incomplete: this.#incomplete,
    })
    this.#log.add(log)
    this.#resources = after.resources
    this.#specs = after.specs
    this.#variables = after.variables
    this.#incomplete = after.incomplete
  }

  #append(added: readonly Resource[], entry: Node): void {
    if (this.#resources.length + added.length > MAX_OBJECTS) {
      this.#log.problem(entry, `The build has more than ${MAX_OBJECTS.toLocaleString('en')} objects; the rest is left out.`, {
        incomplete: true,
      })
      return
    }
    const ids = new Set(this.#resources.map(({ id }) => idKey(id)))
    const fresh = added.filter((resource) => {
      const key = idKey(resource.id)
      if (!ids.has(key)) return ids.add(key)
      this.#log.problem(entry, `${describeId(resource.id)} is in the build already: kustomize refuses it twice.`)
      return false
    })
    this.#resources = [...this.#resources, ...fresh]
  }

  #configure(): void {
    const { root } = this.#kustomization
    let own: Specs = NO_SPECS
    for (const entry of scalars(root, 'configurations')) own = mergeConfigs(own, readConfig(entry, this.#loader))
    this.#specs = mergeConfigs(this.#specs, mergeConfigs(DEFAULT_SPECS, own))
    for (const entry of scalars(root, 'crds')) this.#specs = mergeConfigs(this.#specs, readCrds(entry, this.#loader))
  }

  #generate(): void {
    const { root } = this.#kustomization
    const globals = map(root, 'generatorOptions')
    const make = (kind: 'ConfigMap' | 'Secret', args: Node): void => {
      const made = args.kind === 'map' ? generate(kind, args, globals, this.#loader) : undefined
      if (made) this.#absorb({ ...made, generator: { file: this.#kustomization.file, kind: `${kind}Generator` } }, args)
    }
    for (const args of items(root, 'configMapGenerator')) make('ConfigMap', args)
    for (const args of items(root, 'secretGenerator')) make('Secret', args)
    for (const chart of [...items(root, 'helmCharts'), ...items(root, 'helmChartInflationGenerator')]) this.#chart(chart)
    for (const config of this.#plugins('generators')) {
      const made = generatorsOf(config, this.#loader)
      if (made === 'chart') this.#chart(config.node)
      else if (made === undefined) this.#program(config)
      else for (const resource of made) this.#absorb({ ...resource, generator: generatorOf(config) }, config.node)
    }
  }

  #chart(chart: Node): void {
    if (chart.kind !== 'map') return
    const rendered = inflate(chart, this.#kustomization.root, this.#build.files, this.#loader)
    if ('unknown' in rendered) this.#unknown(rendered.unknown)
    else this.#append(rendered, chart)
  }

  /** Configurations of generators or transformers: inline, in a file, or the objects of a kustomization. */
  #plugins(name: 'generators' | 'transformers'): readonly Resource[] {
    return scalars(this.#kustomization.root, name).flatMap((entry) => {
      const inline = inlineObjects(entry)
      if (inline.length > 0) return inline
      const found = this.#loader.find(entry)
      if (found.type === 'remote') this.#unknown(`${entry.text} is on a server.`)
      if (found.type === 'file') return this.#read(found.file)
      if (found.type !== 'folder') return []
      const refusal = this.#build.refusal(found.folder)
      if (refusal) {
        this.#log.problem(entry, refusal)
        return []
      }
      const accumulated = this.#build.accumulate(found.kustomization)
      this.#log.add(accumulated.log)
      return accumulated.resources
    })
  }

  #program({ id }: Resource): void {
    this.#unknown(`${describeId(id)} is run by a program of its own: its work is not known.`)
  }

  #transform(): void {
    const context = { loader: this.#loader, schemas: this.#build.schemas, specs: this.#specs, incomplete: this.#incomplete }
    this.#resources = transform(this.#resources, this.#kustomization.root, context)
    for (const config of this.#plugins('transformers')) {
      const transformed = transformersOf(config, this.#resources, { ...context, incomplete: this.#incomplete })
      if (transformed) this.#resources = transformed
      else this.#program(config)
    }
  }

  /** Adds a generated object, or merges it into the one that its behavior names. */
  #absorb(made: Resource, args: Node): void {
    const matching = this.#resources.filter((resource) => allIds(resource).some((id) => sameId(id, made.id)))
    const changes = made.behavior === 'merge' || made.behavior === 'replace'
    const [old] = matching
    if (!old) {
      if (!changes) this.#resources = [...this.#resources, made]
      else if (this.#incomplete) this.#unknown(`${describeId(made.id)} is not in what is known: nothing to ${made.behavior}.`)
      else this.#log.problem(args, `There is no ${describeId(made.id)} to ${made.behavior}.`)
    } else if (matching.length > 1 || !changes) {
      const what = matching.length > 1 ? `${matching.length} objects are or were called` : 'There is already a'
      this.#log.problem(args, `${what} ${describeId(made.id)}: its behavior must be merge or replace, and it must be one.`)
    } else this.#resources = this.#resources.map((resource) => (resource === old ? absorbed(old, made) : resource))
  }

  #addVariables(variables: readonly Variable[]): void {
    const fresh = variables.filter((variable) => {
      const known = this.#variables.some(({ name }) => name === variable.name)
      if (known) this.#log.problem(variable.node, `The variable "${variable.name}" is there twice: kustomize refuses it.`)
      return !known
    })
    this.#variables = [...this.#variables, ...fresh]
  }

  #unknown(reason: string): void {
    this.#incomplete = true
    this.#log.unknown(reason)
  }
}

/** What configures a generator: its own file, or the kustomization that it stands in. */
function generatorOf({ id, node }: Resource): NonNullable<Resource['generator']> {
  return { file: node.from.doc.file, kind: id.kind, config: id }
}
