import { get, isMap, items, text, type Value } from '../../../server/model/value.ts'
import type { KubeObject } from '../../../server/model/object.ts'

/**
 * Kubernetes NetworkPolicy, read once more and as directly as can be: one pair of pods and one port at a time,
 * no sets, no caches. It stands beside the engine for random clusters.
 */
export function isAllowed(objects: readonly KubeObject[], from: KubeObject, to: KubeObject, protocol: string, port: number): boolean {
  return permits(objects, 'Egress', from, to, to, protocol, port) && permits(objects, 'Ingress', to, from, to, protocol, port)
}

function permits(
  objects: readonly KubeObject[],
  type: 'Ingress' | 'Egress',
  subject: KubeObject,
  peer: KubeObject,
  target: KubeObject,
  protocol: string,
  port: number,
): boolean {
  const selecting = objects.filter(
    (object) =>
      object.kind === 'NetworkPolicy' &&
      object.namespace === subject.namespace &&
      typesOf(object).includes(type) &&
      matches(get(object.body, 'spec', 'podSelector') ?? {}, labelsOf(subject)),
  )
  if (selecting.length === 0) return true
  const key = type === 'Ingress' ? 'ingress' : 'egress'
  return selecting.some((policy) =>
    items(policy.body, 'spec', key).some((rule) => {
      const peers = items(rule, type === 'Ingress' ? 'from' : 'to')
      const ports = items(rule, 'ports')
      const admitted = peers.length === 0 || peers.some((entry) => isPeer(objects, entry, policy.namespace, peer))
      return admitted && (ports.length === 0 || ports.some((entry) => isPort(entry, target, protocol, port)))
    }),
  )
}

function typesOf({ body }: KubeObject): string[] {
  const written = items(body, 'spec', 'policyTypes').map(String)
  if (written.length > 0) return written
  return items(body, 'spec', 'egress').length > 0 ? ['Ingress', 'Egress'] : ['Ingress']
}

function isPeer(objects: readonly KubeObject[], entry: Value, namespace: string, pod: KubeObject): boolean {
  if (get(entry, 'ipBlock') !== undefined) return false
  const outer = get(entry, 'namespaceSelector')
  const home = objects.find(({ kind, name }) => kind === 'Namespace' && name === pod.namespace)
  const labels = { ...(home ? labelsOf(home) : {}), 'kubernetes.io/metadata.name': pod.namespace }
  const inNamespace = outer === undefined ? pod.namespace === namespace : matches(outer, labels)
  return inNamespace && matches(get(entry, 'podSelector') ?? {}, labelsOf(pod))
}

function isPort(entry: Value, target: KubeObject, protocol: string, port: number): boolean {
  if ((text(entry, 'protocol') ?? 'TCP') !== protocol) return false
  const written = get(entry, 'port')
  if (written === undefined) return true
  if (typeof written === 'number') {
    const end = get(entry, 'endPort')
    return port >= written && port <= (typeof end === 'number' ? end : written)
  }
  return items(target.body, 'spec', 'containers').some((container) =>
    items(container, 'ports').some(
      (declared) =>
        get(declared, 'name') === written && (text(declared, 'protocol') ?? 'TCP') === protocol && get(declared, 'containerPort') === port,
    ),
  )
}

type Labels = Readonly<Record<string, Value>>

function labelsOf({ body }: KubeObject): Labels {
  const labels = get(body, 'metadata', 'labels')
  return isMap(labels) ? labels : {}
}

function matches(selector: Value, labels: Labels): boolean {
  const wanted = get(selector, 'matchLabels')
  if (isMap(wanted) && Object.entries(wanted).some(([key, value]) => labels[key] !== value)) return false
  return items(selector, 'matchExpressions').every((expression) => {
    const value = labels[text(expression, 'key') ?? '']
    const listed = items(expression, 'values').includes(value ?? null)
    switch (text(expression, 'operator')) {
      case 'In':
        return value !== undefined && listed
      case 'NotIn':
        return !(value !== undefined && listed)
      case 'Exists':
        return value !== undefined
      default:
        return value === undefined
    }
  })
}
