import { cloudResource } from '../../server/model/cloud/resource.ts'
import { defineRule } from '../../server/model/rule.ts'
import { isUnknown, text } from '../../server/model/value.ts'

/** Intruders are found after weeks; what was kept for less is gone by then. */
const LEAST = 90

const ARGUMENTS: Readonly<Record<string, string>> = {
  aws_cloudwatch_log_group: 'retention_in_days',
  azurerm_log_analytics_workspace: 'retention_in_days',
  google_logging_project_bucket_config: 'retention_days',
}

export default defineRule<'object', 'objects'>({
  name: 'log-retention-short',
  title: "Cluster's logs are gone before anybody looks for them",
  pillar: 'monitoring',
  severity: 'hint',
  controls: { cis: ['AWS 3.4'], nist80053: ['AU-11', 'AU-4'], nist800207: ['7'], owasp: ['K10'] },
  since: '0.1.0',
  each: 'object',
  kinds: Object.keys(ARGUMENTS).map((type) => `terraform/${type}`),
  reads: ['objects'],
  *check(object, { facts }) {
    const argument = ARGUMENTS[object.kind]
    const resource = cloudResource(object)
    if (argument === undefined || !resource) return
    // Other logs may be worth less; those of a cluster tell who did what in it.
    const ofCluster = object.kind.startsWith('aws_')
      ? /^\/aws\/eks\/.*\/cluster$/.test(text(object.body, 'spec', 'name') ?? '')
      : facts.objects(object.kind.startsWith('azurerm_') ? 'terraform/azurerm_kubernetes_cluster' : 'terraform/google_container_cluster')
          .length > 0
    const { value, path } = resource.read(argument)
    if (isUnknown(value)) yield { notEvaluated: object, path }
    // None of AWS is for ever; elsewhere it is what the cloud chooses.
    const days = typeof value === 'string' ? Number(value) : value
    if (!ofCluster || typeof days !== 'number' || !(days > 0 && days < LEAST)) return
    yield {
      object,
      path,
      part: 'value',
      message: `\`${object.name}\` keeps the logs of the cluster for ${days} days; intrusions are often found later. Keep them for ${LEAST} or more.`,
    }
  },
  *fix({ object, path }) {
    yield {
      title: `Keep logs for ${LEAST} days: they cost more`,
      applicability: 'safe',
      changes: [{ op: 'set', object, path, value: LEAST }],
    }
  },
})
