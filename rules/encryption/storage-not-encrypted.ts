import { cloudResource } from '../../server/model/cloud/resource.ts'
import { defineRule } from '../../server/model/rule.ts'
import { isUnknown } from '../../server/model/value.ts'

const WANTED = true

export default defineRule({
  name: 'storage-not-encrypted',
  title: 'Disk or file system is not encrypted',
  pillar: 'encryption',
  severity: 'hint',
  controls: { cis: ['AWS 2.2.1'], nist80053: ['SC-28'], nist800207: ['3'] },
  since: '0.1.0',
  each: 'object',
  kinds: ['terraform/aws_ebs_volume', 'terraform/aws_efs_file_system'],
  reads: [],
  *check(object) {
    const resource = cloudResource(object)
    if (!resource) return
    const { value, path } = resource.read('encrypted')
    if (isUnknown(value)) yield { notEvaluated: object, path }
    // What a volume does that says nothing, the account decides.
    else if (value !== WANTED && !(value === undefined && object.kind === 'aws_ebs_volume')) {
      yield {
        object,
        path,
        part: 'value',
        message: `\`${object.name}\` is not encrypted: whoever gets at a copy or a snapshot of it can read it. Set \`encrypted\` to true; it is made anew for it.`,
      }
    }
  },
  *fix({ object, path }) {
    yield {
      title: 'Encrypt it: it is made anew, without its data',
      applicability: 'assisted',
      changes: [{ op: 'set', object, path, value: WANTED }],
    }
  },
})
