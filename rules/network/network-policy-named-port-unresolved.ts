import { saidServers, writtenPorts } from '../../server/model/network/served.ts'
import { describe } from '../../server/model/object.ts'
import { defineRule, type Fix } from '../../server/model/rule.ts'
import { nearest } from '../../server/text/nearest.ts'
import { POLICY_EFFECTS } from '../policy-effects.ts'

interface Data {
  /** The name that was meant. */
  readonly name?: string
  /** The protocol of the port of this name. */
  readonly protocol?: string
}

export default defineRule<'object', 'reachability', Data>({
  name: 'network-policy-named-port-unresolved',
  title: 'Policy for a port that no pod names',
  pillar: 'network',
  severity: 'warning',
  controls: { nsa: ['Net'], nist80053: ['AC-4', 'CM-6'] },
  since: '0.1.0',
  each: 'object',
  kinds: ['networking.k8s.io/NetworkPolicy'],
  reads: ['reachability'],
  *check(object, { facts }) {
    const { space } = facts.reachability
    for (const policy of facts.reachability.of(object)) {
      for (const { direction, path, protocol, port, servers } of writtenPorts(policy, space)) {
        const ports = servers.flatMap((server) => server.ports)
        if (typeof port !== 'string' || ports.some((each) => each.name === port && each.protocol === protocol)) continue
        const other = ports.find((each) => each.name === port)
        const names = ports.filter((each) => each.protocol === protocol && each.name !== '').map(({ name }) => name)
        const meant = other ? undefined : nearest(port, names)
        yield {
          object,
          path,
          part: 'value',
          discriminator: `${direction} ${protocol} ${port}`,
          message: other
            ? `${describe(object)} allows ${protocol} \`${port}\`, but that port of ${saidServers(servers)} is ${other.protocol}: nothing is allowed. Write the protocol.`
            : `${describe(object)} allows port \`${port}\`, and no container of ${saidServers(servers)} names one so: nothing is allowed. ${meant ? `Is \`${meant}\` meant?` : 'Write a number, or name the port there.'}`,
          data: other ? { protocol: other.protocol } : meant ? { name: meant } : {},
        }
      }
    }
  },
  *fix({ object, path, data }): Iterable<Fix> {
    if (data?.name !== undefined) {
      yield {
        title: `Allow port \`${data.name}\``,
        applicability: 'assisted',
        changes: [{ op: 'set', object, path, value: data.name }],
        leaves: POLICY_EFFECTS,
      }
    }
    if (data?.protocol !== undefined) {
      yield {
        title: `Allow ${data.protocol} instead`,
        applicability: 'assisted',
        changes: [{ op: 'set', object, path: [...path.slice(0, -1), 'protocol'], value: data.protocol }],
        leaves: POLICY_EFFECTS,
      }
    }
  },
})
