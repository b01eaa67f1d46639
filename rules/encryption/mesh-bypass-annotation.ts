import { isKnownController } from '../../server/model/controllers.ts'
import type { Facts } from '../../server/model/facts.ts'
import { isMeshGateway, membersOf } from '../../server/model/mesh.ts'
import { SYSTEM_NAMESPACES } from '../../server/model/namespaces.ts'
import { podPorts } from '../../server/model/network/intents/names.ts'
import { labelsOf } from '../../server/model/object.ts'
import { defineRule, type Severity } from '../../server/model/rule.ts'
import { get, isUnknown, items, type Path, text } from '../../server/model/value.ts'
import type { Workload } from '../../server/model/workload.ts'

type Asked = 'workloads' | 'namespaces' | 'services' | 'intents'
type Known = Pick<Facts, Asked>

interface Bypass {
  /** In the pod's metadata: `labels` or `annotations`, and the key. */
  readonly at: readonly ['labels' | 'annotations', string]
  readonly severity: Severity
  /** What does not go through the mesh, after "Workload `x` …". */
  readonly says: string
}

interface Data {
  readonly path: Path
}

/** What the proxies serve about themselves, and say themselves how. */
const PROXY_PORTS: ReadonlySet<number> = new Set([15_000, 15_004, 15_020, 15_021, 15_053, 15_090])

export default defineRule<'workload', Asked, Data>({
  name: 'mesh-bypass-annotation',
  title: 'Pods go past their mesh',
  pillar: 'encryption',
  severity: 'warning',
  controls: { nist80053: ['SC-8'], nist800207: ['2', '6'], attack: ['T1562.001'], owasp: ['K05'] },
  since: '0.1.0',
  each: 'workload',
  reads: ['workloads', 'namespaces', 'services', 'intents'],
  *check(workload, { facts }) {
    const { object, templatePath, annotations, labels } = workload
    // A Job with a sidecar did not end for years; nobody calls it.
    if (/^(Cron|Scaled)?Job$/.test(object.kind) || SYSTEM_NAMESPACES.has(object.namespace) || isMeshGateway(workload)) return
    if (annotations === 'unknown' || labels === 'unknown') {
      if (isUnknown(get(object.body, ...templatePath, 'metadata', 'annotations')))
        yield { notEvaluated: object, path: [...templatePath, 'metadata', 'annotations'] }
      return
    }
    for (const { at, severity, says } of [...leaves(workload, facts), ...lets(workload, facts)]) {
      const path: Path = [...templatePath, 'metadata', ...at]
      yield {
        object,
        path,
        part: 'value',
        severity,
        discriminator: at[1],
        message: `${object.kind} \`${object.name}\` ${says}: nothing there is encrypted by the mesh, or asks who calls. Take \`${at[1]}\` out.`,
        data: { path },
      }
    }
  },
  *fix({ object, data }) {
    if (!data) return
    yield {
      title: `Take out \`${data.path.at(-1)}\`: the mesh's proxy handles these connections, and refuses those that its policies do not allow`,
      applicability: 'assisted',
      changes: [{ op: 'remove', object, path: data.path }],
      leaves: ['mesh-mtls-not-strict', 'mesh-mtls-client-conflict', 'mesh-bypass-annotation'],
    }
  },
})

/** Pods that their namespace takes into a mesh, and that do not want to be. */
function* leaves(workload: Workload, facts: Known): Iterable<Bypass> {
  const namespace = facts.namespaces.get(workload.object.namespace)
  if (!namespace?.object || namespace.labels === 'unknown') return
  const own = { labels: known(workload.labels), annotations: known(workload.annotations) }
  const above = { labels: namespace.labels, annotations: known(labelsOf(namespace.object.body, 'metadata', 'annotations')) }
  const served = servedPorts(workload, facts)
  // What only the API server calls encrypts by itself, and the API server is in no mesh.
  if (served.length === 0 && facts.services.of(workload).length > 0) return
  const severity = served.length > 0 && !isKnownController(workload) ? 'warning' : 'hint'
  const injected = above.labels['istio-injection'] === 'enabled' || Object.hasOwn(above.labels, 'istio.io/rev')
  const says = `stays out of the mesh of \`${namespace.name}\``
  const inject = 'sidecar.istio.io/inject'
  const place = Object.hasOwn(own.labels, inject) ? 'labels' : 'annotations'
  if (injected && own[place][inject] === 'false' && own.labels['istio.io/dataplane-mode'] !== 'ambient')
    yield { at: [place, inject], severity, says }
  const mode = 'istio.io/dataplane-mode'
  if (above.labels[mode] === 'ambient' && own.labels[mode] === 'none') yield { at: ['labels', mode], severity, says }
  const linkerd = 'linkerd.io/inject'
  if (/^(enabled|ingress)$/.test(above.annotations[linkerd] ?? '') && own.annotations[linkerd] === 'disabled')
    yield { at: ['annotations', linkerd], severity, says }
}

/** Connections that pods of a mesh take, or open, past its proxy. */
function* lets(workload: Workload, facts: Known): Iterable<Bypass> {
  const annotations = known(workload.annotations)
  const linkerd = Object.hasOwn(annotations, 'linkerd.io/inject') || isLinkerd(workload, facts)
  if (!linkerd && membersOf(facts)(workload) !== true) return
  const served = servedPorts(workload, facts)
  const inbound: readonly (readonly [string, (listed: Ports) => (port: number) => boolean])[] = linkerd
    ? [['config.linkerd.io/skip-inbound-ports', (listed) => listed]]
    : [
        ['traffic.sidecar.istio.io/excludeInboundPorts', (listed) => listed],
        ['traffic.sidecar.istio.io/includeInboundPorts', (listed) => (port) => !listed(port)],
      ]
  for (const [key, past] of inbound) {
    const value = annotations[key]?.trim()
    if (value === undefined || value === '*') continue
    const open = served.filter(past(portsIn(value)))
    if (open.length > 0)
      yield { at: ['annotations', key], severity: 'warning', says: `is called past its proxy on port ${open.join(', ')}` }
  }
  if (annotations['ambient.istio.io/bypass-inbound-capture'] === 'true')
    yield { at: ['annotations', 'ambient.istio.io/bypass-inbound-capture'], severity: 'warning', says: 'is called past the mesh' }
  const outbound = linkerd
    ? ['config.linkerd.io/skip-outbound-ports']
    : ['traffic.sidecar.istio.io/excludeOutboundPorts', 'traffic.sidecar.istio.io/excludeOutboundIPRanges']
  for (const key of outbound) {
    const value = annotations[key]?.trim()
    if (value) yield { at: ['annotations', key], severity: 'hint', says: `calls others past its proxy (${value.slice(0, 60)})` }
  }
}

function isLinkerd({ object }: Workload, { namespaces }: Known): boolean {
  return /^(enabled|ingress)$/.test(
    text(namespaces.get(object.namespace)?.object?.body, 'metadata', 'annotations', 'linkerd.io/inject') ?? '',
  )
}

/**
 * Ports of the pods to which Services lead, but for those where the program speaks TLS by its name or because the API
 * server calls it, those for metrics, and the proxies' own.
 */
function servedPorts(workload: Workload, { services, intents }: Known): number[] {
  const hooks = intents.to(workload).flatMap(({ from, ports }) => (from.type === 'apiserver' ? ports.map(({ number }) => number) : []))
  const ports = services.of(workload).flatMap((service) => {
    return items(service.object.body, 'spec', 'ports')
      .filter((entry) => !/^(https|tls)\b|metric/i.test(text(entry, 'appProtocol') ?? text(entry, 'name') ?? ''))
      .flatMap((entry) => {
        const number = get(entry, 'port')
        return typeof number === 'number' ? podPorts(service, workload, number).flatMap((port) => port.number ?? []) : []
      })
  })
  return [...new Set(ports)].filter((port) => !PROXY_PORTS.has(port) && !hooks.includes(port))
}

type Ports = (port: number) => boolean

/** `80,8000-8100`. */
function portsIn(list: string): Ports {
  const ranges = list.split(',').flatMap((part) => {
    const match = /^\s*(\d{1,5})(?:-(\d{1,5}))?\s*$/.exec(part)
    return match ? [[Number(match[1]), Number(match[2] ?? match[1])] as const] : []
  })
  return (port) => ranges.some(([from, to]) => port >= from && port <= to)
}

function known(labels: Workload['labels']): Readonly<Record<string, string>> {
  return labels === 'unknown' ? {} : labels
}
