import { isInternalLoadBalancer } from '../../server/model/network/exposure.ts'
import { defineRule, type ObjectChange } from '../../server/model/rule.ts'
import { get, hasUnknown, isUnknown, items, text, type Value } from '../../server/model/value.ts'

/** Ports of databases, caches, queues, dashboards and control planes: nothing that the internet should knock at. */
const SENSITIVE: ReadonlyMap<number, string> = new Map([
  [22, 'SSH'],
  [2375, 'Docker'],
  [2379, 'etcd'],
  [3306, 'MySQL'],
  [3389, 'RDP'],
  [4040, 'Spark'],
  [5432, 'PostgreSQL'],
  [5601, 'Kibana'],
  [5672, 'AMQP'],
  [5900, 'VNC'],
  [6379, 'Redis'],
  [6443, 'the Kubernetes API'],
  [7000, 'Cassandra'],
  [8086, 'InfluxDB'],
  [8200, 'Vault'],
  [8500, 'Consul'],
  [9042, 'Cassandra'],
  [9090, 'Prometheus'],
  [9092, 'Kafka'],
  [9093, 'Alertmanager'],
  [9200, 'Elasticsearch'],
  [10250, 'the kubelet'],
  [11211, 'Memcached'],
  [15672, 'RabbitMQ'],
  [27017, 'MongoDB'],
])

/** RFC 1918. */
const PRIVATE = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16']

export default defineRule({
  name: 'service-exposed',
  title: 'Service is open to every address outside the cluster',
  pillar: 'network',
  severity: 'information',
  controls: { nsa: ['Net'], nist80053: ['AC-4', 'SC-7'], nist800207: ['4'], attack: ['T1133', 'T1190'], owasp: ['K06'] },
  since: '0.1.0',
  each: 'object',
  kinds: ['/Service'],
  reads: [],
  *check(service) {
    const spec = get(service.body, 'spec')
    const type = get(spec, 'type')
    if (isUnknown(type)) yield { notEvaluated: service, path: ['spec', 'type'] }
    if (type !== 'LoadBalancer' && type !== 'NodePort') return
    const ranges = get(spec, 'loadBalancerSourceRanges')
    if (isUnknown(ranges) || hasUnknown(ranges)) yield { notEvaluated: service, path: ['spec', 'loadBalancerSourceRanges'] }
    else if (type === 'LoadBalancer' && (restricts(ranges) || isInternalLoadBalancer(service))) return
    const sensitive = items(spec, 'ports').flatMap(sensitivePort)
    const what = sensitive.length > 0 ? ` for ${[...new Set(sensitive)].join(' and ')}` : ''
    yield {
      object: service,
      path: ['spec', 'type'],
      part: 'value',
      severity: sensitive.length > 0 ? 'warning' : 'information',
      message:
        type === 'LoadBalancer'
          ? `Service \`${service.name}\` opens a load balancer${what} to every address: no source ranges. Name the ranges in \`loadBalancerSourceRanges\`, or make it internal.`
          : `Service \`${service.name}\` opens a port of every node${what} to whoever reaches the nodes. Use ClusterIP behind an Ingress, unless a load balancer in front needs it.`,
    }
  },
  *fix({ object }) {
    const ports = items(object.body, 'spec', 'ports')
    if (text(object.body, 'spec', 'type') === 'NodePort') {
      const numbers = ports.flatMap((port, i): ObjectChange[] =>
        get(port, 'nodePort') === undefined ? [] : [{ op: 'remove', object, path: ['spec', 'ports', i, 'nodePort'] }],
      )
      yield {
        title: 'Make it a ClusterIP: the ports on the nodes close',
        applicability: 'hardening',
        changes: [{ op: 'set', object, path: ['spec', 'type'], value: 'ClusterIP' }, ...numbers],
      }
      return
    }
    yield {
      title: `Admit private addresses only (${PRIVATE.join(', ')}): everybody else is refused`,
      applicability: 'assisted',
      changes: [{ op: 'set', object, path: ['spec', 'loadBalancerSourceRanges'], value: [...PRIVATE] }],
    }
  },
})

function restricts(ranges: Value | undefined): boolean {
  const list = items(ranges)
  return list.length > 0 && !list.some((range) => range === '0.0.0.0/0' || range === '::/0')
}

function sensitivePort(port: Value): string[] {
  return ['targetPort', 'port'].flatMap((field) => {
    const number = get(port, field)
    const name = typeof number === 'number' ? SENSITIVE.get(number) : undefined
    return name ? [name] : []
  })
}
