import { isEverybody, restricts, statementsOf } from '../../server/model/cloud/policy.ts'
import type { KubeObject } from '../../server/model/object.ts'
import { defineRule, type Found, type Severity, type Skipped } from '../../server/model/rule.ts'
import { get, isUnknown, items, type Path, text } from '../../server/model/value.ts'

/** What Google grants access to. Buckets and registries are now and then meant for everybody to read. */
const GOOGLE: Readonly<Record<string, Severity>> = {
  google_project: 'error',
  google_folder: 'error',
  google_organization: 'error',
  google_service_account: 'error',
  google_kms_crypto_key: 'error',
  google_kms_key_ring: 'error',
  google_secret_manager_secret: 'error',
  google_iap_web: 'warning',
  google_iap_tunnel: 'warning',
  google_iap_tunnel_instance: 'warning',
  google_pubsub_topic: 'warning',
  google_storage_bucket: 'information',
  google_artifact_registry_repository: 'information',
}

/** Policies of AWS that stand at the resource that they are about. */
const AWS: readonly (readonly [type: string, argument: string, severity: Severity])[] = [
  ['aws_ecr_repository_policy', 'policy', 'warning'],
  ['aws_kms_key', 'policy', 'error'],
  ['aws_kms_key_policy', 'policy', 'error'],
  ['aws_secretsmanager_secret_policy', 'policy', 'error'],
  ['aws_secretsmanager_secret', 'policy', 'error'],
  ['aws_efs_file_system_policy', 'policy', 'information'],
]

const EVERYBODY = new Set(['allUsers', 'allAuthenticatedUsers'])
const SUFFIX = /_iam_(?:member|binding|policy)$/

export default defineRule({
  name: 'cloud-access-public',
  title: 'Everybody on the internet is let into a cloud resource',
  pillar: 'identity',
  severity: 'warning',
  controls: {
    cis: ['GCP 1.9', 'AWS 3.8'],
    nist80053: ['AC-3', 'AC-6', 'AC-14'],
    nist800207: ['3', '6'],
    attack: ['T1190', 'T1530'],
    owasp: ['K08'],
  },
  since: '0.1.0',
  each: 'object',
  kinds: [
    ...Object.keys(GOOGLE).flatMap((type) => ['member', 'binding', 'policy'].map((way) => `terraform/${type}_iam_${way}`)),
    ...AWS.map(([type]) => `terraform/${type}`),
    'terraform/azurerm_container_registry',
  ],
  reads: [],
  *check(object) {
    if (object.kind.startsWith('google_')) yield* checkGoogle(object)
    else if (object.kind.startsWith('aws_')) yield* checkAws(object)
    else yield* checkAzure(object)
  },
  *fix({ object, path }) {
    if (object.kind !== 'azurerm_container_registry') return
    yield { title: 'Refuse pulls without a name', applicability: 'hardening', changes: [{ op: 'set', object, path, value: false }] }
  },
})

function* checkGoogle(object: KubeObject): Iterable<Found | Skipped> {
  if (object.kind.endsWith('_policy')) {
    yield* checkBindings(object)
    return
  }
  const at: Path = object.kind.endsWith('_binding') ? ['spec', 'members'] : ['spec', 'member']
  const given = get(object.body, ...at)
  if (isUnknown(given)) yield { notEvaluated: object, path: at }
  const all = typeof given === 'string' ? [given] : items(given)
  const open = all.findIndex((member) => typeof member === 'string' && EVERYBODY.has(member))
  const member = all[open]
  if (typeof member !== 'string') return
  yield give(object, typeof given === 'string' ? at : [...at, open], member, text(object.body, 'spec', 'role'))
}

/** A whole policy: all bindings of a resource. */
function* checkBindings(object: KubeObject): Iterable<Found | Skipped> {
  const at: Path = ['spec', 'policy_data']
  if (isUnknown(get(object.body, ...at))) yield { notEvaluated: object, path: at }
  for (const [i, binding] of items(object.body, ...at, 'bindings').entries()) {
    const members = items(binding, 'members')
    const open = members.findIndex((member) => typeof member === 'string' && EVERYBODY.has(member))
    const member = members[open]
    if (typeof member === 'string') yield give(object, [...at, 'bindings', i, 'members', open], member, text(binding, 'role'))
  }
}

function give(object: KubeObject, path: Path, member: string, role: string | undefined): Found<undefined> {
  const severity = GOOGLE[object.kind.replace(SUFFIX, '')]
  return {
    object,
    path,
    part: 'value',
    discriminator: member,
    ...(severity ? { severity } : {}),
    message: `\`${object.name}\` gives ${role === undefined ? 'a role' : `\`${role}\``} to ${member === 'allUsers' ? 'everybody on the internet' : 'everybody with a Google account'}. Name the members.`,
  }
}

function* checkAws(object: KubeObject): Iterable<Found | Skipped> {
  const [, argument, severity] = AWS.find(([type]) => type === object.kind) ?? []
  if (argument === undefined) return
  const at: Path = ['spec', argument]
  const policy = get(object.body, ...at)
  const statements = statementsOf(policy, at)
  if (statements === 'unknown') {
    yield { notEvaluated: object, path: at }
    return
  }
  const open = statements.find(
    ({ body }) => get(body, 'Effect') !== 'Deny' && !restricts(get(body, 'Condition')) && isEverybody(get(body, 'Principal')),
  )
  if (open)
    yield {
      object,
      path: open.path,
      part: 'value',
      ...(severity ? { severity } : {}),
      message: `\`${object.name}\` lets in every account of AWS: its policy names everybody and asks for nothing. Name the principals.`,
    }
}

function* checkAzure(object: KubeObject): Iterable<Found | Skipped> {
  const path: Path = ['spec', 'anonymous_pull_enabled']
  const value = get(object.body, ...path)
  if (isUnknown(value)) yield { notEvaluated: object, path }
  if (value === true)
    yield {
      object,
      path,
      part: 'value',
      message: `\`${object.name}\` gives its images to everybody on the internet. Set \`anonymous_pull_enabled\` to false.`,
    }
}
