import { cloudResource } from '../../server/model/cloud/resource.ts'
import { defineRule, type Found, type Skipped } from '../../server/model/rule.ts'
import type { KubeObject } from '../../server/model/object.ts'
import { get, isUnknown, type Path } from '../../server/model/value.ts'

export default defineRule({
  name: 'node-credentials-exposed',
  title: "Pods can fetch their node's cloud credentials",
  pillar: 'identity',
  severity: 'information',
  controls: { cis: ['EKS 5.4.2', 'GKE 6.4.1'], nist80053: ['AC-6', 'IA-5'], nist800207: ['3'], attack: ['T1552.005'], owasp: ['K08'] },
  since: '0.1.0',
  each: 'object',
  kinds: [
    'terraform/aws_launch_template',
    'terraform/aws_instance',
    'terraform/aws_launch_configuration',
    'terraform/google_container_node_pool',
    'terraform/google_container_cluster',
  ],
  reads: [],
  *check(object) {
    if (object.kind.startsWith('aws_')) yield* checkAws(object)
    else yield* checkGoogle(object)
  },
  *fix({ object, path }) {
    if (object.kind.startsWith('aws_')) {
      yield {
        title: 'Require a session token for instance metadata (IMDSv2): pods that ask the old way are refused',
        applicability: 'hardening',
        changes: [{ op: 'set', object, path: cloudResource(object)?.read('metadata_options.http_tokens').path ?? path, value: 'required' }],
      }
    } else {
      yield {
        title: 'Answer pods with the identity of their service account: what relied on that of the node is refused',
        applicability: 'hardening',
        changes: [{ op: 'set', object, path, value: 'GKE_METADATA' }],
      }
    }
  },
})

function* checkAws(object: KubeObject): Iterable<Found | Skipped> {
  const resource = cloudResource(object)
  if (!resource || resource.read('metadata_options.http_endpoint').value === 'disabled') return
  const tokens = resource.read('metadata_options.http_tokens')
  if (isUnknown(tokens.value)) yield { notEvaluated: object, path: tokens.path }
  // What is absent is decided by the image and the account.
  if (tokens.value !== 'optional') return
  yield {
    object,
    path: tokens.path,
    part: 'value',
    severity: 'warning',
    message: `Whoever can make a pod on \`${object.name}\` send one request gets the credentials of the node: its metadata answers without a token. Set \`http_tokens\` to required.`,
  }
}

function* checkGoogle(object: KubeObject): Iterable<Found | Skipped> {
  const path: Path = ['spec', 'node_config', 0, 'workload_metadata_config', 0, 'mode']
  const mode = get(object.body, ...path)
  if (isUnknown(mode)) yield { notEvaluated: object, path }
  if (mode !== 'GCE_METADATA' && mode !== 'EXPOSE') return
  yield {
    object,
    path,
    part: 'value',
    severity: 'warning',
    message: `Every pod on \`${object.name}\` can fetch the credentials of its node: it sees the node's metadata. Set the mode to GKE_METADATA.`,
  }
}
