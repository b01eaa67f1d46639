import type { Facts } from '../../server/model/facts.ts'
import { annotation, ingressClass, isAlb } from '../../server/model/ingress.ts'
import { isInternalLoadBalancer } from '../../server/model/network/exposure.ts'
import type { KubeObject } from '../../server/model/object.ts'
import { defineRule, type Fix } from '../../server/model/rule.ts'
import { entries, get, hasUnknown, isUnknown, items, type Path, text, texts, type Value } from '../../server/model/value.ts'

export default defineRule<'object', 'objects'>({
  name: 'ingress-no-tls',
  title: 'Ingress serves a host without TLS',
  pillar: 'encryption',
  severity: 'warning',
  controls: { nsa: ['Net'], nist80053: ['SC-8', 'SC-8(1)'], nist800207: ['2'], attack: ['T1040', 'T1557'], owasp: ['K06'] },
  since: '0.1.0',
  each: 'object',
  kinds: ['networking.k8s.io/Ingress', 'extensions/Ingress'],
  reads: ['objects'],
  *check(ingress, { facts }) {
    const tls = get(ingress.body, 'spec', 'tls')
    if (isUnknown(tls) || hasUnknown(tls)) yield { notEvaluated: ingress, path: ['spec', 'tls'] }
    if (isUnknown(tls) || hasUnknown(tls) || terminatesElsewhere(ingress)) return
    const uncovered = uncoveredHosts(ingress)
    const [first] = uncovered
    if (!first) return
    const forced = annotation(ingress, 'nginx.ingress.kubernetes.io/force-ssl-redirect') === 'true'
    const unsure = facts.objects('/Service').some(terminatesAtLoadBalancer)
    const names = uncovered.flatMap(({ host }) => (host === undefined ? [] : [`\`${host}\``]))
    const what = names.length > 0 ? names.join(', ') : 'every host'
    yield {
      object: ingress,
      path: first.path,
      part: first.host === undefined ? 'key' : 'value',
      severity: forced || isInternalLoadBalancer(ingress) ? 'information' : 'warning',
      certainty: unsure ? 'possible' : 'certain',
      message: `Ingress \`${ingress.name}\` serves ${what} in plain text: ${items(tls).length > 0 ? 'no entry of `tls` covers it' : 'it has no `tls`'}. Whoever is on the way can read and change what users send. Add TLS.`,
    }
  },
  *fix({ object: ingress }, { facts }) {
    const uncovered = uncoveredHosts(ingress)
    const hosts = uncovered.flatMap(({ host }) => (host === undefined ? [] : [host]))
    // Which names a rule without a host answers to is not in the files: none is invented.
    if (hosts.length === 0 || hosts.length < uncovered.length) return
    if (isAlb(ingress)) yield listenOnHttps(ingress)
    else yield* coverBy(ingress, hosts, facts)
  },
})

interface Uncovered {
  /** Undefined for a rule or backend that answers to every name. */
  readonly host: string | undefined
  readonly path: Path
}

/** Hosts of rules that no entry of `tls` names. An entry without hosts is the controller's default for all. */
function uncoveredHosts(ingress: KubeObject): Uncovered[] {
  const spec = get(ingress.body, 'spec')
  const tls = items(spec, 'tls')
  if (tls.some((entry) => items(entry, 'hosts').length === 0)) return []
  const covered = tls.flatMap((entry) => texts(entry, 'hosts'))
  const rules = items(spec, 'rules')
  const uncovered = rules.flatMap((rule, i): Uncovered[] => {
    const host = get(rule, 'host')
    if (typeof host === 'string' && host !== '')
      return covered.some((name) => covers(name, host)) ? [] : [{ host, path: ['spec', 'rules', i, 'host'] }]
    return tls.length === 0 ? [{ host: undefined, path: host === undefined ? ['spec', 'rules', i] : ['spec', 'rules', i, 'host'] }] : []
  })
  if (rules.length === 0 && get(spec, 'defaultBackend') !== undefined && tls.length === 0)
    return [{ host: undefined, path: ['spec', 'defaultBackend'] }]
  const seen = new Set<string | undefined>()
  return uncovered.filter(({ host }) => host === undefined || (!seen.has(host) && seen.add(host)))
}

/** A wildcard stands for exactly one label. */
function covers(name: string, host: string): boolean {
  return name === host || (name.startsWith('*.') && host.slice(host.indexOf('.')) === name.slice(1))
}

/** Annotations by which a controller gets its certificate from elsewhere. Sources: the controllers' own references. */
function terminatesElsewhere(ingress: KubeObject): boolean {
  return (
    entries(ingress.body, 'metadata', 'annotations').some(([key, value]) => {
      switch (key) {
        case 'alb.ingress.kubernetes.io/certificate-arn':
        case 'networking.gke.io/managed-certificates':
        case 'ingress.gcp.kubernetes.io/pre-shared-cert':
        case 'appgw.ingress.kubernetes.io/appgw-ssl-certificate':
        case 'acme.cert-manager.io/http01-edit-in-place':
          return true
        case 'alb.ingress.kubernetes.io/listen-ports':
          return String(value).includes('HTTPS')
        case 'traefik.ingress.kubernetes.io/router.tls':
          return String(value) === 'true'
        case 'traefik.ingress.kubernetes.io/router.entrypoints':
          return String(value) === 'websecure'
        default:
          return isUnknown(value) && /cert|ssl|tls/.test(key)
      }
    }) ||
    get(ingress.body, 'metadata', 'labels', 'acme.cert-manager.io/http01-solver') !== undefined ||
    /tunnel/.test(ingressClass(ingress))
  )
}

/** A load balancer of the workspace that holds a certificate may stand before the controller. */
function terminatesAtLoadBalancer(service: KubeObject): boolean {
  return annotation(service, 'service.beta.kubernetes.io/aws-load-balancer-ssl-cert') !== undefined
}

/** The AWS controller opens no HTTPS listener for `tls`; it finds the certificate by the host. */
function listenOnHttps(ingress: KubeObject): Fix {
  const at = ['metadata', 'annotations']
  return {
    title: 'Listen on HTTPS with the ACM certificate for the host, and redirect HTTP to it',
    applicability: 'assisted',
    changes: [
      { op: 'set', object: ingress, path: [...at, 'alb.ingress.kubernetes.io/listen-ports'], value: '[{"HTTP": 80}, {"HTTPS": 443}]' },
      { op: 'set', object: ingress, path: [...at, 'alb.ingress.kubernetes.io/ssl-redirect'], value: '443' },
    ],
  }
}

/** An annotation that kept HTTP open has an effect once there is TLS. */
const REDIRECT = 'ingress-https-redirect-disabled'

const ISSUER = 'cert-manager.io/issuer'
const CLUSTER_ISSUER = 'cert-manager.io/cluster-issuer'

function* coverBy(ingress: KubeObject, hosts: readonly string[], facts: Pick<Facts, 'objects'>): Iterable<Fix> {
  const tls = items(ingress.body, 'spec', 'tls')
  const managedBy = annotation(ingress, CLUSTER_ISSUER) ?? annotation(ingress, ISSUER)
  const secret = text(tls[0], 'secretName')
  if (managedBy !== undefined && secret !== undefined) {
    yield {
      title: `Add ${hosts.map((host) => `\`${host}\``).join(', ')} to \`${secret}\`; HTTP may redirect`,
      applicability: 'hardening',
      changes: hosts.map((host) => ({
        op: 'insert',
        object: ingress,
        path: ['spec', 'tls', 0, 'hosts'],
        index: Number.MAX_SAFE_INTEGER,
        value: host,
      })),
    }
    return
  }
  const name = secretNameFor(ingress, hosts)
  const entry: Value = { hosts: [...hosts], secretName: name }
  const add = { op: 'insert', object: ingress, path: ['spec', 'tls'], index: Number.MAX_SAFE_INTEGER, value: entry } as const
  const count = hosts.length === 1 ? `\`${hosts[0]}\`` : `${hosts.length} hosts`
  if (managedBy !== undefined) {
    yield {
      title: `Enable TLS for ${count} with \`${managedBy}\`; HTTP may redirect`,
      applicability: 'hardening',
      changes: [add],
      leaves: [REDIRECT],
    }
    return
  }
  const issuers = tls.length > 0 ? [] : usableIssuers(ingress, hosts, facts)
  for (const issuer of issuers) {
    const key = issuer.kind === 'ClusterIssuer' ? CLUSTER_ISSUER : ISSUER
    yield {
      title: `Enable TLS for ${count} with \`${issuer.name}\`; HTTP may redirect`,
      applicability: issuers.length === 1 ? 'hardening' : 'assisted',
      changes: [{ op: 'set', object: ingress, path: ['metadata', 'annotations', key], value: issuer.name }, add],
      leaves: [REDIRECT],
    }
  }
  if (issuers.length === 0) {
    yield {
      title: `Add TLS for ${count}; Secret \`${name}\` must exist`,
      applicability: 'assisted',
      changes: [add],
      leaves: ['ingress-tls-secret-unresolved', REDIRECT],
    }
  }
}

/** Issuers that can sign for the hosts: an ACME issuer proves a wildcard only by DNS; self-signed is trusted by nobody. */
function usableIssuers(ingress: KubeObject, hosts: readonly string[], facts: Pick<Facts, 'objects'>): readonly KubeObject[] {
  const own = facts.objects('cert-manager.io/Issuer').filter(({ namespace }) => namespace === ingress.namespace)
  const wildcard = hosts.some((host) => host.startsWith('*'))
  return [...facts.objects('cert-manager.io/ClusterIssuer'), ...own].filter(({ body, name }) => {
    if (name === '' || get(body, 'spec', 'selfSigned') !== undefined) return false
    const acme = get(body, 'spec', 'acme')
    return !wildcard || acme === undefined || items(acme, 'solvers').some((solver) => get(solver, 'dns01') !== undefined)
  })
}

function secretNameFor(ingress: KubeObject, hosts: readonly string[]): string {
  const taken = new Set(items(ingress.body, 'spec', 'tls').map((entry) => text(entry, 'secretName')))
  const [only] = hosts
  const own = `${ingress.name}-tls`
  const byHost = ingress.name === '' || (hosts.length === 1 && (only?.startsWith('*') || taken.has(own)))
  if (byHost && only !== undefined) return `${only.replace(/^\*/, 'wildcard').replaceAll('.', '-')}-tls`
  return taken.has(own) ? `${ingress.name}-tls-${taken.size + 1}` : own
}
