import { cloudResource } from '../../server/model/cloud/resource.ts'
import { defineRule } from '../../server/model/rule.ts'
import { isUnknown } from '../../server/model/value.ts'

const WANTED = true

export default defineRule<'object', 'objects'>({
  name: 'registry-scan-off',
  title: 'Registry does not look for vulnerabilities in images',
  pillar: 'verification',
  severity: 'hint',
  controls: { cis: ['EKS 5.1.1'], nist80053: ['RA-5', 'SI-2'], attack: ['T1525'], owasp: ['K02'] },
  since: '0.1.0',
  each: 'object',
  kinds: ['terraform/aws_ecr_repository'],
  reads: ['objects'],
  *check(object, { facts }) {
    const repository = cloudResource(object)
    // Scanning that is set for the registry overrules its repositories.
    if (!repository || facts.objects('terraform/aws_ecr_registry_scanning_configuration').length > 0) return
    const { value, path } = repository.read('image_scanning_configuration.scan_on_push')
    if (isUnknown(value)) yield { notEvaluated: object, path }
    else if (value !== WANTED)
      yield {
        object,
        path,
        part: 'value',
        message: `\`${object.name}\` looks for no vulnerabilities in what is pushed: known holes are found by others. Set \`scan_on_push\` to true.`,
      }
  },
  *fix({ object, path }) {
    yield { title: 'Scan what is pushed', applicability: 'safe', changes: [{ op: 'set', object, path, value: WANTED }] }
  },
})
