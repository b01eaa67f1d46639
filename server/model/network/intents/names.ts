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

/** Semantics: Kubernetes' DNS specification: Services by name, with their namespace, and fully; pods of a headless Service before it. */
export function meaningOf(host: string, workload: Workload, { services }: Pick<Facts, 'services'>): Meaning | undefined {
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
  if (labels.length === 1) return find(namespace, first, inner !== null)
  if (labels.length === 2)
    return find(second, first, true) ?? podOf(services.get(namespace, second), first) ?? outside(name, inner !== null)
  if (labels.length === 3 && third !== undefined && inner) return podOf(services.get(third, second), first)
  return outside(name, inner !== null)
}

/** `db-0.db`: a pod behind its headless Service. */
function podOf(service: ServiceFacts | undefined, pod: string): Meaning | undefined {
  const headless = service && text(service.object.body, 'spec', 'clusterIP') === 'None'
  const owner = pod.replace(/-\d+$/, '')
  if (!headless || !service.workloads.some(({ object }) => object.name === owner)) return undefined
  return { type: 'service', service, qualified: true }
}

/** The last label of a public name has letters only; `.svc`, `.local` and such are no names of others. */
function outside(name: string, internal: boolean): Meaning | undefined {
  const last = name.slice(name.lastIndexOf('.') + 1)
  if (internal || !name.includes('.') || !/^[a-z]{2,}$/.test(last) || RESERVED.has(last)) return undefined
  return { type: 'host', name }
}

const RESERVED = new Set([
  'local',
  'localhost',
  'localdomain',
  'svc',
  'cluster',
  'internal',
  'test',
  'invalid',
  'example',
  'onion',
  'lan',
  'home',
])

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
