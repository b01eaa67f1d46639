import { listOf, type Statement, statementsOf } from '../../server/model/cloud/policy.ts'
import { inSameModule, refersTo } from '../../server/model/cloud/references.ts'
import type { ObjectsByKind } from '../../server/model/facts.ts'
import type { KubeObject } from '../../server/model/object.ts'
import { defineRule, type Found, type Skipped } from '../../server/model/rule.ts'
import { entries, get, isMap, isUnknown, items, type Path, text, texts, unknownReason, type Value } from '../../server/model/value.ts'

const POLICY: Path = ['spec', 'assume_role_policy']
const PRESENT = 'aws:MultiFactorAuthPresent'
const AGE = 'aws:MultiFactorAuthAge'

/** Policies of EKS that make an administrator of a cluster. */
const ADMIN = /\/AmazonEKS(?:Cluster)?AdminPolicy$/

export default defineRule<'object', 'objects', Statement>({
  name: 'cluster-admin-without-mfa',
  title: 'People become cluster administrators without a second factor',
  pillar: 'identity',
  severity: 'information',
  controls: { cis: ['EKS 3.2.1'], nist80053: ['IA-2(1)', 'AC-6'], nist800207: ['6'], attack: ['T1078.004'], owasp: ['K06'] },
  since: '0.1.0',
  each: 'object',
  kinds: ['terraform/aws_iam_role'],
  reads: ['objects'],
  *check(object, { facts }) {
    const grant = grantOf(object, inSameModule(facts.objects, object))
    if (!grant) return
    const statements = statementsOf(get(object.body, ...POLICY), POLICY)
    if (statements === 'unknown') yield { notEvaluated: object, path: POLICY }
    else for (const statement of statements) yield* judge(object, statement, grant)
  },
  *fix({ object, data }) {
    if (!data || data.path.length === POLICY.length || !isMap(data.body)) return
    yield {
      title: 'Ask for a second factor: sessions without one are refused',
      applicability: 'hardening',
      changes: [{ op: 'set', object, path: [...data.path, 'Condition', 'Bool', PRESENT], value: 'true' }],
    }
  },
})

/** What makes an administrator of whoever has the role. */
function grantOf(role: KubeObject, of: ObjectsByKind): KubeObject | undefined {
  const isRole = (value: Value | undefined): boolean => refersTo(value, role.name)
  const association = of('terraform/aws_eks_access_policy_association').find(
    ({ body }) => ADMIN.test(text(body, 'spec', 'policy_arn') ?? '') && isRole(get(body, 'spec', 'principal_arn')),
  )
  if (association) return association
  const module = of('terraform/module').find(({ body }) =>
    entries(body, 'spec', 'access_entries').some(
      ([, entry]) =>
        isRole(get(entry, 'principal_arn')) &&
        entries(entry, 'policy_associations').some(([, each]) => ADMIN.test(text(each, 'policy_arn') ?? '')),
    ),
  )
  return module ?? AUTH.flatMap((type) => of(`terraform/${type}`)).find((map) => mapsToMasters(map, isRole))
}

/** What writes `aws-auth`. Seen as resources: as texts of a ConfigMap its entries are not told apart. */
const AUTH = ['kubernetes_config_map', 'kubernetes_config_map_v1', 'kubernetes_config_map_v1_data']

function mapsToMasters({ body }: KubeObject, isRole: (value: Value | undefined) => boolean): boolean {
  if (text(body, 'spec', 'metadata', 0, 'name') !== 'aws-auth') return false
  return items(body, 'spec', 'data', 'mapRoles').some(
    (entry) => texts(entry, 'groups').includes('system:masters') && isRole(get(entry, 'rolearn')),
  )
}

function* judge(object: KubeObject, statement: Statement, grant: KubeObject): Iterable<Found<Statement> | Skipped> {
  const { body, path } = statement
  if (get(body, 'Effect') === 'Deny') return
  const people = peopleIn(get(body, 'Principal'))
  if (people === undefined) return
  const condition = get(body, 'Condition')
  if (isUnknown(condition)) {
    yield { notEvaluated: object, path: POLICY }
    return
  }
  if (asksForFactor(condition)) return
  const loose = get(condition, 'BoolIfExists', PRESENT) !== undefined
  yield {
    object,
    path,
    part: 'value',
    discriminator: people,
    message: `${people} can take \`${object.name}\`, an administrator of the cluster, with a stolen access key alone: ${
      loose
        ? 'its trust policy asks for a second factor only where a session says anything about one (`BoolIfExists`), and access keys say nothing'
        : 'its trust policy asks for no second factor'
    }. Add the condition \`Bool\` \`${PRESENT}\` = true.`,
    related: [{ object: grant, path: ['metadata', 'name'], part: 'value', message: 'This makes it an administrator.' }],
    data: statement,
  }
}

/** Who of the principals is a person, or an account and with it everybody in it; services and what signs in elsewhere are neither. */
function peopleIn(principal: Value | undefined): string | undefined {
  if (!isMap(principal)) return undefined
  const aws = principal['AWS']
  const own = [aws, ...items(aws)].some(
    (each) => isUnknown(each) && /^data\.aws_caller_identity\.[\w-]+\.account_id$/.test(unknownReason(each)),
  )
  if (own) return 'Everybody in the account'
  for (const arn of listOf(aws) ?? []) {
    if (/^\d{12}$|:root$/.test(arn)) return 'Everybody in the account'
    if (/:user\//.test(arn)) return 'A user'
  }
  return undefined
}

function asksForFactor(condition: Value | undefined): boolean {
  const isTrue = (value: Value | undefined): boolean => [value, ...items(value)].some((each) => each === true || each === 'true')
  return (
    isTrue(get(condition, 'Bool', PRESENT)) ||
    get(condition, 'NumericLessThan', AGE) !== undefined ||
    get(condition, 'NumericLessThanEquals', AGE) !== undefined
  )
}
