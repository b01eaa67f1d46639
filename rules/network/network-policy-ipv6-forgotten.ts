import { DIRECTIONS } from '../../server/model/network/policy.ts'
import { describe, type KubeObject } from '../../server/model/object.ts'
import { defineRule } from '../../server/model/rule.ts'
import { get, items, text, type Value } from '../../server/model/value.ts'

/** The metadata address of clouds that have one for IPv6. */
const METADATA = 'fd00:ec2::254/128'

export default defineRule<'object', 'reachability' | 'services'>({
  name: 'network-policy-ipv6-forgotten',
  title: 'Network policy for every address of IPv4 alone',
  pillar: 'network',
  severity: 'information',
  controls: { nsa: ['Net'], nist80053: ['CM-6', 'AC-4', 'SC-7'] },
  since: '0.1.0',
  each: 'object',
  kinds: ['networking.k8s.io/NetworkPolicy'],
  reads: ['reachability', 'services'],
  *check(object, { facts }) {
    for (const policy of facts.reachability.of(object)) {
      if (policy.invalid) continue
      for (const { peers } of DIRECTIONS.flatMap((direction) => policy[direction])) {
        const blocks = peers.map(({ path }) => text(object.body, ...path, 'ipBlock', 'cidr'))
        const at = blocks.indexOf('0.0.0.0/0')
        const peer = peers[at]
        if (!peer || blocks.some((cidr) => cidr?.includes(':'))) continue
        const dual = facts.services.all.find(({ object: service }) => isDualStack(service))
        if (!dual) return
        yield {
          object,
          path: [...peer.path, 'ipBlock', 'cidr'],
          part: 'value',
          discriminator: String(peer.path[1]),
          message: `${describe(object)} means every address, but \`0.0.0.0/0\` is every address of IPv4: the cluster has both families, and over IPv6 nothing is allowed. Add \`::/0\`.`,
          related: [{ object: dual.object, path: ['spec'], part: 'key', message: 'This Service has both families.' }],
        }
      }
    }
  },
  *fix({ object, path }) {
    const list = path.slice(0, -3)
    const index = Number(path.at(-3))
    const excepts = items(object.body, ...path.slice(0, -1), 'except').length > 0
    const value: Value = { ipBlock: { cidr: '::/0', ...(excepts ? { except: [METADATA] } : {}) } }
    yield {
      title: `Add \`::/0\`${excepts ? ' without the metadata address' : ''}: the same over IPv6`,
      applicability: 'assisted',
      changes: [{ op: 'insert', object, path: list, index: index + 1, value }],
      leaves: ['network-policy-broad-ipblock', 'metadata-endpoint-reachable'],
    }
  },
})

function isDualStack({ body }: KubeObject): boolean {
  const policy = text(body, 'spec', 'ipFamilyPolicy')
  const families = items(body, 'spec', 'ipFamilies')
  return (
    policy === 'PreferDualStack' ||
    policy === 'RequireDualStack' ||
    (get(body, 'spec', 'ipFamilies') !== undefined && families.includes('IPv6'))
  )
}
