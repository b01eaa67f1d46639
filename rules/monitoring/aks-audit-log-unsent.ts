import { inSameModule, moduleOf, namesResource, refersTo } from '../../server/model/cloud/references.ts'
import type { KubeObject } from '../../server/model/object.ts'
import { defineRule, type Fix } from '../../server/model/rule.ts'
import { get, isUnknown, items, text, unknown, type Value } from '../../server/model/value.ts'

const SETTING = 'terraform/azurerm_monitor_diagnostic_setting'
const WORKSPACE = 'terraform/azurerm_log_analytics_workspace'

/** `kube-audit-admin` leaves out reads, which are most of it. */
const AUDIT = new Set(['kube-audit', 'kube-audit-admin'])
const GROUPS = new Set(['audit', 'alllogs'])

export default defineRule<'object', 'objects'>({
  name: 'aks-audit-log-unsent',
  title: 'Audit log of an AKS cluster is sent nowhere',
  pillar: 'monitoring',
  severity: 'information',
  absence: true,
  controls: { cis: ['AKS 2.1.1'], nist80053: ['AU-2', 'AU-12'], nist800207: ['5', '7'], attack: ['T1562.008'], owasp: ['K10'] },
  since: '0.1.0',
  each: 'object',
  kinds: ['terraform/azurerm_kubernetes_cluster'],
  reads: ['objects'],
  *check(object, { facts }) {
    const settings = facts.objects(SETTING)
    const own = settings.filter(({ body, unit }) => unit === object.unit && refersTo(get(body, 'spec', 'target_resource_id'), object.name))
    if (own.some(sendsAudit)) return
    // One whose cluster is not told may be this one's.
    const unclear = settings.find(({ body }) => {
      const target = get(body, 'spec', 'target_resource_id')
      return isUnknown(target) && !namesResource(target)
    })
    const half = own.find(({ body }) => isUnknown(get(body, 'spec', 'enabled_log')) || isUnknown(get(body, 'spec', 'log')))
    if (unclear || half) {
      yield { notEvaluated: object, path: ['spec'] }
      return
    }
    const [first] = own
    yield {
      object,
      path: ['metadata', 'name'],
      part: 'value',
      message: first
        ? `The audit log of \`${object.name}\` is sent nowhere: its diagnostic setting names other logs. Add \`kube-audit-admin\`, or \`kube-audit\` with all reads.`
        : `The audit log of \`${object.name}\` is sent nowhere: no diagnostic setting here takes it, so nobody can tell who did what in the cluster. Send \`kube-audit-admin\` and \`guard\` to a workspace.`,
      ...(first
        ? { related: [{ object: first, path: ['metadata', 'name'], part: 'value' as const, message: 'This setting does not name it.' }] }
        : {}),
    }
  },
  *fix({ object }, { facts }) {
    const own = inSameModule(
      facts.objects,
      object,
    )(SETTING).find(({ body }) => refersTo(get(body, 'spec', 'target_resource_id'), object.name))
    if (own && items(own.body, 'spec', 'enabled_log').length > 0) yield addLog(own)
    else if (!own) yield* addSetting(object, facts.objects(WORKSPACE))
  },
})

function sendsAudit({ body }: KubeObject): boolean {
  const logs = [...items(body, 'spec', 'enabled_log'), ...items(body, 'spec', 'log').filter((log) => get(log, 'enabled') !== false)]
  return logs.some((log) => AUDIT.has(text(log, 'category') ?? '') || GROUPS.has((text(log, 'category_group') ?? '').toLowerCase()))
}

function addLog(object: KubeObject): Fix {
  const path = ['spec', 'enabled_log']
  return {
    title: 'Send the audit log too',
    applicability: 'safe',
    changes: [{ op: 'insert', object, path, index: items(object.body, ...path).length, value: { category: 'kube-audit-admin' } }],
  }
}

function* addSetting(cluster: KubeObject, workspaces: readonly KubeObject[]): Iterable<Fix> {
  const [workspace, ...others] = workspaces.filter((each) => each.unit === cluster.unit && moduleOf(each) === moduleOf(cluster))
  if (!workspace || others.length > 0) return
  const logs: Value = ['kube-audit-admin', 'guard'].map((category) => ({ category }))
  yield {
    title: `Send its audit and login logs to \`${workspace.name}\``,
    applicability: 'safe',
    changes: [
      {
        op: 'create',
        beside: cluster,
        body: {
          apiVersion: 'terraform/v1',
          kind: 'azurerm_monitor_diagnostic_setting',
          metadata: { name: 'audit' },
          spec: {
            name: 'audit',
            target_resource_id: unknown(`${cluster.name}.id`),
            log_analytics_workspace_id: unknown(`${workspace.name}.id`),
            enabled_log: logs,
          },
        },
      },
    ],
  }
}
