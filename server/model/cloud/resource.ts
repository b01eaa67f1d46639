import type { KubeObject } from '../object.ts'
import { get, isList, isMap, isUnknown, type Path, text, unknown, type Value } from '../value.ts'
import { MODULES } from './modules.ts'

/** What an argument is set to, and where it is or would be written. */
export interface Argument {
  /** Undefined when nobody sets it and its default is not given. */
  readonly value: Value | undefined
  readonly path: Path
  /** Whether it is written, or stands for its default. */
  readonly written: boolean
}

/** A cloud resource, or a call of a well-known module that makes one. */
export interface CloudResource {
  readonly object: KubeObject
  /** `aws_eks_cluster`. */
  readonly type: string
  /** As messages name it: `aws_eks_cluster.main`. */
  readonly address: string
  /**
   * An argument by its path, with dots between nested blocks: `vpc_config.endpoint_public_access`. Of blocks that can
   * be repeated the first counts.
   * @param standard what the provider does when the argument is absent
   */
  read(path: string, standard?: Value): Argument
  /** Whether a block is there at all; undefined while that is unknown. */
  has(path: string): boolean | undefined
  /** Whether its provider is of this major version or a later one; undefined where either may be. */
  since(major: number): boolean | undefined
}

/** Undefined for what is no resource, and for modules and versions that are not known. */
export function cloudResource(object: KubeObject): CloudResource | undefined {
  if (object.group !== 'terraform') return undefined
  if (object.kind !== 'module') return new Resource(object)
  const adapter = MODULES[sourceOf(object)]
  const major = majorOf(text(object.body, 'source', 'version'))
  const inputs = adapter && major !== undefined ? adapter.inputs(major) : undefined
  return adapter && inputs ? new ModuleCall(object, adapter.type, inputs) : undefined
}

const CLUSTERS = new Set(['aws_eks_cluster', 'google_container_cluster', 'azurerm_kubernetes_cluster'])

/** Whether a resource is a managed cluster, or a call of a module that makes one. */
export function isCluster(object: KubeObject): boolean {
  const source = object.kind === 'module' ? MODULES[sourceOf(object)]?.type : object.kind
  return source !== undefined && CLUSTERS.has(source)
}

/** Whether a call of a registry module is judged by its inputs, whatever is installed. */
export function isKnownModule(source: string, version: string | undefined): boolean {
  const major = majorOf(version)
  return major !== undefined && MODULES[shortSource(source)]?.inputs(major) !== undefined
}

/** `terraform-aws-modules/eks/aws`, with `//modules/x` where it is a part of one. */
function sourceOf(object: KubeObject): string {
  return shortSource(text(object.body, 'source', 'source') ?? '')
}

function shortSource(source: string): string {
  return source.replace(/^registry\.terraform\.io\//, '')
}

/** The major version that a constraint lets in; undefined where it lets in several. */
export function majorOf(constraint: string | undefined): number | undefined {
  const match = /^\s*(?:=|~>)?\s*(\d+)\.\d+(?:\.\d+)?(?:-[\w.]+)?\s*$/.exec(constraint ?? '')
  return match ? Number(match[1]) : undefined
}

/** The major versions that a constraint lets in, e.g. `>= 4.0, < 6.0`. */
export function majorsOf(constraint: string): { readonly least: number; readonly most: number } {
  let [least, most] = [0, Number.POSITIVE_INFINITY]
  for (const part of constraint.split(',')) {
    const match = /^\s*(=|!=|>=|<=|>|<|~>)?\s*v?(\d+)((?:\.\d+)*)/.exec(part)
    if (!match) continue
    const [, operator = '=', digits = '', rest = ''] = match
    const major = Number(digits)
    if (operator === '=' || operator === '>=' || operator === '>' || operator === '~>') least = Math.max(least, major)
    // `~> 5` lets in 5.x and, as it names no more, everything behind it.
    if (operator === '=' || operator === '<=' || (operator === '~>' && rest !== '')) most = Math.min(most, major)
    if (operator === '<') most = Math.min(most, /[1-9]/.test(rest) ? major : major - 1)
  }
  return { least, most }
}

/** Terraform takes the texts `"true"` and `"false"` for what they say. */
function switched(value: Value): Value {
  return value === 'true' ? true : value === 'false' ? false : value
}

class Resource implements CloudResource {
  readonly object: KubeObject
  readonly type: string
  readonly address: string

  constructor(object: KubeObject) {
    this.object = object
    this.type = object.kind
    this.address = object.name
  }

  read(path: string, standard?: Value): Argument {
    const steps: (string | number)[] = ['spec']
    let at: Value | undefined = get(this.object.body, 'spec')
    const names = path.split('.')
    for (const [i, name] of names.entries()) {
      steps.push(name)
      at = get(at, name)
      if (i === names.length - 1) break
      // A block stands in a list, but in JSON it may stand alone.
      if (at === undefined || isList(at)) {
        steps.push(0)
        at = get(at, 0)
      }
    }
    if (isUnknown(at)) return { value: at, path: steps, written: true }
    return at === undefined ? { value: standard, path: steps, written: false } : { value: switched(at), path: steps, written: true }
  }

  has(path: string): boolean | undefined {
    const { value } = this.read(path)
    if (isUnknown(value)) return undefined
    return isList(value) ? value.length > 0 : isMap(value)
  }

  since(major: number): boolean | undefined {
    const { least, most } = majorsOf(text(this.object.body, 'provider', 'version') ?? '')
    return least >= major ? true : most < major ? false : undefined
  }
}

/** An input of a module, and what it is when nobody sets it. */
export type Inputs = Readonly<Record<string, readonly [name: string, standard: Value | undefined, counts?: 'even empty']>>

class ModuleCall implements CloudResource {
  readonly object: KubeObject
  readonly type: string
  readonly address: string
  readonly #inputs: Inputs

  constructor(object: KubeObject, type: string, inputs: Inputs) {
    this.object = object
    this.type = type
    this.address = object.name
    this.#inputs = inputs
  }

  read(path: string): Argument {
    const input = this.#inputs[path]
    if (!input) return { value: unknown(`${this.address} decides ${path}`), path: ['spec'], written: false }
    const [name, standard] = input
    // What nobody can choose.
    if (name === '') return { value: standard, path: ['spec'], written: false }
    const given = get(this.object.body, 'spec', name)
    const spec = this.object.body['spec']
    // Who gives null to a module takes its default away.
    if (isMap(spec) && spec[name] === null) return { value: undefined, path: ['spec', name], written: true }
    return { value: given === undefined ? standard : switched(given), path: ['spec', name], written: given !== undefined }
  }

  has(path: string): boolean | undefined {
    const { value } = this.read(path)
    if (isUnknown(value)) return undefined
    if (this.#inputs[path]?.[2] === 'even empty' && isMap(value)) return true
    return isMap(value) || isList(value) ? Object.keys(value).length > 0 : value !== undefined && value !== false
  }

  /** The versions of a module that are known are of today's providers. */
  since(): true {
    return true
  }
}

/** Whether a list of ranges lets in everybody; undefined while that is unknown. */
export function admitsAll(ranges: Value | undefined): boolean | undefined {
  if (isUnknown(ranges)) return undefined
  if (!isList(ranges)) return false
  if (ranges.some((range) => range === '0.0.0.0/0' || range === '::/0')) return true
  return ranges.some((range) => isUnknown(range)) ? undefined : false
}
