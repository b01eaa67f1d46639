import { annotation } from '../../server/model/ingress.ts'
import type { KubeObject } from '../../server/model/object.ts'
import { defineRule, type Fix, type Found, type ObjectChange, type Skipped } from '../../server/model/rule.ts'
import { get, isUnknown, items, type Path, text, type Value } from '../../server/model/value.ts'

interface Data {
  readonly fix: Fix
}

const INGRESS = ['networking.k8s.io/Ingress', 'extensions/Ingress']
const TRANSPORTS = ['traefik.io', 'traefik.containo.us'].flatMap((group) => [`${group}/ServersTransport`, `${group}/ServersTransportTCP`])
const PROXY = 'projectcontour.io/HTTPProxy'

export default defineRule<'object', never, Data>({
  name: 'ingress-backend-tls-unverified',
  title: 'Ingress takes any certificate of what is behind it',
  pillar: 'encryption',
  severity: 'information',
  controls: { nist80053: ['SC-8', 'SC-23'], nist800207: ['2'], attack: ['T1557'] },
  since: '0.1.0',
  each: 'object',
  kinds: [...INGRESS, ...TRANSPORTS, PROXY],
  reads: [],
  *check(object) {
    if (object.groupKind === PROXY) yield* proxied(object)
    else if (TRANSPORTS.includes(object.groupKind)) yield* skipped(object)
    else {
      yield* byNginx(object)
      yield* byHaproxy(object)
    }
  },
  *fix({ data }) {
    if (data) yield data.fix
  },
})

const NGINX = 'nginx.ingress.kubernetes.io'

/** Semantics: ingress-nginx: it verifies only with `proxy-ssl-verify: "on"`, and reads none of this without a Secret. */
function* byNginx(ingress: KubeObject): Iterable<Found<Data> | Skipped> {
  const protocol = annotation(ingress, `${NGINX}/backend-protocol`)?.toUpperCase()
  if (protocol !== 'HTTPS' && protocol !== 'GRPCS') return
  const at = (name: string): Path => ['metadata', 'annotations', `${NGINX}/${name}`]
  const verify = get(ingress.body, ...at('proxy-ssl-verify'))
  const secret = get(ingress.body, ...at('proxy-ssl-secret'))
  if (isUnknown(verify)) yield { notEvaluated: ingress, path: at('proxy-ssl-verify') }
  if (isUnknown(verify) || (verify === 'on' && secret !== undefined)) return
  const [backend, ...others] = backendsOf(ingress)
  const name = `${ingress.namespace}/${backend ?? ingress.name}-ca`
  const server: ObjectChange[] =
    backend === undefined || others.length > 0
      ? []
      : [{ op: 'set', object: ingress, path: at('proxy-ssl-name'), value: `${backend}.${ingress.namespace}.svc` }]
  const because = verify === 'on' ? 'without `proxy-ssl-secret` it has no CA to verify by' : '`proxy-ssl-verify` is not on'
  yield {
    ...unverified(ingress, verify === 'on' ? at('proxy-ssl-verify') : at('backend-protocol'), `Ingress \`${ingress.name}\``, because),
    ...(ingress.namespace === ''
      ? {}
      : {
          data: {
            fix: byCa(secret === undefined ? name : undefined, [
              { op: 'set', object: ingress, path: at('proxy-ssl-verify'), value: 'on' },
              ...(secret === undefined ? [{ op: 'set' as const, object: ingress, path: at('proxy-ssl-secret'), value: name }] : []),
              ...(get(ingress.body, ...at('proxy-ssl-name')) === undefined ? server : []),
            ]),
          },
        }),
  }
}

/** The switch that turns TLS on, and the one that says by which CA to verify, of both controllers for HAProxy. */
const HAPROXY: readonly (readonly [on: string, ca: string])[] = [
  ['haproxy.org/server-ssl', 'haproxy.org/server-ca'],
  ['haproxy-ingress.github.io/secure-backends', 'haproxy-ingress.github.io/secure-verify-ca-secret'],
]

function* byHaproxy(ingress: KubeObject): Iterable<Found<Data>> {
  for (const [on, ca] of HAPROXY) {
    if (annotation(ingress, on) !== 'true' || get(ingress.body, 'metadata', 'annotations', ca) !== undefined) continue
    const name = `${ingress.namespace === '' ? '' : `${ingress.namespace}/`}${backendsOf(ingress)[0] ?? ingress.name}-ca`
    yield {
      ...unverified(ingress, ['metadata', 'annotations', on], `Ingress \`${ingress.name}\``, `\`${ca}\` says no CA`),
      data: { fix: byCa(name, [{ op: 'set', object: ingress, path: ['metadata', 'annotations', ca], value: name }]) },
    }
  }
}

/** Traefik verifies unless it is told not to. */
function* skipped(transport: KubeObject): Iterable<Found<Data> | Skipped> {
  for (const path of [
    ['spec', 'insecureSkipVerify'],
    ['spec', 'tls', 'insecureSkipVerify'],
  ]) {
    const skip = get(transport.body, ...path)
    if (isUnknown(skip)) yield { notEvaluated: transport, path }
    if (skip !== true) continue
    yield {
      ...unverified(transport, path, `${transport.kind} \`${transport.name}\``, 'it says `insecureSkipVerify`'),
      severity: 'warning',
      data: {
        fix: {
          title: 'Verify the certificates: one of a CA that is not among its root CAs is refused',
          applicability: 'hardening',
          changes: [{ op: 'remove', object: transport, path }],
        },
      },
    }
  }
}

/** Contour verifies what has a `validation`. */
function* proxied(proxy: KubeObject): Iterable<Found<Data>> {
  const routes: Path[] = [
    ...items(proxy.body, 'spec', 'routes').map((_, i): Path => ['spec', 'routes', i, 'services']),
    ['spec', 'tcpproxy', 'services'],
  ]
  const open = routes.flatMap((path) =>
    items(proxy.body, ...path).flatMap((service, i) => (isOpen(service) ? [{ service, path: [...path, i] as Path }] : [])),
  )
  const [first] = open
  if (!first) return
  const names = [...new Set(open.map(({ service }) => text(service, 'name') ?? proxy.name))]
  yield {
    ...unverified(proxy, [...first.path, 'protocol'], `HTTPProxy \`${proxy.name}\``, 'its service has no `validation`'),
    data: {
      fix: byCa(
        names.map((name) => `${name}-ca`).join('`, `'),
        open.map(({ service, path }): ObjectChange => {
          const name = text(service, 'name') ?? proxy.name
          const subject = proxy.namespace === '' ? name : `${name}.${proxy.namespace}.svc`
          return { op: 'set', object: proxy, path: [...path, 'validation'], value: { caSecret: `${name}-ca`, subjectName: subject } }
        }),
      ),
    },
  }
}

function isOpen(service: Value): boolean {
  return /^(tls|h2)$/.test(text(service, 'protocol') ?? '') && get(service, 'validation') === undefined
}

function unverified(object: KubeObject, path: Path, who: string, because: string): Found<Data> {
  return {
    object,
    path,
    part: 'value',
    discriminator: String(path.at(-1)),
    message: `${who} encrypts what it sends on, and takes any certificate for the right one: ${because}. Whoever takes over the backend's address gets the requests. Name the CA by which to verify.`,
  }
}

/** @param secret the Secret that does not stand in the files; undefined when one is named already */
function byCa(secret: string | undefined, changes: readonly ObjectChange[]): Fix {
  return {
    title:
      secret === undefined
        ? 'Verify the certificate of the backend: one that its CA did not sign is refused'
        : `Verify the certificate of the backend by the CA in \`${secret}\`, which must exist`,
    applicability: secret === undefined ? 'hardening' : 'assisted',
    changes,
    leaves: ['secret-reference-unresolved'],
  }
}

function backendsOf({ body }: KubeObject): string[] {
  const paths = items(body, 'spec', 'rules').flatMap((rule) => items(rule, 'http', 'paths').map((path) => get(path, 'backend')))
  const names = [...paths, get(body, 'spec', 'defaultBackend')].flatMap(
    (backend) => text(backend, 'service', 'name') ?? text(backend, 'serviceName') ?? [],
  )
  return [...new Set(names)]
}
