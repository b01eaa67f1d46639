import type { KubeObject } from '../../server/model/object.ts'
import { defineRule, type ObjectChange } from '../../server/model/rule.ts'
import { get, isUnknown, items, text, texts, type Value } from '../../server/model/value.ts'

export default defineRule<'object', never, { readonly webhooks: readonly number[] }>({
  name: 'webhook-fails-open',
  title: 'Admission control lets everything through while it is down',
  pillar: 'verification',
  severity: 'information',
  controls: { nist80053: ['SC-24', 'CM-7'], nist800207: ['4', '6'], attack: ['T1562.001'], owasp: ['K04'] },
  since: '0.1.0',
  each: 'object',
  kinds: ['admissionregistration.k8s.io/ValidatingWebhookConfiguration'],
  reads: [],
  *check(object) {
    const open: { readonly index: number; readonly what: readonly string[] }[] = []
    for (const [index, webhook] of items(object.body, 'webhooks').entries()) {
      const policy = get(webhook, 'failurePolicy')
      if (isUnknown(policy)) yield { notEvaluated: object, path: ['webhooks', index, 'failurePolicy'] }
      const what = policy === 'Ignore' ? guarded(webhook) : []
      if (what.length > 0) open.push({ index, what })
    }
    const [first, ...others] = open
    if (!first) return
    const what = [...new Set(open.flatMap(({ what }) => what))]
    yield {
      object,
      path: ['webhooks', first.index, 'failurePolicy'],
      part: 'value',
      message: `While the webhook of \`${object.name}\` does not answer, what it would refuse is admitted: ${what.join(', ')}. Who wants past it only has to wait, or to overload it. Let requests fail, and run it twice.`,
      related: others.map(({ index }) => ({
        object,
        path: ['webhooks', index, 'failurePolicy'],
        part: 'value' as const,
        message: `${text(object.body, 'webhooks', index, 'name') ?? 'This webhook'} too.`,
      })),
      data: { webhooks: open.map(({ index }) => index) },
    }
  },
  *fix({ object, data }) {
    if (!data) return
    yield {
      title: 'Refuse while it does not answer: with its pods down, nothing of these kinds can be created or changed',
      applicability: 'assisted',
      changes: data.webhooks.map((index) => failing(object, index)),
    }
  },
})

/** What weighs: what runs, who may do what, and secrets; by group and resource. */
const WEIGHTY: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['', new Set(['pods', 'secrets', 'namespaces', 'serviceaccounts', 'replicationcontrollers'])],
  ['apps', new Set(['deployments', 'statefulsets', 'daemonsets', 'replicasets'])],
  ['batch', new Set(['jobs', 'cronjobs'])],
  ['rbac.authorization.k8s.io', new Set(['roles', 'clusterroles', 'rolebindings', 'clusterrolebindings'])],
])

/** What of that a webhook is asked about when it is created or changed. An operator's checks of its own resources are no control. */
function guarded(webhook: Value): string[] {
  return items(webhook, 'rules').flatMap((rule) => {
    const operations = texts(rule, 'operations')
    if (!operations.some((operation) => operation === '*' || operation === 'CREATE' || operation === 'UPDATE')) return []
    const resources = texts(rule, 'resources')
    return texts(rule, 'apiGroups').flatMap((group) => {
      if (resources.some((resource) => resource === '*' || resource === '*/*'))
        return group === '*' ? ['everything'] : WEIGHTY.has(group) ? [`all of ${group || 'the core group'}`] : []
      const known = group === '*' ? [...WEIGHTY.values()] : [WEIGHTY.get(group) ?? new Set<string>()]
      return resources.filter((resource) => known.some((names) => names.has(resource)))
    })
  })
}

function failing(object: KubeObject, index: number): ObjectChange {
  return { op: 'set', object, path: ['webhooks', index, 'failurePolicy'], value: 'Fail' }
}
