import type { Facts } from '../../server/model/facts.ts'
import type { Endpoint } from '../../server/model/network/endpoint.ts'
import { saidServers, type WrittenPort, writtenPorts } from '../../server/model/network/served.ts'
import { describe, type KubeObject } from '../../server/model/object.ts'
import { defineRule } from '../../server/model/rule.ts'
import { targetPort } from '../../server/model/services.ts'
import { get, items, type Path, text } from '../../server/model/value.ts'
import { POLICY_EFFECTS } from '../policy-effects.ts'

interface Target {
  readonly service: KubeObject
  readonly port: number
}

type Reads = 'reachability' | 'services'

export default defineRule<'object', Reads, Target>({
  name: 'network-policy-service-port',
  title: 'Policy for the port of a Service instead of that of its pods',
  pillar: 'network',
  severity: 'warning',
  controls: { nsa: ['Net'], nist80053: ['AC-4', 'CM-6'] },
  since: '0.1.0',
  each: 'object',
  kinds: ['networking.k8s.io/NetworkPolicy'],
  reads: ['reachability', 'services'],
  *check(object, { facts }) {
    const { space, dataplane } = facts.reachability
    for (const policy of facts.reachability.of(object)) {
      for (const written of writtenPorts(policy, space)) {
        // Amazon's plugin looks at egress before the Service's address is translated, and needs both ports.
        if (written.direction === 'egress' && dataplane.name === 'aws-vpc-cni') continue
        const target = targetOf(written, object, facts)
        if (!target) continue
        const { protocol, port, servers, path, direction } = written
        yield {
          object,
          path,
          part: 'value',
          discriminator: `${direction} ${protocol} ${port}`,
          message: `${describe(object)} allows ${protocol} ${port}, the port of Service \`${target.service.name}\`; ${saidServers(servers)} listen${servers.length === 1 ? 's' : ''} on ${target.port}, and policies see the ports of pods. Write ${target.port}.`,
          related: [
            {
              object: target.service,
              path: portPath(target.service, port),
              part: 'value',
              message: `The Service sends ${port} on to ${target.port}.`,
            },
          ],
          data: target,
        }
      }
    }
  },
  *fix({ object, path, data }) {
    if (!data) return
    yield {
      title: `Allow ${data.port}, on which the pods of \`${data.service.name}\` listen`,
      applicability: 'assisted',
      changes: [{ op: 'set', object, path, value: data.port }],
      leaves: POLICY_EFFECTS,
    }
  },
})

/** Where a Service leads from the written port, when no server listens on that itself. */
function targetOf(
  { port, protocol, servers, rule }: WrittenPort,
  policy: KubeObject,
  { services }: Pick<Facts, Reads>,
): Target | undefined {
  const listens = (server: Endpoint, number: number): boolean =>
    server.ports.some((each) => each.number === number && each.protocol === protocol)
  if (typeof port !== 'number' || servers.some((server) => listens(server, port) || server.ports.length === 0)) return undefined
  const others = items(policy.body, ...rule.path, 'ports')
  let found: Target | undefined
  for (const server of servers) {
    const { workload } = server
    if (!workload) return undefined
    const target = services.of(workload).flatMap(({ object }): Target[] => {
      const entry = items(object.body, 'spec', 'ports').find(
        (each) => get(each, 'port') === port && (text(each, 'protocol') ?? 'TCP') === protocol,
      )
      const number = entry === undefined ? undefined : targetPort(object, { number: port }, workload)
      return number !== undefined && number !== port && listens(server, number) ? [{ service: object, port: number }] : []
    })[0]
    if (!target || (found && found.port !== target.port)) return undefined
    found = target
  }
  // Somebody who writes both may mean both.
  return others.some((each) => get(each, 'port') === found?.port || get(each, 'endPort') !== undefined) ? undefined : found
}

function portPath({ body }: KubeObject, port: number | string): Path {
  const index = items(body, 'spec', 'ports').findIndex((each) => get(each, 'port') === port)
  return ['spec', 'ports', index, get(body, 'spec', 'ports', index, 'targetPort') === undefined ? 'port' : 'targetPort']
}
