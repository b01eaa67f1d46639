import { type ClientTls, clientTlsOf, DESTINATION_RULE, isHidden, servicesOfRule } from '../../server/model/destination-rules.ts'
import type { Facts } from '../../server/model/facts.ts'
import { type Mtls, membersOf, mtlsAt } from '../../server/model/mesh.ts'
import { describe, type KubeObject } from '../../server/model/object.ts'
import { defineRule } from '../../server/model/rule.ts'
import { matchesLabels } from '../../server/model/selector.ts'
import { type ServiceFacts, targetPort } from '../../server/model/services.ts'
import type { Tri } from '../../server/model/tri.ts'
import { entries, get, isUnknown, items, type Path, text } from '../../server/model/value.ts'
import type { Workload } from '../../server/model/workload.ts'

type Asked = 'workloads' | 'namespaces' | 'services' | 'objects'

/** What a block of TLS settings means for one port of one workload. */
interface Server {
  readonly workload: Workload
  readonly member: Tri
  readonly mtls: Mtls
}

interface Data {
  readonly path: Path
  readonly mode: string
}

export default defineRule<'object', Asked, Data>({
  name: 'mesh-mtls-client-conflict',
  title: 'Callers do not speak the TLS that the mesh expects',
  pillar: 'encryption',
  severity: 'warning',
  controls: { nsa: ['Net'], nist80053: ['SC-8'], nist800207: ['2'], attack: ['T1040'] },
  since: '0.1.0',
  each: 'object',
  kinds: [DESTINATION_RULE],
  reads: ['workloads', 'namespaces', 'services', 'objects'],
  *check(rule, { facts }) {
    if (isHidden(rule)) return
    const blocks = clientTlsOf(rule)
    const services = blocks.length === 0 ? [] : servicesOfRule(rule, facts.services)
    for (const block of blocks) {
      if (isUnknown(block.tls) || isUnknown(get(block.tls, 'mode'))) {
        yield { notEvaluated: rule, path: block.path }
        continue
      }
      const conflicts = serversOf(rule, block, blocks, services, facts).flatMap((server) => {
        const problem = problemOf(block, server, services.length > 1)
        return problem ? [{ ...server, ...problem }] : []
      })
      const [first] = conflicts
      if (!first) continue
      const more = new Set(conflicts.map(({ workload }) => workload)).size - 1
      const { policy } = first.mtls
      const who = `\`${first.workload.object.name}\`${more > 0 ? ` and ${more} more` : ''}`
      yield {
        object: rule,
        path: [...block.path, 'mode'],
        part: 'value',
        discriminator: block.name,
        certainty: first.member === 'unknown' ? 'possible' : 'certain',
        message: first.say(who, describe(rule)),
        related: policy
          ? [{ object: policy, path: ['spec', 'mtls', 'mode'], part: 'value', message: `${describe(policy)} says ${first.mtls.mode}.` }]
          : [],
        data: { path: block.path, mode: block.mode ?? '' },
      }
    }
  },
  *fix({ object, data }) {
    // What is behind it takes no mutual TLS: without these settings the calls would go in plain text.
    if (!data || data.mode === 'ISTIO_MUTUAL') return
    const parent = data.path.slice(0, -1)
    const alone = parent.at(-1) === 'trafficPolicy' && entries(object.body, ...parent).length === 1
    yield {
      title:
        data.mode === 'DISABLE'
          ? 'Leave TLS to the mesh: callers use mutual TLS where the other takes it'
          : 'Leave TLS to the mesh: a program that speaks TLS itself gets the plain text of its callers then',
      applicability: data.mode === 'DISABLE' ? 'hardening' : 'assisted',
      changes: [{ op: 'remove', object, path: alone ? parent : data.path }],
    }
  },
})

/** The servers that a block is for, each at the ports that no narrower block has. */
function serversOf(
  rule: KubeObject,
  { subset, port }: ClientTls,
  blocks: readonly ClientTls[],
  services: readonly ServiceFacts[],
  facts: Pick<Facts, 'workloads' | 'namespaces' | 'objects'>,
): Server[] {
  const isMember = membersOf(facts)
  // Settings of a port take the place of all others, also where they do not speak of TLS.
  const own = items(rule.body, 'spec', 'trafficPolicy', 'portLevelSettings').map((entry) => get(entry, 'port', 'number'))
  const narrower = (number: number): boolean =>
    own.includes(number) || blocks.some((other) => other.port === number && other.subset === subset)
  return services.flatMap((service) => {
    const numbers = items(service.object.body, 'spec', 'ports').flatMap((entry) => {
      const number = get(entry, 'port')
      return typeof number === 'number' && (port === undefined ? !narrower(number) : number === port) ? [number] : []
    })
    return service.workloads
      .filter(({ labels }) => subset === undefined || matchesLabels(subset, labels) === true)
      .flatMap((workload) =>
        numbers.map((number): Server => {
          const at = targetPort(service.object, { number }, workload)
          return { workload, member: isMember(workload), mtls: mtlsAt(workload, at, facts.objects) }
        }),
      )
  })
}

/** What goes wrong between the settings of callers and a server; undefined when they fit, or nobody can tell. */
function problemOf(
  { mode, tls }: ClientTls,
  { member, mtls }: Server,
  isPattern: boolean,
): { readonly say: (who: string, rule: string) => string } | undefined {
  const strict = mtls.mode === 'STRICT' && (member === true || (member === 'unknown' && mtls.policy !== undefined))
  if (mode === 'DISABLE' && strict)
    return {
      say: (who, rule) =>
        `Callers in the mesh cannot reach ${who}: ${rule} has them speak plain text, and mutual TLS is required there (STRICT). Take out \`tls\`, and the mesh does it; do not weaken the other side.`,
    }
  if (mode === 'DISABLE' && member === true && (mtls.mode === 'PERMISSIVE' || mtls.mode === 'default'))
    return {
      say: (who, rule) =>
        `Callers in the mesh send plain text to ${who}, which would take mutual TLS: ${rule} switches it off. Take out \`tls\`, and the mesh encrypts.`,
    }
  if ((mode === 'SIMPLE' || mode === 'MUTUAL') && strict)
    return {
      say: (who, rule) =>
        `Callers in the mesh cannot reach ${who}: ${rule} has them speak TLS of their own (${mode}), and the proxy there takes only the mesh's (STRICT). Take out \`tls\`, or let that port's program do TLS behind ISTIO_MUTUAL.`,
    }
  if (
    mode === 'ISTIO_MUTUAL' &&
    !isPattern &&
    (member === false || (member === true && mtls.mode === 'DISABLE')) &&
    text(tls, 'sni') === undefined
  )
    return {
      say: (who, rule) =>
        `Callers in the mesh cannot reach ${who}: ${rule} has them speak mutual TLS, ${member === false ? 'and it is not in the mesh. Take it into the mesh' : 'which is switched off there (DISABLE). Switch it on there'}.`,
    }
  return undefined
}
