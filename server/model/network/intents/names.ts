import type { Facts } from '../../facts.ts'
import type { ServiceFacts } from '../../services.ts'
import { get, items, text } from '../../value.ts'
import type { Workload } from '../../workload.ts'
import { parseAddress } from '../sets/addresses.ts'

/** What a host name means to the pods of one namespace. */
export type Meaning =
  | { readonly type: 'service'; readonly service: ServiceFacts; readonly qualified: boolean }
  | { readonly type: 'apiserver' }
  | { readonly type: 'address'; readonly address: string }
  | { readonly type: 'host'; readonly name: string }
  /** A Service of a namespace that the files do not contain. */
  | { readonly type: 'elsewhere'; readonly namespace: string; readonly name: string }

/** Semantics: Kubernetes' DNS specification: Services by name, with their namespace, and fully; pods of a headless Service before it. */
export function meaningOf(
  host: string,
  workload: Workload,
  { services, namespaces }: Pick<Facts, 'services' | 'namespaces'>,
): Meaning | undefined {
  if (parseAddress(host) !== undefined) return isLocal(host) ? undefined : { type: 'address', address: host }
  const name = host.replace(/\.$/, '')
  const namespace = workload.object.namespace
  const inner = /^(.+?)\.svc(?:\.|$)/.exec(name)
  const labels = (inner?.[1] ?? name).split('.')
  const [first = '', second = '', third] = labels
  if (first === 'kubernetes' && (second === 'default' || (labels.length === 1 && inner))) return { type: 'apiserver' }
  const find = (where: string, service: string, qualified: boolean): Meaning | undefined => {
    const found = services.get(where, service)
    return found && { type: 'service', service: found, qualified }
  }
  const elsewhere = (where: string, service: string): Meaning | undefined =>
    namespaces.get(where) || RESERVED.has(where) ? undefined : { type: 'elsewhere', namespace: where, name: service }
  if (labels.length === 1) return find(namespace, first, inner !== null)
  if (labels.length === 2) {
    const known = find(second, first, true) ?? podOf(services.get(namespace, second), first)
    return known ?? (inner || !PUBLIC.test(second) ? elsewhere(second, first) : { type: 'host', name })
  }
  if (inner)
    return labels.length === 3 && third !== undefined ? (podOf(services.get(third, second), first) ?? elsewhere(third, second)) : undefined
  return outside(name)
}

/** `db-0.db`: a pod behind its headless Service. */
function podOf(service: ServiceFacts | undefined, pod: string): Meaning | undefined {
  const headless = service && text(service.object.body, 'spec', 'clusterIP') === 'None'
  const owner = pod.replace(/-\d+$/, '')
  if (!headless || !service.workloads.some(({ object }) => object.name === owner)) return undefined
  return { type: 'service', service, qualified: true }
}

/** The last label of a public name has letters only; `.local` and such are no names of others. */
function outside(name: string): Meaning | undefined {
  const last = name.slice(name.lastIndexOf('.') + 1)
  return /^[a-z]{2,}$/.test(last) && !RESERVED.has(last) ? { type: 'host', name } : undefined
}

const RESERVED = new Set(['local', 'localhost', 'localdomain', 'cluster', 'internal', 'test', 'invalid', 'example', 'onion', 'lan', 'home'])

/** Top-level domains by which `example.com` is told from the Service `db` of the namespace `shop`. */
const PUBLIC =
  /^([a-z]{2}|com|net|org|edu|gov|mil|int|info|biz|dev|app|cloud|online|tech|site|xyz|systems|services|network|tools|host|zone|run|page|link|live|software|digital|solutions|group|global|world|pro|name)$/

function isLocal(address: string): boolean {
  return /^(127\.|0\.0\.0\.0$|::1?$)/.test(address)
}

/** A port of a pod, as a connection to it needs it. */
export interface PodPort {
  readonly protocol: string
  /** Undefined when only the pod knows it. */
  readonly number: number | undefined
  /** How the Service names the pod's port, where it does. */
  readonly name: string | undefined
}

/**
 * The ports of a workload to which a Service port (by number or name) leads; of all Service ports without one.
 * Clients of a headless Service connect to the pod itself.
 */
export function podPorts(service: ServiceFacts, workload: Workload, wanted: number | string | undefined): readonly PodPort[] {
  const { body } = service.object
  const headless = text(body, 'spec', 'clusterIP') === 'None'
  const entries = items(body, 'spec', 'ports').filter(
    (entry) => wanted === undefined || get(entry, 'port') === wanted || get(entry, 'name') === wanted,
  )
  if (entries.length === 0 && headless && typeof wanted === 'number') return [{ protocol: 'TCP', number: wanted, name: undefined }]
  return entries.map((entry) => {
    const protocol = text(entry, 'protocol') ?? 'TCP'
    const port = get(entry, 'port')
    const target = (headless ? undefined : get(entry, 'targetPort')) ?? port
    if (typeof target === 'number') return { protocol, number: target, name: undefined }
    const name = typeof target === 'string' ? target : undefined
    return { protocol, number: name === undefined ? undefined : namedPort(workload, name, protocol), name }
  })
}

function namedPort({ containers }: Workload, name: string, protocol: string): number | undefined {
  for (const { body, type } of containers) {
    if (type === 'init' && get(body, 'restartPolicy') !== 'Always') continue
    for (const entry of items(body, 'ports')) {
      const number = get(entry, 'containerPort')
      if (text(entry, 'name') === name && (text(entry, 'protocol') ?? 'TCP') === protocol && typeof number === 'number') return number
    }
  }
  return undefined
}
