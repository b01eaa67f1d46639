import { dirname, relative } from '../../text/path.ts'
import type { Files, NotEvaluated, Problem } from '../unit.ts'
import { type Accumulated, Build } from './accumulate.ts'
import type { FieldSpec } from './fieldspec.ts'
import { describeId } from './gvk.ts'
import { contentHash } from './hash.ts'
import { isKustomization, readKustomization } from './kustomization.ts'
import { addTexts, finishAnnotations } from './labels.ts'
import { Log } from './log.ts'
import { type MapNode, mapAt, type Scalar, sizeOf, textNode } from './node.ts'
import { sortResources } from './order.ts'
import { scalars } from './reading.ts'
import { fixReferences } from './references.ts'
import { metaTexts, rememberId, type Resource, withName, withNode } from './resource.ts'
import { resolveVariables } from './variables.ts'

/** What `kubectl kustomize` would print, each value with who wrote it, and what kept it from being more. */
export interface Built {
  /** In the order of the output. */
  readonly objects: readonly Resource[]
  /** Every file that was asked for, found or not. */
  readonly reads: readonly string[]
  readonly problems: readonly Problem[]
  readonly notEvaluated: readonly NotEvaluated[]
  /** Something that the kustomization reaches is not in the workspace. */
  readonly incomplete: boolean
  /** A path leads out of the workspace. */
  readonly leaves: boolean
}

/** An object with more values than this comes of aliases and copies that double each other. */
const MAX_SIZE = 1_000_000

const shared = new WeakMap<Files, Map<string, Accumulated>>()

/**
 * Builds the kustomization in `file` as `kubectl kustomize` (kustomize 5.8) does. What kustomize would stop
 * for is a problem where it stands, and the rest is built. Nothing is fetched and nothing is run.
 */
export function buildKustomization(files: Files, path: string): Built {
  const file = files.get(path)
  if (!file || !isKustomization(path))
    return { objects: [], reads: [path], problems: [], notEvaluated: [], incomplete: true, leaves: false }
  const accumulated = new Build(files, sharedOf(files)).accumulate(file)
  const { incomplete, specs, variables } = accumulated
  const log = new Log(path)
  log.add(accumulated.log)
  const { root } = readKustomization(file)
  const hashed = accumulated.resources.map((resource) => withHash(resource, log))
  const referring = fixReferences(hashed, specs.nameReference, (resource, message) =>
    log.problem(resource.node, `${message} (${describeId(resource.id)})`, { part: 'key' }),
  )
  const resolved = resolveVariables(referring, variables, specs.varReference, incomplete, log)
  const own = resolved.filter(({ node }) => isDeployed(node) && isBounded(node, log))
  const metadata = scalars(root, 'buildMetadata')
  const managed = withManager(sortResources(own, root, log), metadata, log)
  const traced = withOrigins(managed, metadata, dirname(path))
  return {
    objects: traced.map((resource) => withNode(resource, finishAnnotations(resource.node))),
    reads: [...log.reads],
    problems: log.problems,
    notEvaluated: log.notEvaluated,
    incomplete,
    leaves: log.leaves,
  }
}

/** Builds of one revision share what they have in common. */
function sharedOf(files: Files): Map<string, Accumulated> {
  const known = shared.get(files)
  if (known) return known
  const made = new Map<string, Accumulated>()
  shared.set(files, made)
  return made
}

function withHash(resource: Resource, log: Log): Resource {
  if (!resource.needsHash) return resource
  const hash = contentHash(resource.node)
  const name = mapAt(resource.node, 'metadata')?.get('name')
  if (hash === undefined || !name) {
    log.unknown(`The name of ${describeId(resource.id)} ends in a hash of what is not known.`)
    return resource
  }
  return withName(rememberId(resource), `${resource.id.name}-${hash}`, name.from)
}

/** Objects that only configure kustomize are not part of the output. */
function isDeployed(node: MapNode): boolean {
  const local = metaTexts(node, 'annotations').get('config.kubernetes.io/local-config')
  return local === undefined || local === 'false'
}

function isBounded(node: MapNode, log: Log): boolean {
  if (sizeOf(node) <= MAX_SIZE) return true
  log.problem(node, `The object has more than ${MAX_SIZE.toLocaleString('en')} values; it is left out.`, { part: 'key', incomplete: true })
  return false
}

/** `buildMetadata: [managedByLabel]`. Kustomize adds its version to the value, which is not known here. */
function withManager(resources: readonly Resource[], options: readonly Scalar[], log: Log): readonly Resource[] {
  const option = options.find(({ text }) => text === 'managedByLabel')
  if (!option) return resources
  return addTexts(resources, [['app.kubernetes.io/managed-by', textNode('kustomize', option.from)]], [metaField('labels')], (message) =>
    log.problem(option, message),
  )
}

/** `buildMetadata: [originAnnotations]`. */
function withOrigins(resources: readonly Resource[], options: readonly Scalar[], folder: string): readonly Resource[] {
  const option = options.find(({ text }) => text === 'originAnnotations')
  if (!option) return resources
  return resources.flatMap((resource) => {
    const text = textNode(originOf(resource, folder), option.from)
    return addTexts([resource], [['config.kubernetes.io/origin', text]], [metaField('annotations')], () => undefined)
  })
}

function originOf({ generator, node }: Resource, folder: string): string {
  if (!generator) return `path: ${relative(folder, node.from.doc.file)}\n`
  const { config, file, kind } = generator
  const named = [
    ['name', config?.name],
    ['namespace', config?.namespace],
  ].flatMap(([key, value]) => (value ? [`  ${key}: ${value}\n`] : []))
  return `configuredIn: ${relative(folder, file)}\nconfiguredBy:\n  apiVersion: builtin\n  kind: ${kind}\n${named.join('')}`
}

function metaField(field: 'labels' | 'annotations'): FieldSpec {
  return { group: '', version: '', kind: '', path: `metadata/${field}`, create: true }
}
