import { isInternalLoadBalancer } from '../../server/model/network/exposure.ts'
import { annotation } from '../../server/model/ingress.ts'
import type { KubeObject } from '../../server/model/object.ts'
import { type Anchor, defineRule, type ObjectChange } from '../../server/model/rule.ts'
import { get, items, text } from '../../server/model/value.ts'

interface Opening extends Anchor {
  readonly how: string
  readonly change: ObjectChange
}

export default defineRule<'object', never, { readonly change: ObjectChange }>({
  name: 'ingress-https-redirect-disabled',
  title: 'Host with TLS is served in plain text as well',
  pillar: 'encryption',
  severity: 'warning',
  controls: { nsa: ['Net'], nist80053: ['SC-8', 'SC-23'], nist800207: ['2'], attack: ['T1557', 'T1040'], owasp: ['K06'] },
  since: '0.1.0',
  each: 'object',
  kinds: ['networking.k8s.io/Ingress', 'route.openshift.io/Route', 'projectcontour.io/HTTPProxy'],
  reads: [],
  *check(object) {
    const opening = openingOf(object)
    if (!opening || isOnlyChallenge(object)) return
    const { how, change, ...anchor } = opening
    yield {
      ...anchor,
      severity: isInternalLoadBalancer(object) ? 'information' : 'warning',
      message: `${object.kind} \`${object.name}\` has TLS and answers in plain text too: ${how}. Whoever is on the way keeps users on HTTP and reads along. Redirect to HTTPS.`,
      data: { change },
    }
  },
  *fix({ data }) {
    if (!data) return
    yield {
      title: 'Redirect HTTP to HTTPS: clients that do not follow redirects stop working',
      applicability: 'hardening',
      changes: [data.change],
    }
  },
})

const NGINX = 'nginx.ingress.kubernetes.io/ssl-redirect'
const LISTEN = 'alb.ingress.kubernetes.io/listen-ports'

/** Sources: the controllers' references of annotations; OpenShift's Route and Contour's HTTPProxy API. */
function openingOf(object: KubeObject): Opening | undefined {
  const { body } = object
  if (object.kind === 'Route') {
    const path = ['spec', 'tls', 'insecureEdgeTerminationPolicy']
    if (text(body, ...path) !== 'Allow') return undefined
    return {
      object,
      path,
      part: 'value',
      how: '`insecureEdgeTerminationPolicy` allows it',
      change: { op: 'set', object, path, value: 'Redirect' },
    }
  }
  if (object.kind === 'HTTPProxy') {
    const at =
      get(body, 'spec', 'virtualhost', 'tls') === undefined
        ? -1
        : items(body, 'spec', 'routes').findIndex((route) => get(route, 'permitInsecure') === true)
    const path = ['spec', 'routes', at, 'permitInsecure']
    return at < 0 ? undefined : { object, path, part: 'value', how: '`permitInsecure` allows it', change: { op: 'remove', object, path } }
  }
  const of = (key: string, how: string, change: ObjectChange): Opening => ({
    object,
    path: ['metadata', 'annotations', key],
    part: 'value',
    how,
    change,
  })
  const listeners = annotation(object, LISTEN) ?? ''
  if (/"HTTP"/.test(listeners) && /"HTTPS"/.test(listeners) && annotation(object, 'alb.ingress.kubernetes.io/ssl-redirect') === undefined) {
    const path = ['metadata', 'annotations', 'alb.ingress.kubernetes.io/ssl-redirect']
    return of(LISTEN, '`listen-ports` has HTTP, and nothing redirects it', { op: 'set', object, path, value: '443' })
  }
  if (items(body, 'spec', 'tls').length === 0 || annotation(object, 'nginx.ingress.kubernetes.io/force-ssl-redirect') === 'true')
    return undefined
  for (const key of [NGINX, 'haproxy.org/ssl-redirect', 'haproxy-ingress.github.io/ssl-redirect']) {
    const path = ['metadata', 'annotations', key]
    if (annotation(object, key) === 'false') return of(key, `\`${key}\` is off`, { op: 'set', object, path, value: 'true' })
  }
  return undefined
}

/** The answers to a certificate authority's questions must be plain. */
function isOnlyChallenge({ body }: KubeObject): boolean {
  const paths = items(body, 'spec', 'rules').flatMap((rule) => items(rule, 'http', 'paths'))
  return paths.length > 0 && paths.every((path) => text(path, 'path')?.startsWith('/.well-known/acme-challenge'))
}
