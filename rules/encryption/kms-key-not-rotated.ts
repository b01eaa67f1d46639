import { type CloudResource, cloudResource } from '../../server/model/cloud/resource.ts'
import { defineRule, type Found, type Skipped } from '../../server/model/rule.ts'
import { isUnknown, type Value } from '../../server/model/value.ts'

const WANTED = true

export default defineRule({
  name: 'kms-key-not-rotated',
  title: 'Key is never rotated',
  pillar: 'encryption',
  severity: 'hint',
  controls: { cis: ['AWS 3.8'], nist80053: ['SC-12'] },
  since: '0.1.0',
  each: 'object',
  kinds: ['terraform/aws_kms_key', 'terraform/google_kms_crypto_key'],
  reads: [],
  *check(object) {
    const resource = cloudResource(object)
    if (!resource) return
    if (object.kind === 'google_kms_crypto_key') {
      yield* checkGoogle(resource)
      return
    }
    const { value, path } = resource.read('enable_key_rotation')
    if (isUnknown(value)) yield { notEvaluated: object, path }
    else if (value !== WANTED && !isAsymmetric(resource.read('customer_master_key_spec').value, resource.read('key_usage').value)) {
      yield {
        object,
        path,
        part: 'value',
        message: `\`${object.name}\` is never rotated: what it has encrypted over years falls with it at once. Set \`enable_key_rotation\` to true.`,
      }
    }
  },
  *fix({ object, path }) {
    if (object.kind === 'google_kms_crypto_key')
      yield { title: 'Rotate the key every 90 days', applicability: 'safe', changes: [{ op: 'set', object, path, value: '7776000s' }] }
    else yield { title: 'Rotate the key once a year', applicability: 'safe', changes: [{ op: 'set', object, path, value: WANTED }] }
  },
})

/** Longer than this is as good as never: a year. */
const LONGEST = 366 * 24 * 3600

function* checkGoogle(resource: CloudResource): Iterable<Found<undefined> | Skipped> {
  const { object } = resource
  const { value, path } = resource.read('rotation_period')
  const purpose = resource.read('purpose', 'ENCRYPT_DECRYPT').value
  if (isUnknown(value) || isUnknown(purpose)) yield { notEvaluated: object, path }
  else if (purpose === 'ENCRYPT_DECRYPT' && (value === undefined || Number.parseFloat(String(value)) > LONGEST)) {
    yield {
      object,
      path,
      part: 'value',
      message: `\`${object.name}\` is ${value === undefined ? 'never rotated' : 'rotated less than once a year'}: what it has encrypted over years falls with it at once. Set \`rotation_period\` to 90 days.`,
    }
  }
}

/** Only symmetric keys can be rotated. */
function isAsymmetric(spec: Value | undefined, usage: Value | undefined): boolean {
  return (spec !== undefined && spec !== 'SYMMETRIC_DEFAULT') || (usage !== undefined && usage !== 'ENCRYPT_DECRYPT')
}
