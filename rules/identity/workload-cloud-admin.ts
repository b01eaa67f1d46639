import { listOf, statementsOf } from '../../server/model/cloud/policy.ts'
import { inSameModule, refersTo } from '../../server/model/cloud/references.ts'
import type { ObjectsByKind } from '../../server/model/facts.ts'
import type { KubeObject } from '../../server/model/object.ts'
import { type Anchor, defineRule, type Found } from '../../server/model/rule.ts'
import { get, isMap, isUnknown, items, type Path, text, unknownReason, type Value } from '../../server/model/value.ts'

/** Services that hand a role to machines and to what runs on them. */
const MACHINES = /^(?:ec2|pods\.eks|eks|ecs-tasks|lambda|codebuild|build\.apprunner)\.amazonaws\.com$/

const GOOGLE_ROLES = /^roles\/(?:owner|editor|iam\.securityAdmin|resourcemanager\.projectIamAdmin)$/
const AZURE_ROLES = /^(?:Owner|Contributor|User Access Administrator|Role Based Access Control Administrator)$/

export default defineRule({
  name: 'workload-cloud-admin',
  title: 'Cloud identity of workloads or nodes may do everything',
  pillar: 'identity',
  severity: 'warning',
  controls: {
    cis: ['GKE 5.2.1', 'AWS 1.16', 'GCP 1.5'],
    nist80053: ['AC-6', 'AC-6(5)'],
    nist800207: ['6'],
    attack: ['T1078.004', 'T1098'],
    owasp: ['K08'],
  },
  since: '0.1.0',
  each: 'object',
  kinds: [
    'terraform/aws_iam_role',
    'terraform/google_project_iam_member',
    'terraform/google_project_iam_binding',
    'terraform/azurerm_role_assignment',
  ],
  reads: ['objects'],
  *check(object, { facts }) {
    if (object.kind === 'aws_iam_role') yield* checkAws(object, inSameModule(facts.objects, object))
    else if (object.kind === 'azurerm_role_assignment') yield* checkAzure(object)
    else yield* checkGoogle(object)
  },
})

function* checkAws(role: KubeObject, of: ObjectsByKind): Iterable<Found> {
  if (!isForMachines(role)) return
  const grant = grantOf(role, of)
  if (!grant) return
  yield {
    ...grant,
    message: `Whatever runs with \`${role.name}\` may do everything in the account: who breaks into it owns the account. Grant what it needs.`,
    related: [{ object: role, path: ['metadata', 'name'], part: 'value', message: 'Machines and workloads take this role.' }],
  }
}

function isForMachines({ body }: KubeObject): boolean {
  const path: Path = ['spec', 'assume_role_policy']
  const statements = statementsOf(get(body, ...path), path)
  if (statements === 'unknown') return false
  return statements.some(({ body: statement }) => {
    const principal = get(statement, 'Principal')
    if (!isMap(principal)) return false
    const federated = principal['Federated']
    // What is not known is what Terraform makes: the identity provider of a cluster.
    const cluster = [federated, ...items(federated)].some((each) =>
      isUnknown(each)
        ? /oidc|openid_connect/.test(unknownReason(each))
        : typeof each === 'string' && each.includes(':oidc-provider/oidc.eks.'),
    )
    return cluster || (listOf(principal['Service']) ?? []).some((name) => MACHINES.test(name))
  })
}

function grantOf(role: KubeObject, of: ObjectsByKind): Anchor | undefined {
  const name = text(role.body, 'spec', 'name')
  const isRole = (value: Value | undefined): boolean => refersTo(value, role.name) || (name !== undefined && value === name)
  for (const object of of('terraform/aws_iam_role_policy_attachment')) {
    if (!isRole(get(object.body, 'spec', 'role'))) continue
    const path: Path = ['spec', 'policy_arn']
    const arn = get(object.body, ...path)
    const own = of('terraform/aws_iam_policy').find((policy) => refersTo(arn, policy.name))
    if ((typeof arn === 'string' && /:policy\/AdministratorAccess$/.test(arn)) || (own && allowsAll(own)))
      return { object, path, part: 'value' }
  }
  const inline = of('terraform/aws_iam_role_policy').find((policy) => isRole(get(policy.body, 'spec', 'role')) && allowsAll(policy))
  return inline && { object: inline, path: ['spec', 'policy'], part: 'value' }
}

function allowsAll({ body }: KubeObject): boolean {
  const statements = statementsOf(get(body, 'spec', 'policy'), [])
  if (statements === 'unknown') return false
  return statements.some(
    ({ body: statement }) =>
      get(statement, 'Effect') === 'Allow' &&
      get(statement, 'Condition') === undefined &&
      (listOf(get(statement, 'Action')) ?? []).some((action) => action === '*' || action === '*:*' || action === 'iam:*') &&
      (listOf(get(statement, 'Resource')) ?? []).includes('*'),
  )
}

function* checkGoogle(object: KubeObject): Iterable<Found> {
  const path: Path = ['spec', 'role']
  const role = text(object.body, ...path)
  if (role === undefined || !GOOGLE_ROLES.test(role)) return
  const given = get(object.body, 'spec', object.kind.endsWith('_binding') ? 'members' : 'member')
  const [member] = (listOf(given) ?? []).filter((each) => each.startsWith('serviceAccount:'))
  // `serviceAccount:` is in front of an address that Google computes.
  const computed = isUnknown(given) && /(?:^|\.)google_service_account\.[\w-]+(?:\[[^\]]*\])?\.email$/.test(unknownReason(given))
  if (member === undefined && !computed) return
  yield {
    object,
    path,
    part: 'value',
    message: `${member === undefined ? 'A service account' : `\`${member}\``} gets \`${role}\`: who breaks into what runs with it owns the project. Grant what it needs.`,
  }
}

function* checkAzure(object: KubeObject): Iterable<Found> {
  const path: Path = ['spec', 'role_definition_name']
  const role = text(object.body, ...path)
  const principal = get(object.body, 'spec', 'principal_id')
  const scope = get(object.body, 'spec', 'scope')
  if (role === undefined || !AZURE_ROLES.test(role) || !isUnknown(principal)) return
  if (!/(?:^|\.)azurerm_(?:kubernetes_cluster|user_assigned_identity)\./.test(unknownReason(principal))) return
  const whole = isUnknown(scope)
    ? /(?:^|\.)data\.azurerm_subscription\.[\w-]+\.id$/.test(unknownReason(scope))
    : typeof scope === 'string' && /^\/subscriptions\/[^/]+\/?$/.test(scope)
  if (whole)
    yield {
      object,
      path,
      part: 'value',
      message: `An identity of the cluster is \`${role}\` of the whole subscription: who breaks into what runs with it owns the subscription. Grant what it needs, on the resource groups that it needs.`,
    }
}
