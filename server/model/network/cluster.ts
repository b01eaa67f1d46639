import type { Facts, ObjectsByKind } from '../facts.ts'
import { type KubeObject, labelsOf } from '../object.ts'
import { get, items, text, texts } from '../value.ts'
import type { Workload } from '../workload.ts'
import { CALICO_GROUPS } from './dialects/calico.ts'
import { DNS_ID, DNS_KINDS, dnsOf } from './dns.ts'
import { type Endpoint, isAlike, NAME_LABEL, type NamespaceLabels } from './endpoint.ts'
import {
  type Assumptions,
  calicoEndpoint,
  endpointOf,
  freshPod,
  hasAmbient,
  isHostName,
  type Mesh,
  meshOf,
  meshOfNamespace,
  plainEndpoint,
  virtualPod,
} from './endpoints.ts'
import type { Labelled } from './labels.ts'
import { type Semantics, Space, type Surroundings } from './space.ts'

/** A space, and what it was made of: the same gives the same space. */
export interface Cluster {
  readonly space: Space
  readonly inputs: readonly unknown[]
  readonly surroundings: Surroundings
}

const NODES = 'nodes'
const API_SERVER = 'the API server'
export const API_SERVER_ID = `apiserver/${API_SERVER}`

/** Where a controller runs that nobody can tell. No namespace can have this name. */
export const SOMEWHERE = '(some namespace)'

/** Everything that can be an end of a connection. What did not change since `previous` is kept, identical. */
export function clusterOf(
  of: ObjectsByKind,
  facts: Pick<Facts, 'workloads' | 'namespaces' | 'services'>,
  semantics: Semantics,
  assumptions: Assumptions,
  previous: Cluster | undefined,
): Cluster {
  const calico = CALICO_GROUPS.flatMap((group) => CALICO_ENDPOINTS.flatMap((kind) => of(`${group}/${kind}`)))
  const entries = of('networking.istio.io/ServiceEntry')
  const fqdns = of('cilium.io/CiliumNetworkPolicy').concat(of('cilium.io/CiliumClusterwideNetworkPolicy')).flatMap(ciliumNames)
  const inputs = [
    facts.workloads,
    facts.namespaces,
    facts.services,
    of('/ServiceAccount'),
    semantics.cidrMatchesPods,
    semantics.hostNetwork,
    assumptions.closedNamespaces,
    assumptions.allInMesh,
    assumptions.besides,
    ...DNS_KINDS.map((kind) => of(kind).length > 0),
    [...ingressClasses(of)].join(),
    calico.map(({ id }) => id).join(),
    [...calico, ...entries].length,
    fqdns.join(),
  ]
  const unchanged =
    previous &&
    calico.length + entries.length + CALICO_GROUPS.flatMap((group) => of(`${group}/Profile`)).length === 0 &&
    previous.inputs.every((input, i) => input === inputs[i])
  if (unchanged) return previous
  const namespaces = namespacesOf(facts, assumptions)
  const workloads = distinct(facts.workloads)
  const ambient = hasAmbient(workloads, namespaces.values())
  const endpoints: Endpoint[] = workloads.map((workload) => {
    const mesh = assumptions.allInMesh ? IN_MESH : meshOf(workload, namespaces.get(workload.object.namespace), ambient)
    return endpointOf(workload, mesh)
  })
  const names = new Set([...entries.flatMap(({ body }) => texts(body, 'spec', 'hosts')), ...fqdns].filter(isHostName))
  endpoints.push(
    ...(assumptions.besides
      ? []
      : [...namespaces.values()].map((namespace) => freshPod(namespace.name, meshOfNamespace(namespace, ambient)))),
    ...calico.map(calicoEndpoint),
    ...(assumptions.besides ?? assumedEndpoints(of, workloads)),
    ...[...names].map((name) => plainEndpoint('name', name)),
  )
  for (const { namespace, namespaced } of endpoints) {
    if (namespaced && !namespaces.has(namespace)) namespaces.set(namespace, unseen(namespace, assumptions))
  }
  const surroundings: Surroundings = {
    namespaces,
    accounts: accountsOf(of),
    profiles: profilesOf(of),
    services: servicesOf(facts, endpoints),
  }
  const before = previous?.space
  const alike =
    previous &&
    before &&
    equalSemantics(before.semantics, semantics) &&
    before.endpoints.length === endpoints.length &&
    before.endpoints.every((endpoint, i) => isAlike(endpoint, endpoints[i] as Endpoint)) &&
    plain(previous.surroundings) === plain(surroundings)
  if (!alike) return { space: new Space(endpoints, surroundings, semantics), inputs, surroundings }
  const same = before.endpoints.every(({ workload }, i) => workload === endpoints[i]?.workload)
  return { space: same ? before : new Space(endpoints, surroundings, semantics, before), inputs, surroundings }
}

const IN_MESH: Mesh = { mesh: true, ambient: false }

const CALICO_ENDPOINTS = ['HostEndpoint', 'WorkloadEndpoint', 'NetworkSet', 'GlobalNetworkSet']

function equalSemantics(a: Semantics, b: Semantics): boolean {
  return a.cidrMatchesPods === b.cidrMatchesPods && a.hostNetwork === b.hostNetwork
}

/** As data that can be compared. */
function plain({ namespaces, accounts, profiles, services }: Surroundings): string {
  return JSON.stringify([[...namespaces], [...accounts], [...profiles], [...services]])
}

function distinct(workloads: readonly Workload[]): readonly Workload[] {
  const seen = new Set<string>()
  return workloads.filter(({ object }) => {
    if (object.kind === 'PodTemplate' || seen.has(object.id)) return false
    seen.add(object.id)
    return true
  })
}

function namespacesOf({ namespaces }: Pick<Facts, 'namespaces'>, assumptions: Assumptions): Map<string, NamespaceLabels> {
  return new Map(
    namespaces.all.map(({ name, object, labels }) => [
      name,
      object
        ? { name, labels: labels === 'unknown' ? { [NAME_LABEL]: name } : labels, open: labels === 'unknown', unknownKeys: [] }
        : unseen(name, assumptions),
    ]),
  )
}

/** A namespace that no file describes. What leaves its namespace open is in one whose name nobody knows. */
function unseen(name: string, { closedNamespaces }: Assumptions): NamespaceLabels {
  if (name === '' || name === SOMEWHERE) return { name, labels: {}, open: true, unknownKeys: [NAME_LABEL] }
  return { name, labels: { [NAME_LABEL]: name }, open: !closedNamespaces, unknownKeys: [] }
}

function accountsOf(of: ObjectsByKind): ReadonlyMap<string, Labelled> {
  return new Map(
    of('/ServiceAccount').map(({ namespace, name, body }) => {
      const labels = labelsOf(body, 'metadata', 'labels')
      return [`${namespace}/${name}`, { labels: labels === 'unknown' ? {} : labels, open: labels === 'unknown', unknownKeys: [] }]
    }),
  )
}

/** Semantics: projectcalico.org/v3 Profile: `labelsToApply`. */
function profilesOf(of: ObjectsByKind): Surroundings['profiles'] {
  const profiles = CALICO_GROUPS.flatMap((group) => of(`${group}/Profile`))
  return new Map(
    profiles.map(({ name, body }) => {
      const labels = labelsOf(body, 'spec', 'labelsToApply')
      return [name, labels === 'unknown' ? {} : labels]
    }),
  )
}

function servicesOf({ services }: Pick<Facts, 'services'>, endpoints: readonly Endpoint[]): Surroundings['services'] {
  const indices = new Map(endpoints.map(({ id }, index) => [id, index]))
  const indicesOf = (workloads: readonly Workload[]): number[] => workloads.flatMap(({ object }) => indices.get(object.id) ?? [])
  return new Map(
    services.all.map(({ object, workloads, possible }) => {
      const must = indicesOf(workloads)
      return [`${object.namespace}/${object.name}`, { must, may: [...must, ...indicesOf(possible)] }]
    }),
  )
}

/** What clusters have and repositories seldom contain: the DNS server, controllers of Ingresses, nodes, the control plane. */
function assumedEndpoints(of: ObjectsByKind, workloads: readonly Workload[]): Endpoint[] {
  const result = [plainEndpoint('node', NODES), plainEndpoint('apiserver', API_SERVER)]
  const dns = dnsOf(of, workloads)
  if (!dns.workload) {
    const ports = [
      { name: 'dns', protocol: 'UDP', number: dns.port },
      { name: 'dns-tcp', protocol: 'TCP', number: dns.port },
    ]
    result.push(virtualPod(DNS_ID, 'the cluster DNS', dns.namespace, dns.labels, ports, false))
  }
  for (const className of ingressClasses(of)) {
    if (workloads.some((workload) => controls(workload, className))) continue
    const known = CONTROLLERS.find(({ classes }) => classes.test(className))
    result.push(virtualPod(`ingress/${className}`, 'the Ingress controller', known?.namespace ?? SOMEWHERE, known?.labels ?? {}, [], false))
  }
  return result
}

/** Whether an endpoint stands for pods that clusters have and the files do not contain. */
export function isAssumed(id: string): boolean {
  return id === DNS_ID || id.startsWith('ingress/')
}

interface Controller {
  readonly classes: RegExp
  readonly namespace: string
  readonly labels: Readonly<Record<string, string>>
  readonly names: RegExp
}

/** Where the well-known controllers install themselves. */
const CONTROLLERS: readonly Controller[] = [
  {
    classes: /nginx/,
    namespace: 'ingress-nginx',
    labels: { 'app.kubernetes.io/name': 'ingress-nginx', 'app.kubernetes.io/component': 'controller' },
    names: /ingress-nginx|nginx-ingress/,
  },
  { classes: /traefik/, namespace: 'traefik', labels: { 'app.kubernetes.io/name': 'traefik' }, names: /traefik/ },
  { classes: /haproxy/, namespace: 'haproxy-controller', labels: { 'app.kubernetes.io/name': 'kubernetes-ingress' }, names: /haproxy/ },
  { classes: /contour/, namespace: 'projectcontour', labels: { app: 'envoy' }, names: /^envoy$/ },
  { classes: /kong/, namespace: 'kong', labels: { 'app.kubernetes.io/name': 'kong' }, names: /kong/ },
  {
    classes: /openshift/,
    namespace: 'openshift-ingress',
    labels: { 'ingresscontroller.operator.openshift.io/deployment-ingresscontroller': 'default' },
    names: /^router-/,
  },
  { classes: /istio/, namespace: 'istio-system', labels: { istio: 'ingressgateway' }, names: /istio-ingressgateway/ },
]

/** Whether a workload serves the Ingresses of a class. */
export function controls({ object }: Workload, className: string): boolean {
  const known = CONTROLLERS.filter(({ classes }) => className === '' || classes.test(className))
  return known.some(({ names }) => names.test(object.name))
}

function ingressClasses(of: ObjectsByKind): ReadonlySet<string> {
  return new Set([...of('networking.k8s.io/Ingress'), ...of('route.openshift.io/Route')].map(ingressClassOf))
}

/** Routes are served by OpenShift's own controller. */
export function ingressClassOf({ kind, body }: Pick<KubeObject, 'kind' | 'body'>): string {
  if (kind === 'Route') return 'openshift'
  return text(body, 'spec', 'ingressClassName') ?? text(body, 'metadata', 'annotations', 'kubernetes.io/ingress.class') ?? ''
}

function ciliumNames({ body }: { readonly body: Parameters<typeof items>[0] }): string[] {
  const blocks = [get(body, 'spec'), ...items(body, 'specs')]
  return blocks.flatMap((block) =>
    items(block, 'egress').flatMap((rule) => items(rule, 'toFQDNs').flatMap((entry) => text(entry, 'matchName') ?? [])),
  )
}
