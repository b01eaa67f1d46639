import { type AdminUi, adminUiOf } from '../../server/model/admin-uis.ts'
import type { Facts, ObjectsByKind } from '../../server/model/facts.ts'
import type { EntryPoint } from '../../server/model/network/exposure.ts'
import { defineRule, type Fix, type Severity } from '../../server/model/rule.ts'
import { entries, get, items, text } from '../../server/model/value.ts'
import type { Workload } from '../../server/model/workload.ts'

/** What stands before the program: somebody who asks for more than a password, a password, a list of addresses, or nobody. */
type Guard = 'strong' | 'password' | 'addresses' | 'perhaps' | 'none'

const NGINX = 'nginx.ingress.kubernetes.io/'
const STRONG = [`${NGINX}auth-url`, `${NGINX}auth-signin`, `${NGINX}auth-tls-secret`, 'haproxy.org/auth-url', 'konghq.com/plugins-oidc']
const ADDRESSES = [
  `${NGINX}whitelist-source-range`,
  `${NGINX}allowlist-source-range`,
  'haproxy.org/allow-list',
  'alb.ingress.kubernetes.io/inbound-cidrs',
]
/** What it says stands in other objects. */
const ELSEWHERE = [
  'traefik.ingress.kubernetes.io/router.middlewares',
  'konghq.com/plugins',
  'cloud.google.com/backend-config',
  `${NGINX}configuration-snippet`,
]
const MESH = ['security.istio.io/AuthorizationPolicy', 'security.istio.io/RequestAuthentication', 'gateway.envoyproxy.io/SecurityPolicy']

export default defineRule<'workload', 'exposure' | 'objects' | 'services'>({
  name: 'admin-ui-without-strong-auth',
  title: 'Administration that the outside reaches',
  pillar: 'identity',
  severity: 'warning',
  controls: { nist80053: ['IA-2(1)', 'AC-17'], attack: ['T1133'], owasp: ['K06', 'K09'] },
  since: '0.1.0',
  each: 'workload',
  reads: ['exposure', 'objects', 'services'],
  *check(workload, { facts }) {
    const ui = adminUiOf(workload)
    // What a Service opens by itself is told there.
    const routes = facts.exposure.of(workload).filter(({ from, via }) => from === 'outside' && via.kind !== 'Service')
    if (!ui || routes.length === 0 || logsInItself(workload, facts.objects)) return
    for (const entry of routes.filter(({ via }, i) => routes.findIndex((other) => other.via === via) === i)) {
      const guard = guardOf(entry, facts.objects)
      const severity = severityOf(ui, guard)
      if (!severity) continue
      yield {
        object: entry.via,
        path: entry.path,
        part: 'value',
        severity,
        certainty: guard === 'perhaps' ? 'possible' : 'certain',
        discriminator: workload.object.name,
        message: `${entry.via.kind} \`${entry.via.name}\` opens ${ui.name} (\`${workload.object.name}\`) to the outside, and ${asks(ui, guard)}. Put a login with a second factor before it, or keep it inside.`,
        related: [
          {
            object: workload.object,
            path: ['metadata', 'name'],
            part: 'value',
            message: `${workload.object.kind} \`${workload.object.name}\` runs it.`,
          },
        ],
      }
    }
  },
  *fix({ object }, { facts }) {
    yield* oauth2Proxy(object, facts)
  },
})

/** Where the files run oauth2-proxy, ingress-nginx can ask it. */
function* oauth2Proxy(ingress: EntryPoint['via'], { services }: Pick<Facts, 'services'>): Iterable<Fix> {
  if (ingress.kind !== 'Ingress') return
  const proxies = services.all.filter(({ workloads }) =>
    workloads.some(({ containers }) => containers.some(({ body }) => /(^|\/)oauth2-proxy(@|:|$)/.test(text(body, 'image') ?? ''))),
  )
  const [proxy] = proxies
  if (!proxy || proxies.length > 1) return
  const { name, namespace } = proxy.object
  const [port] = items(proxy.object.body, 'spec', 'ports')
  const address = `http://${name}${namespace === '' ? '' : `.${namespace}.svc.cluster.local`}:${get(port, 'port') ?? 4180}/oauth2/auth`
  const host = text(items(ingress.body, 'spec', 'rules')[0], 'host') ?? '$host'
  yield {
    title: `Ask \`${name}\` who it is (ingress-nginx): its host must lead to \`${name}\` too`,
    applicability: 'assisted',
    changes: [
      { op: 'set', object: ingress, path: ['metadata', 'annotations', `${NGINX}auth-url`], value: address },
      {
        op: 'set',
        object: ingress,
        path: ['metadata', 'annotations', `${NGINX}auth-signin`],
        value: `https://${host}/oauth2/start?rd=$escaped_request_uri`,
      },
    ],
  }
}

function guardOf({ via }: EntryPoint, objects: ObjectsByKind): Guard {
  const annotations = get(via.body, 'metadata', 'annotations')
  const has = (name: string): boolean => get(annotations, name) !== undefined
  if (STRONG.some(has) || ['oidc', 'cognito'].includes(text(annotations, 'alb.ingress.kubernetes.io/auth-type') ?? '')) return 'strong'
  if (ELSEWHERE.some(has) || routeFilters(via) || MESH.some((kind) => objects(kind).length > 0)) return 'perhaps'
  if (has(`${NGINX}auth-type`) || has('haproxy.org/auth-type')) return 'password'
  return ADDRESSES.some(has) ? 'addresses' : 'none'
}

/** A Gateway API route may hand requests to an extension first. */
function routeFilters({ body }: EntryPoint['via']): boolean {
  return items(body, 'spec', 'rules').some((rule) => items(rule, 'filters').some((filter) => text(filter, 'type') === 'ExtensionRef'))
}

const OIDC_VARIABLES =
  /^(GF_AUTH_(GENERIC_OAUTH|AZUREAD|GITHUB|GITLAB|GOOGLE|OKTA|SAML|LDAP)_ENABLED|MINIO_IDENTITY_OPENID_|OPENID_|OAUTH|OIDC_)/

/** Programs that their configuration lets ask an identity provider. */
function logsInItself({ containers, object }: Workload, objects: ObjectsByKind): boolean {
  const variables = containers.flatMap(({ body }) => items(body, 'env').map((variable) => text(variable, 'name') ?? ''))
  if (variables.some((name) => OIDC_VARIABLES.test(name))) return true
  return objects('/ConfigMap').some(
    ({ name, namespace, body }) =>
      namespace === object.namespace &&
      name === 'argocd-cm' &&
      entries(body, 'data').some(([key]) => key === 'oidc.config' || key === 'dex.config'),
  )
}

function severityOf({ login }: AdminUi, guard: Guard): Severity | undefined {
  if (guard === 'strong') return undefined
  return login === 'none' && (guard === 'none' || guard === 'perhaps') ? 'warning' : 'information'
}

function asks({ login }: AdminUi, guard: Guard): string {
  if (guard === 'addresses') return 'only the caller’s address counts'
  if (guard === 'password') return 'a password is all that it asks for'
  return login === 'none'
    ? 'nobody is asked for a login, as far as the files say'
    : 'its own password is all that it asks for, as far as the files say'
}
