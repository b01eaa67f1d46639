import { BINDING_KINDS } from '../../server/model/access/access.ts'
import { MASTERS } from '../../server/model/access/identity.ts'
import { isBootstrap } from '../../server/model/access/roles.ts'
import { describe, type KubeObject } from '../../server/model/object.ts'
import { defineRule, type Found } from '../../server/model/rule.ts'
import { entries, items, text } from '../../server/model/value.ts'

export default defineRule({
  name: 'rbac-system-masters',
  title: 'Members of `system:masters` cannot be restricted',
  pillar: 'identity',
  severity: 'warning',
  controls: { cis: ['5.1.7'], nist80053: ['AC-6(5)', 'AC-2'], attack: ['T1078'], owasp: ['K09'] },
  since: '0.1.0',
  each: 'object',
  kinds: [...BINDING_KINDS, '/ConfigMap'],
  reads: [],
  *check(object) {
    if (object.kind === 'ConfigMap') yield* inAwsAuth(object)
    else yield* inBinding(object)
  },
  *fix({ object, path }) {
    if (object.kind === 'ConfigMap') return
    yield {
      title: 'Take the group out: its members may do everything anyway',
      applicability: 'safe',
      changes: [{ op: 'remove', object, path: path.slice(0, 2) }],
      leaves: ['rbac-binding-dangling'],
    }
  },
})

/** The binding that every cluster has is no choice of anybody. */
function* inBinding(object: KubeObject): Iterable<Found<undefined>> {
  if (isBootstrap(object)) return
  const index = items(object.body, 'subjects').findIndex(
    (subject) => text(subject, 'kind') === 'Group' && text(subject, 'name') === MASTERS,
  )
  if (index < 0) return
  yield {
    object,
    path: ['subjects', index, 'name'],
    part: 'value',
    severity: 'information',
    message: `${describe(object)} counts on \`${MASTERS}\`: whoever is in it may do everything, whatever bindings and webhooks say, until the certificate ends. Use a group of your own and bind it.`,
  }
}

/** EKS reads from this ConfigMap which group an IAM role is in. */
function* inAwsAuth(object: KubeObject): Iterable<Found<undefined>> {
  if (object.namespace !== 'kube-system' || object.name !== 'aws-auth') return
  for (const [key, value] of entries(object.body, 'data')) {
    if (typeof value !== 'string') continue
    const start = value.search(new RegExp(`(^|[\\s"'\\[,-])${MASTERS}(?=$|[\\s"'\\],])`, 'm'))
    if (start < 0) continue
    const at = value.indexOf(MASTERS, start)
    yield {
      object,
      path: ['data', key],
      part: 'value',
      range: { start: at, end: at + MASTERS.length },
      discriminator: key,
      message: `\`${key}\` puts an IAM identity into \`${MASTERS}\`, which no binding and no webhook restricts. Use a group of your own and bind it.`,
    }
  }
}
