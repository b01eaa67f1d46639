import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { ObjectsByKind } from '../../../server/model/facts.ts'
import { namespacesOf } from '../../../server/model/namespaces.ts'
import type { Endpoint } from '../../../server/model/network/endpoint.ts'
import { dataplane, type DataplaneName } from '../../../server/model/network/dataplane.ts'
import { type Reachability, reachabilityOf } from '../../../server/model/network/reachability.ts'
import { type KubeObject, makeObject } from '../../../server/model/object.ts'
import { type Services, servicesOf } from '../../../server/model/services.ts'
import { get, isMap, items, type Value } from '../../../server/model/value.ts'
import { type Workload, workloadOf, WORKLOAD_KINDS } from '../../../server/model/workload.ts'
import { evaluateManifest } from '../../../server/sources/manifest.ts'

/** The folder of inputs with known answers, beside the repository. */
export const CONFORMANCE = process.env['CONFORMANCE_DIR'] ?? join(process.env['KZT_SHARED'] ?? '../shared', 'conformance')

export function readText(path: string): string {
  return readFileSync(join(CONFORMANCE, path), 'utf8')
}

export function readJson<T>(path: string): T {
  return JSON.parse(readText(path)) as T
}

/** The objects of a file or of every file of a folder, read as plain manifests. */
export function readObjects(path: string, recursive = true): KubeObject[] {
  return filesIn(join(CONFORMANCE, path), recursive).flatMap((file) => {
    // Go's YAML reader takes tabs as spaces where ours stops.
    const text = readFileSync(file, 'utf8').replace(/^[ ]*\t[ \t]*/gm, (indent) => indent.replaceAll('\t', '        '))
    return text.startsWith('[') ? fromList(text, file) : evaluateManifest({ path: file, text }).objects
  })
}

/** Some exports hold several lists in one array. */
function fromList(text: string, file: string): KubeObject[] {
  return (JSON.parse(text) as Value[]).flatMap((entry) => {
    const list = items(entry, 'items')
    return (list.length > 0 ? list : [entry]).flatMap((item) => makeObject(item, file, file) ?? [])
  })
}

function filesIn(path: string, recursive: boolean): string[] {
  if (!existsSync(path)) return []
  if (!statSync(path).isDirectory()) return [path]
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isFile() || recursive)
    .flatMap((entry) => filesIn(join(path, entry.name), recursive))
    .filter((file) => /\.(ya?ml|json)$/.test(file))
    .sort()
}

/** Every tool of these data reads a missing namespace as `default`. */
export function inDefault(object: KubeObject): KubeObject {
  const scoped = /^(Namespace|Cluster|Global|Tier|Profile|HostEndpoint|AdminNetwork|BaselineAdmin|Node$)/.test(object.kind)
  if (object.namespace !== '' || scoped || !isMap(object.body)) return object
  const metadata = get(object.body, 'metadata')
  const body = { ...object.body, metadata: { ...(isMap(metadata) ? metadata : {}), namespace: 'default' } }
  return makeObject(body, object.unit, object.file) ?? object
}

export interface Known {
  readonly reachability: Reachability
  readonly workloads: readonly Workload[]
  readonly services: Services
  readonly of: ObjectsByKind
}

/** The tools' own assumptions: nothing exists but what the files contain, pods on their node's network are pods, blocks never match pods. */
export function reach(objects: readonly KubeObject[], name: DataplaneName = 'generic', besides: readonly Endpoint[] = []): Known {
  const byKind = new Map<string, KubeObject[]>()
  for (const object of objects) {
    const list = byKind.get(object.groupKind)
    if (list) list.push(object)
    else byKind.set(object.groupKind, [object])
  }
  const of: ObjectsByKind = (kind) => byKind.get(kind) ?? []
  const workloads = WORKLOAD_KINDS.flatMap((kind) => of(kind))
    .map(workloadOf)
    .filter((workload) => workload !== undefined)
  const namespaces = namespacesOf(of, { workloads })
  const services = servicesOf(of, { workloads })
  const profile = { ...dataplane(name, undefined), semantics: { cidrMatchesPods: false, hostNetwork: 'pod' } as const }
  const assumptions = { closedNamespaces: true, allInMesh: true, besides }
  const reachability = reachabilityOf(of, { workloads, namespaces, services }, undefined, assumptions, profile)
  return { reachability, workloads, services, of }
}

/** Whoever made a pod: replicas of one owner are one to these tools. */
export function ownerOf({ object }: Workload): { readonly kind: string; readonly name: string } {
  const [owner] = items(object.body, 'metadata', 'ownerReferences')
  const text = (value: Value | undefined): string => (typeof value === 'string' ? value : '')
  return object.kind === 'Pod' && owner !== undefined
    ? { kind: text(get(owner, 'kind')) || 'Pod', name: text(get(owner, 'name')) }
    : { kind: object.kind, name: object.name }
}
