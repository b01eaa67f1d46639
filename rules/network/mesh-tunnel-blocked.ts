import { HBONE } from '../../server/model/network/reachability.ts'
import { members } from '../../server/model/network/sets/bits.ts'
import { atPort, NONE, TCP } from '../../server/model/network/sets/connections.ts'
import { describe } from '../../server/model/object.ts'
import { defineRule } from '../../server/model/rule.ts'
import { items, type Value } from '../../server/model/value.ts'

export default defineRule<'object', 'reachability'>({
  name: 'mesh-tunnel-blocked',
  title: 'Network policy that cuts pods off from their mesh',
  pillar: 'network',
  severity: 'warning',
  controls: { nsa: ['Net'], nist80053: ['CM-6', 'AC-4', 'SC-8'], nist800207: ['2'] },
  since: '0.1.0',
  each: 'object',
  kinds: ['networking.k8s.io/NetworkPolicy'],
  reads: ['reachability'],
  *check(object, { facts: { reachability } }) {
    const { space, layers } = reachability
    for (const policy of reachability.of(object)) {
      if (policy.invalid || policy.isolates.ingress !== true || policy.ingress.length === 0) continue
      const cut = members(space.match(policy.selects).must).flatMap((index) => {
        const endpoint = space.endpoints[index]
        if (endpoint?.ambient !== true || endpoint.type !== 'pod') return []
        const rows = layers.filter(({ layer }) => layer.name !== 'istio').map((layer) => layer.row(index, 'ingress').may)
        const tunnel = rows.every(({ groups }) => groups.some(({ connections }) => atPort(connections, TCP, HBONE) !== NONE))
        return tunnel ? [] : [endpoint]
      })
      const [first, ...more] = cut
      if (!first) continue
      yield {
        object,
        path: ['spec', 'ingress'],
        part: 'key',
        message: `${describe(object)} cuts \`${first.name}\`${more.length > 0 ? ` and ${more.length} more` : ''} off from the mesh: pods of an ambient mesh are reached on TCP ${HBONE}, whatever port is meant, and it opens others. Open ${HBONE} as well.`,
        related: more.flatMap(({ workload }) =>
          workload ? [{ object: workload.object, path: ['metadata', 'name'], part: 'value' as const, message: 'Cut off as well.' }] : [],
        ),
      }
    }
  },
  *fix({ object }) {
    const value: Value = { ports: [{ port: HBONE, protocol: 'TCP' }] }
    yield {
      title: `Open TCP ${HBONE}: the mesh gets through, and decides who may connect`,
      applicability: 'assisted',
      changes: [{ op: 'insert', object, path: ['spec', 'ingress'], index: items(object.body, 'spec', 'ingress').length, value }],
    }
  },
})
