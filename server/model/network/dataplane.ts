import type { ObjectsByKind } from '../facts.ts'
import type { KubeObject } from '../object.ts'
import type { Workload } from '../workload.ts'
import { CALICO_GROUPS } from './dialects/calico.ts'
import type { Semantics } from './space.ts'

/** What carries the pods' traffic and enforces policies. `generic`: nothing in the files tells. */
export type DataplaneName = 'generic' | 'calico' | 'cilium' | 'ovn-kubernetes' | 'aws-vpc-cni' | 'antrea' | 'flannel'

export interface Dataplane {
  readonly name: DataplaneName
  readonly semantics: Semantics
  /** Whether policies have any effect. */
  readonly enforces: boolean
  /** What it was recognised by. */
  readonly evidence: KubeObject | undefined
}

/** Names of the DaemonSets by which plugins are installed. */
const AGENTS: readonly (readonly [RegExp, DataplaneName])[] = [
  [/^(calico-node|canal)$/, 'calico'],
  [/^cilium$/, 'cilium'],
  [/^ovnkube-node/, 'ovn-kubernetes'],
  [/^antrea-agent$/, 'antrea'],
  [/^aws-node$/, 'aws-vpc-cni'],
  [/^kube-flannel(-ds.*)?$/, 'flannel'],
]

const CALICO_KINDS = [
  'NetworkPolicy',
  'GlobalNetworkPolicy',
  'Tier',
  'HostEndpoint',
  'WorkloadEndpoint',
  'Profile',
  'GlobalNetworkSet',
  'NetworkSet',
]

/** The plugin that the files imply: by its own kinds of objects first, then by its agent. */
export function dataplaneOf(of: ObjectsByKind, workloads: readonly Workload[]): Dataplane {
  const own = (groups: readonly string[], kinds: readonly string[]): KubeObject | undefined => {
    for (const group of groups) for (const kind of kinds) if (of(`${group}/${kind}`)[0]) return of(`${group}/${kind}`)[0]
    return undefined
  }
  const calico = own(CALICO_GROUPS, CALICO_KINDS)
  if (calico) return dataplane('calico', calico)
  const cilium = own(['cilium.io'], ['CiliumNetworkPolicy', 'CiliumClusterwideNetworkPolicy'])
  if (cilium) return dataplane('cilium', cilium)
  const agents = workloads.filter(({ object }) => object.kind === 'DaemonSet')
  for (const [pattern, name] of AGENTS) {
    const agent = agents.find(({ object }) => pattern.test(object.name))
    if (agent) return dataplane(name, agent.object)
  }
  return dataplane('generic', undefined)
}

/** Semantics: what the plugins document (calico#6634, cilium#9209); where the API leaves it open and nobody says, unknown. */
export function dataplane(name: DataplaneName, evidence: KubeObject | undefined): Dataplane {
  const cidrMatchesPods = name === 'calico' || name === 'aws-vpc-cni' ? true : name === 'cilium' ? false : 'unknown'
  return { name, evidence, enforces: name !== 'flannel', semantics: { cidrMatchesPods, hostNetwork: 'node' } }
}
