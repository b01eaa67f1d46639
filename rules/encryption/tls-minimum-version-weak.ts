import { apiServerOf } from '../../server/model/apiserver.ts'
import { annotation } from '../../server/model/ingress.ts'
import type { KubeObject } from '../../server/model/object.ts'
import { defineRule, type Found, type ObjectChange, type Severity } from '../../server/model/rule.ts'
import { items, type Path, text, texts, type Value } from '../../server/model/value.ts'
import { WORKLOAD_KINDS, workloadOf } from '../../server/model/workload.ts'

/** A place that lets old versions or ciphers in. */
interface Weak {
  readonly path: Path
  /** Of the part that says so, in the string at `path`. */
  readonly range?: { readonly start: number; readonly end: number }
  /** What is let in. */
  readonly what: string
  readonly severity?: Severity
  /** What the value becomes. */
  readonly value: Value
}

type Reader = (object: KubeObject) => Iterable<Weak>

const NO_OLD_CIPHER = /RC4|3DES|DES-CBC3|NULL|EXPORT/i

const READERS: Readonly<Record<string, Reader>> = {
  '/ConfigMap': function* ({ body, name }) {
    yield* protocols(text(body, 'data', 'ssl-protocols'), ['data', 'ssl-protocols'])
    if (name === 'argocd-cmd-params-cm')
      yield* version(body, ['data', 'server.tls.minversion'], /^1\.[01]$/, '1.2', (value) => `TLS ${value}`)
  },
  'traefik.io/TLSOption': traefik,
  'traefik.containo.us/TLSOption': traefik,
  'projectcontour.io/HTTPProxy': ({ body }) =>
    version(body, ['spec', 'virtualhost', 'tls', 'minimumProtocolVersion'], /^1\.[01]$/, '1.2', named),
  'projectcontour.io/ContourConfiguration': ({ body }) =>
    version(body, ['spec', 'envoy', 'listener', 'tls', 'minimumProtocolVersion'], /^1\.[01]$/, '1.2', named),
  'networking.istio.io/Gateway': function* ({ body }) {
    for (const [i, server] of items(body, 'spec', 'servers').entries()) {
      const at: Path = ['spec', 'servers', i, 'tls']
      yield* version(body, [...at, 'minProtocolVersion'], /^TLSV1_[01]$/, 'TLSV1_2', (value) => `TLS 1.${value.at(-1)}`)
      yield* ciphers(texts(server, 'tls', 'cipherSuites'), [...at, 'cipherSuites'])
    }
  },
  'networking.k8s.io/Ingress': loadBalancer,
  '/Service': loadBalancer,
  'kubelet.config.k8s.io/KubeletConfiguration': function* ({ body }) {
    yield* version(body, ['tlsMinVersion'], /^VersionTLS1[01]$/, 'VersionTLS12', go)
    yield* ciphers(texts(body, 'tlsCipherSuites'), ['tlsCipherSuites'])
  },
}

export default defineRule<'object', never, readonly ObjectChange[]>({
  name: 'tls-minimum-version-weak',
  title: 'TLS of versions or ciphers that are broken',
  pillar: 'encryption',
  severity: 'information',
  controls: { cis: ['1.2.29', '4.2.12'], nist80053: ['SC-13', 'SC-8(1)'], attack: ['T1557'] },
  since: '0.1.0',
  each: 'object',
  kinds: [...Object.keys(READERS), ...WORKLOAD_KINDS],
  reads: [],
  *check(object) {
    for (const { path, what, value, severity, range } of READERS[object.groupKind]?.(object) ?? flags(object)) {
      const found: Found<readonly ObjectChange[]> = {
        object,
        path,
        part: 'value',
        discriminator: `${path.filter((step) => typeof step === 'string').join('.')} ${what}`,
        message: `${object.kind}${object.name === '' ? '' : ` \`${object.name}\``} lets ${what} in, which can be broken on the way. Accept TLS 1.2 and later${/TLS|SSL/.test(what) ? '' : ' with its own ciphers'}.`,
        data: [{ op: 'set', object, path, value }],
      }
      yield { ...found, ...(severity === undefined ? {} : { severity }), ...(range === undefined ? {} : { range }) }
    }
  },
  *fix({ data }) {
    if (!data) return
    yield {
      title: 'Accept only what is safe (TLS 1.2 and later): clients of long ago are refused',
      applicability: 'hardening',
      changes: data,
    }
  },
})

function named(value: string): string {
  return `TLS ${value}`
}

/** As Go's programs name it: `VersionTLS10`. */
function go(value: string): string {
  return `TLS 1.${value.at(-1)}`
}

function* version(body: Value, path: Path, weak: RegExp, value: string, what: (value: string) => string): Iterable<Weak> {
  const written = text(body, ...path)
  if (written !== undefined && weak.test(written)) yield { path, what: what(written), value }
}

/** `TLSv1 TLSv1.1 TLSv1.2`, of which the old ones are taken out. */
function* protocols(written: string | undefined, path: Path): Iterable<Weak> {
  const words = written?.split(/\s+/).filter((word) => word !== '') ?? []
  const old = words.filter((word) => /^(?:SSLv[23]|TLSv1(?:\.[01])?)$/.test(word))
  if (old.length === 0) return
  const rest = words.filter((word) => !old.includes(word))
  const severity = old.some((word) => word.startsWith('SSL')) ? ({ severity: 'warning' } as const) : {}
  yield { path, what: old.join(' and '), value: rest.length > 0 ? rest.join(' ') : 'TLSv1.2 TLSv1.3', ...severity }
}

function* ciphers(list: readonly string[], path: Path): Iterable<Weak> {
  const old = list.filter((name) => NO_OLD_CIPHER.test(name))
  const rest = list.filter((name) => !old.includes(name))
  // Without any, the program falls back to its own choice, which is not what the list is for.
  if (old.length > 0 && rest.length > 0) yield { path, what: old.join(', '), value: rest }
}

function* traefik({ body }: KubeObject): Iterable<Weak> {
  yield* version(body, ['spec', 'minVersion'], /^VersionTLS1[01]$/, 'VersionTLS12', go)
  yield* ciphers(texts(body, 'spec', 'cipherSuites'), ['spec', 'cipherSuites'])
}

const POLICIES = ['alb.ingress.kubernetes.io/ssl-policy', 'service.beta.kubernetes.io/aws-load-balancer-ssl-negotiation-policy']
const OLD_POLICY =
  /^ELBSecurityPolicy-(?:2015-0[1-5]|2016-08|TLS-1-0-2015-04|TLS-1-1-2017-01|FS-2018-06|FS-1-1-2019-08|TLS13-1-[01]-2021-06)$/

/** AWS names sets of versions and ciphers; those that say nothing are for the cloud's own rules. */
function* loadBalancer(object: KubeObject): Iterable<Weak> {
  for (const key of POLICIES) {
    const written = annotation(object, key)
    if (written === undefined || !OLD_POLICY.test(written)) continue
    yield { path: ['metadata', 'annotations', key], what: `TLS 1.0 or 1.1 (\`${written}\`)`, value: 'ELBSecurityPolicy-TLS13-1-2-2021-06' }
  }
}

const MINIMUM = /^(--tls-min-version=["']?)VersionTLS1([01])\b/
const SUITES = /^(--tls-cipher-suites=)(.+)$/

/** Flags that Kubernetes' own programs share. */
function* flags(object: KubeObject): Iterable<Weak> {
  // That of the API server is a finding of its own.
  const isTold = apiServerOf(object) !== undefined
  for (const { body, path } of workloadOf(object)?.containers ?? []) {
    for (const field of ['command', 'args']) {
      for (const [i, word] of items(body, field).entries()) {
        if (typeof word !== 'string') continue
        const at: Path = [...path, field, i]
        const minimum = isTold ? null : MINIMUM.exec(word)
        const [, before = '', digit = ''] = minimum ?? []
        if (minimum)
          yield {
            path: at,
            range: { start: before.length, end: minimum[0].length },
            what: `TLS 1.${digit}`,
            value: `${before}VersionTLS12${word.slice(minimum[0].length)}`,
          }
        const [, flag = '', list = ''] = SUITES.exec(word) ?? []
        for (const { what, value } of ciphers(list.split(','), at))
          yield {
            path: at,
            range: { start: flag.length, end: word.length },
            what,
            value: `${flag}${(value as readonly string[]).join(',')}`,
          }
      }
    }
  }
}
