import type { ObjectsByKind } from '../facts.ts'
import type { KubeObject } from '../object.ts'
import { get, text } from '../value.ts'
import { type AdminPolicy, readAdminPolicy } from './dialects/admin.ts'
import { CALICO_GROUPS, type CalicoPolicy, readCalicoPolicy, readCalicoProfile } from './dialects/calico.ts'
import { type CiliumPolicies, readCiliumPolicy } from './dialects/cilium.ts'
import { type IstioPolicy, type MutualTls, readAuthorizationPolicy, readPeerAuthentication } from './dialects/istio.ts'
import { readNetworkPolicy } from './dialects/kubernetes.ts'
import type { Layer, Tier } from './evaluate.ts'
import type { Policy } from './policy.ts'
import { ALL, protocol, TCP } from './sets/connections.ts'

/** The kinds that say who may connect to whom, as `group/Kind`. */
export const POLICY_KINDS: readonly string[] = [
  'networking.k8s.io/NetworkPolicy',
  'policy.networking.k8s.io/AdminNetworkPolicy',
  'policy.networking.k8s.io/BaselineAdminNetworkPolicy',
  'policy.networking.k8s.io/ClusterNetworkPolicy',
  ...CALICO_GROUPS.flatMap((group) => ['NetworkPolicy', 'GlobalNetworkPolicy', 'Tier', 'Profile'].map((kind) => `${group}/${kind}`)),
  'cilium.io/CiliumNetworkPolicy',
  'cilium.io/CiliumClusterwideNetworkPolicy',
  'security.istio.io/AuthorizationPolicy',
  'security.istio.io/PeerAuthentication',
]

/** Reads each object once: an edit of one policy leaves all others as they are. */
function once<T extends object>(read: (object: KubeObject) => T): (object: KubeObject) => T {
  const known = new WeakMap<KubeObject, T>()
  return (object) => {
    let found = known.get(object)
    if (!found) {
      found = read(object)
      known.set(object, found)
    }
    return found
  }
}

const networkPolicy = once(readNetworkPolicy)
const adminPolicy = once(readAdminPolicy)
const calicoPolicy = once(readCalicoPolicy)
const calicoProfile = once(readCalicoProfile)
const ciliumPolicy = once(readCiliumPolicy)
const authorizationPolicy = once((object): { readonly policy: IstioPolicy | undefined } => ({ policy: readAuthorizationPolicy(object) }))
const peerAuthentication = once(readPeerAuthentication)

/** All policies of an environment, read. */
export interface Policies {
  readonly kubernetes: readonly Policy[]
  readonly admin: readonly AdminPolicy[]
  readonly calico: readonly CalicoPolicy[]
  readonly profiles: readonly Policy[]
  readonly tiers: readonly KubeObject[]
  readonly cilium: readonly CiliumPolicies[]
  readonly istio: readonly IstioPolicy[]
  readonly mutualTls: readonly MutualTls[]
}

export function readPolicies(of: ObjectsByKind): Policies {
  const calico = (kind: string): readonly KubeObject[] => CALICO_GROUPS.flatMap((group) => of(`${group}/${kind}`))
  return {
    kubernetes: of('networking.k8s.io/NetworkPolicy').map(networkPolicy),
    admin: ['AdminNetworkPolicy', 'BaselineAdminNetworkPolicy', 'ClusterNetworkPolicy']
      .flatMap((kind) => of(`policy.networking.k8s.io/${kind}`))
      .map(adminPolicy),
    calico: [...calico('NetworkPolicy'), ...calico('GlobalNetworkPolicy')].map(calicoPolicy),
    profiles: calico('Profile').map(calicoProfile),
    tiers: calico('Tier'),
    cilium: [...of('cilium.io/CiliumNetworkPolicy'), ...of('cilium.io/CiliumClusterwideNetworkPolicy')].map(ciliumPolicy),
    istio: of('security.istio.io/AuthorizationPolicy').flatMap((object) => authorizationPolicy(object).policy ?? []),
    mutualTls: of('security.istio.io/PeerAuthentication').map(peerAuthentication),
  }
}

/** Every policy, whatever its dialect. */
export function allPolicies(policies: Policies): readonly Policy[] {
  return [
    ...policies.kubernetes,
    ...policies.admin.map(({ policy }) => policy),
    ...policies.calico.map(({ policy }) => policy),
    ...policies.profiles,
    ...policies.cilium.flatMap(({ denies, allows }) => [...denies, ...allows]),
    ...policies.istio.map(({ policy }) => policy),
    ...policies.mutualTls.map(({ policy }) => policy),
  ]
}

/** The layers in which policies are asked. A layer without a policy is left out. */
export function layersOf(policies: Policies): readonly Layer[] {
  const layers: Layer[] = []
  const calico = policies.calico.length + policies.profiles.length > 0
  if (calico) layers.push({ name: 'calico', domain: ALL, end: 'allow', tiers: calicoTiers(policies) })
  if (policies.cilium.length > 0) layers.push({ name: 'cilium', domain: ALL, end: 'allow', tiers: ciliumTiers(policies, !calico) })
  if (layers.length === 0) layers.push({ name: 'kubernetes', domain: ALL, end: 'allow', tiers: kubernetesTiers(policies) })
  layers.push({ name: 'istio', domain: protocol(TCP), bypassed: true, end: 'allow', tiers: istioTiers(policies) })
  return layers.filter(({ tiers }) => tiers.some((tier) => tier.policies.length > 0))
}

function adminTier({ admin }: Policies, tier: 'admin' | 'baseline'): readonly Policy[] {
  return sorted(
    admin.filter((entry) => entry.tier === tier),
    ({ priority }) => priority,
    ({ policy }) => policy,
  )
}

/** By order, then by name; what has no order comes last. */
function sorted<T>(list: readonly T[], order: (entry: T) => number | undefined, policy: (entry: T) => Policy): Policy[] {
  return [...list]
    .sort((a, b) => {
      const [x, y] = [order(a) ?? Number.POSITIVE_INFINITY, order(b) ?? Number.POSITIVE_INFINITY]
      return x === y ? compareNames(policy(a), policy(b)) : x - y
    })
    .map(policy)
}

function compareNames(a: Policy, b: Policy): number {
  const [x, y] = [`${a.object.namespace}/${a.object.name}`, `${b.object.namespace}/${b.object.name}`]
  return x < y ? -1 : x > y ? 1 : 0
}

function kubernetesTiers(policies: Policies): Tier[] {
  return [
    { name: 'admin', policies: adminTier(policies, 'admin') },
    { name: 'network policies', policies: policies.kubernetes },
    { name: 'baseline', policies: adminTier(policies, 'baseline') },
  ]
}

function ciliumTiers(policies: Policies, withKubernetes: boolean): Tier[] {
  const { cilium, kubernetes } = policies
  return [
    ...(withKubernetes ? [{ name: 'admin', policies: adminTier(policies, 'admin') }] : []),
    {
      name: 'cilium',
      policies: [
        ...cilium.flatMap(({ denies }) => denies),
        ...cilium.flatMap(({ allows }) => allows),
        ...(withKubernetes ? kubernetes : []),
      ],
    },
    ...(withKubernetes ? [{ name: 'baseline', policies: adminTier(policies, 'baseline') }] : []),
  ]
}

/** Kubernetes' policies stand in Calico's default tier at this order. */
const KUBERNETES_ORDER = 1000

/** Semantics: projectcalico.org/v3 Tier: the predefined tiers with their order and what becomes of undecided traffic. */
const PREDEFINED = new Map<string, { readonly order: number; readonly passes: boolean }>([
  ['kube-admin', { order: 1000, passes: true }],
  ['default', { order: 1_000_000, passes: false }],
  ['kube-baseline', { order: 10_000_000, passes: true }],
])

function calicoTiers(policies: Policies): Tier[] {
  const known = new Map<string, { order: number; passes: boolean }>(PREDEFINED)
  for (const { name, body } of policies.tiers) {
    const order = get(body, 'spec', 'order')
    const passes = text(body, 'spec', 'defaultAction') === 'Pass' || (PREDEFINED.get(name)?.passes ?? false)
    known.set(name, { order: typeof order === 'number' ? order : (PREDEFINED.get(name)?.order ?? Number.POSITIVE_INFINITY), passes })
  }
  for (const { tier } of policies.calico) if (!known.has(tier)) known.set(tier, { order: Number.POSITIVE_INFINITY, passes: false })
  const tiers = [...known].sort(([a, x], [b, y]) => (x.order === y.order ? (a < b ? -1 : 1) : x.order - y.order))
  return [
    ...tiers.map(([name, { passes }]): Tier => {
      const placed = policies.calico.filter(({ tier }) => tier === name)
      const kubernetes =
        name === 'default' ? policies.kubernetes.map((policy): CalicoPolicy => ({ policy, tier: name, order: KUBERNETES_ORDER })) : []
      const own = sorted(
        [...placed, ...kubernetes],
        ({ order }) => order,
        ({ policy }) => policy,
      )
      const admin = name === 'kube-admin' ? adminTier(policies, 'admin') : name === 'kube-baseline' ? adminTier(policies, 'baseline') : []
      return { name, policies: [...admin, ...(passes ? own.map(withoutIsolation) : own)] }
    }),
    { name: 'profiles', policies: [...policies.profiles, HOSTS_ARE_CLOSED] },
  ]
}

const passing = new WeakMap<Policy, Policy>()

/** The same policy in a tier that passes on what none of its policies matches. */
function withoutIsolation(policy: Policy): Policy {
  let known = passing.get(policy)
  if (!known) {
    known = { ...policy, isolates: { ingress: false, egress: false } }
    passing.set(policy, known)
  }
  return known
}

/** A HostEndpoint that no policy and no profile concerns is closed. */
const HOSTS_ARE_CLOSED: Policy = {
  object: {
    unit: '',
    file: '',
    apiVersion: '',
    group: '',
    kind: 'Profile',
    groupKind: '/Profile',
    name: '',
    namespace: '',
    id: 'hosts',
    body: {},
  },
  selects: { op: 'type', types: ['host'] },
  applies: { ingress: true, egress: true },
  isolates: { ingress: true, egress: true },
  ingress: [],
  egress: [],
  invalid: false,
  problems: [],
}

function istioTiers({ istio, mutualTls }: Policies): Tier[] {
  const action = (wanted: IstioPolicy['action']): readonly Policy[] =>
    istio.filter(({ action }) => action === wanted).map(({ policy }) => policy)
  const scope = (wanted: MutualTls['scope']): readonly Policy[] =>
    mutualTls.filter(({ scope }) => scope === wanted).map(({ policy }) => policy)
  return [
    { name: 'mutual TLS', policies: [...scope('workload'), ...scope('namespace'), ...scope('mesh')] },
    { name: 'custom', policies: action('custom') },
    { name: 'deny', policies: action('deny') },
    { name: 'allow', policies: action('allow') },
  ]
}
