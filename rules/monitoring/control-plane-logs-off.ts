import { type CloudResource, cloudResource } from '../../server/model/cloud/resource.ts'
import { defineRule, type Found, type Skipped } from '../../server/model/rule.ts'
import { hasUnknown, isList, isUnknown, texts } from '../../server/model/value.ts'

/** Who did what, who was let in, and what was asked: without these three an intrusion leaves no trace. */
const EKS_LOGS = ['api', 'audit', 'authenticator']

export default defineRule({
  name: 'control-plane-logs-off',
  title: 'Control plane of a managed cluster writes no audit log',
  pillar: 'monitoring',
  severity: 'warning',
  controls: { cis: ['EKS 2.1.1', 'GKE 5.7.1'], nist80053: ['AU-2', 'AU-12'], nist800207: ['5'], attack: ['T1562.008'], owasp: ['K05'] },
  since: '0.1.0',
  each: 'object',
  kinds: ['terraform/aws_eks_cluster', 'terraform/google_container_cluster', 'terraform/module'],
  reads: [],
  *check(object) {
    const cluster = cloudResource(object)
    if (cluster?.type === 'aws_eks_cluster') yield* checkEks(cluster)
    else if (cluster?.type === 'google_container_cluster' && object.kind !== 'module') yield* checkGke(cluster)
  },
  *fix({ object }) {
    const cluster = cloudResource(object)
    if (cluster?.type === 'aws_eks_cluster') {
      const { path, value } = cluster.read('enabled_cluster_log_types', [])
      const kept = isList(value) ? texts(value).filter((type) => !EKS_LOGS.includes(type)) : []
      yield {
        title: 'Send api, audit and authenticator logs to CloudWatch',
        applicability: 'safe',
        changes: [{ op: 'set', object, path, value: [...EKS_LOGS, ...kept] }],
      }
    } else if (cluster?.read('logging_service').value === 'none') {
      yield {
        title: 'Send the logs of the cluster to Cloud Logging',
        applicability: 'safe',
        changes: [{ op: 'set', object, path: ['spec', 'logging_service'], value: 'logging.googleapis.com/kubernetes' }],
      }
    }
  },
})

function* checkEks(cluster: CloudResource): Iterable<Found | Skipped> {
  const { object, address } = cluster
  const { value, path } = cluster.read('enabled_cluster_log_types', [])
  const missing = EKS_LOGS.filter((type) => !texts(value).includes(type))
  if (missing.length === 0) return
  if (isUnknown(value) || hasUnknown(value)) {
    yield { notEvaluated: object, path }
    return
  }
  const audit = missing.includes('audit')
  yield {
    object,
    path,
    part: 'value',
    severity: audit ? 'warning' : 'information',
    message: `The control plane of \`${address}\` does not write ${missing.map((type) => `\`${type}\``).join(', ')}: ${audit ? 'nobody can tell who did what in the cluster' : 'an intrusion cannot be followed to its beginning'}. Add ${missing.length === 1 ? 'it' : 'them'} to the log types.`,
  }
}

function* checkGke(cluster: CloudResource): Iterable<Found | Skipped> {
  const { object, address } = cluster
  const service = cluster.read('logging_service')
  const components = cluster.read('logging_config.enable_components')
  if (isUnknown(service.value)) yield { notEvaluated: object, path: service.path }
  const none = isList(components.value) && components.value.length === 0
  if (service.value !== 'none' && !none) return
  yield {
    object,
    path: none ? components.path : service.path,
    part: 'value',
    message: `\`${address}\` sends no logs to Cloud Logging: nobody can tell what happens in the cluster. Let it send those of the system and of the workloads.`,
  }
}
