import { admitsAll, type CloudResource, cloudResource } from '../../server/model/cloud/resource.ts'
import { defineRule, type Fix, type Found, type Skipped } from '../../server/model/rule.ts'
import { isList, isMap, isUnknown, type Path, type Value } from '../../server/model/value.ts'

/** Kept for documentation (RFC 5737): nobody has it, so nobody is let in by mistake. */
const PLACEHOLDER = '203.0.113.0/24'

export default defineRule({
  name: 'cluster-endpoint-public',
  title: 'API server of a managed cluster answers every address',
  pillar: 'network',
  severity: 'warning',
  controls: { cis: ['EKS 5.4.1', 'GKE 5.6.3', 'AKS 5.4.1'], nist80053: ['AC-4', 'SC-7'], nist800207: ['4'], attack: ['T1133', 'T1190'] },
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
  *fix({ object }) {
    const cluster = cloudResource(object)
    if (!cluster) return
    if (cluster.type === 'aws_eks_cluster') yield* fixEks(cluster)
    else if (cluster.type === 'google_container_cluster' && object.kind !== 'module') yield fixGke(cluster)
    else if (cluster.type === 'azurerm_kubernetes_cluster')
      yield restrict(cluster, cluster.read('api_server_access_profile.authorized_ip_ranges').path)
  },
})

function found({ object, address }: CloudResource, path: Path, remedy: string): Found {
  return {
    object,
    path,
    part: 'value',
    message: `The API server of \`${address}\` answers every address on the internet: who has a token, or finds a hole in it, needs nothing else. ${remedy}`,
  }
}

function* checkEks(cluster: CloudResource): Iterable<Found | Skipped> {
  const open = cluster.read('vpc_config.endpoint_public_access', true)
  if (isUnknown(open.value)) yield { notEvaluated: cluster.object, path: open.path }
  if (open.value !== true) return
  const ranges = cluster.read('vpc_config.public_access_cidrs', ['0.0.0.0/0'])
  // None at all is as good as not said.
  const all = (isList(ranges.value) && ranges.value.length === 0) || admitsAll(ranges.value)
  if (all === undefined) yield { notEvaluated: cluster.object, path: ranges.path }
  if (all) yield found(cluster, ranges.written ? ranges.path : open.path, 'Close the public endpoint, or name the ranges that need it.')
}

function* fixEks(cluster: CloudResource): Iterable<Fix> {
  const { object } = cluster
  const inside = cluster.read('vpc_config.endpoint_private_access', false)
  yield {
    title: 'Close the public endpoint: the API is reached from inside the VPC only',
    applicability: 'hardening',
    changes: [
      { op: 'set', object, path: cluster.read('vpc_config.endpoint_public_access').path, value: false },
      ...(inside.value === true ? [] : [{ op: 'set' as const, object, path: inside.path, value: true }]),
    ],
  }
  yield restrict(cluster, cluster.read('vpc_config.public_access_cidrs').path)
}

function restrict({ object }: CloudResource, path: Path): Fix {
  return {
    title: `Admit ${PLACEHOLDER} only: put your own ranges there`,
    applicability: 'assisted',
    changes: [{ op: 'set', object, path, value: [PLACEHOLDER] }],
  }
}

function* checkGke(cluster: CloudResource): Iterable<Found | Skipped> {
  const closed = cluster.read('private_cluster_config.enable_private_endpoint', false)
  if (isUnknown(closed.value) && closed.written) yield { notEvaluated: cluster.object, path: closed.path }
  if (closed.value !== false) return
  const addressless =
    cluster.object.kind === 'module' ? undefined : cluster.read('control_plane_endpoints_config.ip_endpoints_config.enabled', true)
  if (addressless && addressless.value !== true) return
  const blocks = cluster.read('master_authorized_networks_config.cidr_blocks')
  if (isUnknown(blocks.value)) yield { notEvaluated: cluster.object, path: blocks.path }
  else if (cluster.object.kind !== 'module' && cluster.has('master_authorized_networks_config') === false) {
    yield found(
      cluster,
      ['spec', 'master_authorized_networks_config'],
      'Name the networks that may reach it in `master_authorized_networks_config`, or make the endpoint private.',
    )
  } else if (cluster.object.kind === 'module' && isList(blocks.value) && blocks.value.length === 0) {
    yield found(cluster, blocks.path, 'Name the networks that may reach it in `master_authorized_networks`, or make the endpoint private.')
  } else {
    const all = admitsAll(isList(blocks.value) ? blocks.value.map(rangeOf) : undefined)
    if (all) yield found(cluster, blocks.path, 'Name the networks that need it instead of 0.0.0.0/0.')
  }
}

function rangeOf(block: Value): Value {
  return isMap(block) ? (block['cidr_block'] ?? null) : block
}

function fixGke({ object }: CloudResource): Fix {
  return {
    title: `Admit ${PLACEHOLDER} only: put your own ranges there`,
    applicability: 'assisted',
    changes: [
      { op: 'set', object, path: ['spec', 'master_authorized_networks_config'], value: [{ cidr_blocks: [{ cidr_block: PLACEHOLDER }] }] },
    ],
  }
}

function* checkAks(cluster: CloudResource): Iterable<Found | Skipped> {
  const closed = cluster.read('private_cluster_enabled', false)
  if (isUnknown(closed.value)) yield { notEvaluated: cluster.object, path: closed.path }
  if (closed.value !== false) return
  // Before azurerm 4 the ranges stood at the top.
  const old = cluster.object.kind === 'module' ? undefined : cluster.read('api_server_authorized_ip_ranges')
  const ranges = old?.written ? old : cluster.read('api_server_access_profile.authorized_ip_ranges')
  const all = ranges.value === undefined || (isList(ranges.value) && ranges.value.length === 0) ? true : admitsAll(ranges.value)
  if (all === undefined) yield { notEvaluated: cluster.object, path: ranges.path }
  if (all) yield found(cluster, ranges.path, 'Name the ranges that may reach it in `authorized_ip_ranges`, or make the cluster private.')
}
