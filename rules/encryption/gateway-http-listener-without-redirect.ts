import type { Facts } from '../../server/model/facts.ts'
import { type Attached, attachedRoutes, forwards, GATEWAY, type Listener, listenersOf } from '../../server/model/gateways.ts'
import { isManaged } from '../../server/model/secret-sources.ts'
import { isInternalLoadBalancer } from '../../server/model/network/exposure.ts'
import type { KubeObject } from '../../server/model/object.ts'
import { defineRule, type ObjectChange } from '../../server/model/rule.ts'
import { entries, get, isUnknown, items, text, texts, type Value } from '../../server/model/value.ts'

export default defineRule<'object', 'objects'>({
  name: 'gateway-http-listener-without-redirect',
  title: 'Gateway serves routes in plain text',
  pillar: 'encryption',
  severity: 'warning',
  controls: { nsa: ['Net'], nist80053: ['SC-8', 'SC-8(1)'], nist800207: ['2'], attack: ['T1040', 'T1557'], owasp: ['K06'] },
  since: '0.1.0',
  each: 'object',
  kinds: [GATEWAY],
  reads: ['objects'],
  *check(gateway, { facts }) {
    for (const { index, body } of listenersOf(gateway)) {
      if (isUnknown(get(body, 'protocol'))) yield { notEvaluated: gateway, path: ['spec', 'listeners', index, 'protocol'] }
    }
    const open = openListeners(gateway, facts)
    const [first] = open
    if (!first) return
    const routes = [...new Set(open.flatMap(({ routes }) => routes.map(({ route }) => route)))]
    const hosts = [...new Set(routes.flatMap(({ body }) => texts(body, 'spec', 'hostnames')))]
    yield {
      object: gateway,
      path: ['spec', 'listeners', first.listener.index, 'protocol'],
      part: 'value',
      severity: isInternal(gateway) ? 'information' : 'warning',
      certainty: terminatesInFront(gateway) ? 'possible' : 'certain',
      message: `Gateway \`${gateway.name}\` serves ${whatOf(hosts, routes)} in plain text: listener \`${first.listener.name}\` sends on what comes over HTTP. Whoever is on the way can read and change what users send. Redirect it to HTTPS.`,
      related: routes.map((route) => ({
        object: route,
        path: ['metadata', 'name'],
        part: 'value' as const,
        message: `HTTPRoute \`${route.name}\` is attached to it.`,
      })),
    }
  },
  *fix({ object: gateway }, { facts }) {
    const open = openListeners(gateway, facts)
    const [first] = open
    // Several plain listeners are several ports or names: which of them should go is for the author to say.
    if (!first || open.length > 1 || gateway.name === '' || first.listener.name === '') return
    const secure = listenersOf(gateway).find(({ protocol, hostname }) => protocol === 'HTTPS' && hostname === first.listener.hostname)
    const section = secure?.name ?? 'https'
    const secret = `${gateway.name}-tls`
    const redirect = `${gateway.name}-https-redirect`
    yield {
      title: secure
        ? `Redirect HTTP to listener \`${section}\``
        : `Serve HTTPS with Secret \`${secret}\`${isManaged(gateway.body) ? '' : ', which must exist'}, and redirect HTTP to it`,
      applicability: 'assisted',
      changes: [
        ...(secure ? [] : [addListener(gateway, first.listener, section, secret)]),
        ...first.routes.map(
          ({ route, parent }): ObjectChange => ({
            op: 'set',
            object: route,
            path: ['spec', 'parentRefs', parent, 'sectionName'],
            value: section,
          }),
        ),
        { op: 'create', beside: gateway, body: redirectRoute(gateway, redirect, first.listener.name) },
      ],
      leaves: ['gateway-certificate-unresolved'],
    }
  },
})

interface Open {
  readonly listener: Listener
  readonly routes: readonly Attached[]
}

function openListeners(gateway: KubeObject, facts: Pick<Facts, 'objects'>): Open[] {
  return listenersOf(gateway).flatMap((listener): Open[] => {
    if (listener.protocol !== 'HTTP') return []
    const routes = attachedRoutes(gateway, listener, facts.objects).filter(({ route }) => forwards(route) && !isOnlyChallenge(route))
    return routes.length === 0 ? [] : [{ listener, routes }]
  })
}

/** The answers to a certificate authority's questions must be plain. */
function isOnlyChallenge({ body }: KubeObject): boolean {
  const matches = items(body, 'spec', 'rules').flatMap((rule) => items(rule, 'matches'))
  return matches.length > 0 && matches.every((match) => text(match, 'path', 'value')?.startsWith('/.well-known/acme-challenge'))
}

function whatOf(hosts: readonly string[], routes: readonly KubeObject[]): string {
  const names = (hosts.length > 0 ? hosts : routes.map(({ name }) => name)).map((name) => `\`${name}\``)
  return names.length > 3 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', ')
}

function isInternal(gateway: KubeObject): boolean {
  return isInternalLoadBalancer(gateway) || /(^|-)(internal|private|rilb)(-|$)/.test(text(gateway.body, 'spec', 'gatewayClassName') ?? '')
}

/** The load balancer in front may hold a certificate of its own. */
function terminatesInFront({ body }: KubeObject): boolean {
  return entries(body, 'spec', 'infrastructure', 'annotations').some(([key]) => /ssl-cert|certificate|certmap/.test(key))
}

function addListener(gateway: KubeObject, plain: Listener, name: string, secret: string): ObjectChange {
  const allowed = get(plain.body, 'allowedRoutes')
  const value: Value = {
    name,
    ...(plain.hostname === undefined ? {} : { hostname: plain.hostname }),
    protocol: 'HTTPS',
    port: 443,
    tls: { mode: 'Terminate', certificateRefs: [{ name: secret }] },
    ...(allowed === undefined ? {} : { allowedRoutes: allowed }),
  }
  return { op: 'insert', object: gateway, path: ['spec', 'listeners'], index: Number.MAX_SAFE_INTEGER, value }
}

function redirectRoute(gateway: KubeObject, name: string, sectionName: string): Value {
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: gateway.namespace === '' ? { name } : { name, namespace: gateway.namespace },
    spec: {
      parentRefs: [{ name: gateway.name, sectionName }],
      rules: [{ filters: [{ type: 'RequestRedirect', requestRedirect: { scheme: 'https', statusCode: 301 } }] }],
    },
  }
}
