import { cloudResource } from '../../server/model/cloud/resource.ts'
import type { ObjectsByKind } from '../../server/model/facts.ts'
import { defineRule } from '../../server/model/rule.ts'
import { text } from '../../server/model/value.ts'

/** What watches clusters of AWS from outside, declared or looked up. */
const GUARDDUTY = [
  'aws_guardduty_detector',
  'data.aws_guardduty_detector',
  'aws_guardduty_organization_configuration',
  'aws_guardduty_detector_feature',
].map((type) => `terraform/${type}`)
const DEFENDER = 'terraform/azurerm_security_center_subscription_pricing'

/** Agents and modules that do it from inside or bring the above. */
const DETECTORS = /falco|tetragon|kubearmor|tracee|sysdig|guardduty|crowdstrike|falcon|wiz|datadog|defender/i

export default defineRule<'object', 'objects'>({
  name: 'cluster-threat-detection-absent',
  title: 'Nothing here watches a managed cluster for threats',
  pillar: 'monitoring',
  severity: 'hint',
  auditOnly: true,
  absence: true,
  controls: { cis: ['AKS 5.1.1'], nist80053: ['SI-4', 'SI-4(23)'], nist800207: ['5', '7'], owasp: ['K10'] },
  since: '0.1.0',
  each: 'object',
  kinds: ['terraform/aws_eks_cluster', 'terraform/azurerm_kubernetes_cluster', 'terraform/module'],
  reads: ['objects'],
  *check(object, { facts }) {
    const cluster = cloudResource(object)
    if (!cluster || watchedBySomethingElse(facts.objects)) return
    if (cluster.type === 'aws_eks_cluster') {
      if (GUARDDUTY.some((kind) => facts.objects(kind).length > 0)) return
    } else if (
      cluster.type !== 'azurerm_kubernetes_cluster' ||
      cluster.has('microsoft_defender') !== false ||
      facts.objects(DEFENDER).length > 0
    )
      return
    const by = cluster.type === 'aws_eks_cluster' ? 'GuardDuty, with runtime monitoring' : '`microsoft_defender`'
    yield {
      object,
      path: ['metadata', 'name'],
      part: 'value',
      message: `Nothing here watches \`${cluster.address}\` for threats: a stolen token or a miner goes unnoticed. Use ${by}, or an agent in the cluster, or say in the configuration who watches it.`,
    }
  },
})

function watchedBySomethingElse(of: ObjectsByKind): boolean {
  return (
    of('terraform/helm_release').some(({ body }) => ['name', 'chart'].some((field) => DETECTORS.test(text(body, 'spec', field) ?? ''))) ||
    of('terraform/module').some(({ body, name }) => DETECTORS.test(name) || DETECTORS.test(text(body, 'source', 'source') ?? '')) ||
    of('apps/DaemonSet').some(({ name }) => DETECTORS.test(name))
  )
}
