import { CONTROL_PLANE_PODS } from '../../server/model/apiserver.ts'
import type { KubeObject } from '../../server/model/object.ts'
import {
  KUBEADM_KINDS,
  kubeadmPath,
  lacks,
  type Program,
  type ProgramFlag,
  programInKubeadm,
  programInPod,
} from '../../server/model/program.ts'
import { defineRule, type Found, type ObjectChange, type Severity } from '../../server/model/rule.ts'
import { get, items, text } from '../../server/model/value.ts'
import { workloadOf } from '../../server/model/workload.ts'

/** The two doors of a member: who uses it, and what its flags begin with. */
interface Door {
  readonly urls: string
  readonly prefix: '' | 'peer-'
  readonly who: string
}

const CLIENTS: Door = { urls: 'listen-client-urls', prefix: '', who: 'Whoever reaches it' }
const PEERS: Door = { urls: 'listen-peer-urls', prefix: 'peer-', who: 'Whoever reaches it as a member' }

export default defineRule<'object', never>({
  name: 'etcd-tls-settings',
  title: 'Connections to etcd prove nothing',
  pillar: 'encryption',
  severity: 'warning',
  controls: {
    cis: ['2.1', '2.2', '2.3', '2.4', '2.5', '2.6'],
    nsa: ['Net'],
    nist80053: ['SC-8', 'IA-3'],
    attack: ['T1552'],
    owasp: ['K06'],
  },
  since: '0.1.0',
  each: 'object',
  kinds: [...CONTROL_PLANE_PODS, ...KUBEADM_KINDS],
  reads: [],
  *check(object) {
    const etcd = etcdOf(object)
    if (!etcd) return
    const severity = severityOf(object, etcd)
    const [first, ...others] = [CLIENTS, PEERS].flatMap((door) => {
      const flag = etcd.flags.get(door.urls)
      return flag && plainUrl(flag.value) !== undefined ? [{ door, flag }] : []
    })
    if (first) yield plaintext(object, first, others, severity)
    yield* unauthenticated(object, etcd, severity)
  },
  *fix({ object, discriminator }) {
    const etcd = etcdOf(object)
    if (!etcd || discriminator !== 'plaintext') return
    const changes = [CLIENTS, PEERS].flatMap((door) => encrypted(object, etcd, door) ?? [])
    if (changes.length === 0) return
    yield {
      title: 'Listen with TLS alone; clients and members that speak plain text stop',
      applicability: 'hardening',
      changes,
    }
  },
})

function etcdOf(object: KubeObject): Program | undefined {
  const configuration = kubeadmPath(object)
  if (configuration) return programInKubeadm(object, [...configuration, 'etcd', 'local'])
  return programInPod(object, /(^|\/)etcd$/)
}

/** On the network of its node it is what the cluster is kept in. Another of one member is mostly for a try. */
function severityOf(object: KubeObject, { flags, managed }: Program): Severity {
  if (managed || get(workloadOf(object)?.spec, 'hostNetwork') === true) return 'error'
  return flags.get('initial-cluster')?.value.includes(',') ? 'warning' : 'information'
}

/** The first of them that others can reach, and that is not encrypted. */
function plainUrl(urls: string): string | undefined {
  return urls.split(',').find((url) => /^http:\/\//.test(url.trim()) && !/^http:\/\/(localhost|127\.[\d.]+|\[::1\])(:|$)/.test(url.trim()))
}

function plaintext(
  object: KubeObject,
  { door, flag }: { readonly door: Door; readonly flag: ProgramFlag },
  others: readonly { readonly flag: ProgramFlag }[],
  severity: Severity,
): Found<undefined> {
  return {
    object,
    path: flag.path,
    part: 'value',
    severity,
    discriminator: 'plaintext',
    message: `${door.who} reads and changes all that etcd holds, without a login and in plain text: it listens on \`${plainUrl(flag.value)}\`. Listen on https with a certificate, and ask for one (\`--${door.prefix}trusted-ca-file\`).`,
    related: others.map((other) => ({ object, path: other.flag.path, part: 'value', message: 'So does its door for members.' })),
  }
}

/** Semantics: etcd asks for certificates where it is told to, and wherever it is given an authority to check them by. */
function* unauthenticated(object: KubeObject, etcd: Program, severity: Severity): Iterable<Found<undefined>> {
  // What kubeadm does not hear of it sets right.
  if (etcd.managed) return
  for (const door of [CLIENTS, PEERS]) {
    const urls = etcd.flags.get(door.urls)
    if (!urls || !/https:\/\/(?!localhost|127\.|\[::1\])/.test(urls.value)) continue
    if (etcd.flags.get(`${door.prefix}client-cert-auth`)?.value === 'true') continue
    if (!lacks(etcd, `${door.prefix}trusted-ca-file`) || fromEnvironment(object, etcd)) continue
    yield {
      object,
      path: urls.path,
      part: 'value',
      severity,
      discriminator: `${door.prefix}certificates`,
      message: `${door.who} reads and changes all that etcd holds: it encrypts connections, and asks nobody for a certificate. Say who signs them (\`--${door.prefix}trusted-ca-file\`) and ask (\`--${door.prefix}client-cert-auth=true\`).`,
    }
  }
}

/** etcd takes every flag from a variable as well. */
function fromEnvironment(object: KubeObject, { path }: Program): boolean {
  const container = get(object.body, ...path.slice(0, -1))
  return (
    get(container, 'envFrom') !== undefined || items(container, 'env').some((variable) => /^ETCD_/.test(text(variable, 'name') ?? 'ETCD_'))
  )
}

/** Only where all that TLS needs is there already. */
function encrypted(object: KubeObject, etcd: Program, { urls, prefix }: Door): ObjectChange[] | undefined {
  const flag = etcd.flags.get(urls)
  if (!flag || plainUrl(flag.value) === undefined) return undefined
  if (!['cert-file', 'key-file', 'trusted-ca-file'].every((name) => etcd.flags.has(prefix + name))) return undefined
  return [urls, urls.replace('listen', prefix ? 'initial-advertise' : 'advertise')].flatMap((name): ObjectChange[] => {
    const each = etcd.flags.get(name)
    const written = each && get(object.body, ...each.path)
    return each && typeof written === 'string'
      ? [{ op: 'set', object, path: each.path, value: written.slice(0, each.start) + each.value.replaceAll('http://', 'https://') }]
      : []
  })
}
