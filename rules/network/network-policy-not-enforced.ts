import { installsEngine, type VpcCni, vpcCniOf } from '../../server/model/cloud/policy-engines.ts'
import { type CloudResource, cloudResource } from '../../server/model/cloud/resource.ts'
import { defineRule, type Fix, type Found, type Skipped } from '../../server/model/rule.ts'
import type { ObjectsByKind } from '../../server/model/facts.ts'
import { isUnknown, type Path } from '../../server/model/value.ts'

const POLICY = 'networking.k8s.io/NetworkPolicy'

export default defineRule<'object', 'objects', VpcCni>({
  name: 'network-policy-not-enforced',
  title: 'Managed cluster does not enforce network policies',
  pillar: 'network',
  severity: 'information',
  controls: { cis: ['GKE 5.6.7', 'AKS 5.4.4'], nsa: ['Net'], nist80053: ['AC-4', 'SC-7'], nist800207: ['4'], owasp: ['K07'] },
  since: '0.1.0',
  each: 'object',
  kinds: ['terraform/aws_eks_cluster', 'terraform/google_container_cluster', 'terraform/azurerm_kubernetes_cluster', 'terraform/module'],
  reads: ['objects'],
  *check(object, { facts }) {
    const cluster = cloudResource(object)
    const [policy, ...others] = facts.objects(POLICY)
    if (!cluster || installsEngine(facts.objects)) return
    // EKS has an engine that is switched on where somebody wants policies.
    const isEks = cluster.type === 'aws_eks_cluster'
    const said = isEks ? (policy ? [...judgeEks(cluster, facts.objects)] : []) : [...judge(cluster)]
    for (const each of said) {
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
  *fix({ object, data }) {
    if (data) yield fixEks(data)
    const cluster = cloudResource(object)
    if (cluster?.type === 'google_container_cluster' && object.kind !== 'module') yield fixGke(cluster)
  },
})

function* judge(cluster: CloudResource): Iterable<Found<VpcCni> | Skipped> {
  if (cluster.type === 'google_container_cluster') yield* judgeGke(cluster)
  else if (cluster.type === 'azurerm_kubernetes_cluster') yield* judgeAks(cluster)
}

function* judgeEks(cluster: CloudResource, of: ObjectsByKind): Iterable<Found<VpcCni> | Skipped> {
  const cni = vpcCniOf(cluster, of)
  if (cni?.enforces === true) return
  if (cni?.enforces === 'unknown') yield { notEvaluated: cluster.object, path: cluster.object === cni.object ? cni.path : ['spec'] }
  else if (cni) {
    yield {
      object: cni.object,
      path: cni.path,
      part: 'value',
      message: `\`${cluster.address}\` takes network policies and enforces none of them: its VPC CNI is not told to. Set \`enableNetworkPolicy\` in its configuration.`,
      data: cni,
    }
  } else if (!isAuto(cluster) || !of('/ConfigMap').some((map) => map.name === 'amazon-vpc-cni')) {
    yield {
      ...found(
        cluster,
        ['metadata', 'name'],
        isAuto(cluster)
          ? 'In Auto Mode the ConfigMap `amazon-vpc-cni` in `kube-system` switches that on, with `enable-network-policy-controller: "true"`.'
          : 'Configure the add-on `vpc-cni` with `enableNetworkPolicy`.',
      ),
      // The add-on may be configured by somebody else.
      certainty: 'possible',
    }
  }
}

function isAuto(cluster: CloudResource): boolean {
  return cluster.read('compute_config.enabled', false).value === true
}

function fixEks({ object, path, structured }: VpcCni): Fix {
  return {
    title: 'Let the VPC CNI enforce them: what policies forbid stops',
    applicability: 'hardening',
    changes: [
      structured
        ? { op: 'set', object, path: [...path, 'enableNetworkPolicy'], value: 'true' }
        : { op: 'set', object, path, value: '{"enableNetworkPolicy": "true"}' },
    ],
  }
}

function found({ object, address }: CloudResource, path: Path, remedy: string): Found<VpcCni> {
  return { object, path, part: 'value', message: `\`${address}\` takes network policies and enforces none of them. ${remedy}` }
}

function* judgeGke(cluster: CloudResource): Iterable<Found<VpcCni> | Skipped> {
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

function* judgeAks(cluster: CloudResource): Iterable<Found<VpcCni> | Skipped> {
  const { value, path } = cluster.read('network_profile.network_policy')
  if (isUnknown(value)) yield { notEvaluated: cluster.object, path }
  else if (value === undefined || value === 'none')
    yield found(cluster, path, 'Set `network_policy` to cilium, azure or calico; changing it may make the cluster anew.')
}
