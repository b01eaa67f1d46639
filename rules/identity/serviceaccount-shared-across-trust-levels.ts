import { identityOf } from '../../server/model/access/identity.ts'
import type { Facts } from '../../server/model/facts.ts'
import type { KubeObject } from '../../server/model/object.ts'
import { defineRule } from '../../server/model/rule.ts'
import { get } from '../../server/model/value.ts'
import { type Workload, workloadsUsing } from '../../server/model/workload.ts'

const CLOUD = ['eks.amazonaws.com/role-arn', 'iam.gke.io/gcp-service-account', 'azure.workload.identity/client-id']
const APP_LABELS = ['app.kubernetes.io/name', 'app', 'k8s-app']

export default defineRule<'object', 'access' | 'tokens' | 'workloads' | 'exposure', Workload>({
  name: 'serviceaccount-shared-across-trust-levels',
  title: 'Exposed workload shares its identity with others',
  pillar: 'identity',
  severity: 'information',
  controls: { nist800207: ['3', '6'], nist80053: ['AC-6', 'SC-3'], owasp: ['K02'] },
  since: '0.1.0',
  each: 'object',
  kinds: ['/ServiceAccount'],
  reads: ['access', 'tokens', 'workloads', 'exposure'],
  *check(account, { facts }) {
    if (!isWorthSomething(account, facts)) return
    const users = workloadsUsing(facts.workloads, account.namespace, account.name)
    const exposed = users.filter((workload) => facts.exposure.of(workload).some(({ from }) => from === 'outside'))
    const [first] = exposed
    const hidden = users.filter((workload) => !exposed.includes(workload) && (first === undefined || !isSameApp(workload, first)))
    const [other] = hidden
    if (!first || !other || account.name === 'default') return
    yield {
      object: first.object,
      path: [...first.specPath, 'serviceAccountName'],
      part: 'value',
      about: `ServiceAccount ${account.namespace}/${account.name}`,
      message: `\`${first.object.name}\` can be reached from outside, and has the rights that ${hidden.map(({ object }) => `\`${object.name}\``).join(', ')} ${hidden.length === 1 ? 'needs' : 'need'}: they share ServiceAccount \`${account.name}\`. Give it one of its own.`,
      related: [
        {
          object: other.object,
          path: [...other.specPath, 'serviceAccountName'],
          part: 'value',
          message: `${other.object.kind} \`${other.object.name}\` uses it too.`,
        },
      ],
      data: first,
    }
  },
  *fix({ data: workload }, { facts }) {
    if (!workload) return
    const { object, specPath } = workload
    const { name, namespace } = object
    if (name === '' || facts.access.serviceAccount(namespace, name)) return
    yield {
      title: `Give \`${name}\` a ServiceAccount of its own, which mounts no token and has no rights`,
      applicability: 'assisted',
      changes: [
        { op: 'set', object, path: [...specPath, 'serviceAccountName'], value: name },
        {
          op: 'create',
          beside: object,
          body: {
            apiVersion: 'v1',
            kind: 'ServiceAccount',
            metadata: namespace === '' ? { name } : { name, namespace },
            automountServiceAccountToken: false,
          },
        },
      ],
    }
  },
})

/** Whether anything is granted to an account, in the cluster or in a cloud. */
function isWorthSomething({ namespace, name, body }: KubeObject, { access }: Pick<Facts, 'access'>): boolean {
  const grants = access.grantsOf(identityOf({ kind: 'ServiceAccount', namespace, name }))
  return (
    grants.some(({ binding, role }) => binding !== undefined && !role.builtIn?.harmless) ||
    CLOUD.some((key) => get(body, 'metadata', 'annotations', key) !== undefined)
  )
}

function isSameApp(a: Workload, b: Workload): boolean {
  const [left, right] = [a.labels, b.labels]
  if (left === 'unknown' || right === 'unknown') return true
  return APP_LABELS.some((key) => left[key] !== undefined && left[key] === right[key])
}
