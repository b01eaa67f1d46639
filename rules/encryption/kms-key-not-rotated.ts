import { cloudResource } from '../../server/model/cloud/resource.ts'
import { defineRule } from '../../server/model/rule.ts'
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
  kinds: ['terraform/aws_kms_key'],
  reads: [],
  *check(object) {
    const resource = cloudResource(object)
    if (!resource) return
    const { value, path } = resource.read('enable_key_rotation')
    if (isUnknown(value)) yield { notEvaluated: object, path }
    else if (value !== WANTED && !isAsymmetric(resource.read('customer_master_key_spec').value)) {
      yield {
        object,
        path,
        part: 'value',
        message: `\`${object.name}\` is never rotated: what it has encrypted over years falls with it at once. Set \`enable_key_rotation\` to true.`,
      }
    }
  },
  *fix({ object, path }) {
    yield { title: 'Rotate the key once a year', applicability: 'safe', changes: [{ op: 'set', object, path, value: WANTED }] }
  },
})

/** Only symmetric keys can be rotated. */
function isAsymmetric(spec: Value | undefined): boolean {
  return spec !== undefined && spec !== 'SYMMETRIC_DEFAULT'
}
