import type { Binding } from '../../access/bindings.ts'
import type { Facts, ObjectsByKind } from '../../facts.ts'
import { type KubeObject, labelsOf } from '../../object.ts'
import { matchesLabels, matchesSelector } from '../../selector.ts'
import type { ServiceFacts } from '../../services.ts'
import { entries, get, isMap, items, type Path, text, texts } from '../../value.ts'
import { serviceAccountOf, type Workload } from '../../workload.ts'
import { controls, ingressClassOf } from '../cluster.ts'
import type { Evidence, Intent, IntentSource } from './intents.ts'
import { type PodPort, podPorts } from './names.ts'
import { annotationsOf } from './texts.ts'

const MONITORING = 'monitoring.coreos.com'

const GATEWAY = 'networking.istio.io/Gateway'

/** The kinds that declare connections by what they are. */
export const DECLARING_KINDS: readonly string[] = [`${MONITORING}/ServiceMonitor`, `${MONITORING}/PodMonitor`, GATEWAY]

type Known = Pick<Facts, 'workloads' | 'services' | 'exposure' | 'access' | 'tokens'>

/** Connections that follow from objects: routes from outside, webhooks, scrapes, peers of a set, and use of the API. */
export function* declared(of: ObjectsByKind, facts: Known): Iterable<Intent> {
  yield* routes(of, facts)
  yield* monitors(of, facts)
  yield* scrapeAnnotations(facts)
  const bindingsOf = bindingsByAccount(facts)
  for (const workload of facts.workloads) {
    yield* peers(workload, facts)
    yield* apiUse(workload, facts, bindingsOf)
    yield* connectsTo(workload, facts)
  }
}

function* routes(of: ObjectsByKind, { exposure, workloads }: Known): Iterable<Intent> {
  const controllersOf = perClass(workloads)
  const gatewaysOf = (via: KubeObject): readonly Workload[] | undefined =>
    via.kind === 'VirtualService' ? servingOf(via, of, workloads) : undefined
  for (const { workload, via, path, from, port, protocol } of exposure.all) {
    const evidence: Evidence = {
      object: via,
      path,
      part: 'value',
      message: `${via.kind} \`${via.name}\` leads to \`${workload.object.name}\`.`,
    }
    const ports: PodPort[] = port === undefined ? [] : [{ protocol, number: port, name: undefined }]
    for (const source of sourcesOf(via, from, controllersOf, gatewaysOf))
      yield { from: source, to: { type: 'workload', workload }, ports, confidence: 'strong', evidence: [evidence] }
  }
}

/** Who calls: for an Ingress its controller, where the files have it; else whoever comes from outside. */
function sourcesOf(
  via: KubeObject,
  from: 'outside' | 'internal' | 'apiserver',
  controllersOf: (className: string) => readonly Workload[],
  gatewaysOf: (via: KubeObject) => readonly Workload[] | undefined,
): IntentSource[] {
  if (from === 'apiserver') return [{ type: 'apiserver' }]
  if (via.kind === 'Service') return [{ type: 'outside', internal: from === 'internal' }]
  const className = via.kind === 'Ingress' ? ingressClassOf(via) : via.kind === 'VirtualService' ? 'istio' : ''
  const controllers = gatewaysOf(via) ?? (via.kind === 'Ingress' || className !== '' ? controllersOf(className) : [])
  if (controllers.length > 0) return controllers.map((workload) => ({ type: 'workload', workload }))
  return [{ type: 'controller', className }]
}

/** Semantics: Istio: the pods, of any namespace, that the Gateways of a VirtualService select; undefined when no Gateway is in the files. */
function servingOf(service: KubeObject, of: ObjectsByKind, workloads: readonly Workload[]): readonly Workload[] | undefined {
  const names = texts(service.body, 'spec', 'gateways').map((name) => (name.includes('/') ? name : `${service.namespace}/${name}`))
  const gateways = of(GATEWAY).filter(({ namespace, name }) => names.includes(`${namespace}/${name}`))
  if (gateways.length === 0 || gateways.some(({ body }) => entries(body, 'spec', 'selector').length === 0)) return undefined
  return workloads.filter((workload) =>
    gateways.some((gateway) => matchesLabels(get(gateway.body, 'spec', 'selector'), workload.labels) === true),
  )
}

/** There are few classes, and many Ingresses of each. */
function perClass(workloads: readonly Workload[]): (className: string) => readonly Workload[] {
  const known = new Map<string, readonly Workload[]>()
  return (className) => {
    const found = known.get(className) ?? workloads.filter((workload) => controls(workload, className))
    known.set(className, found)
    return found
  }
}

function* monitors(of: ObjectsByKind, facts: Known): Iterable<Intent> {
  const sources = scrapers(facts)
  for (const monitor of of(`${MONITORING}/ServiceMonitor`)) {
    for (const service of facts.services.all) {
      if (!inScope(monitor, service.object.namespace) || !selects(monitor, service.object)) continue
      for (const [i, endpoint] of items(monitor.body, 'spec', 'endpoints').entries()) {
        const target = get(endpoint, 'targetPort')
        const wanted = text(endpoint, 'port') ?? (typeof target === 'number' ? undefined : target)
        for (const workload of service.workloads) {
          const ports: readonly PodPort[] =
            typeof target === 'number'
              ? [{ protocol: 'TCP', number: target, name: undefined }]
              : podPorts(service, workload, typeof wanted === 'string' ? wanted : undefined)
          yield* scrapes(sources, workload, ports, monitor, ['spec', 'endpoints', i])
        }
      }
    }
  }
  for (const monitor of of(`${MONITORING}/PodMonitor`)) {
    for (const workload of facts.workloads) {
      if (!inScope(monitor, workload.object.namespace) || matchesSelector(get(monitor.body, 'spec', 'selector'), workload.labels) !== true)
        continue
      for (const [i, endpoint] of items(monitor.body, 'spec', 'podMetricsEndpoints').entries()) {
        const name = text(endpoint, 'port')
        const number = workload.containers.flatMap(({ body }) => items(body, 'ports')).find((port) => text(port, 'name') === name)
        const found = get(number, 'containerPort')
        yield* scrapes(sources, workload, [{ protocol: 'TCP', number: typeof found === 'number' ? found : undefined, name }], monitor, [
          'spec',
          'podMetricsEndpoints',
          i,
        ])
      }
    }
  }
}

function* scrapes(
  sources: readonly IntentSource[],
  workload: Workload,
  ports: readonly PodPort[],
  object: KubeObject,
  path: Path,
  confidence: Intent['confidence'] = 'strong',
): Iterable<Intent> {
  if (ports.length === 0) return
  const evidence: Evidence = {
    object,
    path,
    part: 'value',
    message: `${object.kind} \`${object.name}\` has \`${workload.object.name}\` scraped.`,
  }
  for (const from of sources) yield { from, to: { type: 'workload', workload }, ports, confidence, evidence: [evidence] }
}

/** The pods of Prometheus, where the files have them. */
function scrapers({ workloads }: Pick<Facts, 'workloads'>): IntentSource[] {
  const found = workloads.filter(
    ({ object, containers }) =>
      /^prometheus(-server|-k8s)?$/.test(object.name) ||
      containers.some(({ body }) => /(^|\/)prometheus(:|@|$)/.test(text(body, 'image') ?? '')),
  )
  return found.length > 0 ? found.map((workload) => ({ type: 'workload', workload })) : [{ type: 'scraper' }]
}

function inScope(monitor: KubeObject, namespace: string): boolean {
  const scope = get(monitor.body, 'spec', 'namespaceSelector')
  if (!isMap(scope)) return monitor.namespace === namespace
  return (
    get(scope, 'any') === true ||
    (items(scope, 'matchNames').length === 0 ? monitor.namespace === namespace : texts(scope, 'matchNames').includes(namespace))
  )
}

function selects(monitor: KubeObject, service: KubeObject): boolean {
  return matchesSelector(get(monitor.body, 'spec', 'selector'), labelsOf(service.body, 'metadata', 'labels')) === true
}

/** `prometheus.io/scrape` at a Service, or at the pods themselves. */
function* scrapeAnnotations(facts: Known): Iterable<Intent> {
  const sources = scrapers(facts)
  for (const service of facts.services.all) {
    const annotations = new Map(annotationsOf(service.object).map(([key, value]) => [key, String(value)]))
    if (annotations.get('prometheus.io/scrape') !== 'true') continue
    const written = annotations.get('prometheus.io/port')
    for (const workload of service.workloads) {
      const { ports, confidence } = scraped(service, workload, written)
      yield* scrapes(sources, workload, ports, service.object, ['metadata', 'annotations', 'prometheus.io/scrape'], confidence)
    }
  }
  for (const workload of facts.workloads) {
    const annotations = workload.annotations === 'unknown' ? {} : workload.annotations
    if (annotations['prometheus.io/scrape'] !== 'true') continue
    const port = Number(annotations['prometheus.io/port'])
    const ports: PodPort[] =
      Number.isInteger(port) && port > 0 ? [{ protocol: 'TCP', number: port, name: undefined }] : declaredPorts(workload)
    yield* scrapes(sources, workload, ports, workload.object, [...workload.templatePath, 'metadata', 'annotations', 'prometheus.io/scrape'])
  }
}

/**
 * The port that the annotation names, at the Service or at the pod; else one that is there for metrics. That the
 * ports of the application are scraped is possible too, and weaker.
 */
function scraped(service: ServiceFacts, workload: Workload, written: string | undefined): Pick<Intent, 'ports' | 'confidence'> {
  if (written !== undefined && /^\d{1,5}$/.test(written)) {
    const atService = podPorts(service, workload, Number(written))
    return {
      ports: atService.length > 0 ? atService : [{ protocol: 'TCP', number: Number(written), name: undefined }],
      confidence: 'strong',
    }
  }
  const own = items(service.object.body, 'spec', 'ports').flatMap((entry) => {
    const port = get(entry, 'port')
    const forMetrics = port === PROMETHEUS_PORT || /metrics|exporter|prometheus|prom$/.test(text(entry, 'name') ?? '')
    return forMetrics && typeof port === 'number' ? podPorts(service, workload, port) : []
  })
  return own.length > 0 ? { ports: own, confidence: 'strong' } : { ports: podPorts(service, workload, undefined), confidence: 'weak' }
}

const PROMETHEUS_PORT = 9090

function declaredPorts({ containers }: Workload): PodPort[] {
  return containers
    .flatMap(({ body }) => items(body, 'ports'))
    .flatMap((port) => {
      const number = get(port, 'containerPort')
      return typeof number === 'number' ? [{ protocol: text(port, 'protocol') ?? 'TCP', number, name: undefined }] : []
    })
}

/** The pods of a StatefulSet find each other through its headless Service. */
function* peers(workload: Workload, { services }: Known): Iterable<Intent> {
  const { object } = workload
  const replicas = get(object.body, 'spec', 'replicas')
  const name = text(object.body, 'spec', 'serviceName')
  if (object.kind !== 'StatefulSet' || name === undefined || (typeof replicas === 'number' ? replicas < 2 : replicas === undefined)) return
  const service = services.get(object.namespace, name)
  if (!service?.workloads.includes(workload)) return
  const evidence: Evidence = {
    object,
    path: ['spec', 'serviceName'],
    part: 'value',
    message: `The pods of \`${object.name}\` find each other through \`${name}\`.`,
  }
  yield {
    from: { type: 'workload', workload },
    to: { type: 'workload', workload },
    ports: podPorts(service, workload, undefined),
    confidence: 'weak',
    evidence: [evidence],
  }
}

/** A pod whose account is bound to a role, and that holds its token, uses the API. */
function* apiUse(
  workload: Workload,
  { tokens }: Known,
  bindingsOf: (namespace: string, name: string) => readonly Binding[],
): Iterable<Intent> {
  const name = serviceAccountOf(workload)
  const { namespace } = workload.object
  if (name === undefined || !tokens.of(workload).some((token) => token.held !== false)) return
  const own = bindingsOf(namespace, name)
  if (own.length === 0) return
  yield {
    from: { type: 'workload', workload },
    to: { type: 'apiserver' },
    ports: [],
    confidence: 'strong',
    evidence: own.map(({ object }) => ({
      object,
      path: ['roleRef', 'name'],
      part: 'value',
      message: `${object.kind} \`${object.name}\` lets \`${name}\` use the API.`,
    })),
  }
}

function bindingsByAccount({ access }: Known): (namespace: string, name: string) => readonly Binding[] {
  const byAccount = new Map<string, Set<Binding>>()
  for (const binding of access.bindings) {
    for (const { kind, namespace, name } of binding.subjects) {
      if (kind !== 'ServiceAccount') continue
      const key = `${namespace}/${name}`
      byAccount.set(key, (byAccount.get(key) ?? new Set()).add(binding))
    }
  }
  return (namespace, name) => [...(byAccount.get(`${namespace}/${name}`) ?? [])]
}

/** `app.openshift.io/connects-to` names the workloads that one connects to, as JSON or separated by commas. */
function* connectsTo(workload: Workload, { workloads, services }: Known): Iterable<Intent> {
  const { object } = workload
  const [annotation] = annotationsOf(object).filter(([key]) => key === 'app.openshift.io/connects-to')
  if (!annotation) return
  const names = [...String(annotation[1]).matchAll(/"name"\s*:\s*"([^"]+)"|([a-z0-9][a-z0-9.-]*)/g)].flatMap(
    ([, quoted, plain]) => quoted ?? plain ?? [],
  )
  for (const target of workloads) {
    if (target.object.namespace !== object.namespace || !names.includes(target.object.name) || target === workload) continue
    const ports = services.of(target).flatMap((service) => podPorts(service, target, undefined))
    const path = ['metadata', 'annotations', 'app.openshift.io/connects-to']
    const evidence: Evidence = {
      object,
      path,
      part: 'value',
      message: `\`${object.name}\` says that it connects to \`${target.object.name}\`.`,
    }
    yield {
      from: { type: 'workload', workload },
      to: { type: 'workload', workload: target },
      ports,
      confidence: 'strong',
      evidence: [evidence],
    }
  }
}
