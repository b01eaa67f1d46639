import type { Facts } from './facts.ts'
import type { KubeObject } from './object.ts'
import type { ServiceFacts } from './services.ts'
import { get, items, type Path, text, texts, type Value } from './value.ts'

export const DESTINATION_RULE = 'networking.istio.io/DestinationRule'

/** How callers speak TLS, in one place of a DestinationRule. */
export interface ClientTls {
  /** Of the `tls` block. */
  readonly path: Path
  readonly tls: Value
  readonly mode: string | undefined
  /** The labels of the subset that it is for; undefined when it is for all. */
  readonly subset: Value | undefined
  /** The port of the host that it is for; undefined for those that no block of their own has. */
  readonly port: number | undefined
  /** Tells it apart: `port 443`, `subset v1`. */
  readonly name: string
}

/** Every `tls` block of a DestinationRule. */
export function clientTlsOf({ body }: KubeObject): ClientTls[] {
  return trafficPolicies(body).flatMap(({ path, subset, name }) => {
    const policy = get(body, ...path)
    const ports = items(policy, 'portLevelSettings').flatMap((entry, i) => {
      const port = get(entry, 'port', 'number')
      const at: Path = [...path, 'portLevelSettings', i, 'tls']
      return typeof port === 'number' ? block(get(entry, 'tls'), at, subset, port, `${name} port ${port}`.trim()) : []
    })
    return [...block(get(policy, 'tls'), [...path, 'tls'], subset, undefined, name), ...ports]
  })
}

function block(tls: Value | undefined, path: Path, subset: Value | undefined, port: number | undefined, name: string): ClientTls[] {
  return tls === undefined ? [] : [{ path, tls, mode: text(tls, 'mode'), subset, port, name }]
}

/** Where traffic policies stand: for the host, and for its subsets. */
export function trafficPolicies(body: Value): { readonly path: Path; readonly subset: Value | undefined; readonly name: string }[] {
  const subsets = items(body, 'spec', 'subsets').map((subset, i) => ({
    path: ['spec', 'subsets', i, 'trafficPolicy'] as Path,
    subset: get(subset, 'labels') ?? {},
    name: `subset ${text(subset, 'name') ?? ''}`.trim(),
  }))
  return [{ path: ['spec', 'trafficPolicy'], subset: undefined, name: '' }, ...subsets]
}

/** The host, in full where it is that of a Service. Semantics: Istio completes names without a dot with the rule's namespace. */
export function hostOf({ body, namespace }: KubeObject): string | undefined {
  const host = text(body, 'spec', 'host')
  return host === undefined || host.includes('.') || host === '*' ? host : `${host}.${namespace}.svc.cluster.local`
}

const SUFFIX = /\.svc\.cluster\.local$/

/** The Services that it is about; several for a pattern such as `*.shop.svc.cluster.local`. */
export function servicesOfRule(rule: KubeObject, { all, get }: Facts['services']): readonly ServiceFacts[] {
  const host = hostOf(rule)
  if (host === undefined) return []
  if (host.startsWith('*'))
    return all.filter(
      ({ object }) => object.namespace !== '' && `${object.name}.${object.namespace}.svc.cluster.local`.endsWith(host.slice(1)),
    )
  if (!SUFFIX.test(host)) return []
  const [name = '', namespace = ''] = host.replace(SUFFIX, '').split('.')
  const service = get(namespace, name)
  return service ? [service] : []
}

/** Whether no proxy gets to see it. */
export function isHidden({ body }: KubeObject): boolean {
  return texts(body, 'spec', 'exportTo').includes('~')
}
