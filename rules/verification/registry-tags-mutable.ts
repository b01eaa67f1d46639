import { type CloudResource, cloudResource } from '../../server/model/cloud/resource.ts'
import { defineRule, type Found, type Skipped } from '../../server/model/rule.ts'
import { isUnknown } from '../../server/model/value.ts'

const WANTED = 'IMMUTABLE'

export default defineRule({
  name: 'registry-tags-mutable',
  title: 'Registry lets tags of images move',
  pillar: 'verification',
  severity: 'hint',
  controls: { cis: ['EKS 5.1.1'], nist80053: ['CM-14', 'SI-7'], attack: ['T1525'], owasp: ['K02'] },
  since: '0.1.0',
  each: 'object',
  kinds: ['terraform/aws_ecr_repository', 'terraform/google_artifact_registry_repository'],
  reads: [],
  *check(object) {
    const resource = cloudResource(object)
    if (!resource) return
    if (object.kind === 'google_artifact_registry_repository') {
      yield* checkGoogle(resource)
      return
    }
    const { value, path } = resource.read('image_tag_mutability')
    if (isUnknown(value)) yield { notEvaluated: object, path }
    else if (value !== WANTED && value !== 'IMMUTABLE_WITH_EXCLUSION') {
      yield {
        object,
        path,
        part: 'value',
        message: `\`${object.name}\` lets tags move: what was reviewed under a tag need not be what is pulled. Set \`image_tag_mutability\` to IMMUTABLE.`,
      }
    }
  },
  *fix({ object, path }) {
    yield {
      title: 'Keep tags where they are: pushing one again is refused',
      applicability: 'hardening',
      changes: [{ op: 'set', object, path, value: object.kind.startsWith('google_') ? true : WANTED }],
    }
  },
})

function* checkGoogle(resource: CloudResource): Iterable<Found<undefined> | Skipped> {
  const { object } = resource
  const format = resource.read('format').value
  const mode = resource.read('mode', 'STANDARD_REPOSITORY').value
  const { value, path } = resource.read('docker_config.immutable_tags', false)
  if (isUnknown(value)) yield { notEvaluated: object, path }
  // Only what images are pushed to: copies of other registries follow those.
  else if (value === false && format === 'DOCKER' && mode === 'STANDARD_REPOSITORY')
    yield {
      object,
      path,
      part: 'value',
      message: `\`${object.name}\` lets tags move: what was reviewed under a tag need not be what is pulled. Set \`immutable_tags\`.`,
    }
}
