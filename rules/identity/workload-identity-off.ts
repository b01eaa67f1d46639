import { type CloudResource, cloudResource } from '../../server/model/cloud/resource.ts'
import { defineRule, type Found, type Skipped } from '../../server/model/rule.ts'
import { isUnknown } from '../../server/model/value.ts'

export default defineRule({
  name: 'workload-identity-off',
  title: 'Workloads have no identities of their own in the cloud',
  pillar: 'identity',
  severity: 'information',
  controls: { cis: ['GKE 5.2.2', 'AKS 5.2.1'], nist80053: ['AC-6', 'IA-9'], nist800207: ['6'], attack: ['T1552.005'], owasp: ['K08'] },
  since: '0.1.0',
  each: 'object',
  kinds: ['terraform/google_container_cluster', 'terraform/azurerm_kubernetes_cluster', 'terraform/module'],
  reads: [],
  *check(object) {
    const cluster = cloudResource(object)
    if (cluster?.type === 'google_container_cluster') yield* checkGke(cluster)
    else if (cluster?.type === 'azurerm_kubernetes_cluster') yield* checkAks(cluster)
  },
  *fix({ object }) {
    const cluster = cloudResource(object)
    if (cluster?.type !== 'azurerm_kubernetes_cluster') return
    const issuer = cluster.read('oidc_issuer_enabled', cluster.since(5) === true)
    yield {
      title: 'Let workloads have identities of their own',
      applicability: 'safe',
      changes: [
        { op: 'set', object, path: cluster.read('workload_identity_enabled').path, value: true },
        ...(issuer.value === true ? [] : [{ op: 'set' as const, object, path: issuer.path, value: true }]),
      ],
    }
  },
})

function* checkGke(cluster: CloudResource): Iterable<Found | Skipped> {
  const { object, address } = cluster
  if (cluster.read('enable_autopilot', false).value !== false) return
  const has = cluster.has('workload_identity_config')
  const { path } = cluster.read('workload_identity_config')
  if (has === undefined) yield { notEvaluated: object, path }
  if (has === false)
    yield {
      object,
      path,
      part: 'value',
      message: `Pods of \`${address}\` have no identity of their own towards Google: they get by on that of their node, or on keys in Secrets. Set \`workload_identity_config\`.`,
    }
}

function* checkAks(cluster: CloudResource): Iterable<Found | Skipped> {
  const { object, address } = cluster
  const { value, path } = cluster.read('workload_identity_enabled', false)
  if (isUnknown(value)) yield { notEvaluated: object, path }
  if (value === false || (value === undefined && object.kind === 'module'))
    yield {
      object,
      path,
      part: 'value',
      severity: 'hint',
      message: `Pods of \`${address}\` have no identity of their own towards Azure: they get by on that of their node, or on keys in Secrets. Set \`workload_identity_enabled\`.`,
    }
}
