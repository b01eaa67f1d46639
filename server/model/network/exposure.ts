import type { Facts, ObjectsByKind } from '../facts.ts'
import type { KubeObject } from '../object.ts'
import { type ServiceFacts, targetPort } from '../services.ts'
import { entries, get, items, type Path, text, type Value } from '../value.ts'
import type { Workload } from '../workload.ts'

/** A way into a workload that does not start at a pod. */
export interface EntryPoint {
  readonly workload: Workload
  /** Who opens it: a Service, an Ingress, a route, a webhook configuration. */
  readonly via: KubeObject
  /** Of the value in `via` that names or opens the way. */
  readonly path: Path
  /** `outside`: from beyond the cluster. `internal`: from the company's network. `apiserver`: only the control plane calls. */
  readonly from: 'outside' | 'internal' | 'apiserver'
  /** The container port; undefined when it cannot be told. */
  readonly port: number | undefined
  readonly protocol: string
}

export interface Exposure {
  readonly all: readonly EntryPoint[]
  of(workload: Workload): readonly EntryPoint[]
}

/** The kinds that open ways in, as `group/Kind`. */
export const ENTRY_KINDS: readonly string[] = [
  'networking.k8s.io/Ingress',
  'extensions/Ingress',
  'gateway.networking.k8s.io/HTTPRoute',
  'gateway.networking.k8s.io/GRPCRoute',
  'gateway.networking.k8s.io/TLSRoute',
  'gateway.networking.k8s.io/TCPRoute',
  'route.openshift.io/Route',
  'networking.istio.io/VirtualService',
  'admissionregistration.k8s.io/ValidatingWebhookConfiguration',
  'admissionregistration.k8s.io/MutatingWebhookConfiguration',
  'apiregistration.k8s.io/APIService',
]

export function exposureOf(of: ObjectsByKind, facts: Pick<Facts, 'services'>): Exposure {
  const all = [...serviceEntries(facts), ...ENTRY_KINDS.flatMap((kind) => of(kind)).flatMap((object) => [...routeEntries(object, facts)])]
  const byWorkload = new Map<Workload, EntryPoint[]>()
  for (const entry of all) {
    const list = byWorkload.get(entry.workload)
    if (list) list.push(entry)
    else byWorkload.set(entry.workload, [entry])
  }
  return { all, of: (workload) => byWorkload.get(workload) ?? [] }
}

function* serviceEntries({ services }: Pick<Facts, 'services'>): Iterable<EntryPoint> {
  for (const service of services.all) {
    if (service.type !== 'LoadBalancer' && service.type !== 'NodePort') continue
    const from = isInternalLoadBalancer(service.object) ? 'internal' : 'outside'
    for (const port of items(service.object.body, 'spec', 'ports')) {
      for (const workload of service.workloads) {
        yield {
          workload,
          via: service.object,
          path: ['spec', 'type'],
          from,
          port: targetPort(service.object, portOf(port), workload),
          protocol: text(port, 'protocol') ?? 'TCP',
        }
      }
    }
  }
}

const INTERNAL_ANNOTATIONS: Readonly<Record<string, readonly string[]>> = {
  'service.beta.kubernetes.io/aws-load-balancer-internal': ['true', '0.0.0.0/0'],
  'service.beta.kubernetes.io/aws-load-balancer-scheme': ['internal'],
  'networking.gke.io/load-balancer-type': ['Internal'],
  'cloud.google.com/load-balancer-type': ['Internal'],
  'service.beta.kubernetes.io/azure-load-balancer-internal': ['true'],
  'service.beta.kubernetes.io/openstack-internal-load-balancer': ['true'],
  'service.kubernetes.io/ibm-load-balancer-cloud-provider-ip-type': ['private'],
  'service.beta.kubernetes.io/oci-load-balancer-internal': ['true'],
  'alb.ingress.kubernetes.io/scheme': ['internal'],
  'kubernetes.io/ingress.class': ['gce-internal'],
}

/** Whether its annotations keep a Service's or an Ingress's load balancer off the internet. */
export function isInternalLoadBalancer(object: KubeObject): boolean {
  const annotations = get(object.body, 'metadata', 'annotations')
  const marked = entries(annotations).some(([key, value]) => INTERNAL_ANNOTATIONS[key]?.includes(String(value)))
  const className = text(object.body, 'spec', 'ingressClassName') ?? text(annotations, 'kubernetes.io/ingress.class') ?? ''
  return marked || /(^|-)(internal|private)(-|$)/.test(className)
}

/** A backend: the Service, the path of its name, and the port as the route writes it. */
export interface Backend {
  readonly namespace: string
  readonly name: string
  readonly path: Path
  /** Undefined for all ports of the Service. `target`: a port of the Service or the one that it leads to, as a Route writes it. */
  readonly port: { readonly name?: string; readonly number?: number; readonly target?: string | number } | undefined
}

function* routeEntries(via: KubeObject, { services }: Pick<Facts, 'services'>): Iterable<EntryPoint> {
  const apiserver = via.group === 'admissionregistration.k8s.io' || via.group === 'apiregistration.k8s.io'
  const found = backendsOf(via)
  const from = apiserver ? 'apiserver' : found.length > 0 && isInternalLoadBalancer(via) ? 'internal' : 'outside'
  for (const backend of found) {
    const service = services.get(backend.namespace, backend.name)
    for (const workload of service?.workloads ?? []) {
      for (const port of portsOf(service, backend, workload)) yield { workload, via, path: backend.path, from, port, protocol: 'TCP' }
    }
  }
}

function portsOf(service: ServiceFacts | undefined, backend: Backend, workload: Workload): (number | undefined)[] {
  if (!service) return []
  const target = backend.port?.target
  if (target !== undefined) {
    const named = items(service.object.body, 'spec', 'ports').filter((port) =>
      ['name', 'port', 'targetPort'].some((key) => get(port, key) === target),
    )
    return named.map((port) => targetPort(service.object, portOf(port), workload))
  }
  if (backend.port) return [targetPort(service.object, backend.port, workload)]
  return items(service.object.body, 'spec', 'ports').map((port) => targetPort(service.object, portOf(port), workload))
}

const backends = new WeakMap<KubeObject, readonly Backend[]>()

/** The Services to which an Ingress, a route or a webhook configuration leads. */
export function backendsOf(via: KubeObject): readonly Backend[] {
  const known = backends.get(via)
  if (known) return known
  const found = [...readBackends(via)]
  backends.set(via, found)
  return found
}

/** Backends of everything that routes to Services by name. Semantics: the kinds' API references. */
function* readBackends({ group, kind, namespace, body }: KubeObject): Iterable<Backend> {
  const backend = function* (where: string, path: Path, port: Value | undefined): Iterable<Backend> {
    const name = text(body, ...path)
    if (name)
      yield {
        namespace: where,
        name,
        path,
        port: typeof port === 'number' ? { number: port } : typeof port === 'string' ? { name: port } : undefined,
      }
  }
  if (kind === 'Ingress') {
    const old = group === 'extensions'
    const inside = function* (holder: Path): Iterable<Backend> {
      const at = get(body, ...holder)
      if (old) yield* backend(namespace, [...holder, 'serviceName'], get(at, 'servicePort'))
      else
        yield* backend(
          namespace,
          [...holder, 'service', 'name'],
          get(at, 'service', 'port', 'number') ?? get(at, 'service', 'port', 'name'),
        )
    }
    yield* inside(['spec', old ? 'backend' : 'defaultBackend'])
    for (const [i, rule] of items(body, 'spec', 'rules').entries()) {
      for (const [j] of items(rule, 'http', 'paths').entries()) yield* inside(['spec', 'rules', i, 'http', 'paths', j, 'backend'])
    }
  } else if (group === 'gateway.networking.k8s.io') {
    for (const [i, rule] of items(body, 'spec', 'rules').entries()) {
      for (const [j, ref] of items(rule, 'backendRefs').entries()) {
        if ((text(ref, 'kind') ?? 'Service') !== 'Service') continue
        yield* backend(text(ref, 'namespace') ?? namespace, ['spec', 'rules', i, 'backendRefs', j, 'name'], get(ref, 'port'))
      }
    }
  } else if (kind === 'Route') {
    const target = get(body, 'spec', 'port', 'targetPort')
    const port = typeof target === 'string' || typeof target === 'number' ? { target } : undefined
    const paths: Path[] = [
      ['spec', 'to', 'name'],
      ...items(body, 'spec', 'alternateBackends').map((_, i) => ['spec', 'alternateBackends', i, 'name']),
    ]
    for (const path of paths) for (const found of backend(namespace, path, undefined)) yield { ...found, port }
  } else if (kind === 'VirtualService') {
    // Without a gateway it only steers what pods of the mesh call.
    if (!items(body, 'spec', 'gateways').some((gateway) => typeof gateway === 'string' && gateway !== 'mesh')) return
    for (const protocol of ['http', 'tls', 'tcp']) {
      for (const [i, rule] of items(body, 'spec', protocol).entries()) {
        for (const [j, route] of items(rule, 'route').entries()) {
          const path = ['spec', protocol, i, 'route', j, 'destination', 'host']
          const [name = '', where = namespace] = (text(body, ...path) ?? '').split('.')
          const port = get(route, 'destination', 'port', 'number')
          if (name !== '') yield { namespace: where, name, path, port: typeof port === 'number' ? { number: port } : undefined }
        }
      }
    }
  } else if (kind === 'APIService') {
    yield* backend(
      text(body, 'spec', 'service', 'namespace') ?? '',
      ['spec', 'service', 'name'],
      get(body, 'spec', 'service', 'port') ?? 443,
    )
  } else {
    for (const [i, webhook] of items(body, 'webhooks').entries()) {
      const service = get(webhook, 'clientConfig', 'service')
      yield* backend(text(service, 'namespace') ?? '', ['webhooks', i, 'clientConfig', 'service', 'name'], get(service, 'port') ?? 443)
    }
  }
}

/** How an entry of a Service's `ports` is asked for: by number, which is always written. */
function portOf(entry: Value): { readonly number?: number } {
  const number = get(entry, 'port')
  return typeof number === 'number' ? { number } : {}
}
