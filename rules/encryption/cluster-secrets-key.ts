import { type CloudResource, cloudResource } from '../../server/model/cloud/resource.ts'
import { defineRule, type Found, type Skipped } from '../../server/model/rule.ts'
import { get, isUnknown, type Path } from '../../server/model/value.ts'

export default defineRule({
  name: 'cluster-secrets-key',
  title: 'Secrets of a managed cluster are not encrypted with a key of your own',
  pillar: 'encryption',
  severity: 'hint',
  controls: { cis: ['EKS 5.3.1', 'GKE 5.3.1'], nist80053: ['SC-12', 'SC-28'], nist800207: ['3'], attack: ['T1552.007'] },
  since: '0.1.0',
  each: 'object',
  kinds: ['terraform/aws_eks_cluster', 'terraform/google_container_cluster', 'terraform/azurerm_kubernetes_cluster', 'terraform/module'],
  reads: [],
  *check(object) {
    const cluster = cloudResource(object)
    if (cluster?.type === 'aws_eks_cluster') yield* checkEks(cluster)
    else if (cluster?.type === 'google_container_cluster') yield* checkGke(cluster)
    else if (cluster?.type === 'azurerm_kubernetes_cluster') yield* checkAks(cluster)
  },
})

function found({ object, address }: CloudResource, path: Path, what: string, severity?: 'warning'): Found {
  return { object, path, part: 'value', message: `Secrets of \`${address}\` ${what}`, ...(severity ? { severity } : {}) }
}

/** From 1.28 on EKS encrypts everything that the API stores with a key of AWS; before that nothing. */
const ENCRYPTED_SINCE = 28

function* checkEks(cluster: CloudResource): Iterable<Found | Skipped> {
  const has = cluster.has('encryption_config')
  const { path } = cluster.read('encryption_config')
  if (has === undefined) yield { notEvaluated: cluster.object, path }
  if (has !== false) return
  const version = cluster.read('version')
  if (isUnknown(version.value)) yield { notEvaluated: cluster.object, path: version.path }
  const minor = /^1\.(\d+)/.exec(String(version.value ?? ''))?.[1]
  const old = minor !== undefined && Number(minor) < ENCRYPTED_SINCE
  yield old
    ? found(
        cluster,
        path,
        `are stored as they are: Kubernetes 1.${minor} on EKS encrypts them only with \`encryption_config\`. Add it, with a KMS key.`,
        'warning',
      )
    : found(
        cluster,
        path,
        'are encrypted with a key of AWS, whose use you can neither see nor stop. Name a KMS key of your own in `encryption_config`.',
      )
}

function* checkGke(cluster: CloudResource): Iterable<Found | Skipped> {
  const read = cluster.read(cluster.object.kind === 'module' ? 'database_encryption' : 'database_encryption.state', 'DECRYPTED')
  const { path } = read
  // A module takes the whole block.
  const value = cluster.object.kind === 'module' ? get(read.value, 0, 'state') : read.value
  if (isUnknown(value)) yield { notEvaluated: cluster.object, path }
  else if (value !== 'ENCRYPTED' && value !== 'ALL_OBJECTS_ENCRYPTION_ENABLED') {
    yield found(
      cluster,
      path,
      'are encrypted only as every disk of Google is. Set `database_encryption` to ENCRYPTED, with a key of your own.',
    )
  }
}

function* checkAks(cluster: CloudResource): Iterable<Found | Skipped> {
  const has = cluster.has('key_management_service')
  if (has === undefined) yield { notEvaluated: cluster.object, path: ['spec', 'key_management_service'] }
  if (has === false)
    yield found(
      cluster,
      cluster.read('key_management_service').path,
      'are encrypted with a key of Azure. Name a key of a vault of your own in `key_management_service`.',
    )
}
