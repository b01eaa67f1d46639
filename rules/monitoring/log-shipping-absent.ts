import { chartsOf, describesCluster, imagesOf } from '../../server/model/cluster-scope.ts'
import { defineRule } from '../../server/model/rule.ts'

const COLLECTORS =
  /(^|\/)(fluent-?bit[a-z-]*|fluentd[a-z-]*|aws-for-fluent-bit|filebeat|elastic-agent|vector|promtail|alloy|grafana-agent|[a-z-]*otel[a-z-]*|opentelemetry-collector[a-z-]*|opentelemetry-kube-stack|splunk-otel-collector|datadog[a-z-]*|agent|newrelic[a-z-]*|logdna-agent|sumologic[a-z-]*|dynatrace-oneagent|cloudwatch-agent|ama-logs|k8s-monitoring|loki-stack|eck-stack|logging-operator|log-server)$/

const CUSTOM = [
  'logging.banzaicloud.io/Logging',
  'logging.banzaicloud.io/FluentbitAgent',
  'fluentbit.fluent.io/FluentBit',
  'beat.k8s.elastic.co/Beat',
  'agent.k8s.elastic.co/Agent',
  'opentelemetry.io/OpenTelemetryCollector',
  'logging.openshift.io/ClusterLogForwarder',
  'observability.openshift.io/ClusterLogForwarder',
  'datadoghq.com/DatadogAgent',
  'dynatrace.com/DynaKube',
]

export default defineRule<'environment', 'objects' | 'workloads'>({
  name: 'log-shipping-absent',
  title: 'Nothing in the cluster ships logs',
  pillar: 'monitoring',
  severity: 'information',
  auditOnly: true,
  absence: true,
  controls: { nsa: ['Log'], nist80053: ['AU-6', 'AU-9(2)', 'SI-4'], nist800207: ['7'], owasp: ['K10'] },
  since: '0.1.0',
  each: 'environment',
  reads: ['objects', 'workloads'],
  *check(environment, { facts }) {
    const { objects, workloads } = facts
    const { first } = environment
    if (!first || !describesCluster(objects, workloads)) return
    const images = workloads.flatMap(imagesOf).map((image) => image.replace(/[:@].*$/, ''))
    if ([...images, ...chartsOf(objects)].some((name) => COLLECTORS.test(name)) || CUSTOM.some((kind) => objects(kind).length > 0)) return
    yield {
      object: first,
      path: ['kind'],
      part: 'value',
      about: `environment ${environment.name}`,
      message:
        'No log collector is seen in this cluster: logs stay on the nodes, and go with them. Ship them to a store of their own, or say in the configuration who does.',
    }
  },
})
