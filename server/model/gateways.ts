import type { ObjectsByKind } from './facts.ts'
import type { KubeObject } from './object.ts'
import { get, isUnknown, items, text, texts, type Value } from './value.ts'

export const GATEWAY = 'gateway.networking.k8s.io/Gateway'
export const HTTP_ROUTE = 'gateway.networking.k8s.io/HTTPRoute'

export interface Listener {
  readonly index: number
  readonly name: string
  readonly protocol: string
  readonly hostname: string | undefined
  readonly body: Value
}

export function listenersOf({ body }: KubeObject): Listener[] {
  return items(body, 'spec', 'listeners').map((listener, index) => ({
    index,
    name: text(listener, 'name') ?? '',
    protocol: text(listener, 'protocol') ?? '',
    hostname: text(listener, 'hostname'),
    body: listener,
  }))
}

/** A route, and the parent reference by which it is attached to a listener. */
export interface Attached {
  readonly route: KubeObject
  readonly parent: number
}

/**
 * The HTTPRoutes that the files attach to a listener. Semantics: Gateway API: by name, namespace, section and
 * port; the listener admits routes of its own namespace unless it says otherwise; host names must meet. A
 * listener that selects namespaces by labels is taken to select the route's.
 */
export function attachedRoutes(gateway: KubeObject, listener: Listener, of: ObjectsByKind): Attached[] {
  const from = text(listener.body, 'allowedRoutes', 'namespaces', 'from') ?? 'Same'
  return of(HTTP_ROUTE).flatMap((route) => {
    if (from === 'None' || (from === 'Same' && route.namespace !== gateway.namespace)) return []
    const hosts = texts(route.body, 'spec', 'hostnames')
    if (listener.hostname !== undefined && hosts.length > 0 && !hosts.some((host) => meet(host, listener.hostname ?? ''))) return []
    const parent = items(route.body, 'spec', 'parentRefs').findIndex((reference) => refersTo(reference, route, gateway, listener))
    return parent < 0 ? [] : [{ route, parent }]
  })
}

function refersTo(reference: Value, route: KubeObject, gateway: KubeObject, listener: Listener): boolean {
  const kind = text(reference, 'kind') ?? 'Gateway'
  const section = get(reference, 'sectionName')
  const port = get(reference, 'port')
  if (isUnknown(section) || isUnknown(port)) return false
  return (
    kind === 'Gateway' &&
    text(reference, 'name') === gateway.name &&
    (text(reference, 'namespace') ?? route.namespace) === gateway.namespace &&
    (section === undefined || section === listener.name) &&
    (port === undefined || port === get(listener.body, 'port'))
  )
}

/** Whether two host names have one in common; a wildcard stands for one or more labels. */
function meet(a: string, b: string): boolean {
  const covers = (wide: string, host: string): boolean => wide.startsWith('*.') && host.endsWith(wide.slice(1))
  return a === b || covers(a, b) || covers(b, a)
}

/** Rules that send requests on, instead of back with another address. */
export function forwards({ body }: KubeObject): boolean {
  return items(body, 'spec', 'rules').some((rule) => {
    const redirects = items(rule, 'filters').some((filter) => text(filter, 'type') === 'RequestRedirect')
    return !redirects && items(rule, 'backendRefs').length > 0
  })
}
