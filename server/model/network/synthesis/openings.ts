import type { Labels } from '../../object.ts'
import type { Dns } from '../dns.ts'
import type { Intent, IntentSource, IntentTarget } from '../intents/intents.ts'
import type { PodPort } from '../intents/names.ts'
import type { Direction } from '../policy.ts'
import type { Workload } from '../../workload.ts'
import type { PodSelector } from './selectors.ts'

/** Whom a rule lets in or out, before it is written in a dialect. */
export type Peer =
  /** Without a namespace: in that of the policy. */
  | { readonly type: 'pods'; readonly namespace: string | undefined; readonly labels: Labels }
  | { readonly type: 'namespace'; readonly namespace: string }
  | { readonly type: 'everyPod' }
  | { readonly type: 'outside' }
  /** Pods on their node's own network. */
  | { readonly type: 'nodes' }
  | { readonly type: 'apiserver' }
  | { readonly type: 'host'; readonly name: string }
  | { readonly type: 'block'; readonly cidr: string }
  | { readonly type: 'dns'; readonly dns: Dns }

/** One thing that stays open. */
export interface Opening {
  readonly direction: Direction
  readonly peer: Peer
  /** None: every port. */
  readonly ports: readonly PodPort[]
  /** What it is for; none for DNS. */
  readonly intents: readonly Intent[]
}

/** What one policy is about. */
export interface Draft {
  readonly namespace: string
  readonly name: string
  /** Undefined: every pod of the namespace. */
  readonly selector: PodSelector | undefined
  readonly workloads: readonly Workload[]
  readonly directions: readonly Direction[]
  readonly openings: readonly Opening[]
}

/** Where a load balancer sends connections to pods itself, there is no pod between. */
const CLOUD_CONTROLLERS = /^(alb|gce|gke-|azure-|aws|amazon-)/

type SelectorOf = (workload: Workload) => PodSelector | undefined

/** Undefined when no policy can name the peer. */
export function sourcePeer(source: IntentSource, at: string, selectorOf: SelectorOf): Peer | undefined {
  switch (source.type) {
    case 'workload':
      return podsPeer(source.workload, at, selectorOf)
    case 'scraper':
      return { type: 'everyPod' }
    case 'controller':
      return CLOUD_CONTROLLERS.test(source.className) ? { type: 'outside' } : { type: 'everyPod' }
    case 'apiserver':
      return { type: 'apiserver' }
    case 'outside':
      return { type: 'outside' }
  }
}

export function targetPeer(target: IntentTarget, at: string, selectorOf: SelectorOf): Peer | undefined {
  switch (target.type) {
    case 'workload':
      return podsPeer(target.workload, at, selectorOf)
    case 'host':
      return { type: 'host', name: target.name }
    case 'address':
      return { type: 'block', cidr: `${target.address}/${target.address.includes(':') ? 128 : 32}` }
    case 'elsewhere':
      return { type: 'namespace', namespace: target.namespace }
    case 'apiserver':
      return { type: 'apiserver' }
  }
}

function podsPeer(workload: Workload, at: string, selectorOf: SelectorOf): Peer | undefined {
  if (workload.spec['hostNetwork'] === true) return { type: 'nodes' }
  const selector = selectorOf(workload)
  const { namespace } = workload.object
  // The namespace in which such files end up has no name to select it by.
  if (!selector || (namespace === '' && at !== '')) return undefined
  return { type: 'pods', namespace: namespace === at ? undefined : namespace, labels: selector.labels }
}

/**
 * Openings for the same peer are one.
 *
 * @param everybody what is open from outside is open to pods as well, so that nothing needs saying of them
 */
export function gather(openings: readonly Opening[], everybody: boolean): readonly Opening[] {
  const byPeer = new Map<string, Opening>()
  for (const opening of openings) {
    const key = `${opening.direction} ${JSON.stringify([opening.peer.type === 'dns' ? 'dns' : opening.peer])}`
    const known = byPeer.get(key)
    byPeer.set(key, known ? joined(known, opening) : opening)
  }
  const all = [...byPeer.values()]
  const wide = everybody ? all.filter(({ peer, direction }) => direction === 'ingress' && peer.type === 'outside') : []
  return all.filter(
    (opening) => wide.includes(opening) || opening.direction === 'egress' || !wide.some((other) => hasPorts(other, opening)),
  )
}

function hasPorts(wide: Opening, narrow: Opening): boolean {
  if (wide.ports.length === 0) return true
  const keys = new Set(wide.ports.map(portKey))
  return narrow.ports.length > 0 && narrow.ports.every((port) => keys.has(portKey(port)))
}

function joined(a: Opening, b: Opening): Opening {
  const ports = a.ports.length === 0 || b.ports.length === 0 ? [] : distinctPorts([...a.ports, ...b.ports])
  return { ...a, ports, intents: [...a.intents, ...b.intents] }
}

export function portKey({ protocol, number, name }: PodPort): string {
  return `${protocol} ${number ?? name ?? ''}`
}

function distinctPorts(ports: readonly PodPort[]): readonly PodPort[] {
  return [...new Map(ports.map((port) => [portKey(port), port])).values()]
}
