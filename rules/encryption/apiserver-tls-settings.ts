import { APISERVER_KINDS, type ApiServer, type ApiServerFlag, apiServerOf } from '../../server/model/apiserver.ts'
import type { KubeObject } from '../../server/model/object.ts'
import { lacks } from '../../server/model/program.ts'
import { defineRule, type Fix, type Found, type Severity } from '../../server/model/rule.ts'
import { get } from '../../server/model/value.ts'

/** A flag whose value says that something is not encrypted, or not checked. */
interface Weakness {
  readonly flag: string
  readonly severity: Severity
  isWeak(value: string): boolean
  message(value: string): string
  /** What is said instead, and what stops then. */
  readonly instead: (value: string) => string
  readonly title: string
  /** Flags without which it would not work. */
  readonly needs?: readonly string[]
}

const WEAK: readonly Weakness[] = [
  {
    flag: 'etcd-servers',
    severity: 'error',
    isWeak: (value) => value.split(',').some((url) => /^http:\/\/(?!localhost|127\.|\[::1\])/.test(url.trim())),
    message: () =>
      'The API server reads and writes every Secret in plain text: an address of `--etcd-servers` begins with `http://`, and whoever is on the way may change them. Use https, with a certificate for each side.',
    instead: (value) => value.replaceAll('http://', 'https://'),
    title: 'Speak https with etcd, which must listen on it',
    needs: ['etcd-cafile', 'etcd-certfile', 'etcd-keyfile'],
  },
  {
    flag: 'insecure-port',
    severity: 'error',
    isWeak: (value) => /^[1-9]\d*$/.test(value),
    message: (value) =>
      `Whoever reaches port ${value} of the API server is its administrator: on the insecure port there is no login, and no role is asked. Set it to 0 (versions since 1.20 take nothing else).`,
    instead: () => '0',
    title: 'Close the insecure port; what uses it must log in',
  },
  {
    flag: 'kubelet-https',
    severity: 'warning',
    isWeak: (value) => value === 'false',
    message: () =>
      'What is typed into shells of containers goes to the nodes in plain text: `--kubelet-https=false`. Take the flag out, so that the API server speaks TLS with kubelets.',
    instead: () => 'true',
    title: 'Speak TLS with kubelets',
  },
  {
    flag: 'tls-min-version',
    severity: 'warning',
    isWeak: (value) => value === 'VersionTLS10' || value === 'VersionTLS11',
    message: (value) =>
      `The API server takes connections of \`${value}\`, which can be broken. It needs \`VersionTLS12\` at least, as it does by itself.`,
    instead: () => 'VersionTLS12',
    title: 'Take TLS 1.2 at least; older clients stop',
  },
]

const KUBELETS = 'kubelet-certificate-authority'

export default defineRule({
  name: 'apiserver-tls-settings',
  title: 'API server speaks without TLS, or with whom it cannot tell',
  pillar: 'encryption',
  severity: 'error',
  controls: { cis: ['1.2.5', '1.2.23', '1.2.26', '1.2.29'], nsa: ['Net'], nist80053: ['SC-8', 'SC-13'], nist800207: ['2'], owasp: ['K06'] },
  since: '0.1.0',
  each: 'object',
  kinds: APISERVER_KINDS,
  reads: [],
  *check(object) {
    const server = apiServerOf(object)
    if (!server) return
    for (const weakness of WEAK) {
      const flag = server.flags.get(weakness.flag)
      if (flag && weakness.isWeak(flag.value)) yield saying(object, weakness, flag)
    }
    yield* kubelets(object, server)
  },
  *fix({ object, discriminator }) {
    const server = apiServerOf(object)
    const weakness = WEAK.find(({ flag }) => flag === discriminator)
    if (server && weakness) yield* mended(object, server, weakness)
  },
})

function saying(object: KubeObject, { flag, severity, message }: Weakness, { path, value }: ApiServerFlag): Found<undefined> {
  return { object, path, part: 'value', severity, discriminator: flag, message: message(value) }
}

/** kubeadm does not say it, because nodes sign their own certificates until somebody approves better ones. */
function* kubelets(object: KubeObject, server: ApiServer): Iterable<Found<undefined>> {
  if (server.managed || !server.flags.has('kubelet-client-certificate') || !lacks(server, KUBELETS)) return
  yield {
    object,
    path: server.path,
    part: 'key',
    severity: 'hint',
    discriminator: KUBELETS,
    message: `The API server does not check which kubelet it speaks with: who stands in for a node sees what is typed into its containers. Have kubelets ask for certificates (\`serverTLSBootstrap\`), then set \`--${KUBELETS}\`.`,
  }
}

function* mended(object: KubeObject, server: ApiServer, { flag: name, instead, title, needs }: Weakness): Iterable<Fix> {
  const flag = server.flags.get(name)
  if (!flag || needs?.some((other) => !server.flags.has(other))) return
  const written = get(object.body, ...flag.path)
  const value = instead(flag.value)
  const mendedValue =
    typeof written === 'string' ? written.slice(0, flag.start) + value : Array.isArray(written) ? value.split(',') : typed(written, value)
  yield { title, applicability: 'hardening', changes: [{ op: 'set', object, path: flag.path, value: mendedValue }] }
}

function typed(before: unknown, value: string): string | number | boolean {
  return typeof before === 'number' ? Number(value) : typeof before === 'boolean' ? value === 'true' : value
}
