import type { Facts } from '../../server/model/facts.ts'
import { METADATA } from '../../server/model/network/breadth.ts'
import type { Rule } from '../../server/model/network/policy.ts'
import { includesAddress } from '../../server/model/network/sets/addresses.ts'
import { members } from '../../server/model/network/sets/bits.ts'
import { atPort, type Connections, NONE, TCP } from '../../server/model/network/sets/connections.ts'
import { describe } from '../../server/model/object.ts'
import { defineRule } from '../../server/model/rule.ts'
import { get, items, texts } from '../../server/model/value.ts'
import { serviceAccountOf, type Workload } from '../../server/model/workload.ts'

interface Data {
  /** Of the address, to be excepted. */
  readonly cidr: string
  /** Who takes credentials from there, or what resolves names there. */
  readonly needed: string | undefined
}

export default defineRule<'object', 'reachability' | 'access', Data>({
  name: 'metadata-endpoint-reachable',
  title: 'Policy that lets pods ask for the credentials of their node',
  pillar: 'network',
  severity: 'information',
  controls: { nsa: ['Net'], nist80053: ['AC-4', 'AC-6'], nist800207: ['4'], attack: ['T1552.005'], owasp: ['K05'] },
  since: '0.1.0',
  each: 'object',
  kinds: ['networking.k8s.io/NetworkPolicy'],
  reads: ['reachability', 'access'],
  *check(object, { facts, target }) {
    const { space } = facts.reachability
    for (const policy of facts.reachability.of(object)) {
      const pods = members(space.match(policy.selects).must).flatMap((index) => space.endpoints[index]?.workload ?? [])
      if (policy.applies.egress !== true || policy.invalid || pods.length === 0) continue
      for (const { cidr, address } of METADATA) {
        const found = policy.egress
          .filter((rule) => allowsHttp(rule))
          .flatMap((rule) => rule.peers)
          .find(({ test }) => test.op === 'cidr' && includesAddress(space.match(test).mustAddresses, address))
        if (!found) continue
        const needed =
          whoNeedsIt(pods, facts) ??
          (target.platform === 'gke' && cidr.startsWith('169.') ? 'Cloud DNS answers at this address' : undefined)
        yield {
          object,
          path: [...found.path, 'ipBlock', 'cidr'],
          part: 'value',
          severity: needed ? 'hint' : 'information',
          discriminator: cidr,
          message: `By ${describe(object)} ${said(pods)} can ask ${cidr.slice(0, cidr.indexOf('/'))} for the credentials of the node. ${needed ? `But ${needed}: except the address where it is not needed.` : 'Except that address.'}`,
          data: { cidr, needed },
        }
        break
      }
    }
  },
  *fix({ object, path, data }) {
    if (!data || data.needed) return
    const block = path.slice(0, -1)
    const except = get(object.body, ...block, 'except')
    const written = items(except)
    const covered = texts(except).length === written.length
    if (!covered) return
    yield {
      title: `Except ${data.cidr}: pods no longer reach the cloud's metadata by this rule`,
      applicability: 'hardening',
      changes: [
        except === undefined
          ? { op: 'set', object, path: [...block, 'except'], value: [data.cidr] }
          : { op: 'insert', object, path: [...block, 'except'], index: written.length, value: data.cidr },
      ],
      leaves: ['metadata-endpoint-reachable'],
    }
  },
})

/** Whether a rule is about the port of the metadata service, but not about everything. */
function allowsHttp({ action, ports: { base, ports } }: Rule): boolean {
  const about: Connections = ports ? ports.fixed : base
  return action === 'allow' && atPort(about, TCP, 80) !== NONE
}

/** Annotations of accounts whose pods take their cloud identity from the metadata service. */
const IDENTITIES = ['iam.gke.io/gcp-service-account']

function whoNeedsIt(pods: readonly Workload[], { access }: Pick<Facts, 'access'>): string | undefined {
  for (const workload of pods) {
    const { object, labels, annotations } = workload
    const account = access.serviceAccount(object.namespace, serviceAccountOf(workload) ?? 'default')
    const marked = account && IDENTITIES.some((key) => get(account.body, 'metadata', 'annotations', key) !== undefined)
    const older =
      (labels !== 'unknown' && labels['aadpodidbinding'] !== undefined) ||
      (annotations !== 'unknown' && annotations['iam.amazonaws.com/role'] !== undefined)
    if (marked || older) return `\`${object.name}\` takes its cloud identity from there`
  }
  return undefined
}

function said(pods: readonly Workload[]): string {
  const [first] = pods
  return pods.length === 1 && first ? `\`${first.object.name}\`` : `${pods.length} workloads`
}
