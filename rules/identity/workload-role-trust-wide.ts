import { isEverybody, listOf, restricts, type Statement, statementsOf } from '../../server/model/cloud/policy.ts'
import { refersTo } from '../../server/model/cloud/references.ts'
import type { ObjectsByKind } from '../../server/model/facts.ts'
import type { KubeObject } from '../../server/model/object.ts'
import { defineRule, type Found, type Skipped } from '../../server/model/rule.ts'
import { entries, get, isMap, isUnknown, type Path, text, type Value } from '../../server/model/value.ts'

const POLICY: Path = ['spec', 'assume_role_policy']

export default defineRule({
  name: 'workload-role-trust-wide',
  title: 'Cloud role can be taken by more than the workload that it is for',
  pillar: 'identity',
  severity: 'warning',
  controls: { cis: ['EKS 5.2.1'], nist80053: ['AC-3', 'AC-6'], nist800207: ['6'], attack: ['T1078.004'], owasp: ['K08'] },
  since: '0.1.0',
  each: 'object',
  kinds: ['terraform/aws_iam_role', 'terraform/google_service_account_iam_member', 'terraform/google_service_account_iam_binding'],
  reads: ['objects'],
  *check(object, { facts }) {
    if (object.kind !== 'aws_iam_role') {
      yield* checkGoogle(object)
      return
    }
    const statements = statementsOf(get(object.body, ...POLICY), POLICY)
    if (statements === 'unknown') yield { notEvaluated: object, path: POLICY }
    else for (const statement of statements) yield* judge(object, statement, facts.objects)
  },
})

function* judge(object: KubeObject, { body, path }: Statement, of: ObjectsByKind): Iterable<Found | Skipped> {
  if (get(body, 'Effect') === 'Deny') return
  const principal = get(body, 'Principal')
  const conditions = get(body, 'Condition')
  if (isUnknown(principal) || isUnknown(conditions)) {
    yield { notEvaluated: object, path: POLICY }
    return
  }
  if (isEverybody(principal)) {
    if (!restricts(conditions))
      yield found(
        object,
        path,
        'anybody',
        `Every account of AWS can take \`${object.name}\`: its trust policy names everybody. Name the principals.`,
      )
    return
  }
  if (!isOidc(principal)) return
  const subjects = subjectsOf(conditions)
  if (subjects === 'unknown') yield { notEvaluated: object, path: POLICY }
  else if (subjects.length === 0) {
    yield found(
      object,
      path,
      'any subject',
      `Every service account of the cluster can take \`${object.name}\`: its trust policy asks for no \`:sub\`. Add a condition StringEquals on \`system:serviceaccount:<namespace>:<name>\`.`,
      accountsOf(object, of, '*'),
    )
  } else {
    const wide = subjects.find(({ like, value }) => like && /^(?:\*|system:serviceaccount:(?:\*(?::\*)?|[^:]*\*[^:]*:.*))$/.test(value))
    if (wide)
      yield found(
        object,
        path,
        wide.value,
        `Service accounts of any namespace can take \`${object.name}\`: its trust policy admits \`${wide.value}\`. Name the namespace and the account.`,
        accountsOf(object, of, wide.value),
      )
  }
}

function found(object: KubeObject, path: Path, discriminator: string, message: string, related: Found['related'] = []): Found {
  return { object, path, part: 'value', discriminator, message, related }
}

/** The accounts here that may take the role: those that are meant to first. */
function accountsOf(role: KubeObject, of: ObjectsByKind, pattern: string): NonNullable<Found['related']> {
  const parts = pattern.split('*').map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, '\\$&'))
  const admitted = new RegExp(`^${parts.join('.{0,400}')}$`)
  const name = text(role.body, 'spec', 'name')
  const isMeant = ({ body, unit }: KubeObject): boolean => {
    const arn = get(body, 'metadata', 'annotations', 'eks.amazonaws.com/role-arn')
    return (
      (unit === role.unit && refersTo(arn, role.name)) || (typeof arn === 'string' && name !== undefined && arn.endsWith(`:role/${name}`))
    )
  }
  const accounts = of('/ServiceAccount').filter(
    (account) => account.name !== '' && admitted.test(`system:serviceaccount:${account.namespace || 'default'}:${account.name}`),
  )
  return [...accounts.filter(isMeant), ...accounts.filter((account) => !isMeant(account))].map((account) => ({
    object: account,
    path: ['metadata', 'name'],
    part: 'value',
    message: isMeant(account) ? 'It is meant for this ServiceAccount.' : 'This ServiceAccount can take it too.',
  }))
}

/** Workload Identity names accounts one by one, or whole sets of them. */
function* checkGoogle(object: KubeObject): Iterable<Found | Skipped> {
  const role = text(object.body, 'spec', 'role')
  if (role !== 'roles/iam.workloadIdentityUser' && role !== 'roles/iam.serviceAccountTokenCreator') return
  const at: Path = object.kind.endsWith('_binding') ? ['spec', 'members'] : ['spec', 'member']
  const given = get(object.body, ...at)
  if (isUnknown(given)) yield { notEvaluated: object, path: at }
  const wide = (listOf(given) ?? []).find((member) => /^principalSet:\/\/.*\/(?:\*|kubernetes\.cluster\/.*)$/.test(member))
  if (wide !== undefined)
    yield found(
      object,
      at,
      'principal set',
      `Every workload of a pool can act as the account that \`${object.name}\` is about. Name the namespace and the account: \`principal://…/ns/<namespace>/sa/<name>\`.`,
    )
}

/** A cluster's identity provider; others sign people in. */
function isOidc(principal: Value | undefined): boolean {
  if (!isMap(principal) || !('Federated' in principal)) return false
  const federated = principal['Federated']
  const names = listOf(federated)
  // What is not known is what Terraform makes: the provider of a cluster.
  return names === undefined || names.some((name) => name.includes(':oidc-provider/oidc.eks.'))
}

interface Subject {
  readonly like: boolean
  readonly value: string
}

/** What the conditions ask of the subject of a token. */
function subjectsOf(conditions: Value | undefined): readonly Subject[] | 'unknown' {
  const subjects: Subject[] = []
  for (const [test, variables] of entries(conditions)) {
    if (isUnknown(variables)) return 'unknown'
    for (const [variable, values] of entries(variables)) {
      if (!variable.endsWith(':sub')) continue
      const list = listOf(values)
      if (list === undefined) return 'unknown'
      subjects.push(...list.map((value) => ({ like: /Like$/.test(test), value })))
    }
  }
  return subjects
}
