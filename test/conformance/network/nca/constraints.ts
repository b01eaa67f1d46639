import { testLabels } from '../../../../server/model/network/labels.ts'
import { patternMatches } from '../../../../server/model/network/matching.ts'
import {
  ALL,
  type Connections,
  difference,
  http,
  intersection,
  NONE,
  ports,
  protocol,
  TCP,
  union,
} from '../../../../server/model/network/sets/connections.ts'
import {
  ANY_STRING,
  exactly,
  type Language,
  NO_STRING,
  startingWith,
  unite,
  without,
} from '../../../../server/model/network/sets/languages.ts'
import type { KubeObject } from '../../../../server/model/object.ts'
import { targetPort } from '../../../../server/model/services.ts'
import { entries, get, items, text, texts, type Value } from '../../../../server/model/value.ts'
import type { Known } from '../data.ts'
import type { Pod } from './config.ts'

/**
 * What the tool takes for policies and this product does not, because it is no security boundary: a Sidecar
 * limits where its pods connect to, and Ingresses limit where their controller does.
 */
export interface Constraints {
  between(from: number, to: number): Connections
  toOutside(from: number): Connections
  toName(from: number, name: string): Connections
  readonly names: readonly string[]
}

export function constraintsOf(objects: readonly KubeObject[], pods: readonly Pod[], known: Known): Constraints {
  const services = servicesByPod(pods, known)
  const sidecars = pods.map((pod) => sidecarOf(objects, pod))
  const controllers = controllerRules(objects, pods, known)
  const entriesOf = objects.filter(({ group, kind }) => group === 'networking.istio.io' && kind === 'ServiceEntry')
  const names = [...new Set(entriesOf.flatMap(({ body }) => texts(body, 'spec', 'hosts')))]
  const exported = (pod: Pod, name: string): boolean =>
    entriesOf.some(({ body, namespace }) => {
      const to = texts(body, 'spec', 'exportTo')
      const seen =
        to.length === 0 ||
        to.some((entry) => entry === '*' || entry === pod.endpoint.namespace || (entry === '.' && namespace === pod.endpoint.namespace))
      return seen && texts(body, 'spec', 'hosts').includes(name)
    })
  const outside = difference(ALL, protocol(TCP))
  return {
    names,
    between: (from, to) => {
      const sidecar = sidecars[from]
      const meant =
        !sidecar ||
        hostsOf(sidecar).some(
          (host) => (services[to] ?? []).some((service) => meansService(host, service, sidecar.namespace)) || host === '*/*',
        )
      const routed = controllers?.get(from)
      return intersection(meant ? ALL : outside, routed ? (routed.get(to) ?? NONE) : ALL)
    },
    toOutside: (from) => {
      if (controllers?.has(from)) return NONE
      const sidecar = sidecars[from]
      return sidecar && text(sidecar.body, 'spec', 'outboundTrafficPolicy', 'mode') === 'REGISTRY_ONLY' ? outside : ALL
    },
    toName: (from, name) => {
      const pod = pods[from]
      if (!pod || !exported(pod, name) || controllers?.has(from)) return NONE
      const sidecar = sidecars[from]
      if (!sidecar) return protocol(TCP)
      return hostsOf(sidecar).some((host) => meansName(host, name)) ? protocol(TCP) : NONE
    },
  }
}

function hostsOf(sidecar: KubeObject): string[] {
  return items(sidecar.body, 'spec', 'egress').flatMap((entry) => texts(entry, 'hosts'))
}

/** The Sidecar of a pod: one that selects it, else the one of its namespace. */
function sidecarOf(objects: readonly KubeObject[], { endpoint }: Pod): KubeObject | undefined {
  const own = objects.filter(({ kind, namespace }) => kind === 'Sidecar' && namespace === endpoint.namespace)
  const selecting = own.find(({ body }) => {
    const labels = entries(body, 'spec', 'workloadSelector', 'labels')
    return labels.length > 0 && labels.every(([key, value]) => testLabels({ op: 'in', key, values: [String(value)] }, endpoint) === true)
  })
  return selecting ?? own.find(({ body }) => get(body, 'spec', 'workloadSelector') === undefined)
}

interface Name {
  readonly namespace: string
  readonly name: string
}

function servicesByPod(pods: readonly Pod[], { services, reachability }: Known): readonly (readonly Name[])[] {
  const result = pods.map((): Name[] => [])
  for (const { object, workloads } of services.all) {
    for (const workload of workloads) {
      const index = reachability.indexOf(workload)
      const place = pods.findIndex((pod) => pod.index === index)
      result[place]?.push({ namespace: object.namespace, name: object.name })
    }
  }
  return result
}

/** The tool goes by the first part of the name, and by the namespace before the slash. */
function meansService(host: string, { namespace, name }: Name, own: string): boolean {
  const [where = '', dns = ''] = host.split('/')
  const inNamespace = where === '*' || where === namespace || (where === '.' && namespace === own)
  return inNamespace && (dns === '*' || dns.split('.')[0] === name)
}

function meansName(host: string, name: string): boolean {
  const dns = host.split('/')[1] ?? ''
  return dns === name || (dns.startsWith('*') && patternMatches(dns, name))
}

/** Where Ingresses let the pods of their controller connect to; undefined without any. */
function controllerRules(
  objects: readonly KubeObject[],
  pods: readonly Pod[],
  known: Known,
): ReadonlyMap<number, ReadonlyMap<number, Connections>> | undefined {
  const ingresses = objects.filter(({ group, kind }) => group === 'networking.k8s.io' && kind === 'Ingress')
  if (ingresses.length === 0) return undefined
  const allowed = new Map<number, Connections>()
  for (const ingress of ingresses) {
    for (const rule of items(ingress.body, 'spec', 'rules')) {
      const host = text(rule, 'host')
      const paths = items(rule, 'http', 'paths')
      const hosts = host === undefined ? {} : { hosts: exactly(host) }
      for (const path of paths) {
        // A longer path takes requests away from a shorter one, an exact one from a prefix.
        const others = paths
          .filter((other) => other !== path && isMoreSpecific(other, path))
          .map(pathLanguage)
          .reduce(unite, NO_STRING)
        const requests = without(pathLanguage(path), others)
        for (const [place, connections] of backend(get(path, 'backend', 'service'), ingress.namespace, pods, known)) {
          const narrowed = intersection(connections, http({ ...hosts, ...(requests === ANY_STRING ? {} : { paths: requests }) }))
          allowed.set(place, union(allowed.get(place) ?? NONE, narrowed))
        }
      }
    }
    for (const [place, connections] of backend(get(ingress.body, 'spec', 'defaultBackend', 'service'), ingress.namespace, pods, known)) {
      allowed.set(place, union(allowed.get(place) ?? NONE, connections))
    }
  }
  const controllers = pods.flatMap(({ endpoint }, place) => (endpoint.labels['app.kubernetes.io/name'] === 'ingress-nginx' ? [place] : []))
  return new Map(controllers.map((place) => [place, allowed]))
}

function isMoreSpecific(a: Value, b: Value): boolean {
  const [x, y] = [text(a, 'path') ?? '/', text(b, 'path') ?? '/']
  return x.length > y.length || (x === y && get(a, 'pathType') === 'Exact' && get(b, 'pathType') !== 'Exact')
}

function pathLanguage(path: Value): Language {
  const written = text(path, 'path') ?? '/'
  if (get(path, 'pathType') === 'Exact') return exactly(written)
  const prefix = written.replace(/\/$/, '')
  return prefix === '' ? ANY_STRING : unite(exactly(prefix), startingWith(`${prefix}/`))
}

function backend(
  service: Value | undefined,
  namespace: string,
  pods: readonly Pod[],
  { services, reachability }: Known,
): (readonly [number, Connections])[] {
  const found = services.get(namespace, text(service, 'name') ?? '')
  const number = get(service, 'port', 'number')
  const name = text(service, 'port', 'name')
  return (found?.workloads ?? []).flatMap((workload) => {
    const port = found && targetPort(found.object, typeof number === 'number' ? { number } : name === undefined ? {} : { name }, workload)
    const place = pods.findIndex(({ index }) => index === reachability.indexOf(workload))
    return port === undefined ? [] : [[place, ports(TCP, port)] as const]
  })
}
