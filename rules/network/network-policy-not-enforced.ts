import { type CloudResource, cloudResource } from '../../server/model/cloud/resource.ts'
import { defineRule, type Fix, type Found, type Skipped } from '../../server/model/rule.ts'
import { isUnknown, type Path } from '../../server/model/value.ts'

const POLICY = 'networking.k8s.io/NetworkPolicy'

export default defineRule({
  name: 'network-policy-not-enforced',
  title: 'Managed cluster does not enforce network policies',
  pillar: 'network',
  severity: 'information',
  controls: { cis: ['GKE 5.6.7', 'AKS 5.4.4'], nsa: ['Net'], nist80053: ['AC-4', 'SC-7'], nist800207: ['4'], owasp: ['K07'] },
  since: '0.1.0',
  each: 'object',
  kinds: ['terraform/google_container_cluster', 'terraform/azurerm_kubernetes_cluster', 'terraform/module'],
  reads: ['objects'],
  *check(object, { facts }) {
    const cluster = cloudResource(object)
    const [policy, ...others] = facts.objects(POLICY)
    const said = cluster && [...judge(cluster)]
    for (const each of said ?? []) {
      if ('notEvaluated' in each || !policy) yield each
      else
        yield {
          ...each,
          // A policy that nothing enforces is worse than none: people rely on it.
          severity: 'error',
          message: `${each.message} ${others.length === 0 ? 'A network policy here does' : `${others.length + 1} network policies here do`} nothing.`,
          related: [{ object: policy, path: ['metadata', 'name'], part: 'value', message: 'This policy is not enforced.' }],
        }
    }
  },
  *fix({ object }) {
    const cluster = cloudResource(object)
    if (cluster?.type === 'google_container_cluster' && object.kind !== 'module') yield fixGke(cluster)
  },
})

function* judge(cluster: CloudResource): Iterable<Found | Skipped> {
  if (cluster.type === 'google_container_cluster') yield* judgeGke(cluster)
  else if (cluster.type === 'azurerm_kubernetes_cluster') yield* judgeAks(cluster)
}

function found({ object, address }: CloudResource, path: Path, remedy: string): Found {
  return { object, path, part: 'value', message: `\`${address}\` takes network policies and enforces none of them. ${remedy}` }
}

function* judgeGke(cluster: CloudResource): Iterable<Found | Skipped> {
  const answers = [
    cluster.read('enable_autopilot', false),
    cluster.read('datapath_provider', 'LEGACY_DATAPATH'),
    cluster.read('network_policy.enabled', false),
  ]
  const [autopilot, datapath, policy] = answers
  if (autopilot?.value === true || datapath?.value === 'ADVANCED_DATAPATH' || policy?.value === true) return
  const open = answers.find(({ value }) => isUnknown(value))
  if (open) yield { notEvaluated: cluster.object, path: open.path }
  else
    yield found(
      cluster,
      policy?.written ? policy.path : (datapath?.path ?? []),
      'Use Dataplane V2 (`datapath_provider = "ADVANCED_DATAPATH"`), or switch on `network_policy`.',
    )
}

function fixGke({ object }: CloudResource): Fix {
  return {
    title: 'Let Calico enforce them: the nodes are made anew, and what policies forbid stops',
    applicability: 'hardening',
    changes: [
      { op: 'set', object, path: ['spec', 'network_policy', 0, 'enabled'], value: true },
      { op: 'set', object, path: ['spec', 'addons_config', 0, 'network_policy_config', 0, 'disabled'], value: false },
    ],
  }
}

function* judgeAks(cluster: CloudResource): Iterable<Found | Skipped> {
  const { value, path } = cluster.read('network_profile.network_policy')
  if (isUnknown(value)) yield { notEvaluated: cluster.object, path }
  else if (value === undefined || value === 'none')
    yield found(cluster, path, 'Set `network_policy` to cilium, azure or calico; changing it may make the cluster anew.')
}
