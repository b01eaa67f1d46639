import type { Facts } from '../../server/model/facts.ts'
import type { KubeObject } from '../../server/model/object.ts'
import { defineRule, type ObjectChange } from '../../server/model/rule.ts'
import { get, isUnknown, items, text, texts, type Value } from '../../server/model/value.ts'

const GATEWAY = 'networking.istio.io/Gateway'
const VIRTUAL_SERVICE = 'networking.istio.io/VirtualService'

export default defineRule<'object', 'objects'>({
  name: 'istio-gateway-plaintext',
  title: 'Istio Gateway serves hosts in plain text',
  pillar: 'encryption',
  severity: 'warning',
  controls: { nsa: ['Net'], nist80053: ['SC-8', 'SC-8(1)'], nist800207: ['2'], attack: ['T1040', 'T1557'], owasp: ['K06'] },
  since: '0.1.0',
  each: 'object',
  kinds: [GATEWAY],
  reads: ['objects'],
  *check(gateway, { facts }) {
    for (const [i, server] of items(gateway.body, 'spec', 'servers').entries()) {
      if (isUnknown(get(server, 'port', 'protocol'))) yield { notEvaluated: gateway, path: ['spec', 'servers', i, 'port', 'protocol'] }
    }
    const open = openServers(gateway, facts)
    const [first] = open
    if (!first) return
    const routes = [...new Set(open.flatMap(({ routes }) => routes))]
    const hosts = [...new Set(open.flatMap(({ hosts }) => hosts))]
    yield {
      object: gateway,
      path: ['spec', 'servers', first.index, 'port', 'protocol'],
      part: 'value',
      message: `Gateway \`${gateway.name}\` serves ${whatOf(hosts)} in plain text: whoever is on the way can read and change what users send. Add a server for HTTPS, and \`tls.httpsRedirect\` here.`,
      related: routes.map((route) => ({
        object: route,
        path: ['metadata', 'name'],
        part: 'value' as const,
        message: `VirtualService \`${route.name}\` sends on what comes in.`,
      })),
    }
  },
  *fix({ object: gateway }, { facts }) {
    const open = openServers(gateway, facts)
    if (open.length === 0 || gateway.name === '') return
    const alone = open.filter(({ server }) => !hasSecureTwin(gateway, server))
    const redirects = open.map(
      ({ index }): ObjectChange => ({ op: 'set', object: gateway, path: ['spec', 'servers', index, 'tls', 'httpsRedirect'], value: true }),
    )
    if (alone.length === 0) {
      yield {
        title: 'Redirect HTTP to HTTPS: clients that do not follow redirects stop working',
        applicability: 'hardening',
        changes: redirects,
      }
      return
    }
    const [first] = alone
    // Several are several certificates: which, is for the author to say.
    if (!first || alone.length > 1) return
    const secret = `${gateway.name}-tls`
    const server = {
      port: { number: 443, name: 'https', protocol: 'HTTPS' },
      tls: { mode: 'SIMPLE', credentialName: secret },
      hosts: texts(first.server, 'hosts'),
    }
    yield {
      title: `Serve HTTPS with Secret \`${secret}\`, which must exist beside the gateway's pods, and redirect HTTP to it`,
      applicability: 'assisted',
      changes: [...redirects, { op: 'insert', object: gateway, path: ['spec', 'servers'], index: Number.MAX_SAFE_INTEGER, value: server }],
    }
  },
})

interface Open {
  readonly index: number
  readonly server: Value
  readonly hosts: readonly string[]
  readonly routes: readonly KubeObject[]
}

/** Servers for HTTP to which a VirtualService of the files brings a route. */
function openServers(gateway: KubeObject, { objects }: Pick<Facts, 'objects'>): Open[] {
  // What leaves through it comes from the mesh, not from users.
  if (text(gateway.body, 'spec', 'selector', 'istio') === 'egressgateway') return []
  const bound = objects(VIRTUAL_SERVICE).filter((service) =>
    texts(service.body, 'spec', 'gateways').some((name) => isMeant(name, service, gateway)),
  )
  return items(gateway.body, 'spec', 'servers').flatMap((server, index): Open[] => {
    const protocol = text(server, 'port', 'protocol')?.toUpperCase()
    if ((protocol !== 'HTTP' && protocol !== 'HTTP2' && protocol !== 'GRPC') || get(server, 'tls', 'httpsRedirect') === true) return []
    const hosts = texts(server, 'hosts').map(hostOf)
    const routes = bound.filter(({ body }) =>
      texts(body, 'spec', 'hosts').some((host) => !isInside(host) && hosts.some((other) => meet(host, other))),
    )
    return routes.length === 0 ? [] : [{ index, server, hosts: hosts.includes('*') ? hostsOfRoutes(routes) : hosts, routes }]
  })
}

/** Istio names a Gateway of another namespace `namespace/name`. */
function isMeant(name: string, service: KubeObject, gateway: KubeObject): boolean {
  const slash = name.indexOf('/')
  const namespace = slash < 0 ? service.namespace : name.slice(0, slash)
  return name.slice(slash + 1) === gateway.name && namespace === gateway.namespace
}

/** Without the namespace that may stand before it. */
function hostOf(host: string): string {
  return host.slice(host.indexOf('/') + 1)
}

function hostsOfRoutes(routes: readonly KubeObject[]): string[] {
  return routes.flatMap(({ body }) => texts(body, 'spec', 'hosts'))
}

/** A name that only the cluster's own DNS knows. */
function isInside(host: string): boolean {
  return /\.svc(?:\.cluster\.local)?$|\.local$/.test(host)
}

function meet(a: string, b: string): boolean {
  const covers = (wide: string, host: string): boolean => wide === '*' || (wide.startsWith('*.') && host.endsWith(wide.slice(1)))
  return a === b || covers(a, b) || covers(b, a)
}

function hasSecureTwin(gateway: KubeObject, server: Value): boolean {
  const wanted = texts(server, 'hosts').map(hostOf)
  const secure = items(gateway.body, 'spec', 'servers').filter((other) => text(other, 'port', 'protocol')?.toUpperCase() === 'HTTPS')
  const served = secure.flatMap((other) => texts(other, 'hosts').map(hostOf))
  return wanted.every((host) => served.includes(host) || served.includes('*'))
}

function whatOf(hosts: readonly string[]): string {
  const names = hosts.filter((host) => host !== '*').map((host) => `\`${host}\``)
  if (names.length === 0) return 'every host'
  return names.length > 3 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', ')
}
