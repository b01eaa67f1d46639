import {
  type ClientTls,
  clientTlsOf,
  DESTINATION_RULE,
  hostOf,
  isHidden,
  servicesOfRule,
  trafficPolicies,
} from '../../server/model/destination-rules.ts'
import type { Facts } from '../../server/model/facts.ts'
import { membersOf } from '../../server/model/mesh.ts'
import { describe, type KubeObject } from '../../server/model/object.ts'
import { defineRule, type Found, type ObjectChange } from '../../server/model/rule.ts'
import { get, hasUnknown, items, type Path, text, texts } from '../../server/model/value.ts'

type Asked = 'workloads' | 'namespaces' | 'services' | 'objects'

interface Data {
  readonly port: number
  readonly change: ObjectChange
}

export default defineRule<'object', Asked, Data>({
  name: 'mesh-destinationrule-tls-dropped',
  title: 'TLS settings that callers leave out',
  pillar: 'encryption',
  severity: 'warning',
  controls: { nist80053: ['SC-8', 'CM-6'], nist800207: ['2'], attack: ['T1040'] },
  since: '0.1.0',
  each: 'object',
  kinds: [DESTINATION_RULE],
  reads: ['workloads', 'namespaces', 'services', 'objects'],
  *check(rule, { facts }) {
    const host = hostOf(rule)
    if (host === undefined || isHidden(rule)) return
    yield* replacedByPort(rule, host, facts)
    const secret = clientTlsOf(rule).find(isSecretForGatewaysOnly)
    if (secret && get(rule.body, 'spec', 'workloadSelector') === undefined && !isForGateways(host, facts))
      yield {
        object: rule,
        path: [...secret.path, 'credentialName'],
        part: 'value',
        discriminator: 'credentialName',
        // Who it is exported to decides whether a sidecar gets to see it.
        certainty: get(rule.body, 'spec', 'exportTo') === undefined ? 'certain' : 'possible',
        message: `Sidecars send plain text to \`${host}\`: they leave out a \`tls\` with \`credentialName\`, which only gateways read, unless \`workloadSelector\` says whose it is. Add one, or name files (\`caCertificates\`).`,
      }
  },
  *fix({ data }) {
    if (!data) return
    yield {
      title: `Use TLS on port ${data.port} as on the others: a server that speaks plain text there is not reached any more`,
      applicability: 'hardening',
      changes: [data.change],
      leaves: ['mesh-destinationrule-unverified'],
    }
  },
})

/** Semantics: Istio (`MergeTrafficPolicy`): the settings of a port take the place of all others, also where they are silent. */
function* replacedByPort(rule: KubeObject, host: string, facts: Pick<Facts, Asked>): Iterable<Found<Data>> {
  for (const { path, name } of trafficPolicies(rule.body)) {
    const policy = get(rule.body, ...path)
    const tls = get(policy, 'tls')
    const mode = text(tls, 'mode')
    if (tls === undefined || hasUnknown(tls) || (mode !== 'SIMPLE' && mode !== 'MUTUAL')) continue
    for (const [i, entry] of items(policy, 'portLevelSettings').entries()) {
      const port = get(entry, 'port', 'number')
      if (typeof port !== 'number' || get(entry, 'tls') !== undefined || !sendsPlainText(rule, host, port, facts)) continue
      const at: Path = [...path, 'portLevelSettings', i]
      yield {
        object: rule,
        path: [...at, 'port', 'number'],
        part: 'value',
        discriminator: `${name} port ${port}`.trim(),
        message: `Callers send plain text to \`${host}\` on port ${port}: ${describe(rule)} has settings for it, and these take the place of all others, \`tls\` included. Repeat \`tls\` there.`,
        related: [{ object: rule, path: [...path, 'tls'], part: 'key', message: 'This does not count for the port.' }],
        data: { port, change: { op: 'set', object: rule, path: [...at, 'tls'], value: tls } },
      }
    }
  }
}

/** Whether callers use the port, and nothing else encrypts there: not the program itself, nor the mesh. */
function sendsPlainText(rule: KubeObject, host: string, port: number, facts: Pick<Facts, Asked>): boolean {
  const services = servicesOfRule(rule, facts.services)
  const isMember = membersOf(facts)
  if (services.some(({ workloads }) => workloads.some((workload) => isMember(workload) !== false))) return false
  if (services.length > 0)
    return services.some(({ object }) => items(object.body, 'spec', 'ports').some((entry) => get(entry, 'port') === port))
  const entries = facts.objects('networking.istio.io/ServiceEntry').filter(({ body }) => texts(body, 'spec', 'hosts').includes(host))
  const ports = entries.flatMap(({ body }) => items(body, 'spec', 'ports').filter((entry) => get(entry, 'number') === port))
  return entries.length === 0 || ports.some((entry) => !/^(HTTPS|TLS)$/i.test(text(entry, 'protocol') ?? ''))
}

/** Semantics: Istio (`buildUpstreamClusterTLSContext`): a sidecar reads Secrets by name only where a selector says whose they are. */
function isSecretForGatewaysOnly({ mode, tls }: ClientTls): boolean {
  const name = text(tls, 'credentialName')
  return (mode === 'SIMPLE' || mode === 'MUTUAL') && name !== undefined && name !== '' && !name.startsWith('configmap://')
}

/** Whether calls to a host are led over a gateway, which does TLS for them. */
function isForGateways(host: string, { objects }: Pick<Facts, 'objects'>): boolean {
  return objects('networking.istio.io/VirtualService').some(
    ({ body }) =>
      texts(body, 'spec', 'gateways').some((gateway) => gateway !== 'mesh') &&
      texts(body, 'spec', 'hosts').some((name) => name === host || host.startsWith(`${name}.`)),
  )
}
